"""Sales whose payment is waited for: collected on the buyer's own phone, listed with their deadlines, given up."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from largesse.domain import orders, payments
from largesse.domain.merchants import Merchant
from largesse.domain.orders import CheckoutStatus, Order
from largesse.domain.payments import MANUAL, Payment, PaymentStatus
from largesse.kernel.errors import Conflict
from largesse.services.counter_sales.dependencies import CounterSaleDependencies
from largesse.services.counter_sales.selling import Sold, sale_of_order
from largesse.services.gifts import GOOD_FOR, GiftLink, make_token
from largesse.services.orders import give_up
from largesse.services.payments import confirm, look_at, start


class PaymentUnderWay(Conflict):
    """A sale is not given up: its buyer has paid, and the money is on its way."""

    code = "counter.payment.under_way"
    message = "The buyer has paid, and the money is on its way. Wait for it; then undo the sale if it shall not be."


class WaitingSale(NamedTuple):
    """A sale that is waited for. `deadline` is when its page to pay ends, None where there is none."""

    order: Order
    gateway: str
    deadline: datetime | None

    @property
    def by_transfer(self) -> bool:
        """Return whether the office says when the money has come."""
        return self.gateway == MANUAL


async def collect(deps: CounterSaleDependencies, merchant: Merchant, sale: Sold, *, now: datetime) -> str:
    """Return the address where the buyer pays for a sale; asked again, it is the same page while that is open.

    Raises:
        GatewayUnknown, PaymentRefused, PaymentTooSmall, GatewayUnavailable: as `payments.start`.
        CheckoutClosed: it was given up.
    """
    checkout = sale.checkout
    link = GiftLink(
        merchant_id=checkout.merchant_id, checkout_id=checkout.checkout_id, ends_at=checkout.created_at + GOOD_FOR
    )
    shop = f"{deps.base_url}/{merchant.slug}"
    return await start(
        deps,
        merchant,
        checkout.checkout_id,
        gateway=checkout.gateway,
        return_url=f"{shop}/thanks?token={make_token(deps.keyring, link)}",
        cancel_url=shop,
        now=now,
    )


async def look_after(deps: CounterSaleDependencies, merchant: Merchant, sale: Sold, *, now: datetime) -> Sold:
    """Return a sale as it stands now: where no word of its payment has come, the gateway is asked."""
    if not sale.waits or sale.checkout.gateway == MANUAL:
        return sale
    await confirm(deps, merchant, sale.checkout.checkout_id, now=now)
    async with deps.database.connection() as connection:
        return await sale_of_order(connection, merchant, sale.order.order_number)


async def waiting_at(deps: CounterSaleDependencies, merchant: Merchant, location_id: UUID) -> list[WaitingSale]:
    """Return the sales of a location whose payment is waited for, the oldest first."""
    async with deps.database.connection() as connection:
        found = await orders.waiting_at_counter(connection, merchant.merchant_id, location_id)
        ids = [one.checkout_id for one in found if one.checkout_id is not None]
        checkouts = await orders.checkouts_by_id(connection, merchant.merchant_id, ids)
        links = await orders.payment_links(connection, merchant.merchant_id, ids)
        pages = {one: await payments.payments_of_checkout(connection, merchant.merchant_id, one) for one in ids}
    return [
        WaitingSale(
            one, checkouts[one.checkout_id].gateway, links.get(one.checkout_id) or _deadline(pages[one.checkout_id])
        )
        for one in found
        if one.checkout_id is not None
    ]


async def waits_until(deps: CounterSaleDependencies, merchant: Merchant, sale: Sold) -> datetime | None:
    """Return until when a sale waits for whoever was mailed its link, or for its transfer; None where that is open."""
    checkout_id = sale.checkout.checkout_id
    async with deps.database.connection() as connection:
        return (await orders.payment_links(connection, merchant.merchant_id, [checkout_id])).get(checkout_id)


async def give_up_sale(deps: CounterSaleDependencies, merchant: Merchant, order_number: str, *, now: datetime) -> Sold:
    """Give up a sale that is waited for, and return it as it stands: paid, where a payment came all the same.

    The page to pay is closed first, and the gateway asked once more; only then the sale ends.

    Raises:
        OrderNotFound, SaleUnknown: nothing was sold at a counter under that number.
        PaymentUnderWay: its buyer has paid, and the money is on its way.
        GatewayUnavailable: the gateway does not answer, so nobody knows; try again.
    """
    async with deps.database.connection() as connection:
        sale = await sale_of_order(connection, merchant, order_number)
        tried = await payments.payments_of_checkout(connection, merchant.merchant_id, sale.checkout.checkout_id)
    if not sale.waits:
        return sale
    for payment in tried:
        if payment.status is PaymentStatus.PENDING:
            gateway = await deps.gateways.of(payment.account, now=now)
            await gateway.give_up(payment.reference, now=now)
            await look_at(deps, payment, now=now)
    async with deps.database.connection() as connection:
        sale = await sale_of_order(connection, merchant, order_number)
        tried = await payments.payments_of_checkout(connection, merchant.merchant_id, sale.checkout.checkout_id)
    if sale.checkout.status is not CheckoutStatus.OPEN:
        return sale
    if any(one.status is PaymentStatus.PENDING and one.redirect_url is None for one in tried):
        raise PaymentUnderWay
    await give_up(deps, merchant, order_number)
    async with deps.database.connection() as connection:
        return await sale_of_order(connection, merchant, order_number)


def _deadline(tried: list[Payment]) -> datetime | None:
    ends = [one.expires_at for one in tried if one.status is PaymentStatus.PENDING and one.expires_at is not None]
    return max(ends, default=None)
