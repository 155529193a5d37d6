"""Events by their numbers, and reports."""

from collections.abc import Mapping

import msgspec

from largesse import outbox
from largesse.domain.programs import KeyScope
from largesse.interfaces.rest_api import list_messages as told
from largesse.interfaces.rest_api.routing import RestAnswer, RestCaller, RestRoute, reading
from largesse.kernel.currency import currency
from largesse.kernel.money import plain
from largesse.services import reports
from largesse.services.reports import ReportPeriod


async def events(caller: RestCaller) -> RestAnswer:
    """List events after a number."""
    asked: told.EventsAsked = caller.parameters
    async with caller.deps.database.connection() as connection:
        found = await outbox.events_after(
            connection, caller.merchant.merchant_id, asked.after, kind=asked.type, limit=asked.limit
        )
    data = [
        told.EventShown(
            number=row["number"],
            id=row["event_id"],
            type=row["kind"],
            version=row["version"],
            timestamp=row["occurred_at"],
            data=msgspec.Raw((row["payload"] or "null").encode()),
        )
        for row in found.rows
    ]
    return RestAnswer(value=told.EventsPage(data=data, next=found.next, has_more=found.has_more))


async def liability(caller: RestCaller) -> RestAnswer:
    """Answer with what was outstanding, what changed it, and what is."""
    found = await reports.read_sums(caller.deps, caller.merchant.merchant_id, _period(caller))
    lines = [
        _line(
            one.currency,
            one.class_of_value.value,
            {
                "opening": one.opening,
                **{column.value: amount for column, amount in one.columns.items()},
                "closing": one.closing,
            },
        )
        for one in reports.roll_forward(found.lines, by_location=False)
    ]
    return RestAnswer(value=told.ReportShown(lines=lines, provisional=found.provisional, as_of=caller.now))


async def balances(caller: RestCaller) -> RestAnswer:
    """Answer with what stands on each account."""
    found = await reports.read_sums(caller.deps, caller.merchant.merchant_id, _period(caller))
    lines = [
        _line(
            one.currency,
            one.account.value,
            {"opening": one.opening, "debits": one.debits, "credits": one.credits, "closing": one.closing},
        )
        for one in reports.balances(found.lines)
    ]
    return RestAnswer(value=told.ReportShown(lines=lines, provisional=found.provisional, as_of=caller.now))


def _period(caller: RestCaller) -> ReportPeriod:
    asked: told.ReportAsked = caller.parameters
    return ReportPeriod(since=asked.since, until=asked.until, known_at=asked.known_at)


def _line(code: str, name: str, amounts: Mapping[str, int]) -> told.ReportLineShown:
    money = currency(code)
    texts = {key: plain(amount, money) for key, amount in amounts.items()}
    return told.ReportLineShown(currency=code, name=name, amounts=texts)


ROUTES: tuple[RestRoute, ...] = (
    reading(
        "/events",
        "listEvents",
        "List events after a number, the oldest first: none that was committed late is missed.",
        scope=KeyScope.EVENTS_READ,
        work=events,
        gives=told.EventsPage,
        parameters=told.EventsAsked,
        tag="Events",
    ),
    reading(
        "/reports/liability",
        "reportLiability",
        "Tell what was outstanding, what changed it, and what is.",
        scope=KeyScope.REPORTS_READ,
        work=liability,
        gives=told.ReportShown,
        parameters=told.ReportAsked,
        tag="Books",
    ),
    reading(
        "/reports/balances",
        "reportBalances",
        "Tell what stood on each account, what moved, and what stands.",
        scope=KeyScope.REPORTS_READ,
        work=balances,
        gives=told.ReportShown,
        parameters=told.ReportAsked,
        tag="Books",
    ),
)
