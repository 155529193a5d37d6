"""Every piece of the look, in a real browser: readable, reachable, and whole without scripts."""

import pytest

from tests.browser.conftest import Open
from tests.browser.eyes import keep, small_targets, too_wide, violations

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAGES = ("/styleguide", "/styleguide/desk", "/styleguide/confirm")
FOCUSED = """() => {
  const one = document.activeElement, face = one.nextElementSibling?.matches('.face') ? one.nextElementSibling : one;
  const style = getComputedStyle(face);
  const shown = style.outlineStyle !== 'none' || style.boxShadow !== 'none';
  return [one.outerHTML.slice(0, 160), shown && face.getBoundingClientRect().width > 0];
}"""
PALE, BLACK = "?accent=f5e642", "?accent=000000"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("path", PAGES)
async def test_axe_finds_nothing(guide: Open, path: str, width: int, *, dark: bool) -> None:
    sight = await guide(width=width, dark=dark)
    page = await sight.open(path)
    await keep(page, f"{path.strip('/').replace('/', '-')}-{width}-{'dark' if dark else 'light'}")
    assert await violations(page, colours_only=dark) == []
    assert await small_targets(page) == []
    assert sight.complaints == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("accent", [PALE, BLACK], ids=["pale", "black"])
async def test_a_difficult_accent_is_no_difficulty_for_the_reader(guide: Open, accent: str, *, dark: bool) -> None:
    sight = await guide(dark=dark)
    assert await violations(await sight.open(f"/styleguide{accent}")) == []


async def test_axe_would_notice(guide: Open) -> None:
    page = await (await guide()).open("/styleguide/confirm")
    await page.evaluate("document.querySelector('h1').replaceChildren(document.createElement('img'))")
    assert any(line.startswith("image-alt") for line in await violations(page))


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
@pytest.mark.parametrize("path", PAGES)
async def test_nothing_is_wider_than_the_screen(guide: Open, path: str, direction: str) -> None:
    page = await (await guide()).open(path)
    await page.evaluate("(direction) => { document.documentElement.dir = direction; }", direction)
    for width in (1280, 768, 360, 320):  # 320 is a desk of 1280 at 400 %
        await page.set_viewport_size({"width": width, "height": 800})
        assert await too_wide(page) == 0, width


async def test_the_page_is_light_and_asks_nobody_else(guide: Open) -> None:
    sight = await guide()
    page = await sight.open("/styleguide/confirm")
    await page.wait_for_load_state("networkidle")
    assert len(sight.requests) <= 6
    assert all(url.startswith(sight.base_url) for url in sight.requests)
    sent = await page.evaluate("performance.getEntries().reduce((sum, one) => sum + (one.transferSize ?? 0), 0)")
    assert 0 < sent < 30_000


async def test_the_first_tab_offers_to_skip(guide: Open) -> None:
    page = await (await guide()).open("/styleguide/desk")
    await page.keyboard.press("Tab")
    skip = page.locator(".skip")
    assert await skip.evaluate("(one) => one === document.activeElement && one.getBoundingClientRect().height > 40")
    await page.keyboard.press("Enter")
    assert await page.evaluate("document.activeElement.id") == "main"


async def test_what_is_wrong_is_read_first_and_every_stop_after_it_can_be_seen(guide: Open) -> None:
    page = await (await guide()).open("/styleguide")
    assert await page.evaluate("document.activeElement.getAttribute('role')") == "alert"
    stops = set[str]()
    for _ in range(40):
        await page.keyboard.press("Tab")
        stop, seen = await page.evaluate(FOCUSED)
        if stop.startswith("<body"):
            break  # round the end of the page
        assert seen, stop
        stops.add(stop)
    assert len(stops) >= 15


