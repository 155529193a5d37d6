"""How a partner stands with the merchant: what is open, what is not invoiced, what it paid; and all of that by day."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain import banking, invoices
from largesse.domain.banking import PartnerPayment
from largesse.domain.invoices import Invoice, InvoiceKind, InvoiceState, InvoiceUnknown
from largesse.kernel.clock import day_of
from largesse.services.invoices import standing_of
from largesse.services.portal.standing import ActsFor

PAYMENTS_MAX: Final = 10_000
_FIRST, _LAST = date(1900, 1, 1), date(9999, 12, 31)


class OwnStanding(msgspec.Struct, frozen=True, kw_only=True):
    """What a partner owes and is owed in a currency, in its smallest units. `overdue` is a part of `open`."""

    currency: str
    open: int
    overdue: int
    not_invoiced: int
    credit: int


class AccountLineKind(StrEnum):
    """What changes how a partner stands."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    PAYMENT = "payment"
    PAID_BACK = "paid_back"
    WRITTEN_OFF = "written_off"


class AccountLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a statement of account; `amount` is above zero where the partner owes more by it."""

    day: date
    kind: AccountLineKind
    name: str
    amount: int
    due_on: date | None = None


async def own_standings(connection: Connection, acts: ActsFor, *, today: date) -> list[OwnStanding]:
    """Return how a partner stands in each currency that is agreed, or that it was invoiced in."""
    merchant_id, partner_id = acts.merchant.merchant_id, acts.partner.partner_id
    asked = await invoices.open_invoices(connection, merchant_id, partner_id)
    found = list[OwnStanding]()
    for code in sorted({*acts.agreement.terms, *(one.currency for one in asked)}):
        standing = await standing_of(connection, merchant_id, partner_id, code)
        of_it = [one for one in asked if one.currency == code]
        is_open = sum(one.open for one in of_it)
        found.append(
            OwnStanding(
                currency=code,
                open=is_open,
                overdue=sum(one.open for one in of_it if one.due_on is not None and one.due_on < today),
                not_invoiced=standing.receivable - is_open,
                credit=standing.credit,
            )
        )
    return found


async def own_payments(connection: Connection, acts: ActsFor, *, limit: int) -> list[PartnerPayment]:
    """Return what a partner paid and was paid back, the newest first, without what was undone."""
    key = acts.merchant.merchant_id, acts.partner.partner_id
    return await banking.payments_of(connection, *key, limit=limit, standing=True)


async def own_invoice(connection: Connection, acts: ActsFor, invoice_id: UUID | None) -> Invoice:
    """Return an invoice or credit note of a partner that is issued.

    Raises:
        InvoiceUnknown: it has none of that id, or that is a draft yet.
    """
    if invoice_id is None:
        raise InvoiceUnknown
    found = await invoices.find_invoice(connection, acts.merchant.merchant_id, invoice_id)
    if found.partner_id != acts.partner.partner_id or not found.is_issued:
        raise InvoiceUnknown
    return found


async def own_statement(connection: Connection, acts: ActsFor, code: str) -> Sequence[AccountLine]:
    """Return all that a partner was charged, credited and paid in a currency, by day."""
    merchant, partner_id = acts.merchant, acts.partner.partner_id
    issued = await invoices.issued_between(
        connection, merchant.merchant_id, partner_id, code, since=_FIRST, through=_LAST
    )
    found = [line for one in issued for line in _lines_of(one, acts)]
    for paid in await own_payments(connection, acts, limit=PAYMENTS_MAX):
        if paid.currency == code:
            kind = AccountLineKind.PAYMENT if paid.amount >= 0 else AccountLineKind.PAID_BACK
            found.append(AccountLine(day=paid.received_on, kind=kind, name=paid.reference, amount=-paid.amount))
    return sorted(found, key=lambda one: one.day)


def _lines_of(one: Invoice, acts: ActsFor) -> list[AccountLine]:
    assert one.issued_on is not None
    is_note = one.kind is InvoiceKind.CREDIT_NOTE
    lines = [
        AccountLine(
            day=one.issued_on,
            kind=AccountLineKind.CREDIT_NOTE if is_note else AccountLineKind.INVOICE,
            name=one.invoice_number or "",
            amount=-one.total if is_note else one.total,
            due_on=one.due_on,
        )
    ]
    if one.state is InvoiceState.WRITTEN_OFF and one.settled_at is not None:
        day = day_of(one.settled_at, in_zone=acts.merchant.zone)
        kind = AccountLineKind.WRITTEN_OFF
        lines.append(AccountLine(day=day, kind=kind, name=one.invoice_number or "", amount=-one.written_off))
    return lines
