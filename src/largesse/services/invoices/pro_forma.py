"""A pro forma: what a draft would ask for if it were issued now. It has no series, no number and no row."""

from datetime import datetime

from msgspec.structs import replace

from largesse.db import Connection
from largesse.domain import partners
from largesse.domain.invoices import Invoice, InvoiceDocument, InvoiceIssued, NothingToInvoice, lines_of, taxes_of
from largesse.domain.merchants import Merchant
from largesse.services.invoices.issuing import document_for, said_of_both
from largesse.services.invoices.reading import charged_items


async def pro_forma_of(connection: Connection, merchant: Merchant, draft: Invoice, *, now: datetime) -> InvoiceDocument:
    """Return what a draft would say, without a number, a day to pay by and a payment reference. Nothing is written.

    Raises:
        BuyerAddressMissing, SellerIncomplete, TaxIdInvalid: what it must say of somebody is missing, or wrong.
        InvoiceIssued: it is no draft any more.
        NothingToInvoice: all of it was cancelled.
    """
    if draft.is_issued:
        raise InvoiceIssued
    partner = await partners.find_partner(connection, merchant.merchant_id, str(draft.partner_id))
    said = await said_of_both(connection, merchant, draft, partner)
    items = await charged_items(connection, draft.merchant_id, draft.partner_id, draft.invoice_id)
    if not items:
        raise NothingToInvoice
    lines, _ = lines_of(items)
    taxes = taxes_of(items)
    shown = replace(
        draft,
        invoice_number="",
        total=sum(line.total for line in lines),
        tax=sum(one.tax for one in taxes),
        period_from=min(one.booked_on for one in items),
        period_through=max(one.booked_on for one in items),
        issued_on=now.astimezone(merchant.zone).date(),
    )
    return document_for(shown, lines, taxes, said)
