"""The gateway's money lands: each line is of something, the bank's line closes the payout, and open items add up."""

import hashlib
import random
from collections.abc import AsyncIterator, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

import pytest

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain.banking import BankAccount, lines_of
from largesse.domain.merchants import Merchant
from largesse.domain.payments import NoticeKind, Payment
from largesse.domain.payouts import (
    Payout,
    PayoutDiffers,
    PayoutFileInvalid,
    PayoutLine,
    PayoutPart,
    PayoutTold,
    list_payouts,
    read_payouts,
)
from largesse.domain.payouts import lines_of as lines_of_payout
from largesse.domain.staff import ByWhom
from largesse.kernel.ids import new_id
from largesse.ledger import Account, OpenItem, OpenItemKind
from largesse.ledger.proofs import trial_balance, verify
from largesse.services import banking
from largesse.services.banking import CLEARING, ClearingItem, Matching
from largesse.services.merchants import prefer_location
from largesse.wire.loose_tables import read_loose_table
from tests.builders.bank_files import IBAN, a_line, a_statement
from tests.builders.locations import a_location, an_entity
from tests.builders.orders import a_charge
from tests.builders.payments import a_paying_application, now, paid_by_card, payment_of, told
from tests.builders.shop import a_seller
from tests.builders.staff import OPERATOR
from tests.support.stripe_account import StripeAccount

DAY = date(2026, 11, 20)


class Till(NamedTuple):
    """A merchant that sells by card, with an account at a bank."""

    application: Application
    merchant: Merchant
    gateway: StripeAccount
    account: BankAccount

    async def sells(self, face: int) -> Payment:
        """Somebody pays by card."""
        placed, _ = await paid_by_card(self.application, self.merchant, self.gateway, a_charge(face))
        return await payment_of(self.application, placed)

    async def takes(self, name: str, *lines: tuple[PayoutPart, str, int, int]) -> Payout:
        """A payout of some lines."""
        parts = [
            PayoutLine(line_no=number, what=what, reference=reference, gross=gross, fee=fee)
            for number, (what, reference, gross, fee) in enumerate(lines, start=1)
        ]
        one = PayoutTold(reference=name, currency="USD", arrives_on=DAY, lines=tuple(parts))
        [taken] = await banking.take_payouts(
            self.application, self.merchant, [one], gateway="stripe", by=OPERATOR, now=now()
        )
        return taken

    async def lands(self, payout: Payout) -> UUID:
        """The bank's line of a payout comes, and is matched with it."""
        statement = a_statement(
            [a_line(payout.amount, currency="USD", entry_reference=payout.reference)], currency="USD"
        )
        digest = hashlib.sha256(payout.reference.encode()).digest()
        await banking.take_statement(
            self.application, self.account, [statement], digest=digest, file_name="x", by=OPERATOR, now=now()
        )
        async with self.application.database.connection() as connection:
            found = await lines_of(connection, self.merchant.merchant_id)
        [line] = [one for one in found if one.line.entry_reference == payout.reference]
        asked = Matching(merchant=self.merchant, line_id=line.line_id, match_id=new_id(now()), by=OPERATOR, now=now())
        item = OpenItem(OpenItemKind.PAYOUT, payout.payout_id)
        return (await banking.match_awaited(self.application, asked, item)).match_id

    async def items(self) -> list[ClearingItem]:
        """All open items, which explain every clearing account, in books that are true."""
        async with self.application.database.dedicated() as connection:
            assert [one async for one in verify(connection)] == []
            found = await banking.clearing_items(connection, self.merchant.merchant_id)
            balances = await trial_balance(connection)
        for account in CLEARING:
            explained = sum(one.amount for one in found if one.account == account.value)
            assert explained == sum(one.balance for one in balances if one.account is account), account
        return found

    async def open(self, account: Account) -> list[tuple[str, int]]:
        """The open items of one account: their kinds and amounts."""
        return sorted((one.kind, one.amount) for one in await self.items() if one.account == account.value)


@pytest.fixture
async def till(database: Database, account: StripeAccount) -> AsyncIterator[Till]:
    async with a_paying_application(database, account) as application:
        merchant = await a_seller(database)
        bank = await banking.add_account(
            application, merchant, name="Giro", number=IBAN, currency="USD", by=OPERATOR, now=now()
        )
        yield Till(application, merchant, account, bank)


