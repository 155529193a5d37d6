"""Gifts that are bought and paid for, with their deliveries; and a desk that sends their mails."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import uuid4

from largesse.adapters.typeset import TypstTypesetter
from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import gifts
from largesse.domain.merchants import Merchant, MerchantDraft
from largesse.domain.orders import Billing, Charge, DeliveryMethod, Order
from largesse.kernel.clock import Clock
from largesse.kernel.conventions import English, SheetSize
from largesse.kernel.sealing import KeyCustody
from largesse.outbox import Relay, Sender
from largesse.services.endpoints import renderers
from largesse.services.mails import Letters
from largesse.services.merchants import open_merchant
from largesse.services.orders.fulfilment import fulfil
from largesse.services.orders.selling import Basket, GiftOrder, place
from tests.builders.application import NOW, an_application
from tests.builders.orders import BILLING, a_charge, a_payment

MAIL_FROM = "Gift post <gifts@post.example>"


@asynccontextmanager
async def a_gift_installation(
    database: Database, *, clock: Clock | None = None, keyring: KeyCustody | None = None, prints: bool = True
) -> AsyncIterator[Application]:
    """An installation that really typesets, or where nobody looks at the pages, does not."""
    if not prints:
        async with an_application(database, clock=clock, keyring=keyring) as application:
            yield application
        return
    async with (
        TypstTypesetter(threads=1) as typesetter,
        an_application(database, clock=clock, keyring=keyring, typesetter=typesetter) as application,
    ):
        yield application


async def a_shop(database: Database, *, name: str = "Corner Spa", time_zone: str = "America/New_York") -> Merchant:
    """A merchant that sells in dollars."""
    draft = MerchantDraft(
        english=English.BRITISH,
        paper=SheetSize.A4,
        slug="corner-spa",
        number="1001",
        prefix="GL",
        name=name,
        time_zone=time_zone,
        contact_email="hello@spa.example",
    )
    async with database.transaction() as connection:
        return await open_merchant(connection, draft, now=NOW)


def a_gift(
    charge: Charge | None = None,
    *,
    delivery: DeliveryMethod = DeliveryMethod.EMAIL,
    email: str = "ada@example.com",
    name: str = "Ada",
    message: str = "Happy birthday, dear Ada! Take the whole afternoon. 🎂",
    locale: str = "en",
    design: str = "winter",
    at: datetime | None = None,
) -> GiftOrder:
    """A present for Ada, mailed at once."""
    return GiftOrder(
        charge=charge or a_charge(),
        description="1 hr Massage",
        recipient_first_name=name,
        recipient_email="" if delivery is DeliveryMethod.PRINT else email,
        to_message=name,
        from_message="Grace",
        message=message,
        delivery=delivery,
        locale=locale,
        design=design,
        deliver_at=at,
    )


async def bought(
    application: Application,
    merchant: Merchant,
    *wanted: GiftOrder,
    billing: Billing = BILLING,
    locale: str = "en",
    now: datetime = NOW,
) -> list[Order]:
    """Buy and pay for gifts; return their orders as issued, in the order of `wanted`."""
    basket = Basket(operation_id=uuid4(), billing=billing, gifts=wanted or (a_gift(),), locale=locale)
    placed = await place(application, merchant, basket, now=now)
    payment = a_payment(placed.checkout, reference=str(uuid4()), now=now)
    done = await fulfil(application, merchant, payment, actor="test", now=now)
    by_id = {order.order_id: order for order in done.orders}
    return [by_id[order.order_id] for order in placed.orders]


def a_relay(application: Application, mail: Sender, *, http: Sender | None = None, mail_from: str = MAIL_FROM) -> Relay:
    """A relay that composes and sends the mails of the installation, without jitter."""
    return Relay(
        application.database,
        application.keyring,
        application.clock,
        http=http or application.sender,
        mail=mail,
        renderers=renderers(mail_from=mail_from),
        mail_writer=Letters(application, mail_from=mail_from),
        jitter=lambda: 0.0,
    )


async def delivery_of(application: Application, order: Order) -> gifts.Gift:
    """How far the gift of an order is."""
    async with application.database.connection() as connection:
        return await gifts.find_gift(connection, order.merchant_id, order.order_id)
