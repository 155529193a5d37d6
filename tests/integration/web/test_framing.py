"""Which pages another web site may show in a frame: read from the router, so that no route is forgotten."""

import re
from collections.abc import AsyncIterator, Iterator
from typing import NamedTuple

import httpx
import pytest
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from largesse.app.application import Application
from largesse.app.routes import interface_routes, open_templates
from largesse.app.web import make_app
from largesse.db import Database
from largesse.domain.merchants import Merchant
from largesse.domain.staff import ByWhom
from largesse.services.merchants import allow_embedding, end_embedding
from tests.builders.application import NOW, an_application
from tests.builders.catalog import a_draft, on_sale
from tests.builders.office import a_session_of
from tests.builders.shop import a_seller
from tests.builders.staff import a_worker
from tests.fakes.clock import StillClock
from tests.support.office import comes_with, visiting

SITE = "https://www.spa.example"
BY = ByWhom(actor="test", why="Wanted")
FRAMED = {("GET", "/{slug}/embed/gift/{offering}"), ("POST", "/{slug}/embed/gift/{offering}")}
FILLED = {"slug": "corner-spa", "offering": "any-amount", "language": "en", "kind": "terms"}
NOWHERE = "00000000-0000-7000-8000-000000000000"


class Installed(NamedTuple):
    """All that an installation serves, and somebody who is signed in there."""

    application: Application
    app: Litestar
    merchant: Merchant
    client: httpx.AsyncClient

    async def asks(self, method: str, path: str, site: str = SITE) -> httpx.Response:
        """What a frame of a web site gets."""
        filled = re.sub(r"\{(\w+)[^}]*\}", lambda name: FILLED.get(name[1], NOWHERE), path)
        return await self.client.request(
            method,
            filled,
            params={"site": site},
            headers={"sec-fetch-dest": "iframe", "sec-fetch-site": "cross-site", "origin": site},
        )


def routes_of(app: Litestar) -> Iterator[tuple[str, str]]:
    """Every method of every route."""
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            if isinstance(handler, HTTPRouteHandler):
                for method in sorted(handler.http_methods - {"OPTIONS"}):
                    yield str(method), route.path_format


@pytest.fixture
async def installed(database: Database) -> AsyncIterator[Installed]:
    async with an_application(database, clock=StillClock(NOW)) as application:
        merchant = await a_seller(database)
        await on_sale(database, merchant, a_draft())
        async with application.transaction() as connection:
            await allow_embedding(connection, merchant, SITE, by=BY, now=NOW)
        templates = open_templates(application)
        app = make_app(interface_routes(application, demo=True, templates=templates), templates=templates)
        worker = await a_worker(application, merchant)
        async with visiting(app) as client:
            comes_with(client, await a_session_of(application, worker, merchant, now=NOW))
            yield Installed(application, app, merchant, client)


def opens(answer: httpx.Response) -> bool:
    """Whether a browser would show an answer in a frame of any other web site."""
    policy = answer.headers.get("content-security-policy", "")
    return answer.headers.get("x-frame-options") != "DENY" or "frame-ancestors 'none'" not in policy


async def test_gift_forms_and_nothing_else_can_be_shown_by_a_web_site_on_the_list(installed: Installed) -> None:
    cases = list(routes_of(installed.app))
    assert set(cases) >= FRAMED
    assert len(cases) > 300
    pages, named = set[tuple[str, str]](), set[tuple[str, str]]()
    for case in cases:
        answer = await installed.asks(*case)
        assert answer.status_code < 500, case
        if "html" in answer.headers.get("content-type", "") and opens(answer):
            pages.add(case)
        if SITE in str(answer.headers.get("content-security-policy", "")):
            named.add(case)
    assert pages == FRAMED
    assert named == FRAMED


@pytest.mark.parametrize(
    "site",
    [
        "",
        "*",
        "null",
        "http://www.spa.example",
        "https://spa.example",
        "https://www.spa.example.evil.example",
        "https://www.spa.example:8443",
        "https://www.spa.example/",
        "HTTPS://WWW.SPA.EXAMPLE",
        "https://www.spa.example; script-src *",
        "https://www.spa.example https://evil.example",
    ],
)
async def test_a_web_site_that_is_not_on_the_list_is_refused(installed: Installed, site: str) -> None:
    for case in sorted(FRAMED):
        answer = await installed.asks(*case, site)
        assert (answer.status_code, opens(answer)) == (403, False)
        assert "evil" not in answer.headers["content-security-policy"]
    program = await installed.client.get(
        "/corner-spa/embed/gift/any-amount", params={"site": site}, headers={"accept": "application/json"}
    )
    assert program.json()["code"] == "embed_origin.not_allowed"


async def test_the_list_of_one_merchant_opens_no_other_and_ends_with_its_entry(installed: Installed) -> None:
    other = await a_seller(installed.application.database, slug="tailor", prefix="TL", number="1002")
    await on_sale(installed.application.database, other, a_draft())
    async with installed.application.transaction() as connection:
        await allow_embedding(connection, other, "https://tailor.example", by=BY, now=NOW)
        await end_embedding(connection, other, "https://tailor.example", by=BY, now=NOW)
    for site in (SITE, "https://tailor.example"):
        answer = await installed.client.get("/tailor/embed/gift/any-amount", params={"site": site})
        assert (answer.status_code, opens(answer)) == (403, False)


async def test_the_kit_alone_is_for_other_web_sites_and_never_changes(installed: Installed) -> None:
    assets = open_templates(installed.application).assets
    kit = assets.named("ui/embed-1.js")
    # Pages of others name this hash. Whoever changes the kit adds a number and leaves this file as it is.
    assert kit.integrity == "sha384-0qEyDHecMgJiSRxP4NXEIipL6OpL1A89NhSi1WPwCOqg6lZX0PTHtpytqNfJyGt3"
    answer = await installed.client.get(kit.url, headers={"origin": SITE})
    assert answer.content == kit.body
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "immutable" in answer.headers["cache-control"]
    for name in ("ui.js", "frame.js", "ui/icon.svg"):
        own = await installed.client.get(assets.url(name), headers={"origin": SITE})
        assert own.headers["cross-origin-resource-policy"] == "same-origin"
        assert "access-control-allow-origin" not in own.headers
