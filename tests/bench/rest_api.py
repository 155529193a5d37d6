"""The REST API over HTTP: redeem by number, hold and capture, and bulk issue.

Beside redeem and hold with capture, pgbench writes the same rows, one operation a transaction; beside bulk issue, four
clients write the same rows a hundred certificates at a time.
"""

import asyncio
import json
import os
from collections.abc import Callable
from itertools import chain
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import msgspec

from largesse.domain import merchants
from largesse.domain.programs import KeyScope, KeyWanted
from largesse.kernel.ids import derived_id
from largesse.services import programs
from largesse.services.staff import Manager
from tests.bench.instance import Instance, wait_until_ready
from tests.bench.limit import Limit, LimitRun, limit_of
from tests.bench.partner_orders import free_port, load
from tests.bench.pgbench import ScriptRun, run_script
from tests.bench.report import Figure, bounded, compared
from tests.bench.rows import InsertScripts, Moment, insert_scripts, moment_of

CONNECTIONS = 32
ROUNDS = int(os.environ.get("LARGESSE_BENCH_ROUNDS", "3"))
SECONDS = float(os.environ.get("LARGESSE_BENCH_SECONDS", "6"))
CERTIFICATES = 4_000
LINES = 1_000
PAIRS_A_SECOND_MAX = 2_500
API_RATE_VARIABLES = ("LARGESSE_API_READS_PER_SECOND", "LARGESSE_API_WRITES_PER_SECOND")
BULK_GOAL = 0.5
P99_GOAL = 2.0


class RestLoad(msgspec.Struct, frozen=True):
    """How one load went: whole operations a second, and the slowest hundredth of answers."""

    per_second: float
    p99_ms: float


