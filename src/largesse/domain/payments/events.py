"""What merchants are told of money that goes back, or cannot. Amounts are decimal texts; nothing of a card is known."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from largesse.domain.payments.model import Payment, PaymentRefund
from largesse.kernel.currency import currency
from largesse.kernel.events import Event
from largesse.kernel.ids import timed_id
from largesse.kernel.money import Money, plain

PAYMENT_RETURNED = "payment.returned"
REFUND_FAILED = "refund.failed"
REFUND_OUTSIDE = "refund.outside"
CERTIFICATE_CREDITED = "certificate.credited"


class Purchase(msgspec.Struct, frozen=True, kw_only=True):
    """What a payment was for: the merchant's slug, the orders of the checkout, and who bought."""

    merchant: str
    order_numbers: Sequence[str]
    buyer_name: str
    buyer_email: str


class PaymentReturned(msgspec.Struct, frozen=True, kw_only=True):
    """The payload of `payment.returned`, version 1. `reason` is the code of why the payment bought nothing."""

    payment_id: UUID
    checkout_id: UUID
    gateway: str
    reference: str
    currency: str
    amount: str
    reason: str
    purchase: Purchase
    received_at: datetime


class RefundFailed(msgspec.Struct, frozen=True, kw_only=True):
    """The payload of `refund.failed`, version 1. `fault` is the gateway's own sentence, where it gave one."""

    refund_id: UUID
    payment_id: UUID
    certificate_id: UUID | None
    gateway: str
    reference: str
    currency: str
    amount: str
    fault: str
    purchase: Purchase
    failed_at: datetime


class RefundOutside(msgspec.Struct, frozen=True, kw_only=True):
    """The payload of `refund.outside`, version 1. `whole`: nothing of the payment is left."""

    refund_id: UUID
    payment_id: UUID
    gateway: str
    reference: str
    currency: str
    amount: str
    whole: bool
    purchase: Purchase
    refunded_at: datetime


class CertificateCredited(msgspec.Struct, frozen=True, kw_only=True):
    """The payload of `certificate.credited`, version 1: of what the new certificate was given, instead of money.

    `order_number` and `payment_id` are of what was bought, where it was bought by an order and a payment.
    """

    certificate_id: UUID
    given_for: UUID
    operation_id: UUID
    order_number: str | None
    payment_id: UUID | None
    currency: str
    amount: str


def credited_event(
    merchant_id: UUID,
    certificate_id: UUID,
    *,
    given_for: UUID,
    operation_id: UUID,
    order_number: str | None,
    payment_id: UUID | None,
    money: Money,
    now: datetime,
) -> Event:
    """Return the event that tells of credit; `given_for` is the certificate that value was taken from. Pure."""
    payload = CertificateCredited(
        certificate_id=certificate_id,
        given_for=given_for,
        operation_id=operation_id,
        order_number=order_number,
        payment_id=payment_id,
        currency=money.currency.code,
        amount=plain(money.minor, money.currency),
    )
    return _event(merchant_id, certificate_id, CERTIFICATE_CREDITED, payload, now=now)


def payment_returned_event(payment: Payment, *, why: str, purchase: Purchase, now: datetime) -> Event:
    """Return the event that tells that a payment bought nothing and goes back; `why` is an error's code. Pure."""
    payload = PaymentReturned(
        payment_id=payment.payment_id,
        checkout_id=payment.checkout_id,
        gateway=payment.gateway,
        reference=payment.intent or payment.reference,
        currency=payment.currency,
        amount=plain(payment.amount, currency(payment.currency)),
        reason=why,
        purchase=purchase,
        received_at=now,
    )
    return _event(payment.merchant_id, payment.payment_id, PAYMENT_RETURNED, payload, now=now)


def refund_failed_event(payment: Payment, refund: PaymentRefund, *, purchase: Purchase, now: datetime) -> Event:
    """Return the event that tells that a refund could not be paid. Pure."""
    payload = RefundFailed(
        refund_id=refund.refund_id,
        payment_id=payment.payment_id,
        certificate_id=refund.certificate_id,
        gateway=refund.gateway,
        reference=payment.intent or payment.reference,
        currency=refund.currency,
        amount=plain(refund.amount, currency(refund.currency)),
        fault=refund.fault or "",
        purchase=purchase,
        failed_at=now,
    )
    return _event(refund.merchant_id, refund.refund_id, REFUND_FAILED, payload, now=now)


def refund_outside_event(
    payment: Payment, refund: PaymentRefund, *, whole: bool, purchase: Purchase, now: datetime
) -> Event:
    """Return the event that tells that a payment was refunded at its gateway and not here. Pure."""
    payload = RefundOutside(
        refund_id=refund.refund_id,
        payment_id=payment.payment_id,
        gateway=refund.gateway,
        reference=payment.intent or payment.reference,
        currency=refund.currency,
        amount=plain(refund.amount, currency(refund.currency)),
        whole=whole,
        purchase=purchase,
        refunded_at=now,
    )
    return _event(refund.merchant_id, refund.refund_id, REFUND_OUTSIDE, payload, now=now)


def _event(merchant_id: UUID, subject: UUID, kind: str, payload: msgspec.Struct, *, now: datetime) -> Event:
    return Event(
        merchant_id=merchant_id,
        event_id=timed_id(now, kind, subject),
        kind=kind,
        occurred_at=now,
        payload=msgspec.json.encode(payload),
    )
