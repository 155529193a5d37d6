"""The payloads that the outbox itself writes or reads. Every other payload is typed beside the code that emits it.

`OrderIssued` is a reader's view: it names what the order form needs and ignores the rest, so a payload that gains a
field still reads.
"""

from datetime import datetime
from uuid import UUID

import msgspec


class PostedOrder(msgspec.Struct, frozen=True, kw_only=True):
    """Read what the order form tells of the order; amounts are decimal texts with a point."""

    order_number: str
    local_timestamp: str
    description: str
    amount: str
    tip: str
    discount: str
    tax: str
    total: str


class PostedMerchant(msgspec.Struct, frozen=True, kw_only=True):
    """Read whose order it is."""

    number: str
    time_zone: str


class PostedRecipient(msgspec.Struct, frozen=True, kw_only=True):
    """Read whom the gift is for."""

    first_name: str
    last_name: str
    email: str


class PostedGift(msgspec.Struct, frozen=True, kw_only=True):
    """Read what the certificate says."""

    to: str
    sender: str = msgspec.field(name="from")
    message: str


class PostedBilling(msgspec.Struct, frozen=True, kw_only=True):
    """Read who pays; `phone` is E.164 or empty."""

    first_name: str
    last_name: str
    email: str
    phone: str
    address: str
    address2: str
    city: str
    state: str
    zip: str


class OrderIssued(msgspec.Struct, frozen=True, kw_only=True):
    """Read `order.issued`, version 1."""

    order: PostedOrder
    merchant: PostedMerchant
    recipient: PostedRecipient
    gift: PostedGift
    billing: PostedBilling


class Purchase(msgspec.Struct, frozen=True, kw_only=True):
    """Read what a payment was for."""

    merchant: str
    order_numbers: tuple[str, ...]
    buyer_name: str
    buyer_email: str


class PaymentReturned(msgspec.Struct, frozen=True, kw_only=True):
    """Read `payment.returned`, version 1."""

    payment_id: UUID
    gateway: str
    reference: str
    currency: str
    amount: str
    purchase: Purchase


class RefundFailed(msgspec.Struct, frozen=True, kw_only=True):
    """Read `refund.failed`, version 1."""

    refund_id: UUID
    payment_id: UUID
    gateway: str
    reference: str
    currency: str
    amount: str
    fault: str
    purchase: Purchase


class EndpointDisabled(msgspec.Struct, frozen=True, kw_only=True):
    """The payload of `endpoint.disabled`, version 1. `address` leaves out the URL's query: it may hold a secret."""

    endpoint_id: UUID
    format: str
    address: str
    reason: str
    failing_since: datetime | None
    disabled_at: datetime
