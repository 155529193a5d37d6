"""From an empty installation to the first sale: the token, the shop and its owner, the checklist, a buyer."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace as with_parts
from typing import NamedTuple

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from largesse.adapters.typeset import TypstTypesetter
from largesse.app.application import Application
from largesse.app.routes import interface_routes
from largesse.app.web import make_app
from largesse.db import Database
from largesse.domain import merchants
from largesse.domain.payments import Gateways, ManualGateway, TestGateway
from largesse.services import setup
from tests.browser.conftest import free_port
from tests.browser.eyes import faults_of, look_through
from tests.browser.hands import say_who_pays, write
from tests.browser.test_buying import pay
from tests.browser.test_office import whole, with_authenticator
from tests.builders.application import an_application
from tests.builders.catalog import a_draft, on_sale
from tests.support.postgres import Server, fresh_database
from tests.support.serving import served

pytestmark = pytest.mark.asyncio(loop_scope="session")


class Bare(NamedTuple):
    """An installation in which nobody sells yet, and the token that it printed."""

    url: str
    application: Application
    database: Database
    token: str


@pytest_asyncio.fixture(loop_scope="session")
async def bare(postgres_server: Server) -> AsyncIterator[Bare]:
    """An installation with the real typesetter and the test gateway, and nothing else."""
    port = free_port()
    base_url = f"http://localhost:{port}"
    async with contextlib.AsyncExitStack() as stack:
        dsn = await stack.enter_async_context(fresh_database(postgres_server))
        database = await stack.enter_async_context(await Database.open(dsn))
        typesetter = await stack.enter_async_context(TypstTypesetter(threads=1))
        plain = await stack.enter_async_context(an_application(database, typesetter=typesetter))
        trial = TestGateway(keyring=plain.keyring, base_url=base_url, for_real=False)
        application = with_parts(plain, base_url=base_url, gateways=Gateways(trial, ManualGateway()))
        async with database.transaction() as connection:
            token = await setup.offer_setup(connection, now=application.clock.now())
        await stack.enter_async_context(served(make_app(interface_routes(application)), port=port))
        yield Bare(base_url, application, database, token)


async def ticked(page: Page) -> list[str]:
    """The steps of the checklist that are done."""
    return await page.locator(".steps li", has=page.get_by_text("done", exact=True)).locator("b").all_inner_texts()


async def test_from_an_empty_installation_to_the_first_sale(browser: Browser, bare: Bare) -> None:
    sight = await look_through(browser, bare.url, width=1280, still=True)
    page = await sight.open(f"/setup#{bare.token}")
    assert await faults_of(page, "setup-token") == []
    await expect(page.get_by_label("Token")).to_have_value(bare.token)
    assert bare.token not in page.url
    await page.get_by_role("button", name="Go on").click()
    await expect(page.get_by_label("Time zone")).not_to_have_value("")
    await whole(page)
    assert await faults_of(page, "setup-open") == []
    await page.get_by_role("button", name="Open the shop with a password").click()
    await whole(page)
    assert await faults_of(page, "setup-wrong") == []

    await with_authenticator(page)
    await page.get_by_label("Name of the shop").fill("Corner Spa")
    await page.get_by_label("Your name").fill("Ada Lovelace")
    await page.get_by_label("Your e-mail address").fill("ada@spa.example")
    await page.get_by_role("button", name="Open the shop with a passkey").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Your recovery codes")
    assert await page.locator(".recovery-codes li").count() == 10
    await page.get_by_role("link", name="I have kept them").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Today")
    await whole(page)
    assert await faults_of(page, "setup-today") == []
    assert await ticked(page) == []

    async with bare.database.connection() as connection:
        [merchant] = await merchants.list_merchants(connection)
    await on_sale(bare.database, merchant, a_draft())
    await page.reload()
    assert await ticked(page) == ["Your first offering"]
    await page.goto(f"{bare.url}/corner-spa")
    await page.get_by_role("link", name="An amount of your choice").click()
    await write(page)
    await page.get_by_role("button", name="Go on to payment").click()
    await say_who_pays(page)
    await pay(page)
    await expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
    await page.goto(f"{bare.url}/admin/corner-spa/orders")
    await expect(page.get_by_text("1 order", exact=True)).to_be_visible()

    gone = await page.goto(f"{bare.url}/setup")
    assert gone is not None
    assert gone.status == 404
    await sight.context.close()
