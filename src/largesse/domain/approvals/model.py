"""Limits, and requests that hold what will be done and what it showed."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from largesse.domain.approvals.errors import LimitInvalid
from largesse.kernel.errors import FieldError

WAITS_FOR: Final = timedelta(days=7)
TOO_CLOSE_FOR: Final = timedelta(days=7)
ALONE_AFTER: Final = timedelta(hours=24)
LIMIT_MAX: Final = 10**12


class LimitedAct(StrEnum):
    """What has limits. The words are stored, and never renamed."""

    ADJUST = "adjust"
    CASH_OUT = "cash_out"
    REFUND = "refund"
    VOID = "void"
    RELOAD = "reload"
    """Value that is added at the desk, of which no payment tells."""
    EXTEND = "extend"
    """A later last good day; what counts is what is left on the certificate."""
    MOVE = "move"
    """Value that goes to another certificate."""
    SALE = "sale"
    """A sale or reload at a counter, by somebody who does not approve what others do."""


class RequestDecision(StrEnum):
    """What came of a request."""

    APPROVED = "approved"
    REFUSED = "refused"
    CHANGED = "changed"
    """Something that it showed was different when it was to be decided."""
    WITHDRAWN = "withdrawn"
    """Whoever asked works here no more."""


class RequestState(StrEnum):
    """What a request is just now."""

    WAITING = "waiting"
    LAPSED = "lapsed"
    APPROVED = "approved"
    REFUSED = "refused"
    CHANGED = "changed"
    WITHDRAWN = "withdrawn"


class ActLimit(msgspec.Struct, frozen=True, kw_only=True):
    """Up to how much one person does alone, in the merchant's currency: at once, in a day, on one certificate.

    None is no limit.
    """

    merchant_id: UUID
    act: LimitedAct
    per_act: int | None = None
    per_day: int | None = None
    per_certificate: int | None = None

    @property
    def is_set(self) -> bool:
        """Return whether it limits anything."""
        return any(one is not None for one in (self.per_act, self.per_day, self.per_certificate))

    def allows(self, amount: int, *, today: int, on_certificate: int) -> bool:
        """Return whether so much more is within it, beside what was done today and on that certificate before."""
        bounds = (
            (self.per_act, amount),
            (self.per_day, today + amount),
            (self.per_certificate, on_certificate + amount),
        )
        return all(most is None or reached <= most for most, reached in bounds)


class FrozenAct(msgspec.Struct, frozen=True, kw_only=True):
    """What will be done, to the last unit: `value` and `gratuity` are signed only of an adjustment.

    `location_id` and `device_id` are where it was asked for; `payer` and `unusable` are a cash-out's. A refund of an
    order, wherever its value is now, names the order; `as_credit` gives it back as a certificate. `why` and `funds` are
    a void's, `tender` a reload's, `good_through` an extension's (None for ever), `to` is where value is moved.
    """

    act: LimitedAct
    certificate_id: UUID
    value: int
    gratuity: int = 0
    location_id: UUID | None = None
    device_id: UUID | None = None
    payer: str = ""
    unusable: bool = False
    order_number: str = ""
    as_credit: bool = False
    why: str = ""
    funds: str = ""
    tender: str = ""
    good_through: date | None = None
    to: UUID | None = None

    @property
    def amount(self) -> int:
        """Return what it moves, whichever way."""
        return abs(self.value) + abs(self.gratuity)

    @property
    def touches(self) -> tuple[UUID, ...]:
        """Return the certificates that it changes."""
        return (self.certificate_id,) if self.to is None else (self.certificate_id, self.to)


class ShownCertificate(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate as whoever asked, and whoever decides, sees it; `seq` is its last journal row."""

    seq: int
    currency: str
    status: str
    balance: int
    held: int
    gratuity_balance: int
    gratuity_held: int
    last_four: str


class ApprovalRequest(msgspec.Struct, frozen=True, kw_only=True):
    """That somebody wants something done that takes a second person."""

    merchant_id: UUID
    request_id: UUID
    command: FrozenAct
    shown: ShownCertificate
    reason: str
    requested_by: UUID
    made_at: datetime
    expires_at: datetime
    decided_at: datetime | None = None
    decided_by: UUID | None = None
    decision: RequestDecision | None = None
    outcome: str | None = None
    by_one: bool = False

    def state(self, now: datetime) -> RequestState:
        """Return what it is just now."""
        if self.decision is not None:
            return RequestState(self.decision.value)
        return RequestState.LAPSED if self.expires_at <= now else RequestState.WAITING


def read_limit(amount: int | None) -> int | None:
    """Let a limit stand.

    Raises:
        LimitInvalid: it is less than nothing, or more than any amount.
    """
    if amount is not None and not 0 <= amount <= LIMIT_MAX:
        raise LimitInvalid(fields=[FieldError("amount", LimitInvalid.code, LimitInvalid.message)])
    return amount
