"""A Saturday at the till, from setting it up to the count, by scanner, camera and touch.

Bob works at it, May approves. What he did stands in the close of the day with its sums, the drawer holds what the
journal says, and `ledger verify` finds nothing.
"""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace as with_parts
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from largesse.app.routes import interface_routes
from largesse.app.web import make_app
from largesse.db import Database
from largesse.domain.payments import Gateways, ManualGateway, TestGateway
from largesse.domain.staff import Role
from largesse.ledger import Account, ClassOfValue
from largesse.ledger.proofs import verify
from largesse.services.merchants import choose_law
from tests.browser.cameras import film_of, filming
from tests.browser.conftest import free_port
from tests.browser.eyes import Sight, look_through
from tests.browser.hands import scan
from tests.browser.test_counter import COUNTER
from tests.browser.test_counter_sales import Shop, sells_for_cash, sells_on_a_phone
from tests.browser.test_tills import Shopfloor, set_up
from tests.builders.application import an_application
from tests.builders.catalog import a_draft, a_package, on_sale
from tests.builders.certificates import Card, a_card, a_merchant
from tests.builders.staff import a_worker
from tests.builders.tills import PIN, a_pin
from tests.support.postgres import Server, fresh_database
from tests.support.serving import served

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def floor(postgres_server: Server) -> AsyncIterator[Shopfloor]:
    """A spa in California with two things on sale, a clerk, and a manager who may approve."""
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
        for one in (a_draft(), a_package()):
            await on_sale(database, merchant, one)
        async with database.transaction() as connection:
            await choose_law(connection, merchant, "US-CA", actor="cli:ada", now=now)
        may = await a_worker(application, merchant, email="may@bakery.example", name="May", role=Role.MANAGER, now=now)
        bob = await a_worker(application, merchant, email="bob@bakery.example", name="Bob", role=Role.CLERK, now=now)
        for worker in (may, bob):
            await a_pin(application, worker, now=now)
        await stack.enter_async_context(served(make_app(interface_routes(application)), port=port))
        yield Shopfloor(base_url, application, merchant, may, bob)


async def issued(floor: Shopfloor, value: int) -> Card:
    """A certificate of `value` cents."""
    return await a_card(floor.application, floor.merchant, value=value, now=floor.application.clock.now())


async def given_away(floor: Shopfloor, value: int) -> Card:
    """A certificate of `value` cents that nobody paid for."""
    return await a_card(
        floor.application,
        floor.merchant,
        value=value,
        funding=Account.PROMOTIONS_GRANTED,
        class_of_value=ClassOfValue.PROMOTIONAL,
        now=floor.application.clock.now(),
    )


async def unlocks(page: Page) -> None:
    """Bob touches his name and types his PIN."""
    await page.get_by_role("link", name="Bob").click()
    for digit in PIN:
        await page.get_by_role("button", name=digit, exact=True).click()
    await page.get_by_role("button", name="Go").click()
    await expect(page.get_by_role("button", name="Lock")).to_be_visible()


async def heading(page: Page, text: str) -> None:
    """Wait for what the page says first."""
    await expect(page.get_by_role("heading", level=1)).to_have_text(text)


async def next_guest(page: Page) -> None:
    """Go back to the scan field."""
    await page.get_by_role("link", name="Next guest").click()
    await expect(page.get_by_label("Scan, photograph or type")).to_be_focused()


async def redeems_and_undoes(page: Page, floor: Shopfloor) -> None:
    """Take part of a certificate for the wrong guest, and undo it."""
    card = await issued(floor, 8_000)
    await scan(page, f"https://gifts.example.com/gifts/redeem.html?code={card.number}")
    await heading(page, "$80.00 available")
    await page.get_by_label("What the bill comes to").fill("62.50")
    await page.get_by_label("Table, room or invoice").fill("Table 7")
    await page.get_by_role("button", name="Take what the bill comes to").click()
    await heading(page, "Gift certificate redeemed")
    assert await card.left(floor.application) == (1_750, 0)
    await page.get_by_label("Why it is undone").fill("Wrong guest")
    await page.get_by_role("button", name="Undo this").click()
    await heading(page, "Redemption undone")
    assert await card.left(floor.application) == (8_000, 0)
    await next_guest(page)


async def three_on_a_bill(page: Page, floor: Shopfloor) -> None:
    """A table of three pays with three certificates, one of them a promotional one, and 20.00 otherwise."""
    cards = [await issued(floor, 3_000), await given_away(floor, 2_000), await issued(floor, 5_000)]
    for count, card in enumerate(cards, start=1):
        await scan(page, card.number)
        if count > 1:
            await expect(page.locator(".bill-lines li")).to_have_count(count)
        else:
            await heading(page, "$30.00 available")
    await page.get_by_label("What the bill comes to").fill("120")
    await page.get_by_role("button", name="Work it out").last.click()
    await expect(page.get_by_text("$20.00 remains to be paid otherwise.")).to_be_visible()
    await page.get_by_role("button", name="Take $100.00").click()
    await heading(page, "Gift certificate redeemed")
    assert [(await card.left(floor.application))[0] for card in cards] == [0, 0, 0]
    await next_guest(page)


