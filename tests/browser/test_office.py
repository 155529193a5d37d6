"""Staff at their pages, in a real browser: from the invitation to the office, with and without scripts, by keyboard."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace as with_parts
from typing import NamedTuple, Unpack
from uuid import uuid4

import pyotp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, CDPSession, Page, expect

from largesse.app.application import Application
from largesse.app.routes import interface_routes
from largesse.app.web import make_app
from largesse.db import Database
from largesse.domain import staff
from largesse.domain.merchants import Merchant
from largesse.domain.staff import LinkPurpose, Role
from largesse.domain.withdrawals import WithdrawalForm
from largesse.services import staff as services
from largesse.services.withdrawals import receive
from tests.browser.conftest import Open, free_port
from tests.browser.eyes import Sight, Ways, faults_of, look_through, too_wide, violations
from tests.browser.hands import tab_to
from tests.builders.application import an_application
from tests.builders.certificates import a_merchant
from tests.builders.staff import OPERATOR, PASSWORD, Worker, a_worker
from tests.support.postgres import Server, fresh_database
from tests.support.serving import served

pytestmark = pytest.mark.asyncio(loop_scope="session")


class Running(NamedTuple):
    """An office that is served: its address, and what stands behind it."""

    url: str
    application: Application
    merchant: Merchant
    owner: Worker


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def running(postgres_server: Server) -> AsyncIterator[Running]:
    """An office with an owner, a clerk, somebody who waits, and somebody invited."""
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
        await a_worker(application, merchant, email="bob@bakery.example", name="Bob", role=Role.CLERK, now=now)
        await services.invite(application, merchant, "carl@bakery.example", Role.BOOKKEEPER, by=OPERATOR, now=now)
        slip = WithdrawalForm(name="Grace Hopper", order_number="GL-7K2M9QXR4T", email="grace@example.com")
        await receive(application, merchant, slip, operation_id=uuid4(), actor="buyer", now=now)
        await stack.enter_async_context(served(make_app(interface_routes(application)), port=port))
        yield Running(base_url, application, merchant, owner)


@pytest_asyncio.fixture(loop_scope="session")
async def office(browser: Browser, running: Running) -> AsyncIterator[Open]:
    """Open the office in a way of looking."""
    async with contextlib.AsyncExitStack() as stack:

        async def open_office(**ways: Unpack[Ways]) -> Sight:
            sight = await look_through(browser, running.url, **ways)
            stack.push_async_callback(sight.context.close)
            return sight

        yield open_office


async def invited(running: Running, email: str, role: Role = Role.MANAGER) -> str:
    """The page of an invitation."""
    application, merchant = running.application, running.merchant
    now = application.clock.now()
    made = await services.invite(application, merchant, email, role, by=OPERATOR, now=now)
    address = services.invitation_address(application, merchant.merchant_id, made.invitation_id)
    return address.removeprefix(running.url)


async def comes_in(sight: Sight, running: Running, worker: Worker) -> None:
    """Give the browser a session of somebody; codes of an authenticator count once, and tests are quick."""
    async with running.application.database.transaction() as connection:
        now = running.application.clock.now()
        session, _ = await staff.begin_session(
            connection, worker.person.person_id, agent="Chromium 149 on Linux", address="127.0.0.1", now=now
        )
        _, token = await staff.sign_in(connection, session, now=now)
    await sight.context.add_cookies([{"name": "staff", "value": token, "url": running.url}])


async def whole(page: Page) -> Page:
    """Let the window show the page to its end: the bar at the bottom covers what one scrolls to, and axe does not."""
    height = await page.evaluate("document.documentElement.scrollHeight")
    size = page.viewport_size
    assert size is not None
    await page.set_viewport_size({"width": size["width"], "height": max(size["height"], int(height))})
    return page


async def accept(page: Page, name: str) -> tuple[str, list[str]]:
    """Fill in an invitation; return the authenticator's key and the recovery codes."""
    await page.get_by_label("Your name").fill(name)
    await page.get_by_label("Choose a password").fill(PASSWORD)
    await page.get_by_text("I cannot scan it").click()
    key = (await page.locator("details .number").inner_text()).replace(" ", "")
    await page.get_by_label("Code", exact=True).fill(pyotp.TOTP(key).now())
    await page.get_by_role("button", name="Accept the invitation").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Your recovery codes")
    return key, await page.locator(".recovery-codes li").all_inner_texts()


