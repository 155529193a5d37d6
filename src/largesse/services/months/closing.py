"""Close a month: one person asks, another agrees; then the books are open from the next month on, and sealed.

The steps of closing are transactions of their own, in an order in which a crash harms nothing: books that are open from
the month's end on, and a seal, are true also where the close is not written yet, and whoever agrees again goes on.
"""

import hashlib
from datetime import date, datetime
from typing import Final

import msgspec

from largesse.db import Connection
from largesse.domain import locations, staff
from largesse.domain.merchants import Merchant
from largesse.domain.months import (
    MonthChanged,
    MonthClose,
    MonthClosed,
    MonthInvalid,
    MonthNeedsSecond,
    MonthNotClosed,
    MonthNotReady,
    MonthNotRequested,
    MonthRequested,
    MonthState,
    close_month,
    insert_request,
    keep_report,
    list_closes,
    lock_request,
)
from largesse.domain.months import reopen_month as write_reopened
from largesse.domain.staff import Act, ActRefused, Audited, may
from largesse.ledger import open_books_from
from largesse.services import reports
from largesse.services.months.breaking import book_breakage
from largesse.services.months.checking import check_month, month_end
from largesse.services.months.dependencies import MonthDependencies
from largesse.services.months.exchanging import book_exchange
from largesse.services.months.printing import month_question, print_month
from largesse.services.seals import newest_seal
from largesse.services.staff import Manager, agrees_alone
from largesse.ui import Voice

_REASON_MAX: Final = 500


async def request_month(
    deps: MonthDependencies, merchant: Merchant, month: date, *, by: Manager, waived: str = "", now: datetime
) -> MonthClose:
    """Ask for a month to be closed. `waived` says why devices that were not heard from are not waited for.

    Raises:
        ActRefused: the role does not allow it, or nobody is named.
        MonthNotReady: something stands in the way.
        MonthRequested: it was asked for already.
        MonthInvalid: the reason is too long.
    """
    _demand(by)
    if len(waived) > _REASON_MAX:
        raise MonthInvalid("Say why in at most 500 characters.")
    await _check(deps, merchant, month, waived=waived, now=now)
    shown = await _shown(deps, merchant, month, now=now)
    async with deps.database.transaction() as connection:
        closes = await list_closes(connection, merchant.merchant_id)
        version = 1 + sum(one.month == month and one.state is MonthState.REOPENED for one in closes)
        asked = MonthClose(
            merchant_id=merchant.merchant_id,
            month=month,
            version=version,
            state=MonthState.REQUESTED,
            requested_by=by.name or by.actor,
            requester_id=by.person_id or merchant.merchant_id,
            requested_at=now,
            shown=shown,
            waived=waived,
        )
        if not await insert_request(connection, asked):
            raise MonthRequested
        await _record(connection, asked, Audited.MONTH_REQUESTED, by, waived or None, now=now)
    return asked


