"""The tables of exports into a bookkeeper's program."""

from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

import msgspec

from largesse.db import Connection, load
from largesse.db.connection import Row
from largesse.db.statistics import join_whole
from largesse.domain.book_exports.errors import BookMappingChanged, BookSetUnknown
from largesse.domain.book_exports.model import (
    MEMORANDUM,
    BookAsked,
    BookCover,
    BookFacts,
    BookFormat,
    BookGrain,
    BookMapping,
    BookSchedule,
    BookSet,
    MappedAccount,
)

_queries = load(__package__)
_LINES: Final = msgspec.json.Decoder(tuple[MappedAccount, ...])
_FACTS: Final = msgspec.json.Decoder(BookFacts)
_ONE: Final = "UPDATE 1"
SETS_SHOWN: Final = 500
_PREFETCH: Final = 1_000


async def lock_books(connection: Connection, merchant_id: UUID) -> None:
    """Let nobody else make an export of a merchant, or change its accounts, until the transaction ends."""
    await connection.execute(_queries.insert_head, merchant_id)
    await connection.fetchrow(_queries.lock_head, merchant_id)


async def insert_mapping(connection: Connection, mapping: BookMapping) -> None:
    """Keep a version of the accounts; the version before it has to be the last.

    Raises:
        BookMappingChanged: it is not.
    """
    await connection.execute(_queries.insert_head, mapping.merchant_id)
    found = await connection.fetchval(_queries.count_mapping, mapping.merchant_id, mapping.version - 1)
    if found is None:
        raise BookMappingChanged
    lines, facts = (msgspec.json.encode(one).decode() for one in (mapping.lines, mapping.facts))
    await connection.execute(
        _queries.insert_mapping,
        mapping.merchant_id,
        mapping.version,
        lines,
        facts,
        mapping.made_by,
        mapping.made_at,
    )


async def find_mapping(connection: Connection, merchant_id: UUID, version: int | None = None) -> BookMapping | None:
    """Return a version of the accounts, the last one unless said; None where there is none."""
    row = await connection.fetchrow(_queries.find_mapping, merchant_id, version)
    return None if row is None else _mapping(row)


async def list_mappings(connection: Connection, merchant_id: UUID) -> list[BookMapping]:
    """Return all versions of the accounts, the newest first."""
    return [_mapping(row) for row in await connection.fetch(_queries.list_mappings, merchant_id)]


async def cover_of(connection: Connection, merchant_id: UUID, legal_entity_id: UUID, currency: str) -> BookCover:
    """Return how far the sets of a legal entity and currency went."""
    row = await connection.fetchrow(_queries.cover_of, merchant_id, legal_entity_id, currency)
    return BookCover() if row is None else BookCover(until=row["until"], cut=row["cut"])


async def next_number(connection: Connection, merchant_id: UUID) -> int:
    """Return the number of the next export; a transaction that is undone gives it back."""
    number: int = await connection.fetchval(_queries.count_set, merchant_id)
    return number


async def take_rows(
    connection: Connection, merchant_id: UUID, number: int, asked: BookAsked, cover: BookCover, *, cut: datetime
) -> int:
    """Link to a set all that has not left, and return how many rows that are. The caller holds `lock_books`."""
    await join_whole(connection)
    done = await connection.execute(
        _queries.take_rows,
        merchant_id,
        number,
        asked.legal_entity_id,
        asked.currency,
        asked.until,
        cut,
        cover.until,
        cover.cut,
        sorted(MEMORANDUM),
        asked.imports,
    )
    return int(done.rpartition(" ")[2])


async def insert_set(connection: Connection, made: BookSet) -> None:
    """Keep what a set is."""
    await connection.execute(
        _queries.insert_set,
        made.merchant_id,
        made.set_number,
        made.legal_entity_id,
        made.currency,
        made.until,
        made.imports,
        made.format,
        made.grain,
        made.language,
        made.mapping_version,
        made.cut,
        made.covered,
        made.first_day,
        made.last_day,
        made.rows,
        made.late_rows,
        made.total,
        made.made_by,
        made.made_at,
    )


async def list_sets(connection: Connection, merchant_id: UUID) -> list[BookSet]:
    """Return a merchant's exports, the newest first, at most `SETS_SHOWN`."""
    return [_set(row) for row in await connection.fetch(_queries.list_sets, merchant_id, None, SETS_SHOWN)]


async def find_set(connection: Connection, merchant_id: UUID, number: int) -> BookSet:
    """Return an export.

    Raises:
        BookSetUnknown: the merchant has none of that number.
    """
    row = await connection.fetchrow(_queries.list_sets, merchant_id, number, 1)
    if row is None:
        raise BookSetUnknown
    return _set(row)


async def set_rows(connection: Connection, merchant_id: UUID) -> AsyncIterator[tuple[int, UUID, int]]:
    """Yield which set each row that left is of: its number, the subject and the seq. Only inside a transaction."""
    async for row in connection.cursor(_queries.set_rows, merchant_id, prefetch=_PREFETCH):
        yield row["set_number"], row["subject_id"], row["seq"]


async def note_file(connection: Connection, made: BookSet, wanted: BookFormat, *, by: str, now: datetime) -> int:
    """Keep that an export is written to a file, and return which of its files that is, from 0."""
    await lock_books(connection, made.merchant_id)
    number: int = await connection.fetchval(_queries.note_file, made.merchant_id, made.set_number, wanted, by, now)
    return number


async def set_schedule(connection: Connection, schedule: BookSchedule) -> None:
    """Have a set made by itself when a month is over, in place of what was set before."""
    await connection.execute(
        _queries.set_schedule,
        schedule.merchant_id,
        schedule.legal_entity_id,
        schedule.currency,
        schedule.format,
        schedule.grain,
        schedule.language,
        schedule.set_by,
        schedule.next_month,
    )


async def find_schedule(connection: Connection, merchant_id: UUID) -> BookSchedule | None:
    """Return what is made by itself; None where nothing is."""
    row = await connection.fetchrow(_queries.find_schedule, merchant_id)
    return None if row is None else _schedule(row)


async def end_schedule(connection: Connection, merchant_id: UUID) -> bool:
    """Have nothing made by itself any more; False where nothing was."""
    return await connection.execute(_queries.end_schedule, merchant_id) == "DELETE 1"


async def move_schedule(connection: Connection, schedule: BookSchedule, following: date) -> bool:
    """Go on to a later month; False where somebody did already."""
    month = schedule.next_month
    return await connection.execute(_queries.move_schedule, schedule.merchant_id, month, following) == _ONE


async def schedule_merchants(connection: Connection, *, today: date) -> Sequence[UUID]:
    """Return the merchants of which a month may be over."""
    return [row["merchant_id"] for row in await connection.fetch(_queries.schedule_merchants, today)]


def _mapping(row: Row) -> BookMapping:
    return BookMapping(**{**dict(row), "lines": _LINES.decode(row["lines"]), "facts": _FACTS.decode(row["facts"])})


def _set(row: Row) -> BookSet:
    return BookSet(**{**dict(row), "format": BookFormat(row["format"]), "grain": BookGrain(row["grain"])})


def _schedule(row: Row) -> BookSchedule:
    return BookSchedule(**{**dict(row), "format": BookFormat(row["format"]), "grain": BookGrain(row["grain"])})
