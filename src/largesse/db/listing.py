"""Lists: a query of one merchant's rows, cut into pages by keys, counted, and exported, as far as somebody asks.

A list names a query whose first parameter is the merchant, the columns by which it may be sorted, and the one that
tells its rows apart. Conditions are added to it here, so that every list pages, counts and exports in one way.
"""

# ruff: noqa: S608 - what is put together here are names and queries of our own; values always travel as parameters.

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

import msgspec

from largesse.db.connection import Connection, Row
from largesse.db.dataset import Column, Dataset

PAGE_ROWS: Final = 50
_CURSOR_MAX: Final = 200
_TYPES: Final[Mapping[str, type]] = {"timestamptz": datetime, "date": date, "bigint": int, "text": str, "uuid": UUID}


class ListSort(msgspec.Struct, frozen=True, kw_only=True):
    """A column that a list may be sorted by, with its type in PostgreSQL; it is never null."""

    column: str
    kind: str
    descending: bool = True


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """A list: its query over one merchant ($1), the uuid column that tells its rows apart, and how it may be sorted.

    An index that begins with the merchant, the sorted column and the key makes a page cost as little as its rows.
    """

    query: str
    key: str
    sorts: Mapping[str, ListSort]

    @property
    def usual(self) -> str:
        """The name of the order that is taken where none is asked for."""
        return next(iter(self.sorts))


class Condition(msgspec.Struct, frozen=True):
    """What is asked of a column: `column` `operator` `value`, with its type in PostgreSQL."""

    column: str
    operator: str
    value: object
    kind: str


class ListAsked(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody asks of a list. `before` and `after` are keys that a page of it gave."""

    where: tuple[Condition, ...] = ()
    sort: str = ""
    after: str = ""
    before: str = ""
    limit: int = PAGE_ROWS


class ListPage(msgspec.Struct, frozen=True, kw_only=True):
    """Some rows of a list, and the keys of the pages before and after them, empty where there are none."""

    rows: tuple[Row, ...]
    before: str = ""
    after: str = ""


async def list_page(connection: Connection, listing: Listing, merchant_id: UUID, asked: ListAsked) -> ListPage:
    """Return a page of a list. A key that cannot be read is none: the list begins anew."""
    sort = _sort_of(listing, asked)
    cursor = _read_key(asked.before or asked.after, sort)
    backwards = cursor is not None and bool(asked.before)
    conditions, args = _conditions(merchant_id, asked.where)
    if cursor is not None:
        sign = "<" if sort.descending is not backwards else ">"
        first, second = f"${len(args) + 1}::{sort.kind}", f"${len(args) + 2}::uuid"
        conditions.append(f'(base."{sort.column}", base."{listing.key}") {sign} ({first}, {second})')
        # Where the two are of different tables, only this finds its way into the index of the first.
        conditions.append(f'base."{sort.column}" {sign}= {first}')
        args += cursor
    way = "DESC" if sort.descending is not backwards else "ASC"
    order = f'base."{sort.column}" {way}, base."{listing.key}" {way}'
    query = f"SELECT * FROM ({listing.query}) AS base{_where(conditions)} ORDER BY {order} LIMIT {asked.limit + 1}"
    found = await connection.fetch(query, *args)
    rows, more = found[: asked.limit], len(found) > asked.limit
    if backwards:
        rows.reverse()
    has_before, has_after = (more, True) if backwards else (cursor is not None, more)
    return ListPage(
        rows=tuple(rows),
        before=_write_key(rows[0], listing, sort) if rows and has_before else "",
        after=_write_key(rows[-1], listing, sort) if rows and has_after else "",
    )


async def list_count(connection: Connection, listing: Listing, merchant_id: UUID, asked: ListAsked) -> int:
    """Return how many rows a list has in all."""
    conditions, args = _conditions(merchant_id, asked.where)
    return int(await connection.fetchval(f"SELECT count(*) FROM ({listing.query}) AS base{_where(conditions)}", *args))


def list_dataset(
    listing: Listing,
    merchant_id: UUID,
    asked: ListAsked,
    *,
    name: str,
    columns: Sequence[Column],
    zone: str,
    currency: str,
) -> Dataset:
    """Return all that a list has as a dataset, the oldest or smallest first, to be exported."""
    sort = _sort_of(listing, asked)
    conditions, args = _conditions(merchant_id, asked.where)
    return Dataset(
        name=name,
        query=f"SELECT * FROM ({listing.query}) AS base{_where(conditions)}",
        args=tuple(args),
        columns=tuple(columns),
        order=(sort.column, listing.key),
        zone=zone,
        currency=currency,
    )


def is_key_of(listing: Listing, text: str) -> bool:
    """Return whether a text is a key that a page of a list, in its usual order, may have given."""
    return _read_key(text, _sort_of(listing, ListAsked())) is not None


def _sort_of(listing: Listing, asked: ListAsked) -> ListSort:
    return listing.sorts.get(asked.sort) or listing.sorts[listing.usual]


def _conditions(merchant_id: UUID, where: Sequence[Condition]) -> tuple[list[str], list[object]]:
    args: list[object] = [merchant_id]
    texts = []
    for one in where:
        args.append(one.value)
        texts.append(f'base."{one.column}" {one.operator} ${len(args)}::{one.kind}')
    return texts, args


def _where(conditions: Sequence[str]) -> str:
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""


def _write_key(row: Row, listing: Listing, sort: ListSort) -> str:
    key = msgspec.json.encode([row[sort.column], row[listing.key]])
    return base64.urlsafe_b64encode(key).rstrip(b"=").decode()


def _read_key(text: str, sort: ListSort) -> list[object] | None:
    """Return what a key of a page says; None of what is no key of this order."""
    if not text or len(text) > _CURSOR_MAX:
        return None
    try:
        plain = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        value, key = msgspec.json.decode(plain, type=tuple[object, UUID])
        return [msgspec.convert(value, _TYPES[sort.kind]), key]
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        return None
