"""Every refund that is owed is listed and can be handed back, whatever it was paid with; the books then owe nothing.

A test's docstring is the journal it expects: debit < credit, and the amount.
"""

import dataclasses
from collections.abc import AsyncIterator
from typing import Any

import pytest

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import locations, payments, staff
from largesse.domain.merchants import Merchant
from largesse.domain.payments import Gateways, ManualGateway, Notice, NoticeKind, PaymentRefund, RefundStatus
from largesse.domain.staff import Audited, ByWhom
from largesse.kernel.ids import derived_id
from largesse.kernel.where import BooksSale
from largesse.ledger import Account, ClassOfValue
from largesse.ledger.proofs import trial_balance, verify
from largesse.services.certificates import AT_HOME, Payer, Tender, activate, cash_out, prepare, reload, spot_of
from largesse.services.payments.notices import take_note
from largesse.services.refunds import (
    RefundOfOtherEntity,
    RefundPayer,
    RefundPayerMissing,
    refund,
    refund_order,
    settle_by_hand,
)
from tests.builders.application import NOW, an_application
from tests.builders.certificates import Card, a_card, a_merchant, a_request
from tests.builders.locations import a_location, an_entity
from tests.builders.orders import a_charge
from tests.builders.payments import a_paying_application, now, payment_of, placed_by, sent_to
from tests.builders.shop import a_seller
from tests.integration.services.test_where_spent import a_device


@pytest.fixture
async def merchant(database: Database) -> Merchant:
    found = await a_merchant(database)
    await a_location(database, found, code="BAR")
    await a_location(database, found, code="TILL", books_sale=BooksSale.TILL)
    return found


@pytest.fixture
async def application(database: Database) -> AsyncIterator[Application]:
    async with an_application(database) as opened:
        yield opened


async def owed(application: Application, merchant: Merchant) -> list[PaymentRefund]:
    async with application.database.connection() as connection:
        return await payments.open_refunds(connection, merchant.merchant_id, limit=100)


async def books(application: Application) -> dict[Account, int]:
    async with application.database.dedicated() as connection:
        assert [difference async for difference in verify(connection)] == []
        return {one.account: one.balance for one in await trial_balance(connection) if one.balance}


async def paid(application: Application) -> list[str]:
    async with application.database.connection() as connection:
        rows = await connection.fetch("SELECT * FROM journal WHERE kind = 'pay_refund' ORDER BY recorded_at, seq")
    return [f"{row['subject_kind']}: {row['debit']} < {row['credit']} {row['amount']}" for row in rows]


async def hand_back(
    application: Application, merchant: Merchant, one: PaymentRefund, *, at: str | None = None, **what: Any
) -> PaymentRefund:
    spot = AT_HOME
    if at is not None:
        spot = await spot_of(application, merchant.merchant_id, location=at, now=NOW)
    return await settle_by_hand(application, merchant, one.refund_id, spot=spot, now=NOW, **what)


async def a_card_sold_by(application: Application, merchant: Merchant, tender: Tender) -> Card:
    made = await prepare(application, merchant, request=a_request(), now=NOW)
    card = Card(merchant, made.certificate_id, made.number)
    standing = (await card.stands(application)).certificate
    await activate(
        application, merchant, standing, value=5_000, tender=tender, good_through=None, request=a_request(), now=NOW
    )
    return card


