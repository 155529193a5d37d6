"""A payout of a gateway, and what it is made of. Amounts are in the smallest unit of its currency."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import msgspec


class PayoutPart(StrEnum):
    """What a line of a payout is of. The words are stored, and never renamed."""

    PAYMENT = "payment"
    REFUND = "refund"
    DISPUTE = "dispute"
    FEE = "fee"
    """What the gateway charges by itself: its `gross` is zero."""
    OTHER = "other"
    """The file does not say."""


class PayoutLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line: `gross` above zero came in, below was taken off; `fee` is what the gateway kept of it.

    `item_id` is the payment, refund or dispute of these books, once that is known.
    """

    line_no: int
    what: PayoutPart
    reference: str
    gross: int
    fee: int
    item_id: UUID | None = None


class PayoutTold(msgspec.Struct, frozen=True, kw_only=True):
    """A payout as a gateway tells it."""

    reference: str
    currency: str
    arrives_on: date
    lines: tuple[PayoutLine, ...]

    @property
    def gross(self) -> int:
        """Return what it takes off what the gateway owes."""
        return sum(one.gross for one in self.lines)

    @property
    def fees(self) -> int:
        """Return what the gateway kept."""
        return sum(one.fee for one in self.lines)

    @property
    def amount(self) -> int:
        """Return what comes to the bank."""
        return self.gross - self.fees


class Payout(msgspec.Struct, frozen=True, kw_only=True):
    """A payout that was taken."""

    merchant_id: UUID
    payout_id: UUID
    gateway: str
    subject_id: UUID
    reference: str
    currency: str
    amount: int
    fees: int
    arrives_on: date
    lines: int
    taken_by: str
    taken_at: datetime
    again: bool = False
    """It had been taken before."""