async def approve_month(
    deps: MonthDependencies, merchant: Merchant, month: date, *, by: Manager, voice: Voice, now: datetime
) -> MonthClose:
    """Agree that a month is closed: it is sealed, and its reports are printed in the language of `voice` and kept.

    Raises:
        ActRefused: the role does not allow it, or nobody is named.
        MonthNotRequested: nobody asked for it, or too long ago.
        MonthNeedsSecond: another person has to.
        MonthNotReady: something stands in the way by now.
        MonthChanged: what is outstanding is not what was shown.
        MonthClosed: somebody else was faster.
    """
    _demand(by)
    async with deps.database.transaction() as connection:
        asked = await lock_request(connection, merchant.merchant_id, month)
        if asked is None or asked.has_lapsed(now):
            raise MonthNotRequested
        alone = await agrees_alone(
            connection, merchant, Act.MONTH_CLOSE,
            requester_id=asked.requester_id, requested_at=asked.requested_at, by=by, now=now,
        )  # fmt: skip
        if alone is None:
            raise MonthNeedsSecond
        places = await locations.locations(connection, merchant.merchant_id)
    await _check(deps, merchant, month, waived=asked.waived, now=now)
    if await _shown(deps, merchant, month, now=now) != asked.shown:
        raise MonthChanged
    async with deps.transaction() as connection:
        await book_breakage(deps, connection, merchant, month, actor=by.actor, now=now)
        await book_exchange(deps, connection, merchant, month, actor=by.actor, now=now)
    async with deps.database.transaction() as connection:
        await open_books_from(connection, merchant.merchant_id, month_end(merchant, places, month))
    made = await newest_seal(deps, merchant.merchant_id, now=now)
    agreed = msgspec.structs.replace(
        asked, closed_by=by.name or by.actor, closed_at=now, alone=alone, known_at=made.cut if made else now
    )
    printed = await print_month(deps, merchant, agreed, made, voice=voice)
    async with deps.transaction() as connection:
        written = await close_month(connection, agreed, seal_number=made.number if made else None)
        if not written:
            raise MonthClosed
        for report, body in printed.items():
            await keep_report(connection, asked, report.value, body)
        told = f"version {asked.version}" + (", by one person" if alone else "")
        await _record(connection, asked, Audited.MONTH_CLOSED, by, told, now=now)
    return msgspec.structs.replace(agreed, state=MonthState.CLOSED, seal_number=made.number if made else None)


async def reopen_month(
    deps: MonthDependencies, merchant: Merchant, month: date, *, by: Manager, reason: str, now: datetime
) -> MonthClose:
    """Open the books again for the last month that is closed; closing it again makes another version.

    Raises:
        ActRefused: the role does not allow it, or nobody is named.
        MonthInvalid: no reason is given, or one that is too long.
        MonthNotClosed: it is not the last month that is closed.
    """
    _demand(by)
    if not 1 <= len(reason) <= _REASON_MAX:
        raise MonthInvalid("Say why the month is opened again, in 1 to 500 characters.")
    async with deps.database.transaction() as connection:
        closed = [one for one in await list_closes(connection, merchant.merchant_id) if one.state is MonthState.CLOSED]
        if not closed or closed[0].month != month:
            raise MonthNotClosed
        who = by.name or by.actor
        if not await write_reopened(connection, closed[0], by=who, reason=reason, now=now):
            raise MonthNotClosed
        places = await locations.locations(connection, merchant.merchant_id)
        before = month_end(merchant, places, closed[1].month) if len(closed) > 1 else None
        await open_books_from(connection, merchant.merchant_id, before)
        await _record(connection, closed[0], Audited.MONTH_REOPENED, by, reason, now=now)
    return closed[0]


def _demand(by: Manager) -> None:
    """Let a person do it whose role allows it; the operator acts for one.

    Raises:
        ActRefused: the role does not, or there is none.
    """
    if by.person_id is None or by.role is None or not may(by.role, Act.MONTH_CLOSE):
        raise ActRefused(Act.MONTH_CLOSE.value)


async def _check(deps: MonthDependencies, merchant: Merchant, month: date, *, waived: str, now: datetime) -> None:
    found = await check_month(deps, merchant, month, now=now)
    if any(one.code == MonthClosed.code for one in found):
        raise MonthClosed
    if any(not (one.waivable and waived) for one in found):
        raise MonthNotReady


async def _record(
    connection: Connection, asked: MonthClose, action: Audited, by: Manager, reason: str | None, *, now: datetime
) -> None:
    month = asked.month.strftime("%Y-%m")
    await staff.record(connection, asked.merchant_id, action, subject=month, actor=by.actor, reason=reason, now=now)


async def _shown(deps: MonthDependencies, merchant: Merchant, month: date, *, now: datetime) -> bytes:
    """Return a hash of what is agreed to: what is outstanding, and what breakage is expected to come to."""
    table = await reports.answer(deps, merchant, month_question(month), now=now)
    async with deps.database.connection() as connection:
        expected = await reports.reckoned(connection, merchant, until=reports.month_after(month))
    told = [line.cells for line in table.lines], [one for one in expected if one.estimated]
    return hashlib.sha256(msgspec.json.encode(told)).digest()
