"""Mails to buyers about gifts and payments that go back: queued in the transaction that takes them back."""

from datetime import datetime

from largesse import outbox
from largesse.db import Connection
from largesse.domain import gifts, orders
from largesse.domain.gifts import Purpose
from largesse.domain.orders import Order
from largesse.domain.payments import Payment
from largesse.kernel.currency import currency
from largesse.kernel.money import Money
from largesse.services.gifts import mail_to_buyer, post


async def tell_of_gift(
    connection: Connection, order: Order, purpose: Purpose, *, back: Money | None = None, now: datetime
) -> None:
    """Write to the buyer that a gift was taken back, and that `back` goes back to them for it.

    Nobody is written to about orders that we delivered nothing for (whoever made those tells of them), nor about a
    present of the merchant's, which goes with the gift that it came with. Recipients are not written to: the present
    is the buyer's to explain.
    """
    if order.checkout_id is None or order.bonus_of is not None:
        return
    if not await gifts.deliveries_of_orders(connection, order.merchant_id, [order.order_id]):
        return
    checkout = await orders.find_checkout(connection, order.merchant_id, order.checkout_id)
    if checkout.billing.email:
        mail = mail_to_buyer(checkout, purpose, order_id=order.order_id, back=back, now=now)
        await post(connection, [mail])


async def tell_of_payment(connection: Connection, payment: Payment, *, now: datetime) -> None:
    """Write to the buyer that a payment of theirs bought nothing and goes back to them."""
    checkout = await orders.find_checkout(connection, payment.merchant_id, payment.checkout_id)
    if payment.amount <= 0 or not checkout.billing.email:
        return
    await outbox.open_mail_endpoint(connection, payment.merchant_id, now=now)
    back = Money(payment.amount, currency(payment.currency))
    await post(connection, [mail_to_buyer(checkout, Purpose.RETURNED, back=back, now=now)])
