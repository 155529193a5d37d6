"""Post to receivers over HTTP, without ever being led into our own network (ARCHITECTURE §5).

A name is resolved once; the addresses found are the only ones that are connected to, and each is looked at again when
its socket is made. Redirects are not followed, no proxy is used, and what a receiver answers is read within bounds of
time and size.
"""

import asyncio
import ipaddress
import logging
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from importlib.metadata import version
from typing import Self
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from largesse.kernel.time_limits import limit
from largesse.outbox import ANSWER_BYTES_MAX, Address, Parcel, Reach, ReceiverAnswer, literal

TOTAL_TIMEOUT_S = 15.0
CONNECT_TIMEOUT_S = 5.0
# Once the status is known the rest is only for the log.
ANSWER_TIMEOUT_S = 2.0
# A connection is worth keeping when the rest of its answer is this short.
DRAIN_BYTES_MAX = 64 * 1024
# Most servers close idle connections after 5 s; a post that meets the close would fail for nothing.
KEEP_ALIVE_S = 4.0
RESOLVED_FOR_S = 10
RESOLVER_THREADS = 32
DATE_LENGTH_MAX = 64
# A receiver that will never take this one says so (Standard Webhooks): the delivery ends, the endpoint is well.
ABORT_HEADER = "webhook-delivery"
ABORT = "abort-message"
_log = logging.getLogger(__name__)
_USER_AGENT = f"Largesse/{version('largesse')}"


class AddressForbidden(OSError):
    """A receiver's name leads to an address that is not public."""


class HttpSender:
    """Send parcels over HTTP/1.1 with connections that are kept. Use `async with`. Conforms to `outbox.Sender`."""

    def __init__(self, *, reach: Reach | None = None, timeout_s: float | None = None) -> None:
        self._guard = _Guard(reach or Reach())
        self._timeout_s = limit(TOTAL_TIMEOUT_S) if timeout_s is None else timeout_s
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(
            limit=0,
            keepalive_timeout=KEEP_ALIVE_S,
            resolver=self._guard,
            ttl_dns_cache=RESOLVED_FOR_S,
            socket_factory=self.socket_to,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=limit(CONNECT_TIMEOUT_S)),
            headers={"User-Agent": _USER_AGENT, "Accept": "*/*", "Accept-Encoding": "identity"},
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    def socket_to(self, info: aiohttp.AddrInfoType) -> socket.socket:
        """Make the socket for one address that was resolved, and look at that address once more.

        Raises:
            AddressForbidden: it may not be connected to.
        """
        return self._guard.socket(info)

    async def send(self, parcel: Parcel) -> ReceiverAnswer:
        """Post a parcel and tell what came of it, within the time limit whatever the receiver does.

        Once its status is known, nothing that its answer holds besides changes whether it was received.
        """
        started = time.monotonic()
        try:
            async with asyncio.timeout(self._timeout_s):
                response = await self._post(parcel)
        except TimeoutError:
            error = f"The receiver did not answer within {self._timeout_s:g} s."
        except AddressForbidden as forbidden:
            error = str(forbidden)
        except aiohttp.ClientConnectorError as fault:
            # Where the reason is one of ours, it says more than the wrapper.
            error = str(fault.os_error) if isinstance(fault.os_error, AddressForbidden) else _told(fault)
        except (aiohttp.ClientError, OSError, ValueError) as fault:
            error = _told(fault)
        else:
            return await self._answer(response, started)
        return ReceiverAnswer(error=error, duration_ms=_since(started))

    async def _post(self, parcel: Parcel) -> aiohttp.ClientResponse:
        assert self._session is not None, "use `async with`"
        self._guard.check_literal(urlsplit(parcel.url).hostname or "")
        return await self._session.post(parcel.url, data=parcel.body, headers=parcel.headers, allow_redirects=False)

    async def _answer(self, response: aiohttp.ClientResponse, started: float) -> ReceiverAnswer:
        async with response:
            error, ended = _objection(response), response.headers.get(ABORT_HEADER, "").strip().lower() == ABORT
            body = await _first_of(response)
        failed = error is not None
        return ReceiverAnswer(
            status_code=response.status,
            error=error,
            body=body,
            duration_ms=_since(started),
            retry_after_s=_retry_after(response) if failed else None,
            retry_at=_retry_at(response.headers.get("Retry-After")) if failed else None,
            refused=failed and ended,
        )


