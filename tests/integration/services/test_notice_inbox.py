"""What a gateway tells an account that merchants share goes to whose it is, and waits until that is known."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import payments
from largesse.domain.merchants import Merchant
from largesse.domain.payments import AccountRef, Notice, NoticeKind
from largesse.kernel.ids import new_id
from largesse.services.payments import forget, inbox, sweep
from largesse.services.payments.notices import UNCLAIMED, take_note
from tests.builders.payments import a_paying_application, count, now, paid_by_card, payment_of
from tests.builders.shop import a_seller
from tests.support.stripe_account import StripeAccount

STRANGER = UUID("0190a0a0-0000-7000-8000-000000000000")


@pytest.fixture
async def application(database: Database, account: StripeAccount) -> AsyncIterator[Application]:
    async with a_paying_application(database, account) as opened:
        yield opened


@pytest.fixture
async def merchant(database: Database) -> Merchant:
    return await a_seller(database)


def a_notice(kind: NoticeKind, name: str, *, intent: str = "pi_unknown", merchant_id: UUID | None = None) -> Notice:
    return Notice(notice_id=name, kind=kind, intent=intent, merchant_id=merchant_id, currency="USD", amount=5)


async def write_down(application: Application, *notices: Notice) -> list[tuple[AccountRef, Notice]]:
    async with application.database.transaction() as connection:
        return await inbox.write_down(connection, "stripe", notices, now=now())


async def test_news_that_names_its_merchant_or_their_money_is_the_merchants_at_once(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed, _ = await paid_by_card(application, merchant, account)
    paid = await payment_of(application, placed)
    assert paid.intent is not None
    named = a_notice(NoticeKind.EXPIRED, "evt_named", merchant_id=merchant.merchant_id)
    about_money = a_notice(NoticeKind.REFUNDED, "evt_money", intent=paid.intent)

    filed = await write_down(application, named, about_money)

    assert filed == [(paid.account, named), (paid.account, about_money)]
    assert await count(application, "gateway_inbox") == 0
    await sweep(application, now=now())
    async with application.database.connection() as connection:
        [kept] = await payments.notices_of_payment(connection, merchant.merchant_id, paid.payment_id)
    assert (kept.account, kept.notice) == (paid.account, about_money)


@pytest.mark.usefixtures("merchant")
async def test_news_of_nobody_waits_two_days_and_is_forgotten_after_a_year(application: Application) -> None:
    news = a_notice(NoticeKind.DISPUTED, "evt_1")
    foreign = a_notice(NoticeKind.SUCCEEDED, "evt_2", merchant_id=STRANGER)
    assert await write_down(application, news, foreign) == []
    assert await write_down(application, news, foreign) == [], "told again it is the same"

    await sweep(application, now=now() + timedelta(minutes=1))
    assert await count(application, "gateway_inbox WHERE status = 'waiting' AND notice_id = 'evt_1'") == 1
    assert await count(application, "gateway_inbox WHERE status = 'unclaimed' AND notice_id = 'evt_2'") == 1

    await sweep(application, now=now() + timedelta(days=3))
    assert await count(application, "gateway_inbox WHERE status = 'unclaimed'") == 2
    assert await count(application, "gateway_notices") == 0

    assert await forget(application, now=now() + timedelta(days=300)) == 0
    assert await forget(application, now=now() + timedelta(days=401)) == 2
    assert await count(application, "gateway_inbox") == 0


async def test_an_unreadable_notice_of_the_inbox_keeps_no_other(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    async with application.database.transaction() as connection:
        await connection.execute(
            "INSERT INTO gateway_inbox (gateway, notice_id, notice, status, received_at, next_attempt_at)"
            " VALUES ('stripe', 'evt_bad', '[1]', 'waiting', $1, $1)",
            now(),
        )
    await write_down(application, a_notice(NoticeKind.REFUNDED, "evt_early", intent="pi_early"))
    placed, _ = await paid_by_card(application, merchant, account)
    async with application.database.transaction() as connection:
        await connection.execute("UPDATE payments SET intent = 'pi_early'")

    await sweep(application, now=now() + timedelta(hours=1))

    assert await count(application, "gateway_inbox WHERE status = 'waiting' AND notice_id = 'evt_bad'") == 1
    assert await count(application, "gateway_inbox") == 1
    assert await count(application, "gateway_notices WHERE notice_id = 'evt_early'") == 1
    assert placed.checkout.merchant_id == merchant.merchant_id


async def test_notices_of_a_merchant_that_are_old_and_dealt_with_are_forgotten(
    application: Application, merchant: Merchant
) -> None:
    account = AccountRef(merchant_id=merchant.merchant_id, gateway="test", account_id=new_id(now()))
    async with application.database.transaction() as connection:
        for number in range(3):
            news = a_notice(NoticeKind.FAILED, f"evt_{number}")
            await payments.keep_notices(connection, account, [news], now=now() - timedelta(days=500 * number))
    await sweep(application, now=now())  # what came long ago is nobody's
    assert await count(application, "gateway_notices WHERE status = 'waiting'") == 1

    assert await forget(application, now=now()) == 2
    assert await count(application, "gateway_notices") == 1


async def test_what_one_account_says_counts_for_its_own_payments_alone(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed, session = await paid_by_card(application, merchant, account)
    paid = await payment_of(application, placed)
    of_another = AccountRef(merchant_id=merchant.merchant_id, gateway="stripe", account_id=new_id(now()))
    dispute = Notice(
        notice_id="evt_d",
        kind=NoticeKind.DISPUTED,
        reference=session,
        intent=paid.intent,
        currency="USD",
        amount=paid.amount,
        dispute="dp_1",
    )

    assert await take_note(application, of_another, dispute, now=now()) is UNCLAIMED
    foreign = a_notice(NoticeKind.SUCCEEDED, "evt_f", merchant_id=STRANGER)
    assert await take_note(application, paid.account, foreign, now=now()) is UNCLAIMED
    assert await count(application, "disputes") == 0
    assert (await take_note(application, paid.account, dispute, now=now())).payment_id == paid.payment_id
