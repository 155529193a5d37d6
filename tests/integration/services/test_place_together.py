"""Drafts that are placed at the same moment: each once, none in another's way."""

import asyncio
from collections.abc import Awaitable, Sequence
from typing import TypeVar

from msgspec.structs import replace

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import drafts
from largesse.domain.catalog import Offering
from largesse.domain.drafts import BuyerText, fresh_token
from largesse.domain.merchants import Merchant
from largesse.kernel.tax import UNTAXED
from largesse.services.checkout import FaultKind, PlaceCheckout, Refused, change_draft, place
from largesse.services.orders.selling import Placed
from tests.builders.catalog import a_code, a_draft, a_package, offering_now, on_sale, promo_now
from tests.builders.drafts import a_draft_gift
from tests.builders.shop import NOW, a_seller, a_shop

BUYER = BuyerText(first_name="Grace", last_name="Hopper", email="grace@example.com", gateway="card")
Result = TypeVar("Result")


async def a_placing(application: Application, merchant: Merchant, offering: Offering) -> PlaceCheckout:
    """A gift of `offering` in a draft of its own, and the command to pay for it."""
    token = fresh_token()
    gift, price = a_draft_gift(offering, now=NOW)
    await change_draft(application, merchant, token, lambda before: before.with_gift(gift), now=NOW)
    return PlaceCheckout(token=token, buyer=BUYER, total=price, locale="en", gateways=("card",))


async def at_once(*calls: Awaitable[Result]) -> Sequence[Result]:
    """Make all calls at the same moment."""
    return await asyncio.gather(*calls)


def kinds(answer: Placed | Refused) -> set[FaultKind]:
    """What stands against a draft."""
    assert isinstance(answer, Refused)
    return {fault.kind for faults in (answer.faults, *answer.gifts.values()) for fault in faults}


async def orders_of(database: Database) -> list[int]:
    """How many orders each checkout has."""
    async with database.connection() as connection:
        rows = await connection.fetch(
            "SELECT count(o.order_id) AS many FROM checkouts LEFT JOIN orders o USING (merchant_id, checkout_id) "
            "GROUP BY checkout_id"
        )
    return [row["many"] for row in rows]


async def test_what_is_asked_for_at_the_same_moment_is_placed_in_one_transaction(database: Database) -> None:
    sellers = [
        await a_seller(database),
        await a_seller(database, slug="elsewhere", number="1002", prefix="EL"),
    ]
    sold = [(seller, await on_sale(database, seller, a_draft(tax=UNTAXED))) for seller in sellers]
    async with a_shop(database) as application:
        placings = [(seller, await a_placing(application, seller, one)) for seller, one in sold for _ in range(20)]
        batches = list[int]()
        application.checkouts.on_commit = batches.append
        answers = await at_once(*(place(application, seller, command, now=NOW) for seller, command in placings))
        assert batches == [40]
        for (seller, command), answer in zip(placings, answers, strict=True):
            assert isinstance(answer, Placed)
            assert not answer.replayed
            assert answer.checkout.merchant_id == seller.merchant_id
            async with database.connection() as connection:
                draft = await drafts.find_draft(connection, seller.merchant_id, command.token)
            assert draft is not None
            assert draft.checkout_id == answer.checkout.checkout_id
            assert draft.content.buyer == BUYER
    assert await orders_of(database) == [1] * 40


async def test_a_draft_asked_for_many_times_at_once_is_placed_once(database: Database) -> None:
    seller = await a_seller(database)
    offering = await on_sale(database, seller, a_draft(tax=UNTAXED))
    async with a_shop(database) as one, a_shop(database) as other:
        command = await a_placing(one, seller, offering)
        answers = await at_once(
            *(place(application, seller, command, now=NOW) for application in (one, other) for _ in range(6))
        )
    assert len({answer.checkout.checkout_id for answer in answers if isinstance(answer, Placed)}) == 1
    assert all(isinstance(answer, Placed) for answer in answers)
    assert await orders_of(database) == [1]


