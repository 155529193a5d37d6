"""Give an invoice up: what is open goes to bad debts, with tax relief beside it, undone if it is paid later."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from largesse.db import Connection
from largesse.domain import invoices, partners
from largesse.domain.invoices import (
    DISPUTE_REASON_MAX,
    Invoice,
    InvoiceClosed,
    InvoiceInvalid,
    InvoiceKind,
    InvoiceNotIssued,
    RateTotal,
)
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Audited
from largesse.kernel.errors import FieldError
from largesse.kernel.ids import derived_id
from largesse.kernel.money import half_up
from largesse.kernel.where import Where
from largesse.ledger import Account, Command, Entry, Kind, OpenItem, OpenItemKind, TaxLine
from largesse.services.capabilities import UsesLedger
from largesse.services.invoices.booking import entry, post, where_of_invoice
from largesse.services.invoices.credit_limits import lower_credit
from largesse.services.invoices.dependencies import InvoiceDependencies
from largesse.services.staff import Manager

_Rate = tuple[str | None, int]


async def write_off(
    deps: InvoiceDependencies,
    merchant: Merchant,
    invoice_id: UUID,
    *,
    reason: str,
    by: Manager,
    now: datetime,
) -> Invoice:
    """Give up what is open of an invoice. The tax in it is relieved as far as it was due (Art. 90 of 2006/112/EC).

    Raises:
        InvoiceClosed: nothing is open.
        InvoiceInvalid: the reason is missing, or too long.
        InvoiceNotIssued: it is a draft, or a credit note.
    """
    reason = reason.strip()
    if not 0 < len(reason) <= DISPUTE_REASON_MAX:
        message = f"Say in 1 to {DISPUTE_REASON_MAX} characters why it is given up."
        raise InvoiceInvalid(fields=[FieldError("reason", "reason.length", message)])

    async def work(connection: Connection) -> Invoice:
        seen = await invoices.find_invoice(connection, merchant.merchant_id, invoice_id)
        await partners.lock_agreements(connection, [(merchant.merchant_id, seen.partner_id)])
        invoice = await invoices.lock_invoice(connection, merchant.merchant_id, invoice_id)
        if not invoice.is_issued or invoice.kind is not InvoiceKind.INVOICE:
            raise InvoiceNotIssued
        amount = invoice.open
        if not amount:
            raise InvoiceClosed
        rows = await _rows(deps, connection, invoice)
        operation_id = derived_id("write-off", invoice_id, str(len(rows)))
        where, actor = await where_of_invoice(connection, invoice), by.actor
        lost = entry(
            invoice, where, Kind.WRITE_OFF, "lost", amount, operation_id=operation_id, actor=actor, memo=reason
        )
        relief = await _relief(connection, invoice, where, amount, rows, operation_id=operation_id, actor=actor)
        commands: list[Command] = [lost, *relief]
        await post(deps, connection, commands, now=now)
        await lower_credit(connection, merchant.merchant_id, invoice.partner_id, invoice.currency, amount)
        changed = invoice.set_against(written_off=amount, now=now)
        await invoices.write_settled(connection, changed)
        await by.record(connection, merchant, Audited.INVOICE_WRITTEN_OFF, invoice_id, reason, now=now)
        return changed

    return await deps.retrying(work)


async def recovery_entries(
    deps: UsesLedger,
    connection: Connection,
    invoice: Invoice,
    where: Where,
    amount: int,
    *,
    operation_id: UUID,
    actor: str,
) -> list[Command]:
    """Return what books that so much of what was written off is paid after all, with its part of the tax relief."""
    commands: list[Command] = [
        entry(invoice, where, Kind.WRITE_OFF, "recovered", amount, operation_id=operation_id, actor=actor)
    ]
    for rate, relieved in _relieved(await _rows(deps, connection, invoice)).items():
        back = relieved if amount == invoice.written_off else half_up(relieved * amount, invoice.written_off)
        if back:
            commands.append(_tax_entry(invoice, where, "restored", rate, back, operation_id=operation_id, actor=actor))
    return commands


async def _relief(
    connection: Connection,
    invoice: Invoice,
    where: Where,
    amount: int,
    rows: Sequence[Entry],
    *,
    operation_id: UUID,
    actor: str,
) -> list[Command]:
    taxes = await invoices.stored_taxes(connection, invoice.merchant_id, [invoice.invoice_id])
    notes = await invoices.credit_notes_of(connection, invoice)
    returned = await invoices.stored_taxes(connection, invoice.merchant_id, [one.invoice_id for one in notes])
    left, relieved = invoice.total - sum(one.total for one in notes), _relieved(rows)
    return [
        _tax_entry(
            invoice, where, "relieved", rate, tax, taxable=taxable, operation_id=operation_id, actor=actor
        )
        for rate, tax, taxable in _relief_of(taxes, returned, left, amount, relieved)
    ]  # fmt: skip


def _relief_of(
    taxes: Sequence[RateTotal], returned: Sequence[RateTotal], left: int, amount: int, relieved: Counter[_Rate]
) -> list[tuple[_Rate, int, int]]:
    """Return of each rate the tax that so much of an invoice is relieved of, and what that is computed from. Pure.

    `returned` is what its credit notes gave back: the amount is a part of what they have left of it.
    """
    gross, tax, payable = Counter[_Rate](), Counter[_Rate](), Counter[_Rate]()
    for sign, found in ((1, taxes), (-1, returned)):
        for one in found:
            rate = one.tax_country or None, one.tax_rate_ppm
            gross[rate] += sign * one.gross
            tax[rate] += sign * one.tax
            # Due to the state; what the merchant's own tills have booked is theirs to be relieved of.
            payable[rate] += sign * one.payable
    part, entries = min(amount, left), list[tuple[_Rate, int, int]]()
    for rate, due in payable.items():
        share = min(half_up(due * part, left), due - relieved[rate]) if part > 0 else 0
        if share > 0 and tax[rate] > 0:
            entries.append((rate, share, half_up(gross[rate] * due * part, tax[rate] * left)))
    return entries


def _tax_entry(
    invoice: Invoice,
    where: Where,
    reason: str,
    rate: _Rate,
    tax: int,
    *,
    operation_id: UUID,
    actor: str,
    taxable: int = 0,
) -> Command:
    country, rate_ppm = rate
    return entry(
        invoice,
        where,
        Kind.TAX_RELIEF,
        reason,
        tax,
        operation_id=derived_id(reason, operation_id, country or "", str(rate_ppm)),
        actor=actor,
        tax=TaxLine(country, rate_ppm, taxable or half_up(tax * (1_000_000 + rate_ppm), rate_ppm), tax),
    )


def _relieved(rows: Sequence[Entry]) -> Counter[_Rate]:
    """Return how much of each rate's tax is relieved now."""
    found = Counter[_Rate]()
    for row in rows:
        if row.kind is Kind.TAX_RELIEF and row.tax_rate_ppm is not None:
            sign = 1 if row.debit is Account.TAX_PAYABLE else -1
            found[row.tax_country, row.tax_rate_ppm] += sign * (row.amount or 0)
    return found


async def _rows(deps: UsesLedger, connection: Connection, invoice: Invoice) -> list[Entry]:
    item = OpenItem(OpenItemKind.INVOICE, invoice.invoice_id)
    return await deps.ledger.rows_of_item(connection, invoice.merchant_id, item)
