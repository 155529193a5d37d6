"""What lies in a drawer follows from the journal, and a day that was closed stays as it was, on a real database."""

import asyncio
import itertools
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import pytest
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_request
from tests.builders.counters import Counter, a_counter, sold_at
from tests.builders.payments import books

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import closings
from largesse.domain.closings import Closing, ClosingInvalid, ClosingUnknown, NothingToClose
from largesse.domain.devices import DeviceRevoked, find_device
from largesse.kernel.tax import UNTAXED
from largesse.kernel.where import BooksSale
from largesse.ledger import Account, OperationConflict
from largesse.services.certificates import Request
from largesse.services.counter_sales import (
    DayCount,
    DrawerMove,
    Moved,
    SaleTender,
    TillBooksSale,
    close_day,
    glance_at_drawer,
    hand_over,
    move_cash,
)
from largesse.services.merchants import revoke_device

_SECONDS = itertools.count(1)


def tick() -> datetime:
    """A moment later than every one before: what is recorded at one moment is not told apart by a close."""
    return NOW + timedelta(seconds=next(_SECONDS))


async def sold(application: Application, counter: Counter, **given: Any) -> None:
    """Sell 50.00 at a counter for cash, unless said otherwise."""
    await sold_at(application, counter, now=tick(), **given)


async def closed(
    application: Application, counter: Counter, cash: int | None, terminal: int | None = None, **given: Any
) -> Closing:
    """Close the day of a counter."""
    count = DayCount(cash=cash, terminal=terminal, reason=given.pop("reason", ""))
    request = given.pop("request", None) or a_request()
    key = application, counter.merchant, counter.device, count
    return await close_day(*key, request=request, now=tick(), **given)


async def moved(application: Application, counter: Counter, move: DrawerMove, amount: int, memo: str = "") -> Moved:
    """Move cash in or out of the drawer of a counter."""
    request = a_request(memo or None)
    key = application, counter.merchant, counter.device, move
    return await move_cash(*key, amount=amount, request=request, now=tick())


async def test_a_day_is_closed_with_what_was_counted_and_the_next_begins_with_it(database: Database) -> None:
    """Float 100.00, sold 50.00 for cash and 80.00 by card, postage 7.50, to the bank 60.00; 2.00 too little is there.

    cash            cash_in_transit   100.00
    cash            outstanding        50.00
    terminal        outstanding        80.00
    sundry          cash                7.50
    bank_clearing   cash               60.00
    cash_differences cash               2.00
    bank_clearing   terminal           80.00
    """
    counter = await a_counter(database, tax=UNTAXED)
    async with an_application(database) as application:
        await moved(application, counter, DrawerMove.FLOAT, 10_000)
        await sold(application, counter)
        await sold(application, counter, tender=SaleTender.TERMINAL, amount=8_000)
        await moved(application, counter, DrawerMove.PAY_OUT, 750, "postage")
        await moved(application, counter, DrawerMove.DEPOSIT, 6_000)
        with pytest.raises(ClosingInvalid):
            await closed(application, counter, 8_050, 8_000)
        request = a_request()
        first = await closed(application, counter, 8_050, 8_000, reason="a coin fell", request=request)
        again = await closed(application, counter, 8_050, 8_000, reason="a coin fell", request=request)
        with pytest.raises(OperationConflict):
            await closed(application, counter, 8_051, 8_000, reason="a coin fell", request=request)
        with pytest.raises(NothingToClose):
            await closed(application, counter, 8_050)
        await sold(application, counter, amount=2_000)
        second = await closed(application, counter, 10_050)
        left = await books(application)
        async with database.connection() as connection:
            key = counter.merchant.merchant_id, counter.device.device_id
            known = await closings.closings_of_device(connection, *key)
            assert await closings.find_closing(connection, *key, 1) == first
            with pytest.raises(ClosingUnknown):
                await closings.find_closing(connection, *key, 3)
    assert (first.opening, first.expected, first.counted, first.difference) == (0, 8_250, 8_050, -200)
    assert (first.terminal_expected, first.terminal_difference) == (8_000, 0)
    assert (second.number, second.opening, second.expected, second.difference) == (2, 8_050, 10_050, 0)
    assert again == first
    assert known == [second, first]
    sums = {(one.kind, one.debit): (one.count, one.sum) for one in first.totals}
    assert sums["issue", "cash"] == (1, 5_000)
    assert sums["issue", "terminal"] == (1, 8_000)
    assert sums["pay_out", "sundry"] == (1, 750)
    assert left == {
        Account.CASH: 10_050,
        Account.CASH_IN_TRANSIT: -10_000,
        Account.SUNDRY: 750,
        Account.BANK_CLEARING: 14_000,
        Account.CASH_DIFFERENCES: 200,
        Account.CERTIFICATES_OUTSTANDING: -15_000,
    }