class _Guard(AbstractResolver):
    """Resolve names to addresses that may be reached, and make sockets to no others."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        # Threads of its own, and many: a name server that hangs for one receiver must not hold up another's name.
        self._threads = ThreadPoolExecutor(RESOLVER_THREADS, thread_name_prefix="resolve")
        # What a host that may be reached by its name has resolved to.
        self._granted: set[Address] = set()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        loop = asyncio.get_running_loop()
        look_up = partial(socket.getaddrinfo, host, port, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
        found = await loop.run_in_executor(self._threads, look_up)
        addresses = [ipaddress.ip_address(where[0]) for *_, where in found]
        if self._reach.names(host):
            self._granted.update(addresses)
        elif not all(map(self._reach.covers, addresses)):
            raise _forbidden(host)
        return [
            ResolveResult(
                hostname=host,
                host=str(where[0]),
                port=port,
                family=entry_family,
                proto=protocol,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for entry_family, _, protocol, _, where in found
        ]

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def check_literal(self, host: str) -> None:
        """Look at a host that is written as an address; aiohttp does not ask the resolver for those."""
        address = literal(host)
        if address is not None and not self._reach.covers(address):
            raise _forbidden(host)

    def socket(self, info: aiohttp.AddrInfoType) -> socket.socket:
        """Make the socket for one address, and look at that address once more."""
        family, kind, protocol, _, where = info
        address = ipaddress.ip_address(where[0])
        if address not in self._granted and not self._reach.covers(address):
            raise _forbidden(str(address))
        made = socket.socket(family, kind, protocol)
        made.setblocking(False)
        return made


async def _first_of(response: aiohttp.ClientResponse) -> bytes:
    """Return the first 2 KB of an answer. A short rest is read away, to keep the connection; else it is closed."""
    kept, length = bytearray(), 0
    try:
        async with asyncio.timeout(limit(ANSWER_TIMEOUT_S)):
            async for chunk in response.content.iter_any():
                kept += chunk[: max(0, ANSWER_BYTES_MAX - len(kept))]
                length += len(chunk)
                if length > DRAIN_BYTES_MAX:
                    response.close()
                    break
    except Exception as fault:  # noqa: BLE001 - the status has told already whether it was received
        _log.debug("the rest of an answer could not be read: %s", type(fault).__name__)
        response.close()
    return bytes(kept)


def _objection(response: aiohttp.ClientResponse) -> str | None:
    if 200 <= response.status < 300:
        return None
    if 300 <= response.status < 400:
        return f"The receiver answered {response.status}, a redirect, which is not followed. Give the final URL."
    return f"The receiver answered {response.status}."


def _retry_after(response: aiohttp.ClientResponse) -> float | None:
    """Return the seconds that a Retry-After asks to wait (RFC 9110 §10.2.3), from the end of the answer on.

    A date is compared with the answer's own, so that the receiver's clock may differ from ours.
    """
    value = response.headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    until, said = _retry_at(value), _date(response.headers.get("Date"))
    return max(0.0, (until - said).total_seconds()) if until is not None and said is not None else None


def _retry_at(value: str | None) -> datetime | None:
    """Return the moment before which a Retry-After wants no other try, where it names one."""
    return None if value is None or value.strip().isdigit() else _date(value)


def _date(value: str | None) -> datetime | None:
    """Return the moment of an HTTP date, None for none and for one that no calendar has."""
    if not value or len(value) > DATE_LENGTH_MAX:
        return None
    try:
        moment = parsedate_to_datetime(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def _forbidden(host: str) -> AddressForbidden:
    return AddressForbidden(f"{host[:100]} is not on the public internet, so nothing was sent.")


def _told(fault: BaseException) -> str:
    if isinstance(fault, aiohttp.ClientResponseError):  # its own text ends with the URL, whose query may be secret
        return f"The receiver's answer is not HTTP: {' '.join(fault.message.split())}"[:300]
    return f"The connection failed: {str(fault) or type(fault).__name__}"[:300]


def _since(started: float) -> int:
    return int((time.monotonic() - started) * 1000)
