"""What a line is for is said once and can be taken back: books, invoices and credit agree at every step."""

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from largesse.db import Database
from largesse.domain.banking import (
    BankMatch,
    BankMatchUnknown,
    KeptLine,
    LineMatched,
    LineState,
    MatchInvalid,
    MatchUndone,
    PartnerPaymentUnknown,
    PaymentInvalid,
    PaymentUsed,
    Reason,
    matches_of_line,
    payments_of,
)
from largesse.domain.invoices import Invoice, InvoiceState
from largesse.domain.partners import PartnerUnknown
from largesse.domain.payouts import PayoutLine, PayoutPart, PayoutTold
from largesse.domain.staff import ActRefused, Role
from largesse.kernel.errors import LargesseError
from largesse.ledger import Account, OpenItem, OpenItemKind, SubjectKind
from largesse.services import banking
from largesse.services.banking import Against, InOtherMoney
from largesse.services.staff import Manager
from tests.builders.application import NOW, an_application
from tests.builders.bank_files import IBAN
from tests.builders.banking import Desk
from tests.builders.invoices import an_invoiced_partner, assert_sound, stands, where_it_stands
from tests.builders.staff import OPERATOR
from tests.integration.services.bookkeeper import DONE, Match, a_bookkeeper, told, waits_for_locks


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    async with an_application(database) as application:
        ordering = await an_invoiced_partner(application)
        account = await banking.add_account(
            application, ordering.merchant, name="Giro", number=IBAN, currency="EUR", by=OPERATOR, now=NOW
        )
        yield Desk(application, ordering, account)


async def test_a_line_pays_an_invoice_and_what_is_over_is_credit(desk: Desk) -> None:
    invoice = await desk.invoice("50.00")
    line = await desk.line(60_00)
    match = await desk.pays(line, (invoice, 50_00))
    assert (await stands(desk.application, invoice)).state is InvoiceState.PAID
    assert (await desk.again(line)).state is LineState.MATCHED
    assert await where_it_stands(desk.application, desk.ordering.partner) == (0, 10_00, -10_00)
    await desk.sound()
    assert (await desk.unmatches(match)).left == 60_00
    assert (await stands(desk.application, invoice)).state is InvoiceState.ISSUED
    assert await where_it_stands(desk.application, desk.ordering.partner) == (50_00, 0, 50_00)
    await desk.sound()
    with pytest.raises(MatchUndone) as raised:
        await desk.unmatches(match)
    assert raised.value.code == "bank.match.undone"


async def test_a_line_is_split_and_paid_in_part(desk: Desk) -> None:
    first, second = await desk.invoice("50.00"), await desk.invoice("30.00", "SUMMER")
    line = await desk.line(60_00)
    await desk.pays(line, (first, 40_00), amount=40_00)
    assert ((await desk.again(line)).left, (await stands(desk.application, first)).open) == (20_00, 10_00)
    await desk.pays(await desk.again(line), (second, 20_00), seen=20_00)
    assert (await stands(desk.application, second)).open == 10_00
    await desk.sound()


async def test_of_two_at_once_one_wins_and_the_other_is_told(desk: Desk) -> None:
    invoice = await desk.invoice("50.00")
    line = await desk.line(50_00)
    said = await asyncio.gather(
        *(desk.pays(line, (invoice, 50_00), seen=50_00) for _ in range(4)), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in said) == ["BankMatch", *["LineMatched"] * 3]
    await desk.sound()


async def test_what_is_said_twice_under_one_id_is_done_once(desk: Desk) -> None:
    invoice, line, match_id = await desk.invoice("50.00"), await desk.line(50_00), uuid4()
    one, other = [await desk.pays(line, (invoice, 50_00), match_id=match_id) for _ in range(2)]
    assert one == other
    with pytest.raises(MatchInvalid):
        await desk.pays(await desk.line(5_00), match_id=match_id)
    await desk.sound()


