"""A partner's statement of account: what was invoiced, credited and paid in a period, and what stands at its end.

Its balance is what is open of invoices less the partner's credit; with what is not invoiced yet it is what the journal
says the partner owes.
"""

from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final, Protocol
from uuid import UUID

import msgspec

from largesse.db import Connection, load
from largesse.domain import invoices
from largesse.domain.exports import FileTable, table_as_csv
from largesse.domain.invoices import InvoiceInvalid
from largesse.domain.merchants import Merchant
from largesse.domain.partners import Partner
from largesse.domain.reports import PrintedColumn, PrintedReport
from largesse.kernel.conventions import written_in
from largesse.kernel.currency import currency
from largesse.kernel.errors import FieldError
from largesse.kernel.money import Money, plain
from largesse.ledger import Kind
from largesse.services.capabilities import PrintsReports
from largesse.services.invoices.wording import voice_of
from largesse.ui import Voice

_views = load(__package__, "views.sql")
_RANGE: Final = "The period ends before it begins. Choose a later last day."
_TOO_EARLY: Final = "That day is too long ago. Choose a later one."
FIRST_DAY: Final = date(1900, 1, 1)
_PERIOD: Final = timedelta(days=90)


class StatementKind(StrEnum):
    """What moved."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    PAYMENT = "payment"
    PAID_BACK = "paid_back"  # a payment was taken back, or credit was paid out
    WRITTEN_OFF = "written_off"
    RECOVERED = "recovered"
    COMMISSION = "commission"
    OTHER = "other"


class StatementEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One movement: above zero the partner owes more. `balance` is what stands after it."""

    day: date
    kind: StatementKind
    reference: str
    due_on: date | None
    amount: int
    balance: int


class PartnerStatement(msgspec.Struct, frozen=True, kw_only=True):
    """What a partner owed before a period, what moved in it, and what it owes at its end; below zero it is owed."""

    partner_id: UUID
    currency: str
    since: date
    through: date
    opening: int
    entries: tuple[StatementEntry, ...]

    @property
    def closing(self) -> int:
        """What stands at the end."""
        return self.entries[-1].balance if self.entries else self.opening


class StatementPrinting(PrintsReports, Protocol):
    """What puts statements on paper."""


async def currencies_of(connection: Connection, partner: Partner) -> list[str]:
    """Return the currencies in which a partner has an account."""
    rows = await connection.fetch(_views.statement_currencies, partner.merchant_id, partner.partner_id)
    return [row["currency"] for row in rows]


def period_of(since: date | None, through: date | None, *, today: date) -> tuple[date, date]:
    """Return the first and the last day of a statement: today is the last, ninety days before the first unless said.

    Raises:
        InvoiceInvalid: a day is before 1900.
    """
    named = (("since", since), ("through", through))
    faults = [FieldError(name, "day.range", _TOO_EARLY) for name, day in named if day is not None and day < FIRST_DAY]
    if faults:
        raise InvoiceInvalid(fields=faults)
    last = through or today
    return since or max(last - _PERIOD, FIRST_DAY), last


async def statement_of(
    connection: Connection, partner: Partner, code: str, *, since: date, through: date
) -> PartnerStatement:
    """Return a partner's statement in a currency.

    Raises:
        InvoiceInvalid: the period ends before it begins.
    """
    if through < since:
        raise InvoiceInvalid(fields=[FieldError("through", "period.order", _RANGE)])
    rows = await connection.fetch(_views.statement_entries, partner.merchant_id, partner.partner_id, code, through)
    opening = sum(row["amount"] for row in rows if row["day"] < since)
    balance, entries = opening, []
    for row in rows:
        if row["day"] >= since:
            balance += row["amount"]
            entries.append(
                StatementEntry(
                    day=row["day"],
                    kind=_kind(row["kind"], row["amount"]),
                    reference=row["reference"],
                    due_on=row["due_on"],
                    amount=row["amount"],
                    balance=balance,
                )
            )
    return PartnerStatement(
        partner_id=partner.partner_id,
        currency=code,
        since=since,
        through=through,
        opening=opening,
        entries=tuple(entries),
    )


