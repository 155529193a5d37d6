"""Stock and promo codes when many buy at once: never one too many, and nothing lost when somebody gives up."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import msgspec
import pytest

from largesse.db import Database
from largesse.domain.catalog import Line, Offering, OfferingUnknown, PromoUnknown, SoldOut, release, reserve, try_promo
from largesse.domain.catalog.promos import PromoUsedByBuyer, PromoUsedUp
from largesse.domain.merchants import Merchant
from largesse.kernel.errors import LargesseError
from tests.builders.catalog import NOW, a_code, a_draft, a_package, offering_now, on_sale, promo_now
from tests.builders.shop import a_seller

BUYER = "grace@example.com"


@pytest.fixture
async def merchant(database: Database) -> Merchant:
    return await a_seller(database)


def _line(offering: Offering, amount: int = 10_000) -> Line:
    return Line(offering_id=offering.offering_id, amount=amount)


async def _reserve(
    database: Database,
    merchant: Merchant,
    lines: Sequence[Line],
    *,
    checkout_id: UUID | None = None,
    code: str | None = None,
    buyer: str = BUYER,
) -> tuple[int, ...]:
    async with database.transaction() as connection:
        made = checkout_id or uuid4()
        return await reserve(connection, merchant.merchant_id, made, lines, promo_code=code, buyer=buyer, now=NOW)


async def _release(database: Database, merchant: Merchant, checkout_id: UUID) -> None:
    async with database.transaction() as connection:
        await release(connection, merchant.merchant_id, checkout_id)


def _refusals(outcomes: Sequence[object]) -> set[type]:
    return {type(one) for one in outcomes if isinstance(one, BaseException)}


async def test_of_ten_left_twenty_buyers_at_once_get_ten(database: Database, merchant: Merchant) -> None:
    offering = await on_sale(database, merchant, a_package(stock=10))

    buying = (_reserve(database, merchant, [_line(offering)]) for _ in range(20))
    outcomes = await asyncio.gather(*buying, return_exceptions=True)

    assert sum(outcome == (0,) for outcome in outcomes) == 10
    assert _refusals(outcomes) == {SoldOut}
    assert (await offering_now(database, offering)).stock_left == 0


async def test_two_offerings_are_taken_together_or_not_at_all(database: Database, merchant: Merchant) -> None:
    many = await on_sale(database, merchant, a_package(stock=50))
    few = await on_sale(database, merchant, a_package(slug="few", stock=5))

    # In both orders: whoever locked in the order of the basket would meet another in a circle.
    baskets = ([_line(many), _line(few)], [_line(few), _line(many)])
    buying = (_reserve(database, merchant, baskets[turn % 2]) for turn in range(20))
    outcomes = await asyncio.gather(*buying, return_exceptions=True)

    assert _refusals(outcomes) == {SoldOut}
    assert (await offering_now(database, many)).taken == (await offering_now(database, few)).taken == 5


async def test_a_code_is_used_as_often_as_it_may_be_and_no_more(database: Database, merchant: Merchant) -> None:
    offering = await on_sale(database, merchant)
    code = await a_code(database, merchant, uses_max=7)

    buying = (
        _reserve(database, merchant, [_line(offering)], code="spring", buyer=f"b{turn}@example.com")
        for turn in range(20)
    )
    outcomes = await asyncio.gather(*buying, return_exceptions=True)

    assert sum(outcome == (1_000,) for outcome in outcomes) == 7
    assert _refusals(outcomes) == {PromoUsedUp}
    assert (await promo_now(database, code)).uses == 7


async def test_one_buyer_at_many_tills_uses_a_code_once(database: Database, merchant: Merchant) -> None:
    offering = await on_sale(database, merchant)
    code = await a_code(database, merchant, uses_per_buyer_max=1)

    spellings = [BUYER, BUYER.upper(), f" {BUYER} "]
    buying = (
        _reserve(database, merchant, [_line(offering)], code=" Spring", buyer=spellings[turn % 3]) for turn in range(9)
    )
    outcomes = await asyncio.gather(*buying, return_exceptions=True)

    assert sum(outcome == (1_000,) for outcome in outcomes) == 1
    assert _refusals(outcomes) == {PromoUsedByBuyer}
    assert await _reserve(database, merchant, [_line(offering)], code="SPRING", buyer="ada@example.com") == (1_000,)
    assert (await promo_now(database, code)).uses == 2


async def test_who_gives_up_leaves_stock_and_code_to_others_once(database: Database, merchant: Merchant) -> None:
    offering = await on_sale(database, merchant, a_package(stock=3))
    code = await a_code(database, merchant, uses_max=1, uses_per_buyer_max=1)
    checkout_id = uuid4()
    await _reserve(database, merchant, [_line(offering)] * 2, checkout_id=checkout_id, code="SPRING")
    await _reserve(database, merchant, [_line(offering)])

    await asyncio.gather(*(_release(database, merchant, checkout_id) for _ in range(5)))

    assert (await offering_now(database, offering)).stock_left == 2
    assert (await promo_now(database, code)).uses == 0
    assert await _reserve(database, merchant, [_line(offering)] * 2, code="SPRING") == (1_000, 1_000)


async def test_a_refused_code_takes_no_stock(database: Database, merchant: Merchant) -> None:
    offering = await on_sale(database, merchant, a_package(stock=3))
    with pytest.raises(PromoUnknown):
        await _reserve(database, merchant, [_line(offering)], code="SUMMER")
    assert (await offering_now(database, offering)).taken == 0


async def test_an_offering_of_another_merchant_cannot_be_taken(database: Database, merchant: Merchant) -> None:
    other = await a_seller(database, slug="other", number="2002", prefix="OT")
    theirs = await on_sale(database, other, a_package(stock=3))
    with pytest.raises(OfferingUnknown):
        await _reserve(database, merchant, [_line(theirs)])
    assert (await offering_now(database, theirs)).taken == 0


async def test_without_a_limit_nothing_is_counted(database: Database, merchant: Merchant) -> None:
    offering = await on_sale(database, merchant, a_draft())
    assert await _reserve(database, merchant, [_line(offering)] * 30) == (0,) * 30
    assert (await offering_now(database, offering)).taken == 0


async def test_trying_a_code_shows_the_discount_and_uses_nothing(database: Database, merchant: Merchant) -> None:
    offering = await on_sale(database, merchant)
    code = await a_code(
        database, merchant, percent=Decimal("12.5"), uses_per_buyer_max=1, ends_at=NOW + timedelta(days=1)
    )
    async with database.connection() as connection:
        lines = [_line(offering, 10_000), _line(offering, 999)]
        shown = await try_promo(connection, merchant.merchant_id, "spring", lines, buyer=BUYER, now=NOW)
        with pytest.raises(LargesseError, match="any more"):
            await try_promo(connection, merchant.merchant_id, "spring", lines, now=NOW + timedelta(days=1))
    assert shown == (1_250, 125)
    assert await promo_now(database, code) == msgspec.structs.replace(code, uses=0)
