"""No interface reads a compressed body, and each says so by the name of the header."""

import gzip
import re
from collections.abc import Iterator
from typing import Any, cast

import httpx
from litestar import Litestar
from litestar.routes import HTTPRoute

from largesse.app.metrics import Metrics
from largesse.app.web import build_app
from largesse.db import Database
from tests.builders.application import an_application

BODY = gzip.compress(b"code=GL")
HEADERS = {"Content-Encoding": "gzip", "Content-Type": "application/x-www-form-urlencoded"}

PARAMETER = re.compile(r"\{[^:}]*:([a-z]+)\}")
VALUES = {"uuid": "0" * 32, "int": "1"}


def posts(app: Litestar) -> Iterator[str]:
    """Yield an address below each route that reads a body, but for those that check it in words of their own."""
    for route in app.routes:
        if isinstance(route, HTTPRoute) and "POST" in route.methods and not route.path.startswith("/api/"):
            yield PARAMETER.sub(lambda found: VALUES.get(found[1], "x"), route.path)


async def test_every_address_that_reads_a_body_refuses_a_compressed_one(database: Database) -> None:
    async with an_application(database) as application:
        app = build_app(application, Metrics(process="test", folder=None))
        transport = httpx.ASGITransport(app=cast("Any", app))
        async with httpx.AsyncClient(transport=transport, base_url="https://gifts.example.com") as client:
            addresses = list(posts(app))
            assert len(addresses) > 5, addresses
            for address in addresses:
                response = await client.post(address, content=BODY, headers=HEADERS)
                assert response.status_code == 415, (address, response.text)
                assert response.json()["code"] == "content_encoding.unsupported"
                assert "Content-Encoding: gzip" in response.json()["detail"]
                page = await client.post(address, content=BODY, headers={**HEADERS, "Accept": "text/html"})
                assert (page.status_code, page.headers["content-type"]) == (415, "text/html; charset=utf-8")
