"""Redemptions through the engine, over many certificates and on one; beside pgbench's conditional update and insert."""

import asyncio
import random
import time
from datetime import UTC, datetime
from uuid import UUID

import uvloop

from largesse import outbox
from largesse.db import Database
from largesse.domain import merchants
from largesse.kernel.ids import new_id
from largesse.ledger import Account, Issue, Ledger, Redeem
from tests.bench.instance import Instance
from tests.bench.pgbench import run_script
from tests.bench.report import Figure, compared
from tests.bench.yardsticks import redemption_scripts
from tests.builders.ledger import EXPIRES_AT, GOOD_THROUGH, KEYRING

CERTIFICATES = 100_000
CLIENTS = 32
LANES = 256
ROUNDS = 3
SECONDS = 5.0
FIRST = 1 << 40


def measure(instance: Instance) -> list[Figure]:
    """Measure 32 pgbench clients beside one engine with many callers, over 100,000 certificates and on one."""
    merchant_id = uvloop.run(_prepare(instance))
    figures = []
    for name, count, goal in (("over 100,000 certificates", CERTIFICATES, 1.0), ("on ONE certificate", 1, 3.0)):
        rates: list[float] = []
        plain: list[float] = []
        single: list[float] = []
        for round_number in range(ROUNDS):
            for results, kind in ((plain, "plain"), (single, "single")):
                run = 200 + 10 * round_number + (count == 1) * 100 + (kind == "single")
                script = redemption_scripts(merchant=str(merchant_id), certificates=count, first=FIRST, run=run)[kind]
                results.append(
                    run_script(
                        instance.superuser_dsn, script, clients=CLIENTS, seconds=SECONDS, variables={"n": 0}
                    ).per_second
                )
            rates.append(uvloop.run(_redeem(instance, merchant_id, count)))
        figures += [
            compared(f"redemptions {name}", rates, plain, unit="/s", yardstick="pgbench, plain statements", goal=goal),
            compared(f"redemptions {name}", rates, single, unit="/s", yardstick="pgbench, one statement", goal=goal),
        ]
    return figures


async def _prepare(instance: Instance) -> UUID:
    """Issue the certificates, and let PostgreSQL look at its tables as it would within minutes by itself."""
    async with await Database.open(instance.dsn, size_max=4) as database:
        async with database.connection() as connection:
            merchant = await merchants.find_merchant(connection, instance.credentials()["merchant"]["slug"])
        async with Ledger(database, keyring=KEYRING, publish=outbox.add_events) as ledger:
            for start in range(0, CERTIFICATES, 5000):
                await asyncio.gather(
                    *(
                        ledger.submit(_issue(merchant.merchant_id, start + at), now=datetime.now(UTC))
                        for at in range(5000)
                    )
                )
        async with database.dedicated() as connection:
            await connection.execute("ANALYZE certificates")
            await connection.execute("ANALYZE journal")
    return merchant.merchant_id


async def _redeem(instance: Instance, merchant_id: UUID, count: int) -> float:
    """Return how many redemptions of one cent an engine with LANES callers does in a second."""
    draw = random.Random(count)
    done = 0
    async with (
        await Database.open(instance.dsn, size_max=4) as database,
        Ledger(database, keyring=KEYRING, publish=outbox.add_events) as ledger,
    ):
        until = time.perf_counter() + SECONDS

        async def lane() -> None:
            nonlocal done
            while time.perf_counter() < until:
                now = datetime.now(UTC)
                command = Redeem(
                    merchant_id=merchant_id,
                    certificate_id=UUID(int=FIRST + draw.randrange(count)),
                    operation_id=new_id(now),
                    actor="till:1",
                    value=1,
                )
                await ledger.submit(command, now=now)
                done += 1

        started = time.perf_counter()
        await asyncio.gather(*(lane() for _ in range(LANES)))
        return done / (time.perf_counter() - started)


def _issue(merchant_id: UUID, number: int) -> Issue:
    return Issue(
        merchant_id=merchant_id,
        certificate_id=UUID(int=FIRST + number),
        operation_id=UUID(int=2 * FIRST + number),
        actor="till:1",
        currency="USD",
        funding=Account.GATEWAY_CLEARING,
        value=100_000_000,
        good_through=GOOD_THROUGH,
        expires_at=EXPIRES_AT,
    )
