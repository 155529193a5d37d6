"""The relay: deliveries per second of one worker to a loopback receiver; from commit to arrival at rest.

Beside it a bare client posts the same bytes to the same receiver, as many at once; beside the arrival at rest stands
how long one post of the bare client takes on a connection that is there.
"""

import asyncio
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import IO
from uuid import UUID

import msgspec

from largesse.app.application import Application
from largesse.domain.merchants import find_merchant
from largesse.outbox import RelaySettings, hint, list_endpoints, pause_endpoint, publish
from largesse.services.endpoints import AddEndpoint, Format, add_endpoint
from tests.bench.instance import Instance
from tests.bench.report import Figure, bounded, compared
from tests.builders.outbox import OWNER, an_event

DELIVERIES = 15_000
BATCH = 500
ENDPOINTS = 4
PROBES = 60
PAUSE_S = 0.1
GOAL = 0.6
BARE_POSTS = 15_000
GOAL_MS = 30


def measure(instance: Instance) -> list[Figure]:
    """Measure one `largesse worker` beside a receiver and PostgreSQL on the same machine."""
    with _receiver() as (port, said):
        return asyncio.run(_measure(instance, port, said))


async def _measure(instance: Instance, port: int, said: IO[str]) -> list[Figure]:
    async with instance.application() as application:
        async with application.database.connection() as connection:
            merchant = await find_merchant(connection, instance.credentials()["merchant"]["slug"])
            before = await list_endpoints(connection)
        for one in before:
            async with application.database.transaction() as connection:
                await pause_endpoint(connection, one.endpoint_id)
        for number in range(ENDPOINTS):
            await _listen(application, merchant.merchant_id, f"http://127.0.0.1:{port}/{number}")
        for _ in range(DELIVERIES // ENDPOINTS // BATCH):
            await _publish(application, merchant.merchant_id, BATCH)
        with instance.process("worker"):
            rate = await _drain(application)
            async with application.database.connection() as connection:
                busy = await list_endpoints(connection, merchant.merchant_id)
            for one in busy:
                async with application.database.transaction() as connection:
                    await pause_endpoint(connection, one.endpoint_id)
            await _listen(application, merchant.merchant_id, f"http://127.0.0.1:{port}/rest")
            waits_ms = [await _probe(application, merchant.merchant_id, said) for _ in range(PROBES)]
        bare = await _bare(port, running=ENDPOINTS * RelaySettings().lane_running_max)
        alone = await _bare(port, running=1)
    at_rest = bounded("", waits_ms, unit="ms", most=GOAL_MS)
    arrival = compared(
        "commit to arrival at rest, p50",
        [at_rest.value],
        [1000 / alone],
        unit="ms",
        yardstick="bare client, one post after another",
    )
    return [
        compared("relay, one worker", [rate], [bare], unit="/s", yardstick="bare client, same bytes", goal=GOAL),
        msgspec.structs.replace(arrival, goal=at_rest.goal, met=at_rest.met),
    ]


async def _bare(port: int, *, running: int) -> float:
    """Return how many posts a second a bare client makes, of the bytes that came last."""
    last = (await asyncio.to_thread(_fetch, f"http://127.0.0.1:{port}/last")).decode("latin-1")
    head, _, body = last.partition("\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.split("\r\n")[1:])
    job = {
        "urls": [f"http://127.0.0.1:{port}/{number}" for number in range(ENDPOINTS)],
        "headers": {name: value for name, value in headers.items() if name not in ("Host", "Content-Length")},
        "body": body.encode("latin-1").decode(),
        "posts": BARE_POSTS if running > 1 else BARE_POSTS // 10,
        "running": running,
    }
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.bare_client", stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    said, _ = await child.communicate(json.dumps(job).encode())
    return float(said)


def _fetch(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=10) as answer:
        content: bytes = answer.read()
        return content


async def _listen(application: Application, merchant_id: UUID, url: str) -> None:
    command = AddEndpoint(merchant_id=merchant_id, format=Format.ORDER_FORM, url=url, notify=OWNER)
    async with application.database.transaction() as connection:
        await add_endpoint(
            connection, application.keyring, command, reach=application.reach, now=application.clock.now()
        )


async def _publish(application: Application, merchant_id: UUID, count: int) -> None:
    events = [an_event(merchant_id, now=datetime.now(UTC), number=i + 1) for i in range(count)]
    async with application.database.transaction() as connection:
        await publish(connection, events)


async def _drain(application: Application) -> float:
    """Return deliveries per second, from the first to the last that the database knows of."""
    counting = """SELECT count(*) FILTER (WHERE deliveries.status = 'pending') AS pending, count(settled_at) AS settled
        FROM deliveries JOIN endpoints USING (merchant_id, endpoint_id) WHERE endpoints.status = 'active'"""
    started: float | None = None
    first = 0
    async with application.database.connection() as connection:
        while True:
            row = await connection.fetchrow(counting)
            assert row is not None
            if started is None and row["settled"]:
                started, first = time.monotonic(), row["settled"]
            if started is not None and not row["pending"]:
                return float((row["settled"] - first) / (time.monotonic() - started))
            await asyncio.sleep(0.05)


async def _probe(application: Application, merchant_id: UUID, said: IO[str]) -> float:
    await asyncio.sleep(PAUSE_S)
    await _publish(application, merchant_id, 1)
    committed = time.time()
    async with application.database.connection() as connection:
        await hint(connection)
    arrived = float(await asyncio.to_thread(said.readline))
    return (arrived - committed) * 1000


@contextmanager
def _receiver() -> Iterator[tuple[int, IO[str]]]:
    command = [sys.executable, "-m", "tests.bench.loopback_receiver"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline()), process.stdout
        finally:
            process.kill()
