"""The shop: its page, and the post that places a checkout, beside a bare Litestar template page; what a page weighs."""

import asyncio
import re
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from largesse.app import metrics
from largesse.app.application import Application
from largesse.domain import catalog, merchants
from largesse.domain.drafts import Content, fresh_token
from largesse.services.checkout import change_draft
from largesse.web.csrf import FIELD, csrf_token
from largesse.web.session_cookie import NAME
from tests.bench.instance import Instance
from tests.bench.partner_orders import free_port, load
from tests.bench.report import Figure, bounded, compared
from tests.builders.drafts import a_draft_gift

ROUNDS = 3
DRAFTS = 3_000
AT_ONCE = 16
GOAL = 0.5
WEIGHT_MAX_KB = 60
REQUESTS_MAX = 6
PROBES = 100

_ASSETS = re.compile(r'(?:href|src)="(/assets/[^"]+)"')


def measure(instance: Instance) -> list[Figure]:
    """Measure round by round beside the yardstick; each round places checkouts of its own."""
    metrics.clean(metrics.folder_of(instance.settings.home))
    pages, posts, yardstick, page_p99, post_p99 = [], [], [], [], []
    with _server(instance, "bare", "/page") as bare_port, _server(instance, "shop", "/demo") as port:
        for _ in range(ROUNDS):
            yardstick.append(load(bare_port, [_get("/page")])["per_second"])
            page = load(port, [_get("/demo")])
            pages.append(page["per_second"])
            page_p99.append(page["p99_ms"])
            post = load(port, asyncio.run(_checkouts(instance)), status=303, warm_up_s=0.0, once=True)
            posts.append(post["per_second"])
            post_p99.append(post["p99_ms"])
        weight = _weight(f"http://127.0.0.1:{port}/demo")
        first_byte = [_first_byte_ms(port) for _ in range(PROBES)]
    beside = "bare Litestar template page"
    return [
        compared("shop page", pages, yardstick, unit="/s", yardstick=beside, goal=GOAL),
        bounded("shop page, p99", page_p99, unit="ms"),
        compared("checkout post, placed", posts, yardstick, unit="/s", yardstick=beside, goal=GOAL),
        bounded("checkout post, p99", post_p99, unit="ms"),
        bounded("shop page's weight without pictures", [weight[0]], unit="KB", most=WEIGHT_MAX_KB),
        bounded("shop page's requests without pictures", [weight[1]], unit="requests", most=REQUESTS_MAX + 1),
        bounded("shop page, time to first byte at rest, p50", first_byte, unit="ms"),
    ]


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


async def _checkouts(instance: Instance) -> list[str]:
    """Put gifts into DRAFTS drafts, and return the posts that place them, one for each."""
    async with instance.application() as application:
        async with application.database.connection() as connection:
            merchant = await merchants.find_merchant(connection, "demo")
            offerings = await catalog.find_offerings(connection, merchant.merchant_id, now=application.clock.now())
        offering = next(one for one in offerings if one.presets)
        gate = asyncio.Semaphore(AT_ONCE)

        async def one() -> str:
            async with gate:
                return await _checkout(application, merchant, offering)

        return await asyncio.gather(*(one() for _ in range(DRAFTS)))


async def _checkout(application: Application, merchant: merchants.Merchant, offering: catalog.Offering) -> str:
    token, now = fresh_token(), application.clock.now()
    gift, amount = a_draft_gift(offering, now=now)

    def put(before: Content) -> Content:
        return before.with_gift(gift)

    await change_draft(application, merchant, token, put, now=now)
    body = urllib.parse.urlencode(
        {
            FIELD: csrf_token(application.keyring, token),
            "buyer_first_name": "Grace",
            "buyer_last_name": "Hopper",
            "buyer_email": "grace@example.com",
            "buyer_gateway": "manual",
            "total": str(amount),
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
