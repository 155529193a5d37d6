"""The outermost layer of the web: every request passes here, whatever it asks for.

It gives each request an id, counts it, writes one log line about it, bounds how slowly it may arrive, and answers for
whatever broke inside. It is one plain ASGI callable, because a stack of framework middlewares costs more than the
whole of it (docs/decisions/0031-web-server.md).
"""

import asyncio
import re
import secrets
import time
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from datetime import UTC, datetime
from typing import Any

import structlog

from largesse.app import problems
from largesse.app.arrivals import Arrival, Arrivals, Pace
from largesse.app.logs import RequestLine, request_id_of_this_task, wanted, write_request
from largesse.app.masking import mask_path, mask_query, mask_text
from largesse.app.metrics import Metrics
from largesse.web.errors import RequestCutOff

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Any, Any, Any], Awaitable[None]]

CLIENT_ERRORS_PER_S_MAX = 50

_SANE_ID = re.compile(rb"[0-9A-Za-z][0-9A-Za-z._-]{7,63}")
_log = structlog.get_logger()


class Front:
    """Serve the application that `open_app` opens when the server starts this process, and closes when it stops."""

    def __init__(
        self,
        open_app: Callable[[], AbstractAsyncContextManager[tuple[App, Metrics]]],
        *,
        pace: Pace | None = None,
        address_of: Callable[[Scope], str] | None = None,
        steady_clock: Callable[[], float] = time.monotonic,
        write_line: Callable[[RequestLine], None] = write_request,
        wanted: Callable[[str], bool] = wanted,
    ) -> None:
        self._open_app = open_app
        self._arrivals = Arrivals(pace or Pace())
        self._address_of = address_of or _peer_of
        self._steady_clock = steady_clock
        self._write_line = write_line
        self._wanted = wanted
        self._noise = _Noise()
        self._app: App
        self._metrics: Metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one ASGI connection."""
        if scope["type"] == "http":
            await self._serve(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        stack = AsyncExitStack()
        try:
            self._app, self._metrics = await stack.enter_async_context(self._open_app())
        except Exception as error:  # noqa: BLE001 - the protocol wants the failure as a message; the server then ends this process
            _log.critical("start_failed", exc_info=error)
            await send({"type": "lifespan.startup.failed", "message": ""})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        try:
            await stack.aclose()
        except Exception as error:  # noqa: BLE001 - likewise
            _log.error("stop_failed", exc_info=error)
            await send({"type": "lifespan.shutdown.failed", "message": ""})
            return
        await send({"type": "lifespan.shutdown.complete"})

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        request_id = _request_id(scope["headers"])
        token = request_id_of_this_task.set(request_id)
        scope["request_id"] = request_id
        exchange = _Exchange(
            receive,
            send,
            request_id=request_id.encode(),
            arrivals=self._arrivals,
            address=lambda: self._address_of(scope),
            without_body=scope["method"] == "HEAD",
        )
        try:
            await self._app(_asked(scope), exchange.receive, exchange.send)
            if exchange.late:
                await _answer(408, exchange)
        except RequestCutOff:
            await _answer(408 if exchange.late else 400, exchange)
        except Exception as error:  # noqa: BLE001 - nothing may reach the server: it would answer in its own words
            if exchange.late:
                await _answer(408, exchange)
            else:
                _log.error("failed", exc_info=error)
                await _answer(500, exchange)
        finally:
            self._tell(scope, exchange, request_id, time.perf_counter() - started)
            request_id_of_this_task.reset(token)

    def _tell(self, scope: Scope, exchange: "_Exchange", request_id: str, duration_s: float) -> None:
        # 499, as nginx says it: the client went away before there was an answer.
        status = exchange.status or 499
        route = scope.get("path_template") or "none"
        self._metrics.request(
            interface=_interface_of(scope), route=route, method=_method(scope), status=status, duration_s=duration_s
        )
        if 400 <= status < 500 and not self._noise.may_log(self._steady_clock()):
            return
        level = _level_of(status, scope["path"])
        if not self._wanted(level):  # masking costs more than all else that is told here
            return
        self._write_line(
            RequestLine(
                level=level,
                timestamp=datetime.now(UTC),
                process="web",
                request_id=request_id,
                method=_method(scope),
                path=mask_path(scope["path"]),
                query=mask_query(scope["query_string"].decode("latin-1")),
                status=status,
                duration_ms=round(duration_s * 1000, 2),
                bytes=exchange.sent,
            )
        )


def _peer_of(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""


def _asked(scope: Scope) -> Scope:
    """Return what the application is asked: HEAD is GET without the body (RFC 9110 §9.3.2)."""
    return {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope


class _Exchange:
    """Stand between the server and the application for one request, and remember what was answered."""

    __slots__ = (
        "_arrival",
        "_arrivals",
        "_complete",
        "_receive",
        "_request_id",
        "_send",
        "_without_body",
        "sent",
        "status",
    )

    def __init__(
        self,
        receive: Receive,
        send: Send,
        *,
        request_id: bytes,
        arrivals: Arrivals,
        address: Callable[[], str],
        without_body: bool = False,
    ) -> None:
        self._receive = receive
        self._send = send
        self._request_id = request_id
        self._arrivals = arrivals
        self._arrival = Arrival(address)
        self._without_body = without_body
        self._complete = False
        self.status = 0
        self.sent = 0

    @property
    def late(self) -> bool:
        """Return whether the request came too slowly, and nobody was told of it yet."""
        return self._arrival.late

    def forgive(self) -> None:
        """Take note that the client is told."""
        self._arrival.late = False

    async def receive(self) -> Message:
        """Pass on the next part of the request; one that does not come in time counts as the end of the connection."""
        if self._complete:  # only the end of the connection can follow, and that may take its time
            return await self._receive()
        arrival = self._arrival
        self._arrivals.begin(arrival)
        try:
            message = await self._receive()
        except asyncio.CancelledError:
            task = asyncio.current_task()
            # Ours is taken note of; whoever else cancels this task is still heard.
            if task is None or not arrival.late or task.uncancel():
                raise
            raise RequestCutOff from None
        finally:
            self._arrivals.end(arrival)
        if message["type"] == "http.disconnect":
            raise RequestCutOff
        arrival.received += len(message.get("body", b""))
        self._complete = not message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        """Pass on a part of the answer. To a request that came too slowly there is an answer of our own instead."""
        if self.late:
            return
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [
                *message["headers"],
                (b"x-request-id", self._request_id),
                (b"x-content-type-options", b"nosniff"),
            ]
        elif self._without_body:
            message = {**message, "body": b""}
        else:
            self.sent += len(message.get("body", b""))
        await self._send(message)


class _Noise:
    """Let through a bounded number of lines about clients' errors per second, and say how many were left out."""

    def __init__(self) -> None:
        self._second = 0
        self._count = 0

    def may_log(self, at_s: float) -> bool:
        """Return whether one more line may be written at `at_s` on a steady clock."""
        second = int(at_s)
        if second != self._second:
            if self._count > CLIENT_ERRORS_PER_S_MAX:
                _log.warning("client_errors_not_logged", count=self._count - CLIENT_ERRORS_PER_S_MAX)
            self._second, self._count = second, 0
        self._count += 1
        return self._count <= CLIENT_ERRORS_PER_S_MAX


