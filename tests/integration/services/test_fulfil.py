"""Paid becomes issued, once, whoever brings the news and however often."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec.structs import replace

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import orders, payments
from largesse.domain.merchants import Merchant
from largesse.domain.orders import CheckoutStatus, OrderStatus
from largesse.kernel.clock import end_of_day
from largesse.kernel.currency import UnknownCurrency
from largesse.kernel.validity import Validity
from largesse.ledger import ClassOfValue
from largesse.ledger.errors import CertificatePromotional, OperationConflict
from largesse.ledger.proofs import trial_balance
from largesse.services.certificates import Place
from largesse.services.orders.fulfilment import Fulfilled, fulfil
from largesse.services.orders.selling import place
from largesse.services.refunds import refund
from tests.builders.certificates import a_request
from tests.builders.orders import a_basket, a_charge, a_payment
from tests.builders.shop import NOW, a_seller, a_shop


@pytest.fixture
async def application(database: Database) -> AsyncIterator[Application]:
    async with a_shop(database) as opened:
        yield opened


@pytest.fixture
async def merchant(database: Database) -> Merchant:
    return await a_seller(database)


async def _count(application: Application, table: str) -> int:
    async with application.database.connection() as connection:
        count: int = await connection.fetchval(f"SELECT count(*) FROM {table}")
        return count


async def test_a_placed_order_waits_and_issues_nothing(application: Application, merchant: Merchant) -> None:
    placed = await place(application, merchant, a_basket(), now=NOW)

    assert [order.status for order in placed.orders] == [OrderStatus.PLACED]
    assert placed.checkout.status is CheckoutStatus.OPEN
    assert await _count(application, "certificates") == 0
    assert await _count(application, "events") == 0


async def test_placing_again_under_the_same_operation_places_once(application: Application, merchant: Merchant) -> None:
    basket = a_basket(a_charge(), a_charge(2_500))
    first = await place(application, merchant, basket, now=NOW)

    again = await place(application, merchant, basket, now=NOW)

    assert again.replayed
    assert again.orders == first.orders
    assert await _count(application, "orders") == 2


async def test_another_basket_under_the_same_operation_is_refused(application: Application, merchant: Merchant) -> None:
    basket = a_basket()
    await place(application, merchant, basket, now=NOW)

    with pytest.raises(OperationConflict):
        await place(application, merchant, a_basket(a_charge(999), operation_id=basket.operation_id), now=NOW)


async def test_a_paid_checkout_issues_every_order_of_it(application: Application, merchant: Merchant) -> None:
    charge = a_charge(10_000, tip=1_500, discount=1_000, tax=799)
    placed = await place(application, merchant, a_basket(charge, a_charge(2_500)), now=NOW)

    done = await fulfil(application, merchant, a_payment(placed.checkout), actor="test", now=NOW)

    assert not done.replayed
    assert done.checkout.status is CheckoutStatus.PAID
    assert [order.status for order in done.orders] == [OrderStatus.ISSUED] * 2
    first = done.orders[0]
    assert first.certificate_id is not None
    async with application.database.connection() as connection:
        stored = await orders.find_by_number(connection, merchant.merchant_id, first.order_number)
        certificate = await application.ledger.find(connection, merchant.merchant_id, first.certificate_id)
        statement = await application.ledger.statement(connection, merchant.merchant_id, first.certificate_id)
        last_fours = await connection.fetchval("SELECT count(*) FROM certificate_numbers")
    assert stored == first
    assert certificate is not None
    assert (certificate.balance, certificate.gratuity_balance) == (10_000, 1_500)
    assert certificate.order_number == first.order_number
    assert last_fours == 2
    books = {f"{entry.debit} < {entry.credit}": entry.amount for entry in statement}
    assert books["discount_on_outstanding < certificates_outstanding"] == 1_000
    assert books["gateway_clearing < tax_payable"] == 799
    debited = sum(entry.amount or 0 for entry in statement if entry.debit == "gateway_clearing")
    assert debited == charge.total.minor


async def test_what_costs_nothing_is_given_away_and_a_paid_gratuity_keeps_its_value_with_it(
    application: Application, merchant: Merchant
) -> None:
    free, tipped = (a_charge(5_000, tip=tip, discount=5_000, tax=0) for tip in (0, 500))
    placed = await place(application, merchant, a_basket(free, tipped), now=NOW)
    done = await fulfil(application, merchant, a_payment(placed.checkout), actor="test", now=NOW)

    assert [order.class_of_value for order in done.orders] == [ClassOfValue.PROMOTIONAL, ClassOfValue.PAID]
    async with application.database.connection() as connection:
        books = {one.account.value: one.balance for one in await trial_balance(connection)}
    assert books == {
        "promotions_granted": 5_000,
        "promotional_outstanding": -5_000,
        "certificates_outstanding": -5_500,
        "discount_on_outstanding": 5_000,
        "gateway_clearing": 500,
    }
    given, _ = (order.certificate_id for order in done.orders)
    assert given is not None
    with pytest.raises(CertificatePromotional):
        await refund(
            application, Place(merchant_id=merchant.merchant_id, certificate_id=given), request=a_request(), now=NOW
        )


async def test_the_event_tells_everything_but_the_number(application: Application, merchant: Merchant) -> None:
    placed = await place(application, merchant, a_basket(message="Zoë 🎁"), now=NOW)
    done = await fulfil(application, merchant, a_payment(placed.checkout), actor="test", now=NOW)

    async with application.database.connection() as connection:
        row = await connection.fetchrow("SELECT payload, version FROM events WHERE kind = 'order.issued'")
    assert row is not None
    payload = json.loads(row["payload"])
    assert payload["order"]["order_number"] == done.orders[0].order_number
    assert payload["order"]["local_timestamp"] == "2026-11-22 10:00:00"
    assert (payload["order"]["amount"], payload["order"]["tip"]) == ("100.00", "0.00")
    assert payload["gift"] == {"to": "", "from": "", "message": "Zoë 🎁"}
    assert payload["billing"]["phone"] == "+12125550100"
    assert payload["merchant"]["number"] == "1001"
    assert set(payload) == {"order", "merchant", "recipient", "gift", "billing"}


async def test_a_payment_that_arrives_ten_times_at_once_issues_once(
    application: Application, merchant: Merchant
) -> None:
    placed = await place(application, merchant, a_basket(), now=NOW)
    payment = a_payment(placed.checkout)

    results = await asyncio.gather(*(fulfil(application, merchant, payment, actor="test", now=NOW) for _ in range(10)))

    assert sum(not one.replayed for one in results) == 1
    assert len({one.orders[0].certificate_id for one in results}) == 1
    assert await _count(application, "certificates") == 1
    assert await _count(application, "payments") == 1
    assert await _count(application, "events WHERE kind = 'order.issued'") == 1


async def test_two_different_payments_at_once_issue_once_and_one_is_refused(
    application: Application, merchant: Merchant
) -> None:
    placed = await place(application, merchant, a_basket(), now=NOW)
    received = [a_payment(placed.checkout, reference=f"till {number}") for number in range(4)]

    results = await asyncio.gather(
        *(fulfil(application, merchant, payment, actor="test", now=NOW) for payment in received), return_exceptions=True
    )

    assert sum(isinstance(one, Fulfilled) for one in results) == 1
    assert sum(isinstance(one, payments.CheckoutPaid) for one in results) == 3
    assert await _count(application, "payments") == 1


@pytest.mark.parametrize("amount", [0, 9_999, 10_001])
async def test_a_wrong_amount_issues_nothing(application: Application, merchant: Merchant, amount: int) -> None:
    placed = await place(application, merchant, a_basket(), now=NOW)

    with pytest.raises(payments.AmountDiffers):
        await fulfil(application, merchant, a_payment(placed.checkout, amount=amount), actor="test", now=NOW)

    assert await _count(application, "certificates") == 0
    assert await _count(application, "payments") == 0


async def test_one_reference_cannot_pay_for_two_checkouts(application: Application, merchant: Merchant) -> None:
    first = await place(application, merchant, a_basket(), now=NOW)
    second = await place(application, merchant, a_basket(), now=NOW)
    await fulfil(application, merchant, a_payment(first.checkout), actor="test", now=NOW)

    with pytest.raises(payments.PaymentMismatch):
        await fulfil(application, merchant, a_payment(second.checkout), actor="test", now=NOW)

    assert await _count(application, "certificates") == 1


async def test_a_refusal_on_the_last_step_leaves_nothing_behind(application: Application, merchant: Merchant) -> None:
    placed = await place(application, merchant, a_basket(), now=NOW)
    async with application.database.transaction() as connection:
        # A currency that nobody knows is noticed when the event is written, after payment, certificate and number.
        await connection.execute("UPDATE orders SET currency = 'XXX'")

    with pytest.raises(UnknownCurrency):
        await fulfil(application, merchant, a_payment(placed.checkout), actor="test", now=NOW)

    assert await _count(application, "payments") == 0
    assert await _count(application, "certificates") == 0
    assert await _count(application, "checkouts WHERE status = 'open'") == 1


async def test_who_pays_a_week_later_loses_no_day_of_validity(application: Application, merchant: Merchant) -> None:
    basket = a_basket()
    gift = replace(basket.gifts[0], good_through=date(2027, 11, 22))
    placed = await place(application, merchant, replace(basket, gifts=(gift,)), now=NOW)
    assert placed.orders[0].good_through == date(2027, 11, 22)

    done = await fulfil(application, merchant, a_payment(placed.checkout), actor="test", now=NOW + timedelta(days=7))

    [order] = done.orders
    assert order.good_through == date(2027, 11, 29)
    assert order.certificate_id is not None
    async with application.database.connection() as connection:
        certificate = await application.ledger.find(connection, merchant.merchant_id, order.certificate_id)
        stored = await orders.find_by_number(connection, merchant.merchant_id, order.order_number)
    assert certificate is not None
    assert certificate.good_through == stored.good_through == order.good_through
    assert certificate.expires_at == end_of_day(date(2027, 11, 29), in_zone=merchant.zone)


@pytest.mark.parametrize(
    "validity, days, last",
    [
        (Validity(months=12), (date(2027, 2, 20), date(2027, 3, 5)), date(2028, 3, 5)),
        (Validity(months=12), (date(2028, 2, 20), date(2028, 2, 29)), date(2029, 2, 28)),
        (Validity(months=1), (date(2027, 1, 15), date(2027, 1, 31)), date(2027, 2, 28)),
        (Validity(months=6), (date(2027, 8, 31), date(2027, 9, 1)), date(2028, 3, 1)),
        (Validity(days=90), (date(2027, 2, 20), date(2027, 3, 5)), date(2027, 6, 3)),
        (Validity(), (date(2027, 2, 20), date(2027, 3, 5)), None),
    ],
)
async def test_validity_is_counted_on_the_calendar_from_the_day_of_issue(
    application: Application,
    merchant: Merchant,
    validity: Validity,
    days: tuple[date, date],
    last: date | None,
) -> None:
    placed_at, paid_at = (datetime(day.year, day.month, day.day, 17, tzinfo=UTC) for day in days)
    basket = a_basket()
    gift = replace(basket.gifts[0], validity=validity)
    placed = await place(application, merchant, replace(basket, gifts=(gift,)), now=placed_at)

    done = await fulfil(application, merchant, a_payment(placed.checkout), actor="test", now=paid_at)

    [order] = done.orders
    assert order.good_through == last
    assert order.certificate_id is not None
    async with application.database.connection() as connection:
        certificate = await application.ledger.find(connection, merchant.merchant_id, order.certificate_id)
        stored = await orders.find_by_number(connection, merchant.merchant_id, order.order_number)
    assert certificate is not None
    assert certificate.good_through == stored.good_through == last
