"""A bookkeeper at the reports, in a real browser: what is outstanding, down to the rows, and as files."""

import contextlib
import io
from collections.abc import AsyncIterator
from dataclasses import replace as with_parts
from decimal import Decimal
from typing import NamedTuple, Unpack

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect
from pypdf import PdfReader

from largesse.adapters.typeset import TypstTypesetter
from largesse.app.application import Application
from largesse.app.routes import interface_routes
from largesse.app.web import make_app
from largesse.db import Database
from largesse.domain import staff
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Role
from largesse.services.reports import ReportName
from largesse.services.seals import seal
from tests.browser.conftest import Open, free_port
from tests.browser.eyes import Sight, Ways, faults_of, look_through, too_wide, violations
from tests.browser.test_office import whole
from tests.builders.application import an_application
from tests.builders.certificates import a_merchant
from tests.builders.staff import Worker, a_worker
from tests.integration.services.test_reports import Life
from tests.support.postgres import Server, fresh_database
from tests.support.serving import served

pytestmark = pytest.mark.asyncio(loop_scope="session")


class Office(NamedTuple):
    """An office with a bookkeeper and some months of history."""

    url: str
    application: Application
    merchant: Merchant
    bookkeeper: Worker


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def running(postgres_server: Server) -> AsyncIterator[Office]:
    port = free_port()
    base_url = f"http://localhost:{port}"
    async with contextlib.AsyncExitStack() as stack:
        dsn = await stack.enter_async_context(fresh_database(postgres_server))
        database = await stack.enter_async_context(await Database.open(dsn))
        printer = await stack.enter_async_context(TypstTypesetter(threads=1))
        plain = await stack.enter_async_context(an_application(database))
        application = with_parts(plain, base_url=base_url, report_printer=printer)
        merchant = await a_merchant(database)
        life = Life(application, merchant.merchant_id, seed=3)
        await life.go_on(120)
        await seal(application, merchant.merchant_id, now=life.now)
        await life.go_on(20)
        now = application.clock.now()
        bookkeeper = await a_worker(application, merchant, name="Ida Ledger", role=Role.BOOKKEEPER, now=now)
        await stack.enter_async_context(served(make_app(interface_routes(application)), port=port))
        yield Office(base_url, application, merchant, bookkeeper)


@pytest_asyncio.fixture(loop_scope="session")
async def office(browser: Browser, running: Office) -> AsyncIterator[Open]:
    """Open the office in a way of looking, signed in as the bookkeeper."""
    async with contextlib.AsyncExitStack() as stack:

        async def open_office(**ways: Unpack[Ways]) -> Sight:
            sight = await look_through(browser, running.url, **ways)
            stack.push_async_callback(sight.context.close)
            async with running.application.database.transaction() as connection:
                now = running.application.clock.now()
                session, _ = await staff.begin_session(
                    connection, running.bookkeeper.person.person_id, agent="Chromium", address="127.0.0.1", now=now
                )
                _, token = await staff.sign_in(connection, session, now=now)
            await sight.context.add_cookies([{"name": "staff", "value": token, "url": running.url}])
            return sight

        yield open_office


def plain(text: str) -> str:
    """What is written on a page, as programs write it."""
    return text.replace("$", "").replace(",", "").replace("\N{MINUS SIGN}", "-")


def amount_of(text: str) -> Decimal:
    """An amount on a page."""
    return Decimal(plain(text))


