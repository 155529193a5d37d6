"""Send calls, and send them again under the same key until it is known what became of them."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Final, Self, TypeVar

import httpx

from largesse.client.calls import ApiCall, list_certificates
from largesse.client.errors import ApiRefusal, ApiUnreachable
from largesse.client.messages import ApiCertificate

PREFIX: Final = "/api/v1"
AGAIN: Final = frozenset({429, 502, 503, 504})
"""Nothing was done, or nobody knows whether: it is safe to send it again, for commands have a key."""

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Retrying:
    """How often a call is sent, and how long to wait between: doubled each time, or as long as Retry-After says."""

    attempts: int = 5
    first_s: float = 0.2
    longest_s: float = 30.0

    def wait_s(self, attempt: int, answer: httpx.Response | None) -> float:
        """Return how long to wait after an attempt, counted from 1."""
        told = answer.headers.get("retry-after", "") if answer is not None else ""
        if told.isdecimal():
            return min(float(told), self.longest_s)
        doubled: float = self.first_s * 2 ** (attempt - 1)
        return min(doubled, self.longest_s) * (0.5 + random.random() / 2)  # noqa: S311 - jitter


def _request(call: ApiCall[Any]) -> dict[str, Any]:
    headers = {"Idempotency-Key": call.key} if call.key else {}
    if call.expected is not None:
        headers["If-Match"] = f'"{call.expected}"'
    return {
        "method": call.method,
        "url": PREFIX + call.path,
        "json": call.body,
        "params": call.query,
        "headers": headers,
    }


def _read(call: ApiCall[Answer], answer: httpx.Response) -> Answer:
    """Return what was answered.

    Raises:
        ApiRefusal: it was refused.
    """
    if answer.is_success:
        return call.read(
            answer.content if call.binary else answer.json(),
            replayed=answer.headers.get("idempotent-replayed") == "true",
        )
    try:
        problem = answer.json()
    except ValueError:  # a proxy in between speaks for itself
        problem = {"detail": answer.text[:200]}
    refusal = ApiRefusal(answer.status_code, problem if isinstance(problem, dict) else {})
    refusal.key = call.key
    raise refusal


class LargesseClient:
    """Speak to the REST API, and wait. Use with `with`, or `close` it."""

    def __init__(
        self,
        key: str,
        *,
        base_url: str,
        timeout_s: float = 10.0,
        retrying: Retrying | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        headers = {"Authorization": f"Bearer {key}"}
        self._retrying = retrying or Retrying()
        self._http = httpx.Client(base_url=base_url, headers=headers, timeout=timeout_s, transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def send(self, call: ApiCall[Answer]) -> Answer:
        """Return what is answered to a call.

        Raises:
            ApiRefusal: it was refused, and nothing was done.
            ApiUnreachable: no answer came; send the same call again, its key makes it happen once.
        """
        for attempt in range(1, self._retrying.attempts + 1):
            answer = None
            try:
                answer = self._http.request(**_request(call))
                if answer.status_code not in AGAIN or attempt == self._retrying.attempts:
                    return _read(call, answer)
            except httpx.TransportError as error:
                if attempt == self._retrying.attempts:
                    raise ApiUnreachable(attempt, call.key) from error
            time.sleep(self._retrying.wait_s(attempt, answer))
        raise AssertionError

    def certificates(self, **filters: str) -> Iterator[ApiCertificate]:
        """Yield all certificates, the newest first, page by page."""
        call = list_certificates(limit=200, **filters)
        while True:
            page = self.send(call)
            yield from page.data
            if page.next is None:
                return
            call = replace(call, query={**call.query, "after": page.next})


class AsyncLargesseClient:
    """Speak to the REST API without holding up others. Use with `async with`, or `close` it."""

    def __init__(
        self,
        key: str,
        *,
        base_url: str,
        timeout_s: float = 10.0,
        retrying: Retrying | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        headers = {"Authorization": f"Bearer {key}"}
        self._retrying = retrying or Retrying()
        self._http = httpx.AsyncClient(base_url=base_url, headers=headers, timeout=timeout_s, transport=transport)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def send(self, call: ApiCall[Answer]) -> Answer:
        """Return what is answered to a call.

        Raises:
            ApiRefusal: it was refused, and nothing was done.
            ApiUnreachable: no answer came; send the same call again, its key makes it happen once.
        """
        for attempt in range(1, self._retrying.attempts + 1):
            answer = None
            try:
                answer = await self._http.request(**_request(call))
                if answer.status_code not in AGAIN or attempt == self._retrying.attempts:
                    return _read(call, answer)
            except httpx.TransportError as error:
                if attempt == self._retrying.attempts:
                    raise ApiUnreachable(attempt, call.key) from error
            await asyncio.sleep(self._retrying.wait_s(attempt, answer))
        raise AssertionError

    async def certificates(self, **filters: str) -> AsyncIterator[ApiCertificate]:
        """Yield all certificates, the newest first, page by page."""
        call = list_certificates(limit=200, **filters)
        while True:
            page = await self.send(call)
            for one in page.data:
                yield one
            if page.next is None:
                return
            call = replace(call, query={**call.query, "after": page.next})
