"""What is known of the closing of a month."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

LAPSES_AFTER: Final = timedelta(days=7)
"""How long a request waits for another person."""


class MonthState(StrEnum):
    """Where the closing of a month stands."""

    REQUESTED = "requested"
    """It waits for another person."""
    CLOSED = "closed"
    REOPENED = "reopened"
    """The books were opened for it again; the next close makes another version."""


class MonthClose(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a month. `shown` is a hash of what stood outstanding when it was asked for.

    `waived` says why devices were not waited for. `alone`: who asked for it closed it. `known_at` is the last moment
    that its seal covers: what its reports know.
    """

    merchant_id: UUID
    month: date
    version: int
    state: MonthState
    requested_by: str
    requester_id: UUID
    requested_at: datetime
    shown: bytes
    waived: str = ""
    closed_by: str | None = None
    closed_at: datetime | None = None
    alone: bool = False
    seal_number: int | None = None
    known_at: datetime | None = None
    reopened_by: str | None = None
    reopened_at: datetime | None = None
    reopened_for: str | None = None

    def has_lapsed(self, now: datetime) -> bool:
        """Return whether it has waited too long."""
        return self.state is MonthState.REQUESTED and now - self.requested_at >= LAPSES_AFTER
