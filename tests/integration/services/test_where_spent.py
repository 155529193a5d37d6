"""Where a redemption happens: at the location or on the device that is named, else at home, on a real database."""

import csv
import io
from datetime import date, timedelta
from uuid import UUID

import pytest
from msgspec.structs import replace

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import devices, locations
from largesse.domain.devices import Device, DeviceChange, DeviceNotLive, DeviceRevoked, DeviceUnknown
from largesse.domain.locations import Location, LocationClosed, LocationUnknown
from largesse.kernel.where import BooksSale
from largesse.ledger import Account, Entry, EntryMode, Kind, Outcome, errors
from largesse.services.certificates import Spot, capture_hold, place_hold, redeem, redeem_by_number, reverse, spot_of
from largesse.services.exports import DatasetName, ExportRequest, export
from tests.builders.application import NOW, an_application
from tests.builders.certificates import Card, a_card, a_merchant, a_request
from tests.builders.locations import a_location, an_entity

HOURS = timedelta(hours=4)


async def a_device(database: Database, location: Location, *, name: str = "Bar left", live: bool = True) -> Device:
    """A device of a location, which somebody has confirmed."""
    async with database.transaction() as connection:
        details = DeviceChange(name=name)
        made, code = await devices.invite_device(
            connection, location.merchant_id, location.location_id, details, now=NOW
        )
        if not live:
            return made
        enrolled, _ = await devices.enrol_device(connection, location.merchant_id, code, agent="", now=NOW)
        return await devices.confirm_device(connection, enrolled, now=NOW)


async def rows_of(application: Application, card: Card, kind: Kind) -> list[Entry]:
    """The journal rows of a certificate that are of one kind."""
    async with application.database.connection() as connection:
        place = card.place
        entries = await application.ledger.statement(connection, place.merchant_id, place.certificate_id)
    return [entry for entry in entries if entry.kind is kind]


async def test_a_redemption_counts_for_the_day_and_the_legal_entity_of_its_location(database: Database) -> None:
    merchant = await a_merchant(database)
    entity = await an_entity(database, merchant, name="Corner Spa Auckland", country="NZ")
    early = await a_location(
        database, merchant, entity=entity, code="EARLY", time_zone="Pacific/Auckland", cut_off_hour=4
    )
    late = await a_location(
        database, merchant, entity=entity, code="LATE", time_zone="Pacific/Auckland", cut_off_hour=5
    )
    async with an_application(database) as application:
        card = await a_card(application, merchant)
        for name in (None, "EARLY", "late"):  # NOW is four in the morning of the 23rd in Auckland
            spot = await spot_of(application, merchant.merchant_id, location=name, now=NOW)
            await redeem(application, card.place, value=100, spot=spot, request=a_request(), now=NOW)
        home, *elsewhere = await rows_of(application, card, Kind.REDEEM)
        first, second = (row for row in elsewhere if row.debit is Account.BETWEEN_ENTITIES)
        async with database.connection() as connection:
            main = await locations.default_location(connection, merchant.merchant_id)
    assert (home.location_id, home.legal_entity_id, home.booked_on) == (
        main.location_id,
        main.entity_id,
        date(2026, 11, 22),
    )
    assert (first.location_id, first.legal_entity_id, first.booked_on) == (
        early.location_id,
        entity.entity_id,
        date(2026, 11, 23),
    )
    assert (second.location_id, second.booked_on) == (late.location_id, date(2026, 11, 22))


async def test_what_is_held_and_captured_on_a_device_happens_where_the_device_is(database: Database) -> None:
    merchant = await a_merchant(database)
    bar = await a_location(database, merchant, code="BAR")
    device = await a_device(database, bar)
    async with an_application(database) as application:
        card = await a_card(application, merchant)
        spot = await spot_of(
            application, merchant.merchant_id, device="bar LEFT", entry_mode=EntryMode.SCANNED, now=NOW
        )
        tab = a_request()
        await place_hold(application, card.place, value=500, lasting=HOURS, spot=spot, request=tab, now=NOW)
        again = await place_hold(application, card.place, value=500, lasting=HOURS, spot=spot, request=tab, now=NOW)
        assert again.replayed
        with pytest.raises(errors.OperationConflict):
            await place_hold(application, card.place, value=500, lasting=HOURS, request=tab, now=NOW)
        await capture_hold(
            application, card.place, hold_id=tab.operation_id, value=500, spot=spot, request=a_request(), now=NOW
        )
        told = [*await rows_of(application, card, Kind.HOLD), *await rows_of(application, card, Kind.CAPTURE)]
    assert {(row.location_id, row.device_id, row.entry_mode) for row in told} == {
        (bar.location_id, device.device_id, "scanned")
    }