async def sets_aside(page: Page, floor: Shopfloor) -> Card:
    """Open a tab on the terrace."""
    card = await issued(floor, 8_000)
    await scan(page, card.number)
    await heading(page, "$80.00 available")
    await page.get_by_label("Table, room or invoice").fill("Terrace 4")
    await page.get_by_role("button", name="Set aside for a tab").click()
    await heading(page, "Set aside for a tab")
    return card


async def captures(page: Page, floor: Shopfloor, card: Card) -> None:
    """Close the tab with what was eaten: 50.00 of it."""
    await page.goto(f"{floor.url}{COUNTER}/tabs")
    await page.get_by_role("link", name="Terrace 4").click()
    await page.get_by_label("Or what the bill comes to").fill("50")
    await page.get_by_role("button", name="Take this amount").click()
    await heading(page, "Gift certificate redeemed")
    assert await card.left(floor.application) == (3_000, 0)
    await next_guest(page)


async def pays_out(page: Page, floor: Shopfloor) -> None:
    """Pay out a rest that the law says may be asked for, with May's PIN; the till locks at once."""
    card = await issued(floor, 900)
    await scan(page, card.number)
    await heading(page, "$9.00 available")
    await page.get_by_role("button", name="Pay the rest out").click()
    await page.get_by_role("button", name="Pay out $9.00").click()
    await heading(page, "A second person has to approve this")
    await page.get_by_label("Their PIN, typed by themselves").fill(PIN)
    await page.get_by_role("button", name="Approve").click()
    assert await card.left(floor.application) == (0, 0)


async def closes(page: Page, floor: Shopfloor) -> list[list[str]]:
    """Count 100.00 of change and 54.13 taken, less 9.00 paid out: nothing differs. Return the lines of the close."""
    await page.goto(f"{floor.url}{COUNTER}/close")
    await page.get_by_label("Cash in the drawer").fill("145.13")
    await page.get_by_role("button", name="Close the day").click()
    await heading(page, "Close 1")
    lines = await page.locator("main tbody tr").all()
    return [[cell.strip() for cell in await line.locator("th, td").all_inner_texts()] for line in lines]


async def seen_by_camera(floor: Shopfloor, folder: Path, sight_of: Page) -> None:
    """A guest holds a telephone into the camera: frames go to the server, which reads them."""
    card = await issued(floor, 8_000)
    async with filming(film_of(card.number, folder)) as browser:
        sight = await look_through(browser, floor.url, width=820)
        await sight.context.add_cookies(await sight_of.context.cookies())  # type: ignore[arg-type]  # the same, read
        page = await sight.open(COUNTER)
        await page.get_by_role("button", name="Use the camera").click()
        await heading(page, "$80.00 available")
        await page.get_by_role("button", name="Take all").click()
        await heading(page, "Gift certificate redeemed")
        assert any(request.endswith("/frame") for request in sight.requests)
        assert sight.complaints == []
    assert await card.left(floor.application) == (0, 0)


async def test_a_saturday_at_the_till(browser: Browser, floor: Shopfloor, tmp_path: Path) -> None:
    sight: Sight = await look_through(browser, floor.url, width=820, still=True)
    page = await set_up(floor, sight, "Bar left")
    await unlocks(page)
    await page.goto(f"{floor.url}{COUNTER}/drawer")
    await page.get_by_label("Amount").fill("100.00")
    await page.get_by_role("button", name="Book it").click()
    await expect(page.get_by_text("It is booked.")).to_be_visible()
    await page.goto(floor.url + COUNTER)

    await redeems_and_undoes(page, floor)
    await seen_by_camera(floor, tmp_path, page)
    await three_on_a_bill(page, floor)
    tab = await sets_aside(page, floor)
    await page.goto(floor.url + COUNTER)
    shop = Shop(floor.url, floor.application, floor.merchant, floor.clerk)
    await sells_for_cash(page, [])
    await sells_on_a_phone(browser, shop, page, [])
    await captures(page, floor, tab)
    await pays_out(page, floor)
    await unlocks(page)
    assert await closes(page, floor) == [
        ["Paid out", "Bob", "Cash", "1", "−$9.00"],
        ["Put into the drawer", "Bob", "Cash", "1", "$100.00"],
        ["Redemptions", "Bob", "", "4", "$292.50"],
        ["Sales", "The buyer", "Online", "1", "$120.00"],
        ["Sales", "Bob", "Cash", "1", "$54.13"],
        ["Undone redemptions", "Bob", "", "1", "−$62.50"],
    ]
    async with floor.application.database.connection() as connection:
        assert [one async for one in verify(connection)] == []
    assert [one for one in sight.complaints if "status of 4" not in one] == []
    await sight.context.close()
