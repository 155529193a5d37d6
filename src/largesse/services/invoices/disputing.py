"""What a partner says against an invoice: it is disputed until that is settled, and stays owed."""

from datetime import datetime
from uuid import UUID

from largesse.domain import invoices
from largesse.domain.invoices import (
    DISPUTE_REASON_MAX,
    OPEN_STATES,
    Invoice,
    InvoiceClosed,
    InvoiceInvalid,
    InvoiceKind,
    InvoiceNotIssued,
)
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Audited
from largesse.kernel.errors import FieldError
from largesse.services.invoices.dependencies import InvoiceDependencies
from largesse.services.staff import Manager


async def dispute(
    deps: InvoiceDependencies,
    merchant: Merchant,
    invoice_id: UUID,
    *,
    disputed: bool,
    reason: str,
    by: Manager,
    now: datetime,
) -> Invoice:
    """Mark an invoice as disputed, or as disputed no more; what is open of it stays open, and is still owed.

    Raises:
        InvoiceClosed: nothing of it is open.
        InvoiceInvalid: the reason is missing, or too long.
        InvoiceNotIssued: it is a draft, or a credit note.
        InvoiceUnknown: there is none.
    """
    reason = reason.strip()
    if len(reason) > DISPUTE_REASON_MAX or (disputed and not reason):
        message = f"Say in 1 to {DISPUTE_REASON_MAX} characters what is wrong with it."
        raise InvoiceInvalid(fields=[FieldError("reason", "reason.length", message)])
    async with deps.transaction() as connection:
        invoice = await invoices.lock_invoice(connection, merchant.merchant_id, invoice_id)
        if not invoice.is_issued or invoice.kind is not InvoiceKind.INVOICE:
            raise InvoiceNotIssued
        if disputed and invoice.state not in OPEN_STATES:
            raise InvoiceClosed
        since = (invoice.disputed_at or now) if disputed else None
        await invoices.write_dispute(connection, invoice, since=since, reason=reason if disputed else "")
        await by.record(connection, merchant, Audited.INVOICE_DISPUTED, invoice_id, reason or None, now=now)
        return await invoices.lock_invoice(connection, merchant.merchant_id, invoice_id)
