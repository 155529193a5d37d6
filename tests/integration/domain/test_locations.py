"""Legal entities and locations on a real database: one default of each, none deleted, none closed while in use."""

import asyncio
from decimal import Decimal

import msgspec
import pytest

from largesse.db import Database
from largesse.domain import locations
from largesse.domain.locations import (
    EntityChange,
    EntityInUse,
    EntityInvalid,
    EntityTaken,
    EntityUnknown,
    LegalEntity,
    Location,
    LocationChange,
    LocationClosed,
    LocationInUse,
    LocationInvalid,
    LocationTaken,
    LocationUnknown,
)
from largesse.domain.merchants import Merchant
from largesse.kernel.where import BooksSale, TaxRate
from tests.builders.application import NOW
from tests.builders.certificates import a_merchant
from tests.builders.locations import a_location, an_entity


async def _defaults(database: Database, merchant: Merchant) -> tuple[LegalEntity, Location]:
    async with database.connection() as connection:
        [entity] = await locations.entities(connection, merchant.merchant_id)
        [location] = await locations.locations(connection, merchant.merchant_id)
    return entity, location


async def test_a_merchant_has_a_legal_entity_and_a_location_from_its_creation(database: Database) -> None:
    merchant = await a_merchant(database)
    entity, location = await _defaults(database, merchant)
    assert (entity.name, entity.currency, entity.is_default) == (merchant.name, "USD", True)
    assert (location.entity_id, location.code, location.is_default) == (entity.entity_id, "MAIN", True)
    assert (location.books_sale, location.time_zone, location.cut_off_hour) == (BooksSale.LARGESSE, None, 0)
    async with database.connection() as connection:
        assert await locations.default_entity(connection, merchant.merchant_id) == entity


async def test_a_legal_entity_is_found_by_name_and_id_and_changes(database: Database) -> None:
    merchant = await a_merchant(database)
    made = await an_entity(database, merchant, name="Corner Spa GmbH", country="DE", vat_id=" DE136695976 ")
    assert made.vat_id == "DE136695976"
    async with database.transaction() as connection:
        for named in ("corner spa gmbh", str(made.entity_id).upper()):
            assert await locations.find_entity(connection, merchant.merchant_id, named) == made
        changed = await locations.change_entity(
            connection, made, EntityChange(register=" HRB 1, Amtsgericht Berlin", vat_id="")
        )
        assert changed == msgspec.structs.replace(made, register="HRB 1, Amtsgericht Berlin", vat_id="")
        with pytest.raises(EntityUnknown):
            await locations.find_entity(connection, merchant.merchant_id, "nobody")


async def test_two_legal_entities_of_one_name_are_refused(database: Database) -> None:
    merchant = await a_merchant(database)
    made = await an_entity(database, merchant, name="Second")
    with pytest.raises(EntityTaken):
        await an_entity(database, merchant, name="SECOND")
    async with database.transaction() as connection:
        with pytest.raises(EntityTaken):
            await locations.change_entity(connection, made, EntityChange(name=merchant.name.upper()))


async def test_a_legal_entity_without_a_name_or_a_currency_is_refused(database: Database) -> None:
    merchant = await a_merchant(database)
    async with database.transaction() as connection:
        with pytest.raises(EntityInvalid) as refusal:
            await locations.create_entity(
                connection, merchant.merchant_id, EntityChange(country="x"), currency="usd", now=NOW
            )
    assert [fault.field for fault in refusal.value.fields] == ["name", "country", "currency"]


async def test_a_legal_entity_in_use_is_not_archived(database: Database) -> None:
    merchant = await a_merchant(database)
    first, _ = await _defaults(database, merchant)
    second = await an_entity(database, merchant, name="Second")
    location = await a_location(database, merchant, entity=second)
    async with database.transaction() as connection:
        with pytest.raises(EntityInUse, match="default"):
            await locations.archive_entity(connection, first, now=NOW)
        with pytest.raises(EntityInUse, match="belong"):
            await locations.archive_entity(connection, second, now=NOW)
        await locations.close_location(connection, location, now=NOW)
        archived = await locations.archive_entity(connection, second, now=NOW)
        assert archived.archived_at == NOW
        with pytest.raises(LocationInvalid) as refusal:
            await locations.reopen_location(connection, location)
        assert [fault.code for fault in refusal.value.fields] == ["entity.archived"]
        with pytest.raises(EntityInvalid):
            await locations.make_entity_default(connection, second)
        assert (await locations.restore_entity(connection, archived)).archived_at is None
        assert (await locations.reopen_location(connection, location)).archived_at is None


