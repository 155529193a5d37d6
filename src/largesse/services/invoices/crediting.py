"""What follows when a certificate on account is given back: credit, and a credit note where it was invoiced.

The certificate's rows are the only movement of its money. Here the rest is read from them: what was not invoiced has
lowered the receivable, and its line with it; what was has become the partner's credit, and a credit note says so, which
is set against its invoice as far as that is open.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from msgspec.structs import replace

from largesse import outbox
from largesse.db import Connection
from largesse.domain import invoices, merchants
from largesse.domain.invoices import (
    BillingDetails,
    CreditItem,
    Invoice,
    InvoiceDocument,
    InvoiceKind,
    InvoiceMailPurpose,
    InvoiceSettings,
    InvoiceSettlement,
    InvoiceState,
    SettlementSource,
    TaxInBase,
    credited_taxes,
    lines_of,
)
from largesse.domain.merchants import Merchant
from largesse.kernel.ids import derived_id, timed_id
from largesse.ledger import Account, Kind, Lot
from largesse.services.capabilities import UsesLedger
from largesse.services.invoices.booking import entry, post, rounding_entries, where_of_invoice
from largesse.services.invoices.credit_limits import lower_credit
from largesse.services.invoices.events import issued_event
from largesse.services.invoices.issuing import BothParties, document_for, numbered, tax_at
from largesse.services.invoices.mailing import current_address, queue_mail
from largesse.services.invoices.reading import GivenBack, given_back
from largesse.services.invoices.writing_off import RateSums, relief_entries


async def billed_of(connection: Connection, merchant_id: UUID, lots: Iterable[Lot]) -> tuple[UUID, ...]:
    """Return which of some lots on account stand on an issued invoice, the agreements of whose partners are locked."""
    owed = [lot.lot_id for lot in lots if lot.source is Account.PARTNER_RECEIVABLE]
    return tuple(await invoices.billed_lots(connection, merchant_id, owed))


async def settle_given_back(
    deps: UsesLedger,
    connection: Connection,
    merchant_id: UUID,
    operation_ids: Sequence[UUID],
    *,
    actor: str,
    now: datetime,
) -> list[Invoice]:
    """Do what follows from operations that gave certificates on account back, and return the credit notes.

    In their transaction, once: whoever replays an operation does not call it.
    """
    found = await given_back(connection, merchant_id, operation_ids)
    if not found:
        return []
    for one in found:
        amount = one.uninvoiced + one.credited
        await lower_credit(connection, merchant_id, one.partner_id, one.item.currency, amount)
    credited = [one for one in found if one.credited]
    if not credited:
        return []
    merchant = await merchants.merchant_of_id(connection, merchant_id)
    billed = await invoices.billed_lots(connection, merchant_id, [one.item.lot_id for one in credited])
    by_invoice: dict[UUID, list[GivenBack]] = {}
    for one in credited:
        by_invoice.setdefault(billed[one.item.lot_id], []).append(one)
    return [
        await _credit(deps, connection, merchant, invoice_id, some, actor=actor, now=now)
        for invoice_id, some in sorted(by_invoice.items())
    ]


async def _credit(
    deps: UsesLedger,
    connection: Connection,
    merchant: Merchant,
    invoice_id: UUID,
    given: Sequence[GivenBack],
    *,
    actor: str,
    now: datetime,
) -> Invoice:
    """Write the credit note of what was given back of one invoice, and set it against that."""
    invoice = await invoices.lock_invoice(connection, merchant.merchant_id, invoice_id)
    document = await invoices.document_of(connection, merchant.merchant_id, invoice_id)
    assert document is not None, "what is billed is issued"
    said = _as_said_then(document, await invoices.settings_of(connection, merchant.merchant_id, invoice.entity_id))
    earlier = await invoices.credit_notes_of(connection, invoice)
    before = await invoices.stored_taxes(connection, merchant.merchant_id, [one.invoice_id for one in earlier])
    items = [one.item for one in given]
    lines, _ = lines_of(items)
    taxes = credited_taxes(items, before)
    note = replace(
        invoice,
        invoice_id=timed_id(now, "credit-note", *(one.operation_id for one in given), invoice_id),
        kind=InvoiceKind.CREDIT_NOTE,
        state=InvoiceState.ISSUED,
        series=said.settings.credit_note_series,
        corrects=invoice_id,
        total=sum(line.total for line in lines),
        tax=sum(one.tax for one in taxes),
        paid=0,
        credited=0,
        written_off=0,
        note="",
        issued_on=now.astimezone(merchant.zone).date(),
        due_on=None,
        disputed_at=None,
        dispute_reason="",
        reminders=0,
        reminded_at=None,
        created_at=now,
        created_by=actor,
        issued_at=now,
        settled_at=None,
    )
    recovered = min(note.total - min(note.total, invoice.open), invoice.written_off)
    against = min(note.total, invoice.open + recovered)
    match_id = derived_id("credit-note", note.invoice_id)
    where = await where_of_invoice(connection, invoice)
    commands = rounding_entries(note, where, Kind.CREDIT, taxes, actor=actor)
    again, after = derived_id("recovered", match_id), invoice.written_off - recovered
    if recovered:
        commands.append(entry(invoice, where, Kind.WRITE_OFF, "recovered", recovered, operation_id=again, actor=actor))
    if invoice.written_off:
        commands += await relief_entries(
            deps, connection, invoice, where, after, given=RateSums(note.total, taxes), operation_id=again, actor=actor
        )
    if against:
        commands.append(entry(invoice, where, Kind.MATCH, "invoice", against, operation_id=match_id, actor=actor))
    await post(deps, connection, commands, now=now)
    if recovered:
        await lower_credit(connection, merchant.merchant_id, invoice.partner_id, invoice.currency, -recovered)
    note = await numbered(connection, note)
    corrects = document.number, document.issued_on
    written = document_for(note, lines, taxes, said, corrects=corrects, tax_in_base=_as_invoiced(note, document))
    await invoices.write_issued(connection, note, written)
    await invoices.write_lines(connection, note, lines, taxes)
    await invoices.write_credit_items(connection, note, [_credit_item(one) for one in given])
    if against:
        note = note.set_against(paid=against, now=now)
        await invoices.write_settled(connection, note)
        changed = invoice.set_against(credited=against, written_off=-recovered, now=now)
        await invoices.write_settled(connection, changed)
        await invoices.insert_settlement(connection, _settlement(note, against, match_id, actor=actor, now=now))
    await outbox.publish(connection, [issued_event(note, merchant, now=now)])
    address = await current_address(connection, invoice, document)
    await queue_mail(connection, note, written, InvoiceMailPurpose.ISSUED, address=address, actor=actor, now=now)
    return note


def _as_said_then(document: InvoiceDocument, settings: InvoiceSettings) -> BothParties:
    """Return both parties as the invoice names them: a credit note cannot be refused for what changed since."""
    return BothParties(
        seller=document.seller,
        buyer=document.buyer,
        settings=settings,
        billing=BillingDetails(buyer_reference=document.buyer_reference),
        language=document.language,
    )


def _credit_item(one: GivenBack) -> CreditItem:
    return CreditItem(
        lot_id=one.item.lot_id,
        operation_id=one.operation_id,
        certificate_id=one.item.certificate_id,
        amount=one.credited,
    )


def _settlement(note: Invoice, amount: int, operation_id: UUID, *, actor: str, now: datetime) -> InvoiceSettlement:
    assert note.corrects is not None, "a credit note corrects an invoice"
    return InvoiceSettlement(
        merchant_id=note.merchant_id,
        operation_id=operation_id,
        invoice_id=note.corrects,
        partner_id=note.partner_id,
        source=SettlementSource.CREDIT_NOTE,
        source_id=note.invoice_id,
        amount=amount,
        actor=actor,
        booked_at=now,
    )


def _as_invoiced(note: Invoice, document: InvoiceDocument) -> TaxInBase | None:
    """Return the tax of a credit note in the seller's own currency, at the rate of its invoice."""
    base = document.tax_in_base
    if base is None or not note.tax:
        return None
    return tax_at(note, base.currency, Decimal(base.rate), day=base.day, source=base.source)
