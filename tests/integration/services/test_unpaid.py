"""A checkout that nobody pays for keeps nothing for ever."""

import asyncio
from datetime import timedelta

from msgspec.structs import replace

from largesse.app.application import Application
from largesse.db import Database
from largesse.services.payments import sweeper, unpaid
from tests.builders.application import NOW
from tests.builders.catalog import a_code, a_draft, a_package, offering_now, on_sale, promo_now
from tests.builders.shop import a_seller
from tests.fakes.clock import StillClock
from tests.integration.interfaces.storefront.test_checkout import a_shopper, live_promo, placed

LATER = unpaid.PATIENCE + timedelta(minutes=1)


async def _given_up(application: Application, clock: StillClock) -> int:
    """What two workers give up, after they have asked how the payments stand."""
    await sweeper.sweep(application, now=clock.now())
    return sum(await asyncio.gather(*(unpaid.give_up_unpaid(application, now=clock.now()) for _ in range(2))))


async def test_who_never_pays_leaves_stock_and_code_to_others_once(database: Database) -> None:
    merchant = await a_seller(database)
    offering = await on_sale(database, merchant, a_package(stock=3))
    promo = await a_code(database, merchant, uses_max=2)
    clock = StillClock(NOW)
    async with (
        a_shopper(database, clock=clock) as (application, shopper),
        a_shopper(database, clock=clock) as (_, other),
    ):
        for buyer, gateway in ((other, "manual"), (shopper, "test")):
            await buyer.give("/gift/massage")
            await live_promo(buyer, "spring")
            assert (await buyer.pay(buyer_promo="spring", buyer_gateway=gateway)).status == 303
        assert (await promo_now(database, promo)).uses == 2

        assert await _given_up(application, clock) == 0
        clock.moment += LATER
        assert await _given_up(application, clock) == 1
        assert await _given_up(application, clock) == 0

        assert (await offering_now(database, offering)).taken == 1
        assert (await promo_now(database, promo)).uses == 1
        assert sorted(order["paid_for"] for order in await placed(database)) == ["expired", "open"]
        await live_promo(shopper, "spring")
        assert (await shopper.pay(buyer_promo="spring", buyer_gateway="test")).status == 303  # the draft is still there
        assert (await promo_now(database, promo)).uses == 2


async def test_what_is_being_paid_is_not_given_up(database: Database) -> None:
    await on_sale(database, await a_seller(database), replace(a_draft(), stock=1))
    clock = StillClock(NOW)
    async with a_shopper(database, clock=clock) as (application, shopper):
        await shopper.give()
        await shopper.pay(buyer_gateway="test")
        clock.moment += LATER

        assert await unpaid.give_up_unpaid(application, now=clock.now()) == 0

        assert [order["paid_for"] for order in await placed(database)] == ["open"]
