"""Behind the documented proxies each visitor is themselves: what one of them uses up, another has still."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from litestar import get

from largesse.app.web import make_app
from largesse.db import Database
from largesse.interfaces.storefront import FOLDER
from largesse.interfaces.storefront.redeem import PATH, redeem_routes
from largesse.ui import Templates
from largesse.web.client import BehindProxies, TrustedProxies, client_in
from largesse.web.request import AnyRequest
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_card, a_merchant
from tests.fakes.clock import StillClock
from tests.support import proxies
from tests.support.serving import served

TEMPLATES = Templates(parts={"storefront": FOLDER}, https=True)
PROXIES = {"nginx": proxies.nginx, "caddy": proxies.caddy}
SPOOFED = [
    {"X-Forwarded-For": "6.6.6.{n}"},
    {"Forwarded": "for=6.6.6.{n};proto=http"},
    {"X-Forwarded-For": "6.6.6.{n}, 127.0.0.1", "Forwarded": 'for="[2001:db8::{n}]"', "X-Forwarded-Proto": "http"},
    {"X-Real-IP": "6.6.6.{n}", "X-Client-IP": "6.6.6.{n}", "True-Client-IP": "6.6.6.{n}", "Via": "1.1 6.6.6.{n}"},
]

each_proxy = pytest.mark.parametrize(
    "name",
    [
        pytest.param(
            name, marks=pytest.mark.skipif(not proxies.is_installed(name), reason=f"{name} is not installed here")
        )
        for name in PROXIES
    ],
)


@get("/seen", include_in_schema=False, sync_to_thread=False)
def seen(request: AnyRequest) -> str:
    """Answer with who asks."""
    client = client_in(request.scope)
    return f"{client.scheme} {client.address}"


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="largesse-proxy-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@asynccontextmanager
async def two_clients(
    database: Database, name: str, folder: Path
) -> AsyncIterator[tuple[httpx.AsyncClient, httpx.AsyncClient, str]]:
    """Two visitors behind one proxy, at 127.0.0.2 and 127.0.0.3, and the number of a certificate."""
    async with AsyncExitStack() as stack:
        application = await stack.enter_async_context(an_application(database, clock=StillClock(NOW)))
        card = await a_card(application, await a_merchant(database))
        app = make_app([seen, *redeem_routes(application, TEMPLATES)], templates=TEMPLATES)
        base_url = await stack.enter_async_context(served(BehindProxies(app, TrustedProxies(["127.0.0.1"]))))
        public = await stack.enter_async_context(PROXIES[name](folder, upstream=urlsplit(base_url).port or 0))
        clients = [
            await stack.enter_async_context(
                httpx.AsyncClient(
                    transport=httpx.AsyncHTTPTransport(local_address=address, verify=False),
                    base_url=public,
                    timeout=120,
                )
            )
            for address in ("127.0.0.2", "127.0.0.3")
        ]
        yield clients[0], clients[1], card.number


@each_proxy
async def test_a_proxy_hands_on_who_asks_and_nothing_that_they_made_up(
    database: Database, name: str, folder: Path
) -> None:
    async with two_clients(database, name, folder) as (one, other, _):
        assert (await one.get("/seen")).text == "https 127.0.0.2"
        assert (await other.get("/seen")).text == "https 127.0.0.3"
        for headers in SPOOFED:
            made_up = {key: value.replace("{n}", "6") for key, value in headers.items()}
            assert (await one.get("/seen", headers=made_up)).text == "https 127.0.0.2", made_up


@each_proxy
async def test_twenty_wrong_numbers_close_the_redeem_page_to_nobody_else(
    database: Database, name: str, folder: Path
) -> None:
    async with two_clients(database, name, folder) as (guesser, holder, number):
        codes = list[int]()
        for at in range(24):
            headers = {key: value.replace("{n}", str(at)) for key, value in SPOOFED[at % len(SPOOFED)].items()}
            codes.append((await guesser.post(PATH, data={"code": f"guess {at}"}, headers=headers)).status_code)
        assert codes == [404] * 20 + [429] * 4
        assert (await holder.post(PATH, data={"code": number})).status_code == 200
