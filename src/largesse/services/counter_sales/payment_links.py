"""A payment link by mail: whoever ordered by telephone, or stands before a till, pays on the usual page.

The link is one of our own and leads to the gateway's page as often as it is opened: pages end after an hour, links do
not. While it counts, the order waits; it is under Waiting at its location, and giving it up closes the page first.
"""

from datetime import datetime, timedelta
from typing import Final

from largesse.domain import orders
from largesse.domain.merchants import Merchant
from largesse.domain.payments import MANUAL
from largesse.kernel.errors import Conflict, FieldError, InvalidInput
from largesse.kernel.ids import derived_id
from largesse.kernel.mail import read_email
from largesse.services.counter import mail_payment_link
from largesse.services.counter_sales.dependencies import CounterSaleDependencies
from largesse.services.counter_sales.errors import SaleInvalid
from largesse.services.counter_sales.selling import Sold
from largesse.services.gifts import GiftLink, make_token
from largesse.services.payments import PaymentDependencies

LINK_GOOD_FOR: Final = timedelta(days=3)
PAY_PATH: Final = "pay"


class NotToBePaidByLink(Conflict):
    """An order is paid already, was given up, or is paid another way than by card."""

    code = "counter.payment_link.closed"
    message = "This order is not paid by a link: it is paid already, was given up, or is paid another way."


async def send_payment_link(
    deps: CounterSaleDependencies, merchant: Merchant, sale: Sold, *, address: str, locale: str = "", now: datetime
) -> datetime:
    """Mail the link of a sale whose payment by card is waited for, and return until when it counts.

    Whoever it is mailed to is the buyer: the receipt goes there, too, once it is paid. `locale` is what they read, that
    of the sale where it is empty. To the same address it is mailed once an hour at most.

    Raises:
        NotToBePaidByLink: nothing is waited for, or not by card.
        SaleInvalid: it is no address.
    """
    if not sale.waits or sale.checkout.gateway == MANUAL:
        raise NotToBePaidByLink
    try:
        to = read_email(address.strip())
    except InvalidInput as error:
        raise SaleInvalid(fields=[FieldError("email", "email.invalid", error.message)]) from None
    until, read_in = now + LINK_GOOD_FOR, locale or sale.checkout.locale
    link = payment_link(deps, merchant, sale, until=until)
    operation = derived_id("payment-link", sale.order.order_id, now.strftime("%Y%m%d%H"))
    async with deps.transaction() as connection:
        key = merchant.merchant_id, sale.checkout.checkout_id
        await orders.put_payment_link(connection, *key, until)
        await orders.note_buyer(connection, *key, email=to, locale=read_in)
        await mail_payment_link(
            connection,
            merchant.merchant_id,
            address=to,
            locale=read_in,
            link=link,
            until=until,
            amount=sale.total,
            number=sale.order.order_number,
            operation_id=operation,
            now=now,
        )
    return until


async def hand_out_payment_link(deps: PaymentDependencies, merchant: Merchant, sale: Sold, *, now: datetime) -> str:
    """Return the link of a sale whose payment by card is waited for, for whoever asked to pass it on; the same again.

    Raises:
        NotToBePaidByLink: nothing is waited for, or not by card.
    """
    if not sale.waits or sale.checkout.gateway == MANUAL:
        raise NotToBePaidByLink
    key = merchant.merchant_id, sale.checkout.checkout_id
    async with deps.transaction() as connection:
        until = (await orders.payment_links(connection, key[0], [key[1]])).get(key[1])
        if until is None:
            until = now + LINK_GOOD_FOR
            await orders.put_payment_link(connection, *key, until)
    return payment_link(deps, merchant, sale, until=until)


def payment_link(deps: PaymentDependencies, merchant: Merchant, sale: Sold, *, until: datetime) -> str:
    """Return the address that leads to the page on which a sale is paid."""
    link = GiftLink(merchant_id=merchant.merchant_id, checkout_id=sale.checkout.checkout_id, ends_at=until)
    return f"{deps.base_url}/{merchant.slug}/{PAY_PATH}?token={make_token(deps.keyring, link)}"
