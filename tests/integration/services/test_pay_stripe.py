"""Stripe's own library against a stand-in of Stripe: whatever way the news comes, it issues once, or goes back."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import payments
from largesse.domain.merchants import Merchant
from largesse.domain.payments import GatewayOtherMode, GatewayUnavailable, PaymentDisputed, PaymentStatus, RefundStatus
from largesse.kernel.ids import new_id
from largesse.ledger import Account, Certificate, Redeem, Status
from largesse.services.certificates.requests import Request
from largesse.services.orders import fulfilment, selling
from largesse.services.payments import paying, sweeper
from largesse.services.refunds.order_refund import refund_order
from tests.builders.orders import a_charge
from tests.builders.payments import (
    RETURN_URL,
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
from tests.support.stripe_account import SECRET_KEY, WEBHOOK_SECRET, StripeAccount

LATER = timedelta(minutes=3)
EVERY = sweeper.ASK_FOR_BUYERS_EVERY
MUCH_LATER = timedelta(hours=3)
CLEARING = Account.GATEWAY_CLEARING


@pytest.fixture
async def application(database: Database, account: StripeAccount) -> AsyncIterator[Application]:
    async with a_paying_application(database, account) as opened:
        yield opened


@pytest.fixture
async def merchant(database: Database) -> Merchant:
    return await a_seller(database)


@pytest.fixture
async def interface(application: Application, account: StripeAccount) -> AsyncIterator[str]:
    async with served(an_app(application)) as base:
        account.settings(callback_url=f"{base}/callbacks/stripe", secrets=[WEBHOOK_SECRET])
        yield base
        account.settings(callback_url=None)


async def _certificate(
    application: Application, merchant: Merchant, placed: selling.Placed, place: int = 0
) -> Certificate:
    async with application.database.connection() as connection:
        row = await connection.fetchval(
            "SELECT certificate_id FROM orders WHERE order_id = $1", placed.orders[place].order_id
        )
        found = await application.ledger.find(connection, merchant.merchant_id, row)
        assert found is not None
        return found


async def _only_payment(application: Application, merchant: Merchant) -> payments.Payment:
    async with application.database.connection() as connection:
        [one] = await payments.list_payments(connection, merchant.merchant_id, status=None, gateway=None, limit=10)
        return one


def _request() -> Request:
    return Request(operation_id=new_id(now()), actor="test", memo="asked for")


async def test_the_buyer_is_sent_to_a_page_that_names_the_gifts(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed = await placed_by(application, merchant, a_charge(2_500, tip=300), a_charge(1_000))
    url = await sent_to(application, merchant, placed)

    session = account.state()["sessions"][account.session()]
    assert url == session["url"]
    assert session["amount_total"] == 3_800
    assert session["customer_email"] == "grace@example.com"
    assert session["metadata"]["largesse_checkout"] == str(placed.checkout.checkout_id)
    assert [name.endswith("Ada") for name in session["names"]] == [True, True]


async def test_pressing_twice_leads_to_one_session(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed = await placed_by(application, merchant)
    before = len(account.state()["sessions"])

    urls = await asyncio.gather(*(sent_to(application, merchant, placed) for _ in range(4)))
    urls.append(await sent_to(application, merchant, placed))

    assert len(account.state()["sessions"]) == before + 1
    assert len(set(urls)) == 1


async def test_the_return_page_asks_stripe_itself_when_no_callback_came(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed, _ = await paid_by_card(application, merchant, account)

    assert await count(application, "certificates") == 1
    assert await books(application) == {
        CLEARING: placed.checkout.total,
        Account.CERTIFICATES_OUTSTANDING: -placed.checkout.total,
    }


async def test_a_session_of_the_other_mode_issues_nothing_when_it_is_asked_about(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed = await placed_by(application, merchant)
    gateway = application.gateways.named("stripe")
    await sent_to(application, merchant, placed)
    session = account.session()
    account.control("mode", session=session, live=True)
    account.control("pay", session=session, how="pay")

    with pytest.raises(GatewayOtherMode):
        await gateway.look_up(session, now=now())
    await paying.confirm(application, merchant, placed.checkout.checkout_id, now=now())

    assert await count(application, "certificates") == 0
    assert await standing_of(application, merchant, placed) is paying.PaymentStanding.PENDING


@pytest.mark.parametrize("times", [1, 5])
@pytest.mark.parametrize("delay_s", [0.0, 0.3])
async def test_callbacks_and_the_return_together_issue_once(
    application: Application, merchant: Merchant, account: StripeAccount, interface: str, *, times: int, delay_s: float
) -> None:
    assert interface
    account.settings(callbacks=times, delay_s=delay_s)
    heard = len(account.state()["callbacks"])
    placed = await placed_by(application, merchant, a_charge(), a_charge(2_000))
    await sent_to(application, merchant, placed)
    account.control("pay", session=account.session(), how="pay")

    await asyncio.gather(*(standing_of(application, merchant, placed) for _ in range(3)))
    await until(lambda: _heard(account, heard + times))

    assert account.state()["callbacks"][heard:] == [200] * times
    assert await standing_of(application, merchant, placed) is paying.PaymentStanding.PAID
    assert await count(application, "certificates") == 2
    assert await count(application, "payments") == 1
    assert await count(application, "events WHERE kind = 'order.issued'") == 2


async def _heard(account: StripeAccount, number: int) -> bool:
    return len(account.state()["callbacks"]) >= number


async def test_however_often_a_buyer_looks_the_gateway_is_asked_seldom(
    application: Application, merchant: Merchant, account: StripeAccount, database: Database
) -> None:
    placed = await placed_by(application, merchant)
    await sent_to(application, merchant, placed)
    asking = f"GET /v1/checkout/sessions/{account.session()}"
    checkout_id, began = placed.checkout.checkout_id, now()

    async with a_paying_application(database, account) as another_process:
        for after in (timedelta(), EVERY / 2, EVERY):
            looks = [
                paying.confirm(one, merchant, checkout_id, now=began + after)
                for one in (application, another_process)
                for _ in range(10)
            ]
            assert {found.standing for found in await asyncio.gather(*looks)} == {paying.PaymentStanding.PENDING}
    assert account.state()["requests"].count(asking) == 2

    account.control("pay", session=account.session(), how="pay")
    assert await standing_of(application, merchant, placed, after=2 * EVERY) is paying.PaymentStanding.PAID


async def test_a_buyer_does_not_ask_again_what_the_sweeper_has_just_asked(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed = await placed_by(application, merchant)
    await sent_to(application, merchant, placed)
    asking = f"GET /v1/checkout/sessions/{account.session()}"

    await sweeper.sweep(application, now=now() + LATER)
    assert await standing_of(application, merchant, placed, after=LATER) is paying.PaymentStanding.PENDING
    assert account.state()["requests"].count(asking) == 1

    await standing_of(application, merchant, placed, after=LATER + EVERY)
    assert account.state()["requests"].count(asking) == 2


async def test_a_cancelled_or_declined_payment_issues_nothing_and_may_be_tried_again(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed = await placed_by(application, merchant)
    first = await sent_to(application, merchant, placed)
    for how in ("decline", "cancel"):
        account.control("pay", session=account.session(), how=how)
    assert await standing_of(application, merchant, placed) is paying.PaymentStanding.PENDING

    assert await sent_to(application, merchant, placed) == first
    account.control("pay", session=account.session(), how="expire")
    assert await standing_of(application, merchant, placed, after=EVERY) is paying.PaymentStanding.OPEN

    again = await sent_to(application, merchant, placed)
    assert again != first
    account.control("pay", session=account.session(), how="pay")
    assert await standing_of(application, merchant, placed) is paying.PaymentStanding.PAID
    assert await count(application, "certificates") == 1


@pytest.mark.parametrize("ok", [True, False])
async def test_a_slow_payment_is_waited_for_and_not_collected_twice(
    application: Application, merchant: Merchant, account: StripeAccount, *, ok: bool
) -> None:
    placed = await placed_by(application, merchant)
    await sent_to(application, merchant, placed)
    session = account.session()
    account.control("pay", session=session, how="slow")
    assert await standing_of(application, merchant, placed) is paying.PaymentStanding.PENDING
    assert await sent_to(application, merchant, placed) == RETURN_URL

    account.control("finish", session=session, ok=ok)

    await sweeper.sweep(application, now=now() + MUCH_LATER)
    expected = paying.PaymentStanding.PAID if ok else paying.PaymentStanding.OPEN
    assert await standing_of(application, merchant, placed) is expected
    assert await count(application, "certificates") == int(ok)


async def test_the_sweeper_finishes_what_nobody_told_of(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed = await placed_by(application, merchant)
    await sent_to(application, merchant, placed)
    account.control("pay", session=account.session(), how="pay")
    assert await sweeper.sweep(application, now=now()) == 0  # not yet its turn

    assert await sweeper.sweep(application, now=now() + LATER) == 1

    progress = await paying.progress(application, merchant, placed.checkout.checkout_id)
    assert progress.standing is paying.PaymentStanding.PAID


async def test_a_payment_that_comes_after_the_order_was_given_up_goes_back(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed = await placed_by(application, merchant)
    await sent_to(application, merchant, placed)
    account.control("pay", session=account.session(), how="pay")
    await selling.give_up(application, merchant, placed.orders[0].order_number)

    assert await standing_of(application, merchant, placed) is paying.PaymentStanding.CLOSED
    await sweeper.sweep(application, now=now() + LATER)

    state = account.state()
    [refund] = [one for one in state["refunds"].values() if one["payment_intent"] in list(state["intents"])[-1]]
    assert refund["amount"] == placed.checkout.total
    payment = await _only_payment(application, merchant)
    assert (payment.status, payment.surplus) == (PaymentStatus.REFUNDED, True)
    assert await count(application, "certificates") == 0
    assert await books(application) == {}


async def test_a_second_payment_for_a_paid_order_goes_back(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed = await placed_by(application, merchant)
    await sent_to(application, merchant, placed)
    await fulfilment.mark_paid(
        application, merchant, placed.orders[0].order_number, reference="till 7", actor="test", now=now()
    )
    session = account.session()
    account.control("pay", session=session, how="pay")

    await sweeper.sweep(application, now=now() + LATER)
    await sweeper.sweep(application, now=now() + LATER)

    state = account.state()
    intent = state["sessions"][session]["payment_intent"]
    assert state["intents"][intent]["amount_refunded"] == placed.checkout.total
    assert (await books(application))[CLEARING] == placed.checkout.total
    assert await count(application, "certificates") == 1


async def test_an_open_page_is_closed_once_the_order_is_paid_otherwise(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed = await placed_by(application, merchant)
    await sent_to(application, merchant, placed)
    await fulfilment.mark_paid(
        application, merchant, placed.orders[0].order_number, reference=None, actor="test", now=now()
    )

    await sweeper.sweep(application, now=now() + timedelta(seconds=1))

    assert account.state()["sessions"][account.session()]["status"] == "expired"


async def test_stripe_out_of_order_is_told_as_unavailable_and_nothing_is_lost(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed = await placed_by(application, merchant)
    account.settings(fail_next=10)
    with pytest.raises(GatewayUnavailable) as caught:
        await sent_to(application, merchant, placed)
    assert SECRET_KEY not in str(caught.value)
    account.settings(fail_next=1)  # the library tries again

    assert (await sent_to(application, merchant, placed)).startswith(account.base)


async def test_repeated_part_refunds_pay_back_what_was_paid_to_the_cent(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    charge = a_charge(10_000, tip=1_000, discount=999, tax=777)
    placed, session = await paid_by_card(application, merchant, account, charge)
    number = placed.orders[0].order_number

    for value in (3_333, 3_333, 1):
        await refund_order(application, merchant, number, value=value, gratuity=0, request=_request(), now=now())
    last = _request()
    done = await refund_order(application, merchant, number, request=last, now=now())
    again = await refund_order(application, merchant, number, request=last, now=now())

    assert again.outcome.replayed
    assert again.refunds == done.refunds
    state = account.state()
    intent = state["intents"][state["sessions"][session]["payment_intent"]]
    assert intent["amount_refunded"] == intent["amount"] == charge.total.minor
    assert await books(application) == {}
    assert (await _only_payment(application, merchant)).status is PaymentStatus.REFUNDED


async def test_a_refund_that_stripe_cannot_take_now_is_owed_until_it_does(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed, _ = await paid_by_card(application, merchant, account)
    account.settings(fail_next=10)

    done = await refund_order(application, merchant, placed.orders[0].order_number, request=_request(), now=now())

    assert [one.status for one in done.refunds] == [RefundStatus.OWED]
    assert (await books(application))[Account.REFUNDS] == -placed.checkout.total
    account.settings(fail_next=0)
    await sweeper.sweep(application, now=now() + LATER)
    assert await books(application) == {}


@pytest.mark.parametrize("later", [LATER, timedelta(days=3)])
async def test_a_refund_whose_answer_was_lost_is_not_paid_twice(
    application: Application, merchant: Merchant, account: StripeAccount, *, later: timedelta
) -> None:
    placed, session = await paid_by_card(application, merchant, account)
    account.settings(lose_next=10)
    number = placed.orders[0].order_number
    done = await refund_order(application, merchant, number, value=2_000, request=_request(), now=now())
    assert [one.status for one in done.refunds] == [RefundStatus.OWED]
    account.settings(lose_next=0)
    if later > timedelta(days=1):
        account.control("forget-keys")

    await sweeper.sweep(application, now=now() + later)

    state = account.state()
    assert state["intents"][state["sessions"][session]["payment_intent"]]["amount_refunded"] == 2_000
    assert await books(application) == {CLEARING: 8_000, Account.CERTIFICATES_OUTSTANDING: -8_000}


async def test_a_refund_that_falls_through_later_is_owed_again_in_the_books(
    application: Application, merchant: Merchant, account: StripeAccount, interface: str
) -> None:
    assert interface
    placed, _ = await paid_by_card(application, merchant, account)
    done = await refund_order(application, merchant, placed.orders[0].order_number, request=_request(), now=now())
    assert await books(application) == {}

    account.control("refund", refund=done.refunds[0].reference, status="failed")

    async def owed_again() -> bool:
        return (await books(application)) == {CLEARING: placed.checkout.total, Account.REFUNDS: -placed.checkout.total}

    await until(owed_again)
    assert (await _only_payment(application, merchant)).status is PaymentStatus.SUCCEEDED


async def test_a_pending_refund_is_booked_when_it_comes_through(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed, _ = await paid_by_card(application, merchant, account)
    account.settings(refund_status="pending")
    done = await refund_order(application, merchant, placed.orders[0].order_number, request=_request(), now=now())
    assert [one.status for one in done.refunds] == [RefundStatus.SENT]
    assert (await books(application))[CLEARING] == placed.checkout.total

    account.control("refund", refund=done.refunds[0].reference, status="succeeded")
    await sweeper.sweep(application, now=now() + MUCH_LATER)

    assert await books(application) == {}


async def test_a_payment_refunded_at_the_dashboard_blocks_what_it_bought(
    application: Application, merchant: Merchant, account: StripeAccount, interface: str
) -> None:
    assert interface
    placed, session = await paid_by_card(application, merchant, account)

    account.control("refund", session=session, amount=placed.checkout.total)

    async def blocked() -> bool:
        return (await _certificate(application, merchant, placed)).status is Status.BLOCKED

    await until(blocked)


async def test_a_dispute_blocks_and_a_won_one_unblocks_whatever_the_order_of_the_news(
    application: Application, merchant: Merchant, account: StripeAccount, interface: str
) -> None:
    assert interface
    placed, session = await paid_by_card(application, merchant, account)
    account.control("dispute", session=session, status="open")

    async def is_now(status: Status) -> bool:
        return (await _certificate(application, merchant, placed)).status is status

    await until(lambda: is_now(Status.BLOCKED))
    with pytest.raises(PaymentDisputed):
        await refund_order(application, merchant, placed.orders[0].order_number, request=_request(), now=now())
    account.control("dispute", session=session, status="won")
    await until(lambda: is_now(Status.ACTIVE))

    heard = len(account.state()["callbacks"])
    account.control("dispute", session=session, status="open")  # late news of what is closed
    await until(lambda: _heard(account, heard + 1))
    assert await is_now(Status.ACTIVE)
    assert (await books(application))[CLEARING] == placed.checkout.total


async def test_a_lost_dispute_leaves_nothing_in_the_clearing_account(
    application: Application, merchant: Merchant, account: StripeAccount, interface: str
) -> None:
    assert interface
    first = a_charge(10_000, tip=1_000, discount=500, tax=321)
    placed, session = await paid_by_card(application, merchant, account, first, a_charge(2_500))
    spent = await _certificate(application, merchant, placed)
    await _redeem(application, spent, 4_000)

    account.control("dispute", session=session, status="lost")

    async def voided() -> bool:
        return (await _certificate(application, merchant, placed, 1)).status is Status.VOID

    await until(voided)
    after = await books(application)
    assert CLEARING not in after
    assert Account.CERTIFICATES_OUTSTANDING not in after
    assert after[Account.REDEEMED] == -(4_000 - 200)
    assert after[Account.TAX_PAYABLE] == -128
    assert after[Account.CHARGEBACK_LOSSES] == 4_000 - 200 + 128
    assert Account.DISPUTED not in after
    assert (await _only_payment(application, merchant)).status is PaymentStatus.DISPUTED


async def test_a_bank_that_took_the_money_has_paid_the_refund_that_was_still_owed(
    application: Application, merchant: Merchant, account: StripeAccount, interface: str
) -> None:
    assert interface
    placed, session = await paid_by_card(application, merchant, account, a_charge(10_000, tax=800))
    account.settings(fail_next=10)
    request = _request()
    await refund_order(application, merchant, placed.orders[0].order_number, value=4_000, request=request, now=now())
    account.settings(fail_next=0)

    account.control("dispute", session=session, status="lost")

    async def voided() -> bool:
        return (await _certificate(application, merchant, placed)).status is Status.VOID

    await until(voided)
    await sweeper.sweep(application, now=now() + MUCH_LATER)
    after = await books(application)
    assert CLEARING not in after
    assert Account.REFUNDS not in after
    assert after == {}
    assert account.state()["intents"][account.state()["sessions"][session]["payment_intent"]]["amount_refunded"] == 0


async def _redeem(application: Application, certificate: Certificate, value: int) -> None:
    command = Redeem(
        merchant_id=certificate.merchant_id,
        certificate_id=certificate.certificate_id,
        operation_id=new_id(now()),
        actor="test",
        value=value,
    )
    await application.ledger.submit(command, now=now())


async def test_no_secret_of_stripe_comes_into_the_database(
    application: Application, merchant: Merchant, account: StripeAccount, interface: str
) -> None:
    assert interface
    placed, session = await paid_by_card(application, merchant, account)
    account.control("dispute", session=session, status="open")
    await until(lambda: _some(application, "disputes"))
    async with application.database.connection() as connection:
        for table in ("payments", "refunds", "disputes", "gateway_notices", "gateway_inbox", "events", "journal"):
            text = await connection.fetchval(f"SELECT coalesce(string_agg(t::text, ''), '') FROM {table} t")
            assert SECRET_KEY not in text
            assert WEBHOOK_SECRET not in text
            if table.startswith("gateway_"):
                assert "grace@example.com" not in text
    assert placed.checkout.total


async def _some(application: Application, table: str) -> bool:
    return await count(application, table) > 0
