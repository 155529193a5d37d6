"""The gift form in pages of other web sites: plain, as WordPress writes them, under a strict policy, or hostile."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace as with_parts
from html import escape
from pathlib import Path
from typing import Any, Final, NamedTuple, cast

import pytest
import pytest_asyncio
from litestar import Litestar, MediaType, Response, get
from litestar.params import FromPath
from playwright.async_api import Browser, Frame, Page, async_playwright, expect

from largesse import ui
from largesse.adapters.typeset import TypstTypesetter
from largesse.app.routes import interface_routes
from largesse.app.web import make_app
from largesse.db import Database
from largesse.domain.staff import ByWhom
from largesse.interfaces.admin.settings.snippets import button_of, kit_of, link_of
from largesse.kernel.tax import UNTAXED
from largesse.services.merchants import allow_embedding
from largesse.ui import Assets
from tests.browser.conftest import QUIET, free_port, program
from tests.browser.eyes import (
    HANG_MS,
    SCHEMES,
    Sight,
    drawn,
    faults_of,
    keep,
    look_through,
    small_targets,
    too_wide,
    violations,
)
from tests.browser.hands import write
from tests.builders.application import an_application
from tests.builders.catalog import a_draft, on_sale
from tests.builders.shop import a_seller
from tests.support.postgres import Server, fresh_database
from tests.support.serving import served

pytestmark = pytest.mark.asyncio(loop_scope="session")

# Chromium's own switch for a browser that keeps no cookies of others.
STRICT_ABOUT_COOKIES: Final = "--test-third-party-cookie-phaseout"
NO_STORAGE: Final = """
for (const name of ["localStorage", "sessionStorage", "indexedDB", "caches"])
  Object.defineProperty(window, name, { get() { throw new DOMException("denied", "SecurityError"); } });
Object.defineProperty(Document.prototype, "cookie", {
  get() { throw new DOMException("denied", "SecurityError"); },
  set() { throw new DOMException("denied", "SecurityError"); },
});
"""
SILENT: Final = """
window.heard = [];
addEventListener("message", (event) => heard.push([event.origin, event.data]));
"""


class Hosts(NamedTuple):
    """A shop, a web site that may show its form, and one that may not."""

    shop: str
    listed: str
    unlisted: str


def pages_of(shop: str, listed: str) -> dict[str, tuple[str, str]]:
    """The pages of a web site, and the policy of each."""
    kit = Assets({"ui": Path(ui.__file__).parent / "static"}).named("ui/embed-1.js")
    address, script = f"{shop}/corner-spa/gift/any-amount?amount=50&lang=en", kit_of(shop + kit.url, kit.integrity)
    button = button_of(address, "Gift certificates", accent="#7a2e3b", embedded=True)
    bare = link_of(address, "Gift certificates").replace("<a ", '<a class="largesse-gift" ')
    framed = f"{shop}/corner-spa/embed/gift/any-amount?site={listed}"
    wordpress = f"""<div class="entry-content wp-block-post-content">
