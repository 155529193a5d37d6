"""Figures: what the rows of some postings come to, by whatever tells them apart, and the rows themselves.

A report says which postings a figure counts and with which sign. The sum and the rows behind it are read by the same
postings and filters, so that one can always be held against the other.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from largesse.db import Connection, load
from largesse.db.connection import Row
from largesse.ledger.accounts import Account, ClassOfValue, Leg
from largesse.ledger.model import Kind

_SQL = load(__package__, "figures.sql")
_ANY = "*"


class Counted(NamedTuple):
    """One posting that a figure counts; `kind` and `leg` are None for any, and `sign` is 1 or -1."""

    kind: Kind | None
    leg: Leg | None
    debit: Account
    credit: Account
    sign: int


Figure = frozenset[Counted]


def figure(
    kinds: Iterable[Kind] | None = None,
    *,
    debit: Iterable[Account] = (),
    credit: Iterable[Account] = (),
    against: Iterable[Account] | None = None,
    legs: Iterable[Leg] | None = None,
    swapped: bool = False,
) -> Figure:
    """Return the figure that adds what rows debit `debit`, and what they credit `credit`, `against` the other side.

    What is left out is any. With `swapped`, rows with their sides swapped count below zero.
    """
    found = set[Counted]()
    others = tuple(Account) if against is None else tuple(against)
    for kind in (None,) if kinds is None else kinds:
        for leg in (None,) if legs is None else legs:
            pairs = {(one, other) for one in debit for other in others if one is not other}
            pairs |= {(other, one) for one in credit for other in others if one is not other}
            found |= {Counted(kind, leg, *pair, 1) for pair in pairs}
            if swapped:
                found |= {Counted(kind, leg, pair[1], pair[0], -1) for pair in pairs if pair[::-1] not in pairs}
    return frozenset(found)


class FigureFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What rows count: business days from `since` and before `until`, recorded by `known_at`, happened by `as_of`.

    With a `partner_id`, rows that name that partner, and those of `subjects`: the certificates that it ordered.
    """

    since: date | None = None
    until: date | None = None
    known_at: datetime | None = None
    as_of: datetime | None = None
    class_of_value: ClassOfValue | None = None
    offering_id: UUID | None = None
    refcode: str | None = None
    location_id: UUID | None = None
    partner_id: UUID | None = None
    subjects: tuple[UUID, ...] = ()


class FigureSum(msgspec.Struct, frozen=True, kw_only=True):
    """What one figure comes to where all that is told of it is the same; `by` has what it was asked to be told by.

    `count` is how many operations on how many certificates; `before` the first day that was asked for.
    """

    figure: str
    before: bool
    currency: str
    by: Mapping[str, Any]
    rows: int
    count: int
    sum: int


async def figures(
    connection: Connection,
    merchant_id: UUID,
    wanted: Mapping[str, Figure],
    chosen: FigureFilter,
    *,
    by: Sequence[str],
    from_the_start: bool,
) -> list[FigureSum]:
    """Return what figures come to, told apart `by` columns; what was booked before the first day only if asked for."""
    counted = "operations" if {"debit", "credit"} <= set(by) else "movements"
    rows = await connection.fetch(
        _SQL.figures,
        merchant_id,
        chosen.since,
        chosen.until,
        chosen.known_at,
        *_columns(wanted),
        list(by),
        from_the_start,
        chosen.as_of,
        chosen.class_of_value,
        chosen.offering_id,
        chosen.refcode,
        chosen.location_id,
        chosen.partner_id,
        list(chosen.subjects),
    )
    return [
        FigureSum(
            figure=row["figure"],
            before=row["before"],
            currency=row["currency"],
            by={name: row[name] for name in by},
            rows=row["rows"],
            count=row[counted],
            sum=row["sum"],
        )
        for row in rows
    ]


async def open_items(
    connection: Connection, merchant_id: UUID, wanted: Mapping[str, Figure], chosen: FigureFilter
) -> list[FigureSum]:
    """Return what figures come to by open item, where anything is open; of certificates nothing is asked for."""
    rows = await connection.fetch(
        _SQL.open_items,
        merchant_id,
        chosen.since,
        chosen.until,
        chosen.known_at,
        *_columns(wanted),
        chosen.as_of,
        chosen.location_id,
    )
    return [
        FigureSum(
            figure=row["figure"],
            before=False,
            currency=row["currency"],
            by={name: row[name] for name in ("open_item_kind", "open_item_id")},
            rows=row["rows"],
            count=row["rows"],
            sum=row["sum"],
        )
        for row in rows
    ]


