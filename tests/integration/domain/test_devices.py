"""Devices on a real database: a code works once and for ten minutes, a key until it is revoked."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from largesse.db import Database
from largesse.domain import devices, locations, staff
from largesse.domain.devices import (
    CodeRefused,
    Device,
    DeviceChange,
    DeviceInvalid,
    DeviceKind,
    DeviceNotWaiting,
    DeviceRefused,
    DeviceRevoked,
    DeviceState,
    DeviceTaken,
    DeviceUnknown,
)
from largesse.domain.locations import Location, LocationClosed, LocationInUse
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Audited
from largesse.services import merchants
from tests.builders.application import NOW
from tests.builders.certificates import a_merchant
from tests.builders.locations import a_location

LATER = NOW + timedelta(minutes=5)


async def invited(
    database: Database, merchant: Merchant, *, name: str = "Bar left", **given: Any
) -> tuple[Device, str]:
    """A device of the merchant's default location, and its code."""
    async with database.transaction() as connection:
        location = await locations.default_location(connection, merchant.merchant_id)
        details = DeviceChange(name=name, **given)
        return await merchants.invite_device(connection, location, details, actor="test", now=NOW)


async def live(database: Database, merchant: Merchant, *, name: str = "Bar left") -> tuple[Device, str]:
    """A device that works, and its key."""
    _, code = await invited(database, merchant, name=name)
    async with database.transaction() as connection:
        device, key = await devices.enrol_device(connection, merchant.merchant_id, code, agent="Firefox", now=LATER)
        return await merchants.confirm_device(connection, device, actor="test", now=LATER), key


async def test_a_device_is_invited_enrolled_confirmed_and_known_by_its_key(database: Database) -> None:
    merchant = await a_merchant(database)
    device, code = await invited(database, merchant, kind=DeviceKind.HANDHELD, offline_hours_max=24)
    assert (device.state, device.kind, device.offline_hours_max) == (DeviceState.INVITED, DeviceKind.HANDHELD, 24)
    async with database.transaction() as connection:
        typed = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
        waiting, key = await devices.enrol_device(
            connection, merchant.merchant_id, typed, agent="Firefox\non Linux", now=LATER
        )
        assert (waiting.state, waiting.agent, waiting.enrolled_at) == (DeviceState.WAITING, "Firefox on Linux", LATER)
        with pytest.raises(DeviceRefused):
            await devices.device_of_key(connection, merchant.merchant_id, key, now=LATER)
        confirmed = await merchants.confirm_device(connection, waiting, actor="test", now=LATER)
        assert confirmed.state is DeviceState.LIVE
        assert (await devices.device_of_key(connection, merchant.merchant_id, key, now=LATER)).name == "Bar left"
        with pytest.raises(DeviceNotWaiting):
            await merchants.confirm_device(connection, confirmed, actor="test", now=LATER)


async def test_a_code_works_once_for_ten_minutes_and_for_its_merchant(database: Database) -> None:
    merchant = await a_merchant(database)
    other = await a_merchant(database, slug="lola", number="2002", prefix="LO")
    _, code = await invited(database, merchant)
    ends = NOW + timedelta(minutes=10)
    async with database.transaction() as connection:
        for merchant_id, text, now in (
            (other.merchant_id, code, NOW),
            (merchant.merchant_id, "0" * 10, NOW),
            (merchant.merchant_id, "", NOW),
            (merchant.merchant_id, "x" * 10_000, NOW),
            (merchant.merchant_id, code, ends),
        ):
            with pytest.raises(CodeRefused):
                await devices.enrol_device(connection, merchant_id, text, agent="", now=now)
        just = ends - timedelta(microseconds=1)
        await devices.enrol_device(connection, merchant.merchant_id, code, agent="", now=just)
        with pytest.raises(CodeRefused):
            await devices.enrol_device(connection, merchant.merchant_id, code, agent="", now=just)


async def test_another_code_ends_the_one_before_and_another_key_too(database: Database) -> None:
    merchant = await a_merchant(database)
    _, first = await invited(database, merchant)
    device, key = await live(database, merchant, name="Bar right")
    async with database.transaction() as connection:
        bar_left = await devices.find_device(connection, merchant.merchant_id, "bar LEFT")
        _, second = await merchants.invite_again(connection, bar_left, actor="test", now=NOW)
        with pytest.raises(CodeRefused):
            await devices.enrol_device(connection, merchant.merchant_id, first, agent="", now=NOW)
        await devices.enrol_device(connection, merchant.merchant_id, second, agent="", now=NOW)
        _, again = await merchants.invite_again(connection, device, actor="test", now=LATER)
        assert (await devices.device_of_key(connection, merchant.merchant_id, key, now=LATER)).name == "Bar right"
        waiting, _ = await devices.enrol_device(connection, merchant.merchant_id, again, agent="", now=LATER)
        assert waiting.state is DeviceState.WAITING
        with pytest.raises(DeviceRefused):
            await devices.device_of_key(connection, merchant.merchant_id, key, now=LATER)


