"""Limits of the shop come before its work: what is beyond one is not read, not cleaned and not looked up."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import httpx
import pytest
from litestar import Litestar

from largesse.db import Database
from largesse.interfaces.storefront.buying import buying_routes
from largesse.interfaces.storefront.limits import Limits
from tests.builders.application import an_application
from tests.builders.catalog import on_sale
from tests.builders.shop import NOW, a_seller
from tests.fakes.clock import StillClock
from tests.support.markup import LOOKING
from tests.support.shopper import TEMPLATES

FORM = "application/x-www-form-urlencoded"


class Body:
    """A body that tells whether somebody asked for it."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.was_read = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        self.was_read = True
        yield self.content


@asynccontextmanager
async def a_visitor(database: Database, limits: Limits) -> AsyncIterator[httpx.AsyncClient]:
    async with an_application(database, clock=StillClock(NOW)) as application:
        routes = [buying_routes(application, TEMPLATES, limits=limits)]
        transport = httpx.ASGITransport(app=cast("Any", Litestar(routes, openapi_config=None)))
        async with httpx.AsyncClient(
            transport=transport, base_url="https://gifts.example.com", event_hooks=LOOKING
        ) as client:
            yield client


@pytest.mark.parametrize(
    "path", ["/gift/any-amount", "/live/gift/any-amount", "/gifts/remove", "/checkout", "/live/checkout"]
)
async def test_a_form_beyond_the_limit_is_not_even_read(database: Database, path: str) -> None:
    await on_sale(database, await a_seller(database))
    limits = Limits(gifts="1/minute", live="1/minute", checkouts="1/minute")
    async with a_visitor(database, limits) as client:
        bodies = [Body(b"message=" + "\u0301\u0316".encode() * 30_000) for _ in range(2)]
        answers = [
            await client.post(f"/corner-spa{path}", content=body, headers={"Content-Type": FORM}) for body in bodies
        ]
    assert [answer.status_code == 429 for answer in answers] == [False, True]
    assert 1 <= int(answers[1].headers["retry-after"]) <= 60
    assert [body.was_read for body in bodies] == [True, False]
