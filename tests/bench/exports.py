"""Exports: a million orders to CSV beside PostgreSQL's own COPY of the same query, and how much memory it takes."""

import asyncio
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import asyncpg
import msgspec
import psutil

from largesse.db import Database
from largesse.domain.exports import write_csv, write_jsonl
from largesse.domain.orders.views import OrderFilter, orders_dataset
from largesse.kernel.paging import Period
from tests.bench.instance import Instance
from tests.bench.report import Figure

MERCHANT = UUID("01900000-0000-7000-8000-00000000be9c")
ROWS = 1_000_000
ROUNDS = 3
GOAL = 0.5
_SAMPLE_S = 0.05


class Run(msgspec.Struct, frozen=True):
    """How one export went."""

    seconds: float
    peak_rss_mb: float
    bytes: int
    rows: int


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """What the runs of one kind came to."""

    name: str
    rows_per_s: float
    peak_rss_mb: float
    small_rss_mb: float


_FILL = """
INSERT INTO merchants VALUES
    ('{merchant}', 'bench', '1001', 'BX', 'BX', 'Bench', 'USD', 'America/New_York', 'bench@example.com', false, now());

INSERT INTO partners (merchant_id, partner_id, name, contact_email, created_at)
VALUES ('{merchant}', '{partner}', 'Bench', 'bench@example.com', now());

INSERT INTO checkouts (merchant_id, checkout_id, status, currency, total, billing_first_name, billing_last_name,
    billing_email, billing_phone, billing_address, billing_city, billing_state, billing_zip, created_at)
SELECT '{merchant}', ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'paid', 'USD', 2500, 'Grace',
    'Hopper', 'grace' || n || '@example.com', '+12125550100', '1 Main Street', 'New York', 'NY', '10001', now()
FROM generate_series(1, {rows}) n
WHERE n % 2 = 0;

INSERT INTO orders (merchant_id, order_id, order_number, channel, status, checkout_id, partner_id, refcode,
    certificate_id, operation_id, fingerprint, currency, amount, tip, discount, tax, total, good_through, description,
    recipient_first_name, recipient_last_name, recipient_email, to_message, from_message, message, placed_at, issued_at)
SELECT '{merchant}', id, 'BX-' || lpad(n::text, 10, '0'), CASE WHEN n % 2 = 0 THEN 'retail' ELSE 'partner' END,
    'issued', CASE WHEN n % 2 = 0 THEN id END, CASE WHEN n % 2 = 1 THEN '{partner}'::uuid END,
    CASE WHEN n % 2 = 1 THEN 'BATCH-7' END, id, id, decode('00000000000000000000000000000000', 'hex'), 'USD', 2500, 300,
    100, 213, 2913, '2027-11-22', 'Instant Gift Certificate', 'Ada', 'Lovelace', 'ada' || n || '@example.com', 'Ada',
    'Grace', 'Happy birthday, Ada! Enjoy the afternoon.', timestamptz '2026-01-01' + n * interval '25 seconds', now()
FROM (
    SELECT n, ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid AS id FROM generate_series(1, {rows}) n
) given;
"""


