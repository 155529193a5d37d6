"""The redeem page in each of its states, as people see it."""

import io
from urllib.parse import unquote

import pytest
from playwright.async_api import expect
from pypdf import PdfReader

from tests.browser.conftest import Open
from tests.browser.eyes import TARGET_MIN, faults_of, keep, too_wide, violations
from tests.builders.faces import REDEEM_URL

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize("width", [360, 1280])
async def test_every_state_of_the_redeem_page_can_be_read_by_everyone(guide: Open, width: int) -> None:
    sight = await guide(width=width, still=True)
    for state in (
        "worth",
        "wrapped",
        "unwrapped",
        "thanking",
        "test",
        "spent",
        "ask",
        "unknown",
        "ended",
        "wait",
        "reminders-ask",
    ):
        page = await sight.open(f"/redeem/{state}")
        assert await faults_of(page, f"redeem-{state}") == []
        for link in await page.locator(".contact a, address a").all():  # F42: twenty pixels were too low to touch
            box = await link.bounding_box()
            assert box is not None
            assert box["height"] >= TARGET_MIN - 0.5
    assert sight.complaints == []


@pytest.mark.parametrize("language", ["es", "fr", "de"])
async def test_longer_words_still_fit_a_phone(guide: Open, language: str) -> None:
    sight = await guide(width=320)
    await sight.context.add_cookies([{"name": "language", "value": language, "url": sight.base_url}])
    for state in ("worth", "unknown"):
        page = await sight.open(f"/redeem/{state}")
        assert await page.locator("html").get_attribute("lang") == language
        assert await too_wide(page) == 0
        assert await violations(page) == []


async def test_a_blank_answer_without_scripts_is_the_form_again(guide: Open) -> None:
    page = await (await guide(scripts=False)).open("/redeem/worth")
    await page.get_by_text("Look at another certificate").click()
    assert await page.get_by_label("Certificate number", exact=True).is_visible()


@pytest.mark.parametrize("width", [360, 1280])
async def test_the_buyers_page_can_be_read_and_used_by_everyone(guide: Open, width: int) -> None:
    sight = await guide(width=width, still=True)
    paths = [f"/given/{state}" for state in ("gifts", "change", "refused", "expired", "wait")]
    for path in [*paths, "/said/busy", "/said/busy_printer", "/said/gone", "/said/shops"]:
        page = await sight.open(path)
        assert await faults_of(page, path[1:].replace("/", "-")) == []
    assert sight.complaints == []


async def test_the_form_to_correct_an_address_opens_without_scripts(guide: Open) -> None:
    page = await (await guide(scripts=False)).open("/given/gifts")
    assert await page.get_by_label("Recipient’s e-mail address").first.is_visible(), "what did not arrive is open"
    assert await page.get_by_role("button", name="Send it now instead").is_visible()
    assert await page.get_by_role("link", name="Change this gift").is_visible()


async def test_the_redeem_page_prints_what_a_till_needs(guide: Open) -> None:
    page = await (await guide()).open("/redeem/worth")
    await page.emulate_media(media="print")
    await keep(page, "redeem-worth-print")
    assert await page.get_by_role("img", name="Barcode of the certificate number").is_visible()
    assert not await page.get_by_role("button", name="Download as PDF").is_visible()
    printed = PdfReader(io.BytesIO(await page.pdf(format="A4")))
    assert "At the till" in (printed.pages[0].extract_text() or "")


@pytest.mark.parametrize("scripts", [True, False])
async def test_the_code_fills_the_screen_and_goes_back(guide: Open, *, scripts: bool) -> None:
    """M7: a till's scanner reads a telephone held to it."""
    page = await (await guide(width=360, scripts=scripts)).open("/redeem/worth")
    code = page.get_by_role("img", name="QR code that opens this page")
    shown = [page.locator(".till .number:visible"), page.get_by_role("link", name="Fill the screen with it")]
    for one in [*shown, *([page.get_by_role("button", name="Copy")] if scripts else [])]:
        box = await one.bounding_box()
        assert box is not None
        assert abs(box["x"] + box["width"] / 2 - 180) <= 1, "all of it is centred"
    await page.get_by_role("link", name="Fill the screen with it").click()
    await expect(page.get_by_role("link", name="Close")).to_be_visible()
    await keep(page, "redeem-large-360")
    sheet = await page.locator(".till").bounding_box()
    assert sheet is not None
    assert (sheet["x"], sheet["y"], sheet["width"], sheet["height"]) == (0, 0, 360, 800)
    await expect(code).to_be_in_viewport()
    await page.get_by_role("link", name="Close").click()
    await expect(page.get_by_role("link", name="Fill the screen with it")).to_be_visible()


async def test_the_buyers_page_prints_what_became_of_the_gifts_and_nothing_to_press(guide: Open) -> None:
    """F48: it printed "Change the recipient" behind an arrow."""
    page = await (await guide()).open("/given/gifts")
    await page.emulate_media(media="print")
    assert await page.get_by_text("Linus gets this on 24 December 2026").is_visible()
    for pressed in await page.locator("main :is(button, summary, input, a.button)").all():
        assert not await pressed.is_visible()


async def test_a_certificate_is_handed_on_by_the_devices_own_sheet_or_a_message(guide: Open) -> None:
    """SHOP, section 7. The address has the number in it, so that is said beside it."""
    sight = await guide(width=360)
    told = "A gift certificate of Juniper & Stone for you: " + REDEEM_URL
    await sight.context.add_init_script("navigator.share = async (shared) => { window.shared = shared.text; };")
    page = await sight.open("/redeem/worth")
    link = page.get_by_role("link", name="Send it by message")
    await link.click()
    assert await page.evaluate("window.shared") == told
    href = await link.get_attribute("href")
    assert href is not None
    assert unquote(href.removeprefix("sms:?&body=")) == told
