"""What is looked at first: sales for cash just before the close, prints, approvals and days that nobody closed."""

import itertools
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import staff
from largesse.domain.staff import Audited
from largesse.kernel.tax import UNTAXED
from largesse.services import reports
from largesse.services.counter_sales import DayCount, SaleTender, close_day
from largesse.services.months import check_month
from largesse.services.reports import ReportName, ReportQuestion
from largesse.services.seals import seal
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_request
from tests.builders.counters import Counter, a_counter, sold_at

_SECONDS = itertools.count(1)


def after(**given: int) -> datetime:
    """So long after the beginning, and a moment later than every one before."""
    return NOW + timedelta(**given) + timedelta(milliseconds=next(_SECONDS))


async def told(application: Application, counter: Counter, report: ReportName, by: str) -> dict[Any, dict[str, Any]]:
    """What a report counts of each, without zeros and the average."""
    asked = ReportQuestion(report=report)
    table = await reports.answer(application, counter.merchant, asked, now=NOW)
    return {
        line.cells[by]: {name: count for name, count in line.cells.items() if count and name != by}
        for line in table.lines
        if line.cells[by] != "average"
    }


async def closed(application: Application, counter: Counter, count: DayCount, now: datetime) -> None:
    await close_day(application, counter.merchant, counter.device, count, request=a_request(), now=now)


async def test_sales_for_cash_just_before_the_close_and_days_not_closed_are_told(database: Database) -> None:
    """Sold at 10:00 and at 14:50, closed at 15:00, 2.00 short; sold the day after by card, and not closed."""
    counter = await a_counter(database, tax=UNTAXED)
    device = str(counter.device.device_id)
    async with an_application(database) as application:
        await sold_at(application, counter, now=after())
        await sold_at(application, counter, now=after(hours=4, minutes=50))
        await closed(application, counter, DayCount(cash=9_800, reason="a coin fell"), after(hours=5))
        first = await told(application, counter, ReportName.DEVICES, "device_id")
        await seal(application, counter.merchant.merchant_id, now=after(hours=6))
        assert await told(application, counter, ReportName.DEVICES, "device_id") == first
        await sold_at(application, counter, now=after(days=1), tender=SaleTender.TERMINAL)
        second = await told(application, counter, ReportName.DEVICES, "device_id")
        found = await check_month(
            application, counter.merchant, date(2026, 11, 1), now=datetime(2026, 12, 5, tzinfo=UTC), prove=False
        )
        assert [(one.code, one.about) for one in found if one.code != "month.device"] == [("month.drawer", device)]
        assert str(NOW.date() + timedelta(days=1)) in found[0].told
        await closed(application, counter, DayCount(cash=9_800, terminal=5_000), after(days=2))
        assert await told(application, counter, ReportName.DEVICES, "device_id") == first
    assert first == {device: {"cash_sales": 2, "cash_sales_late": 1, "drawer_differences": 1}}
    assert second == {device: first[device] | {"days_open": 1}}


async def test_prints_after_the_first_and_approvals_are_told_of_who_did_them(database: Database) -> None:
    counter = await a_counter(database, tax=UNTAXED)
    async with an_application(database) as application:
        sale = await sold_at(application, counter, now=after())
        order = sale.order
        said = [
            (Audited.SALE_PRINTED, "person:a", str(order.order_id), f"print {number} of order {order.order_number}")
            for number in (1, 2, 3, 11)
        ]
        said += [
            (Audited.TILL_APPROVED, "person:b", "x", "cash_out by person:a"),
            (Audited.REQUEST_DECIDED, "person:b", str(uuid4()), "approved by one person"),
            (Audited.REQUEST_DECIDED, "person:c", str(uuid4()), "refused"),
        ]
        async with database.transaction() as connection:
            for action, actor, subject, reason in said:
                await staff.record(
                    connection, counter.merchant.merchant_id, action, subject=subject, actor=actor, reason=reason,
                    now=NOW,
                )  # fmt: skip
        people = await told(application, counter, ReportName.PEOPLE, "actor")
        devices = await told(application, counter, ReportName.DEVICES, "device_id")
        hours = await told(application, counter, ReportName.HOURS, "hour")
    assert people["person:a"]["reprints"] == 3
    assert people["person:b"] == {"approvals": 2}
    assert "person:c" not in people
    assert devices[str(counter.device.device_id)]["reprints"] == 3
    assert hours["10"]["approvals"] == 2, "in New York, where it is 10 in the morning"
