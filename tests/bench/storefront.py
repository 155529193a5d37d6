"""The shop: its page beside a bare Litestar template page, the post that places a checkout beside pgbench writing the
same rows; what a page weighs.
"""

import asyncio
import re
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import asyncpg

from largesse.app import metrics
from largesse.app.application import Application
from largesse.domain import catalog, merchants
from largesse.domain.drafts import Content, fresh_token
from largesse.domain.payments import PaymentInstructions, write_instructions
from largesse.interfaces.storefront.baskets import print_of_basket
from largesse.services.checkout import change_draft
from largesse.web.csrf import FIELD, csrf_token
from largesse.web.session_cookie import NAME
from tests.bench.instance import Instance
from tests.bench.partner_orders import CONNECTIONS, SECONDS, free_port, load
from tests.bench.pgbench import ScriptRun, run_script
from tests.bench.report import Figure, bounded, compared
from tests.bench.rows import InsertScripts, insert_scripts, moment_of
from tests.builders.drafts import a_draft_gift

ROUNDS = 3
DRAFTS = 3_000
AT_ONCE = 16
GOAL = 0.5
POST_GOAL = 0.8
WEIGHT_MAX_KB = 60
REQUESTS_MAX = 6
PROBES = 100

_ASSETS = re.compile(r'(?:href|src)="(/assets/[^"]+)"')


def measure(instance: Instance) -> list[Figure]:
    """Measure round by round beside the yardstick; each round places checkouts of its own."""
    metrics.clean(metrics.folder_of(instance.settings.home))
    asyncio.run(_offer_by_hand(instance))
    pages, posts, bare = list[dict[str, Any]](), list[dict[str, Any]](), list[dict[str, Any]]()
    rows: list[ScriptRun] = []
    with _server(instance, "bare", "/page") as bare_port, _server(instance, "shop", "/demo") as port:
        scripts = asyncio.run(_learn(instance, port))
        for number in range(ROUNDS):
            bare.append(load(bare_port, [_get("/page")]))
            pages.append(load(port, [_get("/demo")]))
            rows.append(
                run_script(
                    instance.superuser_dsn,
                    scripts.plain(run=number + 1),
                    clients=CONNECTIONS,
                    seconds=SECONDS,
                    variables={"n": 0},
                )
            )
            posts.append(_post(port, asyncio.run(_checkouts(instance))))
        weight = _weight(f"http://127.0.0.1:{port}/demo")
        first_byte = [_first_byte_ms(port) for _ in range(PROBES)]
    beside = "bare Litestar template page"
    pgbench = f"pgbench, {CONNECTIONS} clients, same rows"
    return [
        _faster("shop page", pages, [run["per_second"] for run in bare], yardstick=beside, goal=GOAL),
        _later("shop page, p99", pages, [run["p99_ms"] for run in bare], yardstick=beside),
        _faster("checkout post, placed", posts, [run.per_second for run in rows], yardstick=pgbench, goal=POST_GOAL),
        _later("checkout post, p99", posts, [run.p99_ms for run in rows], yardstick=pgbench),
        bounded("shop page's weight without pictures", [weight[0]], unit="KB", most=WEIGHT_MAX_KB),
        bounded("shop page's requests without pictures", [weight[1]], unit="requests", most=REQUESTS_MAX + 1),
        bounded("shop page, time to first byte at rest, p50", first_byte, unit="ms"),
    ]


def _faster(name: str, runs: list[dict[str, Any]], yardsticks: list[float], *, yardstick: str, goal: float) -> Figure:
    rates = [run["per_second"] for run in runs]
    return compared(name, rates, yardsticks, unit="/s", yardstick=yardstick, goal=goal)


def _later(name: str, runs: list[dict[str, Any]], yardsticks: list[float], *, yardstick: str) -> Figure:
    return compared(name, [run["p99_ms"] for run in runs], yardsticks, unit="ms", yardstick=f"p99 of {yardstick}")


