"""Drafts of strangers stay few, small and short-lived; those of buyers are kept."""

import asyncio
from datetime import timedelta

import pytest
from msgspec.json import encode
from msgspec.structs import replace

from largesse.db import Database
from largesse.domain.drafts import DraftFull, GiftText
from largesse.domain.drafts.model import GIFTS_BYTES_MAX, KEPT, KEPT_WITHOUT_GIFT, Content
from largesse.interfaces.storefront.limits import Limits
from largesse.services.checkout import purge
from tests.builders.application import an_application
from tests.builders.catalog import on_sale
from tests.builders.drafts import a_draft_gift
from tests.builders.shop import NOW, a_seller, a_shop
from tests.fakes.clock import StillClock
from tests.support.shopper import shopping

LONG = "\U0001f382" * 30_000


async def bytes_of_drafts(database: Database) -> list[int]:
    async with database.connection() as connection:
        return [row["size"] for row in await connection.fetch("SELECT octet_length(content::text) AS size FROM drafts")]


async def test_what_is_half_written_is_small_however_much_is_sent(database: Database) -> None:
    await on_sale(database, await a_seller(database))
    async with a_shop(database) as application, shopping(application) as shopper:
        form = await shopper.fill("/gift/any-amount")
        for name in form:
            if name not in {"csrf_token", "gift_id", "page_id"}:
                await shopper.send("/live/gift/any-amount", form | {name: LONG[:3_000]})
        full = {name: LONG[:600] for name in form if name not in {"csrf_token", "gift_id", "page_id"}}
        assert (await shopper.send("/live/gift/any-amount", form | full)).status == 200
    [size] = await bytes_of_drafts(database)
    assert size < 16_384


async def test_a_draft_without_a_gift_is_gone_after_two_days_another_after_a_month(
    database: Database,
) -> None:
    await on_sale(database, await a_seller(database))
    clock = StillClock(NOW)
    async with an_application(database, clock=clock) as application:
        async with shopping(application) as idle, shopping(application) as buyer:
            await idle.send("/live/gift/any-amount", await idle.fill("/gift/any-amount", to="Ada"))
            await buyer.give()
            await buyer.send("/live/gift/any-amount", await buyer.fill("/gift/any-amount", to="Bob"))
        clock.moment = NOW + KEPT_WITHOUT_GIFT
        assert await purge(application, now=clock.now()) == 0
        clock.moment += timedelta(seconds=1)
        assert await purge(application, now=clock.now()) == 1
        clock.moment = NOW + KEPT
        assert await purge(application, now=clock.now()) == 0
        clock.moment += timedelta(seconds=1)
        assert await purge(application, now=clock.now()) == 1


async def test_taking_the_last_gift_out_makes_a_draft_short_lived_again(database: Database) -> None:
    await on_sale(database, await a_seller(database))
    clock = StillClock(NOW)
    async with an_application(database, clock=clock) as application, shopping(application) as shopper:
        await shopper.give()
        page = await shopper.open("/checkout")
        [gift_id] = page.tree.xpath("//input[@name='gift_id']/@value")
        await shopper.send("/gifts/remove", {"csrf_token": page.fields["csrf_token"], "gift_id": gift_id})
        clock.moment = NOW + KEPT_WITHOUT_GIFT * 2
        assert await purge(application, now=clock.now()) == 1


async def test_drafts_that_a_version_before_wrote_are_kept_for_a_month(database: Database) -> None:
    await on_sale(database, await a_seller(database))
    clock = StillClock(NOW)
    async with an_application(database, clock=clock) as application, shopping(application) as shopper:
        await shopper.send("/live/gift/any-amount", await shopper.fill("/gift/any-amount", to="Ada"))
        async with database.connection() as connection:
            await connection.execute("UPDATE drafts SET kept_until = NULL")
        clock.moment = NOW + KEPT
        assert await purge(application, now=clock.now()) == 0
        clock.moment += timedelta(seconds=1)
        assert await purge(application, now=clock.now()) == 1


async def test_one_place_begins_so_many_drafts_a_day_and_goes_on_with_them(database: Database) -> None:
    await on_sale(database, await a_seller(database))
    limits = Limits(drafts_a_day=3)
    clock = StillClock(NOW)
    async with an_application(database, clock=clock) as application:

        async def one(address: str = "203.0.113.9") -> int:
            async with shopping(application, address=address, limits=limits) as shopper:
                form = await shopper.fill("/gift/any-amount", to="Ada")
                first = await shopper.send("/live/gift/any-amount", form)
                again = await shopper.send("/live/gift/any-amount", form | {"to": "Bob"})
                assert first.status == again.status
                return first.status

        assert sorted(await asyncio.gather(*(one() for _ in range(6)))) == [200] * 3 + [429] * 3
        assert len(await bytes_of_drafts(database)) == 3
        assert await one("203.0.113.10") == 200
        async with shopping(application, address="203.0.113.9", limits=limits) as shopper:
            page = await shopper.give()
            assert (page.status, page.answer.headers["retry-after"]) == (429, "86400")
        clock.moment += timedelta(days=1)
        assert await one() == 200


async def test_a_draft_holds_so_many_bytes_of_gifts(database: Database) -> None:
    offering = await on_sale(database, await a_seller(database))
    long = GiftText(message="\U0001f382" * 1_000, to="Ada")
    gifts = [replace(a_draft_gift(offering, now=NOW)[0], text=long) for _ in range(20)]
    content = Content()
    for gift in gifts[:7]:
        content = content.with_gift(gift)
    assert len(encode(content)) < GIFTS_BYTES_MAX + 1_000
    with pytest.raises(DraftFull):
        content.with_gift(gifts[7])
