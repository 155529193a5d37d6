"""What waits to be exported, before anything leaves: rows, amounts, what came late, and what has no account yet."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

import msgspec

from largesse.db import Connection, load
from largesse.db.connection import Row
from largesse.db.statistics import join_whole
from largesse.domain.book_exports import (
    MEMORANDUM,
    BookAsked,
    BookCover,
    MappedAccount,
    MappingKey,
    cover_of,
    find_line,
    unmapped,
)
from largesse.domain.merchants import Merchant
from largesse.ledger import Account

views = load(__package__, "views.sql")


class BookPart(msgspec.Struct, frozen=True, kw_only=True):
    """Rows between the same accounts, where all that accounts are mapped by is the same; amounts in smallest units."""

    debit: MappingKey
    credit: MappingKey
    rows: int
    late_rows: int
    amount: int
    first_day: date
    last_day: date


class BookWaiting(msgspec.Struct, frozen=True, kw_only=True):
    """What a set would have; `imported` and `memorandum` are how many rows it leaves out."""

    parts: tuple[BookPart, ...]
    cover: BookCover
    imported: int
    memorandum: int

    @property
    def rows(self) -> int:
        """How many rows of the journal."""
        return sum(one.rows for one in self.parts)

    @property
    def late_rows(self) -> int:
        """How many of them came late."""
        return sum(one.late_rows for one in self.parts)

    @property
    def amount(self) -> int:
        """What their debits come to, and their credits, in the smallest unit."""
        return sum(one.amount for one in self.parts)

    def unmapped(self, lines: Sequence[MappedAccount]) -> list[MappingKey]:
        """Return what has no account yet, each once."""
        return unmapped(lines, keys_of(self.parts))


class BookTotal(NamedTuple):
    """What a set does to one account of the bookkeeper's program; None: it has none yet."""

    code: str | None
    name: str
    debit: int
    credit: int


class BookPlace(NamedTuple):
    """Books that are exported by themselves: those of a legal entity in a currency, and how many sets they have had."""

    legal_entity_id: UUID
    currency: str
    sets: int


async def waiting(connection: Connection, merchant: Merchant, asked: BookAsked) -> BookWaiting:
    """Return what waits, as the books stand now."""
    cover = await cover_of(connection, merchant.merchant_id, asked.legal_entity_id, asked.currency)
    place = merchant.merchant_id, asked.legal_entity_id, asked.currency, asked.until
    async with connection.transaction():
        await join_whole(connection)
        rows = await connection.fetch(
            views.waiting, *place, cover.until, cover.cut, sorted(MEMORANDUM), asked.imports, merchant.time_zone
        )
        left = await connection.fetchrow(views.left_out, *place, sorted(MEMORANDUM))
    assert left is not None
    return BookWaiting(
        parts=tuple(map(part_of, rows)),
        cover=cover,
        imported=0 if asked.imports else left["imported"],
        memorandum=left["memorandum"],
    )


async def parts_of(connection: Connection, merchant: Merchant, number: int, covered: date | None) -> list[BookPart]:
    """Return what a set has. Must be called within a transaction."""
    await join_whole(connection)
    rows = await connection.fetch(views.set_keys, merchant.merchant_id, number, covered, merchant.time_zone)
    return [part_of(row) for row in rows]


async def places_of(connection: Connection, merchant: Merchant) -> list[BookPlace]:
    """Return the legal entities and currencies in which anything was ever booked."""
    figured = await connection.fetchrow(views.figured_through, merchant.merchant_id)
    assert figured is not None, "a maximum has a row"
    rows = await connection.fetch(views.where_anything_waits, merchant.merchant_id, figured["cut"])
    return [BookPlace(row["legal_entity_id"], row["currency"], row["sets"]) for row in rows]


def totals_of(parts: Iterable[BookPart], lines: Sequence[MappedAccount]) -> list[BookTotal]:
    """Return what rows do to each account of the bookkeeper's program, by its code; what has none comes first."""
    found = dict[tuple[str | None, str], list[int]]()
    for part in parts:
        for side, key in enumerate((part.debit, part.credit)):
            line = find_line(lines, key)
            told = (line.code, line.name) if line is not None else (None, key.account.value)
            found.setdefault(told, [0, 0])[side] += part.amount
    order = sorted(found, key=lambda one: (one[0] is not None, one[0] or "", one[1]))
    return [BookTotal(code, name, *found[code, name]) for code, name in order]


def keys_of(parts: Iterable[BookPart]) -> Iterator[MappingKey]:
    """Yield what both sides of all rows are mapped by."""
    for part in parts:
        yield part.debit
        yield part.credit


def part_of(row: Row) -> BookPart:
    """Return a row of the views as a part."""
    return BookPart(
        debit=key_of(row, "debit"),
        credit=key_of(row, "credit"),
        rows=row["rows"],
        late_rows=row["late_rows"],
        amount=row["amount"],
        first_day=row["first_day"],
        last_day=row["last_day"],
    )


def key_of(row: Row, side: str) -> MappingKey:
    """Return what one side of a row is mapped by."""
    return MappingKey(
        account=Account(row[side]),
        class_of_value=row["class_of_value"],
        location_id=row["location_id"],
        tax_kind=row["tax_kind"],
        rate_ppm=row["rate_ppm"],
    )
