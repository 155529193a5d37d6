"""Redemptions through the engine, over many certificates and on one; beside pgbench's conditional update and insert.

And by number beside by id: the number's HMAC is made for each, and its certificate found under the lock.
"""

import asyncio
import random
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import uvloop

from largesse import outbox
from largesse.db import Database, gathering
from largesse.domain import merchants
from largesse.domain.certificates import insert_numbers, number_digests, seal_number
from largesse.kernel.ids import new_id
from largesse.kernel.numbers import make_number
from largesse.ledger import Account, Command, Digests, Issue, Ledger, Redeem, RedeemByNumber
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
BY_NUMBER = 0.8
"""How much of the rate by id is reached by number at least: each costs an HMAC and another look into an index."""


def measure(instance: Instance) -> list[Figure]:
    """Measure 32 pgbench clients beside one engine with many callers, over 100,000 certificates and on one."""
    merchant_id, numbers = uvloop.run(_prepare(instance))
    figures = []
    for name, count, goal in (("over 100,000 certificates", CERTIFICATES, 1.0), ("on ONE certificate", 1, 3.0)):
        rates: list[float] = []
        numbered: list[float] = []
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
            numbered.append(uvloop.run(_redeem(instance, merchant_id, count, numbers)))
        figures += [
            compared(f"redemptions {name}", rates, plain, unit="/s", yardstick="pgbench, plain statements", goal=goal),
            compared(f"redemptions {name}", rates, single, unit="/s", yardstick="pgbench, one statement", goal=goal),
            compared(f"redemptions by number {name}", numbered, rates, unit="/s", yardstick="by id", goal=BY_NUMBER),
        ]
    return figures


async def _prepare(instance: Instance) -> tuple[UUID, list[str]]:
    """Issue the certificates, each with a number, and let PostgreSQL look at its tables, as it soon would by itself."""
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
        numbers = [make_number(merchant.prefix) for _ in range(CERTIFICATES)]
        for start in range(0, CERTIFICATES, 5000):
            rows = [
                seal_number(KEYRING, merchant.merchant_id, UUID(int=FIRST + start + at), number)
                for at, number in enumerate(numbers[start : start + 5000])
            ]
            async with database.transaction() as connection, gathering(connection) as writes:
                insert_numbers(writes, rows)
        async with database.dedicated() as connection:
            await connection.execute("ANALYZE certificates")
            await connection.execute("ANALYZE certificate_numbers")
            await connection.execute("ANALYZE journal")
    return merchant.merchant_id, numbers


async def _redeem(instance: Instance, merchant_id: UUID, count: int, numbers: Sequence[str] = ()) -> float:
    """Return how many redemptions of one cent an engine with LANES callers does in a second: by number, or by id."""
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
                await ledger.submit(_command(merchant_id, draw.randrange(count), numbers, now), now=now)
                done += 1

        started = time.perf_counter()
        await asyncio.gather(*(lane() for _ in range(LANES)))
        return done / (time.perf_counter() - started)


def _command(merchant_id: UUID, one: int, numbers: Sequence[str], now: datetime) -> Command:
    """Return the redemption of a cent of the certificate `one`, by its number where there are numbers."""
    common: dict[str, Any] = {"merchant_id": merchant_id, "operation_id": new_id(now), "actor": "till:1", "value": 1}
    if numbers:
        return RedeemByNumber(**common, digests=Digests(number_digests(KEYRING, numbers[one])))
    return Redeem(**common, certificate_id=UUID(int=FIRST + one))


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
