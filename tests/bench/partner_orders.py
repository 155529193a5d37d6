"""Partner orders over HTTP: authentication, reading, rules, ledger, outbox.

Beside them pgbench writes the same rows, one order a transaction, and the limit writes them a hundred at a time.
"""

import asyncio
import json
import socket
import subprocess
import sys
import urllib.request
from typing import Any

import asyncpg
import msgspec

from largesse import outbox
from largesse.app.demo import EMAIL
from largesse.domain import merchants, partners
from largesse.outbox.addresses import Reach
from largesse.services import endpoints
from largesse.services.endpoints import AddEndpoint
from tests.bench.cpu import cpu_seconds
from tests.bench.instance import Instance, token, wait_until_ready
from tests.bench.limit import CLIENTS, Limit, LimitRun, limit_of
from tests.bench.pgbench import ScriptRun, run_script
from tests.bench.report import Figure, bounded, compared
from tests.bench.rows import InsertScripts, Moment, insert_scripts, moment_of

CONNECTIONS = 32
ROUNDS = 3
SECONDS = 6.0
WARM_UP_S = 2.0
P99_MS_MAX = 25.0
LIMIT_GOAL = 0.35
LIMIT_OPERATIONS_MAX = 10_000

_ORDER = {
    "refcode": "123456789",
    "amount": "25",
    "thirdPartyIdentifier": "{D21A1915-E024-4B9C-8345-62BECAE048EF}",
    "currencyCode": "USD",
}


class HttpRun(msgspec.Struct, frozen=True):
    """How one load of orders went, and the processor time of web and PostgreSQL for each of them."""

    per_second: float
    p99_ms: float
    cpu_us: float
    orders: int


class Rounds:
    """What was measured of each kind, round by round."""

    def __init__(self) -> None:
        self.json: list[HttpRun] = []
        self.xml: list[HttpRun] = []
        self.plain: list[ScriptRun] = []
        self.single: list[ScriptRun] = []
        self.limit: list[LimitRun] = []


def measure(instance: Instance) -> list[Figure]:
    """Measure JSON and XML orders, round by round beside the yardsticks."""
    asyncio.run(_prepare(instance))
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    rounds = Rounds()
    with instance.process("web", port=port) as web:
        wait_until_ready(url)
        credentials = instance.credentials()
        query = f"api_key={credentials['partner']['api_key']}&api_token={token(url, credentials)}"
        scripts = asyncio.run(_learn(instance, url, query))
        limit = None
        for number in range(ROUNDS):
            rounds.plain.append(_pgbench(instance, scripts.plain(run=number + 1)))
            rounds.single.append(_pgbench(instance, scripts.single(run=number + 101)))
            before = asyncio.run(_moment(instance))
            rounds.json.append(_press(instance, web.pid, port, order_request("json", query)))
            limit = limit or asyncio.run(_limit(instance, before, rounds.json[-1].orders))
            rounds.xml.append(_press(instance, web.pid, port, order_request("xml", query)))
            rounds.limit.append(asyncio.run(limit.run(instance.superuser_dsn, instance.postmaster, seconds=SECONDS)))
    return [*_speeds(rounds), *_costs(rounds)]


def _speeds(rounds: Rounds) -> list[Figure]:
    json_rates, xml_rates = [[run.per_second for run in runs] for runs in (rounds.json, rounds.xml)]
    plain, single = [[run.per_second for run in runs] for runs in (rounds.plain, rounds.single)]
    limits = [run.per_second for run in rounds.limit]
    beside = f"pgbench, {CONNECTIONS} clients, plain statements"
    limit = f"limit, {CLIENTS} clients, hundreds"
    return [
        compared("partner orders, JSON", json_rates, plain, unit="/s", yardstick=beside, goal=1.0),
        compared("partner orders, JSON", json_rates, single, unit="/s", yardstick="pgbench, one statement", goal=0.6),
        compared("partner orders, JSON", json_rates, limits, unit="/s", yardstick=limit, goal=LIMIT_GOAL),
        compared("partner orders, XML", xml_rates, plain, unit="/s", yardstick=beside, goal=1.0),
        compared("partner orders, XML", xml_rates, json_rates, unit="/s", yardstick="partner orders, JSON", goal=1.0),
    ]


def _costs(rounds: Rounds) -> list[Figure]:
    plain_p99 = [run.p99_ms for run in rounds.plain]
    beside = f"p99 of pgbench, {CONNECTIONS} clients, plain statements"
    limit = "limit"
    figures = []
    for name, runs in (("JSON", rounds.json), ("XML", rounds.xml)):
        p99 = [run.p99_ms for run in runs]
        told = compared(f"partner orders, {name}, p99", p99, plain_p99, unit="ms", yardstick=beside)
        goal = bounded("", p99, unit="ms", most=P99_MS_MAX)
        figures.append(msgspec.structs.replace(told, goal=goal.goal, met=goal.met))
    for name, runs in (("JSON", rounds.json), ("XML", rounds.xml)):
        cpu, limits = [run.cpu_us for run in runs], [run.cpu_us for run in rounds.limit]
        figures.append(
            compared(
                f"processor time of an order, {name}", cpu, limits, unit="us", yardstick=limit, note="web + PostgreSQL"
            )
        )
    return figures


