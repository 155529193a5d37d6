"""Paid becomes issued: one transaction, or nothing.

The checkout row is locked first, so however often and from wherever the news of a payment comes (staff, callback, the
buyer's return, the sweeper), one of them issues and the others find it done.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from largesse import outbox
from largesse.db import Connection
from largesse.domain import catalog, orders, payments
from largesse.domain.merchants import Merchant
from largesse.domain.orders import Checkout, CheckoutStatus, Order, OrderStatus
from largesse.domain.payments import Payment, PaymentStatus
from largesse.kernel.clock import day_of
from largesse.kernel.events import Event
from largesse.kernel.ids import new_id
from largesse.kernel.validity import FOREVER, last_day
from largesse.ledger import EntryMode
from largesse.services import cards, gifts
from largesse.services.invoices import write_sale_documents
from largesse.services.orders import issuing
from largesse.services.orders.dependencies import OrderDependencies


class Fulfilled(msgspec.Struct, frozen=True, kw_only=True):
    """What a payment bought. `replayed`: it had been fulfilled before, and nothing was done now."""

    checkout: Checkout
    orders: tuple[Order, ...]
    replayed: bool


async def fulfil(
    deps: OrderDependencies, merchant: Merchant, payment: Payment, *, actor: str, now: datetime
) -> Fulfilled:
    """Take note of a payment that succeeded, and issue what it paid for. Safe to call again, from anywhere.

    Raises:
        CheckoutNotFound: there is no such checkout.
        CheckoutClosed: it was given up; the payment has to go back.
        CheckoutPaid: another payment has paid for it; this one has to go back.
        AmountDiffers: the payment is not what the checkout costs.
        PaymentMismatch: its reference belongs to another payment.
    """
    async with deps.transaction() as connection:
        return (await fulfil_all(connection, deps, merchant, [payment], actor=actor, now=now))[0]


async def mark_paid(
    deps: OrderDependencies, merchant: Merchant, order_number: str, *, reference: str | None, actor: str, now: datetime
) -> Fulfilled:
    """Take staff's word that the checkout of an order is paid in full, and issue all its orders.

    `reference` is staff's own name of the payment (a receipt, a transfer); without one, there is one for the checkout.

    Raises:
        OrderNotFound: there is no such order.
        OrderNotPlaced: it was ordered on account, so there is no payment to wait for.
        SoldOut: it kept its stock for as long as it could, and others have bought what was left.
        LargesseError: as `fulfil`.
    """
    async with deps.database.connection() as connection:
        order = await orders.find_by_number(connection, merchant.merchant_id, order_number)
        if order.checkout_id is None:
            raise orders.OrderNotPlaced("This order was placed on account; it is invoiced, not paid for here.")
        checkout = await orders.find_checkout(connection, merchant.merchant_id, order.checkout_id)
    payment = payments.of_nothing(merchant.merchant_id, checkout.checkout_id, currency=checkout.currency, now=now)
    if checkout.total:  # what costs nothing was issued when it was placed, by the same payment of nothing
        named, amount = reference or payment.reference, checkout.total
        payment = msgspec.structs.replace(payment, gateway=payments.MANUAL, reference=named, amount=amount)
    await _hold_again(deps, merchant, checkout.checkout_id, now=now)
    done = await fulfil(deps, merchant, payment, actor=actor, now=now)
    # Where the buyer was sent to a gateway before, nothing can be paid there any more.
    async with deps.transaction() as connection:
        await payments.look_soon(connection, merchant.merchant_id, checkout.checkout_id, now=now)
    return done


async def _hold_again(deps: OrderDependencies, merchant: Merchant, checkout_id: UUID, *, now: datetime) -> None:
    """Take anew what a checkout has not kept until it was paid by hand."""
    async with deps.transaction() as connection:
        [checkout] = await orders.lock_checkouts(connection, merchant.merchant_id, [checkout_id])
        waits = checkout.status is CheckoutStatus.OPEN and checkout.gateway == payments.MANUAL
        if not waits or await catalog.held_by(connection, merchant.merchant_id, checkout_id):
            return
        placed = await orders.orders_of_checkouts(connection, merchant.merchant_id, [checkout_id])
        await catalog.hold_again(
            connection,
            merchant.merchant_id,
            checkout_id,
            [one.offering_id for one in placed if one.offering_id is not None and one.bonus_of is None],
            promo_code=next((one.promo_code for one in placed if one.promo_code), None),
            buyer=checkout.billing.email,
            discount=sum(one.discount for one in placed),
            now=now,
        )


async def fulfil_all(
    connection: Connection,
    deps: OrderDependencies,
    merchant: Merchant,
    received: Sequence[Payment],
    *,
    actor: str,
    entry_mode: EntryMode | None = None,
    now: datetime,
) -> list[Fulfilled]:
    """Fulfil many checkouts of one merchant, each paid by one of `received`, in the caller's transaction.

    `entry_mode` is how the number of a certificate came in that is filled at a counter. What has pools of cards is
    drawn from them.

    Raises:
        PoolEmpty: nothing is left in the pools of an offering.
        LargesseError: as `fulfil`, for any of them; the transaction must not go on.
    """
    ids = [payment.checkout_id for payment in received]
    locked = {one.checkout_id: one for one in await orders.lock_checkouts(connection, merchant.merchant_id, ids)}
    for payment in received:
        await _check(connection, locked[payment.checkout_id], payment)
    await payments.record_payments(connection, received)
    bought = await orders.orders_of_checkouts(connection, merchant.merchant_id, ids)
    fresh = {checkout_id for checkout_id in ids if locked[checkout_id].status is CheckoutStatus.OPEN}
    waiting = [order for order in bought if order.checkout_id in fresh and order.status is OrderStatus.PLACED]
    drawn = await cards.draw_for(connection, deps, merchant, waiting)
    issued = {
        one.order_id: orders.issued(
            _good_from(one, merchant, now),
            certificate_id=one.fills_id or drawn.get(one.order_id) or new_id(now),
            now=now,
        )
        for one in waiting
    }
    tenders = {payment.checkout_id: payment.gateway for payment in received}
    await issuing.issue(
        *(connection, deps, merchant, list(issued.values())),
        tenders=tenders,
        cards=frozenset(drawn.values()),
        actor=actor,
        entry_mode=entry_mode,
        now=now,
    )
    await orders.settle_orders(connection, list(issued.values()))
    await orders.settle_checkouts(
        connection, merchant.merchant_id, list(fresh), status=CheckoutStatus.PAID, paid_at=now
    )
    await outbox.publish(connection, [_event(one, merchant, locked, now=now) for one in issued.values()])
    for checkout_id in fresh:
        mine = [one for one in issued.values() if one.checkout_id == checkout_id]
        await gifts.schedule(connection, merchant, locked[checkout_id], mine, now=now)
    for checkout_id in fresh:  # last: the series of their numbers are locked from here on
        mine = [one for one in issued.values() if one.checkout_id == checkout_id]
        paid_by = tenders[checkout_id]
        await write_sale_documents(connection, merchant, locked[checkout_id], mine, paid_by=paid_by, now=now)
    by_checkout = defaultdict[UUID | None, list[Order]](list)
    for order in bought:
        by_checkout[order.checkout_id].append(issued.get(order.order_id, order))
    return [
        Fulfilled(
            checkout=orders.paid(locked[checkout_id], now=now),
            orders=tuple(by_checkout[checkout_id]),
            replayed=checkout_id not in fresh,
        )
        for checkout_id in ids
    ]


def _good_from(order: Order, merchant: Merchant, now: datetime) -> Order:
    """Return the order with its validity counted from today: who pays by transfer a week later loses none."""
    today = day_of(now, in_zone=merchant.zone)
    if order.validity != FOREVER:
        return msgspec.structs.replace(order, good_through=last_day(order.validity, issued_on=today))
    if order.good_through is None or order.is_reload:  # what is reloaded has a last day of its own
        return order
    # A last day without a rule moves by the days that the payment took.
    waited = today - day_of(order.placed_at, in_zone=merchant.zone)
    return msgspec.structs.replace(order, good_through=order.good_through + max(waited, timedelta()))


def _event(order: Order, merchant: Merchant, checkouts: Mapping[UUID, Checkout], *, now: datetime) -> Event:
    billing = checkouts[order.checkout_id].billing if order.checkout_id else orders.NO_BILLING
    return orders.order_issued_event(order, merchant, billing, now)


async def _check(connection: Connection, checkout: Checkout, payment: Payment) -> None:
    orders.paid(checkout, now=checkout.created_at)  # refuses one that was given up
    if (payment.amount, payment.currency) != (checkout.total, checkout.currency):
        raise payments.AmountDiffers
    if checkout.status is CheckoutStatus.PAID:
        known = await payments.payments_of_checkout(connection, checkout.merchant_id, checkout.checkout_id)
        if not any(_paid_by(one, payment) for one in known):
            raise payments.CheckoutPaid


def _paid_by(known: Payment, payment: Payment) -> bool:
    """Return whether `payment` is one that arrived before: one that was only begun has not paid for anything."""
    arrived = known.status not in (PaymentStatus.PENDING, PaymentStatus.FAILED) and not known.surplus
    return arrived and (known.gateway, known.reference) == (payment.gateway, payment.reference)