async def test_another_legal_entity_becomes_the_default(database: Database) -> None:
    merchant = await a_merchant(database)
    first, _ = await _defaults(database, merchant)
    second = await an_entity(database, merchant, name="Second")
    async with database.transaction() as connection:
        assert (await locations.make_entity_default(connection, second)).is_default
        assert (await locations.make_entity_default(connection, second)).is_default
        found = await locations.entities(connection, merchant.merchant_id)
    assert [(one.entity_id, one.is_default) for one in found] == [(second.entity_id, True), (first.entity_id, False)]


async def test_a_location_is_found_by_code_and_id_and_changes(database: Database) -> None:
    merchant = await a_merchant(database)
    made = await a_location(database, merchant, code="BAR", name="The bar")
    second = await an_entity(database, merchant, name="Second")
    assert (made.cut_off_hour, made.books_sale, made.takes_money) == (4, BooksSale.LARGESSE, True)
    rate = TaxRate(name="standard", rate=Decimal("0.08875"))
    async with database.transaction() as connection:
        for named in ("bar", str(made.location_id)):
            assert await locations.find_location(connection, merchant.merchant_id, named) == made
        change = LocationChange(
            entity_id=second.entity_id,
            time_zone="Europe/Paris",
            cut_off_hour=5,
            books_sale=BooksSale.TILL,
            default_rate=rate,
            takes_money=False,
        )
        changed = await locations.change_location(connection, made, change)
        assert changed == await locations.find_location(connection, merchant.merchant_id, "BAR")
        assert (changed.entity_id, changed.time_zone, changed.default_rate) == (second.entity_id, "Europe/Paris", rate)
        assert (changed.cut_off_hour, changed.books_sale, changed.takes_money) == (5, BooksSale.TILL, False)
        back = await locations.change_location(connection, changed, LocationChange(time_zone="", no_default_rate=True))
        assert (back.time_zone, back.default_rate) == (None, None)
        with pytest.raises(LocationUnknown):
            await locations.find_location(connection, merchant.merchant_id, "NOWHERE")


async def test_two_locations_of_one_code_are_refused(database: Database) -> None:
    merchant = await a_merchant(database)
    made = await a_location(database, merchant, code="BAR")
    with pytest.raises(LocationTaken):
        await a_location(database, merchant, code="BAR")
    async with database.transaction() as connection:
        with pytest.raises(LocationTaken):
            await locations.change_location(connection, made, LocationChange(code="MAIN"))
        assert (await locations.change_location(connection, made, LocationChange(code="BAR"))).code == "BAR"
    other = await a_merchant(database, slug="lola", number="2002", prefix="LO")
    assert (await a_location(database, other, code="BAR")).code == "BAR"


async def test_a_location_of_another_merchants_legal_entity_is_refused(database: Database) -> None:
    merchant = await a_merchant(database)
    other = await a_merchant(database, slug="lola", number="2002", prefix="LO")
    foreign, _ = await _defaults(database, other)
    _, own = await _defaults(database, merchant)
    async with database.transaction() as connection:
        with pytest.raises(EntityUnknown):
            await locations.change_location(connection, own, LocationChange(entity_id=foreign.entity_id))


async def test_the_default_location_stays_open_and_a_closed_one_is_no_default(database: Database) -> None:
    merchant = await a_merchant(database)
    _, main = await _defaults(database, merchant)
    bar = await a_location(database, merchant, code="BAR")
    async with database.transaction() as connection:
        with pytest.raises(LocationInUse):
            await locations.close_location(connection, main, now=NOW)
        closed = await locations.close_location(connection, bar, now=NOW)
        assert closed == await locations.close_location(connection, closed, now=NOW.replace(year=2030))
        with pytest.raises(LocationClosed):
            await locations.make_location_default(connection, bar)
        await locations.reopen_location(connection, bar)
        assert (await locations.make_location_default(connection, bar)).is_default
        assert (await locations.close_location(connection, main, now=NOW)).archived_at == NOW
        found = await locations.locations(connection, merchant.merchant_id)
    assert [(one.code, one.is_default) for one in found] == [("BAR", True), ("MAIN", False)]


async def test_a_location_is_not_opened_at_a_legal_entity_that_is_just_being_archived(database: Database) -> None:
    merchant = await a_merchant(database)
    second = await an_entity(database, merchant, name="Second")
    async with database.transaction() as archiving:
        await locations.archive_entity(archiving, second, now=NOW)
        opening = asyncio.create_task(a_location(database, merchant, entity=second))
        async with database.connection() as watching:
            while not await watching.fetchval("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"):
                assert not opening.done()
    with pytest.raises(LocationInvalid) as refusal:
        await opening
    assert [fault.code for fault in refusal.value.fields] == ["entity.archived"]
