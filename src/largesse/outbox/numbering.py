"""Number events once they are committed, per merchant and without gaps.

A transaction that began earlier may commit later, so neither an event's moment nor its id tells a reader what is new. A
number that is given to what can be seen does: whoever has read up to one has missed nothing.
"""

from typing import Final
from uuid import UUID

import msgspec

from largesse.db.connection import Connection, Row
from largesse.db.database import Database
from largesse.db.sql import load
from largesse.outbox.errors import EventsExpired

BATCH: Final = 1_000
_SQL = load("largesse.outbox")


class NumberedEvents(msgspec.Struct, frozen=True, kw_only=True):
    """Events in the order of their numbers, and the number to go on from."""

    rows: tuple[Row, ...]
    next: int
    has_more: bool


async def number_events(database: Database, *, batch: int = BATCH) -> int:
    """Number all events that were committed, and return how many there were."""
    async with database.connection() as connection:
        waiting = [row["merchant_id"] for row in await connection.fetch(_SQL.merchants_unnumbered)]
    total = 0
    for merchant_id in waiting:
        while True:
            async with database.transaction() as connection:
                count = await _number_some(connection, merchant_id, batch)
            total += count
            if count < batch:
                break
    return total


async def _number_some(connection: Connection, merchant_id: UUID, batch: int) -> int:
    await connection.execute(_SQL.open_head, merchant_id)
    last: int = await connection.fetchval(_SQL.lock_head, merchant_id)
    given = await connection.fetch(_SQL.give_numbers, merchant_id, last, batch)
    if given:
        await connection.execute(_SQL.move_head, merchant_id, max(row["number"] for row in given))
    return len(given)


async def events_after(
    connection: Connection, merchant_id: UUID, number: int | None, *, kind: str | None = None, limit: int
) -> NumberedEvents:
    """Return events with a higher number, in order; from the oldest that is kept, where none is named.

    Raises:
        EventsExpired: some of those that would come next are kept no longer; it says which is the oldest.
    """
    head = await connection.fetchrow(_SQL.oldest_number, merchant_id)
    last = head["last_number"] if head else 0
    oldest = head["oldest"] if head and head["oldest"] is not None else last + 1
    if number is not None and number < oldest - 1:
        raise EventsExpired(oldest)
    start = oldest - 1 if number is None else number
    rows = await connection.fetch(_SQL.events_after, merchant_id, start, limit + 1, kind)
    shown, more = rows[:limit], len(rows) > limit
    # Without more of this kind, whatever else has a number by now was looked at, too.
    following = shown[-1]["number"] if more else max([start, last, *(row["number"] for row in shown)])
    return NumberedEvents(rows=tuple(shown), next=following, has_more=more)


async def forget_numbers(connection: Connection, merchant_id: UUID, *, before: UUID, limit: int) -> int:
    """Forget a bounded number of numbers of events with an id below `before`, and return how many there were."""
    status = await connection.execute(_SQL.forget_numbers, merchant_id, before, limit)
    return int(status.rpartition(" ")[2])
