"""What is left of a certificate becomes another offering, to the last cent, on a real database."""

from collections.abc import AsyncIterator
from decimal import Decimal
from uuid import UUID

import pytest
from tests.builders.catalog import a_package, on_sale
from tests.builders.certificates import a_card, a_request
from tests.builders.counters import Counter, a_counter, sold_at, spot_at
from tests.builders.payments import a_paying_application, books, now, told

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import orders
from largesse.domain.orders import OrderStatus
from largesse.domain.payments import NoticeKind, TestGateway, TrialChoice
from largesse.kernel.tax import UNTAXED, TaxKind, TaxTreatment
from largesse.ledger import Account, Certificate, CertificateEmpty, ClassOfValue, OperationConflict, Status
from largesse.services.certificates import Place, Request, block, redeem
from largesse.services.counter_sales import (
    MovedTo,
    MoveRefused,
    MoveWanted,
    SaleInvalid,
    SaleTender,
    Sold,
    collect,
    look_after,
    move_to_offering,
    quote_move,
)
from largesse.services.orders import selling
from largesse.services.payments import paying

SINGLE_PURPOSE = TaxTreatment(kind=TaxKind.SINGLE_PURPOSE, country="DE", rate=Decimal("0.19"))


@pytest.fixture
async def application(database: Database) -> AsyncIterator[Application]:
    async with a_paying_application(database) as opened:
        yield opened


def place_of(sold: Sold) -> Place:
    """Where the certificate of a sale stands."""
    assert sold.order.certificate_id is not None
    return Place(merchant_id=sold.order.merchant_id, certificate_id=sold.order.certificate_id)


async def moved(
    application: Application,
    counter: Counter,
    place: Place,
    *,
    tender: SaleTender | None = None,
    request: Request | None = None,
) -> MovedTo:
    """Move a certificate to the massage."""
    return await move_to_offering(
        application,
        counter.merchant,
        place,
        MoveWanted(offering="massage", tender=tender),
        spot=await spot_at(application, counter),
        request=request or a_request(),
        now=now(),
    )


async def held(application: Application, certificate_id: UUID | None, counter: Counter) -> Certificate:
    """A certificate as it stands."""
    assert certificate_id is not None
    async with application.database.connection() as connection:
        found = await application.ledger.find(connection, counter.merchant.merchant_id, certificate_id)
    assert found is not None
    return found


async def test_what_is_missing_is_paid_and_what_is_taxed_otherwise_is_taxed_anew(
    application: Application, database: Database
) -> None:
    """50.00 untaxed for cash become a massage over 120.00, with 19 % inside of it: 70.00 more by terminal.

    certificates_outstanding  refunds                   50.00  (given back)
    refunds                   certificates_outstanding  50.00  (sold again, 7.98 of tax inside)
    terminal                  certificates_outstanding  70.00  (reloaded, 11.18 of tax inside)
    """
    counter = await a_counter(database, tax=UNTAXED)
    await on_sale(database, counter.merchant, a_package(tax=SINGLE_PURPOSE))
    sold = await sold_at(application, counter, to="Anna", now=now())
    place, request = place_of(sold), a_request()
    told_before = await quote_move(application, counter.merchant, place, MoveWanted(offering="massage"), now=now())
    assert [told_before.price.minor, told_before.taken.minor, told_before.missing.minor, told_before.stays.minor] == [
        *(12_000, 5_000, 7_000, 0)
    ]
    with pytest.raises(SaleInvalid):
        await moved(application, counter, place)
    done = await moved(application, counter, place, tender=SaleTender.TERMINAL, request=request)
    again = await moved(application, counter, place, tender=SaleTender.TERMINAL, request=request)
    with pytest.raises(OperationConflict):
        await moved(application, counter, place, tender=SaleTender.CASH, request=request)
    first, new = [await held(application, one, counter) for one in (place.certificate_id, done.order.certificate_id)]
    async with database.connection() as connection:
        before = await orders.find_by_number(connection, counter.merchant.merchant_id, sold.order.order_number)
    balances = await books(application)
    assert (first.balance, new.balance, new.class_of_value) == (0, 12_000, ClassOfValue.PAID)
    assert (before.status, done.order.status) == (OrderStatus.REFUNDED, OrderStatus.ISSUED)
    assert done.order.to_message == "Anna"
    assert (again.replayed, again.order.order_number) == (True, done.order.order_number)
    assert (balances[Account.CASH], balances[Account.TERMINAL], Account.REFUNDS in balances) == (5_000, 7_000, False)
    assert balances[Account.TAX_PAYABLE] == -(798 + 1_118)


async def test_what_is_more_stays_and_what_nobody_paid_does_not_move(
    application: Application, database: Database
) -> None:
    """150.00, of which 10.00 are spent: 120.00 become a massage, 20.00 stay and are spent as before."""
    counter = await a_counter(database, tax=UNTAXED)
    await on_sale(database, counter.merchant, a_package())
    sold = await sold_at(application, counter, amount=15_000, now=now())
    place = place_of(sold)
    await redeem(application, place, value=1_000, request=a_request(), now=now())
    done = await moved(application, counter, place)
    stays = await held(application, place.certificate_id, counter)
    assert (done.missing, stays.balance, stays.status) == (None, 2_000, Status.ACTIVE)
    given = await a_card(
        application, counter.merchant, class_of_value=ClassOfValue.PROMOTIONAL, funding=Account.PROMOTIONS_GRANTED
    )
    with pytest.raises(MoveRefused):
        await moved(application, counter, given.place, tender=SaleTender.CASH)
    await redeem(application, place, value=2_000, request=a_request(), now=now())
    with pytest.raises(CertificateEmpty):
        await moved(application, counter, place, tender=SaleTender.CASH)
    await block(application, place, request=a_request(), now=now())
    with pytest.raises(Exception, match="blocked"):
        await moved(application, counter, place, tender=SaleTender.CASH)
    assert Account.REFUNDS not in await books(application)


async def test_a_dispute_of_what_was_paid_first_finds_what_it_became(
    application: Application, database: Database
) -> None:
    """50.00 by the gateway become a massage, with 70.00 in cash: the bank takes its 50.00 of it, and no more."""
    counter = await a_counter(database, tax=UNTAXED)
    await on_sale(database, counter.merchant, a_package())
    sold = await sold_at(application, counter, tender=SaleTender.PHONE, now=now())
    address = await collect(application, counter.merchant, sold, now=now())
    gateway = application.gateways.named("test")
    assert isinstance(gateway, TestGateway)
    await paying.try_out(application, gateway.read(address.rpartition("/")[2], now=now()), TrialChoice.PAY, now=now())
    paid = await look_after(application, counter.merchant, sold, now=now())
    done = await moved(application, counter, place_of(paid), tender=SaleTender.CASH)
    placed = selling.Placed(checkout=sold.checkout, orders=(sold.order,))
    stands = []
    for kind in (NoticeKind.DISPUTED, NoticeKind.DISPUTE_LOST):
        await told(application, placed, kind)
        new = await held(application, done.order.certificate_id, counter)
        stands.append((new.status, new.balance))
    assert stands == [(Status.BLOCKED, 12_000), (Status.ACTIVE, 7_000)]
    assert await books(application) == {Account.CASH: 7_000, Account.CERTIFICATES_OUTSTANDING: -7_000}
