"""A browser that becomes a device, and people who unlock it: page by page, without scripts of its own."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import NamedTuple

import httpx
import pytest
from litestar import Litestar
from litestar.testing import RequestFactory

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import devices
from largesse.domain.devices import DeviceChange
from largesse.domain.locations import default_location
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Role
from largesse.domain.tills import TillLocked
from largesse.interfaces.counter.recognising import Incoming
from largesse.services import tills as services
from largesse.services.merchants import confirm_device, invite_device, revoke_device
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_merchant
from tests.builders.staff import Worker, a_worker
from tests.builders.tills import PIN, DeviceKeys, Till, a_pin, a_till
from tests.fakes.clock import StillClock
from tests.support.office import forms_of, office_app, texts, visiting

COUNTER = "/counter/corner-spa"


class Bar(NamedTuple):
    """A merchant with two people at the counter, and a clock that is set by hand."""

    application: Application
    app: Litestar
    merchant: Merchant
    clerk: Worker
    owner: Worker
    clock: StillClock


@pytest.fixture
async def bar(database: Database) -> AsyncIterator[Bar]:
    clock = StillClock(NOW)
    async with an_application(database, clock=clock) as application:
        merchant = await a_merchant(database)
        clerk = await a_worker(application, merchant, email="bob@bakery.example", name="Bob", role=Role.CLERK)
        owner = await a_worker(application, merchant)
        for one in (clerk, owner):
            await a_pin(application, one)
        yield Bar(application, office_app(application), merchant, clerk, owner, clock)


async def a_code(bar: Bar, name: str = "Bar left") -> str:
    async with bar.application.database.transaction() as connection:
        place = await default_location(connection, bar.merchant.merchant_id)
        return (
            await invite_device(connection, place, DeviceChange(name=name), actor="cli:tester", now=bar.clock.now())
        )[1]


async def enrols(client: httpx.AsyncClient, code: str, keys: DeviceKeys | None) -> httpx.Response:
    form = forms_of(await client.get(f"{COUNTER}/enrol"))[f"{COUNTER}/enrol"]
    typed = {**form, "code": code, "public_key": keys.public if keys else ""}
    return await client.post(f"{COUNTER}/enrol", data=typed)


def is_till(client: httpx.AsyncClient, till: Till) -> None:
    client.cookies.set("__Secure-till", till.key, domain="gifts.example.com", path=COUNTER)


async def types_pin(client: httpx.AsyncClient, till: Till, worker: Worker, pin: str = PIN) -> httpx.Response:
    """Touch a name, type a PIN; the browser signs."""
    page = await client.get(f"{COUNTER}/lock?who={worker.membership.membership_id}")
    form = forms_of(page)[f"{COUNTER}/unlock"]
    challenge = (await client.get(f"{COUNTER}/challenge")).json()["challenge"]
    typed = {**form, "pin": pin, "challenge": challenge, "signature": till.keys.sign(challenge)}
    return await client.post(f"{COUNTER}/unlock", data=typed)


async def test_a_browser_becomes_a_device_once_the_office_has_confirmed_it(bar: Bar) -> None:
    async with visiting(bar.app) as client:
        keys = DeviceKeys()
        answer = await enrols(client, (await a_code(bar)).lower(), keys)
        assert answer.headers["location"] == f"{COUNTER}/enrol"
        assert "Waiting for the office" in (await client.get(f"{COUNTER}/enrol")).text
        assert (await client.get(f"{COUNTER}/lock")).headers["location"] == f"{COUNTER}/enrol"
        async with bar.application.database.transaction() as connection:
            device = await devices.find_device(connection, bar.merchant.merchant_id, "Bar left")
            assert device.address == "192.0.2.7"
            assert device.agent == "Firefox 143 on Linux"
            await confirm_device(connection, device, actor="cli:tester", now=NOW)
        assert (await client.get(f"{COUNTER}/enrol")).headers["location"] == f"{COUNTER}/lock"
        assert texts(await client.get(f"{COUNTER}/lock"), "//main//b") == ["Ada", "Bob"]
        till = Till(device=device, key="", keys=keys)
        assert (await types_pin(client, till, bar.clerk)).headers["location"] == COUNTER
        idle = await client.get(COUNTER)
        assert idle.status_code == 200
        assert "Bob" in idle.text


async def test_a_wrong_code_is_refused_and_after_some_there_is_a_pause(bar: Bar) -> None:
    async with visiting(bar.app) as client:
        for _ in range(8):
            assert (await enrols(client, "00000-00000", DeviceKeys())).status_code == 422
        assert (await enrols(client, await a_code(bar), DeviceKeys())).status_code == 429
    async with visiting(bar.app, address="198.51.100.7") as elsewhere:
        assert (await enrols(elsewhere, await a_code(bar, "Bar right"), DeviceKeys())).status_code == 303


async def test_without_scripts_a_device_is_set_up_in_the_networks_alone_and_works_there_alone(bar: Bar) -> None:
    async with visiting(bar.app) as client:
        code = await a_code(bar)
        assert (await enrols(client, code, None)).status_code == 403
        async with bar.application.database.transaction() as connection:
            await services.put_network(connection, bar.merchant, "192.0.2.0/24", "Shop", by=bar.owner.manager, now=NOW)
        assert (await enrols(client, code, None)).status_code == 303
        async with bar.application.database.transaction() as connection:
            device = await devices.find_device(connection, bar.merchant.merchant_id, "Bar left")
            await confirm_device(connection, device, actor="cli:tester", now=NOW)
        page = await client.get(f"{COUNTER}/lock?who={bar.clerk.membership.membership_id}")
        form = forms_of(page)[f"{COUNTER}/unlock"]
        assert (await client.post(f"{COUNTER}/unlock", data={**form, "pin": PIN})).headers["location"] == COUNTER
        assert (await client.get(COUNTER)).status_code == 200
        cookies = client.cookies
    async with visiting(bar.app, address="198.51.100.7") as elsewhere:
        elsewhere.cookies = cookies
        assert (await elsewhere.get(COUNTER)).status_code == 403


async def test_wrong_pins_pause_this_person_on_this_device_and_nothing_else(bar: Bar) -> None:
    till, other = await a_till(bar.application, bar.merchant), await a_till(bar.application, bar.merchant, name="B")
    async with visiting(bar.app) as client:
        is_till(client, till)
        for _ in range(5):
            assert (await types_pin(client, till, bar.clerk, "999111")).status_code == 422
        paused = await types_pin(client, till, bar.clerk)
        assert paused.status_code == 429
        assert "Wait 1 minute" in paused.text
        assert (await types_pin(client, till, bar.owner)).status_code == 303
        bar.clock.moment = NOW + timedelta(minutes=1, seconds=1)
        assert (await types_pin(client, till, bar.clerk)).status_code == 303
    async with visiting(bar.app) as beside:
        is_till(beside, other)
        assert (await types_pin(beside, other, bar.clerk)).status_code == 303


async def test_a_locked_device_shows_nothing_and_gives_back_what_was_open_to_its_person(bar: Bar) -> None:
    till = await a_till(bar.application, bar.merchant)
    async with visiting(bar.app) as client:
        is_till(client, till)
        await types_pin(client, till, bar.clerk)
        form = forms_of(await client.get(COUNTER))[f"{COUNTER}/lock"]
        answer = await client.post(f"{COUNTER}/lock", data={**form, "begun": f"{COUNTER}/place"})
        assert answer.headers["location"] == f"{COUNTER}/lock"
        assert (await client.get(COUNTER)).headers["location"] == f"{COUNTER}/lock"
        assert (await types_pin(client, till, bar.owner)).headers["location"] == COUNTER
        assert (await types_pin(client, till, bar.clerk)).headers["location"] == f"{COUNTER}/place"


async def test_a_device_that_nobody_touches_locks_by_itself(bar: Bar) -> None:
    till = await a_till(bar.application, bar.merchant, lock_minutes=2)
    async with visiting(bar.app) as client:
        is_till(client, till)
        await types_pin(client, till, bar.clerk)
        bar.clock.moment = NOW + timedelta(minutes=2)
        assert (await client.get(COUNTER)).headers["location"] == f"{COUNTER}/lock"


async def test_a_device_that_nobody_has_unlocked_is_nobodys(bar: Bar) -> None:
    till = await a_till(bar.application, bar.merchant)
    incoming = Incoming(request=RequestFactory().get(COUNTER), merchant=bar.merchant, device=till.device)
    with pytest.raises(TillLocked):
        incoming.demand_seat()


async def test_what_is_left_open_leads_nowhere_else(bar: Bar) -> None:
    till = await a_till(bar.application, bar.merchant)
    async with visiting(bar.app) as client:
        is_till(client, till)
        for begun in ("https://evil.example/", "//evil.example", "/admin/corner-spa", "/counter/tailor/sell"):
            await types_pin(client, till, bar.clerk)
            form = forms_of(await client.get(COUNTER))[f"{COUNTER}/lock"]
            await client.post(f"{COUNTER}/lock", data={**form, "begun": begun})
            assert (await types_pin(client, till, bar.clerk)).headers["location"] == COUNTER


async def test_a_revoked_device_is_a_stranger(bar: Bar) -> None:
    till = await a_till(bar.application, bar.merchant)
    async with visiting(bar.app) as client:
        is_till(client, till)
        await types_pin(client, till, bar.clerk)
        async with bar.application.database.transaction() as connection:
            await revoke_device(connection, till.device, actor="cli:tester", now=NOW)
        assert (await client.get(COUNTER)).headers["location"].startswith("/staff/sign-in")


async def test_a_pin_is_set_with_a_code_on_the_device(bar: Bar) -> None:
    till = await a_till(bar.application, bar.merchant)
    new = await a_worker(bar.application, bar.merchant, email="eve@bakery.example", name="Eve", role=Role.CLERK)
    async with bar.application.database.transaction() as connection:
        code = await services.offer_pin_code(connection, bar.merchant, new.membership, by=bar.owner.manager, now=NOW)
    async with visiting(bar.app) as client:
        is_till(client, till)
        page = f"{COUNTER}/pin?who={new.membership.membership_id}"
        assert page in (await client.get(f"{COUNTER}/lock?who={new.membership.membership_id}")).text
        form = forms_of(await client.get(page))[f"{COUNTER}/pin"]
        for typed in (
            {"code": code, "pin": "740291", "again": "740292"},
            {"code": code, "pin": "1234", "again": "1234"},
            {"code": "00000-00000", "pin": "740291", "again": "740291"},
        ):
            assert (await client.post(f"{COUNTER}/pin", data={**form, **typed})).status_code == 422
        typed = {"code": code, "pin": "740291", "again": "740291"}
        assert (await client.post(f"{COUNTER}/pin", data={**form, **typed})).status_code == 303
        assert (await types_pin(client, till, new, "740291")).headers["location"] == COUNTER
