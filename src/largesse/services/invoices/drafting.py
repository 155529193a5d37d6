"""Gather what is not invoiced into drafts, as each partner's agreement groups it."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain import invoices, locations, partners
from largesse.domain.invoices import (
    NOTE_MAX,
    PO_NUMBER_MAX,
    Grouping,
    Invoice,
    InvoiceInvalid,
    InvoiceIssued,
    InvoiceKind,
    InvoiceState,
    Item,
)
from largesse.domain.merchants import Merchant
from largesse.domain.partners import Agreement, Partner
from largesse.domain.staff import Audited
from largesse.kernel.errors import FieldError
from largesse.kernel.ids import new_id
from largesse.services.invoices.dependencies import InvoiceDependencies
from largesse.services.invoices.reading import charged_items, uninvoiced
from largesse.services.staff import Manager


class InvoiceDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A draft with what it gathers, as it would be issued now."""

    invoice: Invoice
    items: tuple[Item, ...]

    @property
    def total(self) -> int:
        """Return what it would ask for."""
        return sum(one.amount for one in self.items)


_Key = tuple[UUID, str, bool, str]
"""The legal entity, the currency, whether it is taxed, and what the orders have in common."""


async def gather(
    deps: InvoiceDependencies,
    merchant: Merchant,
    partner: Partner,
    *,
    through: date | None = None,
    actor: str,
    now: datetime,
) -> list[InvoiceDraft]:
    """Put all that is not invoiced into drafts, one for each refcode, month or order, and return all drafts.

    `through` leaves out what was booked after that day. What is taxed and what is not never meet, nor do currencies or
    legal entities. Safe to repeat, and on several workers at once.
    """

    async def work(connection: Connection) -> list[InvoiceDraft]:
        ref = partner.merchant_id, partner.partner_id
        agreement = (await partners.lock_agreements(connection, [ref]))[ref]
        found = await uninvoiced(connection, *ref)
        home = (await locations.default_entity(connection, merchant.merchant_id)).entity_id
        chosen = [one for one in found if through is None or one.booked_on <= through]
        for key, items in _grouped(chosen, agreement, home).items():
            draft = await invoices.open_draft(connection, _draft(partner, agreement, key, actor=actor, now=now))
            await invoices.claim_items(connection, draft, items)
        return await drafts_of(connection, merchant.merchant_id, partner.partner_id)

    return await deps.retrying(work)


async def drafts_of(connection: Connection, merchant_id: UUID, partner_id: UUID | None = None) -> list[InvoiceDraft]:
    """Return the drafts of a partner, or of all, with what they gather; those of which nothing is left, too."""
    return [await draft_of(connection, one) for one in await invoices.drafts_of(connection, merchant_id, partner_id)]


async def draft_of(connection: Connection, invoice: Invoice) -> InvoiceDraft:
    """Return a draft with what it gathers, as it would be issued now."""
    items = await charged_items(connection, invoice.merchant_id, invoice.partner_id, invoice.invoice_id)
    return InvoiceDraft(invoice=invoice, items=tuple(items))


async def change_draft(
    deps: InvoiceDependencies,
    merchant: Merchant,
    invoice: Invoice,
    *,
    po_number: str,
    note: str,
    by: Manager,
    now: datetime,
) -> None:
    """Write what else stands on a draft.

    Raises:
        InvoiceInvalid: it is too long.
        InvoiceIssued: it is none any more.
    """
    limits = (("po_number", po_number, PO_NUMBER_MAX), ("note", note, NOTE_MAX))
    faults = [
        FieldError(field, "text.length", f"Write at most {most} characters.")
        for field, text, most in limits
        if len(text) > most
    ]
    if faults:
        raise InvoiceInvalid(fields=faults)
    async with deps.transaction() as connection:
        if not await invoices.change_draft(connection, invoice, po_number=po_number.strip(), note=note.strip()):
            raise InvoiceIssued
        await by.record(connection, merchant, Audited.INVOICE_CHANGED, invoice.invoice_id, None, now=now)


async def discard(
    deps: InvoiceDependencies, merchant: Merchant, invoice: Invoice, *, by: Manager, now: datetime
) -> None:
    """Forget a draft: what it gathered is not invoiced.

    Raises:
        InvoiceIssued: it is none any more.
    """
    async with deps.transaction() as connection:
        # Whoever gathers or issues holds it, and may be putting into this draft what would be let go with it.
        await partners.lock_agreements(connection, [(invoice.merchant_id, invoice.partner_id)])
        locked = await invoices.lock_invoice(connection, invoice.merchant_id, invoice.invoice_id)
        if locked.is_issued:
            raise InvoiceIssued
        await invoices.delete_draft(connection, locked)
        await by.record(connection, merchant, Audited.INVOICE_DISCARDED, invoice.invoice_id, None, now=now)


def _grouped(items: Iterable[Item], agreement: Agreement, home: UUID) -> dict[_Key, list[Item]]:
    found: dict[_Key, list[Item]] = {}
    for one in items:
        key = one.entity_id or home, one.currency, one.taxed, _group_key(one, agreement)
        found.setdefault(key, []).append(one)
    return found


def _group_key(one: Item, agreement: Agreement) -> str:
    match Grouping(agreement.invoicing.value):
        case Grouping.REFCODE:
            return one.refcode
        case Grouping.MONTHLY:
            return one.booked_on.strftime("%Y-%m")
        case Grouping.ORDER:
            return one.order_number or str(one.lot_id)


def _draft(partner: Partner, agreement: Agreement, key: _Key, *, actor: str, now: datetime) -> Invoice:
    entity_id, currency, taxed, group_key = key
    return Invoice(
        merchant_id=partner.merchant_id,
        invoice_id=new_id(now),
        kind=InvoiceKind.INVOICE,
        state=InvoiceState.DRAFT,
        partner_id=partner.partner_id,
        entity_id=entity_id,
        currency=currency,
        grouping=Grouping(agreement.invoicing.value),
        group_key=group_key,
        taxed=taxed,
        po_number=agreement.po_number,
        created_at=now,
        created_by=actor,
    )
