"""A bank that takes a part of a payment, or more than there is of it: what was charged back is booked, and no more.

A test's docstring is the journal it expects: of certificates after they were sold, and of the account at the gateway.
"""

import inspect
from collections.abc import AsyncIterator, Callable
from uuid import UUID

import pytest

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import payments
from largesse.domain.merchants import Merchant
from largesse.domain.orders import OrderStatus, find_by_number
from largesse.domain.payments import NoticeKind, NoticeRefused, PaymentDisputed, PaymentStatus
from largesse.kernel.ids import new_id
from largesse.ledger import Account, Certificate, Status
from largesse.services import reports
from largesse.services.certificates import Place, Request, adjust, block, merge, place_hold, redeem
from largesse.services.orders import selling
from largesse.services.payments import sweeper
from largesse.services.refunds import credit_order, refund_order
from tests.builders.orders import a_charge
from tests.builders.payments import (
    HOURS,
    a_paying_application,
    books,
    bought_of,
    count,
    now,
    paid_by_card,
    payment_of,
    told,
)
from tests.builders.shop import a_seller
from tests.support.stripe_account import StripeAccount

CLEARING, OUTSTANDING, DISPUTED = Account.GATEWAY_CLEARING, Account.CERTIFICATES_OUTSTANDING, Account.DISPUTED
LOSSES, REDEEMED = Account.CHARGEBACK_LOSSES, Account.REDEEMED


@pytest.fixture
async def application(database: Database, account: StripeAccount) -> AsyncIterator[Application]:
    async with a_paying_application(database, account) as opened:
        yield opened


@pytest.fixture
async def merchant(database: Database) -> Merchant:
    return await a_seller(database)


def asked() -> Request:
    return Request(operation_id=new_id(now()), actor="test", memo="asked for")


async def stands(application: Application, place: Place) -> Certificate:
    async with application.database.connection() as connection:
        found = await application.ledger.find(connection, place.merchant_id, place.certificate_id)
    assert found is not None
    return found


async def status_of(application: Application, placed: selling.Placed) -> OrderStatus:
    order = placed.orders[0]
    async with application.database.connection() as connection:
        return (await find_by_number(connection, order.merchant_id, order.order_number)).status


async def journal(application: Application) -> list[list[str]]:
    """Every row but those of selling, with what is left of its certificate; subject by subject."""
    async with application.database.connection() as connection:
        rows = await connection.fetch("SELECT * FROM journal WHERE kind <> 'issue' ORDER BY subject_id, seq")
    lines = dict[UUID, list[str]]()
    for row in rows:
        moved = f" {row['debit']} < {row['credit']} {row['amount']}" if row["amount"] else ""
        left = f" | {row['balance_after']}+{row['gratuity_after']}" if row["subject_kind"] == "certificate" else ""
        lines.setdefault(row["subject_id"], []).append(f"{row['kind']} {row['leg'] or '-'}{moved}{left}")
    return sorted(lines.values())


async def expect(application: Application, test: Callable[..., object]) -> None:
    """Compare the journal with a test's docstring, a paragraph for each subject; the books are proven beside it."""
    paragraphs = inspect.cleandoc(test.__doc__ or "").split("\n\n")
    lines = [[line.partition("#")[0].strip() for line in one.splitlines()] for one in paragraphs]
    assert await journal(application) == sorted(lines)
    await books(application)


