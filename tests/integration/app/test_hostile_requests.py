"""Whatever a stranger sends, nothing breaks: what is wrong with a request is the sender's fault, and said so."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
import structlog

from largesse.app import web
from largesse.app.application import Application
from largesse.app.front import App, Front
from largesse.app.metrics import Metrics
from largesse.db import Database
from largesse.web.csrf import FIELD, csrf_token
from largesse.web.session_cookie import NAME
from tests.builders.catalog import on_sale
from tests.builders.partners import EMAIL, PASSWORD, an_ordering_partner
from tests.builders.payments import a_paying_application
from tests.builders.shop import a_seller
from tests.integration.app.test_web import web_process
from tests.support.hostile import Hostile
from tests.support.stripe_account import StripeAccount, stripe_account

EACH = 25
SESSION = "s" * 32


class Site:
    """The whole application behind its front, and what was logged of it."""

    def __init__(self, front: Front, app: Any, known: dict[str, list[str]]) -> None:
        self.front = front
        self.app = app
        self.known = known

    async def ask(self, scope: dict[str, Any], received: list[dict[str, Any]]) -> tuple[int, bytes]:
        """Return status and body of the answer to one request."""
        status, body, coming = 0, b"", list(received)

        async def receive() -> dict[str, Any]:
            return coming.pop(0) if coming else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            nonlocal status, body
            if message["type"] == "http.response.start":
                status = message["status"]
                for name, value in message["headers"]:
                    assert b"\n" not in name + value
                    assert b"\r" not in name + value
            else:
                body += message.get("body", b"")

        await self.front(scope, receive, send)
        return status, body


@pytest.fixture(scope="module")
def account() -> Iterator[StripeAccount]:
    """A stand-in for Stripe in a process of its own, for all tests of this module."""
    with stripe_account() as opened:
        yield opened


@pytest.fixture
async def site(database: Database, account: StripeAccount, tmp_path: Path) -> AsyncIterator[Site]:
    async with a_paying_application(database, account) as application:
        opened = await _site(application, tmp_path)
        async with started(opened.front):
            yield opened


async def _site(application: Application, folder: Path) -> Site:
    merchant = await a_seller(application.database)
    offering = await on_sale(application.database, merchant)
    ordering = await an_ordering_partner(application, merchant=merchant)
    known = {
        "slug": [merchant.slug],
        "offering": [offering.slug],
        "session": [SESSION],
        FIELD: [csrf_token(application.keyring, SESSION)],
        "api_key": [ordering.api_key],
        "email": [EMAIL],
        "password": [PASSWORD],
        "offering_id": [str(offering.offering_id)],
        "go": ["add", "pay", "update", "remove"],
    }
    numbers = Metrics(process="web", folder=folder)
    app = web.build_app(application, numbers, demo=True)

    @asynccontextmanager
    async def open_app() -> AsyncIterator[tuple[App, Metrics]]:
        yield app, numbers

    front = Front(open_app, write_line=lambda _: None)
    return Site(front, app, known)


@asynccontextmanager
async def started(front: Front) -> AsyncIterator[None]:
    messages, opened, over = asyncio.Queue[dict[str, Any]](), asyncio.Event(), asyncio.Event()

    async def send(message: Any) -> None:
        (opened if "startup" in message["type"] else over).set()

    living = asyncio.create_task(front({"type": "lifespan"}, messages.get, send))
    await messages.put({"type": "lifespan.startup"})
    await opened.wait()
    yield
    await messages.put({"type": "lifespan.shutdown"})
    await over.wait()
    await living


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_no_request_to_any_route_breaks_anything(site: Site, seed: int) -> None:
    broken = list[str]()
    asked = 0
    with structlog.testing.capture_logs() as logs:
        for scope, received in Hostile(seed, known=site.known).requests(site.app, each=EACH):
            logs.clear()
            status, body = await site.ask(scope, received)
            asked += 1
            failed = [one for one in logs if one["log_level"] in {"error", "critical"}]
            if not 200 <= status < 500 or failed:
                broken.append(f"{scope} {received} got {status} {body[:80]!r} {failed}"[:3000])
                if len(broken) > 5:
                    break
    assert broken == []
    assert asked >= EACH * 20


def asked(
    method: str, path: str, body: bytes = b"", *, kind: bytes = b"", headers: tuple[tuple[bytes, bytes], ...] = ()
) -> dict[str, Any]:
    given = [(b"content-type", kind), (b"content-length", str(len(body)).encode()), *headers]
    return {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": given,
        "client": ("192.0.2.1", 1),
        "server": ("127.0.0.1", 80),
        "scheme": "http",
        "http_version": "1.1",
        "root_path": "",
        "state": {},
        "asgi": {"version": "3.0"},
    }


def whole(body: bytes) -> list[dict[str, Any]]:
    return [{"type": "http.request", "body": body, "more_body": False}]


FORM = b"application/x-www-form-urlencoded"


@pytest.mark.parametrize("signature", ["t=1,v1=é".encode("latin-1"), "t=1,v1=💥".encode(), b"t=1,v1=" + b"a," * 5000])
async def test_a_signature_that_nobody_can_have_made_is_refused(site: Site, signature: bytes) -> None:
    scope = asked("POST", "/callbacks/stripe", b"{}", headers=((b"stripe-signature", signature),))
    assert (await site.ask(scope, whole(b"{}")))[0] == 400


@pytest.mark.parametrize(
    "path",
    [
        "/callbacks/stripe",
        "/api/userservice/tokens",
        "/preferences",
        "/corner-spa/gift/any-amount",
        "/gifts/redeem.html",
    ],
)
async def test_a_body_that_is_cut_off_is_a_bad_request(site: Site, path: str) -> None:
    scope = asked("POST", path, b"x" * 100, kind=b"application/json" if path.startswith("/api/") else FORM)
    cut: list[dict[str, Any]] = [
        {"type": "http.request", "body": b"a=b", "more_body": True},
        {"type": "http.disconnect"},
    ]
    with structlog.testing.capture_logs() as logs:
        status, body = await site.ask(scope, cut)
    assert status == 400
    assert b"request.cut_off" in body or b"<html" in body
    assert [one for one in logs if one["log_level"] == "error"] == []


@pytest.mark.parametrize("here", ["/💥", "/é", "/\ud800".encode("utf-8", "surrogatepass").decode("latin-1")])
async def test_an_address_to_come_back_to_that_no_header_carries_is_a_bad_request(site: Site, here: str) -> None:
    body = urlencode({"theme": "dark", "here": here}).encode()
    assert (await site.ask(asked("POST", "/preferences", body, kind=FORM), whole(body)))[0] == 400


async def test_a_change_of_language_leads_back_to_any_address_that_stands_on_a_page(site: Site) -> None:
    page = await site.ask(asked("GET", "/nowhere/at/all/💥", headers=((b"accept", b"text/html"),)), whole(b""))
    assert page[0] == 404
    assert b'/nowhere/at/all/%F0%9F%92%A5"' in page[1]
    body = urlencode({"theme": "dark", "here": "/%F0%9F%92%A5"}).encode()
    assert (await site.ask(asked("POST", "/preferences", body, kind=FORM), whole(body)))[0] == 303


@pytest.mark.parametrize("field", ["message", "other_amount", "to"])
async def test_gifts_with_long_fields_fill_no_draft_beyond_its_limit(site: Site, field: str) -> None:
    """Ten good gifts, each with a long text in a field that is shown again, or that nobody reads."""
    cookie = ((b"cookie", f"{NAME}={SESSION}".encode()),)
    for number in range(12):
        fields = {
            FIELD: site.known[FIELD][0],
            "gift_id": f"018f3c1e-7b6a-7c3e-9a43-1b2c3d4e5f{number:02}",
            "amount": "5000",
            "to": "Ada",
            "from": "Grace",
            "first_name": "Ada",
            "email": "ada@example.com",
            "delivery": "now",
            "go": "add",
            "ignored": "y" * 20_000,
            field: "💥" * 8_000,
        }
        body = urlencode(fields).encode()
        with structlog.testing.capture_logs() as logs:
            status, _ = await site.ask(
                asked("POST", "/corner-spa/gift/any-amount", body, kind=FORM, headers=cookie), whole(body)
            )
        assert 200 <= status < 500
        assert [one for one in logs if one["log_level"] == "error"] == []


async def test_bad_requests_on_the_wire_leave_no_stack_and_few_lines(tmp_path: Path, dsn: str) -> None:
    ends = b" HTTP/1.1\r\nHost: x\r\n"
    heads = [
        b"POST /callbacks/stripe" + ends + b"Content-Length: 100\r\n\r\n{",
        b"POST /callbacks/stripe" + ends + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"POST /callbacks/stripe" + ends + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nab\r\n\r\n",
        b"POST /api/userservice/tokens" + ends + b"Content-Type: application/json\r\nContent-Length: 50\r\n\r\n{}",
        b"POST /preferences" + ends + b"Content-Type: " + FORM + b"\r\nContent-Length: 9\r\n\r\nhere=",
        b"POST /callbacks/stripe" + ends + b"Content-Length: -1\r\n\r\n",
        b"POST /callbacks/stripe" + ends + b"Content-Length: 99999999999999999999\r\n\r\n{}",
        b"POST /callbacks/stripe" + ends + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        b"GET /\xff\xfe%00%ff%f0%9f" + ends + b"Accept: text/html\r\n\r\n",
        b"GET /demo?x=%ed%a0%80&y=\xff" + ends + b"Accept: text/html\r\n\r\n",
        b"GET /gifts/redeem.html?code=%00\xff"
        + ends
        + b"Cookie: session=\xff\x80; language=\xe9\r\nAccept: text/html\r\n\r\n",
        b"POST /callbacks/stripe" + ends + b"Stripe-Signature: t=1,v1=\xff\xe9\r\nContent-Length: 2\r\n\r\n{}",
    ]
    with web_process(tmp_path, dsn) as opened:
        await asyncio.to_thread(opened.wait_until_open)
        for head in heads * 10:
            reader, writer = await asyncio.open_connection("127.0.0.1", opened.port)
            writer.write(head)
            writer.write_eof()
            answer = await asyncio.wait_for(reader.read(), 30)
            assert not answer.startswith(b"HTTP/1.1 5"), (head, answer)
            writer.close()
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{opened.port}", timeout=120) as client:
            assert (await client.get("/healthz")).status_code == 200
        assert [line for line in opened.lines() if line["level"] in {"error", "critical"}] == []
