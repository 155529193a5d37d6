"""What programs are told of invoices."""

from datetime import date, datetime
from uuid import UUID

import msgspec

from largesse.domain.invoices import Invoice
from largesse.domain.merchants import Merchant
from largesse.kernel.currency import currency
from largesse.kernel.events import Event
from largesse.kernel.ids import new_id
from largesse.kernel.money import plain

ISSUED = "invoice.issued"
PAID = "invoice.paid"
_ENCODER = msgspec.json.Encoder()


class InvoiceTold(msgspec.Struct, frozen=True, kw_only=True):
    """The payload of `invoice.issued` and `invoice.paid`, version 1. `merchant` is the slug, amounts decimal texts.

    `corrects_id` is the invoice that a credit note corrects; `open_amount` what is left of either.
    """

    merchant: str
    merchant_id: UUID
    invoice_id: UUID
    invoice_number: str
    kind: str
    state: str
    partner_id: UUID
    currency: str
    total: str
    tax: str
    open_amount: str
    reference: str | None
    po_number: str
    refcode: str | None
    corrects_id: UUID | None
    issued_on: date
    due_on: date | None


def issued_event(invoice: Invoice, merchant: Merchant, *, now: datetime) -> Event:
    """Return the event that tells of an invoice or credit note that was issued."""
    return _event(ISSUED, invoice, merchant, now=now)


def paid_event(invoice: Invoice, merchant: Merchant, *, now: datetime) -> Event:
    """Return the event that tells that nothing of an invoice is open any more."""
    return _event(PAID, invoice, merchant, now=now)


def _event(kind: str, invoice: Invoice, merchant: Merchant, *, now: datetime) -> Event:
    money = currency(invoice.currency)
    assert invoice.invoice_number is not None, "only what is issued is told of"
    assert invoice.issued_on is not None, "and has a day"
    payload = InvoiceTold(
        merchant=merchant.slug,
        merchant_id=merchant.merchant_id,
        invoice_id=invoice.invoice_id,
        invoice_number=invoice.invoice_number,
        kind=invoice.kind,
        state=invoice.state,
        partner_id=invoice.partner_id,
        currency=invoice.currency,
        total=plain(invoice.total, money),
        tax=plain(invoice.tax, money),
        open_amount=plain(invoice.open, money),
        reference=invoice.reference,
        po_number=invoice.po_number,
        refcode=invoice.group_key if invoice.grouping.value == "refcode" else None,
        corrects_id=invoice.corrects,
        issued_on=invoice.issued_on,
        due_on=invoice.due_on,
    )
    return Event(
        merchant_id=invoice.merchant_id,
        event_id=new_id(now),
        kind=kind,
        occurred_at=now,
        payload=_ENCODER.encode(payload),
    )
