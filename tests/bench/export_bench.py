"""Exports: a million orders to CSV beside PostgreSQL's own COPY of the same query, and how much memory it takes.

Run it alone with `python -m tests.bench.export_bench [rows]`; it starts a server of its own.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import asyncpg
import msgspec
import psutil

from largesse.db import Database
from largesse.kernel.paging import Period
from largesse.rooms.exports import write_csv, write_jsonl
from largesse.rooms.orders.views import OrderFilter, orders_dataset
from tests.support.postgres import FOLDER_VARIABLE, PID_VARIABLE, fresh_database, shared_server

MERCHANT = UUID("01900000-0000-7000-8000-00000000be9c")
ROUNDS = 3
_SAMPLE_S = 0.05
_MARK = "export-bench-child"


class Run(msgspec.Struct, frozen=True):
    """Tell how one export went."""

    seconds: float
    peak_rss_mb: float
    bytes: int
    rows: int


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


async def measure(dsn: str, rows: int) -> list[dict[str, object]]:
    """Return one line for each format: seconds, rows per second, the ratio to COPY, and the peak of resident memory.

    `dsn` is a migrated database that `load` filled with `rows` orders. Rounds alternate, and the best of each counts.
    """
    yardstick, csv_runs, jsonl_runs = [], [], []
    for _ in range(ROUNDS):
        yardstick.append(await _child(dsn, "copy"))
        csv_runs.append(await _child(dsn, "csv"))
    jsonl_runs.append(await _child(dsn, "jsonl"))
    small = await _child(dsn, "csv", until=datetime(2026, 1, 1, 12, tzinfo=UTC))
    copy = min(run.seconds for run in yardstick)
    lines: list[dict[str, object]] = [_line("COPY of the same query", yardstick, copy, rows)]
    lines.append(_line("orders to CSV", csv_runs, copy, rows) | {"goal": 0.5, "idle_rss_mb": round(small.peak_rss_mb)})
    lines.append(_line("orders to JSON Lines", jsonl_runs, copy, rows))
    return lines


def _line(name: str, runs: list[Run], copy: float, rows: int) -> dict[str, object]:
    best = min(runs, key=lambda run: run.seconds)
    assert best.rows in (rows, 0)
    return {
        "bench": "export",
        "name": name,
        "rows": rows,
        "seconds": round(best.seconds, 2),
        "rows_per_s": round(rows / best.seconds),
        "megabytes": round(best.bytes / 1e6),
        "ratio_to_copy": round(copy / best.seconds, 2),
        "peak_rss_mb": round(max(run.peak_rss_mb for run in runs)),
    }


async def _child(dsn: str, what: str, *, until: datetime | None = None) -> Run:
    """Run one export in a process of its own, so that its memory is its own, and watch it."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report"
        command = [
            sys.executable,
            "-m",
            __spec__.name,
            _MARK,
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


@asynccontextmanager
async def _own_database() -> AsyncIterator[str]:
    os.environ[PID_VARIABLE] = str(os.getpid())
    os.environ[FOLDER_VARIABLE] = str(Path(tempfile.gettempdir()) / f"largesse-export-bench-{os.getpid()}")
    async with fresh_database(shared_server()) as dsn:
        yield dsn


async def _alone(rows: int) -> None:
    async with _own_database() as dsn:
        await load(dsn, rows)
        for line in await measure(dsn, rows):
            sys.stdout.write(msgspec.json.encode(line).decode() + "\n")


if __name__ == "__main__":
    if sys.argv[1:2] == [_MARK]:
        _, _, dsn, what, report, until = sys.argv
        asyncio.run(_export(dsn, what, Path(report), datetime.fromisoformat(until) if until else None))
    else:
        asyncio.run(_alone(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000))
