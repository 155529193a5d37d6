"""Invoices to partners as they were issued, their files, and what partners paid."""

import asyncio
from datetime import date, datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from largesse.db.connection import Row
from largesse.db.listing import Condition, Listing
from largesse.domain import invoices
from largesse.domain.banking import PartnerPaymentUnknown
from largesse.domain.invoices import InvoiceFormat, InvoiceUnknown, file_name
from largesse.domain.programs import KeyScope
from largesse.interfaces.rest_api import list_messages as told
from largesse.interfaces.rest_api.messages import AmountText, CurrencyText
from largesse.interfaces.rest_api.routing import PREFIX, RestAnswer, RestCaller, RestFile, RestRoute, reading
from largesse.kernel.currency import currency
from largesse.kernel.money import plain
from largesse.services import invoices as invoicing
from largesse.services import listings
from largesse.web.responses import attachment

_SCOPE: Final = KeyScope.INVOICES_READ
_ONE: Final = "/invoices/{invoice_id}"
_PDF: Final = "pdf"
State = Literal["issued", "part_paid", "paid", "credited", "written_off"]
SignedText = Annotated[str, Meta(pattern=r"^-?[0-9]+(\.[0-9]+)?$", examples=["-25.00"])]


class InvoicesAsked(told.PageAsked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which invoices and credit notes."""

    kind: Literal["invoice", "credit_note"] | None = None
    state: State | None = None
    partner_id: UUID | None = None
    number: Annotated[str, Meta(max_length=30)] | None = None
    issued_since: date | None = None
    issued_until: Annotated[date, Meta(description="Not included.")] | None = None


class PaymentsAsked(told.PageAsked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which payments of partners."""

    partner_id: UUID | None = None
    received_since: date | None = None
    received_until: Annotated[date, Meta(description="Not included.")] | None = None


class FileAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which file: PDF/A-3 with the XML of Factur-X and ZUGFeRD inside, or an XML by itself."""

    form: Literal["pdf", "en16931", "xrechnung", "peppol"] = "pdf"


class InvoiceListed(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice or credit note that was issued; `open` is what nothing was set against yet."""

    invoice_id: UUID
    kind: Literal["invoice", "credit_note"]
    state: State
    number: str
    partner_id: UUID
    currency: CurrencyText
    total: AmountText
    tax: AmountText
    paid: AmountText
    credited: AmountText
    written_off: AmountText
    open: AmountText
    corrects: UUID | None
    po_number: str
    reference: str | None
    period_from: date | None
    period_through: date | None
    issued_on: date
    due_on: date | None
    disputed_at: datetime | None
    issued_at: datetime
    settled_at: datetime | None


class InvoicesPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of invoices, the newest first."""

    data: list[InvoiceListed]
    next: told.Next


class InvoiceLineTold(msgspec.Struct, frozen=True, kw_only=True):
    """So many certificates of one value: `face` and `discount` of one, `total` of all, tax included."""

    line: int
    refcode: str
    quantity: int
    face: AmountText
    discount: AmountText
    total: AmountText
    tax_kind: str
    tax_country: str | None
    tax_rate: Annotated[str, Meta(description="A fraction: 0.19 is 19 per cent.")]


class InvoiceTaxShown(msgspec.Struct, frozen=True, kw_only=True):
    """The tax of one rate, computed once on the whole invoice."""

    country: str
    rate: str
    net: AmountText
    tax: AmountText
    gross: AmountText


class SettlementShown(msgspec.Struct, frozen=True, kw_only=True):
    """What was set against an invoice, by a payment, credit note or credit of `source_id`; undone or not."""

    settlement_id: UUID
    invoice_id: UUID
    source: str
    source_id: UUID | None
    amount: AmountText
    booked_at: datetime
    undone_at: datetime | None


class InvoiceFileShown(msgspec.Struct, frozen=True, kw_only=True):
    """A file of an invoice, and where it is asked for."""

    form: str
    media_type: str
    path: str


class InvoiceInFull(InvoiceListed, frozen=True, kw_only=True):
    """An invoice, whole."""

    lines: list[InvoiceLineTold]
    taxes: list[InvoiceTaxShown]
    settlements: list[SettlementShown]
    files: list[InvoiceFileShown]


class PaymentListed(msgspec.Struct, frozen=True, kw_only=True):
    """What a partner paid; below zero, what was paid back to it. `bank_amount` is what the bank moved."""

    payment_id: UUID
    partner_id: UUID
    currency: CurrencyText
    amount: SignedText
    bank_currency: CurrencyText | None
    bank_amount: SignedText | None
    source: Literal["line", "hand", "drawer"]
    reference: str
    received_on: date
    made_at: datetime
    undone_at: datetime | None


class PaymentsPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of payments, the newest first."""

    data: list[PaymentListed]
    next: told.Next


class PaymentShown(PaymentListed, frozen=True, kw_only=True):
    """A payment, with what it was set against, and what of it is left as the partner's credit."""

    left: AmountText
    settlements: list[SettlementShown]


_INVOICE_MONEY: Final = ("total", "tax", "paid", "credited", "written_off", "open")


def _invoice(row: Row) -> dict[str, Any]:
    """Return the fields of an invoice as it is listed: amounts as decimal texts."""
    money = currency(row["currency"])
    return {**row, **{name: plain(row[name], money) for name in _INVOICE_MONEY}}


def _payment(row: Row) -> dict[str, Any]:
    moved = None if row["bank_amount"] is None else plain(row["bank_amount"], currency(row["bank_currency"]))
    return {**row, "amount": plain(row["amount"], currency(row["currency"])), "bank_amount": moved}


def _rate(ppm: int) -> str:
    """Return a rate as a fraction, without zeros at its end."""
    return f"{ppm // 1_000_000}.{ppm % 1_000_000:06d}".rstrip("0").rstrip(".")


def _settlement(one: invoices.InvoiceSettlement, code: str) -> SettlementShown:
    return SettlementShown(
        settlement_id=one.operation_id,
        invoice_id=one.invoice_id,
        source=one.source.value,
        source_id=one.source_id,
        amount=plain(one.amount, currency(code)),
        booked_at=one.booked_at,
        undone_at=one.undone_at,
    )


async def _page(caller: RestCaller, listing: Listing, where: dict[str, tuple[str, str, str]]) -> tuple[list[Row], str]:
    """Return the rows of a page and what asks for the next; `where` has column, operator and type by parameter."""
    asked = caller.parameters
    given = [(name, getattr(asked, name)) for name in where]
    conditions = [Condition(*where[name][:2], value, where[name][2]) for name, value in given if value is not None]
    async with caller.deps.database.connection() as connection:
        found = await listings.page_of(
            connection, listing, caller.merchant.merchant_id, where=conditions, after=asked.after, limit=asked.limit
        )
    return list(found.rows), found.after


async def list_invoices(caller: RestCaller) -> RestAnswer:
    """List what was issued."""
    where = {
        "kind": ("kind", "=", "text"),
        "state": ("state", "=", "text"),
        "partner_id": ("partner_id", "=", "uuid"),
        "number": ("number", "=", "text"),
        "issued_since": ("issued_on", ">=", "date"),
        "issued_until": ("issued_on", "<", "date"),
    }
    rows, after = await _page(caller, listings.INVOICES_LISTED, where)
    return RestAnswer(value=InvoicesPage(data=[InvoiceListed(**_invoice(one)) for one in rows], next=after or None))


async def show_invoice(caller: RestCaller) -> RestAnswer:
    """Show an invoice or credit note; a draft is none yet."""
    merchant_id, invoice_id = caller.merchant.merchant_id, caller.ids["invoice_id"]
    async with caller.deps.database.connection() as connection:
        row = await listings.one_of(connection, listings.INVOICES_LISTED, merchant_id, invoice_id)
        if row is None:
            raise InvoiceUnknown
        lines = await invoices.stored_lines(connection, merchant_id, invoice_id)
        taxes = await invoices.stored_taxes(connection, merchant_id, [invoice_id])
        settled = await invoices.settlements_of(connection, merchant_id, invoice_id)
    money = currency(row["currency"])
    shown = InvoiceInFull(
        **_invoice(row),
        lines=[
            InvoiceLineTold(
                line=one.line_no,
                refcode=one.refcode,
                quantity=one.quantity,
                face=plain(one.face, money),
                discount=plain(one.discount, money),
                total=plain(one.total, money),
                tax_kind=one.tax_kind.value,
                tax_country=one.tax_country,
                tax_rate=_rate(one.tax_rate_ppm),
            )
            for one in lines
        ],
        taxes=[
            InvoiceTaxShown(
                country=one.tax_country,
                rate=_rate(one.tax_rate_ppm),
                net=plain(one.net, money),
                tax=plain(one.tax, money),
                gross=plain(one.gross, money),
            )
            for one in taxes
        ],
        settlements=[_settlement(one, row["currency"]) for one in settled],
        files=_files(invoice_id),
    )
    return RestAnswer(value=shown)


def _files(invoice_id: UUID) -> list[InvoiceFileShown]:
    kinds = [(_PDF, "application/pdf"), *((one.value, "application/xml") for one in InvoiceFormat)]
    path = f"{PREFIX}/invoices/{invoice_id}/file?form="
    return [InvoiceFileShown(form=form, media_type=kind, path=path + form) for form, kind in kinds]


async def file(caller: RestCaller) -> RestAnswer:
    """Return an issued invoice as a file."""
    asked: FileAsked = caller.parameters
    async with caller.deps.database.connection() as connection:
        document = await invoices.document_of(connection, caller.merchant.merchant_id, caller.ids["invoice_id"])
    if document is None:
        raise InvoiceUnknown
    if asked.form == _PDF:
        content = await invoicing.pdf_of(caller.papers, document)
        return _attached(content, file_name(document), "application/pdf")
    form = InvoiceFormat(asked.form)
    content = await asyncio.to_thread(caller.papers.invoice_files.write, document, form)
    return _attached(content, file_name(document, form), "application/xml")


def _attached(content: bytes, name: str, media_type: str) -> RestAnswer:
    headers = {"Content-Disposition": attachment(name), "X-Content-Type-Options": "nosniff"}
    return RestAnswer(value=RestFile(content=content, media_type=media_type), headers=headers)


async def list_payments(caller: RestCaller) -> RestAnswer:
    """List what partners paid, and were paid back."""
    where = {
        "partner_id": ("partner_id", "=", "uuid"),
        "received_since": ("received_on", ">=", "date"),
        "received_until": ("received_on", "<", "date"),
    }
    rows, after = await _page(caller, listings.PAYMENTS_LISTED, where)
    return RestAnswer(value=PaymentsPage(data=[PaymentListed(**_payment(one)) for one in rows], next=after or None))


async def show_payment(caller: RestCaller) -> RestAnswer:
    """Show a payment, and what it was set against."""
    merchant_id, payment_id = caller.merchant.merchant_id, caller.ids["payment_id"]
    async with caller.deps.database.connection() as connection:
        row = await listings.one_of(connection, listings.PAYMENTS_LISTED, merchant_id, payment_id)
        if row is None:
            raise PartnerPaymentUnknown
        settled = await invoices.settlements_from(connection, merchant_id, payment_id)
    left = 0
    if row["undone_at"] is None and row["amount"] > 0:
        left = row["amount"] - sum(one.amount for one in settled if one.undone_at is None)
    shown = PaymentShown(
        **_payment(row),
        left=plain(left, currency(row["currency"])),
        settlements=[_settlement(one, row["currency"]) for one in settled],
    )
    return RestAnswer(value=shown)


ROUTES: tuple[RestRoute, ...] = (
    reading(
        "/invoices", "listInvoices", "List the invoices and credit notes that were issued, the newest first.",
        scope=_SCOPE, work=list_invoices, gives=InvoicesPage, parameters=InvoicesAsked, tag="Invoices",
    ),
    reading(
        _ONE, "showInvoice", "Show an invoice or credit note: lines, taxes, what was set against it, and its files.",
        scope=_SCOPE, work=show_invoice, gives=InvoiceInFull, tag="Invoices",
    ),
    reading(
        f"{_ONE}/file", "takeInvoiceFile", "Take an invoice as PDF with its XML inside, or as XML.",
        scope=_SCOPE, work=file, gives=RestFile, parameters=FileAsked, tag="Invoices",
        files=("application/pdf", "application/xml"),
    ),
    reading(
        "/payments", "listPayments", "List what partners paid, and were paid back, the newest first.",
        scope=_SCOPE, work=list_payments, gives=PaymentsPage, parameters=PaymentsAsked, tag="Invoices",
    ),
    reading(
        "/payments/{payment_id}", "showPayment", "Show what a partner paid, and what it was set against.",
        scope=_SCOPE, work=show_payment, gives=PaymentShown, tag="Invoices",
    ),
)  # fmt: skip
"""The table of invoices and payments."""