async def test_money_of_another_currency_goes_through_exchange(desk: Desk) -> None:
    invoice = await desk.invoice("50.00")
    dollars = await banking.add_account(
        desk.application, desk.ordering.merchant, name="Dollars", number=IBAN, currency="USD", by=OPERATOR, now=NOW
    )
    abroad = Desk(desk.application, desk.ordering, dollars)
    line = await abroad.line(55_00)
    match = await abroad.pays(line, (invoice, 50_00), worth=InOtherMoney("EUR", 50_00))
    assert (await stands(desk.application, invoice)).state is InvoiceState.PAID
    assert (await desk.balance(Account.EXCHANGE), await desk.balance(Account.EXCHANGE, "USD")) == (50_00, -55_00)
    assert await desk.balance(Account.BANK, "USD") == 55_00
    await assert_sound(desk.application)
    await abroad.unmatches(match)
    assert (await desk.balance(Account.EXCHANGE), await desk.balance(Account.EXCHANGE, "USD")) == (0, 0)
    assert await desk.balance(Account.BANK_CLEARING, "USD") == -55_00
    await assert_sound(desk.application)


async def test_what_was_typed_waits_for_its_line(desk: Desk) -> None:
    invoice = await desk.invoice("50.00")
    facts: dict[str, Any] = {"currency": "EUR", "amount": 50_00, "received_on": NOW.date(), "account": desk.account}
    deps, merchant, partner = desk.application, desk.ordering.merchant, desk.ordering.partner
    against = [Against(invoice.invoice_id, 50_00)]

    async def book(payment_id: UUID, **more: Any) -> None:
        given = {**facts, "against": against, **more}
        await banking.book_payment(deps, merchant, partner, payment_id=payment_id, **given, by=OPERATOR, now=NOW)

    for wrong in (
        {"amount": 0},
        {"amount": 10_00},
        {"currency": "USD"},
        {"received_on": NOW.date().replace(year=2030)},
    ):
        with pytest.raises(PaymentInvalid):
            await book(uuid4(), **wrong)
    payment_id = uuid4()
    await book(payment_id)
    await book(payment_id)
    assert (await stands(deps, invoice)).state is InvoiceState.PAID
    line = await desk.line(50_00)
    [waits] = await _awaited(desk)
    match = await banking.match_awaited(deps, desk.says(line), waits)
    assert await desk.balance(Account.BANK_CLEARING) == 0
    await desk.sound()
    with pytest.raises(PaymentUsed):
        await banking.take_back_payment(deps, merchant, payment_id, by=OPERATOR, now=NOW)
    with pytest.raises(MatchInvalid):
        await banking.match_awaited(deps, desk.says(await desk.line(1_00)), waits)
    await desk.unmatches(match)
    await desk.sound()
    await banking.take_back_payment(deps, merchant, payment_id, by=OPERATOR, now=NOW)
    assert (await stands(deps, invoice)).state is InvoiceState.ISSUED
    await desk.sound()
    await book(uuid4(), account=None)
    assert await desk.balance(Account.CASH) == 50_00
    await assert_sound(deps)


async def test_of_two_lines_at_once_one_is_what_was_awaited(desk: Desk, dsn: str) -> None:
    """Two processes, each with a line of its own and the one payout of that amount; so of a payment that was typed."""
    deps, merchant = desk.application, desk.ordering.merchant
    merchant_id, account_id = merchant.merchant_id, desk.account.account_id
    sent = PayoutTold(
        reference="po_1",
        currency="EUR",
        arrives_on=NOW.date(),
        lines=(PayoutLine(line_no=1, what=PayoutPart.PAYMENT, reference="pi_1", gross=50_00, fee=0),),
    )
    await banking.take_payouts(deps, merchant, [sent], gateway="stripe", by=OPERATOR, now=NOW)
    await banking.book_payment(
        deps, merchant, desk.ordering.partner, payment_id=uuid4(), currency="EUR", amount=50_00,
        received_on=NOW.date(), account=desk.account, by=OPERATOR, now=NOW,
    )  # fmt: skip
    async with a_bookkeeper(dsn) as first, a_bookkeeper(dsn) as second:
        for item in await _awaited(desk):
            lines = [await desk.line(50_00) for _ in range(2)]
            tasks = [Match(merchant_id, line.line_id, item.kind, item.item_id) for line in lines]
            async with deps.database.transaction() as connection:
                # Both have looked at what is awaited before either can book anything on the bank's account.
                await deps.ledger.lock_subject(connection, merchant_id, SubjectKind.BANK_ACCOUNT, account_id)
                asked = [asyncio.create_task(told(one, task)) for one, task in zip((first, second), tasks, strict=True)]
                await waits_for_locks(deps.database, 2)
            assert sorted(await asyncio.gather(*asked)) == ["bank.match.invalid", DONE], item.kind
            await desk.sound()


