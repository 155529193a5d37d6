"""The office over a merchant of many years: a million certificates and orders, five million rows of the journal.

Lists beside a page of the same frame that has none; reports beside the bare SQL that adds up the
same rows. `LARGESSE_BENCH_CERTIFICATES` makes the merchant smaller, for a look at whether it runs.
"""

import asyncio
import os
import statistics
import time
import urllib.request
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import quote

import asyncpg

from largesse.services import seals
from largesse.web.staff_sessions import staff_cookie
from tests.bench.instance import Instance, wait_until_ready
from tests.bench.lived_in import CERTIFICATES, Lived, live_in
from tests.bench.partner_orders import free_port, load
from tests.bench.report import Figure, bounded, compared
from tests.builders.staff import a_worker

ROUNDS: Final = 3
SECONDS: Final = 4.0
P50_MS_MAX: Final = 50.0
P99_MS_MAX: Final = 200.0
REPORT_S_MAX: Final = 2.0
OF_BARE_SQL: Final = 1.5
FRAME: Final = "/admin/demo/people"
LISTS: Final = {
    "orders": "/admin/demo/orders",
    "orders, the dearest first": "/admin/demo/orders?sort=-total",
    "orders over 200, issued": "/admin/demo/orders?status=issued&over=200",
    "certificates": "/admin/demo/certificates",
    "certificates that are blocked": "/admin/demo/certificates?status=blocked",
}
REPORTS: Final = {
    "liability": "report=liability",
    "liability, a closed month": "report=liability&month={month}",
    "liability as of a moment": "report=liability&as_of={moment}",
    "balances": "report=balances",
    "taxes": "report=taxes",
    "sales": "report=sales",
    "redemptions": "report=redemptions",
    "redemptions of an offering": "report=redemptions&offering_id={offering}",
    "outstanding by age": "report=by_issue",
    "outstanding by last use": "report=by_activity",
    "outstanding by last use, last month's end": "report=by_activity&month={month}",
    "outstanding by the law's clock": "report=by_legal_clock",
    "open items": "report=open_items",
    "exceptions by person": "report=people",
    "exceptions by device": "report=devices",
}
_BARE_SUMS = """SELECT booked_on, currency, class_of_value, location_id, kind, leg, debit, credit, count(*), sum(amount)
    FROM journal WHERE merchant_id = $1 GROUP BY 1, 2, 3, 4, 5, 6, 7, 8"""


def measure(instance: Instance) -> list[Figure]:
    """Measure lists, pages and reports, each by one reader who asks again and again."""
    lived = asyncio.run(live_in(instance, count=int(os.environ.get("LARGESSE_BENCH_CERTIFICATES", str(CERTIFICATES)))))
    cookie = asyncio.run(_sign_in(instance, lived))
    port = free_port()
    with instance.process("web", port=port):
        wait_until_ready(f"http://127.0.0.1:{port}")
        figures = [_making(lived), asyncio.run(_seal(instance, lived))]
        for name, path in LISTS.items():
            figures += _list(port, cookie, name, path)
        figures += _reports(instance, port, cookie, lived)
    return figures


def _making(lived: Lived) -> Figure:
    note = f"{lived.certificates:,} certificates, {lived.journal_rows:,} rows of the journal"
    return bounded("making the merchant", [lived.seconds], unit="s", note=note, most=3600.0)


async def _seal(instance: Instance, lived: Lived) -> Figure:
    """Seal all of it at once, as the worker does night by night."""
    async with instance.application() as application:
        began = time.perf_counter()
        made = await seals.seal(application, lived.merchant.merchant_id, now=application.clock.now())
        taken = time.perf_counter() - began
    assert made is not None
    return bounded("sealing all of it at once", [taken], unit="s", note=f"{made.row_count:,} rows")


async def _sign_in(instance: Instance, lived: Lived) -> str:
    """Return the cookie of an owner who signed in."""
    async with instance.application() as application:
        worker = await a_worker(application, lived.merchant, now=application.clock.now())
    cookie = staff_cookie(worker.token, https=False)
    return f"{cookie.key}={cookie.value}"


def _list(port: int, cookie: str, name: str, path: str) -> list[Figure]:
    """One reader of a list beside one of a page without one."""
    beside: list[float] = []
    medians: list[float] = []
    slowest: list[float] = []
    for _ in range(ROUNDS):
        beside.append(load(port, [_get(FRAME, cookie)], connections=1, seconds=1.0, warm_up_s=0.5)["p50_ms"])
        result = load(port, [_get(path, cookie)], connections=1, seconds=SECONDS, warm_up_s=1.0)
        medians.append(result["p50_ms"])
        slowest.append(result["p99_ms"])
    return [
        bounded(f"list of {name}: p50", medians, unit="ms", most=P50_MS_MAX, note=_beside(beside)),
        bounded(f"list of {name}: p99", slowest, unit="ms", most=P99_MS_MAX),
    ]


def _beside(taken: Sequence[float]) -> str:
    return f"a page without a list: {statistics.median(taken):.1f} ms"


def _reports(instance: Instance, port: int, cookie: str, lived: Lived) -> list[Figure]:
    """Each report of all time, beside the statement that only adds up the rows it is made of."""
    figures = []
    given = asyncio.run(_given(instance, lived))
    for name, asked in REPORTS.items():
        taken: list[float] = []
        bare: list[float] = []
        for _ in range(ROUNDS):
            bare.append(asyncio.run(_bare(instance, lived)))
            taken.append(_took(port, f"/admin/demo/reports/view?{asked.format(**given)}", cookie))
        figures += [
            bounded(f"report of {name}", taken, unit="s", most=REPORT_S_MAX),
            compared(f"report of {name}", taken, bare, unit="s", yardstick="the bare sums", most=OF_BARE_SQL),
        ]
    return figures


async def _given(instance: Instance, lived: Lived) -> dict[str, str]:
    """Return what the questions name: an offering that was sold, the month before this one, a moment a year ago."""
    connection = await asyncpg.connect(instance.superuser_dsn)
    try:
        offering = await connection.fetchval(
            "SELECT offering_id FROM offerings WHERE merchant_id = $1 ORDER BY sort LIMIT 1",
            lived.merchant.merchant_id,
        )
    finally:
        await connection.close()
    now = datetime.now(tz=UTC)
    month = (now.replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
    return {"offering": str(offering), "month": month, "moment": quote((now - timedelta(days=365)).isoformat())}


async def _bare(instance: Instance, lived: Lived) -> float:
    connection = await asyncpg.connect(instance.superuser_dsn)
    try:
        began = time.perf_counter()
        await connection.fetch(_BARE_SUMS, lived.merchant.merchant_id)
        return time.perf_counter() - began
    finally:
        await connection.close()


def _took(port: int, path: str, cookie: str) -> float:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Cookie": cookie})
    began = time.perf_counter()
    with urllib.request.urlopen(request, timeout=120) as answer:
        answer.read()
        return time.perf_counter() - began


def _get(path: str, cookie: str) -> str:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n\r\n"
