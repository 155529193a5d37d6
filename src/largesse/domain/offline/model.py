"""Work without a line: what a merchant allows, a device's queue, and what somebody has to settle of it.

Amounts are in the smallest unit of the merchant's currency.
"""

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

HOURS: Final = 24
HOURS_MAX: Final = 72
REASON_LENGTH_MAX: Final = 500


class OfflineRules(msgspec.Struct, frozen=True, kw_only=True):
    """What the devices of a merchant may take without a line: of one certificate, each in a day, and all together.

    `over_all` is what all of them may have taken before they are heard of again: each is lent its share of it
    beforehand, so that more cannot be lost. A book that is older than `hours_max` is not gone by.
    """

    merchant_id: UUID
    allowed: bool = False
    per_certificate: int = 0
    per_device_day: int = 0
    over_all: int = 0
    hours_max: int = HOURS

    @property
    def most_lost(self) -> int:
        """Return the most that can be lost to certificates that are spent elsewhere meanwhile."""
        return self.over_all if self.allowed else 0


class Enrolment(msgspec.Struct, frozen=True, kw_only=True):
    """A device since it was enrolled, as far as it works without a line.

    Its rows are numbered from 1 and signed with `public_key`; `last_number` is the last of them that has come without
    one missing before it, and the next one carries on `last_hash`. `waiting` is how many it said it still had when it
    was last heard of; `emptied_at` when that was none. `lent` is what it may take until `lent_until`.
    """

    merchant_id: UUID
    enrolment_id: UUID
    device_id: UUID
    enrolled_at: datetime
    public_key: bytes
    last_number: int = 0
    last_hash: bytes
    waiting: int = 0
    heard_at: datetime | None = None
    emptied_at: datetime | None = None
    lent: int = 0
    lent_until: datetime | None = None

    def lends(self, now: datetime) -> int:
        """Return what it may still have taken by now, unheard of."""
        return self.lent if self.lent_until is not None and self.lent_until > now else 0


class RowState(StrEnum):
    """What became of a row of a queue."""

    TAKEN = "taken"
    PART = "part"
    """What was left was taken; the rest is a conflict."""
    NONE = "none"
    """Nothing was left, or nothing may be taken any more."""
    WAITS = "waits"
    """Its device was revoked, or its day is judged by a manager: a word of theirs posts it, or drops it."""
    DROPPED = "dropped"
    ASIDE = "aside"
    """Nobody can tell that the device signed it: nothing is taken, and somebody settles it."""


class RowCame(StrEnum):
    """How a row of a queue came."""

    LINE = "line"
    PAPER = "paper"
    """Read from the code on a receipt."""


class OfflineRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of a queue, as it was signed, and what became of it. `late`: its day was closed on the device before.

    An empty `body` was erased, with what somebody said beside it.
    """

    merchant_id: UUID
    enrolment_id: UUID
    number: int
    device_id: UUID
    location_id: UUID
    operation_id: UUID
    body: str
    signature: str
    membership_id: UUID | None
    claimed_at: datetime
    received_at: datetime
    came: RowCame
    late: bool
    state: RowState
    asked: int
    taken: int


class ConflictKind(StrEnum):
    """What is the matter with a queue."""

    MISSING = "missing"
    """More was taken without a line than was left."""
    GAP = "gap"
    """Rows are missing."""
    CHAIN = "chain"
    """A row does not carry on the one before it."""
    TWICE = "twice"
    """Two rows have one number."""
    IDENTITY = "identity"
    """Nobody like that had shown who they are on the device within twelve hours."""
    CAP = "cap"
    """More was taken than had been lent, or by a book that was too old."""
    WAITS = "waits"
    """A row of a revoked device waits for a manager's word."""
    UNVERIFIED = "unverified"
    """A row cannot be verified: it was changed on its way, or is in another currency. Nothing was taken by it."""


class ConflictState(StrEnum):
    """How far a conflict is settled."""

    OPEN = "open"
    CHARGED = "charged"
    """Whoever used the certificate is asked to pay."""
    PAID = "paid"
    WRITTEN_OFF = "written_off"
    SEEN = "seen"
    """Somebody has looked at it, and nothing is to be done."""
    POSTED = "posted"
    DROPPED = "dropped"
    CAME = "came"
    """By itself: what was missing came after all."""


class Remedy(StrEnum):
    """What somebody does about a conflict."""

    CHARGE = "charge"
    PAID = "paid"
    WRITE_OFF = "write-off"
    SEEN = "seen"
    POST = "post"
    DROP = "drop"


_OPEN: Final = {
    ConflictKind.MISSING: (Remedy.CHARGE, Remedy.WRITE_OFF),
    ConflictKind.WAITS: (Remedy.POST, Remedy.DROP),
    ConflictKind.UNVERIFIED: (Remedy.CHARGE, Remedy.WRITE_OFF, Remedy.SEEN),
}


class OfflineConflict(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody has to settle: of the row `number`, or of all from there to `number_to`.

    `amount` is what is missing, `why` the code of the reason.
    """

    merchant_id: UUID
    conflict_id: UUID
    enrolment_id: UUID
    device_id: UUID
    location_id: UUID
    kind: ConflictKind
    number: int
    number_to: int
    certificate_id: UUID | None = None
    last_four: str = ""
    currency: str
    amount: int = 0
    why: str = ""
    claimed_at: datetime
    noted_at: datetime
    state: ConflictState = ConflictState.OPEN
    settled_at: datetime | None = None
    settled_by: str = ""
    reason: str = ""

    @property
    def remedies(self) -> tuple[Remedy, ...]:
        """Return what can be done about it as it stands."""
        if self.state is ConflictState.CHARGED:
            return Remedy.PAID, Remedy.WRITE_OFF
        return _OPEN.get(self.kind, (Remedy.SEEN,)) if self.state is ConflictState.OPEN else ()