@pytest.mark.parametrize("tender", [Tender.TERMINAL, Tender.TRANSFER, Tender.IMPORTED])
@pytest.mark.parametrize(
    "at, booked",
    [
        (("BAR", RefundPayer.DRAWER), "till_drawer: refunds < cash 5000"),
        (("BAR", RefundPayer.TERMINAL), "location: refunds < terminal 5000"),
        (("BAR", RefundPayer.BANK), "bank_account: refunds < bank 5000"),
        (("TILL", RefundPayer.DRAWER), "location: refunds < tender_clearing 5000"),
        (("TILL", RefundPayer.TERMINAL), "location: refunds < tender_clearing 5000"),
    ],
)
async def test_what_was_paid_without_a_gateway_is_handed_back_once_from_whatever_pays(
    application: Application, merchant: Merchant, tender: Tender, at: tuple[str, RefundPayer], booked: str
) -> None:
    """refund 50.00:    certificates_outstanding < refunds 5000
    handed back:        refunds < what pays there 5000
    """
    where, payer = at
    card = await a_card_sold_by(application, merchant, tender)
    asked = a_request()
    for _ in range(2):
        await refund(application, card.place, request=asked, now=NOW)
    [one] = await owed(application, merchant)
    assert (one.amount, one.payment_id, one.certificate_id) == (5_000, None, card.place.certificate_id)
    with pytest.raises(RefundPayerMissing):
        await hand_back(application, merchant, one, at=where)
    for _ in range(2):
        done = await hand_back(application, merchant, one, at=where, payer=payer)
        assert done.status is RefundStatus.SETTLED
    assert await owed(application, merchant) == []
    assert await paid(application) == [booked]
    assert Account.REFUNDS not in await books(application)


class Unwritten(ByWhom, frozen=True, kw_only=True):
    """Somebody whose act the audit log cannot take."""

    async def record(self, *_args: Any, **_more: Any) -> bool:
        raise ConnectionError


async def test_a_refund_is_handed_back_with_its_line_in_the_audit_log_or_not_at_all(
    application: Application, merchant: Merchant
) -> None:
    card = await a_card_sold_by(application, merchant, Tender.TERMINAL)
    await refund(application, card.place, request=a_request(), now=NOW)
    [one] = await owed(application, merchant)
    with pytest.raises(ConnectionError):
        await hand_back(application, merchant, one, at="BAR", payer=RefundPayer.DRAWER, by=Unwritten(actor="person:a"))
    assert (await owed(application, merchant), await paid(application)) == ([one], [])
    for actor in ("person:b", "person:c"):
        await hand_back(application, merchant, one, at="BAR", payer=RefundPayer.DRAWER, by=ByWhom(actor=actor))
    async with application.database.connection() as connection:
        told = await staff.latest_entries(connection, merchant.merchant_id, limit=10)
    assert [entry.actor for entry in told if entry.action is Audited.REFUND_HANDED_BACK] == ["person:b"]


async def test_the_rest_of_a_certificate_that_is_paid_later_is_owed_and_paid(
    application: Application, merchant: Merchant
) -> None:
    """cash out 100.00 + 5.00, later: certificates_outstanding < refunds 10000, certificates_outstanding < refunds 500
    by transfer:                      refunds < bank 10500
    """
    card = await a_card(application, merchant, gratuity=500)
    asked = a_request()
    for _ in range(2):
        await cash_out(application, card.place, payer=Payer.LATER, request=asked, now=NOW)
    [one] = await owed(application, merchant)
    await hand_back(application, merchant, one, payer=RefundPayer.BANK)
    assert await paid(application) == ["bank_account: refunds < bank 10500"]
    assert Account.REFUNDS not in await books(application)


async def test_a_reload_is_handed_back_and_the_payment_of_the_order_is_left_alone(
    application: Application, merchant: Merchant
) -> None:
    card = await a_card(application, merchant)
    await reload(application, card.place, value=2_000, tender=Tender.TERMINAL, request=a_request(), now=NOW)
    _, lot = (await card.stands(application)).certificate.lots
    await refund(application, card.place, lot_id=lot.lot_id, request=a_request(), now=NOW)
    [one] = await owed(application, merchant)
    await hand_back(application, merchant, one, at="BAR", payer=RefundPayer.TERMINAL)
    assert await paid(application) == ["location: refunds < terminal 2000"]
    assert (await books(application)).keys() == {Account.GATEWAY_CLEARING, Account.CERTIFICATES_OUTSTANDING}


