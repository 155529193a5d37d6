"""How tests look at a page: what axe-core finds, what is too wide or too small, what the browser complained of."""

import asyncio
import os
from pathlib import Path
from typing import Any, Literal, TypedDict, Unpack

import axe_playwright_python
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Request

ARTIFACTS = Path(__file__).parents[2] / "artifacts" / "screens"
PICTURES = "LARGESSE_SCREENS"  # the variable that asks for pictures, as `make screens` does
HANG_MS = 60_000  # a guard against hanging, not a bound on how long a page may take
_AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
TARGET_MIN = 44  # LOOK, "Floor"

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")

_COLOUR_RULES = ["color-contrast", "link-in-text-block"]
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_SMALL_TARGETS = """(least) => [
    ...document.querySelectorAll('button, .button, input, select, textarea, summary, nav a')
  ]
  .filter((one) => one.offsetParent !== null && one.type !== 'hidden')
  .map((one) => [(one.closest('label') ?? one).getBoundingClientRect(), one.outerHTML.slice(0, 120)])
  .filter(([box]) => box.height < least - 0.5)
  .map(([box, html]) => `${box.height}px: ${html}`)"""


class Ways(TypedDict, total=False):
    """Name how a page is looked at: CSS pixels of width (1280), dark (not), scripts (on), stillness asked for (not)."""

    width: int
    dark: bool
    scripts: bool
    still: bool


class Sight:
    """Open pages in one way of looking (width, light or dark, scripts or none), and keep what went wrong."""

    def __init__(self, context: BrowserContext, base_url: str) -> None:
        self.context = context
        self.base_url = base_url
        self.complaints: list[str] = []
        self.requests: list[str] = []

    async def open(self, path: str) -> Page:
        """Open `path` in a new page and wait until it is loaded."""
        page = await self.context.new_page()
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._asked)
        await page.goto(self.base_url + path)
        return page

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def _asked(self, request: Request) -> None:
        self.requests.append(request.url)


async def look_through(browser: Browser, base_url: str, **ways: Unpack[Ways]) -> Sight:
    """Return a fresh way of looking, without cookies."""
    context = await browser.new_context(
        viewport={"width": ways.get("width", 1280), "height": 800},
        color_scheme="dark" if ways.get("dark") else "light",
        java_script_enabled=ways.get("scripts", True),
        reduced_motion="reduce" if ways.get("still") else "no-preference",
    )
    context.set_default_timeout(HANG_MS)
    return Sight(context, base_url)


async def violations(page: Page, *, colours_only: bool = False) -> list[str]:
    """Return what axe-core finds wrong, one line for each element.

    `colours_only` is for a page that was looked at in its other colours: nothing else of it depends on them.
    """
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(_AXE)
    rules = {"type": "rule", "values": _COLOUR_RULES} if colours_only else {"type": "tag", "values": _TAGS}
    options = {"runOnly": rules, "resultTypes": ["violations"]}
    found: dict[str, Any] = await page.evaluate("(options) => axe.run(document, options)", options)
    return [
        f"{rule['id']}: {node['html'][:160]} {node.get('failureSummary', '')}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


async def too_wide(page: Page) -> int:
    """Return by how many pixels the page can be scrolled sideways; 0 is right."""
    return int(await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


async def small_targets(page: Page) -> list[str]:
    """Return what can be pressed and is lower than a thumb needs; links within sentences are exempt (WCAG 2.5.8)."""
    return list(await page.evaluate(_SMALL_TARGETS, TARGET_MIN))


async def drawn(image: Locator) -> None:
    """Wait until a picture is loaded and decoded, whatever it was before.

    Raises:
        TimeoutError: it never is.
    """
    async with asyncio.timeout(HANG_MS / 1000):
        while not await image.evaluate("(one) => one.complete && one.naturalWidth > 0"):
            await asyncio.sleep(0.02)


async def keep(page: Page, name: str) -> None:
    """Keep a picture of the whole page, to be looked at, where pictures are asked for."""
    if PICTURES not in os.environ:
        return
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=ARTIFACTS / f"{name}.png", full_page=True)


async def faults_of(page: Page, name: str) -> list[str]:
    """Look at a page as it stands, in light and in dark, and return what is wrong with it.

    The page must be still (see `Ways`), for colours that are on their way to others are neither.
    """
    size = page.viewport_size or {"width": 0}
    found = []
    for scheme in SCHEMES:
        await page.emulate_media(color_scheme=scheme)
        await keep(page, f"{name}-{size['width']}-{scheme}")
        found += [f"{name}, {scheme}: {one}" for one in await violations(page, colours_only=scheme == "dark")]
    found += [f"{name}: {one}" for one in await small_targets(page)]
    wide = await too_wide(page)
    return [*found, f"{name}: {wide} pixels too wide"] if wide else found
