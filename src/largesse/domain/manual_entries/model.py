"""What is known of an entry that somebody asked for."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

ENTRY_LAPSES_AFTER: Final = timedelta(days=7)
"""How long an entry waits for another person."""


class EntryState(StrEnum):
    """Where an entry stands."""

    REQUESTED = "requested"
    """It waits for another person."""
    BOOKED = "booked"
    REFUSED = "refused"
    """Somebody did not agree, or whoever asked withdrew it."""


class ManualEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry: what it debits and credits, in the smallest unit of its currency, and why. Its id is its operation's.

    `alone`: who asked for it agreed to it, since nobody else may.
    """

    merchant_id: UUID
    entry_id: UUID
    debit: str
    credit: str
    currency: str
    amount: int
    why: str
    state: EntryState = EntryState.REQUESTED
    requested_by: str
    requester_id: UUID
    requested_at: datetime
    decided_by: str | None = None
    decided_at: datetime | None = None
    alone: bool = False

    def waits(self, now: datetime) -> bool:
        """Return whether it still waits for another person."""
        return self.state is EntryState.REQUESTED and now - self.requested_at < ENTRY_LAPSES_AFTER
