"""Who opens hundreds of connections and sends almost nothing keeps nobody else out."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from largesse.app.connections import Connections, kept_bounded
from tests.integration.app.test_web import Web, web_process
from tests.support.serving import served

MANY = 400
PER_ADDRESS = 60
BOUNDS = {
    "LARGESSE_BODY_SECONDS": "4",
    "LARGESSE_CONNECTIONS_MAX": "200",
    "LARGESSE_CONNECTIONS_PER_ADDRESS": str(PER_ADDRESS),
}
SLOW_BODY = b"POST /callbacks/stripe HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n{"
SLOW_HEAD = b"GET /demo HTTP/1.1\r\nHo"
NOTHING = b""
PIPELINED = b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n" * 50

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def many(port: int, first: bytes, *, count: int = MANY) -> AsyncIterator[list[Stream]]:
    """Open many connections at once, and say `first` on each."""

    async def one() -> Stream:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(first)
        return reader, writer

    streams = await asyncio.gather(*(one() for _ in range(count)))
    try:
        yield streams
    finally:
        for _, writer in streams:
            writer.transport.abort()


async def dribble(streams: list[Stream]) -> None:
    """Send one byte after the other on every connection, for as long as anybody listens."""
    while True:
        for _, writer in streams:
            if not writer.is_closing():
                writer.write(b"x")
        await asyncio.sleep(0.2)


async def until_ended(streams: list[Stream], *, at_least: int) -> None:
    """Wait until so many of the connections were ended by the server."""

    async def ended(reader: asyncio.StreamReader) -> None:
        try:
            while await reader.read(65536):
                pass
        except OSError:
            return

    reading = [asyncio.create_task(ended(reader)) for reader, _ in streams]
    try:
        while sum(task.done() for task in reading) < at_least:
            await asyncio.sleep(0.02)
    finally:
        for task in reading:
            task.cancel()


async def answers(web: Web) -> int:
    """Ask from another address than that of `many`, which may have as many connections as one may."""
    elsewhere = httpx.AsyncHTTPTransport(local_address="127.0.0.9")
    async with httpx.AsyncClient(transport=elsewhere, base_url=f"http://127.0.0.1:{web.port}", timeout=60) as client:
        return (await client.get("/healthz")).status_code


@pytest.mark.parametrize("first", [SLOW_BODY, SLOW_HEAD, NOTHING, PIPELINED])
async def test_hundreds_of_slow_connections_of_one_address_are_bounded_and_others_are_answered(
    tmp_path: Path, dsn: str, first: bytes
) -> None:
    with web_process(tmp_path, dsn, settings=BOUNDS) as web:
        await asyncio.to_thread(web.wait_until_open)
        async with many(web.port, first) as streams:
            dribbling = asyncio.create_task(dribble(streams))
            # More than the server takes at all: without the bound nobody's turn would come.
            await until_ended(streams, at_least=MANY - PER_ADDRESS)
            dribbling.cancel()
            assert await answers(web) == 200


async def test_a_body_that_dribbles_is_refused_with_a_code_and_its_connection_ended(tmp_path: Path, dsn: str) -> None:
    with web_process(tmp_path, dsn, settings=BOUNDS | {"LARGESSE_CONNECTIONS_PER_ADDRESS": "1000"}) as web:
        await asyncio.to_thread(web.wait_until_open)
        async with many(web.port, SLOW_BODY, count=20) as streams:
            dribbling = asyncio.create_task(dribble(streams))
            answered = await asyncio.gather(*(reader.read() for reader, _ in streams))
            dribbling.cancel()
        assert {text.split(b"\r\n", 1)[0] for text in answered} == {b"HTTP/1.1 408 Request Timeout"}
        assert all(b"request.too_slow" in text for text in answered)


async def test_connections_of_who_is_exempt_and_of_other_addresses_stay() -> None:
    async with served(_nothing) as url:
        port = httpx.URL(url).port
        assert port is not None
        bounded = Connections(port, most=3, exempt=lambda address: address == "127.0.0.1")
        async with many(port, NOTHING, count=10), kept_bounded(bounded, every_s=0.01):
            assert bounded.bound() == 0
        strict = Connections(port, most=3)
        async with many(port, NOTHING, count=10) as streams, kept_bounded(strict, every_s=0.01):
            with socket.create_connection(("127.0.0.1", port), source_address=("127.0.0.9", 0)) as other:
                await until_ended(streams, at_least=7)
                other.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                assert (await asyncio.to_thread(other.recv, 100)).startswith(b"HTTP/1.1 200")


async def _nothing(scope: dict[str, object], receive: object, send: object) -> None:
    assert callable(receive)
    assert callable(send)
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})
        return
    for kind in ("startup", "shutdown"):
        await receive()
        await send({"type": f"lifespan.{kind}.complete"})