async def load(dsn: str, rows: int) -> None:
    """Fill the tables with a merchant's orders: half retail with billing details, half on account."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(_FILL.format(merchant=MERCHANT, partner=UUID(int=7), rows=rows))
        await connection.execute("VACUUM (ANALYZE) orders, checkouts")
    finally:
        await connection.close()


async def _runs(dsn: str, rows: int) -> tuple[Line, Line, Line]:
    """Return what COPY, CSV and JSON Lines came to. Rounds alternate, and the best of each counts.

    `dsn` is a migrated database that `load` filled with `rows` orders.
    """
    yardstick, csv_runs = [], []
    for _ in range(ROUNDS):
        yardstick.append(await _child(dsn, "copy"))
        csv_runs.append(await _child(dsn, "csv"))
    jsonl = await _child(dsn, "jsonl")
    small = await _child(dsn, "csv", until=datetime(2026, 1, 1, 12, tzinfo=UTC))
    return (
        _line("COPY of the same query", yardstick, rows),
        _line("orders to CSV", csv_runs, rows, small=small),
        _line("orders to JSON Lines", [jsonl], rows),
    )


def measure(instance: Instance) -> list[Figure]:
    """Fill `instance` with a million orders and measure their export beside COPY of the same query."""
    asyncio.run(load(instance.dsn, ROWS))
    copy, csv, jsonl = asyncio.run(_runs(instance.dsn, ROWS))
    beside = f"COPY (same query) TO STDOUT {copy.rows_per_s:,.0f} rows/s"
    return [
        Figure(
            name=f"export of {ROWS:,} orders to CSV",
            value=csv.rows_per_s,
            unit="rows/s",
            yardstick=beside,
            ratio=csv.rows_per_s / copy.rows_per_s,
            goal=f">= {GOAL:g} x",
            met=csv.rows_per_s >= GOAL * copy.rows_per_s,
        ),
        Figure(
            name=f"export of {ROWS:,} orders to JSON Lines",
            value=jsonl.rows_per_s,
            unit="rows/s",
            yardstick=beside,
            ratio=jsonl.rows_per_s / copy.rows_per_s,
        ),
        Figure(
            name="peak memory of the CSV export",
            value=csv.peak_rss_mb,
            unit="MB",
            yardstick=f"of an export of a few thousand rows {csv.small_rss_mb:,.0f} MB",
            ratio=csv.peak_rss_mb / csv.small_rss_mb,
        ),
    ]


def _line(name: str, runs: list[Run], rows: int, *, small: Run | None = None) -> Line:
    best = min(runs, key=lambda run: run.seconds)
    assert best.rows in (rows, 0)
    return Line(
        name=name,
        rows_per_s=rows / best.seconds,
        peak_rss_mb=max(run.peak_rss_mb for run in runs),
        small_rss_mb=small.peak_rss_mb if small else 0.0,
    )


async def _child(dsn: str, what: str, *, until: datetime | None = None) -> Run:
    """Run one export in a process of its own, so that its memory is its own, and watch it."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report"
        command = [
            sys.executable,
            "-m",
            "tests.bench.exports",
            dsn,
            what,
            str(report),
            until.isoformat() if until else "",
        ]
        process = await asyncio.create_subprocess_exec(*command)
        peak = 0
        while process.returncode is None:
            try:
                peak = max(peak, psutil.Process(process.pid).memory_info().rss)
            except psutil.Error:
                break
            await asyncio.sleep(_SAMPLE_S)
        assert await process.wait() == 0
        seconds, size, rows = report.read_text().split()
    return Run(float(seconds), peak / 1e6, int(size), int(rows))


async def _export(dsn: str, what: str, report: Path, until: datetime | None) -> None:
    dataset = orders_dataset(
        MERCHANT, vendor_number="1001", zone="America/New_York", chosen=OrderFilter(placed=Period(until=until))
    )
    with tempfile.TemporaryFile() as file:

        async def sink(chunk: bytes) -> None:
            file.write(chunk)

        async with await Database.open(dsn) as database, database.snapshot() as connection:
            started, rows = time.perf_counter(), 0
            if what == "copy":
                await connection.copy_from_query(dataset.query, *dataset.args, output=sink, format="csv")
            elif what == "csv":
                rows = await write_csv(connection, dataset, sink, lambda _rows: None)
            else:
                rows = await write_jsonl(connection, dataset, sink, lambda _rows: None)
            seconds = time.perf_counter() - started
        report.write_text(f"{seconds} {file.tell()} {rows}")


if __name__ == "__main__":
    address, kind, report_path, end = sys.argv[1:]
    asyncio.run(_export(address, kind, Path(report_path), datetime.fromisoformat(end) if end else None))
