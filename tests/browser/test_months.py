"""A month's end in a real browser: the bookkeeper asks, the owner agrees, and both read what was printed."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace as with_parts
from datetime import UTC, datetime
from typing import NamedTuple

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from largesse.adapters.typeset import TypstTypesetter
from largesse.app.application import Application
from largesse.app.routes import interface_routes
from largesse.app.web import make_app
from largesse.db import Database
from largesse.domain import staff
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Role
from largesse.services import monitors
from tests.browser.conftest import free_port
from tests.browser.eyes import Sight, faults_of, look_through
from tests.browser.test_office import whole
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_merchant
from tests.builders.staff import Worker, a_worker
from tests.fakes.clock import StillClock
from tests.integration.services.test_reports import Life
from tests.support.postgres import Server, fresh_database
from tests.support.serving import served

pytestmark = pytest.mark.asyncio(loop_scope="session")

DECEMBER = datetime(2026, 12, 5, 9, tzinfo=UTC)
PATH = "/admin/corner-spa/reports/months"


class Closing(NamedTuple):
    """An office at the beginning of December."""

    url: str
    application: Application
    merchant: Merchant
    owner: Worker
    bookkeeper: Worker


@pytest_asyncio.fixture(loop_scope="session")
async def running(postgres_server: Server) -> AsyncIterator[Closing]:
    port = free_port()
    base_url = f"http://localhost:{port}"
    async with contextlib.AsyncExitStack() as stack:
        dsn = await stack.enter_async_context(fresh_database(postgres_server))
        database = await stack.enter_async_context(await Database.open(dsn))
        printer = await stack.enter_async_context(TypstTypesetter(threads=1))
        plain = await stack.enter_async_context(an_application(database, clock=StillClock(DECEMBER)))
        application = with_parts(plain, base_url=base_url, report_printer=printer)
        merchant = await a_merchant(database)
        life = Life(application, merchant.merchant_id, seed=3)
        while life.now < DECEMBER.replace(day=1):
            await life.go_on(1)
        owner = await a_worker(application, merchant, name="Ada Lovelace", now=NOW)
        ida = await a_worker(
            application, merchant, email="ida@bakery.example", name="Ida Ledger", role=Role.BOOKKEEPER, now=NOW
        )
        await stack.enter_async_context(served(make_app(interface_routes(application)), port=port))
        yield Closing(base_url, application, merchant, owner, ida)


async def in_the_office(browser: Browser, running: Closing, worker: Worker, *, width: int) -> Sight:
    """Somebody who has just shown again who they are."""
    sight = await look_through(browser, running.url, width=width, still=True)
    async with running.application.database.transaction() as connection:
        session, _ = await staff.begin_session(
            connection, worker.person.person_id, agent="Chromium", address="127.0.0.1", now=DECEMBER
        )
        session, _ = await staff.sign_in(connection, session, now=DECEMBER)
        _, token = await staff.step_up(connection, session, running.merchant.merchant_id, now=DECEMBER)
    await sight.context.add_cookies([{"name": "staff", "value": token, "url": running.url}])
    return sight


async def looks(page: Page, name: str) -> None:
    """Look at a page at every width."""
    for width in (360, 820, 1280):
        await page.set_viewport_size({"width": width, "height": 800})
        assert await faults_of(await whole(page), f"months-{name}") == []


async def test_a_month_is_closed_by_two_persons_and_opened_again(browser: Browser, running: Closing) -> None:
    ida = await in_the_office(browser, running, running.bookkeeper, width=1280)
    page = await ida.open(PATH)
    await expect(page.get_by_text("Nothing stands in the way of closing November 2026")).to_be_visible()
    await page.get_by_role("button", name="Ask for the close").click()
    await expect(page.get_by_text("Another person may agree to it now.")).to_be_visible()
    await looks(page, "waiting")
    await page.get_by_role("button", name="Agree, and close November 2026").click()
    await expect(page.get_by_text("Another person has to agree.")).to_be_visible()

    ada = await in_the_office(browser, running, running.owner, width=1280)
    desk = await ada.open(PATH)
    await desk.get_by_role("button", name="Agree, and close November 2026").click()
    await expect(desk.get_by_text("The month is closed, sealed and printed.")).to_be_visible()
    await expect(desk.get_by_role("cell", name="Ida Ledger and Ada Lovelace")).to_be_visible()
    await looks(desk, "closed")
    async with desk.expect_download() as waiting:
        await desk.get_by_role("link", name="What is outstanding").first.click()
    assert (await (await waiting.value).path()).read_bytes()[:5] == b"%PDF-"
    await desk.get_by_text("Open November 2026 again").click()
    await desk.get_by_label("Why").fill("A till came back")
    await desk.get_by_role("button", name="Open it again").click()
    await expect(desk.get_by_text("opened again: A till came back")).to_be_visible()


async def test_an_entry_by_hand_is_asked_for_and_agreed_to(browser: Browser, running: Closing) -> None:
    path = "/admin/corner-spa/reports/entries"
    ida = await in_the_office(browser, running, running.bookkeeper, width=1280)
    page = await ida.open(path)
    await page.get_by_role("button", name="Ask for it").click()
    await expect(page.get_by_role("link", name="Write an amount above zero, such as 12.50.")).to_be_visible()
    await expect(page.get_by_role("link", name="Say why, in 1 to 500 characters.")).to_be_visible()
    await looks(page, "entry-wrong")
    await page.get_by_label("Debit").select_option("bank")
    await page.get_by_label("Credit").select_option("cash_differences")
    await page.get_by_label("Amount").fill("12.50")
    await page.get_by_label("Why").fill("Found in the safe")
    await page.get_by_role("button", name="Ask for it").click()
    await expect(page.get_by_text("Another person may agree to it now.")).to_be_visible()

    ada = await in_the_office(browser, running, running.owner, width=1280)
    desk = await ada.open(path)
    await looks(desk, "entry-waiting")
    await desk.get_by_role("button", name="Agree, and book $12.50").click()
    await expect(desk.get_by_text("The entry is booked.")).to_be_visible()
    await expect(desk.get_by_role("cell", name="Ida Ledger and Ada Lovelace")).to_be_visible()
    await looks(desk, "entry-booked")


async def test_a_rule_of_breakage_is_asked_for_and_agreed_to(browser: Browser, running: Closing) -> None:
    """The bookkeeper asks, coming from the reports; the owner agrees, and reads what is expected."""
    ida = await in_the_office(browser, running, running.bookkeeper, width=1280)
    page = await ida.open("/admin/corner-spa/reports")
    await page.get_by_role("link", name="Breakage … when we earn what nobody will use").click()
    await expect(page.get_by_text("No rule yet")).to_be_visible()
    await page.get_by_label("In proportion: percent expected to stay unused").fill("0")
    await page.get_by_label("From the month").fill("2026-11")
    await page.get_by_label("What it rests on").fill("Five years of books")
    await page.get_by_role("button", name="Ask for it").click()
    await expect(page.get_by_role("link", name="Write which part is expected to stay unused")).to_be_visible()
    await expect(page.get_by_label("What it rests on")).to_have_value("Five years of books")
    await page.get_by_label("In proportion: percent expected to stay unused").fill("8.5")
    await page.get_by_role("button", name="Ask for it").click()
    await expect(page.get_by_text("Another person may agree to it now.")).to_be_visible()
    await looks(page, "breakage-waiting")
    ada = await in_the_office(browser, running, running.owner, width=1280)
    desk = await ada.open("/admin/corner-spa/reports/breakage")
    await desk.get_by_role("button", name="Agree to it").click()
    await expect(desk.get_by_text("Months that are closed from now on go by it.")).to_be_visible()
    await expect(desk.get_by_role("cell", name="in proportion to what is used, 8.5% stay unused")).to_be_visible()
    await looks(desk, "breakage")
    await desk.get_by_role("link", name="What is expected and booked, month by month").click()
    await expect(desk.get_by_role("columnheader", name="Estimate in the books")).to_be_visible()
    await looks(desk, "breakage-report")


async def test_figures_are_watched_and_reports_mailed(browser: Browser, running: Closing) -> None:
    """The bookkeeper watches what is outstanding, which Today tells, and has the sales mailed."""
    ida = await in_the_office(browser, running, running.bookkeeper, width=1280)
    page = await ida.open("/admin/corner-spa/monitors")
    await page.get_by_role("button", name="Watch it").click()
    await expect(page.get_by_role("link", name="Write a bound, 0 or more; of credit in percent.")).to_be_visible()
    await page.get_by_label("Bound").fill("1")
    await page.get_by_label("Currency, of amounts").fill("EUR")
    await page.get_by_role("button", name="Watch it").click()
    await expect(page.get_by_text("What is outstanding: more than €1.00")).to_be_visible()
    assert await monitors.watch(running.application, now=DECEMBER) == 1
    page = await ida.open("/admin/corner-spa/monitors")
    await expect(page.get_by_text("beyond it since")).to_be_visible()
    await looks(page, "monitors")
    await page.goto(f"{running.url}/admin/corner-spa")
    await expect(page.get_by_text("Beyond its bound: What is outstanding: more than €1.00")).to_be_visible()
    await page.get_by_role("link", name="To the monitors").click()
    await page.get_by_role("button", name="Take away").click()
    await expect(page.get_by_text("It is watched no more.")).to_be_visible()

    page = await ida.open("/admin/corner-spa/reports/mails")
    await page.get_by_label("Report", exact=True).select_option("sales")
    await page.get_by_role("button", name="Remind me").click()
    await expect(page.get_by_text("on the first, of the month before; next")).to_be_visible()
    await looks(page, "mails")
    await page.get_by_role("button", name="Stop it").click()
    await expect(page.get_by_text("You are mailed it no more.")).to_be_visible()
