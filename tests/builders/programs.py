"""A merchant's own program with a key, speaking to the REST API of the test's own process."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

import httpx

from largesse.app.application import Application
from largesse.app.web import make_app
from largesse.domain.merchants import Merchant
from largesse.domain.programs import KeyScope, KeyWanted
from largesse.interfaces import rest_api
from largesse.services import programs
from largesse.services.programs import MadeKey
from tests.builders.application import BASE_URL, NOW
from tests.builders.staff import OPERATOR

V1 = "/api/v1"


async def a_program_key(
    application: Application,
    merchant: Merchant,
    *,
    scopes: Sequence[KeyScope] = tuple(KeyScope),
    live: bool = True,
    name: str = "Till",
) -> MadeKey:
    """A key, made by the operator."""
    wanted = KeyWanted(name=name, scopes=[one.value for one in scopes])
    return await programs.make_key(application, merchant, wanted, live=live, by=OPERATOR, now=NOW)


class Api:
    """Ask the REST API, as a program does."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def post(
        self, path: str, body: Any = None, *, key: str | None = None, key_text: str | None = None, **more: Any
    ) -> httpx.Response:
        """Post a message under an Idempotency-Key; with another key of a program than its own."""
        headers = {**({"Idempotency-Key": key} if key else {}), **more.pop("headers", {})}
        if key_text:
            headers["Authorization"] = f"Bearer {key_text}"
        return await self.client.post(V1 + path, json=body, headers=headers, **more)

    async def get(self, path: str, **params: Any) -> httpx.Response:
        """Ask for something."""
        headers = params.pop("headers", {})
        return await self.client.get(V1 + path, params=params, headers=headers)

    async def done(self, path: str, body: Any = None, **more: Any) -> Any:
        """Return what is answered where all is well."""
        answer = await self.post(path, body, **more)
        assert answer.status_code in {200, 201, 202}, answer.text
        return answer.json()

    async def issued(self, amount: str = "100.00", **more: Any) -> Any:
        """Return a fresh certificate, with its number."""
        return await self.done("/certificates", {"amount": amount, "currency": "USD", "paid_by": "cash", **more})


@asynccontextmanager
async def speaking(
    application: Application, key: str, *, rates: tuple[int, int] = (10_000, 10_000)
) -> AsyncIterator[Api]:
    """Lend a program that speaks with a key, to an interface of its own in this process."""
    transport = httpx.ASGITransport(
        app=cast("Any", make_app(rest_api.routes(application, rates=rates))), client=("192.0.2.7", 4711)
    )
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL, headers=headers) as client:
        yield Api(client)
