"""Receipts and invoices of the shop as PDF, read back by another program: words, tags, paper, and the same bytes."""

import io
from collections.abc import AsyncIterator
from typing import Any

import pytest
from msgspec.structs import replace
from pypdf import PdfReader

from largesse.adapters.typeset import TypstTypesetter
from largesse.domain.invoices import Party, SaleDocument, SaleDocumentKind, SaleLine, SaleReason, TaxGroup
from largesse.kernel.conventions import SheetSize
from largesse.services.invoices import sale_face, sale_file_name
from tests.integration.adapters.typeset.test_invoices import said_of_itself
from tests.unit.domain.invoices.test_sale_documents import a_document

_PDFA = "{http://www.aiim.org/pdfa/ns/id/}"
SELLER = Party(
    name="Corner Spa GmbH", address="Am Markt 1", zip="28195", city="Bremen", country="DE",
    vat_id="DE136695976", tax_id="60/123/45678", legal_id="HRB 1234", email="hello@spa.example",
)  # fmt: skip
BUYER = Party(name="Grace Hopper", address="12 Rue Haute", zip="1000", city="Bruxelles", country="BE")
MASSAGE = SaleLine(
    order_number="GL-7K2M9QXR4T", description="1 Stunde Massage", face=10_000, gratuity=500, discount=1_000,
    promo_code="HERBST", included_tax=1_437, rate="19", country="DE",
)  # fmt: skip
INVOICE = replace(a_document(MASSAGE), seller=SELLER, buyer=BUYER, paid_by="stripe", language="de")
RECEIPT = replace(
    a_document(replace(MASSAGE, rate="", included_tax=0, country=""), kind=SaleDocumentKind.RECEIPT),
    seller=SELLER, group=TaxGroup.MULTI_PURPOSE, paid_by="manual",
)  # fmt: skip
CORRECTION = replace(
    INVOICE, kind=SaleDocumentKind.INVOICE_CORRECTION, number="SIC-000003", reason=SaleReason.REFUND,
    corrects_number=INVOICE.number, corrects_issued_on=INVOICE.issued_on, paid_by="",
)  # fmt: skip


@pytest.fixture
async def printer() -> AsyncIterator[TypstTypesetter]:
    async with TypstTypesetter(threads=1) as opened:
        yield opened


def words_of(pdf: bytes) -> str:
    reader = PdfReader(io.BytesIO(pdf), strict=True)
    return " ".join(
        " ".join(page.extract_text() for page in reader.pages).replace("\xa0", " ").replace("\u200b", "").split()
    )


async def test_an_invoice_says_who_sold_what_to_whom_and_its_tax(printer: TypstTypesetter) -> None:
    words = words_of(await printer.print_invoice(sale_face(INVOICE), INVOICE.paper))
    for said in (
        "Rechnung SI-000007", "Corner Spa GmbH", "Am Markt 1", "DE136695976", "60/123/45678", "HRB 1234",
        "Grace Hopper",
        "12 Rue Haute", "1000 Bruxelles", "Belgien", "30. November 2026", "Leistungsdatum", "Zahlungsart",
        "per Karte oder Wallet",
        "1 Stunde Massage", "GL-7K2M9QXR4T", "19 %", "Rabatt mit dem Code HERBST", "Trinkgeld", "100,00 €", "−10,00 €",
        "75,63 €", "14,37 €", "95,00 €",
    ):  # fmt: skip
        assert said in words, said


async def test_a_receipt_of_a_multi_purpose_voucher_has_neither_rate_nor_tax_and_says_why(
    printer: TypstTypesetter,
) -> None:
    words = words_of(await printer.print_invoice(sale_face(RECEIPT), RECEIPT.paper))
    assert "Receipt SR-000007" in words
    assert "Multi-purpose vouchers: no VAT is due when they are issued" in words
    assert [said for said in ("%", "Tax rate", "Without tax", "14.37", "Grace") if said in words] == []


async def test_a_correction_names_the_first_and_takes_off(printer: TypstTypesetter) -> None:
    words = words_of(await printer.print_invoice(sale_face(CORRECTION), CORRECTION.paper))
    for said in ("Rechnungskorrektur SIC-000003", "SI-000007", "−95,00 €", "−14,37 €", "wird erstattet"):
        assert said in words, said


@pytest.mark.parametrize(
    "document",
    [INVOICE, RECEIPT, CORRECTION, replace(CORRECTION, lines=(), reason=SaleReason.BUYER)],
    ids=["invoice", "receipt", "correction", "address"],
)
async def test_it_is_tagged_made_to_be_kept_and_the_same_bytes_each_time(
    printer: TypstTypesetter, document: SaleDocument
) -> None:
    pdf = await printer.print_invoice(sale_face(document), document.paper)
    assert pdf == await printer.print_invoice(sale_face(document), document.paper)
    root: Any = PdfReader(io.BytesIO(pdf), strict=True).trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in root
    assert "/AF" not in root
    about = said_of_itself(pdf)
    assert [one.text for one in about.iter(f"{_PDFA}part")] == ["3"]


async def test_paper_is_letter_where_that_is_usual_and_a_name_that_no_face_has_is_drawn_all_the_same(
    printer: TypstTypesetter,
) -> None:
    odd = replace(RECEIPT, paper=SheetSize.LETTER, seller=replace(SELLER, name="Spa \U00010380"))
    box = PdfReader(io.BytesIO(await printer.print_invoice(sale_face(odd), odd.paper))).pages[0].mediabox
    assert (float(box.width), float(box.height)) == (612, 792)
    assert sale_file_name(INVOICE) == "Rechnung SI-000007.pdf"
