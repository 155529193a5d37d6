"""What was sent is not kept for ever: bodies go first, then deliveries and events.

Whole months are dropped (`outbox.months`). Rows are deleted one by one, in small transactions, only where something of
their month still waits.
"""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from largesse.db.connection import Connection
from largesse.db.database import Database
from largesse.db.sql import load
from largesse.kernel.ids import first_id
from largesse.kernel.months import month_of
from largesse.outbox.numbering import forget_numbers

BATCH = 1000
_SQL = load("largesse.outbox")
_FIRST = UUID(int=0)


class Keeping(msgspec.Struct, frozen=True, kw_only=True):
    """How long what was settled is kept: what was sent and answered, and that it was. None is for ever."""

    bodies: timedelta | None = None
    events: timedelta | None = None


async def forget_old(
    database: Database, merchant_id: UUID, keeping: Keeping, *, now: datetime, batch: int = BATCH
) -> int:
    """Delete what is older than a merchant's events are kept; what still waits is kept. Return how many rows went.

    Bodies go to the millisecond, deliveries and events by months.
    """
    before = None if keeping.events is None else first_id(month_of(now - keeping.events))
    async with database.connection() as connection:
        endpoints = await all_endpoints(connection, merchant_id)
    gone = 0
    for endpoint_id in endpoints:
        if keeping.bodies is not None:
            gone += await _bodies(database, merchant_id, endpoint_id, first_id(now - keeping.bodies), batch)
        if before is not None:
            gone += await _deliveries(database, merchant_id, endpoint_id, before, batch)
    if before is not None:
        gone += await _events(database, merchant_id, before, batch)
        await _numbers(database, merchant_id, before, batch)
    return gone


async def _bodies(database: Database, merchant_id: UUID, endpoint_id: UUID, before: UUID, batch: int) -> int:
    gone, last_seen = 0, _FIRST
    while True:
        async with database.transaction() as connection:
            some = await empty_attempts(
                connection, merchant_id, endpoint_id, before=before, last_seen=last_seen, limit=batch
            )
        if some is None:
            return gone
        count, last_seen = some
        gone += count


async def _deliveries(database: Database, merchant_id: UUID, endpoint_id: UUID, before: UUID, batch: int) -> int:
    gone = 0
    while True:
        async with database.transaction() as connection:
            count = await forget_deliveries(connection, merchant_id, endpoint_id, before=before, limit=batch)
        gone += count
        if count < batch:
            return gone


async def _events(database: Database, merchant_id: UUID, before: UUID, batch: int) -> int:
    gone = 0
    while True:
        async with database.transaction() as connection:
            count = await forget_events(connection, merchant_id, before=before, limit=batch)
        gone += count
        if count < batch:
            return gone


async def all_endpoints(connection: Connection, merchant_id: UUID) -> list[UUID]:
    """Return the id of every endpoint of a merchant, those that were removed as well."""
    return [row["endpoint_id"] for row in await connection.fetch(_SQL.all_endpoints, merchant_id)]


async def empty_attempts(
    connection: Connection, merchant_id: UUID, endpoint_id: UUID, *, before: UUID, last_seen: UUID, limit: int
) -> tuple[int, UUID] | None:
    """Delete bodies and answers of some settled attempts; return how many and where to go on, None at the end."""
    row = await connection.fetchrow(_SQL.empty_attempts, merchant_id, endpoint_id, before, last_seen, limit)
    return (row["count"], row["event_id"]) if row else None


async def forget_deliveries(
    connection: Connection, merchant_id: UUID, endpoint_id: UUID, *, before: UUID, limit: int
) -> int:
    """Delete some settled deliveries with their attempts, and return how many."""
    return _count(await connection.execute(_SQL.forget_deliveries, merchant_id, endpoint_id, before, limit))


async def forget_events(connection: Connection, merchant_id: UUID, *, before: UUID, limit: int) -> int:
    """Delete some events that no delivery carries, and return how many."""
    return _count(await connection.execute(_SQL.forget_events, merchant_id, before, limit))


def _count(command_tag: str) -> int:
    return int(command_tag.rpartition(" ")[2])


async def _numbers(database: Database, merchant_id: UUID, before: UUID, batch: int) -> None:
    """Forget the numbers of events that are kept no longer: whoever asks for one is told the oldest that is."""
    while True:
        async with database.transaction() as connection:
            if await forget_numbers(connection, merchant_id, before=before, limit=batch) < batch:
                return
