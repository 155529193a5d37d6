"""The keys of programs in a real browser: refused, made and shown once, rotated, revoked, with the keyboard alone."""

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Open
from tests.browser.eyes import faults_of
from tests.browser.test_import_pages import Running, office, running

__all__ = ["office", "running"]

pytestmark = pytest.mark.asyncio(loop_scope="session")

HERE = "/admin/corner-spa/api-keys"


@pytest.mark.browser
async def test_a_key_is_made_rotated_and_revoked(office: Open, running: Running) -> None:
    faults = list[str]()
    sight = await office(still=True)
    page = await sight.open(HERE)
    faults += await faults_of(page, "keys-none")
    await page.get_by_label("Name").fill("Till")
    await page.get_by_label("Why").fill("the new till")
    await page.get_by_role("button", name="Make the key").press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("Choose at least one")
    await expect(page.get_by_label("Name")).to_have_value("Till")
    await expect(page.get_by_label("Why")).to_have_value("the new till")
    await page.get_by_label("Redeem, hold, capture").check()
    await page.get_by_label("What it sees").select_option("live")
    await page.get_by_role("button", name="Make the key").press("Enter")
    await expect(page.get_by_text("lg_live_")).to_be_visible()
    faults += await faults_of(page, "keys-made")
    await page.goto(running.url + HERE)
    await expect(page.get_by_text("lg_live_")).to_have_count(0)
    await page.get_by_text("Rotate or revoke").first.click()
    await page.get_by_role("button", name="Make one that stands in for it").click()
    await expect(page.get_by_text("is replaced")).to_be_visible()
    await page.goto(running.url + HERE)
    await page.get_by_text("Rotate or revoke").last.click()
    faults += await faults_of(page, "keys-open")
    await page.locator("details[open]").get_by_label("Why").fill("lost")
    await page.get_by_role("button", name="Revoke: opens nothing").last.press("Enter")
    await expect(page.get_by_text("It opens nothing any more")).to_be_visible()
    await page.goto(f"{running.url}/api/v1/reference")
    await page.get_by_text("Query", exact=True).first.click()
    faults += await faults_of(page, "api-reference")
    assert faults == []
