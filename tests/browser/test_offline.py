"""The line drops in the middle of a day: a till goes on by its book, and what it took comes in once."""

import asyncio
import contextlib
import io
from collections.abc import AsyncIterator
from dataclasses import replace as with_parts
from typing import Any, NamedTuple

import pytest
import pytest_asyncio
import zxingcpp
from PIL import Image
from playwright.async_api import Browser, Page, expect

from largesse.app.application import Application
from largesse.app.routes import interface_routes
from largesse.app.web import make_app
from largesse.db import Database
from largesse.domain import devices, offline, staff
from largesse.domain.devices import DeviceChange
from largesse.domain.locations import default_location
from largesse.domain.merchants import Merchant
from largesse.domain.offline import mac_of, read_paper, read_row
from largesse.domain.staff import Role
from largesse.kernel.numbers import in_groups
from largesse.services.certificates import redeem
from largesse.services.merchants import confirm_device, invite_device, revoke_device
from largesse.services.offline import book_keys
from tests.browser.conftest import free_port
from tests.browser.eyes import Sight, faults_of, look_through
from tests.builders.application import an_application
from tests.builders.certificates import Card, a_card, a_merchant, a_request
from tests.builders.offline import allowed
from tests.builders.staff import Worker, a_worker
from tests.builders.tills import PIN, a_pin
from tests.support.postgres import Server, fresh_database
from tests.support.serving import served
from tests.support.words import mentions

pytestmark = pytest.mark.asyncio(loop_scope="session")

COUNTER = "/counter/corner-spa"
SETTLE = "/admin/corner-spa/devices/offline"


class Bar(NamedTuple):
    """A counter that is served, with six certificates of 100.00 that its guests have."""

    url: str
    application: Application
    merchant: Merchant
    owner: Worker
    cards: list[Card]


@pytest_asyncio.fixture(loop_scope="session")
async def bar(postgres_server: Server) -> AsyncIterator[Bar]:
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
        clerk = await a_worker(application, merchant, email="bob@bakery.example", name="Bob", role=Role.CLERK, now=now)
        await a_pin(application, clerk, now=now)
        await allowed(application, merchant, per_certificate=8_000, per_device_day=30_000, over_all=30_000)
        cards = [await a_card(application, merchant, gratuity=500) for _ in range(7)]
        cards.append(await a_card(application, merchant, value=7_500, currency="EUR"))
        await stack.enter_async_context(served(make_app(interface_routes(application)), port=port))
        yield Bar(base_url, application, merchant, owner, cards)


async def set_up(bar: Bar, sight: Sight) -> Page:
    """Enrol a browser that promises to keep what it is given, and unlock it as Bob."""
    page = await sight.context.new_page()
    session = await sight.context.new_cdp_session(page)
    target = (await session.send("Target.getTargetInfo"))["targetInfo"]
    grant = {"permissions": ["durableStorage"], "origin": bar.url, "browserContextId": target["browserContextId"]}
    await session.send("Browser.grantPermissions", grant)
    now = bar.application.clock.now()
    async with bar.application.database.transaction() as connection:
        place = await default_location(connection, bar.merchant.merchant_id)
        details = DeviceChange(name="Bar left", offline_hours_max=24)
        device, code = await invite_device(connection, place, details, actor="cli:tester", now=now)
    await page.goto(f"{bar.url}{COUNTER}/enrol#{code}")
    await expect(page.get_by_label("Code")).not_to_have_value("")
    await page.get_by_role("button", name="Set up this device").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Waiting for the office")
    async with bar.application.database.transaction() as connection:
        device = await devices.find_device(connection, bar.merchant.merchant_id, str(device.device_id))
        await confirm_device(connection, device, actor="cli:tester", now=now)
    await expect(page.get_by_role("heading", level=1)).to_have_text("Who are you?")
    await page.get_by_role("link", name="Bob").click()
    for digit in PIN:
        await page.get_by_role("button", name=digit, exact=True).click()
    await page.get_by_role("button", name="Go").click()
    await expect(page.get_by_text("Works without a line until")).to_be_visible()
    return page