def of(payment: Payment, fee: int = 3_20) -> tuple[PayoutPart, str, int, int]:
    """The line of a payment."""
    return PayoutPart.PAYMENT, payment.intent or payment.reference, payment.amount, fee


async def test_a_payout_closes_what_was_paid_and_the_bank_closes_the_payout(till: Till) -> None:
    first, second = await till.sells(100_00), await till.sells(50_00)
    assert await till.open(Account.GATEWAY_CLEARING) == [("order", 50_00), ("order", 100_00)]
    payout = await till.takes("po_1", of(first), (PayoutPart.FEE, "", 0, 1_00))
    assert (payout.amount, payout.fees) == (95_80, 4_20)
    assert await till.open(Account.GATEWAY_CLEARING) == [("order", 50_00)]
    assert await till.open(Account.BANK_CLEARING) == [("payout", 95_80)]
    again = await till.takes("po_1", of(first), (PayoutPart.FEE, "", 0, 1_00))
    assert (again.payout_id, again.again) == (payout.payout_id, True)
    with pytest.raises(PayoutDiffers) as raised:
        await till.takes("po_1", of(first, 9_99), (PayoutPart.FEE, "", 0, 1_00))
    assert raised.value.code == "payout.differs"
    match_id = await till.lands(payout)
    assert await till.open(Account.BANK_CLEARING) == []
    await banking.unmatch(till.application, till.merchant, match_id, by=OPERATOR, now=now())
    assert await till.open(Account.BANK_CLEARING) == [("payout", 95_80), ("statement_line", -95_80)]
    async with till.application.database.connection() as connection:
        [kept] = await list_payouts(connection, till.merchant.merchant_id)
        lines = await lines_of_payout(connection, till.merchant.merchant_id, kept.payout_id)
    assert [one.item_id for one in lines] == [first.payment_id, None]
    assert second.payment_id != first.payment_id


async def test_what_is_paid_out_of_another_entity_s_money_is_owed_to_it(till: Till, database: Database) -> None:
    """Two sales and a dispute of the first entity; another one is home, and has the gateway's account, by then."""
    placed, _ = await paid_by_card(till.application, till.merchant, till.gateway, a_charge(100_00))
    first, second = await payment_of(till.application, placed), await till.sells(50_00)
    entity = await an_entity(database, till.merchant)
    wien = await a_location(database, till.merchant, entity=entity, code="WIEN")
    async with till.application.database.transaction() as connection:
        await prefer_location(connection, wien, by=ByWhom(actor="cli:test"), now=now())
    till.application.locator.forget(till.merchant.merchant_id)
    await told(till.application, placed, NoticeKind.DISPUTED)
    async with till.application.database.connection() as connection:
        name = await connection.fetchval("SELECT reference FROM disputes")
    await till.takes("po_1", of(first), of(second), (PayoutPart.DISPUTE, name, -100_00, 15_00))
    async with till.application.database.connection() as connection:
        rows = await connection.fetch(
            "SELECT account, legal_entity_id = $1 AS other, sum(amount)::bigint AS amount FROM ("
            " SELECT debit AS account, legal_entity_id, amount FROM journal"
            " UNION ALL SELECT credit, legal_entity_id, -amount FROM journal) AS legs GROUP BY 1, 2",
            entity.entity_id,
        )
    standing = {(row["account"], row["other"]): row["amount"] for row in rows if row["amount"]}
    assert not {account for account, _ in standing} & {"gateway_clearing"}
    assert (standing["disputed", False], standing.get(("disputed", True))) == (100_00, None)
    assert (standing["between_entities", False], standing["between_entities", True]) == (50_00, -50_00)
    await till.items()


async def test_what_a_payout_has_that_is_of_nothing_here_is_an_item_of_its_own(till: Till) -> None:
    payment = await till.sells(100_00)
    await till.takes("po_1", of(payment), (PayoutPart.PAYMENT, "pi_of_another_shop", 7_00, 0))
    assert await till.open(Account.GATEWAY_CLEARING) == [("payout_line", -7_00)]


