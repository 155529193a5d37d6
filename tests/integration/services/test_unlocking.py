"""Unlocking a device: by its own key and a person's PIN, each challenge once; and what ends it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import NamedTuple

import pytest

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import locations, staff, tills
from largesse.domain.devices import DeviceChange, DeviceRefused, DeviceState
from largesse.domain.merchants import Merchant
from largesse.domain.networks import NetworksEmpty, NetworkUnknown, OutsideNetworks
from largesse.domain.staff import ActRefused, Audited, AuditReason, Role
from largesse.domain.tills import PinCodeRefused, PinRefused, PinUnfit, TillSession
from largesse.services import tills as services
from largesse.services.merchants import invite_device
from largesse.services.staff import end_membership
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_merchant
from tests.builders.staff import BROWSER, OPERATOR, Worker, a_worker
from tests.builders.tills import PIN, DeviceKeys, Till, a_pin, a_till, live, unlocked
from tests.fakes.clock import StillClock


class Shop(NamedTuple):
    """A merchant with a till, a clerk who has a PIN, and an owner who has one."""

    application: Application
    merchant: Merchant
    till: Till
    clerk: Worker
    owner: Worker


@pytest.fixture
async def shop(database: Database) -> AsyncIterator[Shop]:
    async with an_application(database, clock=StillClock(NOW)) as application:
        merchant = await a_merchant(database)
        clerk = await a_worker(application, merchant, email="bob@bakery.example", name="Bob", role=Role.CLERK)
        owner = await a_worker(application, merchant)
        for one in (clerk, owner):
            await a_pin(application, one)
        yield Shop(application, merchant, await a_till(application, merchant), clerk, owner)


async def seat(shop: Shop, token: str, *, now: datetime = NOW) -> tuple[TillSession | None, bool]:
    async with shop.application.database.connection() as connection:
        return await services.session_at(
            connection, await live(shop.application, shop.till), token, now=now, touches=True
        )


async def test_a_person_unlocks_a_device_and_it_locks_when_nobody_touches_it(shop: Shop) -> None:
    done = await unlocked(shop.application, shop.till, shop.clerk)
    session, is_open = await seat(shop, done.token)
    assert is_open
    assert session is not None
    assert session.person_id == shop.clerk.person.person_id
    assert (await seat(shop, done.token, now=NOW + timedelta(minutes=4)))[1]
    assert (await seat(shop, done.token, now=NOW + timedelta(minutes=8)))[1], "it was touched meanwhile"
    assert not (await seat(shop, done.token, now=NOW + timedelta(minutes=13)))[1]


async def test_a_wrong_pin_opens_nothing_and_one_of_somebody_else_neither(shop: Shop) -> None:
    await a_pin(shop.application, shop.owner, "740291")
    for wrong in ("", "258037", "740291", "9" * 500):
        with pytest.raises(PinRefused) as refused:
            await unlocked(shop.application, shop.till, shop.clerk, wrong)
        assert refused.value.code == "till.pin.refused"


async def test_a_challenge_counts_once_also_when_it_is_answered_twice_at_once(shop: Shop) -> None:
    challenge = services.offer_challenge(shop.application.keyring, shop.till.device, now=NOW)
    async with shop.application.database.connection() as connection:
        who = await services.find_colleague(connection, shop.merchant.merchant_id, shop.clerk.membership.membership_id)

    async def answer() -> services.Unlocked:
        return await services.unlock(
            shop.application, shop.till.device, who, PIN, challenge=challenge,
            signature=shop.till.keys.sign(challenge), address=BROWSER.address, now=NOW,
        )  # fmt: skip

    results = await asyncio.gather(*(answer() for _ in range(4)), return_exceptions=True)
    assert [isinstance(one, services.Unlocked) for one in results].count(True) == 1
    assert {type(one) for one in results if isinstance(one, Exception)} == {DeviceRefused}


async def test_a_device_signs_with_its_own_key_a_challenge_of_its_own_in_time(shop: Shop) -> None:
    other = await a_till(shop.application, shop.merchant, name="Bar right")
    async with shop.application.database.connection() as connection:
        who = await services.find_colleague(connection, shop.merchant.merchant_id, shop.clerk.membership.membership_id)
    own = services.offer_challenge(shop.application.keyring, shop.till.device, now=NOW)
    old = services.offer_challenge(shop.application.keyring, shop.till.device, now=NOW - timedelta(minutes=5))
    theirs = services.offer_challenge(shop.application.keyring, other.device, now=NOW)
    tried = [
        (own, DeviceKeys().sign(own)),
        (own, other.keys.sign(own)),
        (own, ""),
        (old, shop.till.keys.sign(old)),
        (theirs, shop.till.keys.sign(theirs)),
        ("x", shop.till.keys.sign("x")),
    ]
    for challenge, signature in tried:
        with pytest.raises(DeviceRefused):
            await services.unlock(
                shop.application, shop.till.device, who, PIN, challenge=challenge, signature=signature,
                address=BROWSER.address, now=NOW,
            )  # fmt: skip


async def test_who_unlocks_ends_what_others_have_open_there_and_keeps_their_own_a_moment(shop: Shop) -> None:
    first = await unlocked(shop.application, shop.till, shop.clerk)
    again = await unlocked(shop.application, shop.till, shop.clerk)
    assert first.token != again.token
    assert (await seat(shop, first.token))[1]
    assert (await seat(shop, first.token, now=NOW + timedelta(seconds=30))) == (None, False)
    await unlocked(shop.application, shop.till, shop.owner)
    assert await seat(shop, again.token) == (None, False)


async def test_what_was_begun_is_kept_for_its_person_and_given_back_once(shop: Shop) -> None:
    done = await unlocked(shop.application, shop.till, shop.clerk)
    async with shop.application.database.transaction() as connection:
        await tills.lock_session(connection, done.session, NOW, begun="/counter/corner-spa/sell")
    assert (await seat(shop, done.token))[1] is False
    assert (await unlocked(shop.application, shop.till, shop.owner)).begun == ""
    assert (await unlocked(shop.application, shop.till, shop.clerk)).begun == "/counter/corner-spa/sell"
    assert (await unlocked(shop.application, shop.till, shop.clerk)).begun == ""


async def test_ending_a_membership_ends_its_pin_and_what_is_open_in_the_same_act(shop: Shop) -> None:
    done = await unlocked(shop.application, shop.till, shop.clerk)
    async with shop.application.database.transaction() as connection:
        await end_membership(
            connection, shop.merchant, shop.clerk.membership, by=OPERATOR, reason=None, code=AuditReason.LEFT, now=NOW
        )
    assert await seat(shop, done.token) == (None, False)
    async with shop.application.database.connection() as connection:
        assert shop.clerk.membership.membership_id not in await tills.pins_of(connection, shop.merchant.merchant_id)


async def test_a_code_sets_a_pin_once_within_ten_minutes_for_its_person_alone(shop: Shop) -> None:
    application, membership = shop.application, shop.clerk.membership
    async with application.database.transaction() as connection:
        code = await services.offer_pin_code(connection, shop.merchant, membership, by=shop.owner.manager, now=NOW)
    assert (await unlocked(application, shop.till, shop.clerk)).token, "the PIN before counts until then"
    with pytest.raises(PinCodeRefused) as refused:
        await services.set_pin_with_code(application, shop.owner.membership, code, "740291", now=NOW)
    assert refused.value.code == "till.pin_code.refused"
    with pytest.raises(PinUnfit):
        await services.set_pin_with_code(application, membership, code, "1234", now=NOW)
    with pytest.raises(PinCodeRefused):
        await services.set_pin_with_code(application, membership, code, "740291", now=NOW + timedelta(minutes=10))
    await services.set_pin_with_code(application, membership, code.lower(), "740291", now=NOW)
    with pytest.raises(PinCodeRefused):
        await services.set_pin_with_code(application, membership, code, "850392", now=NOW)
    assert (await unlocked(application, shop.till, shop.clerk, "740291")).token
    async with application.database.connection() as connection:
        done = await staff.entries_about(connection, shop.merchant.merchant_id, str(membership.membership_id))
    assert sorted(one.action for one in done).count(Audited.PIN_SET) == 2
    assert Audited.PIN_CODE_MADE in {one.action for one in done}
    assert "740291" not in repr(done)


async def test_a_code_for_a_pin_is_made_by_who_manages_people_of_the_role(shop: Shop) -> None:
    async with shop.application.database.transaction() as connection:
        for by, membership in ((shop.clerk, shop.owner.membership),):
            with pytest.raises(ActRefused):
                await services.offer_pin_code(connection, shop.merchant, membership, by=by.manager, now=NOW)


async def test_who_does_not_work_at_the_counter_has_no_pin(shop: Shop) -> None:
    reader = await a_worker(shop.application, shop.merchant, email="eve@bakery.example", role=Role.BOOKKEEPER)
    with pytest.raises(ActRefused):
        await a_pin(shop.application, reader)


async def test_without_a_key_of_its_own_a_device_works_in_the_networks_alone(shop: Shop) -> None:
    application, merchant = shop.application, shop.merchant

    async def a_code(name: str) -> str:
        async with application.database.transaction() as connection:
            place = await locations.default_location(connection, merchant.merchant_id)
            details = DeviceChange(name=name)
            return (await invite_device(connection, place, details, actor="cli:tester", now=NOW))[1]

    with pytest.raises(OutsideNetworks):
        await services.enrol_here(application, merchant, await a_code("A"), public_key="", browser=BROWSER, now=NOW)
    async with application.database.transaction() as connection:
        await services.put_network(connection, merchant, "192.0.2.0/24", "Shop", by=shop.owner.manager, now=NOW)
    made = await services.enrol_here(application, merchant, await a_code("B"), public_key="", browser=BROWSER, now=NOW)
    assert made.device.state is DeviceState.WAITING
    assert made.device.public_key is None


async def test_nothing_is_bound_to_no_network_and_the_last_one_stays_while_something_is(shop: Shop) -> None:
    merchant, by = shop.merchant, shop.owner.manager
    async with shop.application.database.transaction() as connection:
        with pytest.raises(NetworksEmpty) as refused:
            await services.change_binding(connection, merchant, office=True, tills=False, by=by, now=NOW)
        assert refused.value.code == "network.none"
        await services.put_network(connection, merchant, "192.0.2.0/24", "Shop", by=by, now=NOW)
        await services.change_binding(connection, merchant, office=False, tills=True, by=by, now=NOW)
        with pytest.raises(NetworkUnknown) as unknown:
            await services.take_network(connection, merchant, "198.51.100.0/24", by=by, now=NOW)
        assert unknown.value.code == "network.unknown"
    with pytest.raises(NetworksEmpty):
        async with shop.application.database.transaction() as connection:
            await services.take_network(connection, merchant, "192.0.2.0/24", by=by, now=NOW)
    assert (await unlocked(shop.application, shop.till, shop.clerk)).token


async def test_sessions_that_nobody_used_for_three_months_are_forgotten(shop: Shop) -> None:
    await unlocked(shop.application, shop.till, shop.clerk, now=NOW - timedelta(days=91))
    kept = await unlocked(shop.application, shop.till, shop.clerk)
    assert await services.forget_sessions(shop.application, now=NOW) == 1
    assert (await seat(shop, kept.token))[1]
