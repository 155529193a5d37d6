"""Refunds that are paid, or fail, are booked on the account at the gateway; those booked before it had rows go on."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import payments
from largesse.domain.merchants import Merchant
from largesse.domain.payments import AccountRef, Payment, PaymentRefund, RefundMade, RefundStatus
from largesse.kernel.errors import LargesseError
from largesse.kernel.ids import derived_id, new_id
from largesse.ledger import Account, Kind, Settle, SubjectKind, erase_memos
from largesse.services.certificates import Request
from largesse.services.orders import selling
from largesse.services.refunds import paying_back, refund_order, settle_by_hand, settle_outside
from tests.builders.orders import a_charge
from tests.builders.payments import a_paying_application, books, bought_of, now, paid_by_card, payment_of
from tests.builders.shop import a_seller
from tests.support.stripe_account import StripeAccount

CLEARING = Account.GATEWAY_CLEARING
ROWS = """
SELECT j.kind, j.reason, j.debit, j.credit, j.amount, j.subject_kind, j.subject_id, j.open_item_kind, j.open_item_id,
    j.refers_to
FROM journal j WHERE j.kind IN ('pay_refund', 'refund_failed', 'settle') ORDER BY j.recorded_at, j.seq
"""


@pytest.fixture
async def application(database: Database, account: StripeAccount) -> AsyncIterator[Application]:
    async with a_paying_application(database, account) as opened:
        yield opened


@pytest.fixture
async def merchant(database: Database) -> Merchant:
    return await a_seller(database)


def asked(memo: str | None = None) -> Request:
    return Request(operation_id=new_id(now()), actor="test", memo=memo)


async def rows(application: Application) -> list[tuple[object, ...]]:
    async with application.database.connection() as connection:
        return [tuple(row.values()) for row in await connection.fetch(ROWS)]


async def kinds(application: Application) -> list[tuple[object, object]]:
    return [(row[0], row[4]) for row in await rows(application)]


async def refunds_of(application: Application, payment: Payment) -> list[PaymentRefund]:
    async with application.database.connection() as connection:
        return await payments.refunds_of_payments(connection, payment.merchant_id, [payment.payment_id])


async def noted(application: Application, payment: Payment, refund: PaymentRefund, status: RefundStatus) -> None:
    """What the gateway says of a refund from now on; each time under a name of its own."""
    made = RefundMade(
        reference=str(new_id(now())), status=status, amount=refund.money, refund_id=refund.refund_id, fault=None
    )
    await paying_back.note(application, payment, made, now=now())


async def refunded(
    application: Application, merchant: Merchant, account: StripeAccount, *, unanswered: bool = False
) -> tuple[Payment, PaymentRefund]:
    placed, _ = await paid_by_card(application, merchant, account)
    account.settings(fail_next=10 if unanswered else 0)
    await refund_order(application, merchant, placed.orders[0].order_number, request=asked(), now=now())
    account.settings(fail_next=0)
    payment = await payment_of(application, placed)
    [refund] = await refunds_of(application, payment)
    return payment, refund


async def outside(
    application: Application, merchant: Merchant, account: StripeAccount, *, keep: bool = False
) -> tuple[Payment, PaymentRefund, selling.Placed]:
    """Two orders of one payment, of which the first went back at the gateway, with more than was left of it."""
    placed, session = await paid_by_card(application, merchant, account, a_charge(6_000), a_charge(4_000))
    account.control("refund", session=session, amount=6_000)
    payment = await payment_of(application, placed)
    await paying_back.reconcile(application, payment, now=now())
    number = placed.orders[0].order_number
    request = asked("Ada Lovelace called")
    await settle_outside(
        application, merchant, payment.payment_id, order_number=number, keep=keep, request=request, now=now()
    )
    [refund] = await refunds_of(application, payment)
    return payment, refund, placed


async def test_a_refund_that_is_paid_is_a_row_of_the_account_that_it_left(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    payment, refund = await refunded(application, merchant, account)
    assert payment.account.subject_id == derived_id("gateway-account", merchant.merchant_id, "stripe")
    assert await rows(application) == [
        (
            *("pay_refund", "owed", "refunds", "gateway_clearing", 10_000),
            *("gateway_account", payment.account.subject_id, "refund", refund.refund_id, None),
        )
    ]
    assert await books(application) == {}


async def test_a_refund_that_fails_is_swapped_and_paid_by_hand_on_nobodys_account(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    payment, refund = await refunded(application, merchant, account)
    for _ in range(2):
        await noted(application, payment, refund, RefundStatus.FAILED)
    assert await books(application) == {CLEARING: 10_000, Account.REFUNDS: -10_000}
    await settle_by_hand(application, merchant, refund.refund_id, now=now())
    assert await kinds(application) == [("pay_refund", 10_000), ("refund_failed", 10_000), ("pay_refund", 10_000)]
    assert await books(application) == {}


async def test_an_own_account_is_its_own_subject(merchant: Merchant) -> None:
    own = AccountRef(merchant_id=merchant.merchant_id, gateway="stripe", account_id=UUID(int=5))
    other = AccountRef(merchant_id=merchant.merchant_id, gateway="manual")
    assert own.subject_id == UUID(int=5)
    assert other.subject_id not in {own.subject_id, derived_id("gateway-account", merchant.merchant_id, "stripe")}


async def test_what_was_paid_before_gateways_had_rows_is_booked_back_as_it_was(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    """As the version before booked it: on the certificate, from `refunds`."""
    payment, refund = await refunded(application, merchant, account, unanswered=True)
    assert refund.status is RefundStatus.OWED
    assert refund.certificate_id is not None
    settle = Settle(
        merchant_id=merchant.merchant_id,
        certificate_id=refund.certificate_id,
        operation_id=derived_id("settle", refund.refund_id, "0"),
        actor="gateway:stripe",
        debit=Account.REFUNDS,
        credit=CLEARING,
        amount=refund.amount,
    )
    async with application.database.transaction() as connection:
        [outcome] = await application.ledger.post(connection, [settle], now=now())
        await connection.execute("UPDATE refunds SET status = 'settled', bookings = 1, reference = 're_before'")
    assert not isinstance(outcome, LargesseError)
    assert await books(application) == {}

    await noted(application, payment, refund, RefundStatus.FAILED)
    assert await books(application) == {CLEARING: 10_000, Account.REFUNDS: -10_000}
    await settle_by_hand(application, merchant, refund.refund_id, now=now())

    assert await kinds(application) == [("settle", 10_000), ("settle", 10_000), ("pay_refund", 10_000)]
    assert await books(application) == {}


async def test_what_went_back_outside_names_refund_and_certificate(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    payment, refund, placed = await outside(application, merchant, account)
    place = await bought_of(application, placed)
    assert await rows(application) == [
        (
            *("pay_refund", "owed", "refunds", "gateway_clearing", 6_000),
            *("gateway_account", payment.account.subject_id, "refund", refund.refund_id, place.certificate_id),
        )
    ]


@pytest.mark.parametrize("keep", [False, True])
async def test_what_went_back_outside_fails_and_is_paid_as_often_as_the_gateway_says(
    application: Application, merchant: Merchant, account: StripeAccount, keep: bool
) -> None:
    payment, refund, _ = await outside(application, merchant, account, keep=keep)
    stood = await books(application)
    source = Account.GOODWILL if keep else Account.REFUNDS
    for number in range(3):
        await noted(application, payment, refund, RefundStatus.FAILED)
        assert (await books(application)).get(source, 0) == stood.get(source, 0) - 6_000
        assert (await books(application))[CLEARING] == stood[CLEARING] + 6_000
        await noted(application, payment, refund, RefundStatus.SETTLED)
        assert await books(application) == stood
        assert len(await rows(application)) == 1 + 2 * (number + 1)


async def test_what_went_back_outside_before_gateways_had_rows_is_booked_back_as_it_was(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    """The version before booked 2000 of 6000 on the certificate; what is said since, the gateway's account has."""
    placed, session = await paid_by_card(application, merchant, account, a_charge(6_000), a_charge(4_000))
    account.control("refund", session=session, amount=6_000)
    payment = await payment_of(application, placed)
    await paying_back.reconcile(application, payment, now=now())
    [refund] = await refunds_of(application, payment)
    place = await bought_of(application, placed)
    settle = Settle(
        merchant_id=merchant.merchant_id,
        certificate_id=place.certificate_id,
        operation_id=new_id(now()),
        actor="test",
        debit=Account.GOODWILL,
        credit=CLEARING,
        amount=2_000,
        refers_to=refund.refund_id,
    )
    async with application.database.transaction() as connection:
        await application.ledger.post(connection, [settle], now=now())
    number = placed.orders[0].order_number
    done = await settle_outside(
        application, merchant, payment.payment_id, order_number=number, keep=True, request=asked(), now=now()
    )
    assert done.booked == 4_000
    stood = await books(application)
    assert (stood[CLEARING], stood[Account.GOODWILL]) == (4_000, 6_000)

    await noted(application, payment, refund, RefundStatus.FAILED)
    assert Account.GOODWILL not in await books(application)
    await noted(application, payment, refund, RefundStatus.SETTLED)
    assert await books(application) == stood
    async with application.database.connection() as connection:
        [row] = await application.ledger.settlements(connection, merchant.merchant_id, [place.certificate_id])
    assert (row.refers_to, row.account, row.net) == (refund.refund_id, Account.GOODWILL, 6_000)


