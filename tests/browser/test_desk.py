"""The office's lists and pages in a real browser: at every width, in light and dark, by keys and without scripts."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace as with_parts
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple, Unpack

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from largesse.app.application import Application
from largesse.app.routes import interface_routes
from largesse.app.web import make_app
from largesse.db import Database
from largesse.domain.merchants import Merchant
from largesse.domain.rates import Rate
from largesse.domain.staff import Role
from largesse.outbox import ReceiverAnswer
from largesse.services.banking import keep_rates
from largesse.services.certificates import redeem
from largesse.services.endpoints import AddEndpoint, Format, add_endpoint
from largesse.services.orders.selling import place
from tests.browser.conftest import Open, free_port
from tests.browser.eyes import Sight, Ways, faults_of, look_through, too_wide
from tests.browser.test_office import whole
from tests.builders.application import an_application
from tests.builders.certificates import a_card, a_merchant, a_request
from tests.builders.gifts import a_gift, a_relay, bought
from tests.builders.office import a_session_of
from tests.builders.orders import a_basket, a_charge
from tests.builders.staff import OPERATOR, Worker, a_worker
from tests.fakes.senders import KeepingSender
from tests.support.postgres import Server, fresh_database
from tests.support.serving import served

pytestmark = pytest.mark.asyncio(loop_scope="session")

HOME = "/admin/corner-spa"
NAMES = ("Ada Lovelace", "Grace Hopper", "Mary Jackson", "Katherine Johnson", "Joan Clarke", "Hedy Lamarr")


class AtWork(NamedTuple):
    """An office in use: its address, and what stands behind it."""

    url: str
    application: Application
    merchant: Merchant
    owner: Worker


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def at_work(postgres_server: Server) -> AsyncIterator[AtWork]:
    """An office with two months of orders."""
    port = free_port()
    base_url = f"http://localhost:{port}"
    async with contextlib.AsyncExitStack() as stack:
        dsn = await stack.enter_async_context(fresh_database(postgres_server))
        database = await stack.enter_async_context(await Database.open(dsn))
        plain = await stack.enter_async_context(an_application(database))
        application = with_parts(plain, base_url=base_url)
        now = application.clock.now()
        merchant = await a_merchant(database)
        await an_endpoint(application, merchant, now=now - timedelta(days=30))
        owner = await a_worker(application, merchant, name="Ada Lovelace", now=now)
        await a_worker(application, merchant, email="bob@bakery.example", name="Bob", role=Role.CLERK, now=now)
        for number in range(60, 0, -1):
            gift = a_gift(a_charge(2_500 + number * 730), name=NAMES[number % len(NAMES)].split()[0])
            await bought(application, merchant, gift, now=now - timedelta(days=number, minutes=number * 7))
        rate = Rate(
            merchant_id=merchant.merchant_id, currency="EUR", day=now.date(), rate=Decimal("0.9227"), source="ECB",
            set_by=owner.person.name, set_at=now,
        )  # fmt: skip
        await keep_rates(application, merchant, [rate], by=OPERATOR, now=now)
        await a_card(application, merchant, now=now)
        card = await a_card(application, merchant, now=now)
        await redeem(application, card.place, value=2_500, currency="USD", request=a_request(), now=now)
        await place(application, merchant, a_basket(), now=now)
        busy = KeepingSender(
            lambda _: ReceiverAnswer(status_code=503, error="The receiver answered 503.", body=b"busy")
        )
        await a_relay(application, KeepingSender(), http=busy).run_once(now)
        async with database.transaction() as connection:
            await connection.execute(
                "UPDATE gifts SET status = 'failed', trouble = 'refused' WHERE order_id IN "
                "(SELECT order_id FROM gifts ORDER BY created_at DESC LIMIT 2)"
            )
        await stack.enter_async_context(served(make_app(interface_routes(application)), port=port))
        yield AtWork(base_url, application, merchant, owner)


@pytest_asyncio.fixture(loop_scope="session")
async def desk(browser: Browser, at_work: AtWork) -> AsyncIterator[Open]:
    """Open the office as its owner, in a way of looking."""
    async with contextlib.AsyncExitStack() as stack:

        async def open_desk(**ways: Unpack[Ways]) -> Sight:
            sight = await look_through(browser, at_work.url, **ways)
            stack.push_async_callback(sight.context.close)
            application = at_work.application
            session = await a_session_of(application, at_work.owner, at_work.merchant, now=application.clock.now())
            await sight.context.add_cookies([{"name": "staff", "value": session.token, "url": at_work.url}])
            return sight

        yield open_desk


async def an_endpoint(application: Application, merchant: Merchant, *, now: datetime) -> None:
    """Have a back office told, which does not answer well."""
    url = "https://erp.example.com/orders?key=phrase"
    wanted = AddEndpoint(
        merchant_id=merchant.merchant_id, format=Format.ORDER_FORM, url=url, notify=merchant.contact_email
    )
    async with application.transaction() as connection:
        await add_endpoint(connection, application.keyring, wanted, reach=application.reach, now=now)


PAGES = {
    "today": HOME,
    "audit": f"{HOME}/audit",
    "search": f"{HOME}/search",
    "orders": f"{HOME}/orders",
    "orders-narrowed": f"{HOME}/orders?status=issued&placed=7d&sort=largest",
    "orders-none": f"{HOME}/orders?status=cancelled",
    "certificates": f"{HOME}/certificates",
    "deliveries": f"{HOME}/deliveries",
    "settings": f"{HOME}/settings",
    "settings-shop": f"{HOME}/settings/shop",
    "settings-locations": f"{HOME}/settings/locations",
    "settings-law": f"{HOME}/settings/law?profile=US-CA",
    "settings-payments": f"{HOME}/settings/payments",
    "settings-change": f"{HOME}/settings/locations/MAIN/change",
    "rates": f"{HOME}/bank/rates",
    "keys": f"{HOME}/keys",
    "places": f"{HOME}/places",
}


@pytest.mark.parametrize("width", [360, 820, 1280])
async def test_every_page_of_the_office_can_be_read_and_used_by_everyone(desk: Open, width: int) -> None:
    sight = await desk(width=width, still=True)
    for name, path in PAGES.items():
        page = await whole(await sight.open(path))
        assert await faults_of(page, f"desk-{name}") == [], name
    assert [one for one in sight.complaints if "status of 4" not in one] == []


@pytest.mark.parametrize("width", [360, 820, 1280])
async def test_the_story_of_an_order_and_a_certificate_can_be_read_by_everyone(desk: Open, width: int) -> None:
    sight = await desk(width=width, still=True)
    for name in ("order", "certificate"):
        page = await sight.open(f"{HOME}/{name}s")
        await page.locator("[data-row]").nth(2).click()
        await expect(page.get_by_role("heading", name="What happened")).to_be_visible()
        await whole(page)
        assert await faults_of(page, f"desk-{name}") == [], name
    assert sight.complaints == []


@pytest.mark.parametrize("width", [360, 1280])
async def test_an_endpoint_is_added_and_a_delivery_read_to_the_byte(desk: Open, width: int) -> None:
    sight = await desk(width=width, still=True)
    page = await sight.open(f"{HOME}/deliveries?status=pending")
    await page.locator("td [data-row]").first.click()
    await expect(page.get_by_text("The receiver answered 503.")).to_be_visible()
    await whole(page)
    assert await faults_of(page, "desk-delivery") == []
    await page.get_by_label("Breadcrumb").get_by_role("link", name="https://erp.example.com/orders").click()
    await whole(page)
    assert await faults_of(page, "desk-endpoint") == []
    await page.get_by_label("Breadcrumb").get_by_role("link", name="Deliveries").click()
    await page.get_by_role("link", name="Add an endpoint").click()
    await whole(page)
    assert await faults_of(page, "desk-endpoint-new") == []
    await page.get_by_label("Address", exact=True).fill(f"https://hooks.example.com/{width}")
    await page.get_by_label("In words").fill("Our new shop")
    await page.get_by_role("button", name="See what will happen").click()
    await page.get_by_role("button", name="Add an endpoint").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("The secret")
    await whole(page)
    assert await faults_of(page, "desk-endpoint-secret") == []
    await page.get_by_role("link", name="I have kept it").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(f"https://hooks.example.com/{width}")
    assert sight.complaints == []


@pytest.mark.parametrize("width", [360, 1280])
async def test_an_act_is_read_and_confirmed_by_everyone(desk: Open, width: int) -> None:
    sight = await desk(width=width, still=True)
    page = await sight.open(f"{HOME}/certificates")
    await page.locator("[data-row]").first.click()
    await page.get_by_role("link", name="Adjust").click()
    await whole(page)
    assert await faults_of(page, "desk-act-form") == []
    await page.get_by_label("Value by").fill("-5")
    await page.get_by_role("button", name="See what will happen").click()
    await whole(page)
    assert await faults_of(page, "desk-act-wrong") == []
    await page.get_by_label("In words").fill("Counted twice")
    await page.get_by_role("button", name="See what will happen").click()
    await whole(page)
    assert await faults_of(page, "desk-act-sure") == []
    await page.get_by_role("button", name="Adjust").click()
    await expect(page.get_by_text("It is adjusted.")).to_be_visible()
    await whole(page)
    assert await faults_of(page, "desk-act-done") == []
    for name in ("Show its number", "Void it for good", "Block"):
        await page.get_by_role("link", name=name).click()
        await whole(page)
        assert await faults_of(page, f"desk-act-{name.split()[0].lower()}") == []
        await page.get_by_role("link", name="Leave it as it is").click()


async def test_a_list_is_walked_and_opened_by_keys_alone(desk: Open) -> None:
    sight = await desk(width=1280)
    page = await sight.open(HOME)
    await page.keyboard.press("g")
    await page.keyboard.press("o")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Orders")
    await page.keyboard.press("j")
    await page.keyboard.press("j")
    second = page.locator("[data-row]").nth(1)
    await expect(second).to_be_focused()
    await page.keyboard.press("k")
    await expect(page.locator("[data-row]").first).to_be_focused()
    await page.keyboard.press("?")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Keys")
    await page.get_by_label("Turn these keys off in this browser").check()
    await page.keyboard.press("g")
    await page.keyboard.press("t")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Keys")


async def test_the_box_is_reached_by_a_key_and_leads_to_what_is_found(desk: Open) -> None:
    sight = await desk(width=1280, still=True)
    page = await sight.open(f"{HOME}/orders")
    number = await page.locator("[data-row]").first.inner_text()
    await page.keyboard.press("/")
    await page.keyboard.type("hopper")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Found for “hopper”")).to_be_visible()
    assert "hopper" not in page.url.lower()
    await whole(page)
    assert await faults_of(page, "desk-search-found") == []
    await page.keyboard.press("/")
    await page.keyboard.type(number)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text(f"Order {number}")


def placed_in_seven_days(at_work: AtWork) -> int:
    """How many orders of `at_work` are of today and the six days before, which begin at the merchant's midnight."""
    now = at_work.application.clock.now()
    first = now.astimezone(at_work.merchant.zone).date() - timedelta(days=6)
    placed = [now] + [now - timedelta(days=number, minutes=number * 7) for number in range(60, 0, -1)]
    return sum(one.astimezone(at_work.merchant.zone).date() >= first for one in placed)


@pytest.mark.parametrize("scripts", [True, False])
async def test_a_sentence_is_filled_in_with_and_without_scripts(desk: Open, at_work: AtWork, *, scripts: bool) -> None:
    sight = await desk(width=820, scripts=scripts)
    page = await sight.open(f"{HOME}/orders")
    await page.get_by_label("When they were placed").select_option("7d")
    if not scripts:
        await page.get_by_role("button", name="Show").click()
    await expect(page.locator(".said").first).to_have_text(f"{placed_in_seven_days(at_work)} orders")
    assert "placed=7d" in page.url


async def test_a_list_fits_a_narrow_telephone(desk: Open) -> None:
    sight = await desk(width=320)
    for path in PAGES.values():
        assert await too_wide(await sight.open(path)) == 0, path
