"""Partner orders over HTTP: authentication, reading, rules, ledger, outbox; beside pgbench writing the same rows."""

import asyncio
import json
import socket
import subprocess
import sys
from typing import Any

from largesse import outbox
from largesse.app.demo import EMAIL
from largesse.domain import merchants, partners
from largesse.outbox.addresses import Reach
from largesse.services import endpoints
from largesse.services.endpoints import AddEndpoint
from tests.bench.instance import Instance, token, wait_until_ready
from tests.bench.pgbench import transactions_per_second
from tests.bench.report import Figure, bounded, compared
from tests.bench.yardsticks import order_scripts

CONNECTIONS = 32
ROUNDS = 3
SECONDS = 6.0
WARM_UP_S = 2.0
P99_MS_MAX = 25.0

_ORDER = {
    "refcode": "123456789",
    "amount": "25",
    "thirdPartyIdentifier": "{D21A1915-E024-4B9C-8345-62BECAE048EF}",
    "currencyCode": "USD",
}


def measure(instance: Instance) -> list[Figure]:
    """Measure JSON and XML orders, round by round beside the yardstick."""
    names = asyncio.run(_prepare(instance))
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    rates: dict[str, list[float]] = {"json": [], "xml": [], "plain": [], "single": []}
    p99: dict[str, list[float]] = {"json": [], "xml": []}
    with instance.process("web", port=port):
        wait_until_ready(url)
        credentials = instance.credentials()
        query = f"api_key={credentials['partner']['api_key']}&api_token={token(url, credentials)}"
        for round_number in range(ROUNDS):
            scripts = order_scripts(**names, run=round_number + 1)
            for kind in ("plain", "single"):
                run_scripts = scripts if kind == "plain" else order_scripts(**names, run=round_number + 101)
                rate = transactions_per_second(
                    instance.superuser_dsn,
                    run_scripts[kind],
                    clients=CONNECTIONS,
                    seconds=SECONDS,
                    variables={"n": 0},
                )
                rates[kind].append(rate)
            for kind in ("json", "xml"):
                result = load(port, [order_request(kind, query)])
                rates[kind].append(result["per_second"])
                p99[kind].append(result["p99_ms"])
    beside = f"pgbench, {CONNECTIONS} clients, plain statements"
    return [
        compared("partner orders, JSON", rates["json"], rates["plain"], unit="/s", yardstick=beside, goal=1.0),
        compared(
            "partner orders, JSON",
            rates["json"],
            rates["single"],
            unit="/s",
            yardstick="pgbench, one statement",
            goal=0.6,
        ),
        bounded("partner orders, JSON, p99", p99["json"], unit="ms", most=P99_MS_MAX),
        compared("partner orders, XML", rates["xml"], rates["plain"], unit="/s", yardstick=beside, goal=1.0),
        bounded("partner orders, XML, p99", p99["xml"], unit="ms", most=P99_MS_MAX),
    ]


async def _prepare(instance: Instance) -> dict[str, Any]:
    """Add an endpoint that waits, raise the credit, and return the ids that the yardstick's rows name."""
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
        payload = await connection.fetchval("SELECT max(length(payload)) FROM events WHERE kind = 'order.issued'")
    return {
        "merchant": str(merchant.merchant_id),
        "partner": str(partner.partner_id),
        "endpoint": str(endpoint.endpoint_id),
        "payload_length": int(payload),
    }


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
