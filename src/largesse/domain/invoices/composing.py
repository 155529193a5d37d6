"""Write the document of an invoice from its lines, taxes and parties: every amount is derived here, once. Pure.

Prices hold their tax, and EN 16931 wants lines without it whose sum is the taxable amount (BR-S-08). So what is taxable
at a rate, its gross less the tax computed once, is allotted to the lines in proportion to their gross, to the unit.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from largesse.domain.invoices.document import DocumentLine, DocumentTax, InvoiceDocument, Party, TaxInBase
from largesse.domain.invoices.lines import PPM, Rate
from largesse.domain.invoices.model import Grouping, Invoice, InvoiceKind, InvoiceLine, RateTotal
from largesse.kernel.currency import Currency
from largesse.kernel.money import plain
from largesse.kernel.tax import TaxKind, allot

STANDARD: Final = "S"
NOT_SUBJECT: Final = "O"
"""Of the code list UNTDID 5305."""

_PRICE_DIGITS: Final = 6


class Wording:
    """The sentences of a document in one language, handed in by whoever speaks it."""

    def __init__(self, *, certificate: str, reasons: Mapping[TaxKind, str], terms: str = "") -> None:
        self.certificate = certificate
        self.reasons = reasons
        self.terms = terms


def compose(
    invoice: Invoice,
    lines: Sequence[InvoiceLine],
    taxes: Sequence[RateTotal],
    *,
    currency: Currency,
    language: str,
    seller: Party,
    buyer: Party,
    wording: Wording,
    iban: str = "",
    bic: str = "",
    account_holder: str = "",
    buyer_reference: str = "",
    note: str = "",
    corrects: tuple[str, date] | None = None,
    tax_in_base: TaxInBase | None = None,
) -> InvoiceDocument:
    """Return the document of an invoice that has its number and day.

    What is not taxed names neither party's VAT id but the seller's tax number or legal id (BR-O-02).
    """
    assert invoice.invoice_number is not None, "only what is issued has a document"
    assert invoice.issued_on is not None, "and a day"
    nets = _nets(lines, taxes)
    bare = not invoice.taxed
    total = sum(line.total for line in lines)
    tax = sum(one.tax for one in taxes)
    return InvoiceDocument(
        kind=invoice.kind,
        number=invoice.invoice_number,
        issued_on=invoice.issued_on,
        due_on=invoice.due_on if invoice.kind is InvoiceKind.INVOICE else None,
        period_from=invoice.period_from,
        period_through=invoice.period_through,
        currency=currency.code,
        language=language,
        seller=_without_vat(seller) if bare else seller,
        buyer=_without_vat(buyer) if bare else buyer,
        buyer_reference=buyer_reference,
        po_number=invoice.po_number,
        corrects_number=corrects[0] if corrects else "",
        corrects_issued_on=corrects[1] if corrects else None,
        lines=tuple(_line(line, nets[line.line_no], currency, wording) for line in lines),
        taxes=_document_taxes(lines, taxes, currency, wording),
        net=plain(total - tax, currency),
        tax=plain(tax, currency),
        total=plain(total, currency),
        terms=wording.terms,
        iban=iban,
        bic=bic,
        account_holder=account_holder,
        reference=invoice.reference or "",
        note=note,
        tax_in_base=tax_in_base,
    )


def group_words(invoice: Invoice) -> str:
    """Return what the orders of an invoice have in common, where that is not their month."""
    return "" if invoice.grouping is Grouping.MONTHLY else invoice.group_key


def _nets(lines: Sequence[InvoiceLine], taxes: Sequence[RateTotal]) -> dict[int, int]:
    """Return what each line comes to without tax: of one rate they add up to what is taxable."""
    nets = {line.line_no: line.total for line in lines if not line.tax_kind.due_at_sale}
    for one in taxes:
        mine = [
            line for line in lines if line.tax_kind.due_at_sale and _rate(line) == (one.tax_country, one.tax_rate_ppm)
        ]
        parts = allot(one.net, [line.total for line in mine])
        nets |= {line.line_no: part for line, part in zip(mine, parts, strict=True)}
    return nets


def _rate(line: InvoiceLine) -> Rate:
    return line.tax_country or "", line.tax_rate_ppm


def _line(line: InvoiceLine, net: int, currency: Currency, wording: Wording) -> DocumentLine:
    taxed = line.tax_kind.due_at_sale
    return DocumentLine(
        line_no=line.line_no,
        description=wording.certificate.format(value=plain(line.face, currency), currency=currency.code),
        refcode=line.refcode,
        quantity=line.quantity,
        face=plain(line.face, currency),
        discount=plain(line.discount, currency),
        price=_price(net, line.quantity, currency),
        total=plain(net, currency),
        gross=plain(line.total, currency),
        category=STANDARD if taxed else NOT_SUBJECT,
        rate=percent(line.tax_rate_ppm) if taxed else "",
    )


def _price(net: int, quantity: int, currency: Currency) -> str:
    """Return the price of one, exact where it has few digits, else rounded to six: times quantity it is the total."""
    scale: int = 10**_PRICE_DIGITS
    scaled = (2 * net * scale + quantity) // (2 * quantity)
    whole, fraction = divmod(scaled, scale * currency.units)
    digits = f"{fraction:0{_PRICE_DIGITS + currency.exponent}d}".rstrip("0")
    return f"{whole}.{digits.ljust(currency.exponent, '0')}" if digits or currency.exponent else str(whole)


def percent(rate_ppm: int) -> str:
    """Return a rate in millionths as a percentage without needless zeros: 190000 is `19`, 77000 is `7.7`."""
    whole, rest = divmod(rate_ppm, PPM // 100)
    return f"{whole}.{rest:04d}".rstrip("0").rstrip(".")


def _document_taxes(
    lines: Sequence[InvoiceLine], taxes: Sequence[RateTotal], currency: Currency, wording: Wording
) -> tuple[DocumentTax, ...]:
    found = [
        DocumentTax(
            category=STANDARD,
            rate=percent(one.tax_rate_ppm),
            country=one.tax_country,
            taxable=plain(one.net, currency),
            tax=plain(one.tax, currency),
            gross=plain(one.gross, currency),
        )
        for one in taxes
    ]
    untaxed = [line for line in lines if not line.tax_kind.due_at_sale]
    if untaxed:
        total = plain(sum(line.total for line in untaxed), currency)
        reasons = dict.fromkeys(wording.reasons[line.tax_kind] for line in untaxed)
        found.append(
            DocumentTax(
                category=NOT_SUBJECT,
                taxable=total,
                tax=plain(0, currency),
                gross=total,
                reason=" ".join(reasons),
            )
        )
    return tuple(found)


def _without_vat(party: Party) -> Party:
    """Return a party without its VAT id, which stands as a tax number where it has no other."""
    return Party(
        **{name: getattr(party, name) for name in Party.__struct_fields__ if name not in {"vat_id", "tax_id"}},
        tax_id=party.tax_id or party.vat_id,
    )
