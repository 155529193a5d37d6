"""A till that sells: for cash, on the buyer's phone, and the close of its day, in a real browser."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace as with_parts
from typing import NamedTuple

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from largesse.app.application import Application
from largesse.app.routes import interface_routes
from largesse.app.web import make_app
from largesse.db import Database
from largesse.domain.merchants import Merchant
from largesse.domain.payments import Gateways, ManualGateway, TestGateway
from largesse.domain.staff import Role
from tests.browser.conftest import free_port
from tests.browser.eyes import Sight, faults_of, look_through
from tests.builders.application import an_application
from tests.builders.catalog import a_draft, a_package, on_sale
from tests.builders.certificates import a_merchant
from tests.builders.staff import Worker, a_worker
from tests.builders.tills import a_pin, a_till, unlocked
from tests.support.postgres import Server, fresh_database
from tests.support.serving import served

pytestmark = pytest.mark.asyncio(loop_scope="session")

COUNTER = "/counter/corner-spa"


class Shop(NamedTuple):
    """A counter that is served, and who works there."""

    url: str
    application: Application
    merchant: Merchant
    clerk: Worker


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shop(postgres_server: Server) -> AsyncIterator[Shop]:
    """A merchant with two things on sale, whose buyers pay at the test gateway."""
    port = free_port()
    base_url = f"http://localhost:{port}"
    async with contextlib.AsyncExitStack() as stack:
        dsn = await stack.enter_async_context(fresh_database(postgres_server))
        database = await stack.enter_async_context(await Database.open(dsn))
        plain = await stack.enter_async_context(an_application(database))
        trial = TestGateway(keyring=plain.keyring, base_url=base_url, for_real=False)
        application = with_parts(plain, base_url=base_url, gateways=Gateways(trial, ManualGateway()))
        now = application.clock.now()
        merchant = await a_merchant(database)
        await on_sale(database, merchant, a_draft())
        await on_sale(database, merchant, a_package())
        clerk = await a_worker(application, merchant, email="bob@bakery.example", name="Bob", role=Role.CLERK, now=now)
        await a_pin(application, clerk, now=now)
        await stack.enter_async_context(served(make_app(interface_routes(application)), port=port))
        yield Shop(base_url, application, merchant, clerk)


@contextlib.asynccontextmanager
async def a_day_at(browser: Browser, shop: Shop, width: int) -> AsyncIterator[Sight]:
    """A browser on a till of its own, which Bob has unlocked."""
    now = shop.application.clock.now()
    till = await a_till(shop.application, shop.merchant, name=f"Bar {width}", now=now)
    seat = await unlocked(shop.application, till, shop.clerk, now=now)
    sight = await look_through(browser, shop.url, width=width, still=True)
    path = f"{shop.url}{COUNTER}"
    await sight.context.add_cookies(
        [
            {"name": "till", "value": till.key, "url": path},
            {"name": "till-person", "value": seat.token, "url": path},
        ]
    )
    try:
        yield sight
    finally:
        await sight.context.close()


async def looked_at(page: Page, name: str, faults: list[str]) -> None:
    """Look at a page in light and dark, to its end."""
    height = int(await page.evaluate("document.documentElement.scrollHeight"))
    size = page.viewport_size or {"width": 1280, "height": 800}
    await page.set_viewport_size({"width": size["width"], "height": max(800, height)})
    faults += await faults_of(page, f"counter-{name}")
    await page.set_viewport_size({"width": size["width"], "height": 800})


async def sells_for_cash(page: Page, faults: list[str]) -> None:
    """Sell an amount over the counter."""
    await page.get_by_role("link", name="Sell").click()
    await looked_at(page, "sell", faults)
    await page.get_by_role("link", name="An amount of your choice").click()
    await page.get_by_role("radio", name="$50").check()
    await page.get_by_text("To, from, message, e-mail").click()
    await page.get_by_label("To (optional)", exact=True).fill("Anna")
    await looked_at(page, "sell-form", faults)
    await page.get_by_role("button", name="Work out the total").click()
    await expect(page.locator("output")).to_have_text("$54.13")
    await page.get_by_role("button", name="Cash").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Sold: $54.13")
    await looked_at(page, "sold", faults)
    await page.get_by_role("link", name="Done").click()


async def sells_on_a_phone(browser: Browser, shop: Shop, page: Page, faults: list[str]) -> None:
    """Sell to a buyer who pays on a phone of their own: the screen waits, and goes on by itself."""
    await page.get_by_role("link", name="Sell").click()
    await page.get_by_role("link", name="1 hr Massage").click()
    await page.get_by_role("button", name="On the buyer’s phone").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Waiting for $120.00")
    await looked_at(page, "waits", faults)
    address = await page.locator(".pay-link a").get_attribute("href")
    phone = await look_through(browser, shop.url, width=360)
    buyer = await phone.open((address or "").removeprefix(shop.url))
    await buyer.get_by_role("button", name="Pay $").click()
    await buyer.wait_for_url("**/thanks**")
    await phone.context.close()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Sold: $120.00")


async def looks_back(page: Page, url: str, faults: list[str]) -> None:
    """What was sold stands under Recent, and leads to its page."""
    await page.goto(f"{url}{COUNTER}/recent")
    await looked_at(page, "recent", faults)
    await page.get_by_role("link", name="$54.13").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("$54.13")
    await looked_at(page, "past-sale", faults)


async def closes(page: Page, faults: list[str]) -> None:
    """Put change into the drawer, and close the day with 4.13 too little."""
    await page.get_by_label("Amount").fill("100.00")
    await looked_at(page, "drawer", faults)
    await page.get_by_role("button", name="Book it").click()
    await expect(page.get_by_text("It is booked.")).to_be_visible()
    await page.get_by_role("link", name="Close of day").click()
    await looked_at(page, "close", faults)
    await page.get_by_label("Cash in the drawer").fill("150.00")
    await page.get_by_label("Cash in the drawer").press("Enter")  # what a scanner sends, too, closes nothing
    await expect(page.get_by_label("Cash in the drawer")).to_have_value("150.00")
    await page.get_by_role("button", name="Close the day").click()
    await expect(page.get_by_text("In the drawer lies $4.13 too little.")).to_be_visible()
    await expect(page.get_by_text("$154.13")).to_be_visible()
    await page.get_by_label("Why it differs").fill("A note is missing")
    await looked_at(page, "close-differs", faults)
    await page.get_by_role("button", name="Close the day").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Close 1")
    await expect(page.get_by_role("link", name="Print, A4")).to_be_visible()
    await looked_at(page, "closing", faults)
    await page.goto(f"{page.url.rpartition('/')[0]}")
    await expect(page.get_by_role("link", name="Close 1")).to_be_visible()
    await looked_at(page, "closings", faults)


@pytest.mark.parametrize("width", [360, 820, 1280])
async def test_a_day_of_selling_from_the_first_sale_to_the_close(browser: Browser, shop: Shop, width: int) -> None:
    faults: list[str] = []
    async with a_day_at(browser, shop, width) as sight:
        page = await sight.open(COUNTER)
        await looked_at(page, "idle", faults)
        await sells_for_cash(page, faults)
        await sells_on_a_phone(browser, shop, page, faults)
        await looks_back(page, shop.url, faults)
        for name in ("waiting", "reload", "activate", "drawer"):
            await page.goto(f"{shop.url}{COUNTER}/{name}")
            if name != "drawer":
                await looked_at(page, name, faults)
        await closes(page, faults)
        complaints = [one for one in sight.complaints if "422" not in one]
    assert (faults, complaints) == ([], [])