async def test_a_line_is_never_what_another_line_awaits(desk: Desk) -> None:
    gone, came = await desk.line(-50_00), await desk.line(50_00)
    for item_id in (gone.line_id, came.line_id, uuid4()):
        for kind in OpenItemKind:
            with pytest.raises(MatchInvalid) as raised:
                await banking.match_awaited(desk.application, desk.says(came), OpenItem(kind, item_id))
            assert raised.value.code == "bank.match.invalid"
    assert (await desk.again(came)).left == 50_00
    await desk.sound()


async def _awaited(desk: Desk) -> list[Any]:
    async with desk.application.database.connection() as connection:
        return [one.item for one in await banking.awaited_items(connection, desk.account.merchant_id)]


async def test_what_is_left_of_a_payment_is_set_against_later_and_paid_back(desk: Desk) -> None:
    deps, merchant = desk.application, desk.ordering.merchant
    match = await desk.pays(await desk.line(80_00))
    invoice, act_id = await desk.invoice("50.00"), uuid4()
    assert match.target_id is not None
    too_much = Against(invoice.invoice_id, 90_00)
    with pytest.raises(PaymentUsed):
        await banking.apply_payment(deps, merchant, match.target_id, too_much, act_id=uuid4(), by=OPERATOR, now=NOW)
    for _ in range(2):
        one = Against(invoice.invoice_id, 50_00)
        await banking.apply_payment(deps, merchant, match.target_id, one, act_id=act_id, by=OPERATOR, now=NOW)
    async with deps.database.connection() as connection:
        [payment] = await payments_of(connection, merchant.merchant_id)
        assert await banking.left_of(connection, payment) == 30_00
    with pytest.raises(MatchInvalid):
        await banking.match_paid_back(deps, desk.says(await desk.line(-31_00)), desk.ordering.partner.partner_id)
    back = await banking.match_paid_back(deps, desk.says(await desk.line(-30_00)), desk.ordering.partner.partner_id)
    assert await where_it_stands(deps, desk.ordering.partner) == (0, 0, 0)
    await desk.sound()
    with pytest.raises(PaymentUsed) as raised:
        await desk.unmatches(match)
    assert raised.value.code == "partner.payment.used"
    await desk.unmatches(back)
    await banking.unapply(deps, merchant, act_id, by=OPERATOR, now=NOW)
    await desk.unmatches(match)
    assert await where_it_stands(deps, desk.ordering.partner) == (50_00, 0, 50_00)
    await desk.sound()


async def test_charges_are_fees_and_what_nobody_knows_is_set_aside(desk: Desk) -> None:
    fee = await banking.match_fee(desk.application, desk.says(await desk.line(-3_50)))
    assert await desk.balance(Account.GATEWAY_FEES) == 3_50
    await desk.unmatches(fee)
    assert await desk.balance(Account.GATEWAY_FEES) == 0
    line = await desk.line(7_00)
    aside = await banking.set_aside(desk.application, desk.says(line), "Nobody knows")
    assert (aside.state, aside.note) == (LineState.SET_ASIDE, "Nobody knows")
    match = await desk.pays(line)
    with pytest.raises(LineMatched) as raised:
        await banking.set_aside(desk.application, desk.says(line), "Too late")
    assert raised.value.code == "bank.line.matched"
    await desk.unmatches(match)
    assert (await banking.set_aside(desk.application, desk.says(line), "")).state is LineState.OPEN
    await desk.sound()


