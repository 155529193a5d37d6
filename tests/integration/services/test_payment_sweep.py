"""What is wrong with one notice, payment or refund keeps no other: the sweep goes on, and tries it again later."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import orders, payments
from largesse.domain.merchants import Merchant
from largesse.domain.orders import CheckoutStatus
from largesse.domain.payments import AccountRef, Notice, NoticeKind, RefundStatus
from largesse.kernel.ids import new_id
from largesse.ledger import Account
from largesse.services.certificates import Request
from largesse.services.orders import selling
from largesse.services.payments import give_up_unpaid, paying, sweep
from largesse.services.refunds import refund_order
from tests.builders.orders import a_basket
from tests.builders.payments import (
    a_paying_application,
    books,
    count,
    now,
    paid_by_card,
    placed_by,
    sent_to,
    standing_of,
)
from tests.builders.shop import a_seller
from tests.support.stripe_account import StripeAccount

LATER = timedelta(minutes=3)


@pytest.fixture
async def application(database: Database, account: StripeAccount) -> AsyncIterator[Application]:
    async with a_paying_application(database, account) as opened:
        yield opened


@pytest.fixture
async def merchant(database: Database) -> Merchant:
    return await a_seller(database)


def news_of(placed: selling.Placed, name: str, *, amount: int | None = None) -> Notice:
    """The news at the test gateway that a checkout was paid."""
    checkout = placed.checkout
    return Notice(
        notice_id=name,
        kind=NoticeKind.SUCCEEDED,
        reference=name,
        intent=f"{name}:money",
        merchant_id=checkout.merchant_id,
        checkout_id=checkout.checkout_id,
        currency=checkout.currency,
        amount=checkout.total if amount is None else amount,
    )


async def told(application: Application, *notices: Notice) -> None:
    async with application.database.transaction() as connection:
        for one in notices:
            assert one.merchant_id is not None
            account = AccountRef(merchant_id=one.merchant_id, gateway=payments.TEST)
            await payments.keep_notices(connection, account, [one], now=now())


async def waiting(application: Application) -> dict[str, str | None]:
    """What still waits, and why."""
    async with application.database.connection() as connection:
        rows = await connection.fetch("SELECT notice_id, outcome FROM gateway_notices WHERE status = 'waiting'")
    return {row["notice_id"]: row["outcome"] for row in rows}


async def test_a_poisoned_notice_keeps_neither_other_notices_nor_payments_nor_refunds(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    """One says an amount that no column can hold, one cannot even be read."""
    refunded, _ = await paid_by_card(application, merchant, account)
    account.settings(fail_next=10)
    request = Request(operation_id=new_id(now()), actor="test")
    await refund_order(application, merchant, refunded.orders[0].order_number, request=request, now=now())
    account.settings(fail_next=0)
    pending, poisoned, good = [await placed_by(application, merchant) for _ in range(3)]
    await sent_to(application, merchant, pending)
    account.control("pay", session=account.session(), how="pay")
    await told(application, news_of(poisoned, "poisoned", amount=10**30), news_of(good, "good"))
    async with application.database.transaction() as connection:
        await connection.execute(
            "INSERT INTO gateway_notices"
            " (merchant_id, account_id, gateway, notice_id, notice, status, received_at, next_attempt_at)"
            " VALUES ($2, '00000000-0000-0000-0000-000000000000', 'test', 'unreadable', '[1]', 'waiting', $1, $1)",
            now(),
            merchant.merchant_id,
        )

    with capture_logs() as logs:
        assert await sweep(application, now=now() + LATER) == 3

    assert {entry["event"] for entry in logs if entry["log_level"] == "error"} == {
        "notice_put_off",
        "notice_unreadable",
    }
    assert await waiting(application) == {"poisoned": "payment.notice.refused", "unreadable": "unreadable"}
    for placed in (pending, good):
        assert await standing_of(application, merchant, placed) is paying.PaymentStanding.PAID
    async with application.database.connection() as connection:
        rows = await connection.fetch("SELECT status FROM refunds")
    assert [row["status"] for row in rows] == [RefundStatus.SETTLED]
    assert Account.REFUNDS not in await books(application)
    assert await sweep(application, now=now() + LATER) == 0  # neither is tried again at once


async def test_what_was_wrong_with_a_notice_may_be_mended_and_it_is_taken_up_then(
    application: Application, merchant: Merchant
) -> None:
    placed = await placed_by(application, merchant)
    await told(application, news_of(placed, "news", amount=10**30))
    assert await sweep(application, now=now() + LATER) == 0
    async with application.database.transaction() as connection:
        await connection.execute(
            "UPDATE gateway_notices SET notice = jsonb_set(notice, '{amount}', to_jsonb($1::bigint))",
            placed.checkout.total,
        )

    assert await sweep(application, now=now() + timedelta(hours=1)) == 1

    assert await count(application, "certificates") == 1


async def test_a_checkout_that_cannot_be_given_up_keeps_no_other(application: Application, merchant: Merchant) -> None:
    """An order of the first was issued behind everybody's back, so it cannot be cancelled."""
    bad, good = [
        await selling.place(application, merchant, replace(a_basket(), gateway=payments.TEST), now=now())
        for _ in range(2)
    ]
    async with application.database.transaction() as connection:
        await connection.execute(
            "UPDATE orders SET status = 'issued', certificate_id = gen_random_uuid(), issued_at = $2"
            " WHERE order_id = $1",
            bad.orders[0].order_id,
            now(),
        )

    assert await give_up_unpaid(application, now=now() + timedelta(days=1)) == 1

    async with application.database.connection() as connection:
        stands = await orders.find_checkout(connection, merchant.merchant_id, good.checkout.checkout_id)
    assert stands.status is CheckoutStatus.EXPIRED
