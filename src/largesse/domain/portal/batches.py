"""A batch: what somebody orders for a partner in one act, and how far it is.

waiting ──► placing ──► done
   │           │  ▲
   │           ▼  │ goes on
   │        stopped
   ▼           ▼
refused, withdrawn
"""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import msgspec


class PortalBatchState(StrEnum):
    """Where a batch stands."""

    WAITING = "waiting"
    """For a second person of the partner."""
    PLACING = "placing"
    DONE = "done"
    STOPPED = "stopped"
    """The agreement does not allow the rest; it may go on."""
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class BatchDelivery(StrEnum):
    """How the certificates of a batch reach whom they are for."""

    EMAIL = "email"
    FILE = "file"


class PortalBatch(msgspec.Struct, frozen=True, kw_only=True):
    """What was ordered in one act. `total` is in smallest units of `currency`; `done` lines of `lines` are issued.

    `trouble` is the code of what stopped it. `numbers_at` is when its numbers were downloaded.
    """

    merchant_id: UUID
    batch_id: UUID
    partner_id: UUID
    membership_id: UUID
    person_id: UUID
    state: PortalBatchState
    delivery: BatchDelivery
    refcode: str
    currency: str
    total: int
    lines: int
    done: int = 0
    file_name: str = ""
    fingerprint: bytes
    made_at: datetime
    decided_by: UUID | None = None
    decided_at: datetime | None = None
    reason: str | None = None
    trouble: str = ""
    finished_at: datetime | None = None
    numbers_at: datetime | None = None
    numbers_by: UUID | None = None

    @property
    def actor(self) -> str:
        """Return how journals name whoever ordered it."""
        return f"person:{self.person_id}"


class BatchLine(msgspec.Struct, frozen=True, kw_only=True):
    """One certificate of a batch: `place` from 1, `line` where it stands in the file, `amount` in smallest units."""

    place: int
    line: int
    identifier: str | None = None
    amount: int
    good_through: date
    recipient_name: str = ""
    recipient_email: str = ""
    message: str = ""
    order_id: UUID | None = None