async def test_what_is_wrong_with_one_hinders_no_other(database: Database) -> None:
    seller = await a_seller(database)
    offering = await on_sale(database, seller, a_draft(tax=UNTAXED))
    async with a_shop(database) as application:
        good = [await a_placing(application, seller, offering) for _ in range(3)]
        forged = replace(good[0], total=1)
        good[0] = await a_placing(application, seller, offering)
        nobody = replace(good[0], token=fresh_token())
        nameless = replace(await a_placing(application, seller, offering), buyer=replace(BUYER, email="nowhere"))
        answers = await at_once(
            *(place(application, seller, one, now=NOW) for one in (forged, *good, nobody, nameless))
        )
    assert kinds(answers[0]) == {FaultKind.PRICE_CHANGED}
    assert all(isinstance(answer, Placed) for answer in answers[1:4])
    assert kinds(answers[4]) == {FaultKind.NO_GIFTS}
    assert kinds(answers[5]) == {FaultKind.EMAIL}
    assert await orders_of(database) == [1] * 3


async def test_what_there_is_only_so_much_of_is_sold_as_often_as_it_is_there(database: Database) -> None:
    seller = await a_seller(database)
    plenty = await on_sale(database, seller, a_draft(tax=UNTAXED))
    rare = await on_sale(database, seller, a_package(tax=UNTAXED, stock=2))
    code = await a_code(database, seller, uses_max=1)
    async with a_shop(database) as one, a_shop(database) as other:
        rares = [await a_placing(one, seller, rare) for _ in range(6)]
        coded = [
            replace(await a_placing(one, seller, plenty), buyer=replace(BUYER, promo=code.code), total=4_500)
            for _ in range(4)
        ]
        plain = [await a_placing(one, seller, plenty) for _ in range(6)]
        placings = [*rares, *coded, *plain]
        answers = await at_once(
            *(place((one, other)[turn % 2], seller, command, now=NOW) for turn, command in enumerate(placings))
        )
    placed = [isinstance(answer, Placed) for answer in answers]
    assert [sum(placed[:6]), sum(placed[6:10]), sum(placed[10:])] == [2, 1, 6]
    for answer in answers[:6]:
        assert isinstance(answer, Placed) or kinds(answer) <= {FaultKind.SOLD_OUT, FaultKind.FEW_LEFT}
    assert (await offering_now(database, rare)).stock_left == 0
    assert (await promo_now(database, code)).uses == 1


async def test_a_draft_that_somebody_holds_waits_alone(database: Database) -> None:
    seller = await a_seller(database)
    offering = await on_sale(database, seller, a_draft(tax=UNTAXED))
    async with a_shop(database) as application:
        held, free = [await a_placing(application, seller, offering) for _ in range(2)]
        async with database.transaction() as connection:
            await drafts.lock_draft(connection, seller.merchant_id, held.token)
            waiting = asyncio.create_task(place(application, seller, held, now=NOW))
            assert isinstance(await place(application, seller, free, now=NOW), Placed)
            assert not waiting.done()
        assert isinstance(await waiting, Placed)
    assert await orders_of(database) == [1, 1]


async def test_nothing_is_placed_in_a_shop_that_is_closed(database: Database) -> None:
    seller = await a_seller(database)
    plain = await on_sale(database, seller, a_draft(tax=UNTAXED))
    few = await on_sale(database, seller, a_draft(slug="few", tax=UNTAXED, stock=3))
    async with a_shop(database) as application:
        commands = [await a_placing(application, seller, one) for one in (plain, few)]
        closed = replace(seller, closed_at=NOW)
        for command in commands:  # placed with others, and alone
            assert kinds(await place(application, closed, command, now=NOW))
        assert await orders_of(database) == []
        for command in commands:
            assert isinstance(await place(application, seller, command, now=NOW), Placed)
