"""The tables of invoices and credit notes, and the numbers of their series."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from largesse.db import Connection, load
from largesse.db.connection import Row
from largesse.domain.invoices.document import InvoiceDocument, opened, sealed
from largesse.domain.invoices.errors import InvoiceUnknown, SeriesTaken
from largesse.domain.invoices.model import (
    CreditItem,
    Grouping,
    Invoice,
    InvoiceKind,
    InvoiceLine,
    InvoiceState,
    Item,
    OpenTotal,
    RateTotal,
)
from largesse.kernel.tax import TaxKind

_queries = load(__package__)
_FIELDS = Invoice.__struct_fields__
_ONE = "UPDATE 1"


async def open_draft(connection: Connection, draft: Invoice) -> Invoice:
    """Return the draft that gathers what has the same in common: one that stands, or this one, written."""
    await connection.execute(
        _queries.insert_draft,
        draft.merchant_id,
        draft.invoice_id,
        draft.partner_id,
        draft.entity_id,
        draft.currency,
        draft.grouping,
        draft.group_key,
        draft.taxed,
        draft.po_number,
        draft.note,
        draft.created_at,
        draft.created_by,
    )
    row = await connection.fetchrow(
        _queries.find_draft,
        draft.merchant_id,
        draft.partner_id,
        draft.entity_id,
        draft.currency,
        draft.grouping,
        draft.group_key,
        draft.taxed,
    )
    assert row is not None, "it was written, or stood before; the partner's agreement is locked"
    return invoice_of(row)


async def change_draft(connection: Connection, invoice: Invoice, *, po_number: str, note: str) -> bool:
    """Write what a draft says beside its lines; False where it is none any more."""
    key = invoice.merchant_id, invoice.invoice_id
    return await connection.execute(_queries.change_draft, *key, po_number, note) == _ONE


async def delete_draft(connection: Connection, invoice: Invoice) -> None:
    """Forget a draft; what it gathered is not invoiced."""
    await release_items(connection, invoice)
    await connection.execute(_queries.delete_draft, invoice.merchant_id, invoice.invoice_id)


async def find_invoice(connection: Connection, merchant_id: UUID, name: UUID | str) -> Invoice:
    """Return an invoice by its id, its number, or its reference.

    Raises:
        InvoiceUnknown: there is none.
    """
    try:
        invoice_id = name if isinstance(name, UUID) else UUID(name)
    except ValueError:
        return _known(await connection.fetchrow(_queries.find_by_number, merchant_id, str(name).strip()))
    return _known(await connection.fetchrow(_queries.find_invoice, merchant_id, invoice_id))


async def lock_invoices(connection: Connection, merchant_id: UUID, ids: Collection[UUID]) -> dict[UUID, Invoice]:
    """Return some invoices as they are now, and keep them so until the transaction ends."""
    rows = await connection.fetch(_queries.lock_invoices, merchant_id, list(ids))
    return {row["invoice_id"]: invoice_of(row) for row in rows}


async def lock_invoice(connection: Connection, merchant_id: UUID, invoice_id: UUID) -> Invoice:
    """Return one invoice as it is now, locked.

    Raises:
        InvoiceUnknown: there is none.
    """
    found = await lock_invoices(connection, merchant_id, [invoice_id])
    if invoice_id not in found:
        raise InvoiceUnknown
    return found[invoice_id]


async def document_of(connection: Connection, merchant_id: UUID, invoice_id: UUID) -> InvoiceDocument | None:
    """Return all that an issued invoice says; None of a draft, or where there is none."""
    row = await connection.fetchrow(_queries.document_of, merchant_id, invoice_id)
    return None if row is None else opened(row["document"])


async def drafts_of(connection: Connection, merchant_id: UUID, partner_id: UUID | None = None) -> list[Invoice]:
    """Return the drafts of a partner, or of all."""
    return [invoice_of(row) for row in await connection.fetch(_queries.drafts_of, merchant_id, partner_id)]


async def open_invoices(
    connection: Connection, merchant_id: UUID, partner_id: UUID | None = None, currency: str | None = None
) -> list[Invoice]:
    """Return the invoices of which something is open, disputed ones too, the first due first."""
    rows = await connection.fetch(_queries.open_invoices, merchant_id, partner_id, currency)
    return [invoice_of(row) for row in rows]


async def open_totals(connection: Connection, merchant_id: UUID, *, today: date) -> list[OpenTotal]:
    """Return what is open of all invoices, currency by currency, as of a day."""
    return [OpenTotal(**row) for row in await connection.fetch(_queries.open_totals, merchant_id, today)]


async def open_credit_notes(
    connection: Connection, merchant_id: UUID, partner_id: UUID, currency: str | None = None
) -> list[Invoice]:
    """Return the credit notes of a partner that are not used up, the oldest first."""
    rows = await connection.fetch(_queries.open_credit_notes, merchant_id, partner_id, currency)
    return [invoice_of(row) for row in rows]


async def issued_between(
    connection: Connection, merchant_id: UUID, partner_id: UUID, currency: str, *, since: date, through: date
) -> list[Invoice]:
    """Return what was issued to a partner on some days, in order."""
    rows = await connection.fetch(_queries.issued_between, merchant_id, partner_id, currency, since, through)
    return [invoice_of(row) for row in rows]


async def credit_notes_of(connection: Connection, invoice: Invoice) -> list[Invoice]:
    """Return the credit notes of an invoice, the first first."""
    rows = await connection.fetch(_queries.credit_notes_of, invoice.merchant_id, invoice.invoice_id)
    return [invoice_of(row) for row in rows]


async def next_number(connection: Connection, merchant_id: UUID, series: str, kind: InvoiceKind) -> int:
    """Take the next number of a series. It is given with what is written in this transaction, or not at all.

    The series is locked until the transaction ends, so this comes after everything that could wait for others.

    Raises:
        SeriesTaken: it numbers the other kind.
    """
    number: int | None = await connection.fetchval(_queries.next_number, merchant_id, series, kind)
    if number is None:
        raise SeriesTaken
    return number


async def series_of(connection: Connection, merchant_id: UUID) -> dict[str, tuple[InvoiceKind, int]]:
    """Return what each series numbers, and its last number."""
    rows = await connection.fetch(_queries.series_of, merchant_id)
    return {row["series"]: (InvoiceKind(row["kind"]), row["last_number"]) for row in rows}


async def write_issued(connection: Connection, invoice: Invoice, document: InvoiceDocument) -> None:
    """Write what a draft became; a credit note is written whole."""
    kept, digest = sealed(document)
    if invoice.kind is InvoiceKind.CREDIT_NOTE:
        await _insert_credit_note(connection, invoice, kept, digest)
        return
    await connection.execute(
        _queries.issue_invoice,
        invoice.merchant_id,
        invoice.invoice_id,
        invoice.state,
        invoice.series,
        invoice.number,
        invoice.invoice_number,
        invoice.total,
        invoice.tax,
        invoice.po_number,
        invoice.reference,
        invoice.period_from,
        invoice.period_through,
        invoice.issued_on,
        invoice.due_on,
        kept,
        digest,
        invoice.issued_at,
    )


async def _insert_credit_note(connection: Connection, note: Invoice, kept: bytes, digest: bytes) -> None:
    await connection.execute(
        _queries.insert_credit_note,
        note.merchant_id,
        note.invoice_id,
        note.partner_id,
        note.entity_id,
        note.currency,
        note.grouping,
        note.group_key,
        note.taxed,
        note.series,
        note.number,
        note.invoice_number,
        note.corrects,
        note.total,
        note.tax,
        note.po_number,
        note.reference,
        note.period_from,
        note.period_through,
        note.issued_on,
        kept,
        digest,
        note.created_at,
        note.created_by,
    )


async def write_settled(connection: Connection, invoice: Invoice) -> None:
    """Write what is set against an invoice, which is locked."""
    await connection.execute(
        _queries.settle_invoice,
        invoice.merchant_id,
        invoice.invoice_id,
        invoice.state,
        invoice.paid,
        invoice.credited,
        invoice.written_off,
        invoice.settled_at,
    )


async def write_dispute(connection: Connection, invoice: Invoice, *, since: datetime | None, reason: str) -> None:
    """Mark an invoice as disputed since a moment; None: no more."""
    key = invoice.merchant_id, invoice.invoice_id
    await connection.execute(_queries.dispute_invoice, *key, since, reason)


async def write_reminder(connection: Connection, invoice: Invoice, stage: int, *, now: datetime) -> bool:
    """Note that a reminder is sent; False where that one was, or there is nothing to be reminded of any more."""
    key = invoice.merchant_id, invoice.invoice_id
    return await connection.execute(_queries.remind_of_invoice, *key, stage, now) == _ONE


async def write_lines(
    connection: Connection, invoice: Invoice, lines: Sequence[InvoiceLine], taxes: Sequence[RateTotal]
) -> None:
    """Write the lines of an invoice that is issued, and its tax per rate."""
    key = invoice.merchant_id, invoice.invoice_id
    rows = [msgspec.structs.asdict(line) | {"total": line.total} for line in lines]
    await connection.execute(_queries.insert_lines, *key, msgspec.json.encode(rows).decode())
    if taxes:
        await connection.execute(_queries.insert_taxes, *key, msgspec.json.encode(list(taxes)).decode())


async def lines_of(connection: Connection, merchant_id: UUID, invoice_id: UUID) -> list[InvoiceLine]:
    """Return the lines of an issued invoice."""
    rows = await connection.fetch(_queries.lines_of, merchant_id, invoice_id)
    return [InvoiceLine(**{**row, "tax_kind": TaxKind(row["tax_kind"])}) for row in rows]


async def taxes_of(connection: Connection, merchant_id: UUID, ids: Collection[UUID]) -> list[RateTotal]:
    """Return the tax per rate of some invoices, one after the other."""
    rows = await connection.fetch(_queries.taxes_of, merchant_id, list(ids))
    return [RateTotal(**{name: row[name] for name in row if name != "invoice_id"}) for row in map(dict, rows)]


async def claim_items(connection: Connection, draft: Invoice, items: Sequence[Item]) -> None:
    """Gather fillings in a draft; those that stand on another one stay there."""
    lots, certificates = [one.lot_id for one in items], [one.certificate_id for one in items]
    await connection.execute(_queries.claim_items, draft.merchant_id, draft.invoice_id, lots, certificates)


async def release_items(connection: Connection, draft: Invoice, lots: Collection[UUID] | None = None) -> None:
    """Let fillings go that a draft gathered; None: all."""
    given = None if lots is None else list(lots)
    await connection.execute(_queries.release_items, draft.merchant_id, draft.invoice_id, given)


async def fix_items(connection: Connection, invoice: Invoice, items: Sequence[Item], places: Mapping[str, int]) -> None:
    """Write line and amount of each filling of an invoice that is issued."""
    await connection.execute(
        _queries.fix_items,
        invoice.merchant_id,
        invoice.invoice_id,
        [one.lot_id for one in items],
        [places[str(one.lot_id)] for one in items],
        [one.amount for one in items],
    )


async def claimed_lots(connection: Connection, invoice: Invoice) -> list[UUID]:
    """Return the fillings that an invoice gathers."""
    rows = await connection.fetch(_queries.claimed_lots, invoice.merchant_id, invoice.invoice_id)
    return [row["lot_id"] for row in rows]


async def billed_lots(connection: Connection, merchant_id: UUID, lots: Collection[UUID]) -> dict[UUID, UUID]:
    """Return which of some fillings stand on an issued invoice, and on which.

    It stays so as long as the partner's agreement is locked.
    """
    if not lots:
        return {}
    rows = await connection.fetch(_queries.billed_lots, merchant_id, list(lots))
    return {row["lot_id"]: row["invoice_id"] for row in rows}


async def certificates_of(connection: Connection, invoice: Invoice) -> list[tuple[int, UUID, UUID, int]]:
    """Return line, certificate, filling and amount of each that stands on an issued invoice."""
    rows = await connection.fetch(_queries.certificates_of, invoice.merchant_id, invoice.invoice_id)
    return [(row["line_no"], row["certificate_id"], row["lot_id"], row["amount"]) for row in rows]


async def write_credit_items(connection: Connection, note: Invoice, items: Sequence[CreditItem]) -> None:
    """Write what a credit note gives back."""
    await connection.execute(
        _queries.insert_credit_items,
        note.merchant_id,
        note.invoice_id,
        [one.lot_id for one in items],
        [one.operation_id for one in items],
        [one.certificate_id for one in items],
        [one.amount for one in items],
    )


def invoice_of(row: Row) -> Invoice:
    """Return an invoice from its row."""
    known = {name: row[name] for name in _FIELDS}
    words = {
        "kind": InvoiceKind(row["kind"]),
        "state": InvoiceState(row["state"]),
        "grouping": Grouping(row["grouping"]),
    }
    return Invoice(**known | words)


def _known(row: Row | None) -> Invoice:
    if row is None:
        raise InvoiceUnknown
    return invoice_of(row)