async def scan(page: Page, text: str) -> None:
    """Scan or type a number without a line."""
    await page.get_by_label("Scan or type").fill(text)
    await page.keyboard.press("Enter")


async def comes_in(sight: Sight, bar: Bar) -> None:
    """Give a browser a session of the owner, who has just stepped up."""
    now = bar.application.clock.now()
    async with bar.application.database.transaction() as connection:
        session, _ = await staff.begin_session(
            connection, bar.owner.person.person_id, agent="Chromium 149 on Linux", address="127.0.0.1", now=now
        )
        session, _ = await staff.sign_in(connection, session, now=now)
        _, token = await staff.step_up(connection, session, bar.merchant.merchant_id, now=now)
    await sight.context.add_cookies([{"name": "staff", "value": token, "url": bar.url}])


async def test_the_line_drops_five_redemptions_wait_and_one_was_spent_elsewhere(browser: Browser, bar: Bar) -> None:
    async with contextlib.AsyncExitStack() as stack:
        sight = await look_through(browser, bar.url, width=820, still=True)
        stack.push_async_callback(sight.context.close)
        page = await set_up(bar, sight)
        await _waits_for_a_slow_page(bar, page)
        await _sends_as_the_line_drops(bar, sight, page)
        await _comes_back_to_names_alone(bar, page)
        await _takes_by_the_book(bar, page)
        await _takes_what_was_spent_elsewhere(bar, page)
        await _has_its_line_again(bar, sight, page)
        desk = await look_through(browser, bar.url, still=True)
        stack.push_async_callback(desk.context.close)
        await _is_settled_in_the_office(bar, desk)
        await _is_answered_too_late(bar, page)
        await _makes_of_numbers_what_the_server_does(bar, page)
        await _forgets_its_book_once_revoked(bar, page)


async def _waits_for_a_slow_page(bar: Bar, page: Page) -> None:
    """What takes longer than the worker's patience is waited for as long as the server answers anything."""
    async with bar.application.database.transaction() as connection:
        await connection.execute("LOCK TABLE devices IN ACCESS EXCLUSIVE MODE")
        coming = asyncio.ensure_future(page.goto(f"{bar.url}{COUNTER}/recent"))
        await asyncio.sleep(3)
    await coming
    await expect(page.get_by_role("heading", level=1)).to_have_text("Recent")
    await page.goto(f"{bar.url}{COUNTER}")


async def _sends_as_the_line_drops(bar: Bar, sight: Sight, page: Page) -> None:
    """A redemption is sent as the line drops: it is kept under its own operation."""
    await page.get_by_label("Scan, photograph or type").fill(bar.cards[5].number)
    await page.keyboard.press("Enter")
    await page.get_by_label("What the bill comes to").fill("12.50")
    operation = await page.locator("[name=without_line]").get_attribute("value")
    assert operation is not None
    assert bar.cards[5].number not in operation
    await sight.context.set_offline(True)
    await page.get_by_role("button", name="Take what the bill comes to").click()
    await expect(page.get_by_text("Taken. It is sent when the line is back.")).to_be_visible()
    await expect(page.locator("[data-taken]")).to_have_text("$12.50")
    assert page.url.endswith("/offline")


async def _comes_back_to_names_alone(bar: Bar, page: Page) -> None:
    """Whoever unlocked it today touches their name; nobody's name stands in what the worker keeps."""
    await page.goto(bar.url + COUNTER)
    await expect(page.get_by_text("Without a line since")).to_be_visible()
    await expect(page.get_by_text("$287.50 of $300.00 left that may be taken")).to_be_visible()
    shell = await page.evaluate("async () => (await caches.match('/counter/corner-spa/offline')).text()")
    assert not mentions(shell, "Bob")
    assert "csrf" not in shell
    assert await faults_of(page, "offline-names") == []
    await page.get_by_role("button", name="Bob").click()


