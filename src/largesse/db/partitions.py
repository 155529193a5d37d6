"""Tables that are partitioned by month, on the time in the UUIDv7 of their keys (docs/decisions/0093-months.md).

A month's rows lie in a table of their own, `events_2026_11`: statements that name a time touch few of them, and what is
kept no longer is dropped, not deleted row by row. What is older than all months lies in `…_before`, and what nobody
made a month for in `…_default`.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from largesse.db.connection import Connection
from largesse.db.database import Database
from largesse.db.faults import Contended
from largesse.kernel.ids import first_id
from largesse.kernel.months import month_after, month_of

MONTHS_AHEAD = 2
# Shorter than PostgreSQL's `deadlock_timeout`: whoever stands in our way goes on, and we try again.
LOCK_MS = 500
TRIES = 5
PAUSE_S = 1.0

_ANALYZES_ALONE_SINCE = 180000
_NIL = UUID(int=0)
_BOUNDS = re.compile(r"FOR VALUES FROM \((?:'(?P<since>[0-9a-f-]+)'|MINVALUE)\) TO \('(?P<until>[0-9a-f-]+)'\)")
_PARTS = """
SELECT child.relname::text AS name, pg_get_expr(child.relpartbound, child.oid) AS bounds
FROM pg_inherits AS link
JOIN pg_class AS child ON child.oid = link.inhrelid
WHERE link.inhparent = $1::text::regclass
"""


class Monthly(msgspec.Struct, frozen=True):
    """A table that is partitioned by month on `column`; `storage` are the parameters of each month's table."""

    table: str
    column: str
    storage: str = ""

    @property
    def default(self) -> str:
        """Return the name of the partition of what no month was made for."""
        return f"{self.table}_default"

    @property
    def before(self) -> str:
        """Return the name of the partition of what is older than all months."""
        return f"{self.table}_before"

    def named(self, month: datetime) -> str:
        """Return the name of a month's partition."""
        return f"{self.table}_{month:%Y_%m}"


class Partition(msgspec.Struct, frozen=True):
    """One partition: the ids from `since`, None for all that come before, and below `until`."""

    name: str
    since: UUID | None
    until: UUID


async def parts_of(connection: Connection, table: str) -> list[Partition]:
    """Return the partitions of a table, oldest first, without the default."""
    found = []
    for row in await connection.fetch(_PARTS, table):
        if bounds := _BOUNDS.fullmatch(row["bounds"]):
            since = bounds["since"]
            found.append(Partition(row["name"], UUID(since) if since else None, UUID(bounds["until"])))
    return sorted(found, key=lambda part: part.until)


async def make_months(database: Database, tables: Sequence[Monthly], *, now: datetime) -> int:
    """Make the months up to `MONTHS_AHEAD` after this one that are missing, and return how many tables were made.

    Rows that had nowhere to go move from the default into the month they belong to.
    """
    made = 0
    for monthly in tables:
        async with database.connection() as connection:
            parts = await parts_of(connection, monthly.table)
        month = month_of(now)
        for _ in range(MONTHS_AHEAD + 1):
            until = month_after(month)
            if not any(part.until >= first_id(until) and (part.since or _NIL) <= first_id(month) for part in parts):
                made += await _make(database, monthly, month)
            month = until
    return made


async def look_at_whole(database: Database, tables: Sequence[Monthly]) -> None:
    """Have PostgreSQL sample the tables as wholes; autovacuum looks at each month by itself alone.

    A server before 18 could do so only with the months to come, and would then read them from end to end, for having
    seen them empty: it does without.
    """
    async with database.dedicated() as connection:
        if await connection.fetchval("SELECT current_setting('server_version_num')::int") >= _ANALYZES_ALONE_SINCE:
            await connection.execute(f"ANALYZE {', '.join(f'ONLY {monthly.table}' for monthly in tables)}")


async def outside(database: Database, tables: Sequence[Monthly]) -> dict[str, int]:
    """Return how many rows lie in the default partition of which tables, counted no further than a thousand."""
    found = {}
    async with database.connection() as connection:
        for monthly in tables:
            count = await connection.fetchval(
                f"SELECT count(*) FROM (SELECT 1 FROM {monthly.default} LIMIT 1000) AS counted"  # noqa: S608 - a name
            )
            if count:
                found[monthly.table] = count
    return found


