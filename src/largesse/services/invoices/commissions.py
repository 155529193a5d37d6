"""Book what a partner earns for the certificates of an invoice: its own service, from its invoice or our self-bill.

Under an agreement on commission certificates are billed at face. What the partner earns becomes its credit, with the
tax of its invoice beside it; it is set against invoices or paid out like any other.
"""

from datetime import datetime
from uuid import UUID

from largesse.db import Connection
from largesse.domain import invoices, partners
from largesse.domain.invoices import (
    DISPUTE_REASON_MAX,
    CommissionBooked,
    CommissionNotAgreed,
    Invoice,
    InvoiceInvalid,
    InvoiceKind,
    InvoiceNotIssued,
    included_at,
)
from largesse.domain.merchants import Merchant
from largesse.domain.partners import Agreement, DiscountKind
from largesse.domain.staff import Audited
from largesse.kernel.errors import FieldError
from largesse.kernel.ids import derived_id
from largesse.kernel.money import half_up
from largesse.ledger import Command, Kind, TaxLine
from largesse.services.invoices.booking import entry, post, where_of_invoice
from largesse.services.invoices.credit_limits import lower_credit
from largesse.services.invoices.dependencies import InvoiceDependencies
from largesse.services.staff import Manager

_PPM = 1_000_000


def commission_due(invoice: Invoice, agreement: Agreement) -> int:
    """Return what a partner earns for an invoice less what was credited of it, without tax. Pure."""
    if agreement.discount_kind is not DiscountKind.COMMISSION:
        return 0
    return half_up((invoice.total - invoice.credited) * agreement.discount_ppm, _PPM)


async def book_commission(
    deps: InvoiceDependencies,
    merchant: Merchant,
    invoice_id: UUID,
    *,
    reference: str,
    amount: int | None = None,
    tax: tuple[str, int] | None = None,
    by: Manager,
    now: datetime,
) -> int:
    """Book the commission of an issued invoice, once, and return what the partner is credited.

    `amount` is what its own invoice says, its tax included, in smallest units; without it the agreement decides.
    `tax` is the country and the rate (in millionths) of the tax inside of it, and `reference` names its invoice.

    Raises:
        CommissionBooked: it is booked.
        CommissionNotAgreed: the agreement pays none.
        InvoiceInvalid: the reference is missing, or the amount is not above zero.
        InvoiceNotIssued: it is a draft, or a credit note.
    """
    reference, faults = reference.strip(), []
    if not 0 < len(reference) <= DISPUTE_REASON_MAX:
        message = f"Name the partner's own invoice, in 1 to {DISPUTE_REASON_MAX} characters."
        faults.append(FieldError("reference", "reference.length", message))
    if amount is not None and amount <= 0:
        faults.append(FieldError("amount", "amount.above_zero", "Name an amount above zero."))
    if faults:
        raise InvoiceInvalid(fields=faults)

    async def work(connection: Connection) -> int:
        seen = await invoices.find_invoice(connection, merchant.merchant_id, invoice_id)
        ref = merchant.merchant_id, seen.partner_id
        agreement = (await partners.lock_agreements(connection, [ref]))[ref]
        invoice = await invoices.lock_invoice(connection, merchant.merchant_id, invoice_id)
        if not invoice.is_issued or invoice.kind is not InvoiceKind.INVOICE:
            raise InvoiceNotIssued
        operation_id = derived_id("commission", invoice_id)
        if await deps.ledger.happened(connection, merchant.merchant_id, operation_id):
            raise CommissionBooked
        whole = amount if amount is not None else commission_due(invoice, agreement)
        if agreement.discount_kind is not DiscountKind.COMMISSION or not whole:
            raise CommissionNotAgreed
        inside = included_at(whole, tax[1]) if tax else 0
        where = await where_of_invoice(connection, invoice)
        commands: list[Command] = [
            entry(
                invoice, where, Kind.COMMISSION, "earned", whole - inside,
                operation_id=operation_id, actor=by.actor, memo=reference,
            )
        ]  # fmt: skip
        if tax and inside:
            commands.append(
                entry(
                    invoice, where, Kind.COMMISSION, "tax", inside,
                    operation_id=derived_id("tax", operation_id), actor=by.actor,
                    tax=TaxLine(tax[0], tax[1], whole, inside),
                )
            )  # fmt: skip
        await post(deps, connection, commands, now=now)
        await lower_credit(connection, merchant.merchant_id, invoice.partner_id, invoice.currency, whole)
        await by.record(connection, merchant, Audited.INVOICE_COMMISSION, invoice_id, reference, now=now)
        return whole

    return await deps.retrying(work)
