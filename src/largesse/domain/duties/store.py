"""The one row in which duties note when they ran, so that a clock that jumps is seen."""

from datetime import datetime, timedelta

import msgspec

from largesse.db import Connection, load

_SQL = load(__package__)


class Clocks(msgspec.Struct, frozen=True, kw_only=True):
    """The database's clock, since when that of the duties runs steadily, and until when rows are known as wrong."""

    database: datetime
    steady_since: datetime
    accepted_until: datetime | None


async def read_clocks(connection: Connection, *, now: datetime, step: timedelta, first: datetime) -> Clocks:
    """Note that duties run at `now`, and return what is known of clocks. `first` is what a first note begins with."""
    row = await connection.fetchrow(_SQL.see_clock, now, step, first)
    assert row is not None, "an upsert returns its row"
    return Clocks(
        database=await connection.fetchval(_SQL.database_clock),
        steady_since=row["steady_since"],
        accepted_until=row["accepted_until"],
    )


async def accept_clock(
    connection: Connection, *, now: datetime, newest: datetime | None, steady_since: datetime
) -> None:
    """Take the clock that says `now` for right, although there are rows up to `newest`."""
    await connection.execute(_SQL.accept_clock, now, newest, steady_since)
