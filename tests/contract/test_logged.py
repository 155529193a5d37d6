"""What is written about a partner's visit: that it happened, and none of the secrets that it was about."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import msgspec

from largesse.app.front import App, Front
from largesse.app.logs import RequestLine
from largesse.app.metrics import Metrics
from largesse.app.web import make_app
from largesse.interfaces import partner_api
from tests.builders.partners import PASSWORD
from tests.contract.conftest import DETAIL, ORDERS, TOKENS, Shop


@asynccontextmanager
async def opened(front: Front) -> AsyncIterator[httpx.AsyncClient]:
    """Start an application as a server does, and lend a client of it."""
    messages, started = asyncio.Queue[dict[str, Any]](), asyncio.Event()

    async def send(_message: Any) -> None:
        started.set()

    living = asyncio.create_task(front({"type": "lifespan"}, messages.get, send))
    await messages.put({"type": "lifespan.startup"})
    await started.wait()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(front), base_url="http://test") as client:
        yield client
    await messages.put({"type": "lifespan.shutdown"})
    await living


async def test_a_visit_leaves_lines_without_a_secret(shop: Shop) -> None:
    lines: list[RequestLine] = []
    numbers = Metrics(process="test", folder=None)

    @asynccontextmanager
    async def open_app() -> AsyncIterator[tuple[App, Metrics]]:
        yield make_app(partner_api.routes(shop.application)), numbers

    async with opened(Front(open_app, write_line=lines.append, wanted=lambda _: True)) as web:
        user = {"user": {"email": "a@b.example", "password": PASSWORD}}
        await web.post(TOKENS, json=user, params={"api_key": shop.ordering.api_key})
        made = await web.post(ORDERS, json={"refcode": "A", "amount": 25}, params=shop.parameters)
        number = made.json()["giftCertificate_detail"]["giftCertificateNumber"]
        told = await web.get(f"{DETAIL}/{number}", params=shop.parameters)
        await web.get(f"{DETAIL}/{number.lower()[:4]}-{number[4:]}/", params={**shop.parameters, "code": number})
    assert (made.status_code, told.status_code) == (200, 200)
    written = msgspec.json.encode(lines).decode()
    assert [line.status for line in lines] == [401, 200, 200, 200]
    for secret in (shop.ordering.api_key, shop.token, PASSWORD, number, number[4:]):
        assert secret.lower() not in written.lower()
    assert number not in numbers.exposition().decode()
