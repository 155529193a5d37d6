"""Money that was refunded at the gateway and not here: told at once, booked when somebody says what it was for."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import msgspec
import pytest
from msgspec.structs import replace

from largesse.adapters.smtp_mail import SmtpMail
from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import orders, payments
from largesse.domain.merchants import Merchant
from largesse.domain.orders import OrderStatus
from largesse.domain.payments import NoticeKind, PaymentStatus, RefundMade, RefundOutside, RefundStatus
from largesse.kernel.currency import currency
from largesse.kernel.ids import new_id
from largesse.kernel.money import Money
from largesse.ledger import Account, ClassOfValue, Status, VoidReason
from largesse.ledger.errors import CertificateBlocked, CertificateHeld, OperationConflict, VoidReasonMissing
from largesse.services.certificates import Place, Request, place_hold, redeem, unblock
from largesse.services.orders import selling
from largesse.services.payments import sweep
from largesse.services.refunds import Funds, paying_back, refund, refund_order, settle_by_hand, settle_outside, void
from largesse.services.refunds.outside import NothingReturned, ReturnUnsettled
from largesse.services.refunds.settling import OrderUnsaid
from largesse.services.refunds.voiding import PaymentStands
from tests.builders.gifts import MAIL_FROM, a_relay
from tests.builders.orders import a_basket, a_charge
from tests.builders.payments import (
    HOURS,
    a_paying_application,
    books,
    bought_of,
    count,
    now,
    paid_by_card,
    payment_of,
    placed_by,
    sent_to,
    standing_of,
    told,
)
from tests.builders.shop import a_seller
from tests.support.mail_server import Letterbox, bodies_of, mail_server
from tests.support.stripe_account import StripeAccount

LATER = timedelta(minutes=3)
CLEARING, OUTSTANDING = Account.GATEWAY_CLEARING, Account.CERTIFICATES_OUTSTANDING


@pytest.fixture
async def application(database: Database, account: StripeAccount) -> AsyncIterator[Application]:
    async with a_paying_application(database, account) as opened:
        yield opened


@pytest.fixture
async def merchant(database: Database) -> Merchant:
    return await a_seller(database)


def asked(memo: str | None = None) -> Request:
    return Request(operation_id=new_id(now()), actor="test", memo=memo)


async def refunded_at_stripe(
    application: Application, account: StripeAccount, placed: selling.Placed, session: str, amount: int
) -> str:
    """Refund at the dashboard, and take up what Stripe tells of it."""
    account.control("refund", session=session, amount=amount)
    return await told(application, placed, NoticeKind.REFUNDED)


async def status_of(application: Application, place: Place) -> Status:
    async with application.database.connection() as connection:
        found = await application.ledger.find(connection, place.merchant_id, place.certificate_id)
    assert found is not None
    return found.status


async def order_status(application: Application, placed: selling.Placed, place: int = 0) -> OrderStatus:
    one = placed.orders[place]
    async with application.database.connection() as connection:
        return (await orders.find_by_number(connection, one.merchant_id, one.order_number)).status


async def test_a_payment_that_went_back_whole_is_booked_as_the_refund_it_was_when_its_certificate_is_voided(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    charge = a_charge(10_000, tip=1_000, discount=999, tax=777)
    placed, session = await paid_by_card(application, merchant, account, charge)
    outcome = await refunded_at_stripe(application, account, placed, session, placed.checkout.total)
    place = await bought_of(application, placed)
    assert outcome == "refunded at the gateway: its certificates are blocked"
    assert await status_of(application, place) is Status.BLOCKED

    request = asked("refunded at Stripe")
    first = await void(application, place, request=request, now=now())
    again = await void(application, place, request=request, now=now())

    assert await books(application) == {}
    assert (await status_of(application, place), await order_status(application, placed)) == (
        Status.VOID,
        OrderStatus.REFUNDED,
    )
    assert (first.replayed, again.replayed, again.seq) == (False, True, first.seq)
    assert await count(application, "events WHERE kind = 'order.refunded'") == 1


async def test_a_part_that_went_back_is_told_by_event_and_mail_and_booked_when_somebody_says_what_for(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed, session = await paid_by_card(application, merchant, account, a_charge(10_000, tax=800))
    await refunded_at_stripe(application, account, placed, session, 4_320)
    await told(application, placed, NoticeKind.REFUNDED)  # the gateway repeats itself
    payment = await payment_of(application, placed)
    command = f"largesse payment settle-outside {payment.payment_id} --merchant corner-spa"
    letterbox = Letterbox()
    async with mail_server(letterbox) as url:
        await a_relay(application, SmtpMail(url, mail_from=MAIL_FROM)).run_once(now())
    [notice] = letterbox.to("owner@example.com")
    assert notice["Subject"] == "A payment was refunded: please say what for"
    for body in bodies_of(notice):
        assert "43.20 USD" in body
        assert placed.orders[0].order_number in body
        assert command in body
        assert "can still be spent" in body
    async with application.database.connection() as connection:
        [payload] = await connection.fetch("SELECT payload FROM events WHERE kind = 'refund.outside'")
    event = msgspec.json.decode(payload["payload"], type=RefundOutside)
    assert (event.amount, event.whole, event.payment_id) == ("43.20", False, payment.payment_id)
    assert (await books(application))[CLEARING] == 10_800

    request = asked()
    done = await settle_outside(application, merchant, payment.payment_id, request=request, now=now())
    again = await settle_outside(application, merchant, payment.payment_id, request=request, now=now())

    assert (done.booked, again.booked, done.replayed, again.replayed) == (4_320, 4_320, False, True)
    assert await books(application) == {CLEARING: 6_480, OUTSTANDING: -6_000, Account.TAX_PAYABLE: -480}
    with pytest.raises(NothingReturned):
        await settle_outside(application, merchant, payment.payment_id, request=asked(), now=now())
    with pytest.raises(OperationConflict):
        await settle_outside(application, merchant, payment.payment_id, keep=True, request=request, now=now())


async def test_what_is_voided_after_a_part_went_back_says_what_became_of_its_funds(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed, session = await paid_by_card(application, merchant, account)
    await refunded_at_stripe(application, account, placed, session, 4_000)
    place = await bought_of(application, placed)
    with pytest.raises(ReturnUnsettled):
        await void(application, place, request=asked(), now=now())
    assert await status_of(application, place) is Status.ACTIVE

    with pytest.raises(VoidReasonMissing):
        await void(application, place, funds=Funds.RETURNED, request=asked(), now=now())
    fraud = VoidReason.FRAUD
    await void(application, place, funds=Funds.RETURNED, reason=fraud, request=asked(), now=now())

    # What was not returned is the merchant's to keep.
    assert await books(application) == {CLEARING: 6_000, Account.BREAKAGE: -6_000}
    assert await order_status(application, placed) is OrderStatus.VOIDED


async def test_a_void_that_keeps_the_funds_is_put_right_when_they_went_back_after_all(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed, session = await paid_by_card(application, merchant, account)
    place = await bought_of(application, placed)
    with pytest.raises(NothingReturned):
        await void(application, place, funds=Funds.RETURNED, request=asked(), now=now())
    for reason in (VoidReason.UNPAID, VoidReason.ERROR):
        with pytest.raises(PaymentStands):
            await void(application, place, reason=reason, request=asked(), now=now())
    await void(application, place, funds=Funds.KEPT, reason=VoidReason.FRAUD, request=asked(), now=now())
    assert await books(application) == {CLEARING: 10_000, Account.BREAKAGE: -10_000}
    await refunded_at_stripe(application, account, placed, session, 10_000)

    payment = await payment_of(application, placed)
    await settle_outside(application, merchant, payment.payment_id, request=asked(), now=now())

    assert await books(application) == {}


async def test_what_was_returned_beyond_what_was_left_is_goodwill(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed, session = await paid_by_card(application, merchant, account)
    place = await bought_of(application, placed)
    await redeem(application, place, value=2_500, request=asked(), now=now())
    await refunded_at_stripe(application, account, placed, session, 10_000)

    await void(application, place, funds=Funds.RETURNED, request=asked(), now=now())

    assert await books(application) == {Account.REDEEMED: -2_500, Account.GOODWILL: 2_500}


async def test_of_several_orders_a_part_is_for_the_one_that_is_named_and_the_whole_is_for_all(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    first, gift_id = a_charge(10_000, discount=1_000), uuid4()
    basket = a_basket(first, a_charge(5_000), a_charge(2_000, discount=2_000))
    gift, other, free = basket.gifts
    bonus = replace(free, class_of_value=ClassOfValue.PROMOTIONAL, bonus_of=gift_id)
    placed = await selling.place(
        application, merchant, replace(basket, gifts=(replace(gift, order_id=gift_id), other, bonus)), now=now()
    )
    placed = replace(placed, orders=tuple(sorted(placed.orders, key=lambda one: -one.total)))
    await sent_to(application, merchant, placed)
    session = account.session()
    account.control("pay", session=session, how="pay")
    await standing_of(application, merchant, placed)
    payment = await payment_of(application, placed)
    await refunded_at_stripe(application, account, placed, session, 1_000)
    with pytest.raises(OrderUnsaid):
        await settle_outside(application, merchant, payment.payment_id, request=asked(), now=now())
    with pytest.raises(orders.OrderNotFound):
        await settle_outside(application, merchant, payment.payment_id, order_number="GL-1", request=asked(), now=now())
    number = placed.orders[1].order_number
    await settle_outside(application, merchant, payment.payment_id, order_number=number, request=asked(), now=now())
    assert [await order_status(application, placed, place) for place in range(2)] == [OrderStatus.ISSUED] * 2
    await refunded_at_stripe(application, account, placed, session, 13_000)

    await settle_outside(application, merchant, payment.payment_id, request=asked(), now=now())

    assert await books(application) == {}
    states = [await order_status(application, placed, place) for place in range(3)]
    assert states == [OrderStatus.REFUNDED, OrderStatus.REFUNDED, OrderStatus.VOIDED]


async def test_money_that_is_given_away_leaves_the_certificate_good(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed, session = await paid_by_card(application, merchant, account)
    await refunded_at_stripe(application, account, placed, session, 10_000)
    place, payment = await bought_of(application, placed), await payment_of(application, placed)
    with pytest.raises(CertificateBlocked):
        await redeem(application, place, value=1, request=asked(), now=now())

    await settle_outside(application, merchant, payment.payment_id, keep=True, request=asked(), now=now())
    await unblock(application, place, request=asked(), now=now())
    await redeem(application, place, value=10_000, request=asked(), now=now())
    await told(application, placed, NoticeKind.REFUNDED)  # old news blocks nothing again

    assert await status_of(application, place) is Status.ACTIVE
    assert await books(application) == {Account.GOODWILL: 10_000, Account.REDEEMED: -10_000}


async def test_nothing_is_refunded_here_before_it_is_said_what_went_back_there(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed, session = await paid_by_card(application, merchant, account)
    first = asked()
    part = await refund_order(
        application, merchant, placed.orders[0].order_number, value=1_000, request=first, now=now()
    )
    await refunded_at_stripe(application, account, placed, session, 3_000)
    place, payment = await bought_of(application, placed), await payment_of(application, placed)

    with pytest.raises(ReturnUnsettled):
        await refund(application, place, request=asked(), now=now())
    again = await refund_order(
        application, merchant, placed.orders[0].order_number, value=1_000, request=first, now=now()
    )
    assert (again.outcome.replayed, again.refunds) == (True, part.refunds)

    await settle_outside(application, merchant, payment.payment_id, request=asked(), now=now())
    rest = await refund_order(application, merchant, placed.orders[0].order_number, request=asked(), now=now())
    assert (rest.owed, [one.gateway for one in rest.refunds]) == (6_000, ["stripe"])
    assert await books(application) == {}
    assert (await payment_of(application, placed)).status is PaymentStatus.REFUNDED


async def test_a_return_that_falls_through_is_owed_until_somebody_has_handed_it_back(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed, session = await paid_by_card(application, merchant, account)
    await refunded_at_stripe(application, account, placed, session, 10_000)
    await void(application, await bought_of(application, placed), request=asked(), now=now())
    assert await books(application) == {}
    [reference] = [name for name, one in account.state()["refunds"].items() if one["amount"] == 10_000][-1:]

    account.control("refund", refund=reference, status="failed")
    await told(application, placed, NoticeKind.REFUNDED)
    assert await books(application) == {CLEARING: 10_000, Account.REFUNDS: -10_000}
    assert await count(application, "events WHERE kind = 'refund.failed'") == 1

    payment = await payment_of(application, placed)
    async with application.database.connection() as connection:
        [one] = await payments.refunds_of_payments(connection, merchant.merchant_id, [payment.payment_id])
    for _ in range(2):
        await settle_by_hand(application, merchant, one.refund_id, now=now())
    assert await books(application) == {}


async def test_a_bank_takes_only_what_did_not_go_back_before(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed, session = await paid_by_card(application, merchant, account, a_charge(10_000), a_charge(5_000))
    await refunded_at_stripe(application, account, placed, session, 4_000)
    payment, number = await payment_of(application, placed), placed.orders[0].order_number
    await settle_outside(application, merchant, payment.payment_id, order_number=number, request=asked(), now=now())

    await told(application, placed, NoticeKind.DISPUTE_LOST, amount=11_000)

    assert await books(application) == {}


async def test_a_held_certificate_waits_for_its_hold_and_nothing_is_half_booked(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed, session = await paid_by_card(application, merchant, account)
    place = await bought_of(application, placed)
    await place_hold(application, place, value=500, lasting=HOURS, request=asked(), now=now())
    await refunded_at_stripe(application, account, placed, session, 10_000)
    payment = await payment_of(application, placed)
    with pytest.raises(CertificateHeld):
        await settle_outside(application, merchant, payment.payment_id, request=asked(), now=now())
    with pytest.raises(CertificateHeld):
        await void(application, place, request=asked(), now=now())
    assert await books(application) == {CLEARING: 10_000, OUTSTANDING: -10_000}


async def test_what_a_gateway_took_back_of_a_payment_that_bought_nothing_is_told_to_nobody(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed, _ = await paid_by_card(application, merchant, account)
    payment = await payment_of(application, placed)
    async with application.database.transaction() as connection:
        await connection.execute("UPDATE payments SET surplus = true")
    made = RefundMade(reference="re_x", status=RefundStatus.SETTLED, amount=Money(10_000, currency("USD")))
    assert await paying_back.note(application, payment, made, now=now())
    assert await count(application, "events WHERE kind = 'refund.outside'") == 0


async def test_what_was_owed_here_and_paid_there_is_not_handed_back_once_more(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed, session = await paid_by_card(application, merchant, account, a_charge(10_000, tax=500))
    account.settings(fail_next=10)
    done = await refund_order(application, merchant, placed.orders[0].order_number, request=asked(), now=now())
    account.settings(fail_next=0)
    assert [one.status for one in done.refunds] == [RefundStatus.OWED]
    account.control("refund", session=session, amount=10_500)  # somebody does not wait, and nothing is told

    for _ in range(2):
        await sweep(application, now=now() + LATER)

    async with application.database.connection() as connection:
        [owed] = [await payments.find_refund(connection, merchant.merchant_id, done.refunds[0].refund_id)]
    assert owed.status is RefundStatus.SETTLED
    assert await books(application) == {}
    assert await count(application, "events WHERE kind = 'refund.failed'") == 0
    assert await count(application, "refunds WHERE status = 'failed'") == 0
    assert (await payment_of(application, placed)).status is PaymentStatus.REFUNDED


async def test_a_payment_that_bought_nothing_and_was_refunded_there_is_paid_back_once(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed = await placed_by(application, merchant)
    await sent_to(application, merchant, placed)
    session = account.session()
    await selling.give_up(application, merchant, placed.orders[0].order_number)
    account.settings(fail_next=10)
    account.control("pay", session=session, how="pay")
    account.settings(fail_next=0)
    await standing_of(application, merchant, placed)
    assert (await payment_of(application, placed)).surplus
    account.control("refund", session=session, amount=10_000)

    await sweep(application, now=now() + LATER)

    assert await count(application, "refunds WHERE status = 'settled' AND reason = 'surplus'") == 1
    assert await count(application, "events WHERE kind IN ('refund.failed', 'refund.outside')") == 0
    assert await books(application) == {}