@pytest.mark.parametrize("scripts", [True, False])
async def test_somebody_accepts_signs_out_and_in_with_a_recovery_code_and_is_confirmed(
    office: Open, running: Running, *, scripts: bool
) -> None:
    sight = await office(width=360, scripts=scripts)
    email = f"mia{scripts}@bakery.example".lower()
    page = await sight.open(await invited(running, email))
    _, codes = await accept(page, "Mia")
    await page.get_by_role("link", name="I have kept them").click()
    await expect(page.get_by_text("waits to be confirmed")).to_be_visible()
    await page.get_by_role("button", name="Sign out", exact=True).click()
    await page.get_by_label("E-mail address").fill(email)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Go on").click()
    await page.get_by_label("Code").fill(codes[3].lower())
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Mia")
    await expect(page.get_by_text("You have 9 left.")).to_be_visible()
    assert sight.complaints == []

    owner = await office(width=1280, scripts=scripts)
    await comes_in(owner, running, running.owner)
    desk = await owner.open("/admin/corner-spa")
    await desk.get_by_role("link", name="Look at who it is").click()
    who = desk.locator("li", has_text=email).first
    await who.get_by_role("button", name="It was: confirm").click()
    await desk.get_by_label("Password").fill(PASSWORD)
    await desk.get_by_role("button", name="Go on").click()
    await desk.locator("li", has_text=email).first.get_by_role("button", name="It was: confirm").click()
    await expect(desk.get_by_text("Confirmed.")).to_be_visible()
    await page.reload()
    await page.get_by_role("link", name="Corner Spa").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Today")


@pytest.mark.parametrize("width", [360, 1280])
async def test_every_page_of_staff_can_be_read_and_used_by_everyone(office: Open, running: Running, width: int) -> None:
    application, person = running.application, running.owner.person
    async with application.database.transaction() as connection:
        now = application.clock.now()
        reset = await staff.make_link(connection, person.person_id, LinkPurpose.RESET, now=now)
        anew = await staff.make_link(connection, person.person_id, LinkPurpose.RECOVERY, now=now)
    links = [
        services.person_address(application, one.link_id, one.purpose).removeprefix(running.url)
        for one in (reset, anew)
    ]
    sight = await office(width=width, still=True)
    open_pages = {
        "sign-in": "/staff/sign-in",
        "forgotten": "/staff/forgotten",
        "new-password": links[0],
        "recovery": links[1],
        "link-gone": "/staff/invitation?token=x",
        "invitation": await invited(running, f"eve{width}@bakery.example"),
    }
    for name, path in open_pages.items():
        page = await sight.open(path)
        assert await faults_of(page, f"staff-{name}") == []
    page = await sight.open("/staff/sign-in")
    await page.get_by_role("button", name="Go on").click()
    assert await faults_of(page, "staff-sign-in-wrong") == []
    await comes_in(sight, running, running.owner)
    for name, path in {
        "own": "/staff",
        "today": "/admin/corner-spa",
        "people": "/admin/corner-spa/people",
        "withdrawals": "/admin/corner-spa/orders/withdrawals",
        "step-up": "/staff/confirm/corner-spa?next=/admin/corner-spa",
    }.items():
        page = await whole(await sight.open(path))
        assert await faults_of(page, f"staff-{name}") == []
    page = await sight.open("/admin/corner-spa/people")
    for one in await page.get_by_text("Change or end").all():
        await one.click()
    await whole(page)
    assert await faults_of(page, "staff-people-open") == []
    assert [one for one in sight.complaints if "status of 4" not in one] == []


@pytest.mark.parametrize("language", ["es", "fr", "de"])
async def test_longer_words_still_fit_a_phone(office: Open, running: Running, language: str) -> None:
    sight = await office(width=320)
    await sight.context.add_cookies([{"name": "language", "value": language, "url": sight.base_url}])
    await comes_in(sight, running, running.owner)
    for path in ("/staff", "/admin/corner-spa", "/admin/corner-spa/people", "/staff/confirm/corner-spa"):
        page = await whole(await sight.open(path))
        assert await page.locator("html").get_attribute("lang") == language
        assert await too_wide(page) == 0, path
        assert await violations(page) == [], path