async def test_what_was_said_beside_a_refund_is_erased_with_its_certificate(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    _, _, placed = await outside(application, merchant, account)
    place = await bought_of(application, placed)
    async with application.database.transaction() as connection:
        said = await connection.fetchval("SELECT count(*) FROM journal_memos WHERE memo LIKE 'Ada%'")
        await erase_memos(connection, merchant.merchant_id, [place.certificate_id])
        left = await connection.fetchval("SELECT count(*) FROM journal_memos WHERE memo LIKE 'Ada%'")
    assert (said, left) == (2, 0)
    assert {row[0] for row in await rows(application)} == {Kind.PAY_REFUND}
    assert {row[5] for row in await rows(application)} == {SubjectKind.GATEWAY_ACCOUNT}
    await books(application)
    assert placed.orders[0].merchant_id == merchant.merchant_id


async def test_many_refunds_at_once_are_each_booked_once(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    """All of them lock the same chain, after certificates and payments of their own."""
    bought = [await paid_by_card(application, merchant, account, a_charge(5_000), a_charge(2_000)) for _ in range(3)]
    numbers = [order.order_number for placed, _ in bought for order in placed.orders]
    await asyncio.gather(
        *(refund_order(application, merchant, number, request=asked(), now=now()) for number in numbers)
    )
    assert sorted(await kinds(application)) == sorted([("pay_refund", 5_000), ("pay_refund", 2_000)] * 3)
    assert await books(application) == {}
