"""The relay: deliveries per second of one worker to a loopback receiver; from commit to arrival at rest."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import IO
from uuid import UUID

from largesse.app.application import Application
from largesse.domain.merchants import find_merchant
from largesse.outbox import hint, list_endpoints, pause_endpoint, publish
from largesse.services.endpoints import AddEndpoint, Format, add_endpoint
from tests.bench.instance import Instance
from tests.bench.report import Figure, bounded
from tests.builders.outbox import OWNER, an_event

DELIVERIES = 15_000
BATCH = 500
ENDPOINTS = 4
PROBES = 60
PAUSE_S = 0.1
GOAL_PER_S = 1500
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
    return [
        bounded("relay, one worker", [rate], unit="/s", least=GOAL_PER_S),
        bounded("commit to arrival at rest, p50", waits_ms, unit="ms", most=GOAL_MS),
    ]


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