<p>&#8220;A present for anybody&#8221; &#8211; choose it here:</p>
<p>{button.replace("&amp;", "&#038;")}<br />
{script}</p>
<p>And once more, as two plugins do:<br />
{script}</p>
</div>"""
    own = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; require-trusted-types-for 'script'"
    return {
        "plain": (
            f"<style>:root{{color-scheme:light dark}}</style><h1>Spa</h1>\n{button}\n{script}\n<p>Below it.</p>",
            "",
        ),
        "wordpress": (
            "<style>.entry-content a{display:inline-block!important}iframe,img{max-width:100%;height:auto}</style>"
            + wordpress,
            "",
        ),
        "strict": (f"<h1>Spa</h1>{bare}{script}", f"{own}; script-src {shop}; frame-src {shop}"),
        "no-frames": (f"<h1>Spa</h1>{bare}{script}", f"{own}; script-src {shop}"),
        "no-scripts": (f"<h1>Spa</h1>{bare}{script}", f"{own}; frame-src {shop}"),
        "tampered": (f"<h1>Spa</h1>{button}{script.replace('sha384-', 'sha384-A')}", ""),
        "sandboxed": (
            """<h1>A site builder</h1><iframe style="width:100%;height:1200px"
            sandbox="allow-scripts allow-forms allow-same-origin" src="/plain"></iframe>""",
            "",
        ),
        "silent": (f'<script>{SILENT}</script><iframe id="form" src="{escape(framed)}"></iframe>', ""),
        "hostile": (
            f"""<h1>Win a prize</h1><iframe id="page" src="{shop}/corner-spa/gift/any-amount"></iframe>
            <iframe id="form" src="{escape(framed)}"></iframe>""",
            "",
        ),
    }


def a_site(shop: str, listed: str) -> Litestar:
    """Return a web site of somebody else."""
    pages = pages_of(shop, listed)

    @get("/{name:str}", sync_to_thread=False)
    def show(name: FromPath[str]) -> Response[str]:
        body, policy = pages.get(name, ("", ""))  # an icon that browsers ask for
        html = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Spa</title><body>{body}</body></html>'
        headers = {"Content-Security-Policy": policy} if policy else {}
        return Response(html, media_type=MediaType.HTML, headers=headers)

    return Litestar([show], openapi_config=None)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def hosts(postgres_server: Server) -> AsyncIterator[Hosts]:
    """A shop at localhost, and two web sites at 127.0.0.1: browsers take them for strangers."""
    port, listed_port, unlisted_port = free_port(), free_port(), free_port()
    urls = Hosts(f"http://localhost:{port}", f"http://127.0.0.1:{listed_port}", f"http://127.0.0.1:{unlisted_port}")
    async with contextlib.AsyncExitStack() as stack:
        dsn = await stack.enter_async_context(fresh_database(postgres_server))
        database = await stack.enter_async_context(await Database.open(dsn))
        typesetter = await stack.enter_async_context(TypstTypesetter(threads=1))
        plain = await stack.enter_async_context(an_application(database, typesetter=typesetter))
        application = with_parts(plain, base_url=urls.shop)
        merchant = await a_seller(database, is_demo=True)
        await on_sale(database, merchant, a_draft(tax=UNTAXED))
        async with application.transaction() as connection:
            by, now = ByWhom(actor="test", why="Wanted"), application.clock.now()
            await allow_embedding(connection, merchant, urls.listed, by=by, now=now)
        await stack.enter_async_context(served(make_app(interface_routes(application)), port=port))
        site = a_site(urls.shop, urls.listed)
        await stack.enter_async_context(served(site, port=listed_port))
        await stack.enter_async_context(served(site, port=unlisted_port))
        yield urls


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def strict_browser() -> AsyncIterator[Browser]:
    """A Chromium that keeps no cookies of third parties."""
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=program(), args=[*QUIET, STRICT_ABOUT_COOKIES])
        yield opened
        await opened.close()


Look = Callable[..., Awaitable[Sight]]


@pytest_asyncio.fixture(loop_scope="session")
async def visit(strict_browser: Browser, hosts: Hosts) -> AsyncIterator[Look]:
    """Open pages of the web site that may show the form, in a way of looking."""
    async with contextlib.AsyncExitStack() as stack:

        async def open_site(base_url: str = hosts.listed, **ways: Any) -> Sight:
            sight = await look_through(strict_browser, base_url, **ways)
            stack.push_async_callback(sight.context.close)
            return sight

        yield open_site


async def form_in(page: Page) -> Frame:
    """The frame of the form, once it is shown."""
    await expect(page.locator("iframe")).to_be_visible()
    frame = await (await page.locator("iframe").element_handle()).content_frame()
    assert frame is not None
    return frame


@pytest.mark.parametrize("kind", ["plain", "wordpress", "strict"])
async def test_a_gift_begins_in_another_web_site_and_is_paid_in_the_shop(visit: Look, hosts: Hosts, kind: str) -> None:
    sight = await visit(still=True)
    await sight.context.add_init_script(NO_STORAGE)
    page = await sight.open(f"/{kind}")
    frame = await form_in(page)
    await expect(page.get_by_role("link", name="Gift certificates")).to_be_hidden()
    await expect(page.locator("iframe")).to_have_count(1)
    await expect(frame.get_by_role("radio", name="$50")).to_be_checked()
    await frame.get_by_role("button", name="Go on to payment").click()
    await expect(frame.get_by_role("alert").first).to_be_visible()
    preview = frame.locator(".stage img")
    before = await preview.get_attribute("src") or ""
    await write(cast("Page", frame))
    await expect(frame.locator(".facts [data-live-value=total]")).to_have_text("$50.00")
    await expect(preview).not_to_have_attribute("src", before)
    await drawn(preview)
    await frame.get_by_role("button", name="Go on to payment").click()
    await expect(frame.get_by_role("heading", name="Your gift is ready")).to_be_visible()
    assert await sight.context.cookies() == []
    await frame.get_by_role("button", name="Go on to payment").click()
    await page.wait_for_url(f"{hosts.shop}/corner-spa/handover")
    await expect(page.get_by_role("heading", name="Your gift is here")).to_be_visible()
    await expect(page.get_by_text("Nothing yet.")).to_be_visible()
    await page.get_by_role("button", name="Add it and go on to payment").click()
    await page.wait_for_url(f"{hosts.shop}/corner-spa/checkout")
    await expect(page.get_by_role("heading", name="For Ada")).to_be_visible()
    assert [one for one in sight.complaints if "422" not in one] == []


async def test_the_frame_is_as_high_as_its_page_and_can_be_used_by_everyone(visit: Look) -> None:
    for width in (360, 1280):
        sight = await visit(width=width, still=True)
        page = await sight.open("/plain")
        frame = await form_in(page)
        await frame.get_by_role("radio", name="By e-mail, on a day you choose").check()
        await frame.get_by_role("button", name="Go on to payment").click()
        await expect(frame.get_by_role("alert").first).to_be_visible()
        await _judge(page, frame, f"embedded-form-{width}")
        await frame.get_by_role("radio", name="By e-mail, now").check()
        await write(cast("Page", frame))
        await frame.get_by_role("button", name="Go on to payment").click()
        await expect(frame.get_by_role("heading", name="Your gift is ready")).to_be_visible()
        await _judge(page, frame, f"embedded-ready-{width}")
        await frame.get_by_role("button", name="Go on to payment").click()
        await expect(page.get_by_role("heading", name="Your gift is here")).to_be_visible()
        assert await faults_of(page, "handover") == []


async def _judge(page: Page, frame: Frame, name: str) -> None:
    """Look at a page in a frame, in light and dark."""
    await expect(frame.locator(".framed")).to_be_visible()
    high = "(frame) => frame.clientHeight"
    async with asyncio.timeout(HANG_MS / 1000):
        while await page.locator("iframe").evaluate(high) != await frame.evaluate(
            "Math.ceil(document.querySelector('.framed').getBoundingClientRect().height)"
        ):
            await asyncio.sleep(0.02)
    assert await frame.evaluate("document.documentElement.scrollHeight - innerHeight") <= 0
    looked, size = cast("Page", frame), page.viewport_size or {"width": 0, "height": 0}
    height = int(await page.evaluate("document.documentElement.scrollHeight"))
    await page.set_viewport_size({"width": size["width"], "height": height})  # a picture has all of the frame
    for scheme in SCHEMES:
        await page.emulate_media(color_scheme=scheme)
        await frame.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        await keep(page, f"{name}-{scheme}")
        assert await violations(looked, colours_only=scheme == "dark") == []
    assert await small_targets(looked) == []
    assert await too_wide(looked) == 0
    await page.set_viewport_size({"width": size["width"], "height": size["height"]})


@pytest.mark.parametrize("kind", ["plain", "no-scripts", "no-frames", "tampered"])
async def test_where_something_is_in_the_way_it_is_a_plain_link(visit: Look, hosts: Hosts, kind: str) -> None:
    sight = await visit(scripts=kind != "plain")
    page = await sight.open(f"/{kind}")
    await page.get_by_role("link", name="Gift certificates").click()
    await page.wait_for_url(f"{hosts.shop}/corner-spa/gift/any-amount?amount=50&lang=en")
    await expect(page.get_by_role("radio", name="$50")).to_be_checked()


async def test_a_web_site_that_is_not_on_the_list_shows_a_link(visit: Look, hosts: Hosts) -> None:
    sight = await visit(hosts.unlisted)
    page = await sight.context.new_page()
    async with page.expect_response("**/embed/gift/**") as asked:
        await page.goto(f"{hosts.unlisted}/plain")
    assert (await asked.value).status == 403
    await expect(page.get_by_role("link", name="Gift certificates")).to_be_visible()
    await expect(page.locator("iframe")).to_be_hidden()


async def test_nobody_else_lays_a_page_of_the_shop_under_their_own(visit: Look, hosts: Hosts) -> None:
    sight = await visit(hosts.unlisted)
    page = await sight.open("/hostile")
    for name in ("page", "form"):
        await expect(page.locator(f"#{name}")).to_be_attached()
        await expect(page.frame_locator(f"#{name}").locator("form")).to_have_count(0)
    told = [one for one in sight.complaints if "frame-ancestors" in one or "X-Frame-Options" in one]
    assert len(told) >= 2, sight.complaints


async def test_a_frame_says_nothing_to_a_page_that_has_not_spoken(visit: Look, hosts: Hosts) -> None:
    sight = await visit()
    page = await sight.open("/silent")
    await expect(page.frame_locator("#form").locator(".framed")).to_be_visible()
    assert await page.evaluate("heard") == []
    await page.evaluate("document.querySelector('#form').contentWindow.postMessage({ largesse: 1 }, '*')")
    await page.wait_for_function("() => heard.length > 0")
    [[origin, told], *_] = await page.evaluate("heard")
    assert origin == hosts.shop
    assert set(told) == {"largesse", "height"}


async def test_a_frame_that_may_open_no_other_page_says_so_and_shows_the_way(visit: Look, hosts: Hosts) -> None:
    sight = await visit(still=True)
    page = await sight.open("/sandboxed")
    form = page.frame_locator("iframe").frame_locator("iframe")
    await write(cast("Page", form))
    await form.get_by_role("button", name="Go on to payment").click()
    await expect(form.get_by_role("heading", name="Your gift is ready")).to_be_visible()
    await form.get_by_role("button", name="Go on to payment").click()
    await expect(form.get_by_text("This page may not open another one")).to_be_visible()
    link = form.get_by_role("link", name=f"{hosts.shop}/corner-spa/gift/any-amount")
    await expect(link).to_have_attribute("href", "/corner-spa/gift/any-amount?amount=50&lang=en")
    await keep(page, "embedded-sandboxed-1280")
    await expect(form.get_by_role("button", name="Go on to payment")).not_to_have_attribute("aria-busy", "true")
    assert page.url == f"{hosts.listed}/sandboxed"
