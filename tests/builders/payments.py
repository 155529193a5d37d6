"""An installation that takes payments: by Stripe's stand-in, for trying, and by hand; and what tests ask of it."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import httpx
from litestar import Litestar

from largesse.adapters.stripe_gateway import StripeGateway
from largesse.app.application import Application
from largesse.app.web import make_app
from largesse.db import Database
from largesse.domain import orders, payments
from largesse.domain.merchants import Merchant
from largesse.domain.orders import Charge
from largesse.domain.payments import Gateways, ManualGateway, Notice, NoticeKind, Payment, TestGateway
from largesse.interfaces.callbacks import FOLDER, routes
from largesse.kernel.clock import SystemClock
from largesse.ledger import Account
from largesse.ledger.proofs import trial_balance, verify
from largesse.services.certificates import Place
from largesse.services.orders import selling
from largesse.services.payments import paying
from largesse.services.payments.notices import take_note
from largesse.ui import Templates
from tests.builders.orders import a_basket
from tests.builders.shop import a_shop
from tests.support.stripe_account import SECRET_KEY, WEBHOOK_SECRET, StripeAccount

RETURN_URL = "https://gifts.example.com/corner-spa/thanks"
HOURS = timedelta(hours=4)
CANCEL_URL = "https://gifts.example.com/corner-spa/checkout"


def now() -> datetime:
    """The present moment: the stand-in keeps real time."""
    return datetime.now(UTC)


@asynccontextmanager
async def a_paying_application(database: Database, account: StripeAccount | None = None) -> AsyncIterator[Application]:
    """Lend an installation with every gateway; Stripe's only where there is an account."""
    async with a_shop(database) as shop:
        trial = TestGateway(keyring=shop.keyring, base_url=shop.base_url, for_real=False)
        if account is None:
            yield dataclasses.replace(shop, clock=SystemClock(), gateways=Gateways(trial, ManualGateway()))
            return
        async with StripeGateway(
            secret_key=SECRET_KEY, webhook_secrets=[WEBHOOK_SECRET], api_base=account.base
        ) as stripe:
            gateways = Gateways(stripe, trial, ManualGateway())
            yield dataclasses.replace(shop, clock=SystemClock(), gateways=gateways)


def an_app(application: Application) -> Litestar:
    """The interface for callbacks, with the test gateway's page."""
    trial = application.gateways.named("test")
    assert isinstance(trial, TestGateway)
    return make_app(routes(application, Templates(parts={"callbacks": FOLDER}), trial=trial))


def a_visitor(application: Application) -> httpx.AsyncClient:
    """Somebody who speaks HTTP to that interface."""
    transport = httpx.ASGITransport(app=an_app(application), raise_app_exceptions=False)  # type: ignore[arg-type]  # ASGI alike
    return httpx.AsyncClient(transport=transport, base_url="http://gifts.example.com")


async def placed_by(application: Application, merchant: Merchant, *charges: Charge) -> selling.Placed:
    """Place a basket."""
    return await selling.place(application, merchant, a_basket(*charges), now=now())


async def sent_to(application: Application, merchant: Merchant, placed: selling.Placed, gateway: str = "stripe") -> str:
    """Begin to pay for it, and return where the buyer goes."""
    return await paying.start(
        application,
        merchant,
        placed.checkout.checkout_id,
        gateway=gateway,
        return_url=RETURN_URL,
        cancel_url=CANCEL_URL,
        now=now(),
    )


async def paid_by_card(
    application: Application, merchant: Merchant, account: StripeAccount, *charges: Charge
) -> tuple[selling.Placed, str]:
    """A checkout that was paid for at Stripe, and the session in which it was."""
    placed = await placed_by(application, merchant, *charges)
    await sent_to(application, merchant, placed)
    session = account.session()
    account.control("pay", session=session, how="pay")
    assert await standing_of(application, merchant, placed) is paying.PaymentStanding.PAID
    return placed, session


async def payment_of(application: Application, placed: selling.Placed) -> Payment:
    """The one payment of a checkout, as it stands."""
    async with application.database.connection() as connection:
        checkout = placed.checkout
        [one] = await payments.payments_of_checkout(connection, checkout.merchant_id, checkout.checkout_id)
        return one


async def told(
    application: Application,
    placed: selling.Placed,
    kind: NoticeKind,
    *,
    amount: int | None = None,
    name: str = "dp_1",
    inquiry: bool = False,
) -> str:
    """Take up what a gateway tells of the payment of a checkout, and return what that changed."""
    payment = await payment_of(application, placed)
    notice = Notice(
        notice_id=f"evt_{name}_{kind}",
        kind=kind,
        reference=payment.reference,
        intent=payment.intent,
        currency=payment.currency,
        amount=payment.amount if amount is None else amount,
        dispute=name,
        inquiry=inquiry,
    )
    return (await take_note(application, payment.account, notice, now=now())).outcome


async def bought_of(application: Application, placed: selling.Placed, place: int = 0) -> Place:
    """Where the certificate of one of a checkout's orders stands."""
    order = placed.orders[place]
    async with application.database.connection() as connection:
        stands = await orders.find_by_number(connection, order.merchant_id, order.order_number)
    assert stands.certificate_id is not None
    return Place(merchant_id=order.merchant_id, certificate_id=stands.certificate_id)


async def standing_of(
    application: Application, merchant: Merchant, placed: selling.Placed, *, after: timedelta = timedelta()
) -> paying.PaymentStanding:
    """What the buyer's page says when they come back, perhaps `after` a while."""
    return (await paying.confirm(application, merchant, placed.checkout.checkout_id, now=now() + after)).standing


async def books(application: Application) -> dict[Account, int]:
    """The balance of every account, debits positive, once the books are proven."""
    async with application.database.dedicated() as connection:
        assert [difference async for difference in verify(connection)] == []
        return {one.account: one.balance for one in await trial_balance(connection) if one.balance}


async def count(application: Application, table: str) -> int:
    """How many rows there are."""
    async with application.database.connection() as connection:
        result: int = await connection.fetchval(f"SELECT count(*) FROM {table}")
        return result


async def until(true: Callable[[], Awaitable[bool]], *, within_s: float = 100) -> None:
    """Wait until something has come true."""
    async with asyncio.timeout(within_s):
        while not await true():
            await asyncio.sleep(0.02)