async def test_a_device_hands_back_out_of_its_own_drawer(application: Application, merchant: Merchant) -> None:
    async with application.database.connection() as connection:
        bar = await locations.find_location(connection, merchant.merchant_id, "BAR")
    device = await a_device(application.database, bar)
    card = await a_card_sold_by(application, merchant, Tender.TERMINAL)
    await refund(application, card.place, request=a_request(), now=NOW)
    [one] = await owed(application, merchant)
    spot = await spot_of(application, merchant.merchant_id, device="Bar left", now=NOW)
    await settle_by_hand(application, merchant, one.refund_id, payer=RefundPayer.DRAWER, spot=spot, now=NOW)
    async with application.database.connection() as connection:
        [row] = await connection.fetch("SELECT subject_id, device_id FROM journal WHERE kind = 'pay_refund'")
    drawer = derived_id("drawer", merchant.merchant_id, device.device_id)
    assert (row["subject_id"], row["device_id"]) == (drawer, device.device_id)


async def test_credit_that_is_given_back_in_money_is_owed_too(application: Application, merchant: Merchant) -> None:
    card = await a_card(application, merchant, funding=Account.REFUNDS, class_of_value=ClassOfValue.CREDIT)
    await refund(application, card.place, request=a_request(), now=NOW)
    [one] = await owed(application, merchant)
    assert one.amount == 10_000


async def test_a_legal_entity_pays_back_only_what_it_owes(application: Application, merchant: Merchant) -> None:
    other = await an_entity(application.database, merchant, name="Corner Spa Wien", country="AT")
    await a_location(application.database, merchant, entity=other, code="WIEN")
    card = await a_card_sold_by(application, merchant, Tender.TERMINAL)
    await refund(application, card.place, request=a_request(), now=NOW)
    [one] = await owed(application, merchant)
    with pytest.raises(RefundOfOtherEntity):
        await hand_back(application, merchant, one, at="WIEN", payer=RefundPayer.DRAWER)
    assert await paid(application) == []


async def test_nothing_is_handed_back_at_a_location_that_is_closed(
    application: Application, merchant: Merchant
) -> None:
    card = await a_card_sold_by(application, merchant, Tender.TERMINAL)
    await refund(application, card.place, request=a_request(), now=NOW)
    [one] = await owed(application, merchant)
    async with application.database.transaction() as connection:
        bar = await locations.find_location(connection, merchant.merchant_id, "BAR")
        await locations.close_location(connection, bar, now=NOW)
    with pytest.raises(locations.LocationClosed):
        await hand_back(application, merchant, one, at="BAR", payer=RefundPayer.DRAWER)
    assert await paid(application) == []


@pytest.mark.parametrize(
    "payer, booked",
    [
        (None, "gateway_account: refunds < gateway_clearing 10000"),
        (RefundPayer.DRAWER, "till_drawer: refunds < cash 10000"),
    ],
)
async def test_an_order_whose_gateway_is_not_connected_is_refunded_and_handed_back(
    database: Database, payer: RefundPayer | None, booked: str
) -> None:
    seller = await a_seller(database)
    async with a_paying_application(database) as application:
        placed = await placed_by(application, seller, a_charge(10_000))
        await sent_to(application, seller, placed, gateway="test")
        payment = await payment_of(application, placed)
        notice = Notice(
            notice_id="n",
            kind=NoticeKind.SUCCEEDED,
            reference=payment.reference,
            merchant_id=seller.merchant_id,
            checkout_id=placed.checkout.checkout_id,
            currency=payment.currency,
            amount=payment.amount,
        )
        await take_note(application, payment.account, notice, now=now())
        alone = dataclasses.replace(application, gateways=Gateways(ManualGateway()))
        number = placed.orders[0].order_number
        done = await refund_order(alone, seller, number, request=a_request(), now=now())
        assert [one.status for one in done.refunds] == [RefundStatus.OWED]
        [one] = await owed(alone, seller)
        with pytest.raises(payments.RefundNotByHand):  # where it is connected, it pays
            await settle_by_hand(application, seller, one.refund_id, payer=payer, now=now())
        await settle_by_hand(alone, seller, one.refund_id, payer=payer, now=now())
        assert await paid(application) == [booked]
        assert await owed(alone, seller) == []
        assert Account.REFUNDS not in await books(application)
