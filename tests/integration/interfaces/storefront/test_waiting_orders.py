"""Orders that nobody has paid for keep little from others, and not for long."""

import dataclasses
from datetime import timedelta

import pytest

from largesse.app.duties import DUTIES
from largesse.db import Database
from largesse.domain.catalog import SoldOut
from largesse.domain.payments import Gateways, ManualGateway, TestGateway
from largesse.interfaces.storefront.limits import Limits
from largesse.services.orders.fulfilment import mark_paid
from largesse.services.payments import release_held_by_hand
from largesse.services.payments.unpaid import HELD_BY_HAND
from tests.builders.application import NOW, an_application
from tests.builders.catalog import a_code, a_package, offering_now, on_sale, promo_now
from tests.builders.shop import a_seller
from tests.fakes.clock import StillClock
from tests.integration.interfaces.storefront.test_checkout import live_promo, placed
from tests.support.shopper import shopping

LATER = HELD_BY_HAND + timedelta(seconds=1)


async def test_one_place_cannot_take_all_stock_and_all_uses_of_a_code(database: Database) -> None:
    merchant = await a_seller(database)
    offering = await on_sale(database, merchant, a_package(stock=30))
    promo = await a_code(database, merchant, uses_max=30)
    async with an_application(database, clock=StillClock(NOW)) as application:
        answers = []
        for _ in range(12):
            async with shopping(application, address="203.0.113.9") as stranger:
                await stranger.give("/gift/massage")
                await live_promo(stranger, "spring")
                answers.append(await stranger.pay(buyer_promo="spring"))
        assert [page.status for page in answers] == [303] * 10 + [429] * 2
        assert answers[-1].answer.headers["retry-after"] == "86400"
        assert "Too many orders from here wait for their payment" in answers[-1].words
        assert answers[-1].fields["buyer_first_name"] == "Grace"
        async with shopping(application, address="198.51.100.7") as buyer:
            await buyer.give("/gift/massage")
            assert (await buyer.pay()).status == 303
    assert (await offering_now(database, offering)).taken == 11
    assert (await promo_now(database, promo)).uses == 10


async def test_what_costs_nobody_anything_has_a_wider_bound(database: Database) -> None:
    await on_sale(database, await a_seller(database))
    async with an_application(database, clock=StillClock(NOW)) as application:
        statuses = list[int]()
        for _ in range(6):
            async with shopping(application, limits=Limits(by_hand_a_day=5, held_by_hand_a_day=1)) as shopper:
                await shopper.give()
                statuses.append((await shopper.pay()).status)
    assert statuses == [303] * 5 + [429]


async def test_orders_to_be_paid_at_a_gateway_are_bounded_where_they_keep_something(database: Database) -> None:
    merchant = await a_seller(database)
    await on_sale(database, merchant, a_package(stock=30))
    await on_sale(database, merchant)
    limits = Limits(held=2)
    async with an_application(database, clock=StillClock(NOW)) as plain:
        gateway = TestGateway(keyring=plain.keyring, base_url=plain.base_url, for_real=False)
        application = dataclasses.replace(plain, gateways=Gateways(gateway, ManualGateway()))
        statuses = list[int]()
        for path in ("/gift/massage",) * 3 + ("/gift/any-amount",) * 3:
            async with shopping(application, limits=limits) as shopper:
                await shopper.give(path)
                statuses.append((await shopper.pay(buyer_gateway="test")).status)
    assert statuses == [303, 303, 429, 303, 303, 303]


async def test_what_is_refused_or_placed_again_is_not_counted(database: Database) -> None:
    merchant = await a_seller(database)
    await on_sale(database, merchant, a_package(stock=30))
    async with an_application(database, clock=StillClock(NOW)) as application:
        async with shopping(application) as shopper:
            await shopper.give("/gift/massage")
            for _ in range(12):
                assert (await shopper.pay(buyer_email="nobody")).status == 422
        limits = Limits(checkouts="100/minute")
        async with shopping(application, limits=limits) as shopper:
            await shopper.give("/gift/massage")
            assert {(await shopper.pay()).status for _ in range(12)} == {303}


async def test_what_waits_to_be_paid_by_hand_keeps_things_from_others_for_a_day(database: Database) -> None:
    merchant = await a_seller(database)
    offering = await on_sale(database, merchant, a_package(stock=2))
    promo = await a_code(database, merchant, uses_max=2)
    clock = StillClock(NOW)
    [duty] = [one for one in DUTIES if one.name == "release_held_by_hand"]
    async with an_application(database, clock=clock) as application, shopping(application) as shopper:
        await shopper.give("/gift/massage")
        await live_promo(shopper, "spring")
        assert (await shopper.pay(buyer_promo="spring")).status == 303
        clock.moment = NOW + HELD_BY_HAND
        assert await duty.run(application, now=clock.now()) == 0
        clock.moment = NOW + LATER
        assert [await duty.run(application, now=clock.now()) for _ in range(2)] == [1, 0]
        assert (await offering_now(database, offering)).taken == 0
        assert (await promo_now(database, promo)).uses == 0
        [order] = await placed(database)
        assert order["paid_for"] == "open", "it goes on waiting"

        await mark_paid(application, merchant, order["order_number"], reference=None, actor="test", now=clock.now())
        assert (await offering_now(database, offering)).taken == 1
        assert (await promo_now(database, promo)).uses == 1
        clock.moment += LATER
        assert await release_held_by_hand(application, now=clock.now()) == 0
        assert (await offering_now(database, offering)).taken == 1


async def test_who_pays_after_others_bought_the_rest_is_not_oversold(database: Database) -> None:
    merchant = await a_seller(database)
    offering = await on_sale(database, merchant, a_package(stock=1))
    clock = StillClock(NOW)
    async with (
        an_application(database, clock=clock) as application,
        shopping(application) as late,
        shopping(application) as quick,
    ):
        await late.give("/gift/massage")
        assert (await late.pay()).status == 303
        clock.moment = NOW + LATER
        assert await release_held_by_hand(application, now=clock.now()) == 1
        await quick.give("/gift/massage")
        assert (await quick.pay()).status == 303
        first, second = sorted(await placed(database), key=lambda order: str(order["order_id"]))
        with pytest.raises(SoldOut):
            await mark_paid(application, merchant, first["order_number"], reference=None, actor="test", now=clock.now())
        await mark_paid(application, merchant, second["order_number"], reference=None, actor="test", now=clock.now())
    assert (await offering_now(database, offering)).taken == 1