async def test_a_revoked_device_has_ended_and_its_name_is_free(database: Database) -> None:
    merchant = await a_merchant(database)
    device, key = await live(database, merchant)
    async with database.transaction() as connection:
        end = LATER + timedelta(seconds=1)
        revoked = await merchants.revoke_device(connection, device, actor="test", now=end)
        assert (revoked.state, revoked.revoked_at) == (DeviceState.REVOKED, end)
        again = await merchants.revoke_device(connection, device, actor="test", now=end + timedelta(seconds=1))
        assert again == revoked
        with pytest.raises(DeviceRefused):
            await devices.device_of_key(connection, merchant.merchant_id, key, now=LATER)
        with pytest.raises(DeviceRevoked):
            await merchants.invite_again(connection, device, actor="test", now=LATER)
        with pytest.raises(DeviceRevoked):
            await devices.change_device(connection, device, DeviceChange(name="Bar"))
    fresh, _ = await invited(database, merchant)
    async with database.connection() as connection:
        assert (await devices.find_device(connection, merchant.merchant_id, "Bar left")).device_id == fresh.device_id
        found = await staff.entries_about(connection, merchant.merchant_id, str(device.device_id))
    assert [entry.action for entry in found][::-1] == [
        Audited.DEVICE_INVITED,
        Audited.DEVICE_CONFIRMED,
        Audited.DEVICE_REVOKED,
    ]


async def test_a_device_is_renamed_and_moved_and_keeps_its_key(database: Database) -> None:
    merchant = await a_merchant(database)
    bar = await a_location(database, merchant, code="BAR")
    device, key = await live(database, merchant)
    await invited(database, merchant, name="Bar right")
    async with database.transaction() as connection:
        with pytest.raises(DeviceTaken):
            await devices.change_device(connection, device, DeviceChange(name=" bar RIGHT"))
        renamed = await devices.change_device(connection, device, DeviceChange(name=" Bar ", offline_hours_max=72))
        assert (renamed.name, renamed.offline_hours_max, renamed.kind) == ("Bar", 72, DeviceKind.TILL)
        moved = await merchants.move_device(connection, renamed, bar, actor="test", now=LATER + timedelta(seconds=1))
        assert moved == msgspec.structs.replace(renamed, location_id=bar.location_id)
        known = await devices.device_of_key(connection, merchant.merchant_id, key, now=LATER)
        assert known.location_id == bar.location_id
        [entry, *_] = await staff.entries_about(connection, merchant.merchant_id, str(device.device_id))
        assert (entry.action, entry.reason) == (Audited.DEVICE_MOVED, "from MAIN to BAR")


async def test_what_cannot_stand_of_a_device_is_named(database: Database) -> None:
    merchant = await a_merchant(database)
    for given, fields in (
        ({"name": " "}, ["name"]),
        ({"name": "x" * 61, "offline_hours_max": 73}, ["name", "offline_hours_max"]),
        ({"offline_hours_max": -1}, ["offline_hours_max"]),
    ):
        with pytest.raises(DeviceInvalid) as refusal:
            await invited(database, merchant, **given)
        assert [fault.field for fault in refusal.value.fields] == fields
    await invited(database, merchant)
    with pytest.raises(DeviceTaken):
        await invited(database, merchant, name="BAR LEFT")
    async with database.connection() as connection:
        with pytest.raises(DeviceUnknown):
            await devices.find_device(connection, merchant.merchant_id, "Nobody’s")


async def test_it_is_known_when_a_device_was_last_seen_to_the_minute(database: Database) -> None:
    merchant = await a_merchant(database)
    device, key = await live(database, merchant)
    steps = [(0, None), (59, None), (60, None), (61, LATER + timedelta(seconds=61)), (200, LATER)]
    told = []
    for seconds, refreshed_at in steps:
        now = LATER + timedelta(seconds=seconds)
        async with database.transaction() as connection:
            await devices.device_of_key(connection, merchant.merchant_id, key, now=now, refreshed_at=refreshed_at)
            found = await devices.find_device(connection, merchant.merchant_id, str(device.device_id))
        assert found.seen_at is not None
        told.append((int((found.seen_at - LATER).total_seconds()), found.refreshed_at))
    refreshed = LATER + timedelta(seconds=61)  # a book never grows older
    assert told == [(0, None), (0, None), (60, None), (61, refreshed), (200, refreshed)]


async def test_a_location_with_devices_is_not_closed_and_a_closed_one_gets_none(database: Database) -> None:
    merchant = await a_merchant(database)
    bar: Location = await a_location(database, merchant, code="BAR")
    device, _ = await invited(database, merchant)
    async with database.transaction() as connection:
        await merchants.move_device(connection, device, bar, actor="test", now=NOW)
        with pytest.raises(LocationInUse, match="Devices"):
            await merchants.close_location(connection, bar, now=NOW)
        await merchants.revoke_device(connection, device, actor="test", now=NOW)
        closed = await merchants.close_location(connection, bar, now=NOW)
        with pytest.raises(LocationClosed):
            await merchants.invite_device(connection, bar, DeviceChange(name="Late"), actor="test", now=NOW)
    other, _ = await invited(database, merchant, name="Other")
    async with database.transaction() as connection:
        with pytest.raises(LocationClosed):
            await merchants.move_device(connection, other, closed, actor="test", now=NOW)