async def _takes_by_the_book(bar: Bar, page: Page) -> None:
    """What is not in the book cannot be checked; what is pays up to its cap, and the receipt holds the signed row."""
    await scan(page, "GL-7K2M-9QXR-4T8W-HB3C")
    await expect(page.get_by_text("This cannot be checked without a line")).to_be_visible()
    assert await faults_of(page, "offline-unknown") == []
    await page.get_by_role("button", name="Next guest").click()

    await scan(page, bar.cards[-1].number)
    await expect(page.get_by_text("holds €75.00, another currency than yours")).to_be_visible()
    await page.get_by_role("button", name="Next guest").click()

    await scan(page, in_groups(bar.cards[0].number).lower())
    await expect(page.get_by_text("$100.00", exact=True)).to_be_visible()
    await expect(page.get_by_text("Without a line at most $80.00 may be taken of it.")).to_be_visible()
    await page.get_by_label("What the bill comes to").fill("90")
    await page.get_by_role("button", name="Take what the bill comes to").click()
    await expect(page.get_by_text("Type an amount above zero, and no more than may be taken: $80.00.")).to_be_visible()
    assert await faults_of(page, "offline-good") == []
    await page.get_by_label("What the bill comes to").fill("25.00")
    await page.get_by_label("Table, room or invoice").fill("Table 4")
    await page.get_by_label("Take the gratuity, too").check()
    await page.get_by_role("button", name="Take what the bill comes to").click()
    await expect(page.locator("[data-taken]")).to_have_text("$30.00")
    assert await faults_of(page, "offline-done") == []
    paper = read_paper(code_on(await page.locator(".offline-code svg").screenshot()))
    assert paper is not None
    assert read_row(paper).reference == "Table 4"


async def _takes_what_was_spent_elsewhere(bar: Bar, page: Page) -> None:
    """Four more guests pay, one of them with what is spent already."""
    await redeem(bar.application, bar.cards[2].place, value=9_000, request=a_request(), now=bar.application.clock.now())
    _, second, spent, fourth, fifth, *_ = bar.cards
    for card, amount in ((second, "10"), (spent, "40.00"), (fourth, "15"), (fifth, "20")):
        await page.get_by_role("button", name="Next guest").click()
        await scan(page, card.number)
        await page.get_by_label("What the bill comes to").fill(amount)
        await page.get_by_role("button", name="Take what the bill comes to").click()
        await expect(page.get_by_text("Taken. It is sent when the line is back.")).to_be_visible()
    await expect(page.get_by_text("6 redemptions wait for the line.")).to_be_visible()
    await page.get_by_role("button", name="Next guest").click()
    await scan(page, bar.cards[0].number)
    await expect(page.get_by_text("$75.00", exact=True)).to_be_visible()


async def _has_its_line_again(bar: Bar, sight: Sight, page: Page) -> None:
    """Everything comes in, once, and what was spent elsewhere is missing."""
    await sight.context.set_offline(False)
    await expect(page.get_by_text("The line is back. Everything was sent.")).to_be_visible()
    assert await faults_of(page, "offline-back") == []
    left = [await card.left(bar.application) for card in bar.cards]
    spent = [(7_500, 0), (9_000, 500), (0, 500), (8_500, 500), (8_000, 500), (8_750, 500)]
    assert left == [*spent, (10_000, 500), (7_500, 0)]
    async with bar.application.database.connection() as connection:
        [known] = await offline.enrolments(connection, bar.merchant.merchant_id)
        [missing] = await offline.conflicts(connection, bar.merchant.merchant_id)
    assert (known.last_number, missing.amount) == (6, 3_000)
    await page.get_by_role("link", name="Go on").click()
    await expect(page.get_by_text("Works without a line until")).to_be_visible()


async def _is_settled_in_the_office(bar: Bar, desk: Sight) -> None:
    """The conflict stands on Today, and is settled with a reason."""
    await comes_in(desk, bar)
    office = await desk.open("/admin/corner-spa")
    await expect(office.get_by_text("1 conflict of the tills")).to_be_visible()
    await office.get_by_role("link", name="Settle").click()
    await expect(office.get_by_text("$30.00 is missing of")).to_be_visible()
    assert await faults_of(office, "office-offline") == []
    await office.get_by_label("Who is asked to pay, or why nobody is").fill("A regular guest")
    await office.get_by_role("button", name="Write it off").click()
    await expect(office.get_by_text("Settled.")).to_be_visible()
    assert desk.complaints == []