def _pgbench(instance: Instance, script: str) -> ScriptRun:
    return run_script(instance.superuser_dsn, script, clients=CONNECTIONS, seconds=SECONDS, variables={"n": 0})


def _press(instance: Instance, web: int, port: int, request: str) -> HttpRun:
    roots = [web, instance.postmaster]
    before = cpu_seconds(roots)
    result = load(port, [request])
    cpu_us = 1e6 * (cpu_seconds(roots) - before) / result["with_warm_up"]
    return HttpRun(result["per_second"], result["p99_ms"], cpu_us, result["with_warm_up"])


async def _moment(instance: Instance) -> Moment:
    connection = await asyncpg.connect(instance.superuser_dsn)
    try:
        return await moment_of(connection)
    finally:
        await connection.close()


async def _learn(instance: Instance, url: str, query: str) -> InsertScripts:
    """Return the scripts that write the rows of an order, by way of two real ones."""
    connection = await asyncpg.connect(instance.superuser_dsn)
    try:
        moments = [await moment_of(connection)]
        for _ in range(2):
            await asyncio.to_thread(_order, url, query)
            moments.append(await moment_of(connection))
        return await insert_scripts(connection, moments)
    finally:
        await connection.close()


async def _limit(instance: Instance, before: Moment, orders: int) -> Limit:
    after = await _moment(instance)
    return await limit_of(instance.superuser_dsn, before, after, operations=orders, operations_max=LIMIT_OPERATIONS_MAX)


def _order(url: str, query: str) -> None:
    request = urllib.request.Request(
        f"{url}/api/secure/givingservice/giftcertificates?{query}",
        data=json.dumps({"giftCertificate": _ORDER}).encode(),
        headers={"Content-Type": "application/json", "Accept": "application/json"},
    )
    urllib.request.urlopen(request, timeout=10).close()


async def _prepare(instance: Instance) -> None:
    """Add an endpoint that waits, and raise the credit."""
    async with instance.application() as application, application.database.transaction() as connection:
        now = application.clock.now()
        merchant = await merchants.find_merchant(connection, instance.credentials()["merchant"]["slug"])
        [partner] = await partners.list_partners(connection, merchant.merchant_id)
        terms = partners.Terms(amount_max=1_000_000, credit_limit=4_000_000_000_000)
        await partners.put_terms(connection, partner, "USD", terms)
        command = AddEndpoint(
            merchant_id=merchant.merchant_id, format=endpoints.Format.JSON, url="http://127.0.0.1:9/", notify=EMAIL
        )
        endpoint, _ = await endpoints.add_endpoint(
            connection, application.keyring, command, reach=Reach.of("127.0.0.1"), now=now
        )
        await outbox.pause_endpoint(connection, endpoint.endpoint_id)


def order_request(kind: str, query: str) -> str:
    """Return one order as the bytes of an HTTP request, in text."""
    if kind == "json":
        body = json.dumps({"giftCertificate": _ORDER})
    else:
        fields = "".join(f"<{name}>{value}</{name}>" for name, value in _ORDER.items())
        body = f"<?xml version='1.0' encoding='UTF-8' standalone='yes'?><giftCertificate>{fields}</giftCertificate>"
    return (
        f"POST /api/secure/givingservice/giftcertificates?{query} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Content-Type: application/{kind}\r\nAccept: application/{kind}\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    )


def load(
    port: int,
    requests: list[str],
    *,
    connections: int = CONNECTIONS,
    seconds: float = SECONDS,
    warm_up_s: float = WARM_UP_S,
    status: int = 200,
    once: bool = False,
) -> dict[str, Any]:
    """Run a load in a process of its own and return what it measured. With `once`, no request is sent twice.

    Raises:
        RuntimeError: an answer was not 200; a rate of refusals is no figure.
    """
    job = {
        "host": "127.0.0.1",
        "port": port,
        "connections": connections,
        "warm_up_s": warm_up_s,
        "seconds": seconds,
        "requests": requests,
        "status": status,
        "once": once,
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.load"], input=json.dumps(job), capture_output=True, text=True, check=True
    )
    result: dict[str, Any] = json.loads(done.stdout)
    if result["faults"]:
        message = f"{result['faults']} of {result['requests']} answers were not {status}: {result['first_fault']}"
        raise RuntimeError(message)
    return result


def free_port() -> int:
    """Return a port that is free just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
