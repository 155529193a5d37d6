"""What was said of lines, and what partners have paid. Amounts are signed: above zero where money came in."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import msgspec

REFERENCE_MAX = 140


class MatchKind(StrEnum):
    """What a line is for. The words are stored, and never renamed."""

    PAYMENT = "payment"
    """A partner paid."""
    PAID_BACK = "paid_back"
    """It was paid back to a partner."""
    AWAITED = "awaited"
    """It was on its way already: a payout, a deposit, a terminal's day, or a payment that somebody had typed."""
    BOOKED = "booked"
    """The books had it on the account already: a refund handed back by transfer, gratuities paid out."""
    FEE = "fee"
    """The bank charges, or gives a charge back."""


class PaymentSource(StrEnum):
    """How it is known that a partner paid. The words are stored, and never renamed."""

    LINE = "line"
    """By a line of a statement."""
    HAND = "hand"
    """Somebody typed it; the bank's statement is awaited."""
    DRAWER = "drawer"
    """In cash."""


class PartnerPayment(msgspec.Struct, frozen=True, kw_only=True):
    """What a partner paid, or was paid back where `amount` is below zero. Its id is the operation that booked it.

    `bank_amount` is what the bank moved, where that was in another currency; `subject_id` the account or drawer.
    """

    merchant_id: UUID
    payment_id: UUID
    partner_id: UUID
    currency: str
    amount: int
    received_on: date
    source: PaymentSource
    subject_id: UUID
    made_by: str
    made_at: datetime
    bank_currency: str | None = None
    bank_amount: int | None = None
    line_id: UUID | None = None
    reference: str = ""
    undone_by: str | None = None
    undone_at: datetime | None = None


class BankMatch(msgspec.Struct, frozen=True, kw_only=True):
    """What a part of a line was said to be for; `target_kind` is that of an open item that was awaited."""

    merchant_id: UUID
    match_id: UUID
    line_id: UUID
    what: MatchKind
    amount: int
    made_by: str
    made_at: datetime
    target_kind: str | None = None
    target_id: UUID | None = None
    reason: str | None = None
    undone_by: str | None = None
    undone_at: datetime | None = None
