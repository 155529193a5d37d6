"""A morning at the till in a real browser: a scanner, a keyboard, several certificates, a tab, an undo."""

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
from largesse.domain import staff
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Role
from largesse.services.certificates import block
from tests.browser.conftest import Open, free_port
from tests.browser.eyes import Sight, Ways, faults_of, look_through, too_wide
from tests.browser.hands import scan, tab_to
from tests.builders.application import an_application
from tests.builders.certificates import Card, a_card, a_merchant, a_request
from tests.builders.staff import Worker, a_worker
from tests.support.postgres import Server, fresh_database
from tests.support.serving import served

pytestmark = pytest.mark.asyncio(loop_scope="session")

COUNTER = "/counter/corner-spa"


class Bar(NamedTuple):
    """A counter that is served, with a clerk."""

    url: str
    application: Application
    merchant: Merchant
    clerk: Worker

    async def card(self, value: int = 8_000, gratuity: int = 0) -> Card:
        """A certificate that was issued just now."""
        return await a_card(
            self.application, self.merchant, value=value, gratuity=gratuity, now=self.application.clock.now()
        )


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def bar(postgres_server: Server) -> AsyncIterator[Bar]:
    """A counter with a clerk."""
    port = free_port()
    base_url = f"http://localhost:{port}"
    async with contextlib.AsyncExitStack() as stack:
        dsn = await stack.enter_async_context(fresh_database(postgres_server))
        database = await stack.enter_async_context(await Database.open(dsn))
        plain = await stack.enter_async_context(an_application(database))
        application = with_parts(plain, base_url=base_url)
        merchant = await a_merchant(database)
        clerk = await a_worker(application, merchant, name="Bob", role=Role.CLERK, now=application.clock.now())
        await stack.enter_async_context(served(make_app(interface_routes(application)), port=port))
        yield Bar(base_url, application, merchant, clerk)


@pytest_asyncio.fixture(loop_scope="session")
async def counter(browser: Browser, bar: Bar) -> AsyncIterator[Open]:
    """Open the counter in a way of looking, with the clerk signed in."""
    async with contextlib.AsyncExitStack() as stack:

        async def open_counter(**ways: Unpack[Ways]) -> Sight:
            sight = await look_through(browser, bar.url, **ways)
            stack.push_async_callback(sight.context.close)
            await comes_in(sight, bar)
            return sight

        yield open_counter


async def comes_in(sight: Sight, bar: Bar) -> None:
    """Give the browser a session of the clerk."""
    async with bar.application.database.transaction() as connection:
        now = bar.application.clock.now()
        session, _ = await staff.begin_session(
            connection, bar.clerk.person.person_id, agent="Chromium 149 on Linux", address="127.0.0.1", now=now
        )
        _, token = await staff.sign_in(connection, session, now=now)
    await sight.context.add_cookies([{"name": "staff", "value": token, "url": bar.url}])


async def type_in(page: Page, text: str) -> None:
    """Type a number into the scan field as a person does, and look it up."""
    await page.locator("#field-number").fill(text)
    await page.get_by_role("button", name="Look it up").click()


