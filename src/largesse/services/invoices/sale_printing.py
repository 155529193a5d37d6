"""Receipts and invoices of the shop on paper: the frozen document in the words of its language."""

from largesse.domain.invoices import (
    InvoiceColumn,
    InvoiceFace,
    InvoiceSum,
    SaleDocument,
    SaleDocumentKind,
    SaleLine,
    SaleReason,
    TaxGroup,
)
from largesse.kernel.currency import Currency, currency
from largesse.kernel.money import Money
from largesse.services.capabilities import PrintsInvoices
from largesse.services.invoices.printing import address_of, known_of, place_of
from largesse.services.invoices.wording import voice_of
from largesse.ui import Voice


async def sale_pdf(deps: PrintsInvoices, document: SaleDocument) -> bytes:
    """Return a document as PDF, tagged and made to be kept; the same document gives the same bytes.

    Raises:
        LargesseError: it could not be printed.
    """
    return await deps.invoice_printer.print_invoice(sale_face(document), document.paper)


def sale_file_name(document: SaleDocument) -> str:
    """Return what a document is called as a file: `Receipt SR-000001.pdf`."""
    return f"{sale_title(document, voice_of(document.language))}.pdf"


def sale_title(document: SaleDocument, voice: Voice) -> str:
    """Return what a document is, and its number."""
    return f"{kind_of_sale(document.kind, voice_of(voice.tag))} {document.number}"


def kind_of_sale(kind: SaleDocumentKind, voice: Voice) -> str:
    """Return what a document is; `voice` is one of those that speak on invoices."""
    return {
        SaleDocumentKind.RECEIPT: voice.t("Receipt"),
        SaleDocumentKind.INVOICE: voice.t("Invoice"),
        SaleDocumentKind.RECEIPT_CORRECTION: voice.t("Correction of a receipt"),
        SaleDocumentKind.INVOICE_CORRECTION: voice.t("Correction of an invoice"),
    }[kind]


def sale_face(document: SaleDocument) -> InvoiceFace:
    """Return what stands on the paper of a document, in its language. Pure."""
    return _Face(document).face()


