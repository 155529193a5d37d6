"""A dispute beside a busy till: whatever was placed or asked meanwhile, the books end where the bank left them."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import payments
from largesse.domain.merchants import Merchant
from largesse.domain.payments import NoticeKind, PaymentDisputed, PaymentStatus, RefundStatus
from largesse.kernel.errors import Conflict
from largesse.kernel.ids import new_id
from largesse.ledger import Account, HoldStatus, Status
from largesse.ledger.errors import CertificateBlocked, CertificateVoid
from largesse.services.certificates import Place, Request, capture_hold, merge, place_hold, redeem, reissue, unblock
from largesse.services.gifts import newest
from largesse.services.refunds import refund, refund_order
from tests.builders.orders import a_charge
from tests.builders.payments import (
    HOURS,
    a_paying_application,
    books,
    bought_of,
    now,
    paid_by_card,
    payment_of,
    told,
)
from tests.builders.shop import a_seller
from tests.support.stripe_account import StripeAccount

CLEARING = Account.GATEWAY_CLEARING


@pytest.fixture
async def application(database: Database, account: StripeAccount) -> AsyncIterator[Application]:
    async with a_paying_application(database, account) as opened:
        yield opened


@pytest.fixture
async def merchant(database: Database) -> Merchant:
    return await a_seller(database)


def asked() -> Request:
    return Request(operation_id=new_id(now()), actor="test")


async def status_of(application: Application, place: Place) -> Status:
    async with application.database.connection() as connection:
        found = await application.ledger.find(connection, place.merchant_id, place.certificate_id)
    assert found is not None
    return found.status


async def test_holds_that_were_placed_meanwhile_end_with_a_lost_dispute(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed, _ = await paid_by_card(application, merchant, account, a_charge(10_000, tip=1_000), a_charge(5_000))
    first, second = [await bought_of(application, placed, place) for place in range(2)]
    tabs = [asked(), asked(), asked()]
    await place_hold(application, first, value=4_000, gratuity=500, lasting=HOURS, request=tabs[0], now=now())
    await place_hold(application, first, value=1_000, lasting=HOURS, request=tabs[1], now=now())
    await place_hold(application, second, value=5_000, lasting=HOURS, request=tabs[2], now=now())

    assert await told(application, placed, NoticeKind.DISPUTE_LOST) == "dispute lost"

    assert await books(application) == {}
    for place in (first, second):
        assert await status_of(application, place) is Status.VOID
        with pytest.raises(CertificateVoid):
            await redeem(application, place, value=1, request=asked(), now=now())
    for tab, place in zip(tabs, (first, first, second), strict=True):
        with pytest.raises(CertificateVoid):
            await capture_hold(application, place, hold_id=tab.operation_id, value=1, request=asked(), now=now())
    async with application.database.connection() as connection:
        rows = await connection.fetch("SELECT DISTINCT status FROM holds")
    assert [row["status"] for row in rows] == [HoldStatus.RELEASED]


async def test_disputes_beside_busy_tills_take_exactly_what_the_banks_took(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    bought = [
        (await paid_by_card(application, merchant, account, a_charge(3_000), a_charge(2_000), a_charge(1_000)))[0]
        for _ in range(4)
    ]
    places = [await bought_of(application, placed, place) for placed in bought for place in (2, 0, 1)]

    async def till(turn: int) -> None:
        for place in places[turn % 3 :: 2]:
            for work in (
                redeem(application, place, value=10, request=asked(), now=now()),
                place_hold(application, place, value=20, lasting=HOURS, request=asked(), now=now()),
                refund(application, place, value=5, request=asked(), now=now()),
            ):
                try:
                    await work
                except Conflict:
                    continue

    disputes = [
        told(application, placed, NoticeKind.DISPUTE_LOST, name=f"dp_{number}") for number, placed in enumerate(bought)
    ]
    done = await asyncio.gather(*disputes, *(till(turn) for turn in range(8)), return_exceptions=True)

    assert done == ["dispute lost"] * len(disputes) + [None] * 8
    for place in places:
        assert await status_of(application, place) is Status.VOID
    after = await books(application)
    assert CLEARING not in after
    assert Account.CERTIFICATES_OUTSTANDING not in after


@pytest.mark.parametrize("kind", [NoticeKind.DISPUTED, NoticeKind.DISPUTE_LOST])
async def test_a_refund_that_was_made_before_a_dispute_is_told_again_after_it(
    application: Application, merchant: Merchant, account: StripeAccount, *, kind: NoticeKind
) -> None:
    placed, _ = await paid_by_card(application, merchant, account)
    number, request = placed.orders[0].order_number, asked()
    place = await bought_of(application, placed)
    first = await refund_order(application, merchant, number, value=4_000, request=request, now=now())
    await told(application, placed, kind, amount=6_000)
    before = await books(application)

    again = await refund_order(application, merchant, number, value=4_000, request=request, now=now())
    alone = await refund(application, place, value=4_000, request=request, now=now())

    assert (again.outcome.replayed, again.refunds) == (True, first.refunds)
    assert (alone.replayed, alone.seq) == (True, first.outcome.seq)
    assert await books(application) == before
    assert (await payment_of(application, placed)).status is PaymentStatus.DISPUTED
    if kind is NoticeKind.DISPUTED:
        with pytest.raises(PaymentDisputed):
            await refund_order(application, merchant, number, value=1, request=asked(), now=now())


async def test_a_refund_that_was_made_before_a_merge_is_told_again_after_it(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed, _ = await paid_by_card(application, merchant, account, a_charge(10_000), a_charge(5_000))
    target, source = [await bought_of(application, placed, place) for place in range(2)]
    number, request = placed.orders[0].order_number, asked()
    first = await refund_order(application, merchant, number, value=4_000, request=request, now=now())
    await merge(application, source, target, value=100, request=asked(), now=now())

    again = await refund_order(application, merchant, number, value=4_000, request=request, now=now())

    assert (again.outcome.replayed, again.refunds) == (True, first.refunds)


async def test_a_new_number_lifts_no_block_that_a_dispute_has_set(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed, _ = await paid_by_card(application, merchant, account)
    place, request = await bought_of(application, placed), asked()
    lost = await reissue(application, merchant, place, request=request, now=now())
    new = Place(merchant_id=merchant.merchant_id, certificate_id=lost.certificate_id)
    await told(application, placed, NoticeKind.DISPUTED)

    with pytest.raises(CertificateBlocked):
        await reissue(application, merchant, new, request=asked(), now=now())
    assert (await reissue(application, merchant, place, request=request, now=now())).number == lost.number

    await unblock(application, new, request=asked(), now=now())
    await reissue(application, merchant, new, request=asked(), now=now())


async def test_a_dispute_finds_what_was_reissued_while_it_waited(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed, _ = await paid_by_card(application, merchant, account)
    place = await bought_of(application, placed)

    done = await asyncio.gather(
        reissue(application, merchant, place, request=asked(), now=now()),
        told(application, placed, NoticeKind.DISPUTE_LOST),
        return_exceptions=True,
    )

    assert done[1] == "dispute lost"
    async with application.database.connection() as connection:
        stands = await newest(connection, application, merchant.merchant_id, place.certificate_id)
    assert await status_of(application, Place(merchant_id=merchant.merchant_id, certificate_id=stands)) is Status.VOID
    assert await books(application) == {}


async def test_a_refund_that_the_bank_has_paid_is_booked_with_the_rest_of_the_dispute(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed, _ = await paid_by_card(application, merchant, account, a_charge(10_000), a_charge(5_000))
    account.settings(fail_next=20)
    for order in placed.orders:
        await refund_order(application, merchant, order.order_number, value=1_000, request=asked(), now=now())
    account.settings(fail_next=0)

    await told(application, placed, NoticeKind.DISPUTE_LOST)

    assert await books(application) == {}
    async with application.database.connection() as connection:
        payment = await payment_of(application, placed)
        known = await payments.refunds_of_payments(connection, merchant.merchant_id, [payment.payment_id])
    assert [one.status for one in known] == [RefundStatus.SETTLED] * 2