@pytest.mark.parametrize("scripts", [True, False])
async def test_a_morning_at_the_till(counter: Open, bar: Bar, *, scripts: bool) -> None:
    sight = await counter(width=820, scripts=scripts)
    page = await sight.open(COUNTER)
    await expect(page.get_by_label("Scan, photograph or type")).to_be_focused()
    first = await bar.card(gratuity=1_500)
    await type_in(page, first.number.lower())
    await expect(page.get_by_role("heading", level=1)).to_have_text("$80.00 available")
    await expect(page.locator("#field-number")).to_be_focused()
    await page.get_by_label("What the bill comes to").fill("62.50")
    await page.get_by_label("Table, room or invoice").fill("Table 7")
    await page.get_by_role("button", name="Take what the bill comes to").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Gift certificate redeemed")
    await expect(page.locator(".receipt")).to_contain_text("$17.50")
    assert await first.left(bar.application) == (1_750, 1_500)
    await page.get_by_label("Why it is undone").fill("Wrong guest")
    await page.get_by_role("button", name="Undo this").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Redemption undone")
    assert await first.left(bar.application) == (8_000, 1_500)

    await page.get_by_role("link", name="Next guest").click()
    cards = [await bar.card(value) for value in (3_000, 2_000, 5_000)]
    await type_in(page, cards[0].number)
    for card in cards[1:]:
        await page.locator("#field-number").fill(card.number)
        await page.get_by_role("button", name="Look it up").click()
    await expect(page.locator(".bill-lines li")).to_have_count(3)
    await page.get_by_label("What the bill comes to").fill("120")
    await page.get_by_role("button", name="Work it out").last.click()
    await expect(page.get_by_text("$20.00 remains to be paid otherwise.")).to_be_visible()
    await page.get_by_role("button", name="Take $100.00").click()
    await expect(page.locator(".receipt")).to_contain_text("In all")
    assert [(await card.left(bar.application))[0] for card in cards] == [0, 0, 0]
    assert [one for one in sight.complaints if "status of 4" not in one] == []


async def test_a_scanner_is_heard_wherever_the_focus_is_and_presses_nothing(counter: Open, bar: Bar) -> None:
    sight = await counter(width=1280)
    one, other = await bar.card(), await bar.card()
    page = await sight.open(COUNTER)
    await scan(page, f"https://gifts.example.com/gifts/redeem.html?code={one.number}")
    await expect(page.get_by_role("heading", level=1)).to_have_text("$80.00 available")
    await page.get_by_label("Table, room or invoice").fill("Room 12")
    await scan(page, other.number, end="Tab")
    await expect(page.locator(".bill-lines li")).to_have_count(2)
    await expect(page.get_by_label("Table, room or invoice")).to_have_value("Room 12")
    await page.get_by_role("button", name="Take all").focus()
    await scan(page, other.number)
    await expect(page.get_by_text("is on this bill already")).to_be_visible()
    assert await other.left(bar.application) == (8_000, 0)


@pytest.mark.parametrize("stall_after", [1, 3, 12, 19])
async def test_a_scan_that_stalls_is_still_one_number(counter: Open, bar: Bar, stall_after: int) -> None:
    sight = await counter(width=1280)
    one, other = await bar.card(), await bar.card()
    page = await sight.open(COUNTER)
    await scan(page, one.number, stall_after=stall_after)
    await expect(page.get_by_role("heading", level=1)).to_have_text("$80.00 available")
    await page.get_by_label("Table, room or invoice").fill("Room 12")
    if stall_after > 1:
        await scan(page, other.number, stall_after=stall_after)
        await expect(page.locator(".bill-lines li")).to_have_count(2)
        await expect(page.get_by_label("Table, room or invoice")).to_have_value("Room 12")


async def test_what_a_hand_types_before_a_scan_is_no_part_of_it(counter: Open, bar: Bar) -> None:
    sight = await counter(width=1280)
    card = await bar.card()
    page = await sight.open(COUNTER)
    await page.keyboard.type("Table", delay=120)
    await page.wait_for_timeout(450)
    await scan(page, card.number)
    await expect(page.get_by_role("heading", level=1)).to_have_text("$80.00 available")


async def test_enter_in_the_amount_works_it_out_and_takes_nothing(counter: Open, bar: Bar) -> None:
    sight = await counter(width=1280)
    card = await bar.card()
    page = await sight.open(COUNTER)
    await type_in(page, card.number)
    await page.get_by_label("What the bill comes to").fill("30")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("It pays all of it: $30.00.")).to_be_visible()
    assert await card.left(bar.application) == (8_000, 0)
    await tab_to(page, page.get_by_role("button", name="Take $30.00"))
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Gift certificate redeemed")


