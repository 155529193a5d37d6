"""Book what a partner earns for the certificates of an invoice: its own service, from its invoice or our self-bill.

Under an agreement on commission certificates are billed at face. What the partner earns becomes its credit, with the
tax of its invoice beside it; it is set against invoices or paid out like any other.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from largesse.db import Connection
from largesse.domain import invoices, partners
from largesse.domain.invoices import (
    DISPUTE_REASON_MAX,
    CommissionBooked,
    CommissionNotAgreed,
    CommissionNotBooked,
    CommissionUsed,
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
from largesse.kernel.tax_asked import is_country
from largesse.ledger import Command, Entry, Kind, OpenItem, OpenItemKind, TaxLine
from largesse.services.invoices.booking import entry, post, where_of_invoice
from largesse.services.invoices.carrying import credit_carried
from largesse.services.invoices.credit_limits import lower_credit
from largesse.services.invoices.dependencies import InvoiceDependencies
from largesse.services.invoices.reading import credit_of
from largesse.services.staff import Manager

_PPM = 1_000_000
_TOO_MUCH = "That is more than credit notes have left of the invoice. Name less."


def commission_due(left: int, agreement: Agreement) -> int:
    """Return what a partner earns for what is left of an invoice after its credit notes, without tax. Pure."""
    if agreement.discount_kind is not DiscountKind.COMMISSION:
        return 0
    return half_up(left * agreement.discount_ppm, _PPM)


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

    `amount` is what its own invoice says, its tax included, in smallest units; without it the agreement decides, and
    the tax comes on top. `tax` is its country and its rate (in millionths), and `reference` names its invoice.

    Raises:
        CommissionBooked: it is booked.
        CommissionNotAgreed: the agreement pays none, or credit notes have left nothing of the invoice.
        InvoiceInvalid: the reference is missing, the amount is not above zero or more than is left of the invoice, or
            the tax is no country's.
        InvoiceNotIssued: it is a draft, or a credit note.
    """
    reference = reference.strip()
    if faults := list(_faults(reference, amount, tax)):
        raise InvoiceInvalid(fields=faults)

    async def work(connection: Connection) -> int:
        seen = await invoices.find_invoice(connection, merchant.merchant_id, invoice_id)
        ref = merchant.merchant_id, seen.partner_id
        agreement = (await partners.lock_agreements(connection, [ref]))[ref]
        invoice = await invoices.lock_invoice(connection, merchant.merchant_id, invoice_id)
        if not invoice.is_issued or invoice.kind is not InvoiceKind.INVOICE:
            raise InvoiceNotIssued
        rows = await _rows(deps, connection, invoice)
        if _earned(rows):
            raise CommissionBooked
        operation_id = derived_id("commission", invoice_id, str(len(rows)))
        left = invoice.total - sum(one.total for one in await invoices.credit_notes_of(connection, invoice))
        due = commission_due(left, agreement)
        if not due:
            raise CommissionNotAgreed
        whole = due + half_up(due * (tax[1] if tax else 0), _PPM) if amount is None else amount
        if whole > left:
            raise InvoiceInvalid(fields=[FieldError("amount", "amount.too_much", _TOO_MUCH)])
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


