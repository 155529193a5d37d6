"""What the books ask of a location: read in one statement, remembered for seconds, changed from then on."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from largesse.db import Database
from largesse.domain import locations, merchants
from largesse.domain.locations import EntityChange, LocationChange, LocationClosed, LocationUnknown
from largesse.domain.merchants import MerchantChange
from largesse.kernel.where import BooksSale, TaxRate, Where
from largesse.services.merchants import Locator, where_of, wheres_of
from largesse.services.merchants.locating import REMEMBERED_FOR
from tests.builders.application import NOW
from tests.builders.certificates import a_merchant
from tests.builders.locations import a_location, an_entity


async def test_without_a_location_the_merchants_default_is_meant(database: Database) -> None:
    merchant = await a_merchant(database)
    async with database.connection() as connection:
        [location] = await locations.locations(connection, merchant.merchant_id)
        found = await where_of(connection, merchant.merchant_id)
    assert found == Where(
        merchant_id=merchant.merchant_id,
        location_id=location.location_id,
        legal_entity_id=location.entity_id,
        country="",
        time_zone="America/New_York",
        cut_off_hour=0,
        books_sale=BooksSale.LARGESSE,
        default_rate=None,
    )
    assert found.booked_on(NOW.replace(hour=4)) == date(2026, 11, 21)
    assert found.booked_on(NOW.replace(hour=5)) == date(2026, 11, 22)


async def test_a_location_says_what_it_says_and_the_rest_is_as_above_it(database: Database) -> None:
    merchant = await a_merchant(database)
    rate = TaxRate(name="reduced", rate=Decimal("0.07"))
    entity = await an_entity(database, merchant, name="Corner Spa GmbH", country="DE")
    plain = await a_location(database, merchant, entity=entity, code="BAR")
    own = await a_location(
        database,
        merchant,
        entity=entity,
        code="CAFE",
        country="AT",
        time_zone="Europe/Vienna",
        books_sale=BooksSale.TILL,
        default_rate=rate,
    )
    wanted = [(merchant.merchant_id, one) for one in (plain.location_id, own.location_id, None)]
    async with database.transaction() as connection:
        await merchants.change_merchant(connection, merchant.merchant_id, MerchantChange(time_zone="Europe/Paris"))
        found = await wheres_of(connection, wanted)
    bar, cafe, default = (found[one] for one in wanted)
    assert (bar.country, bar.time_zone, bar.legal_entity_id) == ("DE", "Europe/Paris", entity.entity_id)
    assert (bar.books_sale, bar.default_rate, bar.cut_off_hour) == (BooksSale.LARGESSE, None, 4)
    assert (cafe.country, cafe.time_zone, cafe.default_rate) == ("AT", "Europe/Vienna", rate)
    assert cafe.books_sale is BooksSale.TILL
    assert (default.time_zone, default.country) == ("Europe/Paris", "")


async def test_locations_of_several_merchants_are_read_together(database: Database) -> None:
    one = await a_merchant(database)
    other = await a_merchant(database, slug="lola", number="2002", prefix="LO", time_zone="Asia/Tokyo")
    wanted = [(one.merchant_id, None), (other.merchant_id, None), (one.merchant_id, None)]
    async with database.connection() as connection:
        found = await wheres_of(connection, wanted)
    assert {merchant: where.time_zone for (merchant, _), where in found.items()} == {
        one.merchant_id: "America/New_York",
        other.merchant_id: "Asia/Tokyo",
    }


async def test_a_location_that_is_unknown_another_merchants_or_closed_is_nowhere(database: Database) -> None:
    merchant = await a_merchant(database)
    other = await a_merchant(database, slug="lola", number="2002", prefix="LO")
    bar = await a_location(database, other, code="BAR")
    async with database.transaction() as connection:
        for merchant_id, location_id in (
            (merchant.merchant_id, uuid4()),
            (merchant.merchant_id, bar.location_id),
            (uuid4(), None),
        ):
            with pytest.raises(LocationUnknown):
                await where_of(connection, merchant_id, location_id)
        await locations.close_location(connection, bar, now=NOW)
        with pytest.raises(LocationClosed):
            await where_of(connection, other.merchant_id, bar.location_id)


async def test_what_is_remembered_is_read_anew_within_seconds(database: Database) -> None:
    merchant = await a_merchant(database)
    bar = await a_location(database, merchant, code="BAR")
    locator = Locator(database)
    first = await locator.where(merchant.merchant_id, bar.location_id, now=NOW)
    async with database.transaction() as connection:
        await locations.change_location(connection, bar, LocationChange(cut_off_hour=6))
    almost = NOW + REMEMBERED_FOR - timedelta(microseconds=1)
    assert await locator.where(merchant.merchant_id, bar.location_id, now=almost) is first
    assert (await locator.where(merchant.merchant_id, bar.location_id, now=NOW + REMEMBERED_FOR)).cut_off_hour == 6


async def test_what_is_remembered_is_not_kept_by_a_clock_that_is_set_back(database: Database) -> None:
    merchant = await a_merchant(database)
    locator = Locator(database)
    first = await locator.where(merchant.merchant_id, now=NOW)
    async with database.transaction() as connection:
        entity = await locations.default_entity(connection, merchant.merchant_id)
        await locations.change_entity(connection, entity, EntityChange(country="US"))
    again = await locator.where(merchant.merchant_id, now=NOW - timedelta(hours=1))
    assert (first.country, again.country) == ("", "US")


async def test_a_process_that_changes_something_forgets_at_once(database: Database) -> None:
    merchant = await a_merchant(database)
    locator = Locator(database)
    first = await locator.where(merchant.merchant_id, now=NOW)
    locator.forget(merchant.merchant_id)
    assert await locator.where(merchant.merchant_id, now=NOW) is not first
