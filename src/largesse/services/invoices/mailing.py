"""Mail invoices to whom they are for: once at issue, again when somebody asks, and reminders.

What is queued names the invoice alone; `services.mails` writes it from the frozen document when it is sent.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from largesse import outbox
from largesse.db import Connection
from largesse.domain import invoices
from largesse.domain.invoices import (
    DISPUTE_REASON_MAX,
    Invoice,
    InvoiceDocument,
    InvoiceInvalid,
    InvoiceMail,
    InvoiceMailPurpose,
    InvoiceNotIssued,
)
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Audited
from largesse.kernel.errors import FieldError, InvalidInput
from largesse.kernel.events import Event
from largesse.kernel.ids import new_id, timed_like
from largesse.kernel.mail import purpose_in, read_email
from largesse.services.invoices.dependencies import InvoiceDependencies
from largesse.services.staff import Manager

_PREFIX: Final = "invoice."


class InvoiceMailDue(msgspec.Struct, frozen=True, kw_only=True):
    """A mail of an invoice on its way; `purpose` begins with `invoice.` so that it is told from other mails."""

    mail_id: UUID
    purpose: str
    invoice_id: UUID
    stage: int
    address: str
    name: str
    locale: str


_DECODER: Final = msgspec.json.Decoder(InvoiceMailDue)


def is_of_invoice(payload: str) -> bool:
    """Return whether a mail that is due is one of these."""
    return purpose_in(payload).startswith(_PREFIX)


def read_invoice_mail(payload: str) -> InvoiceMailDue:
    """Return what was frozen of a mail.

    Raises:
        msgspec.ValidationError: it is something else.
    """
    return _DECODER.decode(payload)


def purpose_of(due: InvoiceMailDue) -> InvoiceMailPurpose:
    """Return why an invoice is mailed."""
    return InvoiceMailPurpose(due.purpose.removeprefix(_PREFIX))


async def queue_mail(
    connection: Connection,
    invoice: Invoice,
    document: InvoiceDocument,
    purpose: InvoiceMailPurpose,
    *,
    mail_id: UUID | None = None,
    address: str = "",
    stage: int = 0,
    reason: str = "",
    actor: str,
    now: datetime,
) -> bool:
    """Queue a mail in the caller's transaction; False where the one at issue, or of that stage, was queued before.

    `address` empty: where the buyer wants its invoices.
    """
    mail = InvoiceMail(
        merchant_id=invoice.merchant_id,
        mail_id=mail_id or new_id(now),
        invoice_id=invoice.invoice_id,
        purpose=purpose,
        stage=stage,
        address=address or document.buyer.email,
        reason=reason,
        queued_at=now,
        queued_by=actor,
    )
    if not mail.address or not await invoices.insert_mail(connection, mail):
        return False
    due = InvoiceMailDue(
        mail_id=mail.mail_id,
        purpose=f"{_PREFIX}{purpose.value}",
        invoice_id=invoice.invoice_id,
        stage=stage,
        address=mail.address,
        name=document.buyer.name,
        locale=document.language,
    )
    await outbox.open_mail_endpoint(connection, invoice.merchant_id, now=now)
    event = Event(
        merchant_id=invoice.merchant_id,
        event_id=mail.mail_id,
        kind=outbox.MAIL_DUE,
        occurred_at=now,
        payload=msgspec.json.encode(due),
    )
    await outbox.publish(connection, [event])
    return True


async def send_again(
    deps: InvoiceDependencies,
    merchant: Merchant,
    invoice_id: UUID,
    *,
    address: str = "",
    reason: str,
    operation_id: UUID | None = None,
    by: Manager,
    now: datetime,
) -> None:
    """Mail an issued invoice or credit note once more, to another address where one is named; once by an operation id.

    Raises:
        InvoiceInvalid: the reason is missing or too long, or the address is none.
        InvoiceNotIssued: it is a draft.
        InvoiceUnknown: there is none.
    """
    reason, to, faults = reason.strip(), "", []
    if not 0 < len(reason) <= DISPUTE_REASON_MAX:
        message = f"Say in 1 to {DISPUTE_REASON_MAX} characters why it is sent again."
        faults.append(FieldError("reason", "reason.length", message))
    try:
        to = read_email(address.strip()) if address.strip() else to
    except InvalidInput as error:
        faults.append(FieldError("address", error.code, error.message))
    if faults:
        raise InvoiceInvalid(fields=faults)
    async with deps.transaction() as connection:
        invoice = await invoices.lock_invoice(connection, merchant.merchant_id, invoice_id)
        mail_id = timed_like(operation_id, "again", invoice_id, operation_id) if operation_id else new_id(now)
        if any(one.mail_id == mail_id for one in await invoices.mails_of(connection, invoice)):
            return
        document = await invoices.document_of(connection, merchant.merchant_id, invoice_id)
        if document is None:
            raise InvoiceNotIssued
        if not to:
            to = await current_address(connection, invoice, document)
        await queue_mail(
            connection, invoice, document, InvoiceMailPurpose.AGAIN,
            mail_id=mail_id, address=to, reason=reason, actor=by.actor, now=now,
        )  # fmt: skip
        await by.record(connection, merchant, Audited.INVOICE_MAILED, invoice_id, reason, now=now)


async def current_address(connection: Connection, invoice: Invoice, document: InvoiceDocument) -> str:
    """Return where a partner wants its invoices by now: what was frozen may have moved since."""
    billing = await invoices.billing_of(connection, invoice.merchant_id, invoice.partner_id)
    return billing.email or document.buyer.email
