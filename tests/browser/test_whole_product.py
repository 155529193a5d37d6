"""The whole product, as people meet it: `largesse serve`, a Stripe of our own, a mail server, and a browser.

Only what stands outside of Largesse is ours here: who collects the money, and who takes the mail.
"""

import asyncio
import contextlib
import os
import re
from collections.abc import AsyncIterator
from email.message import EmailMessage
from typing import Unpack

import pytest
import pytest_asyncio
import zxingcpp
from playwright.async_api import Browser, Page, expect
from pypdf import PdfReader

from tests.browser.eyes import Sight, Ways, faults_of, look_through
from tests.browser.hands import say_who_pays, some_weeks_from_now, tab_to, write
from tests.support.mail_server import Letterbox, mail_server
from tests.support.pages_of_pdf import picture_of, stream_of
from tests.support.server_process import ServerProcess, server_process
from tests.support.stripe_account import SECRET_KEY, WEBHOOK_SECRET, StripeAccount, stripe_account

pytestmark = pytest.mark.asyncio(loop_scope="session")

MAIL_WITHIN_S = 240.0
HOSTED = "**/c/pay/**"
THANKS = "**/thanks**"
WIDTHS = (360, 1280)
HEADINGS = {
    "no-shop": "There is no shop at this address",
    "offering-gone": "This is not here any more",
    "closed": "This order was given up",
    "trial": "Test payment",
    "trial-gone": "Test payment",
    "paid": "Thank you",
    "thanks-gone": "This is not here any more",
    "given": "Your gifts",
    "pending": "Waiting for the payment",
    "still": "Waiting for the payment",
    "open": "Not paid yet",
}


class Product:
    """The installation, and what stands around it."""

    def __init__(
        self, browser: Browser, application: ServerProcess, stripe: StripeAccount, letterbox: Letterbox
    ) -> None:
        self.browser, self.application, self.stripe, self.letterbox = browser, application, stripe, letterbox

    async def visit(self, stack: contextlib.AsyncExitStack, **ways: Unpack[Ways]) -> Sight:
        """Look at it in some way, with no cookies."""
        sight = await look_through(self.browser, self.application.url, **ways)
        stack.push_async_callback(sight.context.close)
        return sight

    async def mail_to(self, address: str) -> EmailMessage:
        """Wait for a mail."""
        async with asyncio.timeout(MAIL_WITHIN_S):
            while not (found := self.letterbox.to(address)):
                await asyncio.sleep(0.1)
        return found[0]

    async def callbacks(self, **how: object) -> None:
        """Set how Stripe calls back from now on."""
        usual = {
            "callback_url": f"{self.application.url}/callbacks/stripe",
            "secrets": [WEBHOOK_SECRET],
            "callbacks": 1,
        }
        await asyncio.to_thread(self.stripe.control, "settings", **(usual | {"delay_s": 0.0} | how))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def product(browser: Browser) -> AsyncIterator[Product]:
    """A demonstration that takes cards too, and sends its mail to a mail server."""
    letterbox = Letterbox()
    async with mail_server(letterbox) as smtp_url:
        with stripe_account() as stripe:
            given = {
                "LARGESSE_STRIPE_SECRET_KEY": SECRET_KEY,
                "LARGESSE_STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
                "LARGESSE_STRIPE_API_BASE": stripe.base,
                "LARGESSE_STRIPE_PAGE_ORIGINS": stripe.base,
                "LARGESSE_SMTP_URL": smtp_url,
            }
            own_database = {name: value for name, value in os.environ.items() if name != "LARGESSE_DATABASE_URL"}
            with server_process(options={"env": own_database | given}) as application:
                await asyncio.to_thread(application.start, "--demo")
                yield Product(browser, application, stripe, letterbox)
                await asyncio.to_thread(application.stop)


@pytest_asyncio.fixture(loop_scope="session")
async def stack() -> AsyncIterator[contextlib.AsyncExitStack]:
    """What is closed after the test."""
    async with contextlib.AsyncExitStack() as opened:
        yield opened


def text_of(message: EmailMessage) -> str:
    """Return what is read in a mail."""
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def codes_in(message: EmailMessage) -> tuple[str, str]:
    """Return the number of the certificate in a mail and its address: barcode, QR code and words of its PDF agree."""
    [pdf] = [part.get_content() for part in message.iter_attachments() if part.get_content_type() == "application/pdf"]
    codes = {str(code.format): code.text for code in zxingcpp.read_barcodes(picture_of(pdf))}
    bars = next(text for text in codes.values() if "/" not in text)
    address = next(text for text in codes.values() if "/" in text)
    assert bars in address
    assert bars in re.sub(r"[^0-9A-Z]", "", PdfReader(stream_of(pdf)).pages[0].extract_text())
    return bars, address


