"""Notify a merchant of what needs attention, or a copy that lies outside: an event for their systems, and a mail.

The notices of a merchant go to their contact address unless they go somewhere else already.
"""

from datetime import datetime

from largesse import outbox
from largesse.db import Connection
from largesse.domain import merchants, orders, payments
from largesse.domain.merchants import Merchant
from largesse.domain.payments import Payment, PaymentRefund
from largesse.kernel.events import Event
from largesse.ledger import Seal, sealed_event
from largesse.services import endpoints


async def of_returned_payment(connection: Connection, payment: Payment, *, why: str, now: datetime) -> None:
    """Notify the merchant that a payment bought nothing and goes back.

    `why` is an error's code. Written in the caller's transaction.
    """
    merchant = await merchants.merchant_of_id(connection, payment.merchant_id)
    purchase = await _purchase(connection, merchant, payment)
    event = payments.payment_returned_event(payment, why=why, purchase=purchase, now=now)
    await _publish(connection, merchant, event, now=now)


async def of_failed_refund(connection: Connection, payment: Payment, refund: PaymentRefund, *, now: datetime) -> None:
    """Notify the merchant that a refund could not be paid, so that people must hand it back.

    Written in the caller's transaction.
    """
    merchant = await merchants.merchant_of_id(connection, payment.merchant_id)
    purchase = await _purchase(connection, merchant, payment)
    event = payments.refund_failed_event(payment, refund, purchase=purchase, now=now)
    await _publish(connection, merchant, event, now=now)


async def of_outside_refund(
    connection: Connection, payment: Payment, refund: PaymentRefund, *, whole: bool, now: datetime
) -> None:
    """Notify the merchant that a payment was refunded at its gateway, so that people must say what for.

    `whole`: nothing of it is left. Written in the caller's transaction.
    """
    merchant = await merchants.merchant_of_id(connection, payment.merchant_id)
    purchase = await _purchase(connection, merchant, payment)
    event = payments.refund_outside_event(payment, refund, whole=whole, purchase=purchase, now=now)
    await _publish(connection, merchant, event, now=now)


async def of_seal(connection: Connection, seal: Seal, *, now: datetime) -> None:
    """Notify the merchant of a seal of its journal. Written in the caller's transaction, which made it."""
    merchant = await merchants.merchant_of_id(connection, seal.merchant_id)
    await _publish(connection, merchant, sealed_event(seal, slug=merchant.slug, now=now), now=now)


async def _purchase(connection: Connection, merchant: Merchant, payment: Payment) -> payments.Purchase:
    checkout = await orders.find_checkout(connection, payment.merchant_id, payment.checkout_id)
    bought = await orders.orders_of_checkouts(connection, payment.merchant_id, [payment.checkout_id])
    return payments.Purchase(
        merchant=merchant.slug,
        order_numbers=[order.order_number for order in bought if order.bonus_of is None],
        buyer_name=f"{checkout.billing.first_name} {checkout.billing.last_name}".strip(),
        buyer_email=checkout.billing.email,
    )


async def _publish(connection: Connection, merchant: Merchant, event: Event, *, now: datetime) -> None:
    await endpoints.open_notices(connection, merchant.merchant_id, merchant.contact_email, now=now)
    await outbox.publish(connection, [event])