def _post(port: int, requests: list[str]) -> dict[str, Any]:
    return load(port, requests, status=303, warm_up_s=0.0, once=True, connections=min(CONNECTIONS, len(requests)))


async def _learn(instance: Instance, port: int) -> InsertScripts:
    """Return the scripts that write the rows of a checkout, by way of two real ones."""
    first, *requests = await _checkouts(instance, drafts=3)
    connection = await asyncpg.connect(instance.superuser_dsn)
    try:
        await asyncio.to_thread(_post, port, [first])  # what is written once is no part of every checkout
        moments = [await moment_of(connection)]
        for request in requests:
            await asyncio.to_thread(_post, port, [request])
            moments.append(await moment_of(connection))
        return await insert_scripts(connection, moments)
    finally:
        await connection.close()


@contextmanager
def _server(instance: Instance, kind: str, path: str) -> Iterator[int]:
    port = free_port()
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.servers", kind, str(port)], env=instance.environment | {"PORT": str(port)}
    )
    try:
        _wait(f"http://127.0.0.1:{port}{path}")
        yield port
    finally:
        child.terminate()
        child.wait(30)


def _wait(url: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return


def _get(path: str) -> str:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Language: en\r\n\r\n"


async def _offer_by_hand(instance: Instance) -> None:
    """Let buyers pay by hand: no gateway is asked while a checkout is placed."""
    async with instance.application() as application, application.database.transaction() as connection:
        merchant = await merchants.find_merchant(connection, "demo")
        told = PaymentInstructions(currency=merchant.currency, further="12 Harbor Street", days=7)
        await write_instructions(connection, merchant.merchant_id, told, now=application.clock.now())


async def _checkouts(instance: Instance, *, drafts: int = DRAFTS) -> list[str]:
    """Put gifts into so many drafts, and return the posts that place them, one for each."""
    async with instance.application() as application:
        async with application.database.connection() as connection:
            merchant = await merchants.find_merchant(connection, "demo")
            offerings = await catalog.find_offerings(connection, merchant.merchant_id, now=application.clock.now())
        offering = next(one for one in offerings if one.presets)
        gate = asyncio.Semaphore(AT_ONCE)

        async def one() -> str:
            async with gate:
                return await _checkout(application, merchant, offering)

        return await asyncio.gather(*(one() for _ in range(drafts)))


async def _checkout(application: Application, merchant: merchants.Merchant, offering: catalog.Offering) -> str:
    token, now = fresh_token(), application.clock.now()
    gift, amount = a_draft_gift(offering, now=now)

    def put(before: Content) -> Content:
        return before.with_gift(gift)

    content = await change_draft(application, merchant, token, put, now=now)
    body = urllib.parse.urlencode(
        {
            FIELD: csrf_token(application.keyring, token),
            "buyer_first_name": "Grace",
            "buyer_last_name": "Hopper",
            "buyer_email": f"grace.{gift.gift_id.hex}@example.com",
            "buyer_gateway": "manual",
            "total": str(amount),
            "basket": print_of_basket(content),
            "go": "pay",
        }
    )
    return (
        "POST /demo/checkout HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Cookie: {NAME}={token}\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    )


def _weight(url: str) -> tuple[float, int]:
    """Return how many kilobytes a browser fetches for the page, as they travel, and in how many requests."""
    page, size = _fetch(url)
    names = sorted(set(_ASSETS.findall(page)))
    total = size + sum(_fetch(urllib.parse.urljoin(url, name))[1] for name in names)
    return total / 1024, 1 + len(names)


def _fetch(url: str) -> tuple[str, int]:
    with urllib.request.urlopen(url, timeout=10) as plain:
        text = plain.read().decode()
    squeezed = urllib.request.Request(url, headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(squeezed, timeout=10) as answer:
        return text, len(answer.read())


def _first_byte_ms(port: int) -> float:
    began = time.perf_counter()
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/demo", timeout=10) as answer:
        answer.read(1)
    return 1000 * (time.perf_counter() - began)