async def undo_commission(
    deps: InvoiceDependencies,
    merchant: Merchant,
    invoice_id: UUID,
    *,
    reason: str,
    operation_id: UUID | None = None,
    by: Manager,
    now: datetime,
) -> int:
    """Take the commission of an invoice back, whole and as new rows, and return how much; it may be booked anew.

    Under the same operation id it is taken back once, however often it is asked for.

    Raises:
        CommissionNotBooked: none is booked, or it was taken back.
        CommissionUsed: less than that is left of the partner's credit.
        InvoiceInvalid: the reason is missing, or too long.
    """
    reason = reason.strip()
    if not 0 < len(reason) <= DISPUTE_REASON_MAX:
        message = f"Say in 1 to {DISPUTE_REASON_MAX} characters why it is taken back."
        raise InvoiceInvalid(fields=[FieldError("reason", "reason.length", message)])

    async def work(connection: Connection) -> int:
        seen = await invoices.find_invoice(connection, merchant.merchant_id, invoice_id)
        await partners.lock_agreements(connection, [(merchant.merchant_id, seen.partner_id)])
        invoice = await invoices.lock_invoice(connection, merchant.merchant_id, invoice_id)
        rows = await _rows(deps, connection, invoice)
        undoing = derived_id("commission-undone", invoice_id, operation_id or str(len(rows)))
        if any(row.operation_id == undoing for row in rows):
            return _returned_by(rows, undoing)
        earned, taxes = _earned(rows), _taxes(rows)
        if not earned:
            raise CommissionNotBooked
        whole = earned + sum(one.tax for one in taxes)
        if whole > await credit_of(connection, merchant.merchant_id, invoice.partner_id, invoice.currency):
            raise CommissionUsed
        actor = by.actor
        where = await where_of_invoice(connection, invoice)
        commands: list[Command] = [
            *await credit_carried(
                connection, invoice.partner_id, invoice.currency, to=where, amount=whole, operation_id=undoing,
                actor=actor,
            ),
            entry(
                invoice, where, Kind.COMMISSION, "returned", earned,
                operation_id=undoing, actor=actor, memo=reason,
            ),
            *(
                entry(
                    invoice, where, Kind.COMMISSION, "tax_returned", one.tax,
                    operation_id=_undoing_tax(undoing, one.country, one.rate_ppm), actor=actor,
                    tax=one,
                )
                for one in taxes
            ),
        ]  # fmt: skip
        await post(deps, connection, commands, now=now)
        await lower_credit(connection, merchant.merchant_id, invoice.partner_id, invoice.currency, -whole)
        await by.record(connection, merchant, Audited.INVOICE_COMMISSION_UNDONE, invoice_id, reason, now=now)
        return whole

    return await deps.retrying(work)


def _undoing_tax(undoing: UUID, country: str | None, rate_ppm: int) -> UUID:
    return derived_id("tax", undoing, country or "", str(rate_ppm))


def _returned_by(rows: Sequence[Entry], undoing: UUID) -> int:
    """Return what an operation has taken back, with its tax."""
    its = {undoing} | {_undoing_tax(undoing, row.tax_country, row.tax_rate_ppm or 0) for row in rows}
    return sum(row.amount or 0 for row in rows if row.operation_id in its)


def commission_booked(rows: Sequence[Entry]) -> int:
    """Return what the rows of an invoice say that its partner was credited as commission, with its tax. Pure."""
    mine = [row for row in rows if row.kind is Kind.COMMISSION]
    return _earned(mine) + sum(one.tax for one in _taxes(mine))


def _faults(reference: str, amount: int | None, tax: tuple[str, int] | None) -> Iterator[FieldError]:
    if not 0 < len(reference) <= DISPUTE_REASON_MAX:
        message = f"Name the partner's own invoice, in 1 to {DISPUTE_REASON_MAX} characters."
        yield FieldError("reference", "reference.length", message)
    if amount is not None and amount <= 0:
        yield FieldError("amount", "amount.above_zero", "Name an amount above zero.")
    if tax is not None and not is_country(tax[0]):
        message = "Name the country whose tax it is, by its two letters, such as DE."
        yield FieldError("tax_country", "country.invalid", message)


async def _rows(deps: InvoiceDependencies, connection: Connection, invoice: Invoice) -> list[Entry]:
    """Return what is booked of an invoice's commission."""
    item = OpenItem(OpenItemKind.INVOICE, invoice.invoice_id)
    rows = await deps.ledger.rows_of_item(connection, invoice.merchant_id, item)
    return [row for row in rows if row.kind is Kind.COMMISSION]


def _earned(rows: Sequence[Entry]) -> int:
    """Return what a partner has earned without tax, less what was taken back."""
    found = Counter[str | None]()
    for row in rows:
        found[row.reason] += row.amount or 0
    return found["earned"] - found["returned"]


def _taxes(rows: Sequence[Entry]) -> list[TaxLine]:
    """Return the tax of what is booked and was not taken back, by its rate."""
    tax, taxable = Counter[tuple[str | None, int]](), Counter[tuple[str | None, int]]()
    for row in rows:
        if row.tax_rate_ppm is not None:
            rate, sign = (row.tax_country, row.tax_rate_ppm), 1 if row.reason == "tax" else -1
            tax[rate] += sign * (row.tax_amount or 0)
            taxable[rate] += sign * (row.taxable_amount or 0)
    return [TaxLine(*rate, taxable[rate], amount) for rate, amount in tax.items() if amount]
