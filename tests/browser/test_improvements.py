"""What scripts add to a form: words mirrored, totals kept current, nothing ever written as HTML."""

import asyncio
import contextlib

import pytest
from playwright.async_api import Error, Route, expect

from tests.browser.conftest import Open
from tests.browser.eyes import violations

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_what_is_typed_shows_in_the_preview_as_text(guide: Open) -> None:
    sight = await guide()
    page = await sight.open("/live")
    place = page.locator("[data-mirror=to]")
    await page.fill("#field-to", "<b>Ada</b>")
    assert await place.inner_html() == "&lt;b&gt;Ada&lt;/b&gt;"
    await page.fill("#field-to", "")
    assert await place.inner_text() == "For whom?"
    assert await violations(page) == []
    assert sight.complaints == []


async def test_the_total_and_the_picture_follow_the_newest_choice(guide: Open) -> None:
    page = await (await guide()).open("/live")
    total, picture = page.locator("[data-live-value=total]"), page.locator("[data-live-src=design]")
    asked, release, answered = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def hold_the_first(route: Route) -> None:
        if asked.is_set():
            await route.continue_()
            return
        asked.set()
        await release.wait()
        with contextlib.suppress(Error):  # whoever asked may have given up
            await route.continue_()
        answered.set()

    await page.route("**/live/totals", hold_the_first)
    await page.get_by_label("$50").check(force=True)
    await asked.wait()
    await page.get_by_label("$25").check(force=True)
    await expect(total).to_have_text("$25.00 <b>")
    release.set()
    await answered.wait()
    await page.wait_for_load_state("networkidle")
    assert await total.inner_text() == "$25.00 <b>"
    assert (await picture.get_attribute("src") or "").endswith("?design=25")


async def test_a_total_that_cannot_be_asked_for_leaves_the_old_one(guide: Open) -> None:
    page = await (await guide()).open("/live")
    await page.route("**/live/totals", lambda route: route.abort())
    async with page.expect_console_message():  # that it could not be asked for
        await page.get_by_label("$50").check(force=True)
    assert await page.locator("[data-live-value=total]").inner_text() == "$25.00"


async def test_copying_says_that_it_copied(guide: Open) -> None:
    sight = await guide()
    await sight.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = await sight.open("/live")
    await page.get_by_role("button", name="Copy").click()
    await expect(page.locator(".copy output")).to_have_text("Copied")
    assert await page.evaluate("navigator.clipboard.readText()") == "GL-7K2M"


async def test_changed_preferences_come_back_to_the_whole_address_with_scripts(guide: Open) -> None:
    page = await (await guide()).open("/live?code=GL7K")
    await page.get_by_role("button", name="Deutsch").click()
    await page.wait_for_url("**/live?code=GL7K")
    assert await page.locator("html").get_attribute("lang") == "de"


async def test_injected_markup_does_not_run(guide: Open) -> None:
    sight = await guide()
    page = await sight.open("/live")
    await page.evaluate(
        """() => { const script = document.createElement('script'); window.ran = false;
        try { script.textContent = 'window.ran = true'; } catch { /* Trusted Types */ }
        document.body.append(script); }"""
    )
    assert await page.evaluate("window.ran") is False
    assert any("Trusted" in line or "Content Security Policy" in line for line in sight.complaints)