async def _answer(status: int, exchange: _Exchange) -> None:
    exchange.forgive()
    if exchange.status:  # an answer had begun, and there cannot be a second; its broken end tells the client
        return
    body = problems.encode(problems.plain_problem(status))
    headers = [
        (b"content-type", problems.MEDIA_TYPE.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    await exchange.send({"type": "http.response.start", "status": status, "headers": headers})
    await exchange.send({"type": "http.response.body", "body": body})


def _level_of(status: int, path: str) -> str:
    if status >= 500:
        return "error"
    if status >= 400:
        return "warning"
    # Balancers and Prometheus ask every few seconds; that all is well is no news.
    return "debug" if path in _PROBED else "info"


def _request_id(headers: list[tuple[bytes, bytes]]) -> str:
    """Return the id that a program gave its request, else the one that a proxy gave it, else a fresh one."""
    for header in (b"request-id", b"x-request-id"):
        for name, value in headers:
            if name == header:
                if _SANE_ID.fullmatch(value) and mask_text(text := value.decode("ascii")) == text:
                    return text
                break
    return secrets.token_hex(8)


def _method(scope: Scope) -> str:
    method: str = scope["method"]
    # A made-up method would be a label of its own in the metrics for ever.
    return method if method in _METHODS else "OTHER"


_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
_PROBED = frozenset({"/healthz", "/metrics", "/readyz"})
_INTERFACES = "largesse.interfaces."


def _interface_of(scope: Scope) -> str:
    handler = scope.get("route_handler")
    module: str = getattr(getattr(handler, "fn", None), "__module__", "")
    return module.removeprefix(_INTERFACES).partition(".")[0] if module.startswith(_INTERFACES) else "app"
