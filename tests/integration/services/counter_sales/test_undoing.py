"""A sale is undone in the minutes after it: its number is dead, and its tender goes back, on a real database."""

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_request
from tests.builders.counters import Counter, a_counter, sold_at
from tests.builders.payments import books

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain.closings import Closing, DayClosed
from largesse.domain.orders import OrderNotIssued, OrderStatus
from largesse.domain.payments import MANUAL
from largesse.kernel.tax import UNTAXED
from largesse.kernel.where import BooksSale
from largesse.ledger import Account, Certificate, Status
from largesse.services.certificates import Place, redeem
from largesse.services.counter import UndoElsewhere, UndoTooLate, UsedSince
from largesse.services.counter_sales import (
    DayCount,
    SaleTender,
    SaleUndone,
    Sold,
    close_day,
    undo_sale,
)
from largesse.services.counter_sales.undoing import SaleNotHere
from largesse.services.orders import mark_paid
from largesse.services.refunds import refund_order


async def certificate_of(application: Application, sold: Sold) -> Certificate:
    """The certificate of a sale as it stands."""
    assert sold.order.certificate_id is not None
    async with application.database.connection() as connection:
        found = await application.ledger.find(connection, sold.order.merchant_id, sold.order.certificate_id)
    assert found is not None
    return found


async def undone(application: Application, counter: Counter, sold: Sold, **given: Any) -> SaleUndone:
    """Undo a sale a minute after it."""
    values: dict[str, Any] = {"request": a_request(), "now": NOW + timedelta(minutes=1)} | given
    scanned = values.pop("scanned", None) or await certificate_of(application, sold)
    return await undo_sale(application, counter.merchant, sold.order.order_number, scanned, **values)


@pytest.mark.parametrize("tender", [SaleTender.CASH, SaleTender.TERMINAL, SaleTender.TILL])
async def test_a_sale_is_undone_whole_and_its_tender_goes_back(database: Database, tender: SaleTender) -> None:
    """50.00 and 5.00 of gratuity: both legs are swapped, whatever they stood on, and nothing is left anywhere.

    certificates_outstanding  cash  50.00
    certificates_outstanding  cash   5.00
    """
    books_sale = BooksSale.TILL if tender is SaleTender.TILL else BooksSale.LARGESSE
    counter = await a_counter(database, tax=UNTAXED, books_sale=books_sale)
    async with an_application(database) as application:
        sold = await sold_at(application, counter, tender=tender, gratuity=500)
        request = a_request()
        first = await undone(application, counter, sold, request=request)
        again = await undone(application, counter, sold, request=request)
        with pytest.raises(OrderNotIssued):
            await undone(application, counter, sold)
        left = await books(application)
        ended = await certificate_of(application, sold)
    assert (first.order.status, first.back.minor, first.gateway) == (OrderStatus.REFUNDED, 5_500, tender.value)
    assert (again.replayed, again.order) == (True, first.order)
    assert ended.status is Status.VOID
    assert left == {}


async def test_a_reload_is_undone_and_the_certificate_stays(database: Database) -> None:
    counter = await a_counter(database, tax=UNTAXED)
    async with an_application(database) as application:
        sold = await sold_at(application, counter)
        more = await sold_at(application, counter, offering=None, amount=2_000, card=sold.order.certificate_id)
        with pytest.raises(UsedSince):
            await undone(application, counter, sold)
        done = await undone(application, counter, more)
        stands = await certificate_of(application, sold)
        left = await books(application)
    assert (done.order.order_number, done.order.status) == (more.order.order_number, OrderStatus.REFUNDED)
    assert (stands.status, stands.balance, left[Account.CASH]) == (Status.ACTIVE, 5_000, 5_000)


