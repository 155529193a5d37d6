"""Remind partners of what is overdue: up to three times, by the worker where that is set, or when somebody says so.

A dispute stops it, and so does the payment: the row of the invoice decides, in the transaction that queues the mail,
and the mail asks once more before it leaves.
"""

from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from largesse.db import Connection
from largesse.db.turns import Turn, in_turns
from largesse.domain import invoices, merchants
from largesse.domain.invoices import (
    OPEN_STATES,
    REMINDERS_MAX,
    Invoice,
    InvoiceClosed,
    InvoiceDisputed,
    InvoiceKind,
    InvoiceMailPurpose,
    InvoiceNotDue,
    InvoiceNotIssued,
)
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Audited
from largesse.kernel.clock import day_of
from largesse.kernel.ids import timed_like
from largesse.services.invoices.dependencies import InvoiceDependencies
from largesse.services.invoices.mailing import current_address, queue_mail
from largesse.services.staff import Manager

_WORKER = "worker"


async def remind(
    deps: InvoiceDependencies,
    merchant: Merchant,
    invoice_id: UUID,
    *,
    seen: int | None = None,
    operation_id: UUID | None = None,
    by: Manager,
    now: datetime,
) -> int:
    """Send the next reminder of an overdue invoice, and return which one that is: 1, 2 or 3.

    `seen` is how many were sent by then: the one behind them is sent once, however often it is asked for.
    So is the one of an operation id.

    Raises:
        InvoiceClosed: nothing of it is open.
        InvoiceDisputed: the partner disputes it.
        InvoiceNotDue: it is not overdue, or was reminded of three times.
        InvoiceNotIssued: it is a draft, or a credit note.
    """
    async with deps.transaction() as connection:
        invoice = await invoices.lock_invoice(connection, merchant.merchant_id, invoice_id)
        if not invoice.is_issued or invoice.kind is not InvoiceKind.INVOICE:
            raise InvoiceNotIssued
        mail_id = timed_like(operation_id, "remind", invoice_id, operation_id) if operation_id else None
        for mail in await invoices.mails_of(connection, invoice) if mail_id else ():
            if mail.mail_id == mail_id:
                return mail.stage
        if seen is not None and seen < invoice.reminders:
            return seen + 1
        if invoice.state not in OPEN_STATES:
            raise InvoiceClosed
        if invoice.disputed_at is not None:
            raise InvoiceDisputed
        today = day_of(now, in_zone=merchant.zone)
        if invoice.due_on is None or invoice.due_on >= today or invoice.reminders >= REMINDERS_MAX:
            raise InvoiceNotDue
        await _remind(connection, invoice, mail_id=mail_id, actor=by.actor, now=now)
        await by.record(connection, merchant, Audited.INVOICE_REMINDED, invoice_id, invoice.invoice_number, now=now)
        return invoice.reminders + 1


async def remind_due(deps: InvoiceDependencies, *, now: datetime) -> int:
    """Send the reminders that are due of all merchants that have them sent, and return how many.

    Safe on several workers at once.
    """
    async with deps.database.connection() as connection:
        found = await invoices.merchants_that_remind(connection, by=(now + timedelta(days=1)).date())
    return await in_turns(found, partial(_remind_one, deps, now=now), now=now)


async def _remind_one(deps: InvoiceDependencies, merchant_id: UUID, *, now: datetime) -> Turn:
    async with deps.transaction() as connection:
        merchant = await merchants.merchant_of_id(connection, merchant_id)
        today = day_of(now, in_zone=merchant.zone)
        invoice = await invoices.lock_due_reminder(connection, merchant_id, today=today, zone=merchant.time_zone)
        if invoice is None:
            return Turn(0, more=False)
        await _remind(connection, invoice, actor=_WORKER, now=now)
    return Turn(1, more=True)


async def _remind(
    connection: Connection, invoice: Invoice, *, mail_id: UUID | None = None, actor: str, now: datetime
) -> None:
    stage = invoice.reminders + 1
    document = await invoices.document_of(connection, invoice.merchant_id, invoice.invoice_id)
    assert document is not None, "what is overdue is issued"
    written = await invoices.write_reminder(connection, invoice, stage, now=now)
    assert written, "it is locked, open and not disputed"
    address = await current_address(connection, invoice, document)
    await queue_mail(
        connection, invoice, document, InvoiceMailPurpose.REMINDER,
        mail_id=mail_id, address=address, stage=stage, actor=actor, now=now,
    )  # fmt: skip