async def _is_answered_too_late(bar: Bar, page: Page) -> None:
    """A redemption that takes more than two seconds is kept, and happens once, though both arrive."""
    card = bar.cards[6]
    await page.goto(bar.url + COUNTER)
    await page.get_by_label("Scan, photograph or type").fill(card.number)
    await page.keyboard.press("Enter")
    await page.get_by_label("What the bill comes to").fill("20.00")
    async with bar.application.database.transaction() as connection:
        # Whoever posts waits for the cut of the books to be moved.
        await bar.application.ledger.move_cut(connection, bar.merchant.merchant_id, now=bar.application.clock.now())
        await page.get_by_role("button", name="Take what the bill comes to").click()
        await expect(page.get_by_text("Taken. It is sent when the line is back.")).to_be_visible()
        await expect(page.locator("[data-taken]")).to_have_text("$20.00")
        await page.set_viewport_size({"width": 360, "height": 800})
        assert await faults_of(page, "offline-late") == []
    await expect(page.get_by_text("The line is back. Everything was sent.")).to_be_visible()
    assert await card.left(bar.application) == (8_000, 500)
    async with bar.application.database.connection() as connection:
        assert await offline.count_open(connection, bar.merchant.merchant_id) == 0


async def _makes_of_numbers_what_the_server_does(bar: Bar, page: Page) -> None:
    """Numbers are folded and hashed alike, and codes of every length are drawn so that they are read."""
    async with bar.application.database.connection() as connection:
        [known] = await offline.enrolments(connection, bar.merchant.merchant_id)
    [key] = book_keys(bar.application.keyring, bar.merchant.merchant_id, known.enrolment_id)
    texts = [
        *(bar.cards[0].number, in_groups(bar.cards[0].number), f" {bar.cards[0].number.lower()}\u00a0"),
        *("ABCO-1LI0-ﬁnal-٣７", "gutschein ß 2024—17", "\u2007x\u200by", "éa\u0301-Ö-ſ"),
    ]
    hashed = await page.evaluate(
        """async (texts) => {
          const line = new LargesseLine('/counter/corner-spa');
          const found = [];
          for (const text of texts) found.push([...await line.macOf(text)]);
          return found;
        }""",
        texts,
    )
    assert [bytes(one) for one in hashed] == [mac_of(key.key, one) for one in texts]
    lengths = [1, 17, 18, 100, 271, 500, 700, 1_000, 1_300, 2_000, 2_953]
    await page.set_viewport_size({"width": 1280, "height": 1100})
    for length in lengths:
        text = ("Largesse 0123456789 {}." * 150)[:length]
        await page.evaluate(
            """(text) => {
              const svg = largesseCode(text);
              svg.setAttribute('width', '1000');
              document.body.replaceChildren(svg);
            }""",
            text,
        )
        assert code_on(await page.locator("svg").screenshot()) == text


async def _forgets_its_book_once_revoked(bar: Bar, page: Page) -> None:
    """A device that is revoked forgets its book the first time it hears of it."""
    async with bar.application.database.transaction() as connection:
        device = await devices.find_device(connection, bar.merchant.merchant_id, "Bar left")
        await revoke_device(connection, device, actor="cli:tester", now=bar.application.clock.now())
    came = await page.evaluate("async () => new LargesseLine('/counter/corner-spa').sync()")
    assert came == {"sent": 0, "allowed": False}
    assert await page.evaluate("async () => (await new LargesseLine('/counter/corner-spa').terms())") is None


def code_on(picture: bytes) -> str:
    """What the square code on a picture says."""
    image: Any = Image.open(io.BytesIO(picture)).convert("L")
    [code] = zxingcpp.read_barcodes(image)
    return code.text
