"""The tables of what is mailed of invoices, and of what the worker gathered."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from largesse.db import Connection, load
from largesse.domain.invoices.model import Invoice
from largesse.domain.invoices.store import invoice_of

_queries = load(__package__)
_WRITTEN = "INSERT 0 1"


class InvoiceMailPurpose(StrEnum):
    """Why an invoice is mailed."""

    ISSUED = "issued"
    AGAIN = "again"
    REMINDER = "reminder"


class InvoiceMailStatus(StrEnum):
    """What came of it."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"  # nothing was open any more, or it was disputed


class InvoiceMail(msgspec.Struct, frozen=True, kw_only=True):
    """One mail of an invoice; `stage` counts reminders, `reason` is why it was sent again."""

    merchant_id: UUID
    mail_id: UUID
    invoice_id: UUID
    purpose: InvoiceMailPurpose
    stage: int = 0
    address: str
    reason: str = ""
    queued_at: datetime
    queued_by: str
    status: InvoiceMailStatus = InvoiceMailStatus.QUEUED
    settled_at: datetime | None = None


async def insert_mail(connection: Connection, mail: InvoiceMail) -> bool:
    """Write a mail; False where the one at issue, or of that stage, was written before."""
    done = await connection.execute(
        _queries.insert_mail,
        mail.merchant_id,
        mail.mail_id,
        mail.invoice_id,
        mail.purpose,
        mail.stage,
        mail.address,
        mail.reason,
        mail.queued_at,
        mail.queued_by,
    )
    return done == _WRITTEN


async def mails_of(connection: Connection, invoice: Invoice) -> list[InvoiceMail]:
    """Return what was mailed of an invoice, the first first."""
    rows = await connection.fetch(_queries.mails_of, invoice.merchant_id, invoice.invoice_id)
    return [
        InvoiceMail(
            **{**row, "purpose": InvoiceMailPurpose(row["purpose"]), "status": InvoiceMailStatus(row["status"])}
        )
        for row in rows
    ]


async def settle_mail(
    connection: Connection, merchant_id: UUID, mail_id: UUID, status: InvoiceMailStatus, *, at: datetime
) -> None:
    """Write what came of a mail, once."""
    await connection.execute(_queries.settle_mail, merchant_id, mail_id, status, at)


async def merchants_that_remind(connection: Connection, *, by: date) -> list[UUID]:
    """Return the merchants that have invoices to be reminded of by some day."""
    return [row["merchant_id"] for row in await connection.fetch(_queries.merchants_that_remind, by)]


async def lock_due_reminder(connection: Connection, merchant_id: UUID, *, today: date, zone: str) -> Invoice | None:
    """Return an invoice that is to be reminded of, locked; None where none is, or another worker has it."""
    row = await connection.fetchrow(_queries.lock_due_reminder, merchant_id, today, zone)
    return None if row is None else invoice_of(row)


async def put_run(
    connection: Connection, merchant_id: UUID, partner_id: UUID, month: date, *, outcome: str, now: datetime
) -> None:
    """Write that a partner was gathered for a month, or what refused it; once it was, it stays so."""
    await connection.execute(_queries.put_run, merchant_id, partner_id, month, now, outcome)
