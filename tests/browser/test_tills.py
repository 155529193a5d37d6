"""A till in a real browser: it makes its key, is confirmed, unlocked by touch and PIN, and locks by itself."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace as with_parts
from typing import NamedTuple, Unpack

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from largesse.app.application import Application
from largesse.app.routes import interface_routes
from largesse.app.web import make_app
from largesse.db import Database
from largesse.domain import devices, staff
from largesse.domain.approvals import ActLimit, LimitedAct
from largesse.domain.devices import DeviceChange
from largesse.domain.locations import default_location
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Role
from largesse.services.approvals import change_limit
from largesse.services.merchants import confirm_device, invite_device
from tests.browser.conftest import Open, free_port
from tests.browser.eyes import Sight, Ways, faults_of, look_through, too_wide, violations
from tests.builders.application import an_application
from tests.builders.catalog import a_draft, on_sale
from tests.builders.certificates import a_merchant
from tests.builders.locations import a_location
from tests.builders.staff import OPERATOR, Worker, a_worker
from tests.builders.tills import PIN, a_pin
from tests.support.postgres import Server, fresh_database
from tests.support.serving import served

pytestmark = pytest.mark.asyncio(loop_scope="session")

COUNTER = "/counter/corner-spa"


class Shopfloor(NamedTuple):
    """A counter that is served: its address, and what stands behind it."""

    url: str
    application: Application
    merchant: Merchant
    owner: Worker
    clerk: Worker


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def floor(postgres_server: Server) -> AsyncIterator[Shopfloor]:
    port = free_port()
    base_url = f"http://localhost:{port}"
    async with contextlib.AsyncExitStack() as stack:
        dsn = await stack.enter_async_context(fresh_database(postgres_server))
        database = await stack.enter_async_context(await Database.open(dsn))
        plain = await stack.enter_async_context(an_application(database))
        application = with_parts(plain, base_url=base_url)
        now = application.clock.now()
        merchant = await a_merchant(database)
        await a_location(database, merchant, code="CAFE", name="The garden café")
        await on_sale(database, merchant, a_draft())
        owner = await a_worker(application, merchant, name="Ada Lovelace", now=now)
        clerk = await a_worker(application, merchant, email="bob@bakery.example", name="Bob", role=Role.CLERK, now=now)
        await a_worker(application, merchant, email="eve@bakery.example", name="Eve", role=Role.CLERK, now=now)
        for one in (owner, clerk):
            await a_pin(application, one, now=now)
        await stack.enter_async_context(served(make_app(interface_routes(application)), port=port))
        yield Shopfloor(base_url, application, merchant, owner, clerk)


@pytest_asyncio.fixture(loop_scope="session")
async def till(browser: Browser, floor: Shopfloor) -> AsyncIterator[Open]:
    """Open the counter in a way of looking, as a browser of its own."""
    async with contextlib.AsyncExitStack() as stack:

        async def open_till(**ways: Unpack[Ways]) -> Sight:
            sight = await look_through(browser, floor.url, **ways)
            stack.push_async_callback(sight.context.close)
            return sight

        yield open_till


async def code_for(floor: Shopfloor, name: str) -> str:
    now = floor.application.clock.now()
    async with floor.application.database.transaction() as connection:
        place = await default_location(connection, floor.merchant.merchant_id)
        return (await invite_device(connection, place, DeviceChange(name=name), actor="cli:tester", now=now))[1]


async def confirmed(floor: Shopfloor, name: str) -> None:
    async with floor.application.database.transaction() as connection:
        device = await devices.find_device(connection, floor.merchant.merchant_id, name)
        await confirm_device(connection, device, actor="cli:tester", now=floor.application.clock.now())


async def set_up(floor: Shopfloor, sight: Sight, name: str) -> Page:
    """Enrol a browser, and have it confirmed."""
    page = await sight.open(f"{COUNTER}/enrol#{await code_for(floor, name)}")
    await expect(page.get_by_label("Code")).not_to_have_value("")
    await page.get_by_role("button", name="Set up this device").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Waiting for the office")
    await confirmed(floor, name)
    await expect(page.get_by_role("heading", level=1)).to_have_text("Who are you?")
    return page


async def test_a_browser_is_set_up_by_a_scanned_code_and_unlocked_by_touch(till: Open, floor: Shopfloor) -> None:
    sight = await till(width=820)
    page = await set_up(floor, sight, "Bar left")
    assert "#" not in page.url
    await page.get_by_role("link", name="Bob").click()
    for digit in "999111":
        await page.get_by_role("button", name=digit, exact=True).click()
    await page.get_by_role("button", name="Go").click()
    await expect(page.get_by_text("This is not your PIN.")).to_be_visible()
    for digit in PIN:
        await page.get_by_role("button", name=digit, exact=True).click()
    await page.get_by_role("button", name="Go").click()
    await expect(page.get_by_role("button", name="Lock")).to_be_visible()
    await expect(page.get_by_text("Bar left")).to_be_visible()
    await page.get_by_role("button", name="Lock").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Who are you?")
    await page.goto(floor.url + COUNTER)
    await expect(page.get_by_role("heading", level=1)).to_have_text("Who are you?")
    assert [one for one in sight.complaints if "status of 4" not in one] == []


async def test_the_key_cannot_be_taken_out_and_a_copied_cookie_unlocks_nothing(till: Open, floor: Shopfloor) -> None:
    sight = await till()
    page = await set_up(floor, sight, "Bar right")
    taken = await page.evaluate(
        """async () => {
          const opened = indexedDB.open('largesse-till', 1);
          await new Promise((done) => { opened.onsuccess = done; });
          const asked = opened.result.transaction('keys').objectStore('keys').get('/counter/corner-spa');
          await new Promise((done) => { asked.onsuccess = done; });
          try { await crypto.subtle.exportKey('jwk', asked.result.privateKey); return 'taken'; }
          catch { return asked.result.privateKey.extractable ? 'extractable' : 'kept'; }
        }"""
    )
    assert taken == "kept"
    thief = await till()
    for one in await sight.context.cookies():
        await thief.context.add_cookies([{"name": one["name"], "value": one["value"], "url": floor.url + COUNTER}])
    stolen = await thief.open(f"{COUNTER}/lock")
    await stolen.get_by_role("link", name="Bob").click()
    await stolen.get_by_label("PIN", exact=True).fill(PIN)
    await stolen.keyboard.press("Enter")
    await expect(stolen.get_by_text("This browser has lost its key.")).to_be_visible()


async def comes_in(sight: Sight, floor: Shopfloor, worker: Worker) -> None:
    """Give the browser a session of somebody who has just stepped up."""
    now = floor.application.clock.now()
    async with floor.application.database.transaction() as connection:
        session, _ = await staff.begin_session(
            connection, worker.person.person_id, agent="Chromium 149 on Linux", address="127.0.0.1", now=now
        )
        session, _ = await staff.sign_in(connection, session, now=now)
        _, token = await staff.step_up(connection, session, floor.merchant.merchant_id, now=now)
    await sight.context.add_cookies([{"name": "staff", "value": token, "url": floor.url}])


async def test_the_office_makes_a_code_and_confirms(till: Open, floor: Shopfloor) -> None:
    desk, device = await till(), await till(width=820)
    await comes_in(desk, floor, floor.owner)
    office = await desk.open("/admin/corner-spa/devices")
    await office.get_by_role("textbox", name="Name", exact=True).last.fill("Garden")
    await office.get_by_role("button", name="Make a code").click()
    code = await office.locator(".new-code .number").inner_text()
    page = await device.open(f"{COUNTER}/enrol")
    await page.get_by_label("Code").fill(code.lower().replace("-", " "))
    await page.get_by_role("button", name="Set up this device").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Waiting for the office")
    await office.goto(f"{floor.url}/admin/corner-spa/devices")
    waiting = office.locator("li", has_text="Garden")
    await expect(waiting.get_by_text("waits to be confirmed")).to_be_visible()
    await waiting.get_by_role("button", name="It is: let it work").click()
    await expect(office.get_by_text("The device works from now on.")).to_be_visible()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Who are you?")
    assert desk.complaints == []


@pytest.mark.parametrize("width", [360, 820, 1280])
async def test_the_pages_of_a_till_can_be_read_and_used_by_everyone(till: Open, floor: Shopfloor, width: int) -> None:
    sight = await till(width=width, still=True)
    name = f"Till {width}"
    page = await sight.open(f"{COUNTER}/enrol")
    assert await faults_of(page, "till-enrol") == []
    await page.get_by_label("Code").fill("00000-00000")
    await page.get_by_role("button", name="Set up this device").click()
    await expect(page.get_by_text("This code does not count.").first).to_be_visible()
    assert await faults_of(page, "till-enrol-wrong") == []
    page = await set_up(floor, sight, name)
    assert await faults_of(page, "till-lock") == []
    await page.get_by_role("link", name="Eve").click()
    assert await faults_of(page, "till-no-pin") == []
    await page.get_by_role("link", name="Set a PIN with a code").click()
    assert await faults_of(page, "till-new-pin") == []
    await page.goto(f"{floor.url}{COUNTER}/lock")
    await page.get_by_role("link", name="Bob").click()
    assert await faults_of(page, "till-unlock") == []
    await page.get_by_label("PIN", exact=True).fill(PIN)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Lock")).to_be_visible()
    assert await faults_of(page, "till-idle") == []
    await comes_in(sight, floor, floor.owner)
    for path, shown in (("/admin/corner-spa/devices", "office-devices"), ("/staff/pin/corner-spa", "staff-pin")):
        page = await sight.open(path)
        height = int(await page.evaluate("document.documentElement.scrollHeight"))
        await page.set_viewport_size({"width": width, "height": max(800, height)})
        assert await faults_of(page, shown) == []
    await page.goto(f"{floor.url}/admin/corner-spa/devices")
    await page.get_by_role("textbox", name="Name", exact=True).last.fill(f"New {width}")
    await page.get_by_role("button", name="Make a code").click()
    height = int(await page.evaluate("document.documentElement.scrollHeight"))
    await page.set_viewport_size({"width": width, "height": max(800, height)})
    assert await faults_of(page, "office-device-code") == []


@pytest.mark.parametrize("language", ["es", "fr", "de"])
async def test_longer_words_still_fit_a_small_till(till: Open, floor: Shopfloor, language: str) -> None:
    sight = await till(width=320)
    await sight.context.add_cookies([{"name": "language", "value": language, "url": sight.base_url}])
    await comes_in(sight, floor, floor.owner)
    for path in (f"{COUNTER}/enrol", f"{COUNTER}/place", "/admin/corner-spa/devices", "/staff/pin/corner-spa"):
        page = await sight.open(path)
        height = int(await page.evaluate("document.documentElement.scrollHeight"))
        await page.set_viewport_size({"width": 320, "height": max(700, height)})
        assert await too_wide(page) == 0, path
        assert await violations(page) == [], path


@pytest.mark.parametrize("width", [360, 820])
async def test_a_word_from_afar_lets_the_till_go_on_by_itself(till: Open, floor: Shopfloor, width: int) -> None:
    """A clerk sells above their limit, the owner approves at home; then the till is locked over a form half filled."""
    async with floor.application.database.transaction() as connection:
        limit = ActLimit(merchant_id=floor.merchant.merchant_id, act=LimitedAct.SALE, per_act=4_000)
        await change_limit(connection, floor.merchant, limit, by=OPERATOR, now=floor.application.clock.now())
    sight, home = await till(width=width, still=True), await till(width=360, still=True)
    page = await set_up(floor, sight, f"Afar {width}")
    await unlocks(page)
    await page.goto(f"{floor.url}{COUNTER}/sell/any-amount")
    await page.get_by_role("radio", name="$50").check()
    await page.get_by_role("button", name="Cash").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("A second person has to approve this")
    assert await faults_of(page, f"till-approve-{width}") == []
    await page.get_by_role("button", name="Ask from afar").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Waiting for a second person")
    assert await faults_of(page, f"till-asked-{width}") == []
    await comes_in(home, floor, floor.owner)
    office = await home.open("/admin/corner-spa/requests")
    await expect(office.get_by_role("heading", name="A certificate of $50.00 is sold.")).to_be_visible()
    assert await faults_of(office, f"office-asked-{width}") == []
    await office.get_by_role("button", name="Approve: the till goes on").click()
    await expect(office.get_by_text("Approved: the till goes on by itself.")).to_be_visible()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Sold: $54.13")
    for one in ("Receipt of the payment", "The paper is lost, or never came out", "Undo this sale"):
        await page.get_by_text(one).click()
    height = int(await page.evaluate("document.documentElement.scrollHeight"))
    await page.set_viewport_size({"width": width, "height": max(800, height)})
    assert await faults_of(page, f"till-sold-{width}") == []
    await page.goto(f"{floor.url}{COUNTER}/sell/any-amount")
    await page.get_by_role("radio", name="$50").check()
    await page.get_by_text("To, from, message, e-mail").click()
    await page.get_by_label("To (optional)", exact=True).fill("Anna")
    await page.get_by_role("button", name="Lock").click()
    await unlocks(page)
    await expect(page.get_by_label("To (optional)", exact=True)).to_have_value("Anna")
    await expect(page.locator("output")).to_have_text("$54.13")
    assert [one for one in sight.complaints if "status of 422" not in one] == []


async def unlocks(page: Page) -> None:
    """Bob touches his name and types his PIN."""
    await page.get_by_role("link", name="Bob").click()
    await page.get_by_label("PIN", exact=True).fill(PIN)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Lock")).to_be_visible()
