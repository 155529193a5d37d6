"""Make a set: what was booked and has not left, sealed, linked to it in one statement, and never to another."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Final

import msgspec

from largesse.db import Connection
from largesse.domain import locations, staff
from largesse.domain.book_exports import (
    BookAsked,
    BookExportInvalid,
    BookFormat,
    BookGrain,
    BookMapping,
    BookSet,
    BooksNothing,
    BooksUnmapped,
    MappingKey,
    cover_of,
    demand_fit,
    find_mapping,
    insert_set,
    lock_books,
    next_number,
    take_rows,
    unmapped,
)
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Act, Audited
from largesse.kernel.clock import day_of
from largesse.kernel.currency import currency, is_currency
from largesse.kernel.errors import FieldError
from largesse.services.book_exports.dependencies import BookExportDependencies
from largesse.services.book_exports.looking import keys_of, parts_of
from largesse.services.book_exports.mapping import demand, who
from largesse.services.seals import newest_seal
from largesse.services.staff import Manager

_TOLD_MAX: Final = 10


class BookManner(msgspec.Struct, frozen=True, kw_only=True):
    """How a set is written: for which program, what becomes a line, and the language of its texts."""

    format: BookFormat
    grain: BookGrain = BookGrain.DAY
    language: str = "en"


async def make_set(
    deps: BookExportDependencies,
    merchant: Merchant,
    asked: BookAsked,
    manner: BookManner,
    *,
    by: Manager,
    now: datetime,
) -> BookSet:
    """Take all that waits, and return the set that it left with; audited. Of two at once, one takes what is left.

    Raises:
        ActRefused: the role does not allow it.
        BookExportInvalid: the day, currency or legal entity.
        BooksUnmapped: some of it has no account there yet; nothing was taken.
        BooksNothing: nothing waits.
        BookFactsMissing: the program wants to know something that was not said.
        BookFormatUnfit: it cannot hold the currency or an account.
    """
    demand(by, Act.BOOKS_EXPORT)
    return await take(deps, merchant, asked, manner, by=by, now=now)


async def take(
    deps: BookExportDependencies,
    merchant: Merchant,
    asked: BookAsked,
    manner: BookManner,
    *,
    by: Manager,
    now: datetime,
) -> BookSet:
    """Do what `make_set` does for whoever was let do it before.

    Raises:
        BookExportInvalid: see `make_set`, as for all others.
    """
    async with deps.database.connection() as connection:
        await demand_askable(connection, merchant, asked, now=now)
        demand_mapped(await find_mapping(connection, merchant.merchant_id), manner, asked)
    sealed = await newest_seal(deps, merchant.merchant_id, now=now)
    if sealed is None:
        raise BooksNothing
    async with deps.transaction(long=True) as connection:
        await lock_books(connection, merchant.merchant_id)
        mapping = demand_mapped(await find_mapping(connection, merchant.merchant_id), manner, asked)
        cover = await cover_of(connection, merchant.merchant_id, asked.legal_entity_id, asked.currency)
        number = await next_number(connection, merchant.merchant_id)
        rows = await take_rows(connection, merchant.merchant_id, number, asked, cover, cut=sealed.cut)
        if not rows:
            raise BooksNothing
        parts = await parts_of(connection, merchant, number, cover.until)
        missing = unmapped(mapping.lines, keys_of(parts))
        if missing:
            raise BooksUnmapped(told_unmapped(missing))
        made = BookSet(
            merchant_id=merchant.merchant_id,
            set_number=number,
            legal_entity_id=asked.legal_entity_id,
            currency=asked.currency,
            until=asked.until,
            imports=asked.imports,
            format=manner.format,
            grain=manner.grain,
            language=manner.language,
            mapping_version=mapping.version,
            cut=sealed.cut,
            covered=cover.until,
            first_day=min(one.first_day for one in parts),
            last_day=max(one.last_day for one in parts),
            rows=rows,
            late_rows=sum(one.late_rows for one in parts),
            total=sum(one.amount for one in parts),
            made_by=who(by),
            made_at=now,
        )
        await insert_set(connection, made)
        await staff.record(
            connection, merchant.merchant_id, Audited.BOOKS_EXPORTED, subject=f"export {number}", actor=by.actor,
            reason=f"{rows} rows before {asked.until}, {asked.currency}, for {manner.format.value}", now=now,
        )  # fmt: skip
    return made


async def demand_askable(connection: Connection, merchant: Merchant, asked: BookAsked, *, now: datetime) -> None:
    """Let an export be asked for.

    Raises:
        BookExportInvalid: the day is not over, or the currency or the legal entity is none of the merchant's.
    """
    faults = list[FieldError]()

    def fault(field: str, told: str) -> None:
        faults.append(FieldError(field, BookExportInvalid.code, told))

    if asked.until > day_of(now, in_zone=merchant.zone) + timedelta(days=1):
        fault("until", "Choose a day that is not in the future.")
    if asked.until < date(1970, 1, 2):
        fault("until", "Choose a later day.")
    if not is_currency(asked.currency):
        fault("currency", "Choose a currency by its code, such as EUR.")
    known = await locations.entities(connection, merchant.merchant_id)
    if asked.legal_entity_id not in {one.entity_id for one in known}:
        fault("entity", "This merchant has no such legal entity.")
    if faults:
        raise BookExportInvalid(fields=faults)


def demand_mapped(mapping: BookMapping | None, manner: BookManner, asked: BookAsked) -> BookMapping:
    """Return the accounts, where there are any and the program takes them.

    Raises:
        BooksUnmapped: there are none.
        BookFactsMissing: the program wants to know something that was not said.
        BookFormatUnfit: it cannot hold the currency or an account.
    """
    if mapping is None:
        raise BooksUnmapped("Say first which accounts of your bookkeeper's program yours are.")
    demand_fit(manner.format, mapping.facts, mapping.lines, decimals=currency(asked.currency).exponent)
    return mapping


def told_unmapped(missing: Iterable[MappingKey]) -> str:
    """Return the sentence that says which accounts are missing there."""
    names = list(dict.fromkeys(_told(one) for one in missing))
    more = f" and {len(names) - _TOLD_MAX} more" if len(names) > _TOLD_MAX else ""
    return f"These accounts have no account in your bookkeeper's program yet: {', '.join(names[:_TOLD_MAX])}{more}."


def _told(key: MappingKey) -> str:
    return key.account.value
