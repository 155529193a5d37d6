"""Ageing and statements of account: they add up, and agree with the journal."""

import csv
import io
import random
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import cast
from uuid import uuid4

import pytest

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain.banking import BankAccount, payments_of
from largesse.domain.invoices import Invoice, InvoiceInvalid
from largesse.domain.orders import Order
from largesse.services.banking import Against, add_account, book_payment, take_back_payment
from largesse.services.certificates import Place
from largesse.services.invoices import (
    PartnerStatement,
    StatementKind,
    ageing,
    ageing_as_csv,
    currencies_of,
    dispute,
    period_of,
    statement_as_csv,
    statement_as_pdf,
    statement_of,
    write_off,
)
from largesse.services.invoices.reading import standing_of, uninvoiced
from largesse.services.refunds import void
from tests.builders.application import NOW, an_application
from tests.builders.bank_files import IBAN
from tests.builders.certificates import a_request
from tests.builders.invoices import BOOKKEEPER, NINETEEN, an_invoiced_partner, invoiced, ordered, stands
from tests.builders.partners import Ordering
from tests.fakes.clock import StillClock
from tests.fakes.typesetter import PlainTypesetter

TODAY = NOW.date()


class Desk:
    """A merchant with a partner, and what is done there."""

    def __init__(self, application: Application, ordering: Ordering, account: BankAccount) -> None:
        self.application, self.ordering, self.account = application, ordering, account

    async def statement(self, since: date = date(2026, 1, 1), through: date = TODAY) -> PartnerStatement:
        """The partner's statement in euros."""
        async with self.application.database.connection() as connection:
            return await statement_of(connection, self.ordering.partner, "EUR", since=since, through=through)

    async def by_the_journal(self) -> int:
        """What the partner owes less what it is owed, without what is not invoiced."""
        partner = self.ordering.partner
        async with self.application.database.connection() as connection:
            standing = await standing_of(connection, partner.merchant_id, partner.partner_id, "EUR")
            waiting = await uninvoiced(connection, partner.merchant_id, partner.partner_id)
        return standing.used - sum(one.amount for one in waiting)

    async def pays(self, amount: int, invoice: Invoice | None = None) -> None:
        """Money of the partner comes in."""
        application, merchant, partner = self.application, self.ordering.merchant, self.ordering.partner
        await book_payment(
            application, merchant, partner, payment_id=uuid4(), currency="EUR", amount=amount, received_on=TODAY,
            account=self.account, against=[Against(invoice.invoice_id, amount)] if invoice else [],
            by=BOOKKEEPER, now=NOW,
        )  # fmt: skip

    async def cancels(self, order: Order) -> None:
        """Void a certificate."""
        assert order.certificate_id is not None
        place = Place(merchant_id=order.merchant_id, certificate_id=order.certificate_id)
        await void(self.application, place, reason=None, request=a_request(), now=NOW)


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    async with an_application(database, clock=StillClock(NOW)) as application:
        ordering = await an_invoiced_partner(application, tax=NINETEEN, payment_terms_days=10)
        account = await add_account(
            application, ordering.merchant, name="Giro", number=IBAN, currency="EUR", by=BOOKKEEPER, now=NOW
        )
        yield Desk(application, ordering, account)


async def test_a_statement_tells_what_moved_and_comes_to_what_the_journal_says(desk: Desk) -> None:
    orders = [await ordered(desk.application, desk.ordering, f"{amount}.00") for amount in (50, 30, 20)]
    [invoice] = await invoiced(desk.application, desk.ordering)
    await desk.cancels(orders[2])
    await desk.pays(40_00, invoice)
    await desk.pays(5_00)
    await ordered(desk.application, desk.ordering, "7.00")
    found = await desk.statement()
    assert [(one.kind, one.amount) for one in found.entries] == [
        (StatementKind.INVOICE, 100_00),
        (StatementKind.CREDIT_NOTE, -20_00),
        (StatementKind.PAYMENT, -40_00),
        (StatementKind.PAYMENT, -5_00),
    ]
    assert (found.opening, found.closing) == (0, 35_00)
    assert found.closing == await desk.by_the_journal()
    await write_off(desk.application, desk.ordering.merchant, invoice.invoice_id, reason="Gone", by=BOOKKEEPER, now=NOW)
    lost = await desk.statement()
    assert (lost.entries[-1].kind, lost.closing) == (StatementKind.WRITTEN_OFF, await desk.by_the_journal())
    later = await desk.statement(since=TODAY + timedelta(days=1), through=TODAY + timedelta(days=9))
    assert (later.opening, later.entries, later.closing) == (lost.closing, (), lost.closing)
    with pytest.raises(InvoiceInvalid):
        await desk.statement(since=TODAY, through=TODAY - timedelta(days=1))


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_happens_the_balance_is_that_of_the_journal(desk: Desk, seed: int) -> None:
    chance, orders = random.Random(seed), list[Order]()
    open_ones = list[Invoice]()
    for _ in range(25):
        match chance.choice(("order", "order", "issue", "cancel", "pay", "credit")):
            case "order":
                orders.append(await ordered(desk.application, desk.ordering, f"{chance.randint(5, 90)}.00"))
            case "issue":
                open_ones += await invoiced(desk.application, desk.ordering)
            case "cancel" if orders:
                await desk.cancels(orders.pop(chance.randrange(len(orders))))
            case "pay" if open_ones:
                invoice = await stands(desk.application, chance.choice(open_ones))
                if invoice.open:
                    await desk.pays(chance.randint(1, invoice.open), invoice)
            case "credit":
                await desk.pays(chance.randint(1, 50_00))
        found = await desk.statement()
        assert found.closing == await desk.by_the_journal()
        assert found.closing == sum(one.amount for one in found.entries)


