"""Orders that were merged into one certificate: each payer gets back what is left of what they paid, and no more."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from msgspec.structs import replace

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import orders, payments
from largesse.domain.merchants import Merchant
from largesse.domain.orders import OrderStatus
from largesse.domain.payments import MANUAL, NoticeKind
from largesse.kernel.ids import new_id
from largesse.ledger import Account, Certificate, ClassOfValue, Status
from largesse.services.certificates import (
    Place,
    Request,
    Tender,
    adjust,
    block,
    merge,
    place_hold,
    redeem,
    reissue,
    reload,
    unblock,
)
from largesse.services.orders import selling
from largesse.services.refunds import Funds, refund, refund_order, settle_outside, void
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
    sent_to,
    standing_of,
    told,
)
from tests.builders.shop import a_seller
from tests.support.stripe_account import StripeAccount

CLEARING, OUTSTANDING = Account.GATEWAY_CLEARING, Account.CERTIFICATES_OUTSTANDING


@pytest.fixture
async def application(database: Database, account: StripeAccount) -> AsyncIterator[Application]:
    async with a_paying_application(database, account) as opened:
        yield opened


@pytest.fixture
async def merchant(database: Database) -> Merchant:
    return await a_seller(database)


def asked() -> Request:
    return Request(operation_id=new_id(now()), actor="test", memo="asked for")


async def standing(application: Application, place: Place) -> Certificate:
    async with application.database.connection() as connection:
        found = await application.ledger.find(connection, place.merchant_id, place.certificate_id)
    assert found is not None
    return found


async def status_of(application: Application, placed: selling.Placed) -> OrderStatus:
    order = placed.orders[0]
    async with application.database.connection() as connection:
        return (await orders.find_by_number(connection, order.merchant_id, order.order_number)).status


async def sent_back(application: Application, placed: selling.Placed) -> dict[str, int]:
    """What goes back of the payment of a checkout, by who pays it."""
    payment = await payment_of(application, placed)
    async with application.database.connection() as connection:
        known = await payments.refunds_of_payments(connection, payment.merchant_id, [payment.payment_id])
    return {one.gateway: one.amount for one in known}


async def merged(
    application: Application, merchant: Merchant, account: StripeAccount
) -> tuple[selling.Placed, selling.Placed, Place]:
    """An order of 100.00 less 10.00 and tax of 5.40, and one of 50.00 that is merged into its certificate."""
    host, _ = await paid_by_card(application, merchant, account, a_charge(10_000, discount=1_000, tax=540))
    guest, _ = await paid_by_card(application, merchant, account, a_charge(5_000, tip=300, tax=250))
    place = await bought_of(application, host)
    source = await bought_of(application, guest)
    await merge(application, source, place, value=5_000, gratuity=300, request=asked(), now=now())
    return host, guest, place


async def test_each_order_is_refunded_to_its_own_payer_for_what_is_left_of_it(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    host, guest, place = await merged(application, merchant, account)
    await redeem(application, place, value=7_500, request=asked(), now=now())  # the oldest first

    request = asked()
    second = await refund_order(application, merchant, guest.orders[0].order_number, request=request, now=now())
    first = await refund_order(application, merchant, host.orders[0].order_number, request=asked(), now=now())
    again = await refund_order(application, merchant, guest.orders[0].order_number, request=request, now=now())

    assert (second.taken, second.owed, first.taken, first.owed) == (5_300, 5_550, 2_500, 2_250 + 135)
    assert (again.outcome.replayed, again.refunds) == (True, second.refunds)
    assert await sent_back(application, guest) == {"stripe": 5_550}
    assert await sent_back(application, host) == {"stripe": 2_385}
    assert [await status_of(application, one) for one in (host, guest)] == [OrderStatus.REFUNDED] * 2
    assert await books(application) == {
        CLEARING: 7_155,
        Account.TAX_PAYABLE: -405,
        Account.REDEEMED: -6_750,
    }


async def test_an_order_is_refunded_wherever_it_is_and_told_part_by_part(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    host, _ = await paid_by_card(application, merchant, account, a_charge(10_000, tax=100))
    guest, _ = await paid_by_card(application, merchant, account, a_charge(5_000, discount=500, tax=333))
    place, source = await bought_of(application, host), await bought_of(application, guest)
    await merge(application, source, place, value=2_000, request=asked(), now=now())
    moved = await reissue(application, merchant, source, request=asked(), now=now())
    new = Place(merchant_id=merchant.merchant_id, certificate_id=moved.certificate_id)
    await reissue(application, merchant, place, request=asked(), now=now())

    number, request = guest.orders[0].order_number, asked()
    part = await refund_order(application, merchant, number, value=4_000, request=request, now=now())
    assert [one.value for one in part.outcomes] == [3_000, 1_000]
    assert part.outcome.certificate_id == new.certificate_id
    assert part.order.status is OrderStatus.ISSUED
    again = await refund_order(application, merchant, number, value=4_000, request=request, now=now())
    assert [one.value for one in again.outcomes] == [3_000, 1_000]
    rest = await refund_order(application, merchant, number, request=asked(), now=now())

    assert (part.owed + rest.owed, rest.order.status) == (4_833, OrderStatus.REFUNDED)
    assert await count(application, "events WHERE kind = 'order.refunded'") == 3
    assert await books(application) == {CLEARING: 10_100, OUTSTANDING: -10_000, Account.TAX_PAYABLE: -100}


async def test_what_was_reloaded_at_the_till_is_refunded_when_it_is_named_and_by_hand(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed, _ = await paid_by_card(application, merchant, account)
    place = await bought_of(application, placed)
    await reload(application, place, value=2_000, tender=Tender.TERMINAL, request=asked(), now=now())
    _, reloaded = (await standing(application, place)).lots

    whole = await refund(application, place, request=asked(), now=now())
    assert (whole.value, whole.balance) == (10_000, 2_000)
    assert await status_of(application, placed) is OrderStatus.REFUNDED
    await refund(application, place, lot_id=reloaded.lot_id, request=asked(), now=now())

    assert await sent_back(application, placed) == {"stripe": 10_000}
    async with application.database.connection() as connection:
        owed = await payments.open_refunds(connection, merchant.merchant_id, limit=9)
    assert [(one.gateway, one.amount) for one in owed if one.payment_id is None] == [(MANUAL, 2_000)]
    assert await count(application, "events WHERE kind = 'order.refunded'") == 1


async def test_a_dispute_blocks_whatever_holds_its_value_until_all_of_them_are_over(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    host, guest, place = await merged(application, merchant, account)
    await told(application, guest, NoticeKind.DISPUTED, name="dp_guest")
    assert (await standing(application, place)).status is Status.BLOCKED
    await told(application, host, NoticeKind.DISPUTED, name="dp_host")

    await told(application, guest, NoticeKind.DISPUTE_WON, name="dp_guest")
    assert (await standing(application, place)).status is Status.BLOCKED
    await told(application, host, NoticeKind.DISPUTE_WON, name="dp_host")
    assert (await standing(application, place)).status is Status.ACTIVE


async def test_what_staff_have_blocked_stays_blocked_when_a_dispute_is_won(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    _, guest, place = await merged(application, merchant, account)
    await told(application, guest, NoticeKind.DISPUTED)
    await unblock(application, place, request=asked(), now=now())
    await block(application, place, request=asked(), now=now())

    await told(application, guest, NoticeKind.DISPUTE_WON)

    assert (await standing(application, place)).status is Status.BLOCKED


async def test_a_certificate_stays_blocked_while_another_payment_of_it_has_gone_back(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    host, guest, place = await merged(application, merchant, account)
    await told(application, host, NoticeKind.DISPUTED)
    account.control("refund", session=account.session(), amount=5_550)
    await told(application, guest, NoticeKind.REFUNDED)

    await told(application, host, NoticeKind.DISPUTE_WON)

    assert (await standing(application, place)).status is Status.BLOCKED


async def with_bonus(application: Application, merchant: Merchant, account: StripeAccount) -> selling.Placed:
    """A gift of 100.00 that was paid for, and the 20.00 that came with it, as the second order."""
    basket, gift_id = a_basket(a_charge(10_000), a_charge(2_000, discount=2_000)), uuid4()
    gift, free = basket.gifts
    bonus = replace(free, class_of_value=ClassOfValue.PROMOTIONAL, bonus_of=gift_id)
    basket = replace(basket, gifts=(replace(gift, order_id=gift_id), bonus))
    placed = await selling.place(application, merchant, basket, now=now())
    await sent_to(application, merchant, placed)
    account.control("pay", session=account.session(), how="pay")
    await standing_of(application, merchant, placed)
    return replace(placed, orders=tuple(sorted(placed.orders, key=lambda one: -one.total)))


async def test_a_bonus_that_was_merged_into_another_goes_with_its_lost_payment_alone(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    kept, lost = [await with_bonus(application, merchant, account) for _ in range(2)]
    place, source = [await bought_of(application, one, 1) for one in (kept, lost)]
    await merge(application, source, place, value=1_500, request=asked(), now=now())
    await told(application, lost, NoticeKind.DISPUTED)
    assert (await standing(application, place)).status is Status.BLOCKED

    await told(application, lost, NoticeKind.DISPUTE_LOST)

    after = await standing(application, place)
    assert (after.status, after.balance) == (Status.ACTIVE, 2_000)
    assert (await standing(application, source)).status is Status.VOID
    assert (await books(application))[CLEARING] == 10_000


@pytest.mark.parametrize("held", [0, 1_500])
async def test_a_bonus_goes_with_the_part_of_its_gift_that_a_bank_takes(
    application: Application, merchant: Merchant, account: StripeAccount, *, held: int
) -> None:
    placed = await with_bonus(application, merchant, account)
    gift, bonus = [await bought_of(application, placed, number) for number in range(2)]
    if held:
        await place_hold(application, bonus, value=held, lasting=HOURS, request=asked(), now=now())
    await told(application, placed, NoticeKind.DISPUTED, amount=4_000)

    await told(application, placed, NoticeKind.DISPUTE_LOST, amount=4_000)

    assert [(await standing(application, one)).balance for one in (gift, bonus)] == [6_000, 1_200]
    assert (await standing(application, bonus)).held == 0
    assert (await books(application))[Account.PROMOTIONAL_OUTSTANDING] == -1_200


@pytest.mark.parametrize("held", [0, 9_000, 13_000])
async def test_a_lost_dispute_takes_its_own_value_and_leaves_that_of_others(
    application: Application, merchant: Merchant, account: StripeAccount, *, held: int
) -> None:
    host, guest, place = await merged(application, merchant, account)
    if held:
        await place_hold(application, place, value=held, lasting=HOURS, request=asked(), now=now())
    await redeem(application, place, value=1_000, request=asked(), now=now())
    await told(application, guest, NoticeKind.DISPUTED)

    await told(application, guest, NoticeKind.DISPUTE_LOST)

    after = await standing(application, place)
    assert (after.status, after.balance, after.gratuity_balance) == (Status.ACTIVE, 9_000, 0)
    assert after.held == (held if held <= 9_000 else 0)
    assert (await standing(application, await bought_of(application, guest))).status is Status.VOID
    assert [await status_of(application, one) for one in (host, guest)] == [OrderStatus.ISSUED, OrderStatus.VOIDED]
    assert (await books(application))[CLEARING] == 9_540


async def test_the_certificate_of_a_lost_payment_stays_while_it_holds_what_others_paid_for(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    host, guest, place = await merged(application, merchant, account)
    await adjust(application, place, value=111, request=asked(), now=now())
    await redeem(application, place, value=4_000, request=asked(), now=now())
    await place_hold(application, place, value=6_000, lasting=HOURS, request=asked(), now=now())
    await told(application, host, NoticeKind.DISPUTE_LOST)

    after = await standing(application, place)
    assert (after.status, after.balance, after.held) == (Status.ACTIVE, 5_111, 0)
    assert await status_of(application, host) is OrderStatus.VOIDED
    # What was spent of it had cost 36.00, and 2.16 of tax.
    after_loss = await books(application)
    assert (after_loss[Account.CHARGEBACK_LOSSES], after_loss[Account.GOODWILL]) == (3_816, 111)

    await told(application, guest, NoticeKind.DISPUTE_LOST, name="dp_2")
    assert (await standing(application, place)).status is Status.VOID
    assert {OUTSTANDING, CLEARING, Account.DISPUTED}.isdisjoint(await books(application))


async def test_what_went_back_at_the_gateway_is_booked_on_what_it_had_paid_for(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    host, guest, place = await merged(application, merchant, account)
    session = account.session()
    account.control("refund", session=session, amount=5_550)
    await told(application, guest, NoticeKind.REFUNDED)
    assert (await standing(application, place)).status is Status.BLOCKED

    payment = await payment_of(application, guest)
    done = await settle_outside(application, merchant, payment.payment_id, request=asked(), now=now())

    assert done.booked == 5_550
    assert (await standing(application, place)).balance == 10_000
    assert [await status_of(application, one) for one in (host, guest)] == [OrderStatus.ISSUED, OrderStatus.REFUNDED]
    assert (await books(application))[CLEARING] == 9_540


async def test_a_void_whose_funds_were_returned_takes_its_order_back_wherever_it_is(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    _, guest, _ = await merged(application, merchant, account)
    account.control("refund", session=account.session(), amount=5_550)
    await told(application, guest, NoticeKind.REFUNDED)

    source = await bought_of(application, guest)
    await void(application, source, funds=Funds.RETURNED, request=asked(), now=now())

    assert await status_of(application, guest) is OrderStatus.REFUNDED
    assert (await books(application))[CLEARING] == 9_540