async def test_a_tab_is_set_aside_and_closed_by_keyboard_alone(counter: Open, bar: Bar) -> None:
    sight = await counter(width=360)
    card = await bar.card()
    page = await sight.open(COUNTER)
    await type_in(page, card.number)
    await page.get_by_label("Table, room or invoice").fill("Terrace 4")
    await tab_to(page, page.get_by_role("button", name="Set aside for a tab"))
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Set aside for a tab")
    page = await sight.open(f"{COUNTER}/tabs")
    await page.get_by_role("link", name="Terrace 4").click()
    await page.get_by_role("button", name="Take all: $80.00").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Gift certificate redeemed")
    assert await card.left(bar.application) == (0, 0)


@pytest.mark.parametrize("width", [360, 820, 1280])
async def test_every_page_of_the_counter_can_be_read_and_used_by_everyone(counter: Open, bar: Bar, width: int) -> None:
    now = bar.application.clock.now()
    card, bad, third = await bar.card(gratuity=1_500), await bar.card(), await bar.card(2_500)
    await block(bar.application, bad.place, request=a_request(), now=now)
    sight = await counter(width=width, still=True)
    page = await sight.open(COUNTER)
    assert await faults_of(page, "counter-idle") == []
    await type_in(page, "GL-0000")
    assert await faults_of(page, "counter-wrong") == []
    await type_in(page, bad.number)
    assert await faults_of(page, "counter-red") == []
    page = await sight.open(COUNTER)
    await type_in(page, card.number)
    assert await faults_of(page, "counter-green") == []
    await page.locator("#field-number").fill(third.number)
    await page.get_by_role("button", name="Look it up").click()
    await page.get_by_label("What the bill comes to").fill("90")
    await page.get_by_role("button", name="Work it out").last.click()
    assert await faults_of(page, "counter-bill") == []
    await page.locator("#field-number").fill(bad.number)
    await page.get_by_role("button", name="Look it up").click()
    assert await faults_of(page, "counter-bill-refused") == []
    await page.get_by_role("button", name="Go on without it").click()
    await page.get_by_label("What the bill comes to").fill("90")
    await page.get_by_label("Table, room or invoice").fill("Table 7")
    await (
        page.get_by_role("button", name="Take what the bill comes to")
        .or_(page.get_by_role("button", name="Take $90.00"))
        .first.click()
    )
    await expect(page.locator(".receipt")).to_be_visible()
    assert await faults_of(page, "counter-receipt") == []
    page = await sight.open(f"{COUNTER}/find")
    assert await faults_of(page, "counter-find") == []
    page = await sight.open(f"{COUNTER}/recent")
    assert await faults_of(page, "counter-recent") == []
    page = await sight.open(COUNTER)
    await type_in(page, (await bar.card()).number)
    await page.get_by_label("Table, room or invoice").fill("Terrace 4")
    await page.get_by_role("button", name="Set aside for a tab").click()
    page = await sight.open(f"{COUNTER}/tabs")
    assert await faults_of(page, "counter-tabs") == []
    await page.get_by_role("link", name="Terrace 4").first.click()
    assert await faults_of(page, "counter-tab") == []
    assert [one for one in sight.complaints if "status of 4" not in one] == []


@pytest.mark.parametrize("language", ["es", "fr", "de"])
async def test_longer_words_still_fit_a_phone_at_the_counter(counter: Open, bar: Bar, language: str) -> None:
    sight = await counter(width=320)
    await sight.context.add_cookies([{"name": "language", "value": language, "url": sight.base_url}])
    page = await sight.open(COUNTER)
    assert await page.locator("html").get_attribute("lang") == language
    assert not await too_wide(page)
    card = await bar.card()
    await page.locator("#field-number").fill(card.number)
    await page.locator(".scan-form button.large").click()
    await expect(page.locator(".answer.good")).to_be_visible()
    assert not await too_wide(page)
