"""Bringing certificates over in a real browser: a file, questions, sums, the word to go; with and without scripts."""

import contextlib
import io
import re
from collections.abc import AsyncIterator
from dataclasses import replace as with_parts
from typing import NamedTuple, Unpack

import pytest
import pytest_asyncio
from openpyxl import load_workbook
from playwright.async_api import Browser, FilePayload, Page, expect

from largesse.app.application import Application
from largesse.app.routes import interface_routes
from largesse.app.web import make_app
from largesse.db import Database
from largesse.domain import staff
from largesse.domain.merchants import Merchant
from largesse.services.cards import work_on_due
from largesse.services.imports import run_due
from tests.browser.conftest import Open, free_port
from tests.browser.eyes import Sight, Ways, faults_of, keep, look_through, too_wide
from tests.builders.application import an_application
from tests.builders.certificates import a_merchant
from tests.builders.import_files import FILES, text, workbook
from tests.builders.staff import Worker, a_worker
from tests.support.postgres import Server, fresh_database
from tests.support.serving import served

pytestmark = pytest.mark.asyncio(loop_scope="session")

HERE = "/admin/corner-spa/imports"
GRATUITIES = {"gift_up": 200}
"""What the file of a preset holds in gratuities, which are outstanding, too."""


class Running(NamedTuple):
    """An office that is served: its address, and what stands behind it."""

    url: str
    application: Application
    merchant: Merchant
    owner: Worker


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def running(postgres_server: Server) -> AsyncIterator[Running]:
    """An office with an owner."""
    port = free_port()
    async with contextlib.AsyncExitStack() as stack:
        dsn = await stack.enter_async_context(fresh_database(postgres_server))
        database = await stack.enter_async_context(await Database.open(dsn))
        plain = await stack.enter_async_context(an_application(database))
        application = with_parts(plain, base_url=f"http://localhost:{port}")
        merchant = await a_merchant(database)
        owner = await a_worker(application, merchant, name="Ada Lovelace", now=application.clock.now())
        await stack.enter_async_context(served(make_app(interface_routes(application)), port=port))
        yield Running(application.base_url, application, merchant, owner)


@pytest_asyncio.fixture(loop_scope="session")
async def office(browser: Browser, running: Running) -> AsyncIterator[Open]:
    """Open the office in a way of looking, as the owner who has just stepped up."""
    async with contextlib.AsyncExitStack() as stack:

        async def open_office(**ways: Unpack[Ways]) -> Sight:
            sight = await look_through(browser, running.url, **ways)
            stack.push_async_callback(sight.context.close)
            application, now = running.application, running.application.clock.now()
            async with application.database.transaction() as connection:
                session, _ = await staff.begin_session(
                    connection, running.owner.person.person_id, agent="Chromium", address="127.0.0.1", now=now
                )
                session, _ = await staff.sign_in(connection, session, now=now)
                _, token = await staff.step_up(connection, session, running.merchant.merchant_id, now=now)
            await sight.context.add_cookies([{"name": "staff", "value": token, "url": running.url}])
            return sight

        yield open_office


async def seen(page: Page, name: str, faults: list[str]) -> None:
    """Look at a whole page."""
    height = await page.evaluate("document.documentElement.scrollHeight")
    size = page.viewport_size
    assert size is not None
    await page.set_viewport_size({"width": size["width"], "height": max(size["height"], int(height))})
    faults += [f"{name}: {fault}" for fault in await faults_of(page, f"imports-{name}")]
    await page.set_viewport_size(size)


async def bring(sight: Sight, name: str, data: bytes) -> Page:
    """Choose a file on the page for it, and send it."""
    page = await sight.open(f"{HERE}/new")
    await page.get_by_label("File", exact=True).set_input_files({"name": name, "mimeType": "text/csv", "buffer": data})
    await page.get_by_role("button", name="Look at what comes").click()
    return page


async def brought_wrong(sight: Sight, width: int, faults: list[str]) -> None:
    """What is said of a file that is none, of one in an old encoding, and of one that is full of faults."""
    page = await bring(sight, "nothing.csv", b"")
    await seen(page, "new-wrong", faults)
    page = await bring(sight, "old.csv", "number,balance\nÄRGER-0001,5\n".encode("cp1252"))
    await seen(page, "encoding", faults)
    wrong = text(["number,balance", "6.01E+15,5", *(f"CARD-{width}{line},x" for line in range(12))])
    page = await bring(sight, "wrong.csv", wrong)
    await page.get_by_label("Which system is the file from?").select_option("plain")
    await page.get_by_role("button", name="Go on").click()
    await expect(page.get_by_text("13 things are wrong")).to_be_visible()
    await seen(page, "wrong", faults)


