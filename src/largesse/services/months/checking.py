"""What has to be right before a month is closed."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time

import msgspec

from largesse.db import Connection
from largesse.domain import devices, locations, offline
from largesse.domain.imports import list_imports
from largesse.domain.locations import Location
from largesse.domain.merchants import Merchant
from largesse.domain.months import MonthState, list_closes
from largesse.kernel.clock import start_of_day, zone
from largesse.kernel.where import BooksSale
from largesse.ledger import Account, FigureFilter, figure, figures, proofs
from largesse.services.months.dependencies import MonthDependencies
from largesse.services.reports import month_after, open_days

_TENDER = figure(debit=(Account.TENDER_CLEARING,), swapped=True)
_FINDINGS_MAX = 20


class MonthFinding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that stands in the way; `told` names what it is about, `about` is its id, where it has one.

    Of the ledger `finding` says what differs, in English. One of devices may be waived with a reason.
    """

    code: str
    told: str = ""
    finding: str = ""
    waivable: bool = False
    about: str = ""


async def check_month(
    deps: MonthDependencies, merchant: Merchant, month: date, *, now: datetime, prove: bool = True
) -> list[MonthFinding]:
    """Return what stands in the way of closing a month; nothing when it may be closed.

    `prove` recomputes the whole ledger, which takes as long as it is large.
    """
    found = list[MonthFinding]()
    async with deps.database.connection() as connection:
        places = await locations.locations(connection, merchant.merchant_id)
        end = month_end(merchant, places, month)
        if now < end:
            found.append(MonthFinding(code="month.not_over", told=end.isoformat()))
        closes = await list_closes(connection, merchant.merchant_id)
        if any(one.state is MonthState.CLOSED and one.month >= month for one in closes):
            found.append(MonthFinding(code="month.closed"))
        found += await _open_days(connection, merchant, places, month)
        found += await _open_drawers(connection, merchant, month)
        found += await _unsettled_imports(connection, merchant, end)
        found += await _unheard_devices(connection, merchant, since=start_of_day(month, in_zone=merchant.zone), end=end)
    if prove:
        found += await ledger_differences(deps, merchant)
    return found


def month_end(merchant: Merchant, places: Sequence[Location], month: date) -> datetime:
    """Return the first moment at which no location has a business day of a month any more."""
    after = month_after(month)
    ends = [
        datetime.combine(after, time(one.cut_off_hour), tzinfo=zone(one.time_zone or merchant.time_zone))
        for one in places
    ]
    return max(ends).astimezone(UTC)


async def _open_days(
    connection: Connection, merchant: Merchant, places: Sequence[Location], month: date
) -> list[MonthFinding]:
    """Return the days on which a till of the merchant's own took something, and which are not closed."""
    names = {one.location_id: one.name for one in places if one.books_sale is BooksSale.TILL}
    sums = await figures(
        connection, merchant.merchant_id, {"tender": _TENDER},
        FigureFilter(since=month, until=month_after(month)), by=("location_id", "booked_on"),
        from_the_start=False,
    )  # fmt: skip
    return [
        MonthFinding(code="month.day_open", told=f"{names[one.by['location_id']]}, {one.by['booked_on']}")
        for one in sorted(sums, key=lambda one: one.by["booked_on"])
        if one.sum and one.by["location_id"] in names
    ][:_FINDINGS_MAX]


async def _unheard_devices(
    connection: Connection, merchant: Merchant, *, since: datetime, end: datetime
) -> list[MonthFinding]:
    """Return the devices that may hold redemptions of a month: not heard of since its end with nothing to send.

    One that was lent nothing in it has taken nothing in it. A device that was revoked may still hold some, or have lost
    them for good, until somebody says that they are not waited for.
    """
    names = {one.device_id: one.name for one in await devices.devices(connection, merchant.merchant_id)}
    return [
        MonthFinding(code="month.device", told=names[one.device_id], waivable=True, about=str(one.device_id))
        for one in await offline.enrolments(connection, merchant.merchant_id)
        if one.enrolled_at < end
        and one.lent_until is not None
        and one.lent_until >= since
        and (one.lent or one.waiting)
        and (one.emptied_at is None or one.emptied_at < end)
    ]


async def _open_drawers(connection: Connection, merchant: Merchant, month: date) -> list[MonthFinding]:
    """Return the days on which a device of ours moved money, and which nobody closed."""
    days = await open_days(connection, merchant, since=month, until=month_after(month))
    return [
        MonthFinding(code="month.drawer", told=f"{one.device.name}, {one.day}", about=str(one.device.device_id))
        for one in days[:_FINDINGS_MAX]
    ]


async def _unsettled_imports(connection: Connection, merchant: Merchant, end: datetime) -> list[MonthFinding]:
    """Return the imports that somebody began in the month or before, and that are neither in nor taken back whole.

    One that only was looked at books nothing, and waits for nobody.
    """
    return [
        MonthFinding(code="month.import", told=one.file_name, about=str(one.import_id))
        for one in await list_imports(connection, merchant.merchant_id)
        if one.state.is_under_way and (one.confirmed_at or one.created_at) < end
    ][:_FINDINGS_MAX]


async def ledger_differences(deps: MonthDependencies, merchant: Merchant) -> list[MonthFinding]:
    """Return what of a merchant's balances, chains and seals does not follow from the journal."""
    found = list[MonthFinding]()
    async with deps.database.dedicated() as connection:
        async for one in proofs.verify(connection):
            if one.merchant_id == merchant.merchant_id and len(found) < _FINDINGS_MAX:
                found.append(MonthFinding(code="month.ledger", told=one.subject, finding=one.finding))
    return found