async def drop_months(
    database: Database, tables: Sequence[Monthly], *, before: datetime, waiting: str, now: datetime
) -> int:
    """Drop the partitions that end at the month of `before` or earlier; return how many.

    `waiting` is a statement that tells whether any row below the id $1 is still needed; none is dropped then. All
    tables lose the same months, or none does.
    """
    bound = month_of(before)
    if bound >= month_of(now):
        return 0
    return await _patiently(database, _Dropping(tables, bound, waiting).run)


class _Dropping:
    """What is to be dropped, in a transaction that holds every table."""

    def __init__(self, tables: Sequence[Monthly], bound: datetime, waiting: str) -> None:
        self._tables = tables
        self._bound = bound
        self._waiting = waiting

    async def run(self, connection: Connection) -> int:
        limit = first_id(self._bound)
        old = {
            monthly: [part for part in await parts_of(connection, monthly.table) if part.until <= limit]
            for monthly in self._tables
        }
        if not any(part.since is not None or part.until < limit for parts in old.values() for part in parts):
            return 0
        await connection.execute(
            f"LOCK TABLE {', '.join(monthly.table for monthly in self._tables)} IN ACCESS EXCLUSIVE MODE"
        )
        if await connection.fetchval(self._waiting, limit):
            return 0
        dropped = 0
        for monthly, parts in old.items():
            for part in parts:
                await connection.execute(f"DROP TABLE {part.name}")
            dropped += len(parts)
            await connection.execute(_new_table(monthly, monthly.before))
            await connection.execute(
                f"ALTER TABLE {monthly.table} ATTACH PARTITION {monthly.before} "
                f"FOR VALUES FROM (MINVALUE) TO ('{limit}')"
            )
        return dropped


async def _make(database: Database, monthly: Monthly, month: datetime) -> int:
    try:
        return await _patiently(database, _Making(monthly, month).run)
    except (asyncpg.DuplicateTableError, asyncpg.InvalidObjectDefinitionError, asyncpg.UniqueViolationError):
        return 0  # another worker made it meanwhile


class _Making:
    """A month's table that is filled and attached: statements that run meanwhile wait for nothing but the last step."""

    def __init__(self, monthly: Monthly, month: datetime) -> None:
        self._monthly = monthly
        self._month = month

    async def run(self, connection: Connection) -> int:
        monthly, since, until = self._monthly, first_id(self._month), first_id(month_after(self._month))
        name = monthly.named(self._month)
        await connection.execute(_new_table(monthly, name))
        await connection.execute(
            f"WITH moved AS (DELETE FROM {monthly.default} "  # noqa: S608 - names of ours
            f"WHERE {monthly.column} >= $1 AND {monthly.column} < $2 RETURNING *) "
            f"INSERT INTO {name} SELECT * FROM moved",
            since,
            until,
        )
        await connection.execute(
            f"ALTER TABLE {monthly.table} ATTACH PARTITION {name} FOR VALUES FROM ('{since}') TO ('{until}')"
        )
        return 1


def _new_table(monthly: Monthly, name: str) -> str:
    storage = f" WITH ({monthly.storage})" if monthly.storage else ""
    return f"CREATE TABLE {name} (LIKE {monthly.table} INCLUDING ALL){storage}"


async def _patiently(database: Database, work: Callable[[Connection], Awaitable[int]]) -> int:
    """Run `work` in a transaction that waits for no lock for long, a few times.

    Raises:
        Contended: it never got its lock; nothing was done.
    """
    for attempt in range(1, TRIES + 1):
        try:
            async with database.transaction() as connection:
                await connection.execute(f"SET LOCAL lock_timeout = {LOCK_MS}")
                return await work(connection)
        except asyncpg.LockNotAvailableError as error:
            if attempt == TRIES:
                raise Contended from error
        await asyncio.sleep(PAUSE_S)
    raise AssertionError