async def test_a_dispute_is_closed_by_the_payout_that_takes_it(till: Till) -> None:
    placed, _ = await paid_by_card(till.application, till.merchant, till.gateway, a_charge(100_00))
    payment = await payment_of(till.application, placed)
    await told(till.application, placed, NoticeKind.DISPUTED)
    assert await till.open(Account.DISPUTED) == [("dispute", 100_00)]
    async with till.application.database.connection() as connection:
        name = await connection.fetchval("SELECT reference FROM disputes")
    payout = await till.takes("po_1", of(payment), (PayoutPart.DISPUTE, name, -100_00, 15_00))
    assert payout.amount == -18_20
    assert await till.open(Account.GATEWAY_CLEARING) == []
    assert await till.open(Account.BANK_CLEARING) == [("payout", -18_20)]


@pytest.mark.parametrize("seed", range(2))
async def test_at_every_step_each_clearing_account_is_what_its_open_items_say(till: Till, seed: int) -> None:
    chance = random.Random(seed)
    unpaid: list[Payment] = []
    waiting: list[Payout] = []
    matched: list[UUID] = []
    for step in range(10):
        kind = chance.choice(("sell", "sell", "payout", "land", "undo", "stray"))
        if kind == "sell":
            unpaid.append(await till.sells(chance.randrange(10, 90) * 1_00))
        elif kind == "payout" and unpaid:
            chosen = [unpaid.pop() for _ in range(chance.randint(1, len(unpaid)))]
            waiting.append(await till.takes(f"po_{step}", *(of(one, chance.randrange(5_00)) for one in chosen)))
        elif kind == "land" and waiting:
            matched.append(await till.lands(waiting.pop()))
        elif kind == "undo" and matched:
            await banking.unmatch(till.application, till.merchant, matched.pop(), by=OPERATOR, now=now())
        elif kind == "stray":
            await till.takes(f"po_{step}", (PayoutPart.OTHER, "adjustment", -chance.randrange(1, 9_00), 0))
        await till.items()


STRIPE = """automatic_payout_id,automatic_payout_effective_at,currency,gross,fee,net,reporting_category,source_id,\
payment_intent_id
po_1,2026-11-20 00:00:00,usd,100.00,3.20,96.80,charge,ch_1,pi_1
po_1,2026-11-20 00:00:00,usd,-20.00,0.00,-20.00,refund,re_1,pi_1
po_1,2026-11-20 00:00:00,usd,-2.00,0.00,-2.00,fee,txn_1,
po_1,2026-11-20 00:00:00,usd,0.00,0.00,0.00,payout,po_1,
po_2,2026-11-21,usd,-50.00,15.00,-65.00,dispute,du_1,pi_2
"""
PLAIN = "payout,arrives_on,currency,what,reference,gross,fee\npo_1,2026-11-20,EUR,payment,pi_1,10.00,0.50\n"


def payouts_in(text: str) -> Sequence[PayoutTold]:
    return read_payouts(read_loose_table(text.encode(), size_max=100_000))


def test_the_report_of_stripe_is_read_and_a_table_of_ones_own() -> None:
    first, second = payouts_in(STRIPE)
    assert [(one.what, one.reference, one.gross, one.fee) for one in first.lines] == [
        (PayoutPart.PAYMENT, "pi_1", 100_00, 3_20),
        (PayoutPart.REFUND, "re_1", -20_00, 0),
        (PayoutPart.FEE, "txn_1", 0, 2_00),
    ]
    assert (first.amount, first.fees, first.arrives_on) == (74_80, 5_20, DAY)
    assert (second.amount, second.lines[0].reference) == (-65_00, "du_1")
    [own] = payouts_in(PLAIN)
    assert (own.amount, own.currency) == (9_50, "EUR")


def test_what_cannot_be_read_is_told_all_at_once() -> None:
    with pytest.raises(PayoutFileInvalid) as raised:
        payouts_in("payout,currency\npo_1,USD\n")
    assert {one.field for one in raised.value.fields} == {"arrives_on", "what", "reference", "gross", "fee"}
    wrong = PLAIN + "po_1,20.11.2026,EUR,payment,pi_2,1.00,0\n,2026-11-20,EUR,payment,pi_3,1.00,0\n"
    with pytest.raises(PayoutFileInvalid) as raised:
        payouts_in(wrong + "po_1,2026-11-20,EUR,payment,pi_4,1.0x,0\n")
    assert [one.field for one in raised.value.fields] == ["line 3", "line 4", "line 5"]
    assert raised.value.code == "payout.file.invalid"