async def test_a_payment_that_is_taken_back_stands_twice(desk: Desk) -> None:
    application, merchant, partner = desk.application, desk.ordering.merchant, desk.ordering.partner
    paid = await book_payment(
        application, merchant, partner, payment_id=uuid4(), currency="EUR", amount=9_00, received_on=TODAY,
        account=desk.account,
        by=BOOKKEEPER, now=NOW,
    )  # fmt: skip
    await take_back_payment(application, merchant, paid.payment_id, by=BOOKKEEPER, now=NOW)
    found = await desk.statement()
    assert [one.amount for one in found.entries] == [-9_00, 9_00]
    assert [one.kind for one in found.entries] == [StatementKind.PAYMENT, StatementKind.PAID_BACK]
    await desk.pays(4_00)
    async with application.database.connection() as connection:
        key = merchant.merchant_id, partner.partner_id
        for limit in (1, 2):
            stands_now = await payments_of(connection, *key, limit=limit, standing=True)
            assert [one.amount for one in stands_now] == [4_00], limit


async def test_a_statement_is_a_file_for_programs_and_for_people(desk: Desk) -> None:
    await ordered(desk.application, desk.ordering, "50.00")
    [invoice] = await invoiced(desk.application, desk.ordering)
    found = await desk.statement()
    rows = list(csv.DictReader(io.StringIO(statement_as_csv(found).decode("utf-8-sig"))))
    assert [(row["kind"], row["reference"], row["balance"]) for row in rows] == [
        ("opening", "", "0.00"),
        ("invoice", str(invoice.invoice_number), "50.00"),
    ]
    pdf = await statement_as_pdf(desk.application, desk.ordering.merchant, desk.ordering.partner, found, language="de")
    assert pdf.startswith(b"%PDF")
    printed = cast("PlainTypesetter", desk.application.report_printer).reports[-1]
    assert (printed.title, printed.rows[0][1], printed.rows[1][1]) == ("Kontoauszug", "Saldo davor", "Rechnung")
    assert "50,00" in printed.notes[0]
    async with desk.application.database.connection() as connection:
        assert await currencies_of(connection, desk.ordering.partner) == ["EUR"]


@pytest.mark.parametrize(
    "late, step",
    [(0, "not_due"), (1, "days_30"), (30, "days_30"), (31, "days_60"), (60, "days_60"), (61, "days_90"),
     (90, "days_90"), (91, "older")],
)  # fmt: skip
async def test_what_is_open_stands_where_its_age_puts_it(desk: Desk, late: int, step: str) -> None:
    await ordered(desk.application, desk.ordering, "50.00")
    [invoice] = await invoiced(desk.application, desk.ordering)
    await dispute(
        desk.application, desk.ordering.merchant, invoice.invoice_id,
        disputed=True, reason="Never came", by=BOOKKEEPER, now=NOW,
    )  # fmt: skip
    now = NOW + timedelta(days=10 + late)
    async with desk.application.database.connection() as connection:
        [aged] = await ageing(connection, desk.ordering.merchant, now=now)
    assert (getattr(aged, step), aged.total, aged.disputed, aged.invoices) == (50_00, 50_00, 50_00, 1)
    [row] = csv.DictReader(io.StringIO(ageing_as_csv([aged], on=now.date()).decode("utf-8-sig")))
    assert (row[step], row["total"], row["currency"]) == ("50.00", "50.00", "EUR")


def test_a_period_is_ninety_days_through_today_unless_said_and_not_before_1900() -> None:
    assert period_of(None, None, today=TODAY) == (TODAY - timedelta(days=90), TODAY)
    assert period_of(None, date(1900, 1, 9), today=TODAY) == (date(1900, 1, 1), date(1900, 1, 9))
    with pytest.raises(InvoiceInvalid) as refused:
        period_of(date.min, date(1899, 12, 31), today=TODAY)
    assert [(one.field, one.code) for one in refused.value.fields] == [("since", "day.range"), ("through", "day.range")]