async def answered(sight: Sight, width: int, faults: list[str]) -> None:
    """What is asked of a file that leaves much open."""
    asked = text(["Karte;Rest;Ablauf", f"KARTE-{width}1-X;1.250;03/04/2078", f"KARTE-{width}2-X;2.500;05/06/2078"])
    page = await bring(sight, "karten.csv", asked)
    await seen(page, "asked-system", faults)
    await page.get_by_label("Which system is the file from?").select_option("plain")
    await page.get_by_role("button", name="Go on").click()
    await page.get_by_label("What Karte is").select_option("number")
    await page.get_by_label("What Rest is").select_option("balance")
    await page.get_by_label("What Ablauf is").select_option("expires")
    await seen(page, "asked-columns", faults)
    await page.get_by_role("button", name="Go on").click()
    await seen(page, "asked-more", faults)
    for answer in ("A comma parts decimals", "Day, month, year", "Yes, it is the last good day"):
        await page.get_by_label(answer).check()
    await page.get_by_role("button", name="Go on").click()
    await expect(page.get_by_text("This can be imported")).to_be_visible()
    await page.get_by_text("How the file is read").click()
    await page.get_by_text("How it is booked").click()
    await seen(page, "ready-open", faults)


@pytest.mark.parametrize("width, dark", [(360, False), (820, True), (1280, False)])
async def test_a_file_is_brought_answered_imported_and_taken_back(
    office: Open, running: Running, *, width: int, dark: bool
) -> None:
    faults = list[str]()
    application = running.application
    sight = await office(width=width, dark=dark, still=True)
    if width == 360:
        await seen(await sight.open(HERE), "empty", faults)
    await brought_wrong(sight, width, faults)
    await answered(sight, width, faults)

    page = await bring(sight, f"gift-cards-{width}.csv", FILES["gift_up"].data)
    await seen(page, "ready", faults)
    await page.get_by_label("Why").fill("We leave the other system")
    await page.get_by_role("button", name="Import 2 certificates").click()
    await expect(page.get_by_text("under way")).to_be_visible()
    await keep(page, "imports-under-way")
    await run_due(application, now=application.clock.now())
    await expect(page.get_by_text("All of it is imported")).to_be_visible()  # it asks by itself
    await page.get_by_text("Take it back").first.click()
    await seen(page, "done", faults)
    await page.get_by_label("Why").fill("It was the wrong file")
    await page.get_by_role("button", name="Take back 2 certificates").click()
    await run_due(application, now=application.clock.now())
    await expect(page.get_by_text("This import was taken back")).to_be_visible()
    await seen(page, "taken-back", faults)
    await seen(await sight.open(HERE), "list", faults)
    assert faults == []
    assert [one for one in sight.complaints if "status of 4" not in one] == []


async def test_without_scripts_a_file_is_brought_and_imported_all_the_same(office: Open, running: Running) -> None:
    sight = await office(width=820, scripts=False)
    number = "NO-SCRIPTS-0001-X"
    page = await bring(sight, "plain.csv", text(["number,balance", f"{number},5.00"]))
    await page.get_by_label("Which system is the file from?").select_option("plain")
    await page.get_by_role("button", name="Go on").click()
    await page.get_by_label("Why").fill("We leave the other system")
    await page.get_by_role("button", name="Import 1 certificate").click()
    await expect(page.get_by_text("under way")).to_be_visible()
    await run_due(running.application, now=running.application.clock.now())
    await expect(page.get_by_text("All of it is imported")).to_be_visible()  # it asks by itself
    assert sight.complaints == []


def with_a_fault(name: str) -> bytes:
    """The file of a preset, in which one card stands twice."""
    data = FILES[name].data
    if name == "square":
        return data.replace(b"7783320001001999", b"7783320001001635")
    if name == "woocommerce":
        rows = [list(row) for row in load_workbook(io.BytesIO(data)).worksheets[0].iter_rows(values_only=True)]
        return workbook([*rows, rows[1]])
    lines = data.splitlines(keepends=True)
    return data + lines[1]


