"""What a payment is, and what is said between us and whoever collects the money."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

GATEWAY_NAME_MAX = 20
REFERENCE_MAX = 255


class PaymentStatus(StrEnum):
    """Say where a payment stands."""

    PENDING = "pending"  # the buyer was sent to pay
    SUCCEEDED = "succeeded"  # the money is ours
    FAILED = "failed"  # declined, cancelled or expired
    REFUNDED = "refunded"  # paid back
    DISPUTED = "disputed"  # the buyer's bank wants it back


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one payment for one checkout: `amount` smallest units of `currency`.

    `gateway` and `reference` (the gateway's own name of it) together are unique: what arrives twice is one payment.
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


class PaymentLine(msgspec.Struct, frozen=True, kw_only=True):
    """Name one thing the buyer pays for, as the gateway's page shows it. `amount` is in smallest units."""

    description: str
    amount: int


class PaymentRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Ask a gateway to collect `amount` for a checkout.

    `idempotency_key` makes asking twice start one payment. The gateway sends the buyer to `return_url` or `cancel_url`
    afterwards, and gives up at `expires_at`.
    """

    merchant_id: UUID
    checkout_id: UUID
    currency: str
    amount: int
    lines: tuple[PaymentLine, ...] = ()
    buyer_email: str = ""
    language: str = "en"
    return_url: str
    cancel_url: str
    expires_at: datetime
    idempotency_key: str


class PaymentStarted(msgspec.Struct, frozen=True, kw_only=True):
    """Say what the gateway calls the payment, and where the buyer goes to pay; None: nowhere, it is paid in person."""

    reference: str
    redirect_url: str | None = None
    expires_at: datetime | None = None


class RefundRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Ask a gateway to pay `amount` smallest units of the payment `reference` back, once per `idempotency_key`."""

    reference: str
    currency: str
    amount: int
    reason: str = ""
    idempotency_key: str


class RefundMade(msgspec.Struct, frozen=True, kw_only=True):
    """Say what the gateway calls the refund, and whether the money is on its way already."""

    reference: str
    settled: bool


class NoticeKind(StrEnum):
    """Say what a gateway tells us."""

    SUCCEEDED = "succeeded"  # the buyer paid
    PENDING = "pending"  # the buyer has agreed, the money is not there yet
    FAILED = "failed"  # declined
    EXPIRED = "expired"  # the buyer never paid, and can no longer
    REFUNDED = "refunded"  # money went back
    DISPUTED = "disputed"  # the buyer's bank took the money back for now
    DISPUTE_WON = "dispute_won"  # and returned it
    DISPUTE_LOST = "dispute_lost"  # and keeps it


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """Carry what a gateway told us of a payment, in a callback or when asked; `amount` in smallest units.

    `notice_id` is the gateway's own name of the notice: the same one may come more than once, late, and out of order.
    `checkout_id` is what we gave the gateway to carry, None where it lost it.
    """

    notice_id: str
    kind: NoticeKind
    reference: str
    checkout_id: UUID | None = None
    currency: str
    amount: int


class Callback(msgspec.Struct, frozen=True, kw_only=True):
    """Carry what came in at a gateway's callback address, byte for byte: signatures are over the raw body."""

    headers: Mapping[str, str]
    body: bytes