async def test_sales_while_a_day_is_closed_stand_in_one_day_each(database: Database) -> None:
    """However sales and closes meet, every sale is in one close, and the drawer holds their sum."""
    counter = await a_counter(database, tax=UNTAXED)
    async with an_application(database) as application:

        async def close_somehow() -> None:
            for _ in range(20):
                async with database.connection() as connection:
                    seen = await glance_at_drawer(connection, counter.merchant, counter.device, now=tick())
                try:
                    await closed(application, counter, seen.expected)
                except (ClosingInvalid, NothingToClose):
                    await asyncio.sleep(0.01)

        await asyncio.gather(close_somehow(), *(sold(application, counter, amount=1_000) for _ in range(12)))
        async with database.connection() as connection:
            seen = await glance_at_drawer(connection, counter.merchant, counter.device, now=tick())
        if seen.sums:
            await closed(application, counter, seen.expected)
        async with database.connection() as connection:
            key = counter.merchant.merchant_id, counter.device.device_id
            known = await closings.closings_of_device(connection, *key)
        left = await books(application)
    assert sum(line.count for one in known for line in one.totals if line.kind == "issue") == 12
    assert [one.number for one in known] == list(range(len(known), 0, -1))
    assert known[0].left == left[Account.CASH] == 12_000


async def test_two_who_close_at_once_make_one_close(database: Database) -> None:
    counter = await a_counter(database, tax=UNTAXED)
    async with an_application(database) as application:
        await sold(application, counter)
        done = await asyncio.gather(*(closed(application, counter, 5_000) for _ in range(4)), return_exceptions=True)
    assert [one.number for one in done if isinstance(one, Closing)] == [1]
    assert sum(isinstance(one, NothingToClose) for one in done) == 3


async def test_each_device_has_days_of_its_own(database: Database) -> None:
    bar = await a_counter(database, tax=UNTAXED)
    garden = await a_counter(database, bar.merchant, code="GARDEN")
    async with an_application(database) as application:
        await sold_at(application, bar)
        await sold_at(application, garden, amount=3_000)
        first = await closed(application, bar, 5_000)
        other = await closed(application, garden, 3_000)
    assert [(one.number, one.expected) for one in (first, other)] == [(1, 5_000), (1, 3_000)]


async def test_a_drawer_is_handed_over_by_count(database: Database) -> None:
    counter = await a_counter(database, tax=UNTAXED)
    async with an_application(database) as application:
        await sold(application, counter)
        key = application, counter.merchant, counter.device
        with pytest.raises(ClosingInvalid):
            await hand_over(*key, counted=5_100, request=a_request(), now=tick())
        with pytest.raises(ClosingInvalid):
            await hand_over(*key, counted=-1, request=a_request(), now=tick())
        request: Request = a_request("a tip in the wrong drawer")
        over = await hand_over(*key, counted=5_100, request=request, now=tick())
        again = await hand_over(*key, counted=5_100, request=request, now=tick())
        exact = await hand_over(*key, counted=5_100, request=a_request(), now=tick())
        last = await closed(application, counter, 5_100)
        left = await books(application)
    assert (over.expected, over.difference, again.replayed, again.difference) == (5_000, 100, True, 100)
    assert (exact.difference, last.expected, last.difference) == (0, 5_100, 0)
    assert (left[Account.CASH], left[Account.CASH_DIFFERENCES]) == (5_100, -100)


