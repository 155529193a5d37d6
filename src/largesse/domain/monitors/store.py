"""The table of monitors."""

from datetime import datetime
from uuid import UUID

from largesse.db import Connection, load
from largesse.db.connection import Row
from largesse.domain.monitors.errors import MonitorUnknown
from largesse.domain.monitors.model import Monitor, Watched

_queries = load(__package__)
_GONE = "DELETE 0"


async def insert_monitor(connection: Connection, one: Monitor) -> None:
    """Write a monitor; nothing where it was written before."""
    await connection.execute(
        _queries.insert_monitor,
        one.merchant_id,
        one.monitor_id,
        one.watched,
        one.currency,
        one.offering_id,
        one.act,
        one.bound,
        one.made_by,
        one.made_at,
    )


async def delete_monitor(connection: Connection, merchant_id: UUID, monitor_id: UUID) -> None:
    """Take a monitor away.

    Raises:
        MonitorUnknown: there is none of that id.
    """
    if await connection.execute(_queries.delete_monitor, merchant_id, monitor_id) == _GONE:
        raise MonitorUnknown


async def list_monitors(connection: Connection, merchant_id: UUID) -> list[Monitor]:
    """Return a merchant's monitors, the oldest first."""
    return [_monitor(row) for row in await connection.fetch(_queries.list_monitors, merchant_id)]


async def lock_monitor(connection: Connection, merchant_id: UUID, monitor_id: UUID) -> Monitor | None:
    """Return a monitor, locked; None where it is gone, or somebody else looks at it."""
    row = await connection.fetchrow(_queries.lock_monitor, merchant_id, monitor_id)
    return None if row is None else _monitor(row)


async def put_seen(
    connection: Connection,
    one: Monitor,
    *,
    value: int,
    now: datetime,
    over_since: datetime | None,
    told_at: datetime | None,
) -> None:
    """Write what a monitor saw."""
    key = one.merchant_id, one.monitor_id
    await connection.execute(_queries.put_seen, *key, value, now, over_since, told_at)


async def merchants_with_monitors(connection: Connection) -> list[UUID]:
    """Return the merchants that watch anything."""
    return [row["merchant_id"] for row in await connection.fetch(_queries.merchants_with_monitors)]


def _monitor(row: Row) -> Monitor:
    return Monitor(**{**dict(row), "watched": Watched(row["watched"])})