class _Face:
    """Words and figures of one document."""

    def __init__(self, document: SaleDocument) -> None:
        self._document = document
        self._voice: Voice = voice_of(document.language)
        self._money: Currency = currency(document.currency)

    def face(self) -> InvoiceFace:
        """Return all of it."""
        document, voice = self._document, self._voice
        seller, buyer = document.seller, document.buyer
        home = buyer.country if buyer is not None else seller.country
        reached = tuple(filter(None, (seller.phone, seller.email)))
        footer = (address_of(seller, voice, home=home), known_of(seller, voice), reached)
        columns, rows = self._lines()
        return InvoiceFace(
            language=self._voice.language,
            title=sale_title(document, voice),
            issued_on=document.issued_on,
            seller=seller.name,
            sender=" · ".join(filter(None, (seller.name, seller.address, place_of(seller)))),
            buyer=address_of(buyer, voice, home=seller.country) if buyer is not None else (),
            facts=self._facts(),
            columns=columns,
            rows=rows,
            sums=self._sums(),
            tax_columns=tuple(
                InvoiceColumn(title=one, numeric=place > 0)
                for place, one in enumerate(
                    (voice.t("Tax rate"), voice.t("Without tax"), voice.t("Tax"), voice.t("With tax"))
                )
            ),
            taxes=tuple(
                (f"{one.rate} % {one.country}".strip(), self._said(one.net), self._said(one.tax), self._said(one.gross))
                for one in document.taxes
            ),
            notes=self._notes(),
            payment_words="",
            payment=(),
            code="",
            code_words="",
            footer=tuple(column for column in footer if column),
            page_words=voice.t("Page {page} of {pages}", page="{page}", pages="{pages}"),
            attachment_words="",
        )

    def _said(self, minor: int) -> str:
        """Return an amount; what is taken off stands with a minus."""
        sign = -1 if self._document.kind.is_correction else 1
        return self._voice.money(Money(sign * minor, self._money))

    def _facts(self) -> tuple[tuple[str, str], ...]:
        document, voice = self._document, self._voice
        corrects = ""
        if document.corrects_issued_on is not None:
            day = voice.short_day(document.corrects_issued_on)
            corrects = voice.t("{number} of {day}", number=document.corrects_number, day=day)
        found = (
            (voice.t("Number"), document.number),
            (voice.t("Day"), voice.day(document.issued_on)),
            (voice.t("Corrects"), corrects),
            (voice.t("Date of supply"), voice.day(document.supplied_on)),
            (voice.t("Way of payment"), self._paid_by()),
        )
        return tuple(one for one in found if one[1])

    def _paid_by(self) -> str:
        voice = self._voice
        known = {
            "stripe": voice.t("by card or wallet"),
            "manual": voice.t("at the counter or by transfer"),
            "test": voice.t("test payment"),
        }
        return known.get(self._document.paid_by, "")

    def _lines(self) -> tuple[tuple[InvoiceColumn, ...], tuple[tuple[str, ...], ...]]:
        """Return the columns, and a row for each part of what was paid for an order."""
        voice, taxed = self._voice, any(line.rate for line in self._document.lines)
        columns = [
            (voice.t("What"), False, True),
            (voice.t("Order"), False, True),
            (voice.t("Tax rate"), True, taxed),
            (voice.t("Amount"), True, True),
        ]
        rows = [row for line in self._document.lines for row in self._rows(line)]
        shown = [place for place, one in enumerate(columns) if one[2]]
        heads = tuple(InvoiceColumn(title=columns[place][0], numeric=columns[place][1]) for place in shown)
        if not rows:
            return (), ()
        return heads, tuple(tuple(row[place] for place in shown) for row in rows)

    def _rows(self, line: SaleLine) -> list[tuple[str, ...]]:
        voice, rate = self._voice, f"{line.rate} %" if line.rate else ""
        what, code = line.description or voice.t("Gift certificate"), line.promo_code
        rows: list[tuple[str, ...]] = []
        if line.face or not line.gratuity:
            rows.append((what, line.order_number, rate, self._said(line.face)))
        if line.gratuity:
            rows.append((voice.t("Gratuity"), line.order_number, "", self._said(line.gratuity)))
        if line.discount:
            named = voice.t("Discount with the code {code}", code=code) if code else voice.t("Discount")
            rows.append((named, line.order_number, rate, self._said(-line.discount)))
        if line.added_tax:
            rows.append((voice.t("Tax"), line.order_number, "", self._said(line.added_tax)))
        return rows

    def _sums(self) -> tuple[InvoiceSum, ...]:
        document, voice = self._document, self._voice
        if not document.lines:
            return ()
        found, included = [], sum(one.tax for one in document.taxes)
        if document.taxes:
            found = [
                InvoiceSum(words=voice.t("Sum without tax"), amount=self._said(document.total - included)),
                InvoiceSum(words=voice.t("Tax"), amount=self._said(included)),
            ]
        words = voice.t("Taken off") if document.kind.is_correction else voice.t("Paid")
        return (*found, InvoiceSum(words=words, amount=self._said(document.total), strong=True))

    def _notes(self) -> tuple[str, ...]:
        document, voice = self._document, self._voice
        why = {
            None: "",
            SaleReason.REFUND: voice.t("This was taken back, and is paid back or given as credit."),
            SaleReason.DISPUTE: voice.t("The buyer’s bank has taken the payment back."),
            SaleReason.NOT_PAID: voice.t("This was never paid for."),
            SaleReason.BUYER: voice.t("The buyer’s name and address are as above. All sums stay as they are."),
        }[document.reason]
        multi = (
            voice.t(
                "Multi-purpose vouchers: no VAT is due when they are issued, but when they are redeemed "
                "(Article 73a and Article 30b(1) of Directive 2006/112/EC)."
            )
            if document.group is TaxGroup.MULTI_PURPOSE
            else ""
        )
        return tuple(filter(None, (why, multi)))