async def test_a_keyboard_alone_signs_in(office: Open) -> None:
    page = await (await office()).open("/staff/sign-in")
    await tab_to(page, page.get_by_label("E-mail address"))
    await page.keyboard.type("ada@bakery.example")
    await tab_to(page, page.get_by_label("Password"))
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Second factor")


async def with_authenticator(page: Page) -> CDPSession:
    """Give a page a virtual authenticator that keeps passkeys and verifies its user."""
    session = await page.context.new_cdp_session(page)
    await session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    await session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session


async def test_a_passkey_is_made_signs_in_alone_and_is_removed(office: Open, running: Running) -> None:
    grace = await a_worker(
        running.application, running.merchant, email="grace@bakery.example", name="Grace", role=Role.CLERK,
        now=running.application.clock.now(),
    )  # fmt: skip
    sight = await office()
    await comes_in(sight, running, grace)
    page = await sight.open("/staff")
    await with_authenticator(page)
    made = page.locator("form[action='/staff/passkeys']")
    await made.get_by_label("What you call it").fill("My telephone")
    await made.get_by_label("Your password now").fill("not the password at all")
    await made.get_by_role("button", name="Make a passkey").click()
    await expect(page.get_by_text("This is not your password.")).to_be_visible()
    await made.get_by_label("What you call it").fill("My telephone")
    await made.get_by_label("Your password now").fill(PASSWORD)
    await made.get_by_role("button", name="Make a passkey").click()
    await expect(page.get_by_text("The passkey is kept")).to_be_visible()
    await expect(page.get_by_text("My telephone")).to_be_visible()
    await page.get_by_role("button", name="Sign out", exact=True).click()
    await page.get_by_role("button", name="Sign in with a passkey").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Grace")
    await page.locator("form[action='/staff/passkeys/remove']").get_by_role("button").click()
    await expect(page.get_by_text("The passkey counts no more.")).to_be_visible()
    await page.get_by_role("button", name="Sign out", exact=True).click()
    await page.get_by_role("button", name="Sign in with a passkey").click()
    await expect(page.get_by_text("This passkey does not count here")).to_be_visible()


async def test_what_a_passkey_signed_counts_once_and_in_its_own_browser(office: Open, running: Running) -> None:
    sight = await office()
    await comes_in(sight, running, running.owner)
    page = await sight.open("/staff")
    await with_authenticator(page)
    await page.get_by_label("What you call it").fill("Key")
    await page.locator("#passkey-current").fill(PASSWORD)
    await page.get_by_role("button", name="Make a passkey").click()
    await expect(page.get_by_text("The passkey is kept")).to_be_visible()
    await page.get_by_role("button", name="Sign out", exact=True).click()
    sent: list[str] = []
    page.on(
        "request",
        lambda request: sent.append(request.post_data or "") if request.url.endswith("/staff/passkey") else None,
    )
    await page.get_by_role("button", name="Sign in with a passkey").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Ada Lovelace")
    await page.goto(f"{running.url}/staff/confirm/corner-spa?next=/admin/corner-spa/people")
    await page.get_by_role("button", name="Use a passkey").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("People")
    await page.get_by_label("E-mail address").fill("zoe@bakery.example")
    await page.get_by_role("button", name="Invite", exact=True).click()
    await expect(page.get_by_text("The invitation is on its way.")).to_be_visible()
    await page.goto(f"{running.url}/staff")
    await page.get_by_role("button", name="Sign out", exact=True).click()
    [body] = sent
    headers = {"content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin"}
    again = await page.request.post(f"{running.url}/staff/passkey", data=body, headers=headers, max_redirects=0)
    assert again.status == 422
    assert "This passkey does not count here" in await again.text()
    other = await office()
    await other.open("/staff/sign-in")
    strange = await other.context.request.post(
        f"{running.url}/staff/passkey", data=body, headers=headers, max_redirects=0
    )
    assert strange.status == 403


async def test_without_scripts_nothing_of_passkeys_shows_and_the_password_does(office: Open) -> None:
    page = await (await office(scripts=False)).open("/staff/sign-in")
    await expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()
    await expect(page.get_by_label("Password")).to_be_visible()