def statement_as_csv(statement: PartnerStatement) -> bytes:
    """Return a statement as a file for programs; amounts are decimal numbers. Pure."""

    def said(minor: int) -> Decimal:
        return Decimal(plain(minor, currency(statement.currency)))

    head = ("day", "kind", "reference", "due_on", "currency", "amount", "balance")
    first = (statement.since.isoformat(), "opening", "", "", statement.currency, "", said(statement.opening))
    rows = [
        (
            one.day.isoformat(),
            one.kind.value,
            one.reference,
            one.due_on.isoformat() if one.due_on else "",
            statement.currency,
            said(one.amount),
            said(one.balance),
        )
        for one in statement.entries
    ]
    return table_as_csv(FileTable(name="statement", headings=head, rows=(first, *rows)))


async def language_of(connection: Connection, merchant: Merchant, partner: Partner) -> str:
    """Return what a partner's invoices are written in, as the tag of a voice."""
    billing = await invoices.billing_of(connection, partner.merchant_id, partner.partner_id)
    return written_in(billing.language or merchant.language, merchant.english)


async def statement_as_pdf(
    deps: StatementPrinting, merchant: Merchant, partner: Partner, statement: PartnerStatement, *, language: str
) -> bytes:
    """Return a statement on paper."""
    return await deps.report_printer.print_report(printed_statement(merchant, partner, statement, voice_of(language)))


def printed_statement(merchant: Merchant, partner: Partner, statement: PartnerStatement, voice: Voice) -> PrintedReport:
    """Return what stands on the paper of a statement. Pure."""

    def said(minor: int) -> str:
        return voice.money(Money(minor, currency(statement.currency)))

    first, last = voice.short_day(statement.since), voice.short_day(statement.through)
    rows = [(first, voice.t("Balance before"), "", "", "", said(statement.opening))]
    rows += [
        (
            voice.short_day(one.day),
            kind_text(one.kind, voice),
            one.reference,
            voice.short_day(one.due_on) if one.due_on else "",
            said(one.amount),
            said(one.balance),
        )
        for one in statement.entries
    ]
    closing = statement.closing
    owed = voice.t("On {day} you owe us {amount}.", day=last, amount=said(closing))
    owing = voice.t("On {day} we owe you {amount}.", day=last, amount=said(-closing))
    return PrintedReport(
        paper=merchant.paper,
        language=voice.language,
        merchant=merchant.name,
        title=voice.t("Statement of account"),
        about=f"{partner.name}, {voice.t('{first} to {last}', first=first, last=last)}, {statement.currency}",
        columns=tuple(
            PrintedColumn(title=title, numeric=place > 3)
            for place, title in enumerate(
                (
                    voice.t("Day"),
                    voice.t("What"),
                    voice.t("Reference"),
                    voice.t("Due"),
                    voice.t("Amount"),
                    voice.t("Balance"),
                )
            )
        ),
        rows=tuple(rows),
        notes=(owing if closing < 0 else owed,),
        page_words=voice.t("Page {page} of {pages}", page="{page}", pages="{pages}"),
    )


def kind_text(kind: StatementKind, voice: Voice) -> str:
    """Return what moved, in words."""
    return {
        StatementKind.INVOICE: voice.t("Invoice"),
        StatementKind.CREDIT_NOTE: voice.t("Credit note"),
        StatementKind.PAYMENT: voice.t("Payment"),
        StatementKind.PAID_BACK: voice.t("Paid back"),
        StatementKind.WRITTEN_OFF: voice.t("Written off"),
        StatementKind.RECOVERED: voice.t("Taken up again"),
        StatementKind.COMMISSION: voice.t("Commission"),
        StatementKind.OTHER: voice.t("Correction"),
    }[kind]


def _kind(stored: str, amount: int) -> StatementKind:
    """Return what a document or a row of the journal is called; which way it moves tells what it undoes."""
    lowers = amount < 0
    return {
        "invoice": StatementKind.INVOICE,
        "credit_note": StatementKind.CREDIT_NOTE,
        Kind.RECEIVE.value: StatementKind.PAYMENT if lowers else StatementKind.PAID_BACK,
        Kind.UNMATCH.value: StatementKind.PAYMENT if lowers else StatementKind.PAID_BACK,
        Kind.PAY_REFUND.value: StatementKind.PAID_BACK,
        Kind.WRITE_OFF.value: StatementKind.WRITTEN_OFF if lowers else StatementKind.RECOVERED,
        Kind.COMMISSION.value: StatementKind.COMMISSION,
    }.get(stored, StatementKind.OTHER)
