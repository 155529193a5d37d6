"""An order that is to be paid by hand: kept until a day, and its buyer told at once by mail how to pay."""

from datetime import datetime, timedelta
from typing import Final

from largesse import outbox
from largesse.db import Connection
from largesse.domain import gifts, orders
from largesse.domain.gifts import Purpose
from largesse.domain.orders import Checkout
from largesse.services.gifts import mail_to_buyer, post
from largesse.services.orders import Placed

MAILS_MAX: Final = 3
MAILS_WITHIN: Final = timedelta(days=1)
"""Nothing was paid yet, so anybody's address may have been typed: it is written to so often, and no more."""


async def keep_until(connection: Connection, placed: Placed, until: datetime, *, now: datetime) -> None:
    """Keep an order that was just placed until a moment, and mail how to pay it, in the caller's transaction."""
    checkout = placed.checkout
    await orders.put_payment_link(connection, checkout.merchant_id, checkout.checkout_id, until)
    told = await gifts.by_hand_mails_to(
        connection, checkout.merchant_id, checkout.billing.email, since=now - MAILS_WITHIN
    )
    if told < MAILS_MAX:
        await outbox.open_mail_endpoint(connection, checkout.merchant_id, now=now)
        await post(connection, [mail_to_buyer(checkout, Purpose.BY_HAND, now=now)])


async def is_told_by_mail(connection: Connection, checkout: Checkout) -> bool:
    """Return whether a buyer was told by mail how to pay by hand; one whose address had its share was not."""
    sent = await gifts.mails_since(
        connection,
        checkout.merchant_id,
        checkout.checkout_id,
        Purpose.BY_HAND,
        since=checkout.created_at - MAILS_WITHIN,
    )
    return sent > 0
