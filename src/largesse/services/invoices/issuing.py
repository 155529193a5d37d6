"""Issue a draft: it gets the next number of its series, and never changes again.

What could be refused or has to wait comes first, the number last, in the transaction that writes the invoice: a number
is given with its invoice, or not at all.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from msgspec.structs import replace

from largesse import outbox
from largesse.db import Connection
from largesse.domain import invoices, partners
from largesse.domain.invoices import (
    BillingDetails,
    Invoice,
    InvoiceDocument,
    InvoiceKind,
    InvoiceLine,
    InvoiceMailPurpose,
    InvoiceSettings,
    InvoiceState,
    Item,
    NothingToInvoice,
    Party,
    RateTotal,
    TaxInBase,
    compose,
    lines_of,
    reference_of,
    taxes_of,
)
from largesse.domain.merchants import Merchant
from largesse.domain.partners import Partner
from largesse.domain.rates import RateMissing, in_base, rate_on
from largesse.domain.staff import Audited
from largesse.kernel.conventions import written_in
from largesse.kernel.currency import currency
from largesse.kernel.money import plain
from largesse.ledger import Kind
from largesse.services.invoices.booking import post, rounding_entries, where_of_invoice
from largesse.services.invoices.dependencies import InvoiceDependencies
from largesse.services.invoices.events import issued_event
from largesse.services.invoices.mailing import queue_mail
from largesse.services.invoices.parties import buyer_party, seller_party
from largesse.services.invoices.reading import charged_items
from largesse.services.invoices.wording import wording_of
from largesse.services.staff import Manager

_DIGITS = 6


class BothParties:
    """Who an invoice is between, and what both have said of their invoices; read before anything is written."""

    def __init__(
        self, *, seller: Party, buyer: Party, settings: InvoiceSettings, billing: BillingDetails, language: str
    ) -> None:
        self.seller = seller
        self.buyer = buyer
        self.settings = settings
        self.billing = billing
        self.language = language


async def issue(
    deps: InvoiceDependencies, merchant: Merchant, invoice_id: UUID, *, by: Manager, now: datetime
) -> Invoice:
    """Issue a draft, and return it as it is for good; one that is issued is returned as it is.

    What was cancelled meanwhile is not on it.

    Raises:
        BuyerAddressMissing, SellerIncomplete, TaxIdInvalid: what it must say of somebody is missing, or wrong.
        InvoiceUnknown: there is no such draft.
        NothingToInvoice: all of it was cancelled.
        SeriesTaken: the series that is set numbers credit notes.
    """

    async def work(connection: Connection) -> Invoice:
        seen = await invoices.find_invoice(connection, merchant.merchant_id, invoice_id)
        ref = merchant.merchant_id, seen.partner_id
        # Whoever orders, or gives back, holds it too: what is read below stays so until the number is written.
        agreement = (await partners.lock_agreements(connection, [ref]))[ref]
        draft = await invoices.lock_invoice(connection, merchant.merchant_id, invoice_id)
        if draft.is_issued:
            return draft
        partner = await partners.find_partner(connection, merchant.merchant_id, str(seen.partner_id))
        said = await said_of_both(connection, merchant, draft, partner)
        items = await _still_owed(connection, draft)
        lines, places = lines_of(items)
        taxes = taxes_of(items)
        where = await where_of_invoice(connection, draft)
        await post(deps, connection, rounding_entries(draft, where, Kind.BILL, taxes, actor=by.actor), now=now)
        today = now.astimezone(merchant.zone).date()
        issued = replace(
            draft,
            state=InvoiceState.ISSUED,
            series=said.settings.invoice_series,
            total=sum(line.total for line in lines),
            tax=sum(one.tax for one in taxes),
            period_from=min(one.booked_on for one in items),
            period_through=max(one.booked_on for one in items),
            issued_on=today,
            due_on=today + timedelta(days=agreement.payment_terms_days),
            issued_at=now,
        )
        issued = await numbered(connection, issued)
        await invoices.write_lines(connection, issued, lines, taxes)
        await invoices.fix_items(connection, issued, items, places)
        base = await _tax_in_base(connection, merchant, issued)
        document = document_for(issued, lines, taxes, said, tax_in_base=base)
        await invoices.write_issued(connection, issued, document)
        await by.record(connection, merchant, Audited.INVOICE_ISSUED, issued.invoice_id, issued.invoice_number, now=now)
        await outbox.publish(connection, [issued_event(issued, merchant, now=now)])
        await queue_mail(connection, issued, document, InvoiceMailPurpose.ISSUED, actor=by.actor, now=now)
        return issued

    return await deps.retrying(work)


async def said_of_both(connection: Connection, merchant: Merchant, invoice: Invoice, partner: Partner) -> BothParties:
    """Return what seller and buyer have said of their invoices.

    Raises:
        BuyerAddressMissing, SellerIncomplete, TaxIdInvalid: what must be said is missing, or wrong.
    """
    settings = await invoices.settings_of(connection, merchant.merchant_id, invoice.entity_id)
    buyer, billing = await buyer_party(connection, partner)
    seller = await seller_party(connection, merchant, invoice.entity_id, settings)
    return BothParties(
        seller=seller,
        buyer=buyer,
        settings=settings,
        billing=billing,
        language=written_in(billing.language or merchant.language, merchant.english),
    )


async def numbered(connection: Connection, invoice: Invoice) -> Invoice:
    """Return an invoice with the next number of its series, and the reference that is made of it.

    Raises:
        SeriesTaken: the series numbers the other kind.
    """
    assert invoice.series is not None, "the series is chosen before"
    number = await invoices.next_number(connection, invoice.merchant_id, invoice.series, invoice.kind)
    text = f"{invoice.series}{number:0{_DIGITS}d}"
    reference = reference_of(text) if invoice.kind is InvoiceKind.INVOICE else None
    return replace(invoice, number=number, invoice_number=text, reference=reference)


def document_for(
    invoice: Invoice,
    lines: Sequence[InvoiceLine],
    taxes: Sequence[RateTotal],
    said: BothParties,
    *,
    corrects: tuple[str, date] | None = None,
    tax_in_base: TaxInBase | None = None,
) -> InvoiceDocument:
    """Return all that an invoice says. Pure."""
    settings = said.settings
    asks = invoice.kind is InvoiceKind.INVOICE
    return compose(
        invoice,
        lines,
        taxes,
        currency=currency(invoice.currency),
        language=said.language,
        seller=said.seller,
        buyer=said.buyer,
        wording=wording_of(said.language, kind=invoice.kind, due_on=invoice.due_on),
        iban=settings.iban if asks else "",
        bic=settings.bic if asks else "",
        account_holder=(settings.account_holder or said.seller.name) if asks and settings.iban else "",
        buyer_reference=said.billing.buyer_reference,
        note="\n".join(filter(None, (invoice.note, settings.note))),
        corrects=corrects,
        tax_in_base=tax_in_base,
    )


async def _tax_in_base(connection: Connection, merchant: Merchant, invoice: Invoice) -> TaxInBase | None:
    """Return the tax of an invoice in other money in the merchant's own, by the rate of the day it is issued.

    Where the merchant keeps no rates it says none, for not every seller has to.
    """
    if not invoice.tax or invoice.currency == merchant.currency:
        return None
    assert invoice.issued_on is not None, "it is issued"
    try:
        rate = await rate_on(connection, merchant.merchant_id, invoice.currency, invoice.issued_on)
    except RateMissing:
        return None
    return tax_at(invoice, merchant.currency, rate.rate, day=rate.day, source=rate.source)


def tax_at(invoice: Invoice, base: str, rate: Decimal, *, day: date, source: str) -> TaxInBase:
    """Return what the tax of an invoice comes to at a rate. Pure."""
    tax = plain(in_base(invoice.tax, invoice.currency, base, rate), currency(base))
    return TaxInBase(currency=base, tax=tax, rate=f"{rate.normalize():f}", day=day, source=source)


async def _still_owed(connection: Connection, draft: Invoice) -> list[Item]:
    """Return what is left of what a draft gathers, and let the rest go.

    Raises:
        NothingToInvoice: nothing is.
    """
    items = await charged_items(connection, draft.merchant_id, draft.partner_id, draft.invoice_id)
    if not items:
        raise NothingToInvoice
    gathered = await invoices.claimed_lots(connection, draft)
    left = {one.lot_id for one in items}
    gone = [lot_id for lot_id in gathered if lot_id not in left]
    if gone:
        await invoices.release_items(connection, draft, gone)
    return items
