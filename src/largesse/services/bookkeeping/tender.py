"""Close what the merchant's own till took and gave for certificates on a day, against what the till itself added up.

The books have it on `tender_clearing`: sold by the till, less redeemed there. What the till added up is moved to
`tills`, the other side of it in the till's own books; what differs is a cash difference. Afterwards nothing of the day
is left. What comes later for a closed day (a device without a line) is closed by another total: that of what came.
"""

from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain import locations
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Audited, ByWhom
from largesse.kernel.currency import currency as currency_of
from largesse.kernel.errors import Conflict, InvalidInput, LargesseError
from largesse.kernel.ids import derived_id
from largesse.kernel.where import BooksSale, Where
from largesse.ledger import Account, Entry, Kind, OpenItem, OpenItemKind, PostEntry, SubjectKind, fingerprint, sums
from largesse.services.bookkeeping.dependencies import BookkeepingDependencies
from largesse.services.certificates import Request


class TenderNotOpen(Conflict):
    """There is nothing to close: the day is not over, or nothing of it is open and the till has nothing either."""

    code = "tender.not_open"
    message = "Nothing is open there of that day, or the day has not begun. Check location, day and currency."


class TenderNegative(InvalidInput):
    """A total of a till is below zero."""

    code = "tender.negative"
    message = "A till's totals are not below zero. Type what it sold, and what it took, each by itself."


class _Closed(NamedTuple):
    """What closed a day before: how many rows, and how much they took off `tender_clearing`."""

    rows: int
    total: int


class TenderClosed(msgspec.Struct, frozen=True, kw_only=True):
    """What was closed, in the smallest unit: what the till added up, and how much the books had more than that."""

    currency: str
    total: int
    difference: int
    operation_id: UUID
    replayed: bool = False


def location_day(location_id: UUID, day: date) -> OpenItem:
    """Return the open item of a location's business day."""
    return OpenItem(OpenItemKind.LOCATION_DAY, derived_id("location-day", location_id, day.isoformat()))


async def close_tender(
    deps: BookkeepingDependencies,
    merchant: Merchant,
    location: str,
    *,
    day: date,
    currency: str,
    sold: int,
    taken: int,
    request: Request,
    now: datetime,
) -> TenderClosed:
    """Close a location's business day: its till `sold` certificates for so much, and took so much in certificates.

    Raises:
        TenderNegative: a till adds up nothing below zero.
        LocationUnknown: the merchant has none of that code or id.
        TenderNotOpen: there is nothing to close.
        OperationConflict: the operation id was used for something else.
    """
    currency_of(currency)
    if min(sold, taken) < 0:
        raise TenderNegative
    async with deps.database.connection() as connection:
        found = await locations.find_location(connection, merchant.merchant_id, location)
    where = await deps.locator.last_known(merchant.merchant_id, found.location_id)
    said = (str(where.location_id), day.isoformat(), currency, sold, taken, request.actor, request.memo)
    asked = fingerprint(msgspec.json.encode(("close-tender", *said)))
    total = sold - taken
    ids = (request.operation_id, derived_id("tender-difference", request.operation_id))

    async def work(connection: Connection) -> TenderClosed:
        await deps.ledger.lock_subject(connection, merchant.merchant_id, SubjectKind.LOCATION, where.location_id)
        done = await deps.ledger.operations(connection, merchant.merchant_id, ids, fingerprint=asked)
        if done:
            return _told(currency, [row for rows in done for row in rows], request.operation_id)
        moved, closed = await _standing(deps, connection, where, day, currency)
        stands = moved - closed.total
        # A day that was closed is closed again only for what came since; one that the books know nothing of is closed
        # only for a till, in the merchant's own money.
        unknown = where.books_sale is BooksSale.TILL and currency == merchant.currency and total
        if where.booked_on(now) < day or not (stands or (unknown and not closed.rows)):
            raise TenderNotOpen
        closing = ("sold" if total > 0 else "taken", abs(total))
        difference = ("over" if stands < total else "short", abs(stands - total))
        moves = [(reason, amount) for reason, amount in (closing, difference) if amount]
        commands = [
            _entry(where, day, currency, reason, amount, operation_id=operation_id, request=request, asked=asked)
            for (reason, amount), operation_id in zip(moves, ids, strict=False)
        ]
        for outcome in await deps.ledger.post(connection, commands, now=now):
            if isinstance(outcome, LargesseError):
                raise outcome
        by = ByWhom(actor=request.actor, why=request.memo, operation_id=request.operation_id)
        subject, key = where.location_id, merchant.merchant_id
        await by.record(connection, key, Audited.TENDER_CLOSED, subject=subject, detail=day.isoformat(), now=now)
        return TenderClosed(
            currency=currency, total=total, difference=stands - total, operation_id=request.operation_id
        )

    return await deps.retrying(work)


def _entry(
    where: Where,
    day: date,
    currency: str,
    reason: str,
    amount: int,
    *,
    operation_id: UUID,
    request: Request,
    asked: bytes,
) -> PostEntry:
    return PostEntry(
        merchant_id=where.merchant_id,
        operation_id=operation_id,
        actor=request.actor,
        memo=request.memo,
        where=where,
        fingerprint=asked,
        subject_kind=SubjectKind.LOCATION,
        subject_id=where.location_id,
        kind=Kind.CLOSE_TENDER,
        reason=reason,
        open_item=location_day(where.location_id, day),
        currency=currency,
        amount=amount,
    )


async def _standing(
    deps: BookkeepingDependencies, connection: Connection, where: Where, day: date, currency: str
) -> tuple[int, _Closed]:
    """Return what moved on a day, and what closed it, whenever that was booked."""
    of_day = await sums(connection, where.merchant_id, since=day, until=day + timedelta(days=1))
    moved = sum(
        one.sum * ((one.debit is Account.TENDER_CLEARING) - (one.credit is Account.TENDER_CLEARING))
        for one in of_day
        if not one.before
        and (one.currency, one.location_id) == (currency, where.location_id)
        and one.kind is not Kind.CLOSE_TENDER
    )
    of_item = await deps.ledger.rows_of_item(connection, where.merchant_id, location_day(where.location_id, day))
    closed = [row for row in of_item if row.currency == currency and row.kind is Kind.CLOSE_TENDER]
    return moved, _Closed(len(closed), -sum(map(_tender, closed)))


def _tender(row: Entry) -> int:
    """Return what a row does to the debit balance of `tender_clearing`."""
    return (row.amount or 0) * ((row.debit is Account.TENDER_CLEARING) - (row.credit is Account.TENDER_CLEARING))


def _told(currency: str, rows: list[Entry], operation_id: UUID) -> TenderClosed:
    total = -sum(_tender(row) for row in rows if row.reason in {"sold", "taken"})
    difference = -sum(_tender(row) for row in rows if row.reason in {"over", "short"})
    return TenderClosed(currency=currency, total=total, difference=difference, operation_id=operation_id, replayed=True)
