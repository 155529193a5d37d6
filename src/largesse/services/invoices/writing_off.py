"""Give an invoice up: what is open goes to bad debts, with tax relief beside it, undone if it is paid later."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple
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


class Relief(NamedTuple):
    """Tax that is relieved, and what it is computed from."""

    tax: int
    taxable: int


class RateSums(NamedTuple):
    """What a credit note gives back, by rate."""

    total: int
    taxes: Sequence[RateTotal]


NO_RELIEF: Final = Relief(0, 0)


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
        operation_id, after = derived_id("write-off", invoice_id, str(len(rows))), invoice.written_off + amount
        where, actor = await where_of_invoice(connection, invoice), by.actor
        lost = entry(
            invoice, where, Kind.WRITE_OFF, "lost", amount, operation_id=operation_id, actor=actor, memo=reason
        )
        relief = await relief_entries(deps, connection, invoice, where, after, operation_id=operation_id, actor=actor)
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
    """Return what books that so much of what was written off is paid after all, its tax relief undone with it."""
    lost = entry(invoice, where, Kind.WRITE_OFF, "recovered", amount, operation_id=operation_id, actor=actor)
    after = invoice.written_off - amount
    relief = await relief_entries(deps, connection, invoice, where, after, operation_id=operation_id, actor=actor)
    return [lost, *relief]


async def relief_entries(
    deps: UsesLedger,
    connection: Connection,
    invoice: Invoice,
    where: Where,
    written_off: int,
    *,
    given: RateSums | None = None,
    operation_id: UUID,
    actor: str,
) -> list[Command]:
    """Return what books that the tax of an invoice is relieved as is due where so much of it is written off, no more.

    `given` is what a credit note gives back that is not written yet.
    """
    relieved = _relieved(await _rows(deps, connection, invoice))
    if not relieved and not written_off:
        return []
    taxes = await invoices.stored_taxes(connection, invoice.merchant_id, [invoice.invoice_id])
    notes = await invoices.credit_notes_of(connection, invoice)
    returned = await invoices.stored_taxes(connection, invoice.merchant_id, [one.invoice_id for one in notes])
    left = invoice.total - sum(one.total for one in notes)
    if given is not None:
        left, returned = left - given.total, [*returned, *given.taxes]
    due = relief_due(taxes, returned, left, written_off)
    found = []
    for rate in sorted({*due, *relieved}, key=str):
        wanted, known = due.get(rate, NO_RELIEF), relieved.get(rate, NO_RELIEF)
        if wanted.tax != known.tax:
            sign, reason = (1, "relieved") if wanted.tax > known.tax else (-1, "restored")
            tax, taxable = sign * (wanted.tax - known.tax), max(sign * (wanted.taxable - known.taxable), 0)
            found.append(
                _tax_entry(invoice, where, reason, rate, tax, taxable=taxable, operation_id=operation_id, actor=actor)
            )
    return found


def relief_due(
    taxes: Sequence[RateTotal], returned: Sequence[RateTotal], left: int, written_off: int
) -> dict[_Rate, Relief]:
    """Return how much of each rate's tax is relieved where so much is written off. Pure.

    `returned` is what credit notes gave back, `left` what they have left of the invoice: the part of that which is
    written off is the part of what is due by then that is relieved. It follows from how the invoice stands alone, so
    that what comes back in parts, in whatever order, comes back to the cent.
    """
    gross, tax, payable = Counter[_Rate](), Counter[_Rate](), Counter[_Rate]()
    for sign, found in ((1, taxes), (-1, returned)):
        for one in found:
            rate = one.tax_country or None, one.tax_rate_ppm
            gross[rate] += sign * one.gross
            tax[rate] += sign * one.tax
            # Due to the state; what the merchant's own tills have booked is theirs to be relieved of.
            payable[rate] += sign * one.payable
    part, reliefs = min(written_off, left), dict[_Rate, Relief]()
    for rate, due in payable.items():
        share = half_up(due * part, left) if part > 0 and due > 0 else 0
        if share and tax[rate] > 0:
            reliefs[rate] = Relief(share, half_up(gross[rate] * due * part, tax[rate] * left))
    return reliefs


def _tax_entry(
    invoice: Invoice,
    where: Where,
    reason: str,
    rate: _Rate,
    tax: int,
    *,
    operation_id: UUID,
    actor: str,
    taxable: int,
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
        tax=TaxLine(country, rate_ppm, taxable, tax),
    )


def _relieved(rows: Sequence[Entry]) -> dict[_Rate, Relief]:
    """Return how much of each rate's tax is relieved now."""
    found = dict[_Rate, Relief]()
    for row in rows:
        if row.kind is Kind.TAX_RELIEF and row.tax_rate_ppm is not None:
            rate, known = (row.tax_country, row.tax_rate_ppm), NO_RELIEF
            known, sign = found.get(rate, known), 1 if row.debit is Account.TAX_PAYABLE else -1
            found[rate] = Relief(known.tax + sign * (row.amount or 0), known.taxable + sign * (row.taxable_amount or 0))
    return found


async def _rows(deps: UsesLedger, connection: Connection, invoice: Invoice) -> list[Entry]:
    item = OpenItem(OpenItemKind.INVOICE, invoice.invoice_id)
    return await deps.ledger.rows_of_item(connection, invoice.merchant_id, item)
