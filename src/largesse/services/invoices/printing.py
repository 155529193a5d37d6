"""Invoices on paper: the frozen document in the words of its language, and the PDF with the XML inside.

Every amount is one that the document holds as text, which the XML repeats as it is: paper and XML cannot differ.
"""

import asyncio
from decimal import Decimal
from typing import Protocol

from largesse.domain.invoices import (
    NOT_SUBJECT,
    DocumentLine,
    InvoiceColumn,
    InvoiceDocument,
    InvoiceFace,
    InvoiceFormat,
    InvoiceKind,
    InvoiceSum,
    Party,
    giro_code,
)
from largesse.kernel.conventions import SheetSize, sheet_of_country
from largesse.kernel.currency import Currency, currency
from largesse.kernel.iban import written_iban
from largesse.kernel.money import parse
from largesse.services.capabilities import PrintsInvoices, WritesInvoices
from largesse.services.invoices.wording import voice_of
from largesse.ui import Voice


class InvoicePrinting(WritesInvoices, PrintsInvoices, Protocol):
    """Both forms of an invoice: for programs and for people."""


def paper_for(document: InvoiceDocument) -> SheetSize:
    """Return the sheet that is usual where the buyer is."""
    return sheet_of_country(document.buyer.country)


async def pdf_of(deps: InvoicePrinting, document: InvoiceDocument, *, paper: SheetSize | None = None) -> bytes:
    """Return an issued invoice or credit note as PDF, with its XML (Factur-X, ZUGFeRD) inside.

    Raises:
        LargesseError: it could not be printed.
    """
    xml = await asyncio.to_thread(deps.invoice_files.write, document, InvoiceFormat.EN16931)
    return await deps.invoice_printer.print_invoice(face_of(document), paper or paper_for(document), xml)


async def pro_forma_pdf(deps: PrintsInvoices, document: InvoiceDocument, *, paper: SheetSize | None = None) -> bytes:
    """Return a pro forma as PDF, without XML inside: no program shall take it for an invoice.

    Raises:
        LargesseError: it could not be printed.
    """
    return await deps.invoice_printer.print_invoice(face_of(document), paper or paper_for(document))


def face_of(document: InvoiceDocument) -> InvoiceFace:
    """Return what stands on the paper of a document, in its language. Pure."""
    return _Face(document).face()