async def choose_card(page: Page) -> None:
    """Press Pay, and be at Stripe."""
    await page.get_by_role("radio", name="Card or wallet").check()
    await page.get_by_role("button", name="Pay").click()
    await page.wait_for_url(HOSTED)


async def give(product: Product, page: Page, name: str) -> None:
    """Put a massage for somebody into the draft, and go on."""
    await page.goto(f"{product.application.url}/demo/gift/one-hour-massage")
    await write(page, name)
    await page.get_by_role("button", name="Go on to payment").click()
    await page.wait_for_url("**/checkout")


async def test_a_card_is_cancelled_then_declined_then_pays_and_the_gift_arrives(
    product: Product, stack: contextlib.AsyncExitStack
) -> None:
    await product.callbacks(callbacks=0)  # the page after paying asks Stripe itself
    sight = await product.visit(stack, width=1280)
    page = await sight.open("/demo")
    await page.get_by_role("link", name="An amount of your choice").click()
    await page.get_by_role("radio", name="$100").check()
    await write(page, "Ada")
    await page.get_by_label("Your message").fill("All the best \N{PARTY POPPER}")
    await page.get_by_role("button", name="Go on to payment").click()
    await say_who_pays(page, "first@example.com")
    await choose_card(page)
    await page.get_by_role("button", name="cancel").click()
    await expect(page.get_by_text("Nothing was paid, and your gifts are still here.")).to_be_visible()
    await choose_card(page)
    await page.get_by_role("button", name="decline").click()
    await expect(page.get_by_role("alert")).to_contain_text("declined")
    assert product.letterbox.messages == []
    await page.get_by_role("button", name="pay", exact=True).click()
    await page.wait_for_url(THANKS)
    await expect(page.get_by_text("$100.00 is paid. A receipt is on its way to first@example.com.")).to_be_visible()
    number, address = codes_in(await product.mail_to("ada@example.com"))
    receipt = text_of(await product.mail_to("first@example.com"))
    assert "$100.00" in receipt
    assert number not in receipt.replace("-", "")
    await page.goto(address)
    await expect(page.locator(".hero")).to_have_text("$100.00")
    await page.go_back()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
    assert sight.complaints == []


async def test_three_gifts_one_for_later_with_a_code_by_a_slow_payment_without_scripts(
    product: Product, stack: contextlib.AsyncExitStack
) -> None:
    await product.callbacks(callbacks=5)
    page = await (await product.visit(stack, width=360, scripts=False)).open("/demo")
    for name in ("Barbara", "Mary"):
        await page.get_by_role("link", name="1 hr Massage").click()
        await write(page, name)
        await page.get_by_role("button", name="Add another gift first").click()
    await page.get_by_role("link", name="Afternoon for two").click()
    await write(page, "Edith")
    await page.get_by_role("radio", name="By e-mail, on a day you choose").check()
    day = some_weeks_from_now()
    await page.get_by_label("Day", exact=True).fill(day.isoformat())
    await page.get_by_role("button", name="Go on to payment").click()
    await say_who_pays(page, "second@example.com")
    await page.get_by_label("Promo code").fill("demo10")
    await page.get_by_role("button", name="Apply").click()
    await expect(page.locator(".facts .sum dd")).to_have_text("$477.00")
    await choose_card(page)
    await page.get_by_role("button", name="slow").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Waiting for the payment")
    assert product.letterbox.to("mary@example.com") == []
    await asyncio.to_thread(product.stripe.control, "finish", session=product.stripe.session(), ok=True)
    await expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")  # by itself
    planned = re.compile(rf"Edith gets this on {day:%B} {day.day}(, {day.year})? at 9\sa\.m\.")
    await expect(page.get_by_text(planned)).to_be_visible()
    found = dict([codes_in(await product.mail_to(f"{name}@example.com")) for name in ("barbara", "mary")])
    assert len(found) == 2
    assert "$477.00" in text_of(await product.mail_to("second@example.com"))
    assert product.letterbox.to("edith@example.com") == []
    number, address = found.popitem()
    await page.goto(address.partition("?")[0])
    await page.get_by_label("Certificate number", exact=True).fill(number.lower())
    await page.keyboard.press("Enter")
    await expect(page.locator(".hero")).to_have_text("$120.00")


