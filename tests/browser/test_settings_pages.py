"""The settings in a real browser: changed without scripts, on a tablet held upright, and read by everyone."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace as with_parts
from typing import NamedTuple, Unpack

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from largesse.app.application import Application
from largesse.app.routes import interface_routes
from largesse.app.web import make_app
from largesse.db import Database
from largesse.domain.merchants import Merchant
from largesse.domain.staff import ByWhom
from largesse.services.merchants import allow_embedding, choose_law
from largesse.services.wallets import set_apple
from tests.browser.conftest import Open, free_port
from tests.browser.eyes import Sight, Ways, faults_of, look_through
from tests.builders.application import NOW, an_application
from tests.builders.catalog import on_sale
from tests.builders.certificates import a_merchant
from tests.builders.office import a_session_of
from tests.builders.staff import Worker, a_worker
from tests.builders.wallets import apple_papers
from tests.support.postgres import Server, fresh_database
from tests.support.serving import served

pytestmark = pytest.mark.asyncio(loop_scope="session")

SETTINGS = "/admin/corner-spa/settings"
PAGES = {
    "index": "",
    "shop": "/shop",
    "shop-change": "/shop/change",
    "mail": "/mail",
    "texts": "/texts",
    "text": "/texts/terms/en",
    "website": "/website?offering=any-amount",
    "website-add": "/website/add",
    "website-faulty": "/website?amount=1&words=" + "x" * 61,
    "locations": "/locations",
    "entities": "/entities",
    "invoices": "/invoices",
    "invoices-change": "/invoices/Corner%20Spa/change",
    "payments": "/payments",
    "wallets": "/wallets",
    "accounts": "/accounts",
    "law": "/law",
    "law-choose": "/law/choose",
    "networks": "/networks",
    "danger": "/danger",
    "danger-close": "/danger/close",
}


class Running(NamedTuple):
    """An office that is served: its address, and what stands behind it."""

    url: str
    application: Application
    merchant: Merchant
    owner: Worker


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def running(postgres_server: Server) -> AsyncIterator[Running]:
    """An office of a merchant that goes by a law."""
    port = free_port()
    base_url = f"http://localhost:{port}"
    async with contextlib.AsyncExitStack() as stack:
        dsn = await stack.enter_async_context(fresh_database(postgres_server))
        database = await stack.enter_async_context(await Database.open(dsn))
        plain = await stack.enter_async_context(an_application(database))
        application = with_parts(plain, base_url=base_url)
        now = application.clock.now()
        merchant = await a_merchant(database)
        async with application.transaction() as connection:
            await choose_law(connection, merchant, "US-CA", refuses=False, actor="test", why="It is there.", now=now)
            by = ByWhom(actor="test", why="Wanted")
            await allow_embedding(connection, merchant, "https://www.spa.example", by=by, now=now)
        await on_sale(database, merchant)
        owner = await a_worker(application, merchant, name="Ada Lovelace", now=now)
        await set_apple(application, merchant, apple_papers().bundle, by=ByWhom(actor="test"), now=NOW)
        await stack.enter_async_context(served(make_app(interface_routes(application)), port=port))
        yield Running(base_url, application, merchant, owner)


@pytest_asyncio.fixture(loop_scope="session")
async def office(browser: Browser, running: Running) -> AsyncIterator[Open]:
    """Open the office as its owner, who has just shown again who they are."""
    async with contextlib.AsyncExitStack() as stack:

        async def open_office(**ways: Unpack[Ways]) -> Sight:
            sight = await look_through(browser, running.url, **ways)
            stack.push_async_callback(sight.context.close)
            now = running.application.clock.now()
            session = await a_session_of(running.application, running.owner, running.merchant, now=now)
            await sight.context.add_cookies([{"name": "staff", "value": session.token, "url": running.url}])
            return sight

        yield open_office


async def test_settings_are_changed_without_scripts_on_a_tablet(office: Open) -> None:
    sight = await office(width=820, scripts=False)
    page = await sight.open(SETTINGS)
    await page.get_by_role("link", name="Shop", exact=True).click()
    await page.get_by_role("link", name="Change the shop").click()
    await page.get_by_label("Minutes in which tills undo").fill("9")
    await page.get_by_label("In words").fill("Busy Saturdays")
    await page.get_by_role("button", name="See what will happen").click()
    await expect(page.get_by_text("Minutes in which tills undo: 9 instead of 5.")).to_be_visible()
    await page.get_by_role("button", name="Change the shop").click()
    await expect(page.get_by_text("It is changed.")).to_be_visible()

    await page.get_by_role("navigation", name="Settings").get_by_role("link", name="Legal texts").click()
    await page.get_by_role("link", name="General terms, English: Write it").click()
    await page.get_by_label("The text").fill("You buy.\n\nWe sell.")
    await page.get_by_label("Or a link to it").fill("https://spa.example/terms")
    await page.get_by_role("button", name="Keep it").click()
    await expect(page.get_by_text("Give the text itself or a link to it, not both.").first).to_be_visible()
    await page.get_by_label("Or a link to it").fill("")
    await page.get_by_role("button", name="Keep it").click()
    await expect(page.get_by_text("The text is kept, and shown from now on.")).to_be_visible()
    await page.get_by_role("link", name="Read it in the shop (General terms)").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("General terms")
    assert [one for one in sight.complaints if "status of 4" not in one] == []


@pytest.mark.parametrize("width", [360, 820, 1280])
async def test_every_page_of_the_settings_can_be_read_and_used_by_everyone(office: Open, width: int) -> None:
    sight = await office(width=width, still=True)
    found = list[str]()
    for name, path in PAGES.items():
        page = await sight.open(f"{SETTINGS}{path}")
        height = await page.evaluate("document.documentElement.scrollHeight")
        await page.set_viewport_size({"width": width, "height": max(800, int(height))})
        found += await faults_of(page, f"settings-{name}")
        await page.close()
    assert found == [], "\n".join(found)
    assert sight.complaints == []
