"""The catalogue in a real browser: a form that shows what it comes to, lines that are dragged, a drawn frame."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace as with_parts
from datetime import datetime
from typing import NamedTuple, Unpack
from uuid import UUID

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from largesse.app.application import Application
from largesse.app.routes import interface_routes
from largesse.app.web import make_app
from largesse.db import Database
from largesse.domain import catalog, saved_views
from largesse.domain.catalog import Offering
from largesse.domain.merchants import Merchant
from largesse.domain.partners import Partner, PartnerChange, Terms
from largesse.services import catalog as services
from largesse.services import partners as services_of_partners
from largesse.services.partners import PartnerWanted
from largesse.services.staff import Manager
from tests.browser.conftest import Open, free_port
from tests.browser.eyes import Sight, Ways, drawn, faults_of, look_through
from tests.builders.application import an_application
from tests.builders.catalog import a_code, a_draft, a_package, a_picture_file, on_sale
from tests.builders.certificates import a_merchant
from tests.builders.office import a_session_of
from tests.builders.staff import Worker, a_worker
from tests.support.postgres import Server, fresh_database
from tests.support.serving import served

pytestmark = pytest.mark.asyncio(loop_scope="session")

HERE = "/admin/corner-spa/catalogue"
PARTNERS = "/admin/corner-spa/partners"


class Running(NamedTuple):
    """An office that is served, with something on sale."""

    url: str
    application: Application
    merchant: Merchant
    owner: Worker
    first: Offering
    second: Offering
    partner: Partner


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def running(postgres_server: Server) -> AsyncIterator[Running]:
    """An office with an amount, a package that is nearly sold out, a promo code and a picture."""
    port = free_port()
    base_url = f"http://localhost:{port}"
    async with contextlib.AsyncExitStack() as stack:
        dsn = await stack.enter_async_context(fresh_database(postgres_server))
        database = await stack.enter_async_context(await Database.open(dsn))
        plain = await stack.enter_async_context(an_application(database))
        application = with_parts(plain, base_url=base_url)
        now = application.clock.now()
        merchant = await a_merchant(database)
        owner = await a_worker(application, merchant, name="Ada Lovelace", now=now)
        first = await on_sale(database, merchant, a_draft(sort=1, description="For whatever feels right on the day."))
        second = await on_sale(database, merchant, a_package(sort=2, stock=1))
        await a_code(database, merchant, uses_max=500)
        await services.add_picture(application, merchant, a_picture_file(), alt="Red and blue", now=now)
        await stack.enter_async_context(served(make_app(interface_routes(application)), port=port))
        partner = await a_partner(application, merchant, owner_id=owner.person.person_id, now=now)
        yield Running(base_url, application, merchant, owner, first, second, partner)


async def a_partner(application: Application, merchant: Merchant, *, owner_id: UUID, now: datetime) -> Partner:
    """A partner that has used most of its credit, with a user and a key; and a view of the list that is saved."""
    operator = Manager(actor="test")
    wanted = PartnerWanted(
        details=PartnerChange(name="Hotel Sunrise", contact_email="desk@hotel.example"),
        terms={"USD": Terms(amount_max=500_00, credit_limit=10_000_00)},
    )
    async with application.database.transaction() as connection:
        partner = await services_of_partners.add_partner(connection, merchant, wanted, by=operator, now=now)
        await connection.execute("UPDATE agreement_terms SET credit_used = 900000")
    user, _ = await services_of_partners.add_user(
        application, merchant, partner, "shop@hotel.example", by=operator, now=now
    )
    async with application.database.transaction() as connection:
        await saved_views.save_view(
            connection, merchant.merchant_id, owner_id, of="partners", name="Who orders", query="state=orders", now=now
        )
        await services_of_partners.make_key(connection, merchant, user, by=operator, now=now)
    return partner


@pytest_asyncio.fixture(loop_scope="session")
async def office(browser: Browser, running: Running) -> AsyncIterator[Open]:
    """Open the office in a way of looking, signed in."""
    async with contextlib.AsyncExitStack() as stack:

        async def open_office(**ways: Unpack[Ways]) -> Sight:
            sight = await look_through(browser, running.url, **ways)
            stack.push_async_callback(sight.context.close)
            application = running.application
            session = await a_session_of(application, running.owner, running.merchant, now=application.clock.now())
            await sight.context.add_cookies([{"name": "staff", "value": session.token, "url": running.url}])
            return sight

        yield open_office


async def whole(page: Page) -> Page:
    """Let the window show the page to its end: the bar at the bottom covers what one scrolls to, and axe does not."""
    height = await page.evaluate("document.documentElement.scrollHeight")
    size = page.viewport_size
    assert size is not None
    await page.set_viewport_size({"width": size["width"], "height": max(size["height"], int(height))})
    return page


async def slugs(running: Running) -> list[str]:
    async with running.application.database.connection() as connection:
        found = await catalog.list_offerings(connection, running.merchant.merchant_id)
    return [one.slug for one in found]


async def test_somebody_changes_an_offering_and_sees_at_once_what_it_comes_to(office: Open, running: Running) -> None:
    sight = await office(width=1280)
    page = await sight.open(HERE)
    await page.get_by_role("link", name="1 hr Massage").click()
    seal = page.locator("[data-live-src=preview]")
    await drawn(seal)
    before = await seal.get_attribute("src")
    await page.get_by_label("Title", exact=True).fill("A long massage")
    await page.locator("#field-price").fill("130")
    await expect(page.locator(".shop-card [data-live-value=card_title]")).to_have_text("A long massage")
    await expect(page.locator(".shop-card [data-live-value=card_price]")).to_have_text("$130")
    await expect(seal).not_to_have_attribute("src", before or "")
    await drawn(seal)
    await page.get_by_role("button", name="Publish").click()
    await expect(page.get_by_text("Published.")).to_be_visible()
    await page.get_by_role("link", name="Catalogue").first.click()
    line = page.locator("[data-arrange-id]").nth(1)
    await line.drag_to(page.locator("[data-arrange-id]").first, target_position={"x": 200, "y": 2})
    await expect(page.locator("[data-arrange-id]").first).to_contain_text("A long massage")
    await page.wait_for_load_state()
    assert await slugs(running) == ["massage", "any-amount"]
    await page.get_by_role("button", name="Move A long massage down").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("[data-arrange-id]").last).to_contain_text("A long massage")
    assert await slugs(running) == ["any-amount", "massage"]
    assert sight.complaints == []


async def test_a_frame_is_drawn_over_a_picture(office: Open) -> None:
    sight = await office(width=820)
    page = await sight.open(f"{HERE}/pictures")
    await page.get_by_role("link", name="Crop").first.click()
    stage = page.locator(".crop-stage")
    box = await stage.bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + 1, box["y"] + 1)
    await page.mouse.down()
    await page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] - 1)
    await page.mouse.up()
    await expect(page.get_by_label("Right")).to_have_value("50")
    assert await faults_of(await whole(page), "catalogue-crop") == []
    await page.get_by_role("button", name="Keep this part").click()
    await expect(page.locator("#new")).to_be_visible()
    assert sight.complaints == []


@pytest.mark.parametrize("width", [360, 820, 1280])
async def test_every_page_of_catalogue_and_partners_can_be_read_and_used_by_everyone(
    office: Open, running: Running, width: int
) -> None:
    sight = await office(width=width, still=True)
    pages = {
        "overview": HERE,
        "offering": f"{HERE}/offerings/{running.first.offering_id}",
        "new": f"{HERE}/offerings/new",
        "promos": f"{HERE}/promo-codes",
        "promo": f"{HERE}/promo-codes/SPRING",
        "look": f"{HERE}/look",
        "pictures": f"{HERE}/pictures",
        "partners": PARTNERS,
        "partner": f"{PARTNERS}/{running.partner.partner_id}",
        "selling": "/admin/corner-spa/orders/new",
        "saved-views": f"{PARTNERS}?state=orders",
        "partner-change": f"{PARTNERS}/{running.partner.partner_id}/change",
    }
    for name, path in pages.items():
        page = await whole(await sight.open(path))
        await page.evaluate("for (const one of document.querySelectorAll('main details')) one.open = true")
        await whole(page)
        assert await faults_of(page, f"catalogue-{name}") == []
        await page.close()
    assert sight.complaints == []
