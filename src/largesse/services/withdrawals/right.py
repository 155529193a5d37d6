"""Whether the buyer of an order may withdraw from it: by the law that its merchant goes by, and until when."""

from datetime import date, datetime
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain import gifts, law
from largesse.domain.gifts import Gift, GiftStatus, MailStatus
from largesse.domain.legal_texts import LegalKind
from largesse.domain.merchants import Merchant
from largesse.domain.orders import Channel, Checkout, Order, OrderStatus
from largesse.domain.withdrawals import Doubt
from largesse.kernel.clock import day_of
from largesse.services.gifts import bought_together
from largesse.services.merchants import legal_texts_of, withdrawal_rule


class Withdrawable(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody bought together, and which of its orders they may still withdraw from."""

    checkout: Checkout
    orders: tuple[Order, ...]


async def withdrawable_of(
    connection: Connection, merchant: Merchant, checkout_id: UUID, *, now: datetime
) -> Withdrawable:
    """Return a checkout with the orders of it that its buyer may withdraw from.

    Raises:
        CheckoutNotFound: this merchant has none of that id.
    """
    checkout, bought = await bought_together(connection, merchant.merchant_id, checkout_id)
    found = [one for one in bought if await doubt_about(connection, merchant, one, checkout, now=now) is Doubt.NONE]
    return Withdrawable(checkout=checkout, orders=tuple(found))


async def doubt_about(
    connection: Connection, merchant: Merchant, order: Order, checkout: Checkout, *, now: datetime
) -> Doubt:
    """Return why nobody may withdraw from an order at `now`; nothing where its buyer may."""
    if order.channel is not Channel.RETAIL or order.bonus_of is not None:
        return Doubt.NOT_SOLD_HERE
    if order.status is not OrderStatus.ISSUED:
        return Doubt.ENDED
    today = day_of(now, in_zone=merchant.zone)
    paid_on = day_of(checkout.paid_at or order.issued_at or order.placed_at, in_zone=merchant.zone)
    rule = await withdrawal_rule(connection, merchant, bought_on=paid_on, now=now)
    if rule is None:
        return Doubt.NO_RIGHT
    delivered_on = await _delivered_on(connection, merchant, order)
    told = await _was_told(connection, merchant, checkout)
    last = law.last_day_to_withdraw(rule, paid_on=paid_on, delivered_on=delivered_on, told=told)
    return Doubt.LATE if last is not None and today > last else Doubt.NONE


async def _delivered_on(connection: Connection, merchant: Merchant, order: Order) -> date | None:
    """Return the day on which something of an order came first to whoever it is for; None while nothing has.

    What is printed is there at once, and what fills a certificate when it does. An address that was corrected begins
    anew: the first mail brought nothing to anybody.
    """
    gift = (await gifts.deliveries_of_orders(connection, order.merchant_id, [order.order_id])).get(order.order_id)
    at = order.issued_at if gift is None else _delivered_at(gift)
    return None if at is None else day_of(at, in_zone=merchant.zone)


def _delivered_at(gift: Gift) -> datetime | None:
    if gift.status is GiftStatus.PRINT:
        return gift.created_at
    return gift.settled_at if gift.status is GiftStatus.SENT else None


async def _was_told(connection: Connection, merchant: Merchant, checkout: Checkout) -> bool:
    """Return whether a buyer was sent the notice of the right itself: a link to it is none (CJEU C-49/11)."""
    texts = await legal_texts_of(connection, merchant, at=checkout.created_at)
    notice = texts.read_in(checkout.locale, LegalKind.WITHDRAWAL)
    if notice is None or not notice.text or not checkout.billing.email:
        return False
    return await gifts.receipt_status(connection, merchant.merchant_id, checkout.checkout_id) not in {
        MailStatus.FAILED,
        MailStatus.DROPPED,
    }