async def test_a_transfer_that_came_is_refunded_by_the_office(database: Database) -> None:
    counter = await a_counter(database, tax=UNTAXED)
    async with an_application(database) as application:
        waits = await sold_at(application, counter, tender=SaleTender.TRANSFER)
        key = application, counter.merchant, waits.order.order_number
        paid = await mark_paid(*key, reference=None, actor="test", now=NOW)
        sold = Sold(order=paid.orders[0], checkout=paid.checkout)
        done = await undone(application, counter, sold)
        stands = await certificate_of(application, sold)
        left = await books(application)
    assert (done.gateway, done.order.status, stands.balance) == ("manual", OrderStatus.REFUNDED, 0)
    assert left[Account.REFUNDS] == -5_000


@pytest.mark.parametrize(
    "given, error",
    [
        ({"now": NOW + timedelta(minutes=6)}, UndoTooLate),
        ({"request": "somebody else"}, UndoElsewhere),
    ],
)
async def test_later_or_by_another_it_needs_an_approval(
    database: Database, given: dict[str, Any], error: type[Exception]
) -> None:
    counter = await a_counter(database, tax=UNTAXED)
    if "request" in given:
        given = {"request": msgspec.structs.replace(a_request(), actor="person:other")}
    async with an_application(database) as application:
        sold = await sold_at(application, counter)
        with pytest.raises(error):
            await undone(application, counter, sold, **given)
        done = await undone(application, counter, sold, actor_only=False, **given)
    assert done.order.status is OrderStatus.REFUNDED


async def test_what_was_spent_or_is_another_is_not_undone(database: Database) -> None:
    counter = await a_counter(database, tax=UNTAXED)
    async with an_application(database) as application:
        sold = await sold_at(application, counter)
        other = await sold_at(application, counter)
        with pytest.raises(SaleNotHere):
            await undone(application, counter, sold, scanned=await certificate_of(application, other))
        assert sold.order.certificate_id is not None
        place = Place(merchant_id=sold.order.merchant_id, certificate_id=sold.order.certificate_id)
        await redeem(application, place, value=100, request=a_request(), now=NOW)
        with pytest.raises(UsedSince):
            await undone(application, counter, sold)
        assert (await books(application))[Account.CASH] == 10_000


async def test_after_the_close_it_is_a_refund(database: Database) -> None:
    counter = await a_counter(database, tax=UNTAXED)
    async with an_application(database) as application:
        sold = await sold_at(application, counter)
        await close_day(
            application, counter.merchant, counter.device, DayCount(cash=5_000), request=a_request(), now=NOW
        )
        with pytest.raises(DayClosed):
            await undone(application, counter, sold, actor_only=False)


async def test_an_undo_that_meets_a_close_is_in_its_day_or_refused(database: Database) -> None:
    counter = await a_counter(database, tax=UNTAXED)
    async with an_application(database) as application:
        sold = await sold_at(application, counter)
        key = application, counter.merchant, counter.device, DayCount(cash=5_000, reason="race")
        undo, close = await asyncio.gather(
            undone(application, counter, sold, now=NOW),
            close_day(*key, request=a_request(), now=NOW),
            return_exceptions=True,
        )
        left = await books(application)
    assert isinstance(close, Closing)
    if isinstance(undo, SaleUndone):
        assert (close.expected, left[Account.CASH]) == (0, 5_000)
    else:
        assert isinstance(undo, DayClosed)
        assert (close.expected, left[Account.CASH]) == (5_000, 5_000)


async def test_a_terminal_sale_that_the_office_refunds_is_owed_until_somebody_hands_it_back(database: Database) -> None:
    async with an_application(database) as application:
        counter = await a_counter(database)
        sold = await sold_at(application, counter, tender=SaleTender.TERMINAL)
        done = await refund_order(
            application, counter.merchant, sold.order.order_number, request=a_request(), now=NOW + timedelta(hours=1)
        )
        [owed] = done.refunds
        assert (owed.amount, owed.payment_id, owed.gateway) == (sold.order.total, None, MANUAL)
