"""What a dispute moves in the books: out of the clearing account when it opens, back when it is won, gone when lost."""

from collections.abc import AsyncIterator

import pytest

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain.invoices import SaleReason, sale_documents_of
from largesse.domain.merchants import Merchant
from largesse.domain.payments import NoticeKind
from largesse.kernel.ids import new_id
from largesse.ledger import Account
from largesse.services.certificates import Request, redeem
from largesse.services.orders import selling
from largesse.services.refunds import refund_order
from tests.builders.orders import a_charge
from tests.builders.payments import a_paying_application, books, bought_of, now, paid_by_card, payment_of, told
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
    return Request(operation_id=new_id(now()), actor="test")


async def rows(application: Application) -> list[str]:
    async with application.database.connection() as connection:
        found = await connection.fetch(
            "SELECT kind, reason, debit, credit, amount FROM journal WHERE subject_kind = 'gateway_account'"
            " ORDER BY subject_id, seq"
        )
    return [" ".join(str(word) for word in row.values() if word is not None) for row in found]


async def spent(application: Application, placed: selling.Placed, value: int) -> None:
    await redeem(application, await bought_of(application, placed), value=value, request=asked(), now=now())


async def test_a_dispute_that_is_won_moves_the_money_away_and_back(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed, _ = await paid_by_card(application, merchant, account)
    await told(application, placed, NoticeKind.DISPUTED)
    assert await books(application) == {DISPUTED: 10_000, OUTSTANDING: -10_000}
    await told(application, placed, NoticeKind.DISPUTED)
    await told(application, placed, NoticeKind.DISPUTE_WON)
    assert await books(application) == {CLEARING: 10_000, OUTSTANDING: -10_000}
    assert await rows(application) == [
        "dispute_opened disputed disputed gateway_clearing 10000",
        "dispute_won gateway_clearing disputed 10000",
    ]
    async with application.database.connection() as connection:
        names = await connection.fetch(
            "SELECT DISTINCT subject_id, open_item_kind, open_item_id IS NULL AS unnamed FROM journal"
            " WHERE subject_kind <> 'certificate'"
        )
    payment = await payment_of(application, placed)
    assert [tuple(row.values()) for row in names] == [(payment.account.subject_id, "dispute", False)]


@pytest.mark.parametrize("opened", [True, False])
async def test_a_lost_dispute_takes_what_is_left_and_loses_the_rest(
    application: Application, merchant: Merchant, account: StripeAccount, *, opened: bool
) -> None:
    """Also where nobody told that it was opened."""
    placed, _ = await paid_by_card(application, merchant, account)
    await spent(application, placed, 4_000)
    if opened:
        await told(application, placed, NoticeKind.DISPUTED)
    await told(application, placed, NoticeKind.DISPUTE_LOST)
    assert await books(application) == {LOSSES: 4_000, REDEEMED: -4_000}
    assert await rows(application) == [
        "dispute_opened disputed disputed gateway_clearing 10000",
        "dispute_lost lost chargeback_losses disputed 4000",
    ]


async def test_a_bank_that_keeps_less_than_it_took_gives_the_rest_back(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    """What it leaves of what was bought can be spent."""
    placed, _ = await paid_by_card(application, merchant, account)
    await told(application, placed, NoticeKind.DISPUTED)
    await told(application, placed, NoticeKind.DISPUTE_LOST, amount=6_000)
    assert await books(application) == {CLEARING: 4_000, OUTSTANDING: -4_000}
    assert await rows(application) == [
        "dispute_opened disputed disputed gateway_clearing 10000",
        "dispute_opened returned gateway_clearing disputed 4000",
    ]


async def test_a_bank_that_keeps_more_than_it_took_is_followed(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed, _ = await paid_by_card(application, merchant, account)
    await told(application, placed, NoticeKind.DISPUTED, amount=6_000)
    await told(application, placed, NoticeKind.DISPUTE_LOST, amount=10_000)
    assert await books(application) == {}
    assert [row.split()[1] for row in await rows(application)] == ["disputed", "disputed"]


async def test_an_inquiry_takes_no_money(application: Application, merchant: Merchant, account: StripeAccount) -> None:
    placed, _ = await paid_by_card(application, merchant, account)
    await told(application, placed, NoticeKind.DISPUTED, inquiry=True)
    assert await books(application) == {CLEARING: 10_000, OUTSTANDING: -10_000}
    await told(application, placed, NoticeKind.DISPUTE_WON)
    assert await rows(application) == []


async def test_two_disputes_of_one_payment_are_told_apart(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed, _ = await paid_by_card(application, merchant, account, a_charge(6_000), a_charge(4_000))
    await told(application, placed, NoticeKind.DISPUTED, amount=6_000, name="dp_1")
    await told(application, placed, NoticeKind.DISPUTED, amount=4_000, name="dp_2")
    assert await books(application) == {DISPUTED: 10_000, OUTSTANDING: -10_000}
    await told(application, placed, NoticeKind.DISPUTE_WON, amount=6_000, name="dp_1")
    assert await books(application) == {CLEARING: 6_000, DISPUTED: 4_000, OUTSTANDING: -10_000}


async def test_a_refund_that_the_bank_has_paid_comes_out_of_the_dispute(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed, _ = await paid_by_card(application, merchant, account)
    account.settings(fail_next=20)
    await refund_order(application, merchant, placed.orders[0].order_number, value=1_000, request=asked(), now=now())
    account.settings(fail_next=0)
    await told(application, placed, NoticeKind.DISPUTE_LOST)
    assert await books(application) == {}
    assert await rows(application) == [
        "dispute_opened disputed disputed gateway_clearing 10000",
        "pay_refund by_bank refunds disputed 1000",
    ]


async def test_a_payment_that_bought_nothing_is_not_in_the_books_and_neither_is_its_dispute(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed, _ = await paid_by_card(application, merchant, account)
    async with application.database.transaction() as connection:
        await connection.execute("UPDATE payments SET surplus = true")
    before = await books(application)
    await told(application, placed, NoticeKind.DISPUTED)
    await told(application, placed, NoticeKind.DISPUTE_LOST)
    assert await books(application) == before
    assert await rows(application) == []


@pytest.mark.parametrize(
    "spent_before, kept, corrected", [(0, 10_000, 10_000), (4_000, 10_000, 6_000), (0, 6_000, 6_000)]
)
async def test_what_a_lost_dispute_takes_back_corrects_the_receipt_and_what_was_spent_stands(
    application: Application,
    merchant: Merchant,
    account: StripeAccount,
    *,
    spent_before: int,
    kept: int,
    corrected: int,
) -> None:
    placed, _ = await paid_by_card(application, merchant, account)
    if spent_before:
        await spent(application, placed, spent_before)
    await told(application, placed, NoticeKind.DISPUTED)
    await told(application, placed, NoticeKind.DISPUTE_LOST, amount=kept)
    async with application.database.connection() as connection:
        receipt, correction = await sale_documents_of(connection, merchant.merchant_id, placed.checkout.checkout_id)
    assert (receipt.document.total, correction.document.total) == (10_000, corrected)
    assert correction.document.reason is SaleReason.DISPUTE
    assert correction.document.corrects_number == receipt.document.number
