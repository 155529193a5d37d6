"""`/counter/{slug}/offline`: what a device fetches while it has a line, and what it sends when it has one again.

The page and the worker are the same for everybody and tell of nobody. A book is handed to the device alone that signs
for it; the rows of a queue are signed one by one, and need nothing besides.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal

import msgspec
from litestar import HttpMethod, MediaType, Response, route
from litestar.handlers import HTTPRouteHandler
from litestar.response import Stream

from largesse.domain.devices import DeviceRefused
from largesse.domain.merchants import Merchant, MerchantUnknown, find_merchant
from largesse.domain.offline import (
    EnrolmentUnknown,
    OfflineNotAllowed,
    QueueFirst,
    QueueRowInvalid,
    SignedRow,
    genesis_of,
    offline_rules,
    written,
)
from largesse.interfaces.counter.dependencies import CounterDependencies
from largesse.interfaces.counter.front import CounterFront, counter_path
from largesse.interfaces.counter.idle_page import CAMERA
from largesse.interfaces.counter.recognising import Incoming, look_at
from largesse.interfaces.counter.rules import ENTRANCE, OPTION
from largesse.services import offline as services
from largesse.services import tills
from largesse.services.offline import OpenedBook
from largesse.web.errors import PageUnknown
from largesse.web.forms import whole_number
from largesse.web.headers import security_headers
from largesse.web.pages import page
from largesse.web.preferences import visit_of
from largesse.web.request import AnyRequest
from largesse.web.staff_places import is_private

QUEUE_VERSION: Final = 1
ROWS_MAX: Final = 100
ROWS_TOLD_MAX: Final = 1_000_000
BODY_BYTES_MAX: Final = 1024 * 1024
_WORKER: Final = (Path(__file__).parent / "worker" / "worker.js").read_bytes()
_ROOT: Final = "/counter/{slug:str}"
_BINARY: Final = "application/octet-stream"
LineAnswer = Response[Any] | Stream
LineWork = Callable[[AnyRequest], Awaitable[LineAnswer]]


class AskedBook(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a device sends that asks for its book."""

    challenge: str
    signature: str
    position: str = ""
    key_id: str = ""
    waiting: int = 0


class SentQueue(msgspec.Struct, frozen=True, kw_only=True):
    """Rows as a device posts them, and how many it has behind them. A form that was sent is read for a year."""

    version: int
    rows: tuple[SignedRow, ...]
    waiting: int = 0