class Press:
    """A web process with a key that may ask as often as it likes, and certificates to spend from."""

    def __init__(self, instance: Instance, port: int, key: str, merchant_id: str, numbers: list[str]) -> None:
        self.instance = instance
        self.port = port
        self.key = key
        self.merchant_id = merchant_id
        self.numbers = numbers

    def request(self, path: str, body: dict[str, Any], key: str = "") -> str:
        """Return a request as the bytes of HTTP, in text."""
        content = json.dumps(body)
        idempotency = f"Idempotency-Key: {key}\r\n" if key else ""
        return (
            f"POST /api/v1{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {self.key}\r\n"
            f"Content-Type: application/json\r\n{idempotency}Content-Length: {len(content)}\r\n\r\n{content}"
        )

    def redeem(self) -> RestLoad:
        """Take a cent from one certificate after the other, each found by its number."""
        requests = [self.request("/certificates/redeem", _cent(one)) for one in self.numbers]
        found = load(self.port, requests, connections=CONNECTIONS, seconds=SECONDS)
        return RestLoad(found["per_second"], found["p99_ms"])

    def hold_and_capture(self) -> RestLoad:
        """Set a cent aside and take it; the hold's id follows from the key that it was placed under."""
        run, pairs = uuid4().hex[:8], int(PAIRS_A_SECOND_MAX * SECONDS)
        holds, captures = [], []
        for place in range(pairs):
            about = _cent(self.numbers[place % len(self.numbers)])
            key = f"{run}-{place}"
            hold_id = str(derived_id("idempotency-key", self.merchant_id, key))
            holds.append(self.request("/certificates/hold", about, key))
            captures.append(self.request("/certificates/capture", {**about, "hold_id": hold_id}))
        # Each connection takes every thirty-second request, in order: a hold, then its capture.
        rows = range(0, pairs - CONNECTIONS + 1, CONNECTIONS)
        requests = list(
            chain.from_iterable((*holds[at : at + CONNECTIONS], *captures[at : at + CONNECTIONS]) for at in rows)
        )
        found = load(self.port, requests, connections=CONNECTIONS, seconds=SECONDS, warm_up_s=0, once=True)
        return RestLoad(found["per_second"] / 2, found["p99_ms"])

    def bulk(self) -> RestLoad:
        """Issue a thousand certificates with each request, on four connections."""
        body = {"mode": "all", "currency": "USD", "paid_by": "given", "lines": [{"amount": "5.00"}] * LINES}
        found = load(
            self.port, [self.request("/certificates/bulk", body)], connections=4, seconds=SECONDS, warm_up_s=1.0
        )
        return RestLoad(found["per_second"] * LINES, found["p99_ms"])

    def hold_once(self, number: str) -> str:
        """Set a cent aside, and return the hold's id."""
        return str(self.once("/certificates/hold", _cent(number))["operation_id"])

    def capture_once(self, number: str, hold_id: str) -> None:
        """Take what a hold set aside."""
        self.once("/certificates/capture", {**_cent(number), "hold_id": hold_id})

    def once(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Do something once, and return what is answered."""
        headers = {"Authorization": f"Bearer {self.key}"}
        answer = httpx.post(f"http://127.0.0.1:{self.port}/api/v1{path}", json=body, headers=headers, timeout=60)
        answered: dict[str, Any] = answer.raise_for_status().json()
        return answered


def measure(instance: Instance) -> list[Figure]:
    """Measure each, round by round beside its yardstick."""
    for name in API_RATE_VARIABLES:
        os.environ[name] = "1000000"
    port = free_port()
    key, merchant_id = asyncio.run(_key(instance))
    with instance.process("web", port=port):
        wait_until_ready(f"http://127.0.0.1:{port}")
        press = Press(instance, port, key, merchant_id, [])
        press.numbers = _issue(press)
        fresh = iter(press.numbers)
        redeem_rows = _learn(press, lambda: press.once("/certificates/redeem", _cent(next(fresh))))
        hold_rows = _learn(press, lambda: press.hold_once(next(fresh)))
        held = iter([(one, press.hold_once(one)) for one in (next(fresh), next(fresh))])
        capture_rows = _learn(press, lambda: press.capture_once(*next(held)))
        limit = _limit(press)
        redeems, holds, bulks = list[RestLoad](), list[RestLoad](), list[RestLoad]()
        one_by_one, pairs, limits = list[ScriptRun](), list[ScriptRun](), list[LimitRun]()
        for number in range(ROUNDS):
            one_by_one.append(_pgbench(instance, redeem_rows, number + 1))
            redeems.append(press.redeem())
            pairs.append(
                _both(_pgbench(instance, hold_rows, number + 201), _pgbench(instance, capture_rows, number + 401))
            )
            holds.append(press.hold_and_capture())
            limits.append(asyncio.run(limit.run(instance.superuser_dsn, instance.postmaster, seconds=SECONDS)))
            bulks.append(press.bulk())
    return [
        *_beside("REST redeem by number", redeems, one_by_one),
        *_beside("REST hold + capture", holds, pairs),
        compared(
            "REST bulk issue, certificates",
            [one.per_second for one in bulks],
            [one.per_second for one in limits],
            unit="/s",
            yardstick="limit, 4 clients, hundreds",
            goal=BULK_GOAL,
        ),
    ]


def _beside(name: str, loads: list[RestLoad], runs: list[ScriptRun]) -> list[Figure]:
    plain = [one.per_second for one in runs]
    p99 = [one.p99_ms for one in loads]
    beside = f"pgbench, {CONNECTIONS} clients, the same rows"
    most = P99_GOAL * sorted(one.p99_ms for one in runs)[len(runs) // 2]
    return [
        compared(name, [one.per_second for one in loads], plain, unit="/s", yardstick=beside, goal=1.0),
        bounded(f"{name}, p99 (twice the yardstick's)", p99, unit="ms", most=most),
    ]


async def _key(instance: Instance) -> tuple[str, str]:
    async with instance.application() as application:
        async with application.database.connection() as connection:
            merchant = await merchants.find_merchant(connection, instance.credentials()["merchant"]["slug"])
        wanted = KeyWanted(name="Bench", scopes=[one.value for one in KeyScope])
        made = await programs.make_key(
            application, merchant, wanted, live=True, by=Manager(actor="cli:bench"), now=application.clock.now()
        )
    return made.text, str(merchant.merchant_id)


def _issue(press: Press) -> list[str]:
    numbers = list[str]()
    for _ in range(CERTIFICATES // LINES):
        body = {"mode": "all", "currency": "USD", "paid_by": "cash", "lines": [{"amount": "1000.00"}] * LINES}
        headers = {"Authorization": f"Bearer {press.key}"}
        answer = httpx.post(
            f"http://127.0.0.1:{press.port}/api/v1/certificates/bulk", json=body, headers=headers, timeout=60
        )
        numbers += [one["number"] for one in answer.raise_for_status().json()["lines"]]
    return numbers


def _cent(number: str) -> dict[str, Any]:
    return {"number": number, "amount": "0.01", "currency": "USD"}


def _learn(press: Press, act: Callable[[], object]) -> InsertScripts:
    """Return the scripts that write the rows of something, by way of two real ones on certificates of their own."""

    async def work() -> InsertScripts:
        connection = await asyncpg.connect(press.instance.superuser_dsn)
        try:
            moments = [await moment_of(connection)]
            for _ in range(2):
                await asyncio.to_thread(act)
                moments.append(await moment_of(connection))
            return await insert_scripts(connection, moments)
        finally:
            await connection.close()

    return asyncio.run(work())


def _limit(press: Press) -> Limit:
    """Return what writes the rows of a bulk issue as fast as PostgreSQL takes them."""

    async def moment() -> Moment:
        connection = await asyncpg.connect(press.instance.superuser_dsn)
        try:
            return await moment_of(connection)
        finally:
            await connection.close()

    before = asyncio.run(moment())
    body = {"mode": "all", "currency": "USD", "paid_by": "given", "lines": [{"amount": "5.00"}] * LINES}
    press.once("/certificates/bulk", body)
    after = asyncio.run(moment())
    return asyncio.run(limit_of(press.instance.superuser_dsn, before, after, operations=LINES, operations_max=LINES))


def _both(first: ScriptRun, second: ScriptRun) -> ScriptRun:
    """Return two transactions one after the other as one."""
    return ScriptRun(1 / (1 / first.per_second + 1 / second.per_second), max(first.p99_ms, second.p99_ms))


def _pgbench(instance: Instance, scripts: InsertScripts, run: int) -> ScriptRun:
    """Write the rows as often as can be; of holds, of certificates that pgbench makes up, no foreign key is asked."""
    os.environ["PGOPTIONS"] = "-c session_replication_role=replica"
    try:
        script = scripts.plain(run=run)
        return run_script(instance.superuser_dsn, script, clients=CONNECTIONS, seconds=SECONDS, variables={"n": 0})
    finally:
        del os.environ["PGOPTIONS"]
