"""What a payment is, and what is said between us and whoever collects the money."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from largesse.kernel.currency import currency
from largesse.kernel.ids import derived_id
from largesse.kernel.money import MINOR_MAX, Money


class PaymentStatus(StrEnum):
    """Where a payment stands."""

    PENDING = "pending"  # the buyer was sent to pay
    SUCCEEDED = "succeeded"  # the money is ours
    FAILED = "failed"  # declined, cancelled or expired
    REFUNDED = "refunded"  # paid back
    DISPUTED = "disputed"  # the buyer's bank wants it back


class AccountRef(msgspec.Struct, frozen=True, kw_only=True):
    """Who collects for a merchant: a gateway, and which of the merchant's accounts at it.

    `account_id` is None where the installation itself is connected to the gateway, or the gateway has no accounts.
    """

    merchant_id: UUID
    gateway: str
    account_id: UUID | None = None

    @property
    def subject_id(self) -> UUID:
        """Return the subject of the journal that its money is booked on: the account's own, or the gateway's here."""
        return self.account_id or derived_id("gateway-account", self.merchant_id, self.gateway)


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """One payment for one checkout: `amount` smallest units of `currency`.

    `gateway` and `reference` (the gateway's own name of it) together are unique: what arrives twice is one payment.
    `account_id` is the merchant's account that took it, as `AccountRef` says; all that becomes of it goes through that.
    `intent` is what the gateway calls the money itself, once there is any: refunds and disputes speak of that. While
    it is pending the buyer pays at `redirect_url` until `expires_at`, and the sweeper asks at `next_look_at`, for the
    `looks`-th time; `asked_at` is when the gateway was asked last, for whomever. A `surplus` payment bought nothing and
    goes back whole.
    """

    merchant_id: UUID
    payment_id: UUID
    checkout_id: UUID
    gateway: str
    reference: str
    status: PaymentStatus
    currency: str
    amount: int
    created_at: datetime
    settled_at: datetime | None = None
    intent: str | None = None
    redirect_url: str | None = None
    expires_at: datetime | None = None
    next_look_at: datetime | None = None
    looks: int = 0
    asked_at: datetime | None = None
    surplus: bool = False
    account_id: UUID | None = None

    @property
    def account(self) -> AccountRef:
        """Return the account that took it."""
        return AccountRef(merchant_id=self.merchant_id, gateway=self.gateway, account_id=self.account_id)


class PaymentLine(msgspec.Struct, frozen=True, kw_only=True):
    """One thing the buyer pays for, as the gateway's page shows it."""

    description: str
    amount: Money


class PaymentRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Ask a gateway to collect `amount` for a checkout.

    `idempotency_key` makes asking twice start one payment. The gateway sends the buyer to `return_url` or `cancel_url`
    afterwards, and gives up at `expires_at`.
    """

    merchant_id: UUID
    checkout_id: UUID
    amount: Money
    lines: tuple[PaymentLine, ...] = ()
    buyer_email: str = ""
    language: str = "en"
    return_url: str
    cancel_url: str
    expires_at: datetime
    idempotency_key: str


class PaymentStarted(msgspec.Struct, frozen=True, kw_only=True):
    """A payment as the gateway names it, and the address where the buyer pays; None where it is paid in person."""

    reference: str
    redirect_url: str | None = None
    expires_at: datetime | None = None


class RefundStatus(StrEnum):
    """Where money stands that goes back to a buyer."""

    OWED = "owed"  # to be asked of the gateway
    SENT = "sent"  # the gateway, or a person, has it in hand
    SETTLED = "settled"  # it is paid back
    FAILED = "failed"  # it came to nothing: the money is still ours, and still owed


class RefundReason(StrEnum):
    """Why money goes back."""

    REQUESTED = "requested"  # unspent value was taken back for the purchaser
    SURPLUS = "surplus"  # the payment bought nothing
    OUTSIDE = "outside"  # it was made at the gateway, not here


class PaymentRefund(msgspec.Struct, frozen=True, kw_only=True):
    """One repayment: `amount` smallest units of `currency`, of one payment, by `gateway`.

    What came in by no payment, such as cash for a reload, has none, and people hand it back.

    `certificate_id` is the certificate whose value was taken back, None where the books do not know of it. `bookings`
    counts how often its settlement was booked and unbooked: odd while it stands in the books.
    """

    merchant_id: UUID
    refund_id: UUID
    payment_id: UUID | None
    gateway: str
    reason: RefundReason
    status: RefundStatus
    certificate_id: UUID | None = None
    currency: str
    amount: int
    reference: str | None = None
    bookings: int = 0
    attempts: int = 0
    next_attempt_at: datetime | None = None
    fault: str | None = None
    created_at: datetime
    settled_at: datetime | None = None

    @property
    def money(self) -> Money:
        """What is paid back."""
        return Money(self.amount, currency(self.currency))


class RefundRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Ask a gateway to pay `amount` of the payment `reference` back, once per `idempotency_key`.

    `refund_id` is written on the refund at the gateway, so that it can be told again.
    """

    reference: str
    intent: str | None = None
    refund_id: UUID
    amount: Money
    reason: str = ""
    idempotency_key: str


class RefundMade(msgspec.Struct, frozen=True, kw_only=True):
    """A refund as the gateway names it, and its state; `refund_id` is None where it was made without us."""

    reference: str
    status: RefundStatus
    amount: Money
    refund_id: UUID | None = None
    fault: str | None = None


class DisputeStatus(StrEnum):
    """Where a dispute stands."""

    OPEN = "open"  # the certificates are blocked
    WON = "won"  # the money stays
    LOST = "lost"  # the money is gone


class Dispute(msgspec.Struct, frozen=True, kw_only=True):
    """One demand of a buyer's bank to have `amount` of a payment back."""

    merchant_id: UUID
    gateway: str
    reference: str
    payment_id: UUID
    status: DisputeStatus
    currency: str
    amount: int
    opened_at: datetime
    closed_at: datetime | None = None

    def taken_of(self, payment: Payment) -> int:
        """Return what it takes of its payment, in the payment's currency: all of it, where it names another."""
        return min(self.amount, payment.amount) if self.currency == payment.currency else payment.amount


class NoticeKind(StrEnum):
    """What a gateway tells us."""

    SUCCEEDED = "succeeded"  # the buyer paid
    PENDING = "pending"  # the buyer has agreed, the money is not there yet
    FAILED = "failed"  # declined
    EXPIRED = "expired"  # the buyer never paid, and can no longer
    REFUNDED = "refunded"  # something about its refunds changed: ask how they stand
    DISPUTED = "disputed"  # the buyer's bank took the money back for now
    DISPUTE_WON = "dispute_won"  # and returned it
    DISPUTE_LOST = "dispute_lost"  # and keeps it


DISPUTES = frozenset({NoticeKind.DISPUTED, NoticeKind.DISPUTE_WON, NoticeKind.DISPUTE_LOST})
"""The kinds that tell of a dispute."""


class Notice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a gateway told us of a payment, in a callback or when asked; `amount` in smallest units.

    `notice_id` is the gateway's own name of the notice: the same one may come more than once, late, and out of order.
    The payment is named by its `reference`, or by the `intent` alone. `merchant_id` and `checkout_id` are what we gave
    the gateway to carry, None where it does not say. `dispute` names the dispute, where one is told of; an `inquiry`
    asks about a payment, and takes no money yet.
    """

    notice_id: str
    kind: NoticeKind
    reference: str = ""
    intent: str | None = None
    merchant_id: UUID | None = None
    checkout_id: UUID | None = None
    currency: str
    amount: int
    dispute: str | None = None
    inquiry: bool = False

    @property
    def is_sound(self) -> bool:
        """Return whether it names an amount that there can be: a dispute is about something."""
        least = 1 if self.kind in DISPUTES else 0
        return least <= self.amount <= MINOR_MAX


class NoticeStatus(StrEnum):
    """What became of a notice that was written down."""

    WAITING = "waiting"  # to be taken up
    DONE = "done"  # it was
    UNCLAIMED = "unclaimed"  # about a payment that is not ours


class KeptNotice(msgspec.Struct, frozen=True, kw_only=True):
    """A notice as it was written down, before the gateway was answered."""

    account: AccountRef
    notice: Notice
    status: NoticeStatus
    outcome: str | None = None
    attempts: int = 0
    received_at: datetime


class InboxNotice(msgspec.Struct, frozen=True, kw_only=True):
    """A notice whose merchant was not known when it was written down; `attempts`: how often that was asked."""

    gateway: str
    notice: Notice
    attempts: int = 0
    received_at: datetime


class Callback(msgspec.Struct, frozen=True, kw_only=True):
    """What came in at a gateway's callback address, byte for byte: signatures are over the raw body."""

    headers: Mapping[str, str]
    body: bytes