async def rows_behind(
    connection: Connection,
    merchant_id: UUID,
    counted: Figure,
    chosen: FigureFilter,
    *,
    where: Mapping[str, object],
    zone: str,
    after: tuple[datetime, UUID, int] | None = None,
    limit: int,
    skipped: int = 0,
) -> list[Row]:
    """Return the rows that a figure is made of, in the order in which they were recorded, from a place on.

    Each has what it adds to the figure as `signed`. `where` are further columns with what they must be, None too.
    """
    told = {**_narrowed(chosen), **where}
    if after is not None:
        told["after"] = [after[0].isoformat(), str(after[1]), after[2]]
    return await connection.fetch(
        _SQL.rows_behind,
        merchant_id,
        chosen.since,
        chosen.until,
        chosen.known_at,
        *([row[place] for row in map(_stored, counted)] for place in range(5)),
        msgspec.json.encode(told).decode(),
        limit,
        skipped,
        zone,
    )


async def sums_before(
    connection: Connection,
    merchant_id: UUID,
    counted: Figure,
    chosen: FigureFilter,
    *,
    where: Mapping[str, object],
    skipped: int,
) -> dict[str, int]:
    """Return what the first rows that `rows_behind` would return add to a figure, by currency."""
    rows = await connection.fetch(
        _SQL.sums_before,
        merchant_id,
        chosen.since,
        chosen.until,
        chosen.known_at,
        *([row[place] for row in map(_stored, counted)] for place in range(5)),
        skipped,
        msgspec.json.encode({**_narrowed(chosen), **where}).decode(),
    )
    return {row["currency"]: row["signed"] for row in rows}


class StandingCertificates(msgspec.Struct, frozen=True, kw_only=True):
    """What is left of certificates that are told by the same day."""

    currency: str
    class_of_value: ClassOfValue
    told_on: date | None
    count: int
    value: int
    gratuity: int


async def standing(
    connection: Connection,
    merchant_id: UUID,
    *,
    by: str,
    known_at: datetime | None = None,
    as_of: datetime | None = None,
    currency: str | None = None,
    class_of_value: ClassOfValue | None = None,
    offering_id: UUID | None = None,
    subjects: Sequence[UUID] | None = None,
    zone: str,
) -> list[StandingCertificates]:
    """Return what was outstanding as of a moment, as known at another; None is now, and any certificates.

    `by` is one of `issued_on`, `active_on`, `good_through` and `clock_on`, from when on the law counts.
    """
    rows = await connection.fetch(
        _SQL.standing,
        merchant_id,
        known_at,
        as_of,
        currency,
        class_of_value,
        offering_id,
        zone,
        by,
        None if subjects is None else list(subjects),
    )
    return [
        StandingCertificates(**{**dict(row), "class_of_value": ClassOfValue(row["class_of_value"])}) for row in rows
    ]


class DayChange(NamedTuple):
    """What changed on a day in what is outstanding; no day for all that was before the first that was asked for."""

    booked_on: date | None
    currency: str
    class_of_value: ClassOfValue
    change: int


async def outstanding_by_day(
    connection: Connection, merchant_id: UUID, *, since: date | None, until: date | None, known_at: datetime | None
) -> list[DayChange]:
    """Return what changed each day in what is outstanding, oldest first."""
    rows = await connection.fetch(_SQL.by_day, merchant_id, since, until, known_at)
    return [
        DayChange(row["booked_on"], row["currency"], ClassOfValue(row["class_of_value"]), row["change"]) for row in rows
    ]


async def exceptions(
    connection: Connection,
    merchant_id: UUID,
    *,
    since: date | None,
    until: date | None,
    known_at: datetime | None,
    location_id: UUID | None,
    zone: str,
    by: str,
    closed: Sequence[tuple[UUID, datetime]] = (),
) -> list[Row]:
    """Return how often each act happened that is looked at first, by `actor`, `device_id` or `hour`.

    `closed` are devices and when their days were closed: what was sold for cash just before is told apart.
    """
    devices, moments = [one[0] for one in closed], [one[1] for one in closed]
    return await connection.fetch(
        _SQL.exceptions, merchant_id, since, until, known_at, location_id, zone, by, devices, moments
    )


def _narrowed(chosen: FigureFilter) -> dict[str, object]:
    """Return what rows must be beside their days and when they were known, by column."""
    left_out = {"since", "until", "known_at", *(() if chosen.partner_id else ("subjects",))}
    told = msgspec.structs.asdict(chosen)
    return {name: value for name, value in told.items() if value is not None and name not in left_out}


def _columns(wanted: Mapping[str, Figure]) -> list[list[Any]]:
    """Return the postings of figures column by column, each with the name of its figure before it."""
    counted = [(name, *_stored(one)) for name, figure_ in wanted.items() for one in figure_]
    return [[row[place] for row in counted] for place in range(6)]


def _stored(one: Counted) -> tuple[str, str, str, str, int]:
    return one.kind or _ANY, one.leg or _ANY, one.debit, one.credit, one.sign
