"""The limit: rows that the product wrote, written again as fast as PostgreSQL takes them, with nothing around them.

Multi-row INSERTs with prepared parameters, a hundred operations in a transaction, four clients; into empty tables with
all columns, indexes and CHECKs of the real ones (`LIKE … INCLUDING ALL`), so that it stays true of any schema. There
are no foreign keys, no rules, no ids to make and no sockets but PostgreSQL's: nobody writes these rows faster.
"""

import queue
import threading
import time
from collections.abc import Sequence

import asyncpg
import msgspec

from tests.bench.cpu import cpu_seconds
from tests.bench.rows import Moment, WrittenTable, rows_between, written_between
from tests.bench.wire import SYNC, Wire, bind_and_execute, parse, split_copy

CLIENTS = 4
TOGETHER = 100
_PARAMETERS_MAX = 65_535
_SCHEMA = "yardstick"


class LimitRun(msgspec.Struct, frozen=True):
    """How fast the rows were written, at which processor time for each operation, and how long a batch took."""

    per_second: float
    cpu_us: float
    batch_ms: float


class Limit:
    """Batches of messages that write what operations wrote; `run` may be called again and again."""

    def __init__(self, tables: Sequence[WrittenTable], batches: Sequence[bytes], prepare: bytes) -> None:
        self.tables = tables
        self._batches = batches
        self._prepare = prepare

    @property
    def clear(self) -> str:
        """Return the statement that empties the tables."""
        return "TRUNCATE " + ", ".join(_copy_of(table) for table in self.tables)

    async def run(self, dsn: str, postmaster: int, *, seconds: float) -> LimitRun:
        """Write all operations over and over for that long; the tables are emptied between, while no clock runs."""
        took, cpu, operations = 0.0, 0.0, 0
        batches: list[float] = []
        connection = await asyncpg.connect(dsn)
        wires = [Wire(dsn) for _ in range(CLIENTS)]
        try:
            for wire in wires:
                wire.run(self._prepare)
            while took < seconds:
                await connection.execute(self.clear)
                cpu_before, began = cpu_seconds([postmaster]) + time.process_time(), time.perf_counter()
                batches += _write(wires, self._batches)
                took += time.perf_counter() - began
                cpu += cpu_seconds([postmaster]) + time.process_time() - cpu_before
                operations += len(self._batches) * TOGETHER
        finally:
            for wire in wires:
                wire.close()
            await connection.close()
        batches.sort()
        return LimitRun(operations / took, 1e6 * cpu / operations, 1000 * batches[int(len(batches) * 0.99)])


async def limit_of(dsn: str, before: Moment, after: Moment, *, operations: int, operations_max: int) -> Limit:
    """Return the limit for what so many operations wrote between two moments, or for the first of them.

    Raises:
        ValueError: they are fewer than one batch.
    """
    whole = min(operations, operations_max) // TOGETHER
    if whole == 0:
        message = f"{operations} operations are fewer than the {TOGETHER} of one batch"
        raise ValueError(message)
    connection = await asyncpg.connect(dsn)
    try:
        written = await written_between(connection, before, after)
        tables = [table for table in written if table.rows >= operations]
        await connection.execute(f"DROP SCHEMA IF EXISTS {_SCHEMA} CASCADE; CREATE SCHEMA {_SCHEMA}")
        batches: list[list[bytes]] = [[] for _ in range(whole)]
        prepare: list[tuple[str, str]] = []
        for place, table in enumerate(tables):
            await connection.execute(f"CREATE TABLE {_copy_of(table)} (LIKE {table.name} INCLUDING ALL)")
            rows = await _rows(connection, table, before, after)
            each = table.rows // operations
            for number, batch in enumerate(batches):
                mine = rows[number * TOGETHER * each : (number + 1) * TOGETHER * each]
                most = _PARAMETERS_MAX // len(table.columns)
                for start in range(0, len(mine), most):
                    part = mine[start : start + most]
                    name = f"t{place}_{len(part)}"
                    if number == 0 and name not in {known for known, _ in prepare}:
                        prepare.append((name, _insert(table, len(part))))
                    batch.append(bind_and_execute(name, part, len(table.columns)))
    finally:
        await connection.close()
    types = {f"t{place}": [column.type_id for column in table.columns] for place, table in enumerate(tables)}
    parsed = [parse(name, text, types[name.partition("_")[0]] * int(name.partition("_")[2])) for name, text in prepare]
    return Limit(tables, [b"".join(batch) + SYNC for batch in batches], b"".join(parsed) + SYNC)


async def _rows(connection: asyncpg.Connection, table: WrittenTable, before: Moment, after: Moment) -> list[bytes]:
    chunks: list[bytes] = []

    async def keep(chunk: bytes) -> None:
        chunks.append(chunk)

    query = rows_between(table, table.names, before, after)
    await connection.copy_from_query(query, output=keep, format="binary")
    return split_copy(b"".join(chunks))


def _insert(table: WrittenTable, rows: int) -> str:
    width = len(table.columns)
    values = ", ".join(
        "(" + ", ".join(f"${row * width + column + 1}" for column in range(width)) + ")" for row in range(rows)
    )
    return f"INSERT INTO {_copy_of(table)} ({table.names}) OVERRIDING SYSTEM VALUE VALUES {values}"


def _copy_of(table: WrittenTable) -> str:
    return f"{_SCHEMA}.{table.name}"


def _write(wires: Sequence[Wire], batches: Sequence[bytes]) -> list[float]:
    """Write all batches, each session the next that is left, and return how long each took."""
    left: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    for batch in batches:
        left.put(batch)
    took: list[float] = []
    faults: list[Exception] = []
    threads = [threading.Thread(target=_drain, args=(wire, left, took, faults)) for wire in wires]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
    return took


def _drain(wire: Wire, left: "queue.SimpleQueue[bytes]", took: list[float], faults: list[Exception]) -> None:
    try:
        while True:
            batch = left.get_nowait()
            began = time.perf_counter()
            wire.run(batch)
            took.append(time.perf_counter() - began)
    except queue.Empty:
        return
    except Exception as error:  # noqa: BLE001 - raised again by whoever waits for this thread
        faults.append(error)
