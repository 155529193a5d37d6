"""The tables of months that are closed."""

import hashlib
from datetime import date, datetime
from uuid import UUID

from largesse.db import Connection, load
from largesse.db.connection import Row
from largesse.domain.months.errors import MonthReportUnknown
from largesse.domain.months.model import LAPSES_AFTER, MonthClose, MonthState

_queries = load(__package__)
_ONE = "UPDATE 1"


async def list_closes(connection: Connection, merchant_id: UUID) -> list[MonthClose]:
    """Return a merchant's closes, the newest month first, and of it the newest version."""
    return [_close(row) for row in await connection.fetch(_queries.list_closes, merchant_id)]


async def lock_request(connection: Connection, merchant_id: UUID, month: date) -> MonthClose | None:
    """Return what waits to be agreed to of a month, locked."""
    row = await connection.fetchrow(_queries.lock_request, merchant_id, month)
    return None if row is None else _close(row)


async def insert_request(connection: Connection, asked: MonthClose) -> bool:
    """Write that a month shall be closed; False where that waits already."""
    found = await connection.fetchval(
        _queries.insert_request,
        asked.merchant_id,
        asked.month,
        asked.version,
        asked.requested_by,
        asked.requester_id,
        asked.requested_at,
        asked.shown,
        asked.requested_at - LAPSES_AFTER,
        asked.waived,
    )
    return found is not None


async def close_month(connection: Connection, closed: MonthClose, *, seal_number: int | None) -> bool:
    """Write that a month is closed, by whom and when it says; False where that is not asked for any more."""
    key = closed.merchant_id, closed.month, closed.version
    told = closed.closed_by, closed.closed_at, closed.alone, seal_number, closed.known_at
    return await connection.execute(_queries.close_month, *key, *told) == _ONE


async def reopen_month(connection: Connection, closed: MonthClose, *, by: str, reason: str, now: datetime) -> bool:
    """Write that the books are open for a month again; False where they are."""
    key = closed.merchant_id, closed.month, closed.version
    return await connection.execute(_queries.reopen_month, *key, by, now, reason) == _ONE


async def keep_report(connection: Connection, closed: MonthClose, report: str, body: bytes) -> None:
    """Keep a report of a version as it was printed."""
    key = closed.merchant_id, closed.month, closed.version
    await connection.execute(_queries.keep_report, *key, report, body, hashlib.sha256(body).digest())


async def find_report(connection: Connection, merchant_id: UUID, month: date, version: int, report: str) -> bytes:
    """Return a report of a version as it was printed.

    Raises:
        MonthReportUnknown: there is none.
    """
    row = await connection.fetchrow(_queries.find_report, merchant_id, month, version, report)
    if row is None:
        raise MonthReportUnknown
    body: bytes = row["body"]
    return body


def _close(row: Row) -> MonthClose:
    return MonthClose(**{**dict(row), "state": MonthState(row["state"])})