async def test_a_repetition_is_known_although_the_location_was_changed_meanwhile(database: Database) -> None:
    merchant = await a_merchant(database)
    bar = await a_location(database, merchant, code="BAR")
    async with an_application(database) as application:
        card = await a_card(application, merchant)
        request, told = a_request(), []
        for hour in (4, 6):
            async with database.transaction() as connection:
                await locations.change_location(connection, bar, locations.LocationChange(cut_off_hour=hour))
            application.locator.forget(merchant.merchant_id)
            spot = await spot_of(application, merchant.merchant_id, location="BAR", now=NOW)
            told.append(await redeem(application, card.place, value=100, spot=spot, request=request, now=NOW))
        assert [outcome.replayed for outcome in told] == [False, True]


async def test_nothing_happens_at_anothers_a_closed_or_an_unknown_location(database: Database) -> None:
    merchant = await a_merchant(database)
    other = await a_merchant(database, slug="lola", number="2002", prefix="LO")
    theirs = await a_location(database, other, code="THEIRS")
    closed = await a_location(database, merchant, code="CLOSED")
    await a_device(database, theirs, name="Their till")
    async with database.transaction() as connection:
        await locations.close_location(connection, closed, now=NOW)
    async with an_application(database) as application:
        for name in ("THEIRS", str(theirs.location_id), "NOWHERE", ""):
            with pytest.raises(LocationUnknown):
                await spot_of(application, merchant.merchant_id, location=name, now=NOW)
        card = await a_card(application, merchant)
        gone = await spot_of(application, merchant.merchant_id, location="CLOSED", now=NOW)
        for new in (
            redeem(application, card.place, value=1, spot=gone, request=a_request(), now=NOW),
            place_hold(application, card.place, value=1, lasting=HOURS, spot=gone, request=a_request(), now=NOW),
            redeem_by_number(
                application,
                merchant.merchant_id,
                card.number,
                value=1,
                currency="USD",
                spot=gone,
                request=a_request(),
                now=NOW,
            ),
        ):
            with pytest.raises(LocationClosed):
                await new
        assert await rows_of(application, card, Kind.REDEEM) == []
        with pytest.raises(DeviceUnknown):
            await spot_of(application, merchant.merchant_id, device="Their till", now=NOW)


async def test_nothing_happens_on_a_device_that_may_not_work(database: Database) -> None:
    merchant = await a_merchant(database)
    bar = await a_location(database, merchant, code="BAR")
    await a_device(database, bar, name="Invited", live=False)
    revoked = await a_device(database, bar, name="Revoked")
    closed = await a_location(database, merchant, code="CLOSED")
    both = await a_device(database, closed, name="Both")
    async with database.transaction() as connection:
        await devices.revoke(connection, revoked, NOW)
        await devices.revoke(connection, both, NOW)
        await locations.close_location(connection, closed, now=NOW)
    async with an_application(database) as application:
        with pytest.raises(DeviceNotLive) as refused:
            await spot_of(application, merchant.merchant_id, device="Invited", now=NOW)
        assert refused.value.code == "device.not_live"
        card = await a_card(application, merchant)
        for name in ("Revoked", "Both"):
            spot = await spot_of(application, merchant.merchant_id, device=name, now=NOW)
            with pytest.raises(DeviceRevoked):
                await redeem(application, card.place, value=1, spot=spot, request=a_request(), now=NOW)