@pytest.mark.parametrize(
    "batch, reason", [(7_900, "a slip is missing"), (8_200, "two slips"), (0, "the terminal was dead")]
)
async def test_what_the_terminal_says_else_is_a_difference(database: Database, batch: int, reason: str) -> None:
    """80.00 by card; what the batch says goes to the bank, the rest to differences, and nothing is left open."""
    counter = await a_counter(database, tax=UNTAXED)
    async with an_application(database) as application:
        await sold(application, counter, tender=SaleTender.TERMINAL, amount=8_000)
        for terminal in (None, -1):
            with pytest.raises(ClosingInvalid):
                await closed(application, counter, 0, terminal, reason=reason)
        done = await closed(application, counter, 0, batch, reason=reason)
        left = await books(application)
    assert done.terminal_difference == batch - 8_000
    assert Account.TERMINAL not in left
    assert left.get(Account.BANK_CLEARING, 0) == batch
    assert left[Account.CASH_DIFFERENCES] == 8_000 - batch


async def test_where_the_till_books_a_close_tells_totals_alone(database: Database) -> None:
    counter = await a_counter(database, tax=UNTAXED, books_sale=BooksSale.TILL)
    async with an_application(database) as application:
        await sold(application, counter, tender=SaleTender.TILL)
        for count in ((5_000, None), (None, 0)):
            with pytest.raises(ClosingInvalid):
                await closed(application, counter, *count)
        with pytest.raises(TillBooksSale):
            await moved(application, counter, DrawerMove.FLOAT, 10_000)
        with pytest.raises(TillBooksSale):
            await hand_over(application, counter.merchant, counter.device, counted=0, request=a_request(), now=tick())
        done = await closed(application, counter, None)
        left = await books(application)
    assert (done.counted, done.expected, done.left) == (None, 0, 0)
    assert [(one.kind, one.debit, one.sum) for one in done.totals] == [("issue", "tender_clearing", 5_000)]
    assert left[Account.TENDER_CLEARING] == 5_000


async def test_a_dead_device_is_closed_from_the_office(database: Database) -> None:
    counter = await a_counter(database, tax=UNTAXED)
    async with an_application(database) as application:
        await sold(application, counter)
        async with database.transaction() as connection:
            await revoke_device(connection, counter.device, actor="cli:test", now=NOW)
            dead = await find_device(connection, counter.merchant.merchant_id, str(counter.device.device_id))
        gone = counter._replace(device=dead)
        with pytest.raises(DeviceRevoked):
            await moved(application, gone, DrawerMove.FLOAT, 100)
        done = await closed(application, gone, 5_000, from_office=True)
    assert (done.number, done.from_office, done.counted) == (1, True, 5_000)


@pytest.mark.parametrize(
    "move, amount, memo", [(DrawerMove.FLOAT, 0, ""), (DrawerMove.PAY_OUT, 100, " "), (DrawerMove.PAY_IN, 100, "")]
)
async def test_nothing_goes_in_or_out_without_amount_and_words(
    database: Database, move: DrawerMove, amount: int, memo: str
) -> None:
    counter = await a_counter(database, tax=UNTAXED)
    async with an_application(database) as application:
        with pytest.raises(ClosingInvalid):
            await moved(application, counter, move, amount, memo)
        with pytest.raises(ClosingInvalid):
            await closed(application, counter, 0, reason="x" * 201)
        await moved(application, counter, DrawerMove.PAY_IN, 500, "found under the bar")
        await moved(application, counter, DrawerMove.TO_SAFE, 200)
        assert (await closed(application, counter, 300)).expected == 300


async def test_a_closed_day_is_never_changed(database: Database) -> None:
    counter = await a_counter(database, tax=UNTAXED)
    async with an_application(database) as application:
        await sold(application, counter)
        await closed(application, counter, 5_000)
    for change in ("UPDATE closings SET counted = 1", "DELETE FROM closings"):
        async with database.connection() as connection:
            with pytest.raises(asyncpg.PostgresError):
                await connection.execute(change)
