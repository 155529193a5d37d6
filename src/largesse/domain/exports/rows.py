"""CSV and JSON Lines row by row, of datasets with texts that only we can write. Memory does not grow with rows."""

import csv
import io
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

import msgspec

from largesse.db import Connection
from largesse.db.connection import Row
from largesse.db.dataset import ColumnKind, Dataset, row_statement
from largesse.domain.exports.formats import Progress, Sink
from largesse.kernel.formulas import guard

_PREFETCH = 1000


async def write_csv_rows(connection: Connection, dataset: Dataset, sink: Sink, progress: Progress) -> int:
    """Write `dataset` as CSV (RFC 4180) with a header, and return how many rows it has."""
    text = {column.name for column in dataset.columns if column.kind is ColumnKind.TEXT}
    await sink(_line([column.name for column in dataset.columns]))

    def line(row: Row) -> bytes:
        values = _values(row, dataset)
        return _line([guard(value) if name in text else value for name, value in values.items()])

    return await _write(connection, dataset, line, sink, progress)


async def write_json_rows(connection: Connection, dataset: Dataset, sink: Sink, progress: Progress) -> int:
    """Write `dataset` as one JSON object on each line, and return how many rows it has."""

    def line(row: Row) -> bytes:
        return msgspec.json.encode(_values(row, dataset)) + b"\n"

    return await _write(connection, dataset, line, sink, progress)


async def _write(
    connection: Connection, dataset: Dataset, line: Callable[[Row], bytes], sink: Sink, progress: Progress
) -> int:
    query, args = row_statement(dataset)
    rows, gathered = 0, bytearray()
    async for row in connection.cursor(query, *args, prefetch=_PREFETCH):
        gathered += line(row)
        rows += 1
        if rows % _PREFETCH == 0:
            await sink(bytes(gathered))
            gathered.clear()
            progress(rows)
    if gathered:
        await sink(bytes(gathered))
    progress(rows)
    return rows


def _values(row: Row, dataset: Dataset) -> dict[str, str]:
    values = {column.name: _text(row[column.name]) for column in dataset.columns}
    return values | {name: rewrite(values[name]) for name, rewrite in dataset.rewritten.items()}


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case Decimal():
            return f"{value:f}"
        case datetime():
            return f"{value:%Y-%m-%d %H:%M:%S}"
        case _:
            return str(value)


def _line(cells: list[str]) -> bytes:
    file = io.StringIO()
    csv.writer(file, lineterminator="\r\n").writerow(cells)
    return file.getvalue().encode()