async def test_what_happened_is_told_again_after_its_location_was_closed_and_its_device_revoked(
    database: Database,
) -> None:
    merchant = await a_merchant(database)
    bar = await a_location(database, merchant, code="BAR")
    device = await a_device(database, bar)
    async with an_application(database) as application:
        card = await a_card(application, merchant)
        tab, taken, spent, typed = (a_request() for _ in range(4))

        async def all_of_it(*, value: int = 100) -> list[Outcome]:
            on_device = await spot_of(application, merchant.merchant_id, device="Bar left", now=NOW)
            at_bar = await spot_of(application, merchant.merchant_id, location="BAR", now=NOW)
            return [
                await redeem(application, card.place, value=value, spot=at_bar, request=spent, now=NOW),
                await redeem_by_number(
                    application,
                    merchant.merchant_id,
                    card.number,
                    value=value,
                    currency="USD",
                    spot=on_device,
                    request=typed,
                    now=NOW,
                ),
                await place_hold(
                    application, card.place, value=value, lasting=HOURS, spot=at_bar, request=tab, now=NOW
                ),
                await capture_hold(
                    application,
                    card.place,
                    hold_id=tab.operation_id,
                    value=value,
                    spot=on_device,
                    request=taken,
                    now=NOW,
                ),
            ]

        first = await all_of_it()
        async with database.transaction() as connection:
            await devices.revoke(connection, device, NOW)
            await locations.close_location(connection, bar, now=NOW)
        application.locator.forget(merchant.merchant_id)
        again = await all_of_it()
        assert [one.replayed for one in first] == [False] * 4
        assert again == [replace(one, replayed=True) for one in first]
        with pytest.raises(errors.OperationConflict):
            await all_of_it(value=101)


async def test_the_export_of_redemptions_tells_where_and_on_which_day(database: Database) -> None:
    merchant = await a_merchant(database)
    bar = await a_location(database, merchant, code="BAR", time_zone="Pacific/Auckland")
    device = await a_device(database, bar)
    written = bytearray()

    async def sink(part: bytes) -> None:
        written.extend(part)

    async with an_application(database) as application:
        card = await a_card(application, merchant)
        spot = await spot_of(application, merchant.merchant_id, device=str(device.device_id), now=NOW)
        for one in (Spot(), spot):
            await redeem(application, card.place, value=100, spot=one, request=a_request(), now=NOW)
        await export(application, merchant, ExportRequest(dataset=DatasetName.REDEMPTIONS), sink=sink)
    told = list(csv.DictReader(io.StringIO(written.decode("utf-8-sig"))))
    assert [(row["location"], row["booked_on"]) for row in told] == [("MAIN", "2026-11-22"), ("BAR", "2026-11-23")]
    assert [row["device_id"] for row in told] == ["", str(device.device_id)]
    assert UUID(told[1]["location_id"]) == bar.location_id


async def test_what_is_undone_is_booked_where_it_was_also_after_the_location_was_closed(database: Database) -> None:
    merchant = await a_merchant(database)
    till = await a_location(database, merchant, code="TILL", books_sale=BooksSale.TILL, time_zone="Pacific/Auckland")
    async with an_application(database) as application:
        card = await a_card(application, merchant, gratuity=500)
        spot = await spot_of(application, merchant.merchant_id, location="TILL", now=NOW)
        taken = await redeem(application, card.place, value=100, gratuity=20, spot=spot, request=a_request(), now=NOW)
        async with database.transaction() as connection:
            await locations.close_location(connection, till, now=NOW)
        request = a_request()
        undone = await reverse(
            application, card.place, redemption_id=taken.operation_id, request=request, now=NOW + HOURS
        )
        again = await reverse(
            application, card.place, redemption_id=taken.operation_id, request=request, now=NOW + HOURS
        )
        assert again == replace(undone, replayed=True)
        rows = await rows_of(application, card, Kind.REVERSE)
        with pytest.raises(errors.RedemptionNotFound):
            await reverse(application, card.place, redemption_id=UUID(int=5), request=a_request(), now=NOW)
    assert {(row.location_id, row.books_sale) for row in rows} == {(till.location_id, BooksSale.TILL)}
    assert {row.booked_on for row in rows} == {date(2026, 11, 23)}  # the business day there, not at home
    assert {row.debit for row in rows} == {Account.TENDER_CLEARING}
