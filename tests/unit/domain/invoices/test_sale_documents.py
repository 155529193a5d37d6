"""Sums of receipts and invoices of the shop, whatever was paid: lines, taxes and total agree to the unit."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from largesse.domain.invoices import (
    Party,
    SaleDocument,
    SaleDocumentKind,
    SaleLine,
    TaxGroup,
    number_text,
    opened_sale,
    sealed_sale,
)
from largesse.kernel.conventions import SheetSize
from largesse.services.invoices import sale_face

_RATES = ("", "7", "19", "7.7")


@st.composite
def a_line(draw: st.DrawFn) -> SaleLine:
    face = draw(st.integers(1, 10**9))
    discount, rate = draw(st.integers(0, face)), draw(st.sampled_from(_RATES))
    return SaleLine(
        order_number=draw(st.from_regex(r"GL-[A-Z0-9]{10}", fullmatch=True)),
        description=draw(st.text(max_size=20)),
        face=face,
        gratuity=draw(st.integers(0, 10**6)),
        discount=discount,
        added_tax=0 if rate else draw(st.integers(0, 10**6)),
        included_tax=draw(st.integers(0, face - discount)) if rate else 0,
        rate=rate,
        country="DE" if rate else "",
    )


def a_document(*lines: SaleLine, kind: SaleDocumentKind = SaleDocumentKind.INVOICE) -> SaleDocument:
    return SaleDocument(
        kind=kind,
        number=number_text(kind, 7),
        issued_on=date(2026, 11, 30),
        supplied_on=date(2026, 11, 30),
        currency="EUR",
        language="en",
        paper=SheetSize.A4,
        seller=Party(name="Corner Spa"),
        group=TaxGroup.SINGLE_PURPOSE,
        lines=lines,
    )


@given(st.lists(a_line(), min_size=1, max_size=6))
def test_lines_taxes_and_total_agree(lines: list[SaleLine]) -> None:
    document = a_document(*lines)
    assert document.total == sum(one.face + one.gratuity - one.discount + one.added_tax for one in lines)
    untaxed = sum(one.total for one in lines if not one.rate) + sum(one.gratuity for one in lines if one.rate)
    assert sum(one.net + one.tax for one in document.taxes) + untaxed == document.total
    assert document.tax == sum(one.included_tax + one.added_tax for one in lines)
    assert len(document.taxes) == len({one.rate for one in lines if one.rate})


@given(st.lists(a_line(), min_size=1, max_size=4))
def test_what_was_kept_is_what_is_read(lines: list[SaleLine]) -> None:
    document = a_document(*lines)
    kept, digest = sealed_sale(document)
    assert (opened_sale(kept), sealed_sale(opened_sale(kept))) == (document, (kept, digest))


def test_what_is_taken_off_stands_with_a_minus_and_names_what_it_corrects() -> None:
    line = SaleLine(
        order_number="GL-1", description="Massage", face=10_000, discount=1_000, included_tax=1_437, rate="19"
    )
    paid, off = (
        sale_face(a_document(line, kind=kind))
        for kind in (SaleDocumentKind.INVOICE, SaleDocumentKind.INVOICE.correction)
    )
    assert (paid.title, off.title) == ("Invoice SI-000007", "Correction of an invoice SIC-000007")
    assert [row[-1] for row in paid.rows] == ["€100.00", "−€10.00"]
    assert [row[-1] for row in off.rows] == ["−€100.00", "€10.00"]
    assert [(one.words, one.amount) for one in off.sums] == [
        ("Sum without tax", "−€75.63"), ("Tax", "−€14.37"), ("Taken off", "−€90.00"),
    ]  # fmt: skip
