"""How a partner stands with the merchant: what is open, what is not invoiced, what it paid; and all of that by day."""

from datetime import date
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain import banking, invoices
from largesse.domain.banking import PartnerPayment
from largesse.domain.invoices import Invoice, InvoiceUnknown
from largesse.services.invoices import FIRST_DAY, PartnerStatement, standing_of, statement_of
from largesse.services.portal.standing import ActsFor


class OwnStanding(msgspec.Struct, frozen=True, kw_only=True):
    """What a partner owes and is owed in a currency, in its smallest units. `overdue` is a part of `open`."""

    currency: str
    open: int
    overdue: int
    not_invoiced: int
    credit: int


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


async def own_statement(connection: Connection, acts: ActsFor, code: str, *, today: date) -> PartnerStatement:
    """Return all that moved on a partner's account in a currency until today."""
    return await statement_of(connection, acts.partner, code, since=FIRST_DAY, through=today)
