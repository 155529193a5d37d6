"""What a reader sees when something goes wrong, as people see it."""

import pytest

from tests.browser.conftest import Open
from tests.browser.eyes import faults_of, too_wide

pytestmark = pytest.mark.asyncio(loop_scope="session")

WRONG = {"missing": "/x/y/z", "method": "/live/totals", "busy": "/troubles/busy", "broken": "/troubles/broken"}


@pytest.mark.parametrize("width", [360, 1280])
async def test_whatever_goes_wrong_can_be_read_by_everyone(guide: Open, width: int) -> None:
    sight = await guide(width=width, still=True)
    for name, path in WRONG.items():
        page = await sight.open(path)
        assert await page.locator("h1").count() == 1, name
        assert await faults_of(page, f"trouble-{name}") == [], name


@pytest.mark.parametrize("language", ["es", "fr", "de"])
async def test_longer_words_still_fit_a_phone_and_lead_on(guide: Open, language: str) -> None:
    sight = await guide(width=320, scripts=False)
    await sight.context.add_cookies([{"name": "language", "value": language, "url": sight.base_url}])
    for path in WRONG.values():
        page = await sight.open(path)
        assert await page.locator("html").get_attribute("lang") == language
        assert await page.locator("main a.button").get_attribute("href") == "/"
        assert await too_wide(page) == 0
