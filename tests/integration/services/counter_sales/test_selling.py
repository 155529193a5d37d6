"""A sale at a counter is one order, booked where the money lies, on a real database."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest
from tests.builders.application import NOW, an_application
from tests.builders.catalog import a_package, on_sale
from tests.builders.certificates import a_card, a_merchant, a_request
from tests.builders.counters import a_counter, moved, rows_of_sale, sold_at, spot_at
from tests.builders.payments import books, count

from largesse.db import Database
from largesse.domain import orders
from largesse.domain.catalog import InvalidChoice, OfferingUnknown, SoldOut
from largesse.domain.devices import DeviceRevoked
from largesse.domain.orders import Channel, CheckoutStatus, DeliveryMethod, OrderStatus
from largesse.kernel.tax import UNTAXED, TaxKind, TaxTreatment
from largesse.kernel.where import BooksSale
from largesse.ledger import Account, ClassOfValue, OperationConflict, Status
from largesse.services.certificates import prepare
from largesse.services.counter_sales import (
    FiscalTillAsked,
    LargesseBooksSale,
    Sale,
    SaleInvalid,
    SaleTender,
    SaleUnknown,
    Sold,
    TakesNoMoney,
    TillBooksSale,
    sale_of_order,
    sell,
    sold,
    tenders_of,
)
from largesse.services.merchants import choose_law, revoke_device, where_of
from largesse.services.orders import mark_paid
from largesse.services.refunds import refund_order

SINGLE_PURPOSE = TaxTreatment(kind=TaxKind.SINGLE_PURPOSE, country="DE", rate=Decimal("0.19"))


@pytest.mark.parametrize("tender, account", [(SaleTender.CASH, Account.CASH), (SaleTender.TERMINAL, Account.TERMINAL)])
async def test_what_is_paid_at_once_is_issued_and_stands_where_the_money_lies(
    database: Database, tender: SaleTender, account: Account
) -> None:
    """50.00 with 10.00 of gratuity, for cash; with a card the same on `terminal`.

    cash    certificates_outstanding  50.00  (value)
    cash    certificates_outstanding  10.00  (gratuity)
    """
    counter = await a_counter(database, tax=UNTAXED)
    async with an_application(database) as application:
        done = await sold_at(application, counter, tender=tender, gratuity=1_000, to="Anna", reference="0815")
        rows = await rows_of_sale(application, done)
        stands = await books(application)
    order = done.order
    assert (order.channel, order.status, order.delivery) == (Channel.COUNTER, OrderStatus.ISSUED, DeliveryMethod.PRINT)
    assert (order.location_id, order.device_id) == (counter.location.location_id, counter.device.device_id)
    assert (done.checkout.status, done.waits, done.total.minor) == (CheckoutStatus.PAID, False, 6_000)
    outstanding = Account.CERTIFICATES_OUTSTANDING
    assert moved(rows) == [(account, outstanding, 5_000), (account, outstanding, 1_000)]
    assert {(row.location_id, row.device_id) for row in rows} == {
        (counter.location.location_id, counter.device.device_id)
    }
    assert stands == {account: 6_000, outstanding: -6_000}


async def test_the_till_that_books_the_sale_is_owed_its_price_and_its_tax(database: Database) -> None:
    """119.00 with 19 % inside of it, where the merchant's own till books: the tax is the till's.

    tender_clearing     certificates_outstanding  119.00
    tax_on_outstanding  tender_clearing            19.00
    """
    counter = await a_counter(database, tax=SINGLE_PURPOSE, books_sale=BooksSale.TILL)
    async with an_application(database) as application:
        done = await sold_at(application, counter, tender=SaleTender.TILL, amount=11_900)
        rows = await rows_of_sale(application, done)
        await books(application)
        async with database.connection() as connection:
            where = await where_of(connection, counter.merchant.merchant_id, counter.location.location_id)
            ways = await tenders_of(connection, counter.merchant, where, now=NOW)
        with pytest.raises(TillBooksSale):
            await sold_at(application, counter, tender=SaleTender.TERMINAL)
    assert sorted(moved(rows)) == [
        (Account.TAX_ON_OUTSTANDING, Account.TENDER_CLEARING, 1_900),
        (Account.TENDER_CLEARING, Account.CERTIFICATES_OUTSTANDING, 11_900),
    ]
    assert ways == (SaleTender.TILL, SaleTender.PHONE, SaleTender.TRANSFER)


async def test_a_card_is_activated_by_its_sale_and_reloaded_by_another(database: Database) -> None:
    """Activated with 50.00, reloaded with 20.00; both orders name the one certificate."""
    counter = await a_counter(database, tax=UNTAXED)
    async with an_application(database) as application:
        card = await prepare(application, counter.merchant, request=a_request(), now=NOW)
        with pytest.raises(SaleInvalid):
            await sold_at(application, counter, offering=None, amount=2_000, card=card.certificate_id)
        first = await sold_at(application, counter, card=card.certificate_id)
        with pytest.raises(SaleInvalid):
            await sold_at(application, counter, card=card.certificate_id)
        more = await sold_at(
            application, counter, offering=None, amount=2_000, card=card.certificate_id, tender=SaleTender.TERMINAL
        )
        async with database.connection() as connection:
            key = counter.merchant.merchant_id, card.certificate_id
            stands = await application.ledger.find(connection, *key)
        balances = await books(application)
        numbers = await count(application, "certificate_numbers")
    assert stands is not None
    assert (stands.status, stands.balance, stands.order_number) == (Status.ACTIVE, 7_000, first.order.order_number)
    assert [one.order.certificate_id for one in (first, more)] == [card.certificate_id] * 2
    assert balances[Account.CASH] == 5_000
    assert balances[Account.TERMINAL] == 2_000
    assert numbers == 1


async def test_a_reload_is_taxed_as_what_it_fills_and_paid_at_once(database: Database) -> None:
    counter = await a_counter(database, tax=SINGLE_PURPOSE)
    async with an_application(database) as application:
        first = await sold_at(application, counter, amount=11_900)
        card = first.order.certificate_id
        more = await sold_at(application, counter, offering=None, amount=5_950, card=card)
        with pytest.raises(SaleInvalid):
            await sold_at(application, counter, offering=None, amount=None, card=card)
        given = await a_card(
            application, counter.merchant, class_of_value=ClassOfValue.PROMOTIONAL, funding=Account.PROMOTIONS_GRANTED
        )
        with pytest.raises(SaleInvalid):
            await sold_at(application, counter, offering=None, amount=500, card=given.place.certificate_id)
        balances = await books(application)
    assert (more.order.included_tax, more.order.total) == (950, 5_950)
    assert balances[Account.TAX_PAYABLE] == -2_850


async def test_sent_twice_at_once_it_is_one_order(database: Database) -> None:
    counter = await a_counter(database, tax=UNTAXED)
    async with an_application(database) as application:
        request = a_request()
        done = await asyncio.gather(*(sold_at(application, counter, request=request) for _ in range(6)))
        found = await sold(application, counter.merchant, request.operation_id)
        with pytest.raises(OperationConflict):
            await sold_at(application, counter, request=request, amount=6_000)
        with pytest.raises(SaleUnknown):
            await sold(application, counter.merchant, a_request().operation_id)
        balances = await books(application)
    assert len({one.order.order_number for one in done}) == 1
    assert sorted(one.replayed for one in done) == [False, *[True] * 5]
    assert (found.order, found.replayed) == (done[0].order, True)
    assert balances[Account.CASH] == 5_000


async def test_two_devices_sell_side_by_side(database: Database) -> None:
    left = await a_counter(database, tax=UNTAXED)
    right = await a_counter(database, left.merchant, code="GARDEN")
    async with an_application(database) as application:
        done = await asyncio.gather(*(sold_at(application, one) for one in (left, right) for _ in range(3)))
        balances = await books(application)
    assert [one.order.device_id for one in done] == [left.device.device_id] * 3 + [right.device.device_id] * 3
    assert balances[Account.CASH] == 30_000


async def test_a_transfer_is_waited_for(database: Database) -> None:
    counter = await a_counter(database, tax=UNTAXED)
    async with an_application(database) as application:
        done = await sold_at(application, counter, tender=SaleTender.TRANSFER, email="ANNA@example.com")
        assert done.waits
        assert await books(application) == {}
        number = done.order.order_number
        await mark_paid(application, counter.merchant, number, reference=None, actor="cli:test", now=NOW)
        async with database.connection() as connection:
            found = await sale_of_order(connection, counter.merchant, done.order.order_number)
        balances = await books(application)
    assert (found.waits, found.order.status, found.order.recipient_email) == (
        False,
        OrderStatus.ISSUED,
        "ANNA@example.com",
    )
    assert balances[Account.GATEWAY_CLEARING] == 5_000


async def test_where_the_law_asks_for_a_fiscal_till_no_money_is_taken(database: Database) -> None:
    counter = await a_counter(database, tax=UNTAXED)
    async with an_application(database) as application:
        async with database.transaction() as connection:
            await choose_law(connection, counter.merchant, "DE", actor="cli:test", now=NOW)
        for tender in (SaleTender.CASH, SaleTender.TERMINAL):
            with pytest.raises(FiscalTillAsked):
                await sold_at(application, counter, tender=tender)
        assert (await sold_at(application, counter, tender=SaleTender.TRANSFER)).waits
        async with database.connection() as connection:
            where = await where_of(connection, counter.merchant.merchant_id, counter.location.location_id)
            ways = await tenders_of(connection, counter.merchant, where, now=NOW)
    assert ways == (SaleTender.PHONE, SaleTender.TRANSFER)


@pytest.mark.parametrize("books_sale", BooksSale)
async def test_where_no_money_is_taken_a_sale_is_paid_on_a_phone_or_by_transfer(
    database: Database, books_sale: BooksSale
) -> None:
    counter = await a_counter(database, tax=UNTAXED, takes_money=False, books_sale=books_sale)
    async with an_application(database) as application:
        for tender in (SaleTender.CASH, SaleTender.TERMINAL, SaleTender.TILL):
            with pytest.raises(TakesNoMoney):
                await sold_at(application, counter, tender=tender)
        assert await count(application, "orders") == 0
        assert (await sold_at(application, counter, tender=SaleTender.TRANSFER)).waits
        async with database.connection() as connection:
            where = await where_of(connection, counter.merchant.merchant_id, counter.location.location_id)
            assert await tenders_of(connection, counter.merchant, where, now=NOW) == (
                SaleTender.PHONE,
                SaleTender.TRANSFER,
            )


@pytest.mark.parametrize(
    "wrong, error",
    [
        ({"amount": 999}, InvalidChoice),
        ({"amount": None}, InvalidChoice),
        ({"gratuity": 10_001}, InvalidChoice),
        ({"offering": "nothing"}, OfferingUnknown),
        ({"offering": None}, SaleInvalid),
        ({"to": "x" * 31}, SaleInvalid),
        ({"email": "nobody"}, SaleInvalid),
        ({"design": "baroque"}, SaleInvalid),
        ({"tender": SaleTender.TILL}, LargesseBooksSale),
    ],
)
async def test_what_cannot_stand_sells_nothing(
    database: Database, wrong: dict[str, Any], error: type[Exception]
) -> None:
    counter = await a_counter(database, tax=UNTAXED)
    async with an_application(database) as application:
        with pytest.raises(error):
            await sold_at(application, counter, **wrong)
        assert await count(application, "orders") == 0


async def test_the_last_one_is_sold_once(database: Database) -> None:
    counter = await a_counter(database, tax=UNTAXED)
    await on_sale(database, counter.merchant, a_package(stock=1))
    async with an_application(database) as application:
        done = await asyncio.gather(
            *(sold_at(application, counter, offering="massage", amount=None) for _ in range(3)), return_exceptions=True
        )
        balances = await books(application)
    refused = [one for one in done if not isinstance(one, Sold)]
    assert len(refused) == 2
    assert all(isinstance(one, SoldOut | InvalidChoice) for one in refused)
    assert balances[Account.CASH] == 12_000


async def test_a_device_that_was_revoked_sells_nothing_new(database: Database) -> None:
    counter = await a_counter(database, tax=UNTAXED)
    request = a_request()
    async with an_application(database) as application:
        spot = await spot_at(application, counter)
        first = await sold_at(application, counter, request=request)
        async with database.transaction() as connection:
            await revoke_device(connection, counter.device, actor="cli:test", now=NOW)
        again = await sold_at(application, counter, request=request)
        with pytest.raises(DeviceRevoked):
            await sold_at(application, counter)
        assert spot.refusal is None
    assert (again.order.order_number, again.replayed) == (first.order.order_number, True)


async def test_the_shop_sells_no_order_of_a_counter(database: Database) -> None:
    merchant = await a_merchant(database)
    counter = await a_counter(database, merchant)
    async with an_application(database) as application:
        with pytest.raises(orders.OrderNotFound):
            async with database.connection() as connection:
                await sale_of_order(connection, counter.merchant, "GL-NOTHING")
        with pytest.raises(OfferingUnknown):
            await sell(
                application,
                merchant,
                Sale(tender=SaleTender.CASH, offering="any-amount", amount=5_000),
                spot=await spot_at(application, counter),
                request=a_request(),
                now=NOW,
            )


async def test_an_order_that_reloads_is_refunded_by_itself(database: Database) -> None:
    """50.00 and 20.00 for cash: each order gives back what it filled, and nothing of the other."""
    counter = await a_counter(database, tax=UNTAXED)
    async with an_application(database) as application:
        first = await sold_at(application, counter)
        more = await sold_at(application, counter, offering=None, amount=2_000, card=first.order.certificate_id)
        some = await refund_order(application, counter.merchant, more.order.order_number, request=a_request(), now=NOW)
        left = await books(application)
        back = await refund_order(application, counter.merchant, first.order.order_number, request=a_request(), now=NOW)
        balances = await books(application)
    assert (some.taken, some.order.status, left[Account.CASH]) == (2_000, OrderStatus.REFUNDED, 5_000)
    assert (back.taken, balances) == (5_000, {})