async def test_a_part_that_is_lost_takes_that_part_and_leaves_the_rest_to_be_spent(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    """
    block - | 10000+0
    refund value certificates_outstanding < disputed 6000 | 4000+0
    unblock - | 4000+0
    redeem value certificates_outstanding < redeemed 1500 | 2500+0

    dispute_opened - disputed < gateway_clearing 6000
    """
    placed, _ = await paid_by_card(application, merchant, account)
    place = await bought_of(application, placed)
    await told(application, placed, NoticeKind.DISPUTED, amount=6_000)
    assert await told(application, placed, NoticeKind.DISPUTE_LOST, amount=6_000) == "dispute lost"
    await redeem(application, place, value=1_500, request=asked(), now=now())
    await expect(application, test_a_part_that_is_lost_takes_that_part_and_leaves_the_rest_to_be_spent)
    assert await books(application) == {CLEARING: 4_000, OUTSTANDING: -2_500, REDEEMED: -1_500}
    assert (await stands(application, place)).status is Status.ACTIVE
    assert await status_of(application, placed) is OrderStatus.ISSUED


async def test_each_filling_gives_its_part_with_its_discount_tax_and_gratuity(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    """
    transfer value transfers < certificates_outstanding 2000 | 7000+0  # what another payment has bought: a part of it
    transfer discount discount_on_outstanding < transfers 200 | 7000+0
    refund value certificates_outstanding < disputed 1000 | 6000+0
    refund discount disputed < discount_on_outstanding 100 | 6000+0
    refund added_tax tax_payable < disputed 54 | 6000+0

    transfer value certificates_outstanding < transfers 2000 | 8000+0  # sold for 90.00, with 5.40 of tax
    transfer discount transfers < discount_on_outstanding 200 | 8000+0
    refund value certificates_outstanding < disputed 4000 | 4000+0
    refund discount disputed < discount_on_outstanding 400 | 4000+0
    refund added_tax tax_payable < disputed 216 | 4000+0

    refund value certificates_outstanding < disputed 2500 | 2500+300
    refund gratuity certificates_outstanding < disputed 150 | 2500+150
    refund added_tax tax_payable < disputed 125 | 2500+150

    dispute_opened - disputed < gateway_clearing 7545
    """
    host, _ = await paid_by_card(application, merchant, account, a_charge(5_000, tax=250))
    charges = a_charge(10_000, discount=1_000, tax=540), a_charge(5_000, tip=300, tax=250)
    placed, _ = await paid_by_card(application, merchant, account, *charges)
    first = await bought_of(application, placed)
    await merge(application, first, await bought_of(application, host), value=2_000, request=asked(), now=now())
    assert placed.checkout.total == 9_540 + 5_550
    await told(application, placed, NoticeKind.DISPUTE_LOST, amount=7_545)
    await expect(application, test_each_filling_gives_its_part_with_its_discount_tax_and_gratuity)
    after = await books(application)
    assert (after[CLEARING], DISPUTED in after, LOSSES in after) == (5_250 + 7_545, False, False)
    assert (await stands(application, await bought_of(application, host))).balance == 5_000 + 1_000
    assert (await stands(application, first)).balance == 4_000
    second = await stands(application, await bought_of(application, placed, 1))
    assert (second.balance, second.gratuity_balance, second.status) == (2_500, 150, Status.ACTIVE)


@pytest.mark.parametrize("spent, lost", [(0, 0), (3_000, 0), (4_000, 0), (4_001, 1), (7_000, 3_000)])
async def test_only_what_was_spent_beyond_what_a_bank_left_is_lost(
    application: Application, merchant: Merchant, account: StripeAccount, spent: int, lost: int
) -> None:
    left = max(4_000 - spent, 0)
    placed, _ = await paid_by_card(application, merchant, account)
    place = await bought_of(application, placed)
    if spent:
        await redeem(application, place, value=spent, request=asked(), now=now())
    await told(application, placed, NoticeKind.DISPUTED, amount=6_000)
    await told(application, placed, NoticeKind.DISPUTE_LOST, amount=6_000)
    one = await stands(application, place)
    assert (one.balance, one.status) == (left, Status.ACTIVE if left else Status.VOID)
    expected = {CLEARING: 4_000, OUTSTANDING: -left, LOSSES: lost, REDEEMED: -spent}
    assert await books(application) == {name: amount for name, amount in expected.items() if amount}


@pytest.mark.parametrize("held, still", [(4_000, 4_000), (4_001, 0)])
async def test_a_hold_ends_only_where_it_is_in_the_way_of_what_was_lost(
    application: Application, merchant: Merchant, account: StripeAccount, held: int, still: int
) -> None:
    placed, _ = await paid_by_card(application, merchant, account)
    place = await bought_of(application, placed)
    await place_hold(application, place, value=held, lasting=HOURS, request=asked(), now=now())
    await told(application, placed, NoticeKind.DISPUTE_LOST, amount=6_000)
    one = await stands(application, place)
    assert (one.balance, one.held, one.status) == (4_000, still, Status.ACTIVE)


async def test_what_a_bank_left_goes_back_to_the_buyer_once_and_no_more(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed, _ = await paid_by_card(application, merchant, account)
    place, number = await bought_of(application, placed), placed.orders[0].order_number
    await told(application, placed, NoticeKind.DISPUTED, amount=6_000)
    with pytest.raises(PaymentDisputed):
        await refund_order(application, merchant, number, request=asked(), now=now())
    await told(application, placed, NoticeKind.DISPUTE_LOST, amount=6_000)
    assert (await payment_of(application, placed)).status is PaymentStatus.SUCCEEDED
    await adjust(application, place, value=500, request=asked(), now=now())
    back = await refund_order(application, merchant, number, request=asked(), now=now())
    await sweeper.sweep(application, now=now())
    assert (back.taken, back.owed, [one.gateway for one in back.refunds]) == (4_000, 4_000, ["stripe"])
    assert (await payment_of(application, placed)).status is PaymentStatus.REFUNDED
    assert await books(application) == {OUTSTANDING: -500, Account.GOODWILL: 500}


async def test_the_roll_forward_tells_all_of_it_as_charged_back(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    """At face, discount and all, whether a part was lost or the rest; a refund beside it is one."""
    placed, _ = await paid_by_card(application, merchant, account, a_charge(10_000, discount=1_000))
    await refund_order(application, merchant, placed.orders[0].order_number, value=2_000, request=asked(), now=now())
    for name, lost in (("dp_1", -4_000), ("dp_2", -8_000)):
        await told(application, placed, NoticeKind.DISPUTE_LOST, amount=3_600, name=name)
        sums = await reports.read_sums(application, merchant.merchant_id, reports.ReportPeriod())
        [line] = reports.roll_forward(sums.lines)
        columns = {column.value: face for column, face in line.columns.items()}
        assert columns == {"issued": 10_000, "refunded": -2_000, "charged_back": lost}
        assert line.closing == 8_000 + lost


async def test_a_refund_that_waits_is_paid_by_the_bank_before_anything_is_taken(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed, _ = await paid_by_card(application, merchant, account)
    account.settings(fail_next=20)
    await refund_order(application, merchant, placed.orders[0].order_number, value=2_000, request=asked(), now=now())
    account.settings(fail_next=0)
    await told(application, placed, NoticeKind.DISPUTE_LOST, amount=6_000)
    place = await bought_of(application, placed)
    assert (await stands(application, place)).balance == 4_000
    assert await books(application) == {CLEARING: 4_000, OUTSTANDING: -4_000}
    back = await refund_order(application, merchant, placed.orders[0].order_number, request=asked(), now=now())
    assert [(one.gateway, one.amount) for one in back.refunds] == [("stripe", 4_000)]


async def test_two_parts_of_one_payment_are_lost_one_after_the_other(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed, _ = await paid_by_card(application, merchant, account)
    place = await bought_of(application, placed)
    for name in ("dp_1", "dp_2"):
        await told(application, placed, NoticeKind.DISPUTED, amount=3_000, name=name)
    await told(application, placed, NoticeKind.DISPUTE_LOST, amount=3_000, name="dp_1")
    one = await stands(application, place)
    assert (one.balance, one.status) == (7_000, Status.BLOCKED), "the other one is open"
    assert (await payment_of(application, placed)).status is PaymentStatus.DISPUTED
    await told(application, placed, NoticeKind.DISPUTE_WON, amount=3_000, name="dp_2")
    one = await stands(application, place)
    assert (one.balance, one.status) == (7_000, Status.ACTIVE)
    await told(application, placed, NoticeKind.DISPUTE_LOST, amount=3_000, name="dp_3")
    assert (await stands(application, place)).balance == 4_000
    assert await books(application) == {CLEARING: 4_000, OUTSTANDING: -4_000}


async def test_what_staff_have_blocked_stays_blocked_after_a_part_was_lost(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed, _ = await paid_by_card(application, merchant, account)
    place = await bought_of(application, placed)
    await block(application, place, request=asked(), now=now())
    await told(application, placed, NoticeKind.DISPUTE_LOST, amount=6_000)
    one = await stands(application, place)
    assert (one.balance, one.status) == (4_000, Status.BLOCKED)


async def test_credit_that_a_refund_became_gives_its_part(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed, _ = await paid_by_card(application, merchant, account, a_charge(10_000), a_charge(5_000))
    number = placed.orders[0].order_number
    done = await credit_order(application, merchant, number, request=asked(), now=now())
    await told(application, placed, NoticeKind.DISPUTE_LOST, amount=6_000)
    credit = Place(merchant_id=merchant.merchant_id, certificate_id=done.credit.certificate_id)
    for place, left in ((credit, 6_000), (await bought_of(application, placed, 1), 3_000)):
        one = await stands(application, place)
        assert (one.balance, one.status) == (left, Status.ACTIVE)
    assert await books(application) == {CLEARING: 9_000, OUTSTANDING: -9_000}


@pytest.mark.parametrize("opened", [True, False])
async def test_a_bank_takes_no_more_than_was_paid(
    application: Application, merchant: Merchant, account: StripeAccount, *, opened: bool
) -> None:
    placed, _ = await paid_by_card(application, merchant, account)
    await redeem(application, await bought_of(application, placed), value=4_000, request=asked(), now=now())
    if opened:
        await told(application, placed, NoticeKind.DISPUTED, amount=999_999)
        assert (await books(application))[DISPUTED] == 10_000
    await told(application, placed, NoticeKind.DISPUTE_LOST, amount=999_999)
    assert await books(application) == {LOSSES: 4_000, REDEEMED: -4_000}


async def test_two_disputes_of_all_of_a_payment_take_it_once(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed, _ = await paid_by_card(application, merchant, account)
    for name in ("dp_1", "dp_2"):
        await told(application, placed, NoticeKind.DISPUTED, name=name)
        assert await books(application) == {DISPUTED: 10_000, OUTSTANDING: -10_000}
    for name in ("dp_1", "dp_2"):
        await told(application, placed, NoticeKind.DISPUTE_LOST, name=name)
        assert await books(application) == {}


@pytest.mark.parametrize("kind", sorted(payments.DISPUTES))
@pytest.mark.parametrize("amount", [-1, 0, 2**63])
async def test_an_amount_that_cannot_be_is_refused_and_changes_nothing(
    application: Application, merchant: Merchant, account: StripeAccount, kind: NoticeKind, amount: int
) -> None:
    placed, _ = await paid_by_card(application, merchant, account)
    with pytest.raises(NoticeRefused) as refused:
        await told(application, placed, kind, amount=amount)
    assert refused.value.code == "payment.notice.refused"
    assert await count(application, "disputes") == 0
    assert (await payment_of(application, placed)).status is PaymentStatus.SUCCEEDED
    assert await books(application) == {CLEARING: 10_000, OUTSTANDING: -10_000}