async def brought(sight: Sight, name: str, data: bytes) -> Page:
    """Bring the file of a preset, and answer what is asked about it."""
    said, ending = FILES[name].choices, {"square": "json", "woocommerce": "xlsx"}.get(name, "csv")
    page = await sight.open(f"{HERE}/new")
    for _ in range(2 if FILES[name].encoding else 1):  # once more with the encoding that was asked for
        file = FilePayload(name=f"{name}.{ending}", mimeType="application/octet-stream", buffer=data)
        await page.get_by_label("File", exact=True).set_input_files(file)
        await page.get_by_label("Other system").select_option(name)
        if await page.locator("input[name=encoding]").count():
            await page.locator(f"input[name=encoding][value='{FILES[name].encoding}']").check()
        await page.get_by_role("button", name="Look at what comes").click()
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
    asked = page.get_by_label("Yes, it is the last good day")
    if await asked.count():
        await asked.check()
        await page.get_by_role("button", name="Go on").click()
        await expect(asked).to_have_count(0)
    if said.currency:
        if not await page.get_by_label("Currency, where the file names none").is_visible():
            await page.get_by_text("How the file is read").click()
        await page.get_by_label("Currency, where the file names none").fill(said.currency)
        await page.get_by_role("button", name=re.compile("Go on|Look again with this")).click()
    return page


@pytest.mark.parametrize("name", sorted(FILES))
async def test_a_file_of_every_system_is_rehearsed_refused_imported_and_taken_back(
    office: Open, running: Running, name: str
) -> None:
    known, application = FILES[name], running.application
    sight = await office(width=1280, still=True)
    page = await brought(sight, name, with_a_fault(name))
    await expect(page.get_by_text(re.compile("wrong: nothing can be imported"))).to_be_visible()
    await expect(page.get_by_role("button", name=re.compile("^Import "))).to_have_count(0)

    page = await brought(sight, name, known.data)
    await expect(page.get_by_text("This can be imported")).to_be_visible()
    told = await page.locator("td[data-label='Imported']").all_inner_texts()
    assert sum(int(re.sub(r"[^0-9]", "", one)) for one in told) == known.value + GRATUITIES.get(name, 0)
    if known.left:
        await expect(page.get_by_text(re.compile("stays? behind"))).to_have_count(known.left)
    await page.get_by_label("Why").fill("We leave the other system")
    await page.get_by_role("button", name=re.compile("^Import ")).click()
    await expect(page.get_by_text("under way")).to_be_visible()
    await run_due(application, now=application.clock.now())
    await expect(page.get_by_text("All of it is imported")).to_be_visible()
    await page.get_by_text("Take it back").first.click()
    await page.get_by_label("Why").fill("It was the wrong file")
    await page.get_by_role("button", name=re.compile("^Take back ")).click()
    await run_due(application, now=application.clock.now())
    await expect(page.get_by_text("This import was taken back")).to_be_visible()
    assert [one for one in sight.complaints if "status of 4" not in one] == []


@pytest.mark.parametrize("language", ["es", "fr", "de"])
async def test_longer_words_still_fit_a_phone(office: Open, running: Running, language: str) -> None:
    sight = await office(width=320)
    await sight.context.add_cookies([{"name": "language", "value": language, "url": running.url}])
    for path in (HERE, f"{HERE}/new"):
        page = await sight.open(path)
        assert await page.locator("html").get_attribute("lang") == language
        assert await too_wide(page) == 0


@pytest.mark.parametrize("width, dark", [(360, False), (1280, True)])
async def test_the_page_of_cards_can_be_read_and_used(
    office: Open, running: Running, *, width: int, dark: bool
) -> None:
    faults = list[str]()
    sight = await office(width=width, dark=dark, still=True)
    page = await sight.open("/admin/corner-spa/cards")
    await page.get_by_role("button", name="Make the cards").click()
    await seen(page, "cards-wrong", faults)
    await page.get_by_label("Name of the batch").fill(f"Christmas {width}")
    await page.get_by_label("How many cards").fill("25")
    await page.get_by_role("button", name="Make the cards").click()
    await work_on_due(running.application, now=running.application.clock.now())
    await page.goto(page.url)
    batch = page.locator("li", has_text=f"Christmas {width}").first
    for one in await batch.locator("summary").all():
        await one.click()
    await seen(page, "cards", faults)
    assert faults == []
    assert [one for one in sight.complaints if "status of 4" not in one] == []
