"""Ways to pay, and what is left of them: what does not need Stripe."""

import dataclasses
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from largesse.adapters.stripe_gateway import StripeGateway
from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import payments
from largesse.domain.merchants import Merchant
from largesse.domain.orders import CheckoutClosed
from largesse.domain.payments import Gateways, GatewayUnknown, ManualGateway, PaymentTooSmall, TrialChoice
from largesse.kernel.currency import currency
from largesse.kernel.ids import new_id
from largesse.kernel.money import Money
from largesse.services.orders import fulfilment, selling
from largesse.services.payments import paying, sweeper
from tests.builders.orders import a_charge
from tests.builders.payments import RETURN_URL, a_paying_application, count, now, placed_by, sent_to, standing_of
from tests.builders.shop import a_seller
from tests.support.stripe_account import SECRET_KEY, WEBHOOK_SECRET


@pytest.fixture
async def application(database: Database) -> AsyncIterator[Application]:
    async with a_paying_application(database) as opened:
        yield opened


@pytest.fixture
async def merchant(database: Database) -> Merchant:
    return await a_seller(database)


@pytest.mark.parametrize(
    "code, amount, offered",
    [
        ("USD", 50, True),
        ("USD", 49, False),
        ("EUR", 49, False),
        ("GBP", 30, True),
        ("HUF", 17_499, False),
        ("JPY", 50, True),
        ("JPY", 49, False),
        ("SEK", 299, False),
        ("BHD", 10, True),
        ("USD", 2_500, True),
        ("JPY", 2_500, True),
        ("KWD", 2_510, True),
        ("KWD", 2_515, False),
        ("LYD", 1_000, False),
    ],
)
async def test_stripe_is_offered_only_for_what_it_can_collect(code: str, amount: int, *, offered: bool) -> None:
    stripe = StripeGateway(secret_key=SECRET_KEY, webhook_secrets=[WEBHOOK_SECRET])

    offer = await Gateways(stripe, ManualGateway()).offer(new_id(now()), now=now())
    names = offer.names(Money(amount, currency(code)))

    assert names == (("stripe", "manual") if offered else ("manual",))


async def test_an_amount_below_what_a_card_takes_is_refused_when_its_payment_is_begun(
    application: Application, merchant: Merchant
) -> None:
    stripe = StripeGateway(secret_key=SECRET_KEY, webhook_secrets=[WEBHOOK_SECRET])
    cards = dataclasses.replace(application, gateways=Gateways(stripe, ManualGateway()))
    placed = await placed_by(cards, merchant, a_charge(49))
    with pytest.raises(PaymentTooSmall):
        await sent_to(cards, merchant, placed)
    assert await count(application, "payments") == 0


async def test_paying_by_hand_can_be_kept_from_buyers_and_not_from_staff(
    application: Application, merchant: Merchant
) -> None:
    quiet = dataclasses.replace(application, gateways=Gateways(ManualGateway(), by_hand=False))
    placed = await placed_by(quiet, merchant)
    offer = await quiet.gateways.offer(merchant.merchant_id, now=now())
    assert offer.names(Money(10_000, merchant.money)) == ()

    await fulfilment.mark_paid(quiet, merchant, placed.orders[0].order_number, reference=None, actor="test", now=now())

    assert await standing_of(quiet, merchant, placed) is paying.PaymentStanding.PAID


async def test_paying_by_hand_leads_back_and_waits(application: Application, merchant: Merchant) -> None:
    placed = await placed_by(application, merchant)

    assert await sent_to(application, merchant, placed, "manual") == RETURN_URL

    assert await standing_of(application, merchant, placed) is paying.PaymentStanding.OPEN
    assert await count(application, "certificates") == 0


async def test_nobody_pays_by_a_way_that_is_not_there_or_for_what_was_given_up(
    application: Application, merchant: Merchant
) -> None:
    placed = await placed_by(application, merchant)
    with pytest.raises(GatewayUnknown):
        await sent_to(application, merchant, placed, "barter")
    await selling.give_up(application, merchant, placed.orders[0].order_number)
    with pytest.raises(CheckoutClosed):
        await sent_to(application, merchant, placed, "test")


async def test_what_is_paid_is_not_paid_again(application: Application, merchant: Merchant) -> None:
    placed = await placed_by(application, merchant)
    await fulfilment.mark_paid(
        application, merchant, placed.orders[0].order_number, reference=None, actor="test", now=now()
    )

    assert await sent_to(application, merchant, placed, "test") == RETURN_URL
    assert await count(application, "payments") == 1


async def test_a_page_that_was_never_used_is_given_up(application: Application, merchant: Merchant) -> None:
    placed = await placed_by(application, merchant)
    await sent_to(application, merchant, placed, "test")
    assert await standing_of(application, merchant, placed) is paying.PaymentStanding.PENDING

    await sweeper.sweep(application, now=now() + timedelta(hours=2))

    assert await standing_of(application, merchant, placed) is paying.PaymentStanding.OPEN


async def test_notices_are_forgotten_after_a_year_and_those_that_wait_are_not(
    application: Application, merchant: Merchant
) -> None:
    placed = await placed_by(application, merchant)
    url = await sent_to(application, merchant, placed, "test")
    gateway = application.gateways.named("test")
    assert isinstance(gateway, payments.TestGateway)
    state = gateway.read(url.rpartition("/")[2], now=now())
    await paying.try_out(application, state, TrialChoice.SLOW, now=now())

    assert await sweeper.forget(application, now=now()) == 0
    assert await sweeper.forget(application, now=now() + sweeper.NOTICES_KEPT + timedelta(days=1)) == 1
    assert await count(application, "gateway_notices WHERE status = 'waiting'") == 1