async def test_the_whole_way_with_nothing_but_a_keyboard(product: Product, stack: contextlib.AsyncExitStack) -> None:
    await product.callbacks(delay_s=1.0)  # the buyer is back before Stripe calls
    page = await (await product.visit(stack, width=1280)).open("/demo")
    await tab_to(page, page.get_by_role("link", name="1 hr Massage"))
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/gift/one-hour-massage")
    for label, text in (
        ("To", "Joan"),
        ("From", "Grace"),
        ("Recipient’s first name", "Joan"),
        ("Recipient’s e-mail address", "joan@example.com"),
    ):
        await tab_to(page, page.get_by_label(label, exact=True))
        await page.keyboard.type(text)
    await tab_to(page, page.get_by_role("button", name="Go on to payment"))
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/checkout")
    for label, text in (("First name", "Grace"), ("Last name", "Hopper"), ("E-mail", "third@example.com")):
        await tab_to(page, page.get_by_label(label, exact=True))
        await page.keyboard.type(text)
    await tab_to(page, page.get_by_role("radio", name="Card or wallet"))
    await page.keyboard.press("Space")
    await tab_to(page, page.get_by_role("button", name="Pay"))
    await page.keyboard.press("Space")
    await page.wait_for_url(HOSTED)
    await tab_to(page, page.get_by_role("button", name="pay", exact=True))
    await page.keyboard.press("Enter")
    await page.wait_for_url(THANKS)
    await expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
    await tab_to(page, page.get_by_role("link", name="Look after these gifts"))
    await page.keyboard.press("Enter")
    await tab_to(page, page.get_by_role("button", name="Download to print"))
    await product.mail_to("joan@example.com")


async def pages_of_paying(product: Product, stack: contextlib.AsyncExitStack) -> dict[str, str]:
    """Bring about every state that a payment can be in, and return where each is seen."""
    pages = {
        "no-shop": f"{product.application.url}/nobody",
        "offering-gone": f"{product.application.url}/demo/gift/nothing",
    }
    page = await (await product.visit(stack)).open("/demo")
    await give(product, page, "Hedy")
    await say_who_pays(page, "fourth@example.com")
    pages["closed"] = await go_to_card(product, page)  # the draft is changed below
    await give(product, page, "Emmy")
    await page.get_by_role("radio", name="Test payment").check()
    await page.get_by_role("button", name="Pay").click()
    await page.wait_for_url("**/test-payment/**")
    pages |= {"trial": page.url, "trial-gone": f"{page.url}x"}
    await page.get_by_role("button", name="Pay $").click()
    await page.wait_for_url(THANKS)
    pages |= {"paid": page.url, "thanks-gone": f"{page.url}x"}
    await page.get_by_role("link", name="Look after these gifts").click()
    await page.get_by_role("heading", name="Your gifts").wait_for()
    await expect(page.get_by_text("This is a demonstration.")).to_be_visible()
    pages["given"] = page.url
    for name, how in (("Sofia", "pending"), ("Rosalind", "open")):
        page = await (await product.visit(stack)).open("/demo")
        await give(product, page, name)
        await say_who_pays(page, f"{how}@example.com")
        pages[how] = await go_to_card(product, page)
        await page.get_by_role("button", name="slow").click()
        await page.get_by_role("heading", name="Waiting for the payment").wait_for()
    await asyncio.to_thread(product.stripe.control, "finish", session=product.stripe.session(), ok=False)
    await page.get_by_role("heading", name="Not paid yet").wait_for()  # by itself
    return pages | {"still": f"{pages['pending']}&poll=24"}


async def go_to_card(product: Product, page: Page) -> str:
    """Press Pay, be at Stripe, and return the address that it leads back to."""
    await choose_card(page)
    return str(product.stripe.state()["sessions"][product.stripe.session()]["success_url"])


async def test_every_page_around_paying_can_be_read_by_everyone(
    product: Product, stack: contextlib.AsyncExitStack
) -> None:
    await product.callbacks()
    pages = await pages_of_paying(product, stack)
    sight = await product.visit(stack, still=True)  # colours change at once
    for what, address in pages.items():
        page = await sight.context.new_page()
        for width in WIDTHS:
            await page.set_viewport_size({"width": width, "height": 800})
            if page.url != address:
                await page.goto(address)
                assert await page.locator("h1").inner_text() == HEADINGS[what]
            assert await faults_of(page, f"paying-{what}") == []
        await page.close()
