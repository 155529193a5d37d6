"""What the journal comes to, by kind of row and accounts: what reports are made of.

The sums of sealed days never change, so they are read as they were written down; only what was recorded after the last
seal is added up row by row.
"""

from datetime import date, datetime
from uuid import UUID

import msgspec

from largesse.db import Connection, load
from largesse.ledger.accounts import Account, ClassOfValue
from largesse.ledger.model import Kind

_SQL = load(__package__, "sums.sql")


class Sum(msgspec.Struct, frozen=True, kw_only=True):
    """What `count` rows that are alike come to, in the smallest unit; `before` the first day that was asked for.

    `class_of_value` is None for rows of subjects that are no certificates, an account for rows that move no money.
    """

    before: bool
    currency: str
    class_of_value: ClassOfValue | None
    location_id: UUID
    kind: Kind
    debit: Account | None
    credit: Account | None
    count: int
    sum: int


async def sums(
    connection: Connection,
    merchant_id: UUID,
    *,
    since: date | None = None,
    until: date | None = None,
    known_at: datetime | None = None,
) -> list[Sum]:
    """Return what a merchant's rows come to that were booked before the business day `until`, in no order.

    Those before `since` stand apart. With `known_at`, only what was recorded by then counts: exact up to the last seal
    before it, and for good where nothing can be recorded behind that moment any more.
    """
    return [
        Sum(
            before=row["before"],
            currency=row["currency"],
            class_of_value=ClassOfValue(row["class_of_value"]) if row["class_of_value"] else None,
            location_id=row["location_id"],
            kind=Kind(row["kind"]),
            debit=Account(row["debit"]) if row["debit"] else None,
            credit=Account(row["credit"]) if row["credit"] else None,
            count=row["count"],
            sum=row["sum"],
        )
        for row in await connection.fetch(_SQL.sums, merchant_id, since, until, known_at)
    ]


class TaxSum(msgspec.Struct, frozen=True, kw_only=True):
    """What fell due of one tax, less what went back of it, in the smallest unit.

    `taxable` is what it is computed from: with the tax inside of it where the price includes it. Rows from before rows
    told what they are computed from say no kind, country and rate, and nothing of what is taxable. `due_on` is its day,
    where days were asked for.
    """

    legal_entity_id: UUID
    currency: str
    kind: str | None
    country: str | None
    rate_ppm: int | None
    count: int
    taxable: int
    tax: int
    due_on: date | None = None


async def taxes(
    connection: Connection,
    merchant_id: UUID,
    *,
    since: date | None = None,
    until: date | None = None,
    known_at: datetime | None = None,
    by_day: bool = False,
) -> list[TaxSum]:
    """Return what fell due of each tax on the days from `since` and before `until`, as known at a moment."""
    return [
        TaxSum(
            legal_entity_id=row["legal_entity_id"],
            currency=row["currency"],
            kind=row["tax_kind"],
            country=row["tax_country"],
            rate_ppm=row["tax_rate_ppm"],
            count=row["count"],
            taxable=row["taxable"],
            tax=row["tax"],
            due_on=row["due_on"],
        )
        for row in await connection.fetch(_SQL.taxes, merchant_id, since, until, known_at, by_day)
    ]


async def sealed_through(connection: Connection, merchant_id: UUID) -> datetime | None:
    """Return the moment up to which a merchant's books are sealed: what was known by then is known for good."""
    found: datetime | None = await connection.fetchval(_SQL.sealed_through, merchant_id)
    return found