class _Face:
    """Words and figures of one document."""

    def __init__(self, document: InvoiceDocument) -> None:
        self._document = document
        self._voice: Voice = voice_of(document.language)
        self._money: Currency = currency(document.currency)

    def face(self) -> InvoiceFace:
        """Return all of it."""
        document, voice = self._document, self._voice
        seller = document.seller
        columns, rows = self._lines()
        code = giro_code(document) if document.number else ""
        return InvoiceFace(
            language=self._voice.language,
            title=f"{self._kind()} {document.number}".strip(),
            issued_on=document.issued_on,
            seller=seller.name,
            sender=" · ".join(filter(None, (seller.name, seller.address, place_of(seller)))),
            buyer=address_of(document.buyer, voice, home=seller.country),
            facts=self._facts(),
            columns=columns,
            rows=rows,
            sums=self._sums(),
            tax_columns=self._tax_columns(),
            taxes=self._taxes(),
            notes=self._notes(),
            payment_words=voice.t("Please pay to") if document.iban else "",
            payment=self._payment(),
            code=code,
            code_words=voice.t("Scan it with your bank’s app") if code else "",
            footer=self._footer(),
            page_words=voice.t("Page {page} of {pages}", page="{page}", pages="{pages}"),
            attachment_words=voice.t("The same invoice for programs (EN 16931)"),
        )

    def _kind(self) -> str:
        is_invoice = self._document.kind is InvoiceKind.INVOICE
        if not self._document.number:
            return self._voice.t("Pro forma invoice")
        return self._voice.t("Invoice") if is_invoice else self._voice.t("Credit note")

    def _said(self, amount: str) -> str:
        return self._voice.money(parse(amount, self._money))

    def _facts(self) -> tuple[tuple[str, str], ...]:
        document, voice = self._document, self._voice
        period = ""
        if document.period_from and document.period_through:
            first, last = voice.short_day(document.period_from), voice.short_day(document.period_through)
            period = first if first == last else voice.t("{first} to {last}", first=first, last=last)
        corrects = ""
        if document.corrects_number and document.corrects_issued_on:
            day = voice.short_day(document.corrects_issued_on)
            corrects = voice.t("{number} of {day}", number=document.corrects_number, day=day)
        found = (
            (voice.t("Number"), document.number),
            (voice.t("Day"), voice.day(document.issued_on)),
            (voice.t("Corrects invoice"), corrects),
            (voice.t("Ordered"), period),
            (voice.t("Due"), voice.day(document.due_on) if document.due_on else ""),
            (voice.t("Your purchase order"), document.po_number),
            (voice.t("Your reference"), document.buyer_reference),
            (voice.t("Your VAT ID"), document.buyer.vat_id),
            (voice.t("Contact"), document.seller.contact_name),
            (voice.t("Telephone"), document.seller.phone if document.seller.contact_name else ""),
        )
        return tuple(one for one in found if one[1])

    def _lines(self) -> tuple[tuple[InvoiceColumn, ...], tuple[tuple[str, ...], ...]]:
        """Return the columns that say something, and the lines in them."""
        voice, lines = self._voice, self._document.lines
        taxed = any(one.category != NOT_SUBJECT for one in lines)
        columns: list[tuple[str, bool, bool]] = [
            (voice.t("What"), False, True),
            (voice.t("Refcode"), False, any(one.refcode for one in lines)),
            (voice.t("Quantity"), True, True),
            (voice.t("Discount on each"), True, any(one.discount.strip("0.") for one in lines)),
            (voice.t("Tax rate"), True, taxed),
            (voice.t("Without tax"), True, taxed),
            (voice.t("Amount"), True, True),
        ]
        shown = [place for place, one in enumerate(columns) if one[2]]
        rows = tuple(tuple(self._line(one)[place] for place in shown) for one in lines)
        return tuple(InvoiceColumn(title=columns[place][0], numeric=columns[place][1]) for place in shown), rows

    def _line(self, line: DocumentLine) -> tuple[str, ...]:
        voice = self._voice
        return (
            voice.t("Gift certificate of {amount}", amount=self._said(line.face)),
            line.refcode,
            voice.count(line.quantity),
            self._said(line.discount) if line.discount.strip("0.") else "",
            f"{line.rate} %" if line.rate else "",
            self._said(line.total),
            self._said(line.gross),
        )

    def _sums(self) -> tuple[InvoiceSum, ...]:
        document, voice = self._document, self._voice
        found = []
        if document.tax.strip("0."):
            found = [
                InvoiceSum(words=voice.t("Sum without tax"), amount=self._said(document.net)),
                InvoiceSum(words=voice.t("Tax"), amount=self._said(document.tax)),
            ]
        is_invoice = document.kind is InvoiceKind.INVOICE
        words = voice.t("Amount due") if is_invoice else voice.t("Amount credited")
        found.append(InvoiceSum(words=words, amount=self._said(document.total), strong=True))
        return tuple(found)

    def _tax_columns(self) -> tuple[InvoiceColumn, ...]:
        voice = self._voice
        titles = (voice.t("Tax rate"), voice.t("Without tax"), voice.t("Tax"), voice.t("With tax"))
        return tuple(InvoiceColumn(title=one, numeric=place > 0) for place, one in enumerate(titles))

    def _taxes(self) -> tuple[tuple[str, ...], ...]:
        return tuple(
            (f"{one.rate} % {one.country}".strip(), self._said(one.taxable), self._said(one.tax), self._said(one.gross))
            for one in self._document.taxes
            if one.rate
        )

    def _notes(self) -> tuple[str, ...]:
        document = self._document
        reasons = [one.reason for one in document.taxes if one.reason]
        no_invoice = ""
        if not document.number:
            no_invoice = self._voice.t(
                "This is no invoice: it has no number, and no tax can be deducted by it. The invoice follows."
            )
        found = (no_invoice, self._in_base(), *reasons, document.terms, *document.note.split("\n"))
        return tuple(filter(None, found))

    def _in_base(self) -> str:
        voice, base = self._voice, self._document.tax_in_base
        if base is None:
            return ""
        return voice.t(
            "Tax in {base}: {tax}, at {rate} {currency} for one {base} ({source}, {day}).",
            base=base.currency,
            tax=voice.money(parse(base.tax, currency(base.currency))),
            rate=voice.decimal(Decimal(base.rate)),
            currency=self._document.currency,
            source=base.source,
            day=voice.day(base.day),
        )

    def _payment(self) -> tuple[tuple[str, str], ...]:
        document, voice = self._document, self._voice
        if not document.iban:
            return ()
        found = (
            (voice.t("Account holder"), document.account_holder),
            (voice.t("IBAN"), written_iban(document.iban)),
            (voice.t("BIC"), document.bic),
            (voice.t("Reference"), document.reference or document.number),
        )
        return tuple(one for one in found if one[1])

    def _footer(self) -> tuple[tuple[str, ...], ...]:
        document, voice = self._document, self._voice
        seller = document.seller
        where, known = address_of(seller, voice, home=document.buyer.country), known_of(seller, voice)
        reached = (seller.phone, seller.email)
        return tuple(column for column in (where, known, tuple(filter(None, reached))) if column)


def address_of(party: Party, voice: Voice, *, home: str) -> tuple[str, ...]:
    """Return name and address line by line; the country where it is not `home`."""
    abroad = voice.country(party.country) if party.country and party.country != home else ""
    return tuple(filter(None, (party.name, party.address, party.address2, place_of(party), abroad)))


def known_of(seller: Party, voice: Voice) -> tuple[str, ...]:
    """Return by which numbers a seller is known."""
    known = (
        voice.t("VAT ID {number}", number=seller.vat_id) if seller.vat_id else "",
        voice.t("Tax number {number}", number=seller.tax_id) if seller.tax_id else "",
        seller.legal_id,
    )
    return tuple(filter(None, known))


def place_of(party: Party) -> str:
    """Return postal code and city as a line; the state behind them where there is one."""
    town = f"{party.zip} {party.city}".strip()
    return ", ".join(filter(None, (town, party.state)))