async def test_radio_cards_are_chosen_with_the_arrow_keys(guide: Open) -> None:
    page = await (await guide()).open("/styleguide")
    await page.locator("#field-amount").focus()
    await page.keyboard.press("ArrowRight")
    chosen = page.locator("input[name=amount]:checked")
    assert await chosen.get_attribute("value") == "5000"
    assert await chosen.evaluate("(one) => one === document.activeElement")
    face = page.locator("input[name=amount]:checked + .face")
    assert await face.evaluate("(one) => getComputedStyle(one).outlineStyle") == "solid"


async def test_the_counter_counts_as_the_server_does(guide: Open) -> None:
    page = await (await guide()).open("/styleguide")
    await page.fill("#field-to", "🎁" * 29)
    assert await page.inner_text("#limit-to") == "1 character left"
    await page.fill("#field-to", "👩🏽‍🚀" * 8)
    assert await page.inner_text("#limit-to") == "2 characters too many"
    await page.fill("#field-message", "one\ntwo")
    assert await page.inner_text("#limit-message") == "193 characters left"


async def test_the_counter_speaks_the_pages_language(guide: Open) -> None:
    sight = await guide()
    await sight.context.add_cookies([{"name": "language", "value": "fr", "url": sight.base_url}])
    page = await sight.open("/styleguide")
    await page.fill("#field-to", "a" * 29)
    assert await page.inner_text("#limit-to") == "encore 1 caractère"


async def test_a_dialog_opens_tells_and_closes_with_the_keyboard(guide: Open) -> None:
    page = await (await guide(still=True)).open("/styleguide")
    opener = page.locator("[data-dialog=void]")
    await opener.focus()
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Void this certificate?")
    await dialog.wait_for()
    assert await page.evaluate("document.activeElement.textContent") == "Close"  # never the irreversible
    assert await violations(page) == []
    await keep(page, "styleguide-dialog")
    await page.keyboard.press("Escape")
    assert not await dialog.is_visible()
    assert await opener.evaluate("(one) => one === document.activeElement")


async def test_a_form_goes_once_however_often_its_button_is_pressed(guide: Open) -> None:
    sight = await guide()
    page = await sight.open("/styleguide")
    posts: list[str] = []
    page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    await page.evaluate(
        """() => { const form = document.querySelector('main form'); const button = document.createElement('button');
        button.className = 'button'; form.append(button);
        document.addEventListener('submit', (event) => {
          window.stopped = event.defaultPrevented;
          event.preventDefault();
        });
        button.click(); window.first = window.stopped; button.click(); }"""
    )
    assert await page.evaluate("[window.first, window.stopped]") == [False, True]
    assert posts == []


async def test_the_reader_turns_the_light_off_without_scripts(guide: Open) -> None:
    page = await (await guide(scripts=False)).open("/styleguide/confirm")
    paper = "getComputedStyle(document.documentElement).backgroundColor"
    assert await page.evaluate(paper) == "rgb(251, 248, 242)"
    await page.get_by_role("button", name="Dark").click()
    await page.wait_for_url("**/styleguide/confirm")
    assert await page.evaluate(paper) == "rgb(21, 23, 27)"
    await page.get_by_role("button", name="Deutsch").click()
    assert await page.locator("html").get_attribute("lang") == "de"


async def test_without_scripts_everything_is_still_there(guide: Open) -> None:
    page = await (await guide(scripts=False)).open("/styleguide")
    assert await page.inner_text("#limit-message") == "up to 200 characters"
    assert await page.locator(".copy button").count() == 1
    assert not await page.locator(".copy button").is_visible()
    await page.click("[data-dialog=void]")
    await page.wait_for_url("**/styleguide/confirm")
    assert await page.inner_text("h1") == "Void this certificate?"


async def test_nothing_moves_for_those_who_asked_for_stillness(guide: Open) -> None:
    page = await (await guide(still=True)).open("/styleguide")
    moving = await page.evaluate(
        """() => [...document.querySelectorAll('*')].filter((one) => { const style = getComputedStyle(one);
        return style.transitionDuration !== '0s' || style.animationName !== 'none'; }).length"""
    )
    assert moving == 0
