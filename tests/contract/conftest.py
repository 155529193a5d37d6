"""The partner API on a real socket."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec
import pytest

from largesse.app.application import Application
from largesse.app.web import make_app
from largesse.db import Database
from largesse.interfaces import partner_api
from tests.builders.application import NOW, an_application
from tests.builders.partners import EMAIL, PASSWORD, Ordering, an_ordering_partner
from tests.fakes.clock import StillClock
from tests.support.serving import served

TOKENS = "/api/userservice/tokens"
ORDERS = "/api/secure/givingservice/giftcertificates"
DETAIL = "/api/secure/givingservice/giftcertificatedetail"
XML = "application/xml"
JSON = "application/json"


class Shop(msgspec.Struct, kw_only=True):
    """A served installation, a partner of it, and the partner's program."""

    application: Application
    clock: StillClock
    ordering: Ordering
    client: httpx.AsyncClient
    token: str = ""

    @property
    def parameters(self) -> dict[str, str]:
        return {"api_key": self.ordering.api_key, "api_token": self.token}

    async def ask_token(
        self, *, email: str = EMAIL, password: str = PASSWORD, key: str | None = None
    ) -> httpx.Response:
        request = {"user": {"email": email, "password": password}, "api_key": key or self.ordering.api_key}
        return await self.client.post(TOKENS, json={"auth_request": request})

    async def post(
        self, body: bytes | str | dict[str, Any], *, kind: str = JSON, accept: str | None = None, **given: Any
    ) -> httpx.Response:
        content = msgspec.json.encode(body) if isinstance(body, dict) else body
        headers = {"Content-Type": kind, "Accept": accept or kind, **given.pop("headers", {})}
        params = {**self.parameters, **given.pop("params", {})}
        return await self.client.post(ORDERS, content=content, headers=headers, params=params, **given)

    async def order(self, **fields: Any) -> httpx.Response:
        return await self.post({"giftCertificate": {"refcode": "A", "amount": 25, **fields}})

    async def order_with(self, *, is_test: str | None = None, key: str | None = None, **fields: Any) -> httpx.Response:
        headers = {"Idempotency-Key": key} if key is not None else {}
        params = {"is_test": is_test} if is_test is not None else {}
        body = {"giftCertificate": {"refcode": "A", "amount": 25, **fields}}
        return await self.post(body, params=params, headers=headers)

    async def count(self, table: str) -> int:
        async with self.application.database.connection() as connection:
            found: int = await connection.fetchval(f"SELECT count(*) FROM {table}")
        return found


@pytest.fixture
async def shop(database: Database) -> AsyncIterator[Shop]:
    clock = StillClock(NOW)
    async with an_application(database, clock=clock) as application:
        ordering = await an_ordering_partner(application)
        async with (
            served(make_app(partner_api.routes(application))) as base_url,
            httpx.AsyncClient(base_url=base_url, headers={"Accept": "*/*"}, timeout=60) as client,
        ):
            shop = Shop(application=application, clock=clock, ordering=ordering, client=client)
            answer = await shop.ask_token()
            assert answer.status_code == 200, answer.text
            shop.token = answer.json()["auth_response"]["access_token"]
            yield shop
