"""Invoices as PDF, read back by other programs: the words, the XML inside, what the file says of itself, the code."""

import io
from collections.abc import AsyncIterator
from typing import Any

import facturx
import pytest
import zxingcpp
from lxml import etree
from msgspec.structs import replace
from PIL import Image
from pypdf import PdfReader

from largesse.adapters.einvoices import ElectronicInvoices
from largesse.adapters.typeset import InvoicePress, TypesettingFailed, TypstTypesetter
from largesse.adapters.typeset.factur_x import described
from largesse.domain.invoices import InvoiceDocument, InvoiceFormat, InvoiceKind, giro_code
from largesse.kernel.conventions import SheetSize
from largesse.services.invoices import face_of, paper_for
from tests.unit.adapters.einvoices.test_einvoices import a_document

_FX = "{urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#}"
_PDFA = "{http://www.aiim.org/pdfa/ns/id/}"


@pytest.fixture
async def printer() -> AsyncIterator[TypstTypesetter]:
    async with TypstTypesetter(threads=1) as opened:
        yield opened


def xml_of(document: InvoiceDocument) -> bytes:
    return ElectronicInvoices().write(document, InvoiceFormat.EN16931)


async def printed(printer: TypstTypesetter, document: InvoiceDocument, paper: SheetSize = SheetSize.A4) -> bytes:
    return await printer.print_invoice(face_of(document), paper, xml_of(document))


def said_of_itself(pdf: bytes) -> Any:
    """The metadata, as another library reads it out of a file that must be sound."""
    reader = PdfReader(io.BytesIO(pdf), strict=True)
    metadata: Any = reader.trailer["/Root"]["/Metadata"]  # type: ignore[index]  # every file of ours has both
    return etree.fromstring(metadata.get_data())


@pytest.mark.parametrize("kind", InvoiceKind)
@pytest.mark.parametrize("taxed", [True, False])
async def test_the_xml_inside_is_found_valid_and_says_what_the_paper_says(
    printer: TypstTypesetter, kind: InvoiceKind, taxed: bool
) -> None:
    document = a_document(taxed=taxed, kind=kind)
    pdf = await printed(printer, document)
    name, inside = facturx.get_xml_from_pdf(pdf)  # checks it against the schema, too
    assert (name, inside) == ("factur-x.xml", xml_of(document))
    reader = PdfReader(io.BytesIO(pdf), strict=True)
    assert list(reader.attachments) == ["factur-x.xml"]
    words = " ".join(page.extract_text() for page in reader.pages)
    wanted = (document.number, document.seller.name, document.buyer.name, "Vielen Dank.", document.po_number)
    assert [one for one in wanted if one not in words] == []
    assert document.total.replace(".", ",") in words
    assert (document.reference in words, "DE89 3704 0044 0532 0130 00" in words) == (
        True,
        kind is InvoiceKind.INVOICE,
    )


async def test_the_file_says_what_it_is_and_what_is_inside(printer: TypstTypesetter) -> None:
    told = said_of_itself(await printed(printer, a_document(taxed=True)))
    assert (told.findtext(f".//{_PDFA}part"), told.findtext(f".//{_PDFA}conformance")) == ("3", "A")
    found = {name: told.findtext(f".//{_FX}{name}") for name in ("DocumentFileName", "DocumentType", "Version")}
    assert found == {"DocumentFileName": "factur-x.xml", "DocumentType": "INVOICE", "Version": "1.0"}
    assert told.findtext(f".//{_FX}ConformanceLevel") == "EN 16931"
    spaces = [one.text for one in told.iterfind(".//{http://www.aiim.org/pdfa/ns/schema#}namespaceURI")]
    assert _FX.strip("{}") in spaces
    reader = PdfReader(io.BytesIO(await printed(printer, a_document(taxed=True))), strict=True)
    root: Any = reader.trailer["/Root"]
    [attached] = [one.get_object() for one in root["/AF"]]
    assert (attached["/AFRelationship"], attached["/UF"]) == ("/Alternative", "factur-x.xml")


async def test_every_object_is_where_the_table_says(printer: TypstTypesetter) -> None:
    pdf = await printed(printer, a_document(taxed=True, amounts=tuple(range(1_000, 1_090))))
    reader = PdfReader(io.BytesIO(pdf), strict=True)
    places = reader.xref[0]
    assert len(places) > 20
    for number, offset in places.items():
        assert pdf[offset:].startswith(f"{number} 0 obj".encode()), number
    assert len(reader.pages) > 1
    assert all(
        f"Seite {place} von {len(reader.pages)}" in page.extract_text() for place, page in enumerate(reader.pages, 1)
    )


async def test_it_is_printed_on_the_paper_of_where_the_buyer_is(printer: TypstTypesetter) -> None:
    document = a_document(taxed=False)
    overseas = replace(document, buyer=replace(document.buyer, country="US"))
    assert (paper_for(document), paper_for(overseas)) == (SheetSize.A4, SheetSize.LETTER)
    for paper, width in ((SheetSize.A4, 595), (SheetSize.LETTER, 612)):
        [page] = PdfReader(io.BytesIO(await printed(printer, document, paper))).pages
        assert int(page.mediabox.width) == width


async def test_the_same_invoice_gives_the_same_bytes(printer: TypstTypesetter) -> None:
    document = a_document(taxed=True)
    assert await printed(printer, document) == await printed(printer, document)


async def test_what_nobody_can_draw_is_a_box_and_the_file_conforms(printer: TypstTypesetter) -> None:
    document = a_document(taxed=True)
    odd = replace(document, buyer=replace(document.buyer, name="Odd \U000f0000 name"))
    pdf = await printed(printer, odd)
    assert said_of_itself(pdf).findtext(f".//{_PDFA}part") == "3"


def test_the_code_is_read_from_the_paper_and_fills_the_transfer_in() -> None:
    document = a_document(taxed=True)
    [page] = InvoicePress().picture_png(face_of(document), SheetSize.A4, dots_per_inch=150)
    [code] = zxingcpp.read_barcodes(Image.open(io.BytesIO(page)))
    assert code.text == giro_code(document)
    assert code.text.split("\n") == [
        "BCD", "002", "1", "SCT", "", "Spa am Markt GmbH", "DE89370400440532013000", "EUR70.00", "", "RF42INV000002",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "currency, iban, total",
    [
        ("USD", "DE89370400440532013000", "70.00"),
        ("EUR", "", "70.00"),
        ("EUR", "TR330006100519786457841326", "70.00"),
        ("EUR", "DE89370400440532013000", "0.00"),
        ("EUR", "DE89370400440532013000", "1000000000.00"),
    ],
)
def test_there_is_no_code_where_no_bank_would_take_it(currency: str, iban: str, total: str) -> None:
    document = replace(a_document(taxed=True), currency=currency, iban=iban, total=total)
    assert giro_code(document) == ""


def test_without_a_reference_the_code_names_the_number() -> None:
    fields = giro_code(replace(a_document(taxed=True), reference="", bic="COBADEFFXXX")).split("\n")
    assert (fields[4], fields[8:]) == ("COBADEFFXXX", ["", "", "INV-000001"])


@pytest.mark.parametrize("broken", [b"", b"%PDF-1.7\n%%EOF", b"<</Length 3/Type/Metadata/Subtype/XML>>\nstream\nabc"])
def test_what_is_no_file_of_ours_is_not_described(broken: bytes) -> None:
    with pytest.raises(TypesettingFailed):
        described(broken)
