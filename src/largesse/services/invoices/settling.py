"""Set what a partner has paid, or is owed, against its invoices, and undo that: each one row of the journal.

For whoever matches payments: in the caller's transaction, which has locked the partner's agreement first.
"""

from datetime import datetime
from uuid import UUID

from largesse import outbox
from largesse.db import Connection
from largesse.domain import invoices, merchants, partners
from largesse.domain.invoices import (
    OPEN_STATES,
    Invoice,
    InvoiceKind,
    InvoiceNotIssued,
    InvoiceSettlement,
    InvoiceSettlementRefused,
    SettlementSource,
    SettlementUnknown,
)
from largesse.kernel.errors import LargesseError
from largesse.kernel.ids import derived_id
from largesse.ledger import Command, Kind, SubjectKind, UndoEntry
from largesse.services.capabilities import UsesLedger
from largesse.services.invoices.booking import entry, post, where_of_invoice
from largesse.services.invoices.carrying import credit_carried
from largesse.services.invoices.credit_limits import lower_credit
from largesse.services.invoices.events import paid_event
from largesse.services.invoices.reading import credit_of
from largesse.services.invoices.writing_off import recovery_entries


async def settle(
    deps: UsesLedger,
    connection: Connection,
    merchant_id: UUID,
    invoice_id: UUID,
    *,
    amount: int,
    source: SettlementSource,
    source_id: UUID | None = None,
    operation_id: UUID,
    actor: str,
    now: datetime,
) -> Invoice:
    """Set so much of the partner's credit against an invoice, and return it; asked again, it is returned as it is.

    What was written off is recovered first as far as more comes than is open. The credit stands before: a payment is
    booked as the partner's (`receive`), a credit note's came from its certificates. What a payment has left is the
    caller's to know; of a credit note, and of all of the partner's credit, it is known here.

    Raises:
        InvoiceNotIssued: it is a draft, or a credit note.
        InvoiceSettlementRefused: more than is open, or than there is.
    """
    seen = await invoices.find_invoice(connection, merchant_id, invoice_id)
    await partners.lock_agreements(connection, [(merchant_id, seen.partner_id)])
    ids = {invoice_id} | ({source_id} if source is SettlementSource.CREDIT_NOTE and source_id else set())
    locked = await invoices.lock_invoices(connection, merchant_id, ids)
    invoice = locked[invoice_id]
    if await invoices.find_settlement(connection, merchant_id, operation_id) is not None:
        return invoice
    if not invoice.is_issued or invoice.kind is not InvoiceKind.INVOICE:
        raise InvoiceNotIssued
    note = locked.get(source_id) if source is SettlementSource.CREDIT_NOTE and source_id else None
    await _refuse_too_much(connection, invoice, amount, note=note, wants_note=source is SettlementSource.CREDIT_NOTE)
    recovered = max(amount - invoice.open, 0)
    where = await where_of_invoice(connection, invoice)
    commands: list[Command] = [
        *await credit_carried(
            connection, invoice.partner_id, invoice.currency, to=where, amount=amount, operation_id=operation_id,
            actor=actor,
        )
    ]  # fmt: skip
    if recovered:
        again = derived_id("recovered", operation_id)
        commands += await recovery_entries(deps, connection, invoice, where, recovered, operation_id=again, actor=actor)
    commands.append(entry(invoice, where, Kind.MATCH, "invoice", amount, operation_id=operation_id, actor=actor))
    await post(deps, connection, commands, now=now)
    if recovered:
        await lower_credit(connection, merchant_id, invoice.partner_id, invoice.currency, -recovered)
    own = note is not None and note.corrects == invoice_id
    changed = invoice.set_against(
        paid=0 if own else amount, credited=amount if own else 0, written_off=-recovered, now=now
    )
    await invoices.write_settled(connection, changed)
    if note is not None:
        await invoices.write_settled(connection, note.set_against(paid=amount, now=now))
    await invoices.insert_settlement(
        connection,
        InvoiceSettlement(
            merchant_id=merchant_id,
            operation_id=operation_id,
            invoice_id=invoice_id,
            partner_id=invoice.partner_id,
            source=source,
            source_id=source_id,
            amount=amount,
            actor=actor,
            booked_at=now,
        ),
    )
    if changed.state not in OPEN_STATES:
        merchant = await merchants.merchant_of_id(connection, merchant_id)
        await outbox.publish(connection, [paid_event(changed, merchant, now=now)])
    return changed


async def unsettle(
    deps: UsesLedger,
    connection: Connection,
    merchant_id: UUID,
    operation_id: UUID,
    *,
    by_operation: UUID,
    actor: str,
    now: datetime,
) -> Invoice:
    """Undo what an operation set against an invoice, and return that: it is open again, and the credit there again.

    What it recovered of a write-off stays recovered: whoever gives it up again does so.

    Raises:
        SettlementUnknown: there is none, or it is undone.
    """
    settlement = await invoices.find_settlement(connection, merchant_id, operation_id)
    if settlement is None:
        raise SettlementUnknown
    await partners.lock_agreements(connection, [(merchant_id, settlement.partner_id)])
    by_note = settlement.source is SettlementSource.CREDIT_NOTE and settlement.source_id is not None
    ids = {settlement.invoice_id} | ({settlement.source_id} if by_note and settlement.source_id else set())
    locked = await invoices.lock_invoices(connection, merchant_id, ids)
    invoice = locked[settlement.invoice_id]
    current = await invoices.find_settlement(connection, merchant_id, operation_id)
    if current is not None and current.undone_by == by_operation:
        return invoice
    if current is None or not await invoices.undo_settlement(connection, current, by=by_operation, now=now):
        raise SettlementUnknown
    [outcome] = await deps.ledger.post(
        connection,
        [
            UndoEntry(
                merchant_id=merchant_id,
                operation_id=by_operation,
                actor=actor,
                subject_kind=SubjectKind.PARTNER,
                subject_id=settlement.partner_id,
                kind=Kind.UNMATCH,
                undoes=operation_id,
            )
        ],
        now=now,
    )
    if isinstance(outcome, LargesseError):
        raise outcome
    note = locked.get(settlement.source_id) if by_note and settlement.source_id else None
    own = note is not None and note.corrects == invoice.invoice_id
    amount = settlement.amount
    changed = invoice.set_against(paid=0 if own else -amount, credited=-amount if own else 0, now=now)
    await invoices.write_settled(connection, changed)
    if note is not None:
        await invoices.write_settled(connection, note.set_against(paid=-amount, now=now))
    return changed


async def _refuse_too_much(
    connection: Connection, invoice: Invoice, amount: int, *, note: Invoice | None, wants_note: bool
) -> None:
    """Refuse what is more than is open or written off, or than the credit note or the partner's credit has.

    Raises:
        InvoiceSettlementRefused: it is.
    """
    if not 0 < amount <= invoice.open + invoice.written_off:
        raise InvoiceSettlementRefused
    if wants_note and (note is None or note.partner_id != invoice.partner_id or note.currency != invoice.currency):
        raise InvoiceSettlementRefused
    if note is not None and (note.kind is not InvoiceKind.CREDIT_NOTE or amount > note.open):
        raise InvoiceSettlementRefused
    if amount > await credit_of(connection, invoice.merchant_id, invoice.partner_id, invoice.currency):
        raise InvoiceSettlementRefused