async def test_suggestions_come_from_what_the_line_says_and_payers_are_remembered(desk: Desk) -> None:
    invoice = await desk.invoice("50.00")
    named = await desk.line(50_00, text=f"Your {invoice.invoice_number}", iban="AT483200000012345864", name="X")
    coded = await desk.line(50_00, text="For spring", iban="", name="")
    unknown = await desk.line(50_00, text="", iban="AT483200000012345864", name="")

    async def reasons(line: KeptLine) -> list[Reason]:
        async with desk.application.database.connection() as connection:
            found = await banking.suggestions_for(connection, line.merchant_id, [await desk.again(line)])
        return [one.reason for one in found[line.line_id]]

    assert [await reasons(one) for one in (named, coded, unknown)] == [
        [Reason.NUMBER],
        [Reason.REFCODE],
        [Reason.AMOUNT],
    ]
    await desk.pays(named, (invoice, 20_00), amount=20_00)
    await desk.pays(await desk.line(20_00, iban="", name=""), (invoice, 20_00))
    assert await reasons(await desk.line(10_00, text="", iban="AT483200000012345864", name="")) == [Reason.PAYER]


async def test_roles_and_unknown_things_are_refused(desk: Desk) -> None:
    line = await desk.line(5_00)
    with pytest.raises(ActRefused):
        await desk.pays(line, by=Manager(actor="person:x", role=Role.MANAGER))
    for amount in (6_00, -1_00, 0):
        with pytest.raises(MatchInvalid):
            await desk.pays(line, amount=amount)
    with pytest.raises(PartnerUnknown):
        await banking.match_payment(desk.application, desk.says(line), uuid4())
    with pytest.raises(MatchInvalid):
        await banking.match_booked(desk.application, desk.says(line), uuid4())
    with pytest.raises(BankMatchUnknown) as raised:
        await banking.unmatch(desk.application, desk.ordering.merchant, uuid4(), by=OPERATOR, now=NOW)
    assert raised.value.code == "bank.match.unknown"
    with pytest.raises(PartnerPaymentUnknown):
        await banking.take_back_payment(desk.application, desk.ordering.merchant, uuid4(), by=OPERATOR, now=NOW)


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_is_done_in_whatever_order_the_books_agree(desk: Desk, seed: int) -> None:
    """Orders, payments, overpayments, splits, matches and their undoing, at random; all is checked after each step."""
    chance = random.Random(seed)
    invoices: list[Invoice] = [await desk.invoice("50.00")]
    lines: list[KeptLine] = []
    matches: list[BankMatch] = []
    refusals: set[str] = set()
    for step in range(14):
        kind = chance.choice(("invoice", "line", "line", "pay", "pay", "pay", "undo", "fee", "back"))
        try:
            if kind == "invoice":
                invoices.append(await desk.invoice(f"{chance.randrange(10, 90)}.00", f"CODE{step}"))
            elif kind == "line":
                lines.append(await desk.line(chance.choice((1, 1, 1, -1)) * chance.randrange(1_00, 120_00)))
            elif kind == "undo" and matches:
                await desk.unmatches(chance.choice(matches))
            elif lines:
                line = await desk.again(chance.choice(lines))
                if kind == "pay":
                    invoice = await stands(desk.application, chance.choice(invoices))
                    amount = chance.randint(1, max(line.left, 1))
                    part = min(amount, invoice.open) if chance.random() < 0.8 else 0
                    matches.append(await desk.pays(line, *([(invoice, part)] if part else []), amount=amount))
                elif kind == "fee":
                    matches.append(await banking.match_fee(desk.application, desk.says(line)))
                else:
                    partner_id = desk.ordering.partner.partner_id
                    matches.append(await banking.match_paid_back(desk.application, desk.says(line), partner_id))
        except LargesseError as refused:
            refusals.add(refused.code)
        await desk.sound()
    assert refusals <= {"bank.match.invalid", "bank.line.matched", "bank.match.undone", "partner.payment.used"}
    async with desk.application.database.connection() as connection:
        for line in lines:
            said = await matches_of_line(connection, line.merchant_id, line.line_id)
            stands_now = sum(one.amount for one in said if one.undone_at is None)
            assert (await desk.again(line)).left == line.line.amount - stands_now
