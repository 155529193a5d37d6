"""Exports that are made by themselves when a month is over."""

from datetime import date, datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

import structlog

from largesse.db.turns import Turn, in_turns
from largesse.domain import staff
from largesse.domain.book_exports import (
    BookAsked,
    BookFactsMissing,
    BookFormatUnfit,
    BookSchedule,
    BooksNothing,
    BooksUnmapped,
    end_schedule,
    find_mapping,
    find_schedule,
    move_schedule,
    schedule_merchants,
    set_schedule,
)
from largesse.domain.merchants import Merchant, merchant_of_id
from largesse.domain.staff import Act, Audited
from largesse.kernel.clock import day_of
from largesse.services.book_exports.dependencies import BookExportDependencies
from largesse.services.book_exports.mapping import demand, who
from largesse.services.book_exports.taking import BookManner, demand_askable, demand_mapped, take
from largesse.services.reports import month_after
from largesse.services.staff import Manager

_AFTER: Final = timedelta(days=1)
"""How long after a month's last day it is exported: business days of every cut-off hour have ended then."""

_log = structlog.get_logger()


async def schedule_exports(
    deps: BookExportDependencies,
    merchant: Merchant,
    asked: BookAsked,
    manner: BookManner,
    *,
    by: Manager,
    now: datetime,
) -> BookSchedule:
    """Have a set made on the second day of each month from now on, of the month before; audited.

    `until` and `imports` of what is asked for do not count: imports are never taken along by themselves.

    Raises:
        ActRefused: the role does not allow it.
        BookExportInvalid: the currency or the legal entity.
        BooksUnmapped: no account is mapped yet.
        BookFactsMissing: the program wants to know something that was not said.
        BookFormatUnfit: it cannot hold the currency or an account.
    """
    demand(by, Act.BOOKS_EXPORT)
    schedule = BookSchedule(
        merchant_id=merchant.merchant_id,
        legal_entity_id=asked.legal_entity_id,
        currency=asked.currency,
        format=manner.format,
        grain=manner.grain,
        language=manner.language,
        set_by=who(by),
        next_month=day_of(now, in_zone=merchant.zone).replace(day=1),
    )
    async with deps.database.transaction() as connection:
        await demand_askable(connection, merchant, asked, now=now)
        demand_mapped(await find_mapping(connection, merchant.merchant_id), manner, asked)
        await set_schedule(connection, schedule)
        await staff.record(
            connection, merchant.merchant_id, Audited.BOOKS_SCHEDULED, subject=schedule.format.value, actor=by.actor,
            reason=f"{schedule.currency}, from {schedule.next_month:%Y-%m}", now=now,
        )  # fmt: skip
    return schedule


async def unschedule_exports(deps: BookExportDependencies, merchant: Merchant, *, by: Manager, now: datetime) -> bool:
    """Have nothing made by itself any more, and return whether anything was; audited.

    Raises:
        ActRefused: the role does not allow it.
    """
    demand(by, Act.BOOKS_EXPORT)
    async with deps.database.transaction() as connection:
        ended = await end_schedule(connection, merchant.merchant_id)
        if ended:
            await staff.record(
                connection, merchant.merchant_id, Audited.BOOKS_UNSCHEDULED, subject="", actor=by.actor, reason=None,
                now=now,
            )  # fmt: skip
    return ended


async def export_due(deps: BookExportDependencies, *, now: datetime) -> int:
    """Make the sets whose month is over, and return how many were made. One that cannot be made is tried again."""
    async with deps.database.connection() as connection:
        merchants = await schedule_merchants(connection, today=now.date())
    return await in_turns(merchants, partial(_export_one, deps, now=now), now=now)


async def _export_one(deps: BookExportDependencies, merchant_id: UUID, *, now: datetime) -> Turn:
    async with deps.database.connection() as connection:
        schedule = await find_schedule(connection, merchant_id)
        merchant = await merchant_of_id(connection, merchant_id)
    if schedule is None or not is_due(schedule, merchant, now=now):
        return Turn(0, more=False)
    following = month_after(schedule.next_month)
    asked = BookAsked(legal_entity_id=schedule.legal_entity_id, currency=schedule.currency, until=following)
    manner = BookManner(format=schedule.format, grain=schedule.grain, language=schedule.language)
    by = Manager(actor="duty:export_books", name=schedule.set_by)
    made = 0
    try:
        await take(deps, merchant, asked, manner, by=by, now=now)
        made = 1
    except BooksNothing:
        pass
    except (BooksUnmapped, BookFactsMissing, BookFormatUnfit) as error:
        _log.warning("book_export_waits", merchant_id=str(merchant_id), code=error.code)
        return Turn(0, more=False)
    async with deps.database.transaction() as connection:
        moved = await move_schedule(connection, schedule, following)
    return Turn(made, more=moved)


def is_due(schedule: BookSchedule, merchant: Merchant, *, now: datetime) -> bool:
    """Return whether the month that a schedule exports next is over."""
    return day_of(now, in_zone=merchant.zone) >= first_due(schedule.next_month)


def first_due(month: date) -> date:
    """Return the day on which a month is exported."""
    return month_after(month) + _AFTER
