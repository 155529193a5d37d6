"""Refunds and disputes of one payment after another, told late and in any order: the money goes back once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import orders, payments
from largesse.domain.merchants import Merchant
from largesse.domain.orders import OrderStatus
from largesse.domain.payments import Notice, NoticeKind, Payment, PaymentRefund, PaymentStatus, RefundMade, RefundStatus
from largesse.kernel.ids import new_id
from largesse.ledger import Account, Certificate, Status
from largesse.services.certificates.requests import Place, Request
from largesse.services.certificates.transfers import reissue
from largesse.services.gifts.state import newest
from largesse.services.orders import selling
from largesse.services.payments import paying, sweeper
from largesse.services.payments.notices import take_note
from largesse.services.refunds import paying_back, settle_by_hand
from largesse.services.refunds.order_refund import refund_order
from tests.builders.orders import a_charge
from tests.builders.payments import (
    a_paying_application,
    an_app,
    books,
    count,
    now,
    paid_by_card,
    placed_by,
    sent_to,
    standing_of,
    until,
)
from tests.builders.shop import a_seller
from tests.support.serving import served
from tests.support.stripe_account import WEBHOOK_SECRET, StripeAccount


@pytest.fixture
async def application(database: Database, account: StripeAccount) -> AsyncIterator[Application]:
    async with a_paying_application(database, account) as opened, served(an_app(opened)) as base:
        account.settings(callback_url=f"{base}/callbacks/stripe", secrets=[WEBHOOK_SECRET])
        yield opened
        account.settings(callback_url=None)


@pytest.fixture
async def merchant(database: Database) -> Merchant:
    return await a_seller(database)


async def _quiet(application: Application, account: StripeAccount, *, beyond: int = -1) -> int:
    """Wait until Stripe has called more than `beyond` times, and all of it is taken up; return how often it called."""
    heard = -1

    async def quiet() -> bool:
        # A callback is answered after all that follows from it, so none on its way means that nothing more will come.
        nonlocal heard
        state = await asyncio.to_thread(account.state)
        heard = len(state["callbacks"])
        return heard > beyond and not state["calling"]

    await until(quiet)
    assert await count(application, "gateway_notices WHERE status = 'waiting'") == 0
    return heard


async def _told(application: Application, account: StripeAccount, what: str, **given: object) -> None:
    """Let something happen at Stripe, and wait until all that it calls back with is taken up."""
    heard = await _quiet(application, account)
    account.control(what, **given)
    await _quiet(application, account, beyond=heard)


async def _payment(application: Application, placed: selling.Placed) -> Payment:
    async with application.database.connection() as connection:
        checkout = placed.checkout
        [one] = await payments.payments_of_checkout(connection, checkout.merchant_id, checkout.checkout_id)
        return one


async def _certificate(application: Application, placed: selling.Placed) -> Certificate:
    order = placed.orders[0]
    async with application.database.connection() as connection:
        stands = await orders.find_by_number(connection, order.merchant_id, order.order_number)
        assert stands.certificate_id is not None
        now_it_is = await newest(connection, application, order.merchant_id, stands.certificate_id)
        found = await application.ledger.find(connection, order.merchant_id, now_it_is)
        assert found is not None
        return found


async def _reissue(application: Application, merchant: Merchant, placed: selling.Placed) -> None:
    """Give what was bought a new number."""
    place = Place(
        merchant_id=merchant.merchant_id, certificate_id=(await _certificate(application, placed)).certificate_id
    )
    await reissue(application, merchant, place, request=_request(), now=now())


async def _refund(application: Application, merchant: Merchant, refund_id: UUID) -> PaymentRefund:
    async with application.database.connection() as connection:
        return await payments.find_refund(connection, merchant.merchant_id, refund_id)


def _request() -> Request:
    return Request(operation_id=new_id(now()), actor="test", memo="asked for")


async def test_what_was_handed_back_stays_so_whatever_else_is_refunded_of_the_payment(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed, _ = await paid_by_card(application, merchant, account, a_charge(5_000), a_charge(2_000))
    first, second = (order.order_number for order in placed.orders)
    [owed] = (await refund_order(application, merchant, first, request=_request(), now=now())).refunds
    await _told(application, account, "refund", refund=owed.reference, status="failed")
    assert (await _refund(application, merchant, owed.refund_id)).status is RefundStatus.FAILED
    await settle_by_hand(application, merchant, owed.refund_id, now=now())

    await refund_order(application, merchant, second, request=_request(), now=now())
    await paying_back.reconcile(application, await _payment(application, placed), now=now())

    assert (await _refund(application, merchant, owed.refund_id)).status is RefundStatus.SETTLED
    assert await count(application, "events WHERE kind = 'refund.failed'") == 1
    assert await books(application) == {}


async def test_a_worker_that_was_asking_does_not_undo_what_staff_have_confirmed(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed, _ = await paid_by_card(application, merchant, account)
    number = placed.orders[0].order_number
    account.settings(fail_next=10)
    [owed] = (await refund_order(application, merchant, number, request=_request(), now=now())).refunds
    account.settings(fail_next=0)
    assert owed.status is RefundStatus.OWED
    async with application.database.transaction() as connection:
        await connection.execute("UPDATE refunds SET gateway = 'manual'")
    claimed = await _refund(application, merchant, owed.refund_id)

    await settle_by_hand(application, merchant, owed.refund_id, now=now())
    await paying_back.pay_back(application, claimed, now=now())

    assert (await _refund(application, merchant, owed.refund_id)).status is RefundStatus.SETTLED
    assert await books(application) == {}


async def test_a_reading_that_is_older_than_what_is_known_changes_nothing(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed, _ = await paid_by_card(application, merchant, account)
    number = placed.orders[0].order_number
    [owed] = (await refund_order(application, merchant, number, request=_request(), now=now())).refunds
    payment = await _payment(application, placed)
    readings = dict[RefundStatus, RefundMade]()
    for told in ("pending", "succeeded", "failed"):
        await _told(application, account, "refund", refund=owed.reference, status=told)
        [made] = await application.gateways.named("stripe").refunds_of(payment, now=now()) or ()
        readings[made.status] = made

    for status in (RefundStatus.SETTLED, RefundStatus.SENT):
        assert not await paying_back.note(application, payment, readings[status], now=now())

    assert (await _refund(application, merchant, owed.refund_id)).status is RefundStatus.FAILED
    assert await count(application, "events WHERE kind = 'refund.failed'") == 1
    assert await books(application) == {Account.GATEWAY_CLEARING: 10_000, Account.REFUNDS: -10_000}


async def test_what_the_bank_has_paid_is_not_owed_anew_when_the_refund_falls_through(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed, session = await paid_by_card(application, merchant, account)
    account.settings(refund_status="pending")
    number = placed.orders[0].order_number
    [owed] = (await refund_order(application, merchant, number, value=4_000, request=_request(), now=now())).refunds
    await _told(application, account, "dispute", session=session, status="lost")
    assert await books(application) == {}

    await _told(application, account, "refund", refund=owed.reference, status="failed")
    await sweeper.sweep(application, now=now())

    assert (await _refund(application, merchant, owed.refund_id)).status is RefundStatus.SETTLED
    assert await count(application, "events WHERE kind = 'refund.failed'") == 0
    assert await books(application) == {}


async def test_an_inquiry_that_was_answered_by_a_refund_leaves_nothing_to_spend(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed, session = await paid_by_card(application, merchant, account)
    await _told(application, account, "dispute", session=session, status="open")
    await _told(application, account, "refund", session=session, amount=placed.checkout.total)

    await _told(application, account, "dispute", session=session, status="warning_closed")

    assert (await _certificate(application, placed)).status is Status.BLOCKED
    assert (await _payment(application, placed)).status is PaymentStatus.REFUNDED


async def test_a_dispute_that_is_won_gives_no_refunded_payment_back(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed, session = await paid_by_card(application, merchant, account)
    await refund_order(application, merchant, placed.orders[0].order_number, request=_request(), now=now())

    for status in ("open", "won"):
        await _told(application, account, "dispute", session=session, status=status)

    assert (await _payment(application, placed)).status is PaymentStatus.REFUNDED


async def test_what_two_disputes_are_about_is_free_when_both_are_won(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed, _ = await paid_by_card(application, merchant, account)

    async def news(dispute: str, kind: NoticeKind) -> tuple[Status, PaymentStatus]:
        payment = await _payment(application, placed)
        notice = Notice(
            notice_id=f"evt_{dispute}_{kind}",
            kind=kind,
            intent=payment.intent,
            currency=payment.currency,
            amount=payment.amount,
            dispute=dispute,
        )
        await take_note(application, payment.account, notice, now=now())
        return (await _certificate(application, placed)).status, (await _payment(application, placed)).status

    still = (Status.BLOCKED, PaymentStatus.DISPUTED)
    assert await news("dp_1", NoticeKind.DISPUTED) == still
    assert await news("dp_2", NoticeKind.DISPUTED) == still
    assert await news("dp_1", NoticeKind.DISPUTE_WON) == still
    assert await news("dp_2", NoticeKind.DISPUTE_WON) == (Status.ACTIVE, PaymentStatus.SUCCEEDED)


async def test_a_new_number_is_no_way_out_of_a_dispute(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed, session = await paid_by_card(application, merchant, account)
    account.settings(refund_status="pending")
    number = placed.orders[0].order_number
    [owed] = (await refund_order(application, merchant, number, value=3_000, request=_request(), now=now())).refunds
    await _reissue(application, merchant, placed)
    await _told(
        application, account, "refund", refund=owed.reference, status="succeeded"
    )  # booked on the old certificate

    await _told(application, account, "dispute", session=session, status="open", amount=7_000)
    assert (await _certificate(application, placed)).status is Status.BLOCKED
    await _told(application, account, "dispute", session=session, status="lost", amount=7_000)

    assert (await _certificate(application, placed)).status is Status.VOID
    assert await books(application) == {}


async def test_an_order_with_a_new_number_is_refunded_like_any_other(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed, _ = await paid_by_card(application, merchant, account, a_charge(10_000, discount=999, tax=777))
    number = placed.orders[0].order_number
    first = _request()
    part = await refund_order(application, merchant, number, value=3_000, request=first, now=now())
    await _reissue(application, merchant, placed)

    again = await refund_order(application, merchant, number, value=3_000, request=first, now=now())
    rest = await refund_order(application, merchant, number, request=_request(), now=now())

    assert (again.outcome.replayed, again.refunds) == (True, part.refunds)
    assert part.owed + rest.owed == placed.checkout.total
    assert rest.order.status is OrderStatus.REFUNDED
    assert await books(application) == {}


@pytest.mark.parametrize("value", [4_000, None])
async def test_what_a_bank_takes_although_it_went_back_before_is_lost(
    application: Application, merchant: Merchant, account: StripeAccount, *, value: int | None
) -> None:
    placed, session = await paid_by_card(application, merchant, account, a_charge(10_000), a_charge(5_000))
    for order in placed.orders:
        await refund_order(application, merchant, order.order_number, value=value, request=_request(), now=now())
    back = 2 * 4_000 if value else 15_000

    await _told(application, account, "dispute", session=session, status="lost", amount=15_000)

    assert await books(application) == {Account.GATEWAY_CLEARING: -back, Account.CHARGEBACK_LOSSES: back}


async def test_a_dispute_that_is_told_of_before_the_payment_blocks_what_it_buys(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed = await placed_by(application, merchant)
    await sent_to(application, merchant, placed)
    session = account.session()
    await _told(application, account, "pay", session=session, how="slow")
    account.settings(callback_url=None)
    account.control("finish", session=session, ok=True)
    pending = await _payment(application, placed)
    early = Notice(
        notice_id="evt_early",
        kind=NoticeKind.DISPUTED,
        intent=pending.intent,
        currency=pending.currency,
        amount=pending.amount,
        dispute="dp_early",
    )
    assert (pending.status, bool(pending.intent)) == (PaymentStatus.PENDING, True)
    async with application.database.transaction() as connection:
        await payments.keep_notices(connection, pending.account, [early], now=now())
    await sweeper.take_up_notice(application, pending.account, early, now=now())

    assert await standing_of(application, merchant, placed, after=timedelta(seconds=10)) is paying.PaymentStanding.PAID
    await sweeper.sweep(application, now=now() + timedelta(minutes=1))

    assert (await _certificate(application, placed)).status is Status.BLOCKED
    assert (await _payment(application, placed)).status is PaymentStatus.DISPUTED


async def test_a_bank_that_took_a_payment_which_bought_nothing_has_paid_it_back(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed = await placed_by(application, merchant)
    await sent_to(application, merchant, placed)
    session = account.session()
    await selling.give_up(application, merchant, placed.orders[0].order_number)
    await _told(application, account, "pay", session=session, how="pay")
    assert (await _payment(application, placed)).surplus
    await _told(application, account, "dispute", session=session, status="open")
    await sweeper.sweep(application, now=now() + timedelta(minutes=1))
    await _told(application, account, "dispute", session=session, status="lost")
    await sweeper.sweep(application, now=now() + timedelta(hours=1))

    async with application.database.connection() as connection:
        payment = await _payment(application, placed)
        [owed] = await payments.refunds_of_payments(connection, merchant.merchant_id, [payment.payment_id])
    assert owed.status is RefundStatus.SETTLED
    assert await count(application, "events WHERE kind = 'refund.failed'") == 0
    assert await books(application) == {}


async def test_what_is_owed_of_a_disputed_payment_is_paid_when_the_dispute_is_won(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed, session = await paid_by_card(application, merchant, account)
    account.settings(fail_next=10)
    number = placed.orders[0].order_number
    [owed] = (await refund_order(application, merchant, number, request=_request(), now=now())).refunds
    account.settings(fail_next=0)
    await _told(application, account, "dispute", session=session, status="open")

    await sweeper.sweep(application, now=now() + timedelta(minutes=1))
    assert (await _refund(application, merchant, owed.refund_id)).status is RefundStatus.OWED
    await _told(application, account, "dispute", session=session, status="won")
    await sweeper.sweep(application, now=now() + timedelta(hours=1))

    assert (await _refund(application, merchant, owed.refund_id)).status is RefundStatus.SETTLED
    assert await count(application, "events WHERE kind = 'refund.failed'") == 0
    assert await books(application) == {}
