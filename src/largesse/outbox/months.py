"""The months of the outbox's tables: made ahead, looked into where something waits, dropped when kept no longer."""

from datetime import datetime
from uuid import UUID

from largesse.db.connection import Connection
from largesse.db.database import Database
from largesse.db.partitions import Monthly, drop_months, look_at_whole, make_months, outside
from largesse.db.sql import load
from largesse.kernel.ids import first_id
from largesse.kernel.months import month_before, month_of
from largesse.outbox.errors import RowsOutsideMonths

_SQL = load("largesse.outbox")
_FIRST = UUID(int=0)

MONTHLY = (
    Monthly("events", "event_id"),
    Monthly(
        "deliveries",
        "event_id",
        "fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.1",
    ),
    Monthly("attempts", "event_id"),
)
"""In the order in which the statements of the required path lock them."""


async def first_waiting(connection: Connection, *, now: datetime) -> UUID:
    """Return an id below all events that wait for an active endpoint: of last month, where nothing older waits.

    What is looked for from there on lies in few partitions.
    """
    recent = first_id(month_before(month_of(now)))
    return _FIRST if await connection.fetchval(_SQL.older_waits, recent) else recent


async def keep_months(database: Database, *, now: datetime) -> int:
    """Make the months to come, and return how many tables were made.

    Raises:
        RowsOutsideMonths: rows lie in the default partition that belong to no month that can be made.
    """
    made = await make_months(database, MONTHLY, now=now)
    await look_at_whole(database, MONTHLY)
    if stray := await outside(database, MONTHLY):
        raise RowsOutsideMonths.of(stray)
    return made


async def drop_old_months(database: Database, *, before: datetime, now: datetime) -> int:
    """Drop the months that had passed at `before`, unless something of them still waits; return how many tables."""
    return await drop_months(database, MONTHLY, before=before, waiting=_SQL.waits_below, now=now)
