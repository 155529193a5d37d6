"""A month's end in a real browser: the bookkeeper asks, the owner agrees, and both read what was printed."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace as with_parts
from datetime import UTC, datetime
from pathlib import Path
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
from largesse.domain.portal import PartnerRole
from largesse.domain.staff import Role
from largesse.services import monitors
from tests.browser.conftest import free_port
from tests.browser.eyes import Sight, faults_of, look_through
from tests.browser.test_office import whole
from tests.builders.application import NOW, an_application
from tests.builders.bank_files import IBAN, a_line, a_statement, camt
from tests.builders.certificates import a_merchant
from tests.builders.invoices import an_invoiced_partner, assert_sound
from tests.builders.partners import Ordering
from tests.builders.portal import a_colleague, a_session_for
from tests.builders.staff import Worker, a_worker
from tests.fakes.clock import StillClock
from tests.integration.services.test_reports import Life
from tests.support.postgres import Server, fresh_database
from tests.support.serving import served

pytestmark = pytest.mark.asyncio(loop_scope="session")

DECEMBER = datetime(2026, 12, 5, 9, tzinfo=UTC)
PATH = "/admin/corner-spa/reports/months"
ENDS = (360, 1280)


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


async def looks(page: Page, name: str, widths: Sequence[int] = (360, 820, 1280)) -> None:
    """Look at a page at every width."""
    for width in widths:
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


async def at_the_partners(browser: Browser, running: Closing, ordering: Ordering) -> Sight:
    """Somebody of a partner who may order, read invoices and make keys, and has just shown again who they are."""
    colleague = await a_colleague(
        running.application, running.merchant, ordering.partner, role=PartnerRole.APPROVER, now=NOW
    )
    signed_in = await a_session_for(running.application, colleague, now=DECEMBER)
    sight = await look_through(browser, running.url, width=1280, still=True)
    await sight.context.add_cookies([{"name": "staff", "value": signed_in.token, "url": running.url}])
    return sight


async def orders_many(page: Page) -> None:
    """Somebody of a partner orders two, after a mistake."""
    form = page.locator("form[action$='/order/lines']")
    lines = form.get_by_label("One line for each certificate")
    await lines.fill("50; ada@example.com; Ada\n1; grace@example.com; Grace")
    await form.get_by_label("Refcode").fill("SPRING")
    await form.get_by_role("button", name="Check and order").click()
    await expect(page.get_by_text("Nothing was ordered")).to_be_visible()
    await looks(page, "portal-wrong", ENDS)
    await lines.fill("50; ada@example.com; Ada\n20; grace@example.com; Grace")
    await form.get_by_role("button", name="Check and order").click()
    await expect(page.get_by_role("link", name="Result as a file")).to_be_visible()
    await looks(page, "portal-batch", ENDS)


async def invoices_it(desk: Page) -> None:
    """The bookkeeper gathers what was ordered, and issues the invoice."""
    await desk.get_by_role("button", name="Gather").click()
    await looks(desk, "drafts", ENDS)
    await desk.locator("main table a").first.click()
    await desk.get_by_role("button", name="Issue the invoice").click()
    await expect(desk.get_by_role("heading", name="INV-000001")).to_be_visible()
    await looks(desk, "invoice", ENDS)


async def matches_its_payment(desk: Page, bank: str, statement: Path) -> None:
    """The bookkeeper brings a statement, and accepts what is suggested."""
    await desk.goto(f"{bank}/accounts")
    await desk.get_by_label("What you call it").fill("Giro")
    await desk.get_by_label("IBAN").fill(IBAN)
    await desk.get_by_label("Currency").fill("EUR")
    await desk.get_by_role("button", name="Add it").click()
    await expect(desk.get_by_text("The account is kept.")).to_be_visible()
    statement.write_bytes(camt(a_statement([a_line(70_00, text="Thanks, INV-000001")])))
    await desk.get_by_label("File").set_input_files(statement)
    await desk.get_by_role("button", name="Import").click()
    await expect(desk.get_by_text("The statement was imported: 1 new line.")).to_be_visible()
    await looks(desk, "bank-accounts", ENDS)
    await desk.goto(bank)
    await looks(desk, "bank-queue", ENDS)
    await desk.locator("[data-accept]").click()
    await expect(desk.get_by_text("Every line of the statements is matched.")).to_be_visible()


async def exports_the_books(desk: Page, office: str) -> None:
    """The bookkeeper maps accounts by a chart, looks at what would leave, and takes it away."""
    await desk.goto(f"{office}/settings/accounts")
    await desk.get_by_label("Chart", exact=True).select_option(index=1)
    await desk.get_by_role("button", name="Fill it in").click()
    await looks(desk, "books-chart", ENDS)
    await desk.get_by_role("button", name="Keep as a new version").click()
    await expect(desk.get_by_text("Kept as a new version.")).to_be_visible()
    await desk.goto(f"{office}/reports/books")
    await desk.get_by_label("All that was booked through").fill("2026-12-05")
    await desk.locator("form[method=get] select[name=place]").select_option(label="Corner Spa, EUR")
    await desk.get_by_role("button", name="Look at it first").click()
    await looks(desk, "books-first", ENDS)
    await desk.get_by_role("button", name="Export it").click()
    await expect(desk.get_by_text("The export is made. Its file stands below.")).to_be_visible()
    for _ in range(2):  # a file leaves the page as it is, and may be had again
        async with desk.expect_download() as waiting:
            await desk.get_by_role("button", name="Download", exact=True).click()
        assert (await (await waiting.value).path()).stat().st_size > 0
    await looks(desk, "books-made", ENDS)


async def test_what_a_partner_orders_is_invoiced_paid_and_in_the_books_of_the_bookkeeper(
    browser: Browser, running: Closing, tmp_path: Path
) -> None:
    office = f"{running.url}/admin/{running.merchant.slug}"
    ordering = await an_invoiced_partner(running.application, merchant=running.merchant, own_keys=True)
    home = f"/partner/{ordering.partner.partner_id}"
    olga = await at_the_partners(browser, running, ordering)
    page = await olga.open(f"{home}/order/many")
    await orders_many(page)

    ida = await in_the_office(browser, running, running.bookkeeper, width=1280)
    desk = await ida.open(f"/admin/{running.merchant.slug}/invoices/drafts")
    await invoices_it(desk)
    await matches_its_payment(desk, f"{office}/bank", tmp_path / "december.xml")
    await exports_the_books(desk, office)

    await page.goto(f"{running.url}{home}/invoices")
    await looks(page, "portal-invoices", ENDS)
    await page.get_by_role("link", name="INV-000001").click()
    await expect(page.get_by_text("settled", exact=True)).to_be_visible()
    await looks(page, "portal-invoice", ENDS)
    await page.goto(f"{running.url}{home}/places")
    await looks(page, "portal-places", ENDS)
    await page.get_by_role("main").get_by_role("link", name="Keys").click()
    await page.get_by_role("button", name="Make the key").click()
    await expect(page.get_by_text("it is shown this once and stored nowhere")).to_be_visible()
    await looks(page, "portal-key", ENDS)
    assert [one for sight in (olga, ida) for one in sight.complaints if "status of 4" not in one] == []
    await assert_sound(running.application)