class LinePages:
    """Answer a device, whether or not somebody stands at it."""

    def __init__(self, front: CounterFront) -> None:
        self._front = front
        self._deps: CounterDependencies = front.deps

    async def worker(self, request: AnyRequest) -> LineAnswer:
        """Return the worker, which may answer for the counter itself and all below it."""
        slug = (await self._merchant(request)).slug
        headers = security_headers(https=self._front.https) | {
            "Content-Security-Policy": "default-src 'none'; connect-src 'self'",
            "Service-Worker-Allowed": counter_path(slug),
        }
        return Response(_WORKER, media_type="text/javascript; charset=utf-8", headers=headers)

    async def shell(self, request: AnyRequest) -> LineAnswer:
        """Return what is shown without a line: the same for everybody in a language."""
        merchant = await self._merchant(request)
        home = counter_path(merchant.slug)
        return page(
            self._front.templates,
            "counter/offline.html",
            request,
            {"home": home},
            visit=msgspec.structs.replace(visit_of(request), here=home),
            brand=await self._front.theme(merchant),
            worker=True,
            headers=CAMERA,
        )

    async def manifest(self, request: AnyRequest) -> LineAnswer:
        """Return what a home screen keeps of the counter."""
        merchant = await self._merchant(request)
        home, icon = counter_path(merchant.slug), self._front.templates.assets.url("ui/icon.svg")
        told = {
            "name": merchant.name,
            "start_url": home,
            "scope": home,
            "display": "standalone",
            "icons": [{"src": icon, "sizes": "any", "type": "image/svg+xml"}],
        }
        return Response(json.dumps(told), media_type="application/manifest+json")

    async def state(self, request: AnyRequest) -> LineAnswer:
        """Return whether the device may work without a line, the time, and what it signs to be given its book.

        It tells how many rows it has yet to send: its day is not closed over them.
        """
        found, now = await self._incoming(request), self._deps.clock.now()
        device, waiting = found.device, whole_number(request.query_params.get("waiting", "")) or 0
        async with self._deps.database.transaction() as connection:
            rules = await offline_rules(connection, found.merchant.merchant_id)
            if device is not None and waiting:
                await services.hear_of(connection, device, waiting=min(waiting, ROWS_TOLD_MAX), now=now)
        allowed = device is not None and services.works_offline(device, rules)
        challenge = tills.offer_challenge(self._deps.keyring, device, now=now) if device and allowed else ""
        return _told({"allowed": allowed, "challenge": challenge, "now": _milliseconds(now)})

    async def book(self, request: AnyRequest) -> LineAnswer:
        """Return the book of a device that signs for it, or what has changed of it."""
        found, now = await self._incoming(request), self._deps.clock.now()
        try:
            asked = msgspec.json.decode(await request.body(), type=AskedBook)
        except (msgspec.DecodeError, UnicodeError):
            return _told({"code": "request.invalid"}, status=400)
        device = found.device
        try:
            if device is None or not found.is_live:
                raise DeviceRefused
            tills.demand_signature(self._deps.keyring, device, asked.challenge[:200], asked.signature[:200], now=now)
            opened = await services.open_book(
                self._deps,
                found.merchant,
                device,
                position=asked.position[:200],
                key_id=asked.key_id[:16],
                waiting=max(0, asked.waiting),
                now=now,
            )
        except DeviceRefused as refused:
            return _told({"code": refused.code}, status=403)
        except (OfflineNotAllowed, QueueFirst) as refused:
            return _told({"code": refused.code}, status=409)
        content = _framed(opened, found.merchant, now=_milliseconds(now))
        return Stream(content, media_type=_BINARY, headers={"Cache-Control": "no-store"})

    async def queue(self, request: AnyRequest) -> LineAnswer:
        """Take the rows that a device posts, and tell what became of each."""
        merchant = await self._merchant(request)
        try:
            sent = msgspec.json.decode(await request.body(), type=SentQueue)
        except (msgspec.DecodeError, UnicodeError):
            return _told({"code": QueueRowInvalid.code}, status=400)
        if sent.version != QUEUE_VERSION or len(sent.rows) > ROWS_MAX:
            return _told({"code": QueueRowInvalid.code}, status=400)
        try:
            done = await services.take_queue(
                self._deps, merchant, sent.rows, waiting=max(0, sent.waiting), now=self._deps.clock.now()
            )
        except (QueueRowInvalid, EnrolmentUnknown) as refused:
            return _told({"code": refused.code}, status=422)
        return _told({"rows": [{"number": one.number, "state": one.state.value, "taken": one.taken} for one in done]})

    async def _merchant(self, request: AnyRequest) -> Merchant:
        async with self._deps.database.connection() as connection:
            try:
                return await find_merchant(connection, request.path_params["slug"])
            except MerchantUnknown:
                raise PageUnknown from None

    async def _incoming(self, request: AnyRequest) -> Incoming:
        async with self._deps.database.connection() as connection:
            try:
                return await look_at(connection, self._deps, request, https=self._front.https, touches=False)
            except MerchantUnknown:
                raise PageUnknown from None

    def route(self, method: Literal["GET", "POST"], path: str, work: LineWork) -> HTTPRouteHandler:
        """Return a handler that lets in whoever comes, by https or from this machine."""

        async def answer(request: AnyRequest) -> LineAnswer:
            if not is_private(request, https=self._front.https):
                return self._front.bare(request, "https", status=403)
            return await work(request)

        return route(
            path,
            http_method=[HttpMethod(method)],
            status_code=200,
            include_in_schema=False,
            request_max_body_size=BODY_BYTES_MAX,
            opt={OPTION: ENTRANCE, "exclude_from_csrf": True},
        )(answer)


def offline_routes(front: CounterFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of work without a line."""
    pages = LinePages(front)
    return [
        pages.route("GET", f"{_ROOT}/worker.js", pages.worker),
        pages.route("GET", f"{_ROOT}/offline", pages.shell),
        pages.route("GET", f"{_ROOT}/counter.webmanifest", pages.manifest),
        pages.route("GET", f"{_ROOT}/offline/state", pages.state),
        pages.route("POST", f"{_ROOT}/offline/book", pages.book),
        pages.route("POST", f"{_ROOT}/offline/queue", pages.queue),
    ]


async def _framed(opened: OpenedBook, merchant: Merchant, *, now: int) -> AsyncIterator[bytes]:
    """Return what a device goes by, behind its length, and the book."""
    rules = opened.rules
    told = {
        "enrolment": str(opened.enrolment.enrolment_id),
        "genesis": written(genesis_of(opened.enrolment.enrolment_id)),
        "keyId": opened.key.key_id,
        "position": opened.position,
        "asOf": _milliseconds(opened.as_of),
        "now": now,
        "hours": opened.hours_max,
        "perCertificate": rules.per_certificate,
        "lent": opened.lent,
        "currency": merchant.currency,
        "exponent": merchant.money.exponent,
        "zone": merchant.time_zone,
        "placeZone": opened.time_zone,
    }
    if opened.whole:
        told["key"] = written(opened.key.key)
    head = json.dumps(told).encode()
    yield len(head).to_bytes(4, "big") + head
    async for piece in opened.content:
        yield piece


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _told(values: dict[str, Any], *, status: int = 200) -> Response[str]:
    headers = {"Cache-Control": "no-store"}
    return Response(json.dumps(values), media_type=MediaType.JSON, status_code=status, headers=headers)