@pytest.mark.parametrize("width", [360, 820, 1280])
async def test_every_report_can_be_read_by_everyone(office: Open, width: int) -> None:
    sight = await office(width=width, still=True)
    paths = {
        "index": "",
        "liability": "/view?report=liability",
        "month": "/view?report=liability&month=2026-12",
        "balances": "/view?report=balances",
        "sales": "/view?report=sales",
        "months": "/view?report=liability&each=month&through=2027-02-28",
        "shop": "/view?report=shop_days",
        "redemptions": "/view?report=redemptions&month=2026-12",
        "taxes": "/view?report=taxes",
        "promotions": "/view?report=promotions&month=2027-01",
        "age": "/view?report=by_issue",
        "people": "/view?report=people",
        "statement": "/view?report=statement&account=certificates_outstanding&month=2026-12",
        "journal": "/view?report=journal&month=2026-12",
        "rows": "/rows?report=liability&figure=redeemed&w.currency=USD&w.class_of_value=paid",
        "proofs": "/proofs",
        "unclaimed": "/unclaimed",
        "exports": "/../exports",
        "by-hand": "/../bank/by-hand",
        "wrong": "/view?report=liability&currency=gold&known_at=yesterday",
    }
    for name, path in paths.items():
        page = await whole(await sight.open(f"/admin/corner-spa/reports{path}"))
        assert await faults_of(page, f"reports-{name}") == []
        await page.close()
    assert [one for one in sight.complaints if "status of 4" not in one] == []


@pytest.mark.parametrize("language", ["es", "fr", "de"])
async def test_longer_words_still_fit_a_phone(office: Open, language: str) -> None:
    sight = await office(width=320)
    await sight.context.add_cookies([{"name": "language", "value": language, "url": sight.base_url}])
    for path in (
        "",
        "/view?report=liability",
        "/view?report=people",
        "/view?report=redemptions",
        "/months",
        "/entries",
        "/proofs",
        "/../exports",
        "/../bank/by-hand",
    ):
        page = await whole(await sight.open(f"/admin/corner-spa/reports{path}"))
        assert await page.locator("html").get_attribute("lang") == language
        assert await too_wide(page) == 0, path
        assert await violations(page) == [], path
        await page.close()


async def test_every_report_can_be_found_on_the_first_page(office: Open) -> None:
    page = await (await office()).open("/admin/corner-spa/reports")
    found = await page.locator(".wanted a").evaluate_all("(all) => all.map((one) => one.href)")
    assert {href.partition("report=")[2].partition("&")[0] for href in found if "report=" in href} == set(ReportName)


async def test_a_figure_leads_to_the_rows_that_it_is_made_of_and_back(office: Open) -> None:
    page = await (await office(scripts=False)).open("/admin/corner-spa/reports")
    await page.get_by_role("link", name="what we still owe").click()
    await page.get_by_text("Other days, or a part of it").click()
    await page.get_by_label("Month").fill("")
    await page.get_by_label("Currency").fill("USD")
    await page.get_by_role("button", name="Show").click()
    section = page.locator("section", has_text="Paid for")
    redeemed = section.get_by_role("row", name="Redeemed").get_by_role("link")
    told = await redeemed.inner_text()
    await redeemed.click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Redeemed")
    amounts = await page.locator("td[data-label='Counts as']").all_inner_texts()
    assert sum(map(amount_of, amounts)) == amount_of(told)
    await page.get_by_role("navigation", name="Breadcrumb").get_by_role("link", name="What is outstanding").click()
    await expect(page.get_by_text("in USD")).to_be_visible()


async def test_a_report_is_had_as_a_file_with_the_figures_of_the_page(office: Open) -> None:
    sight = await office()
    page = await sight.open("/admin/corner-spa/reports/view?report=balances&currency=USD")
    shown = [plain(text) for text in await page.locator("td[data-label='Closing']").all_inner_texts()]
    files = {}
    for name in ("CSV", "XLSX", "PDF"):
        async with page.expect_download() as waiting:
            await page.get_by_role("link", name=name, exact=True).click()
        path = await (await waiting.value).path()
        files[name] = path.read_bytes()
    closing = [line.rsplit(",", 1)[-1] for line in files["CSV"].decode().splitlines()[1:]]
    assert closing == shown
    read = "\n".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(files["PDF"])).pages)
    assert all(text in plain(read) for text in shown)
    assert files["XLSX"][:2] == b"PK"
