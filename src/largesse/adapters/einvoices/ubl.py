"""An invoice as UBL 2.1 after Peppol BIS Billing 3.0, in the order of its schema."""

from largesse.adapters.einvoices.cii import PIECE, TYPE_CODES, endpoint_of, id_of, means_of, reference_of_buyer
from largesse.adapters.einvoices.markup import XmlElement, written
from largesse.domain.invoices import NOT_SUBJECT, DocumentLine, DocumentTax, InvoiceDocument, InvoiceKind, Party

PEPPOL = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
_PROCESS = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
_OASIS = "urn:oasis:names:specification:ubl:schema:xsd:"
_PARTS = {
    "xmlns:cac": f"{_OASIS}CommonAggregateComponents-2",
    "xmlns:cbc": f"{_OASIS}CommonBasicComponents-2",
}


def ubl(document: InvoiceDocument) -> bytes:
    """Return an invoice, or a credit note, as Peppol takes it."""
    asks = document.kind is InvoiceKind.INVOICE
    name = "Invoice" if asks else "CreditNote"
    bare = any(tax.category == NOT_SUBJECT for tax in document.taxes)
    code, base = TYPE_CODES[document.kind], document.tax_in_base
    root = XmlElement(
        name,
        [
            XmlElement("cbc:CustomizationID", PEPPOL),
            XmlElement("cbc:ProfileID", _PROCESS),
            XmlElement("cbc:ID", document.number),
            XmlElement("cbc:IssueDate", document.issued_on.isoformat()),
            XmlElement("cbc:DueDate", document.due_on.isoformat()) if asks and document.due_on else None,
            XmlElement(f"cbc:{name}TypeCode", code),
            XmlElement("cbc:Note", document.note),
            XmlElement("cbc:DocumentCurrencyCode", document.currency),
            XmlElement("cbc:TaxCurrencyCode", base.currency) if base else None,
            XmlElement("cbc:BuyerReference", reference_of_buyer(document)),
            _period(document),
            XmlElement("cac:OrderReference", [XmlElement("cbc:ID", document.po_number)]),
            _corrects(document),
            XmlElement("cac:AccountingSupplierParty", [_party(document.seller, bare=bare, sells=True)]),
            XmlElement("cac:AccountingCustomerParty", [_party(document.buyer, bare=bare, sells=False)]),
            _payment(document),
            XmlElement("cac:PaymentTerms", [XmlElement("cbc:Note", document.terms)]),
            XmlElement(
                "cac:TaxTotal",
                [_amount("cbc:TaxAmount", document.tax, document), *(_tax(one, document) for one in document.taxes)],
            ),
            XmlElement("cac:TaxTotal", [XmlElement("cbc:TaxAmount", base.tax, {"currencyID": base.currency})])
            if base
            else None,
            XmlElement(
                "cac:LegalMonetaryTotal",
                [
                    _amount("cbc:LineExtensionAmount", document.net, document),
                    _amount("cbc:TaxExclusiveAmount", document.net, document),
                    _amount("cbc:TaxInclusiveAmount", document.total, document),
                    _amount("cbc:PayableAmount", document.total, document),
                ],
            ),
            *(_line(line, document, asks=asks) for line in document.lines),
        ],
        {"xmlns": f"{_OASIS}{name}-2", **_PARTS},
    )
    return written(root)


def _amount(name: str, amount: str, document: InvoiceDocument) -> XmlElement:
    return XmlElement(name, amount, {"currencyID": document.currency})


def _period(document: InvoiceDocument) -> XmlElement | None:
    if document.period_from is None or document.period_through is None:
        return None
    days: list[XmlElement | None] = [
        XmlElement("cbc:StartDate", document.period_from.isoformat()),
        XmlElement("cbc:EndDate", document.period_through.isoformat()),
    ]
    return XmlElement("cac:InvoicePeriod", days)


def _corrects(document: InvoiceDocument) -> XmlElement | None:
    if not document.corrects_number or document.corrects_issued_on is None:
        return None
    named: list[XmlElement | None] = [
        XmlElement("cbc:ID", document.corrects_number),
        XmlElement("cbc:IssueDate", document.corrects_issued_on.isoformat()),
    ]
    return XmlElement("cac:BillingReference", [XmlElement("cac:InvoiceDocumentReference", named)])


def _party(party: Party, *, bare: bool, sells: bool) -> XmlElement:
    scheme, address = endpoint_of(party)
    vat = XmlElement("cac:TaxScheme", [XmlElement("cbc:ID", "VAT")])
    return XmlElement(
        "cac:Party",
        [
            XmlElement("cbc:EndpointID", address, {"schemeID": scheme}),
            XmlElement("cac:PartyIdentification", [XmlElement("cbc:ID", id_of(party, bare=bare) if sells else "")]),
            XmlElement("cac:PartyName", [XmlElement("cbc:Name", party.name)]),
            XmlElement(
                "cac:PostalAddress",
                [
                    XmlElement("cbc:StreetName", party.address),
                    XmlElement("cbc:AdditionalStreetName", party.address2),
                    XmlElement("cbc:CityName", party.city),
                    XmlElement("cbc:PostalZone", party.zip),
                    XmlElement("cbc:CountrySubentity", party.state),
                    XmlElement("cac:Country", [XmlElement("cbc:IdentificationCode", party.country)]),
                ],
            ),
            XmlElement("cac:PartyTaxScheme", [XmlElement("cbc:CompanyID", party.vat_id), vat])
            if party.vat_id
            else None,
            XmlElement(
                "cac:PartyLegalEntity",
                [XmlElement("cbc:RegistrationName", party.name), XmlElement("cbc:CompanyID", party.legal_id)],
            ),
            XmlElement(
                "cac:Contact",
                [
                    XmlElement("cbc:Name", party.contact_name),
                    XmlElement("cbc:Telephone", party.phone),
                    XmlElement("cbc:ElectronicMail", party.email),
                ],
            ),
        ],
    )


def _payment(document: InvoiceDocument) -> XmlElement:
    return XmlElement(
        "cac:PaymentMeans",
        [
            XmlElement("cbc:PaymentMeansCode", means_of(document)),
            XmlElement("cbc:PaymentID", document.reference),
            XmlElement(
                "cac:PayeeFinancialAccount",
                [
                    XmlElement("cbc:ID", document.iban),
                    XmlElement("cbc:Name", document.account_holder),
                    XmlElement("cac:FinancialInstitutionBranch", [XmlElement("cbc:ID", document.bic)]),
                ],
            ),
        ],
    )


def _category(name: str, category: str, rate: str, reason: str = "") -> XmlElement:
    return XmlElement(
        name,
        [
            XmlElement("cbc:ID", category),
            XmlElement("cbc:Percent", rate),
            XmlElement("cbc:TaxExemptionReason", reason),
            XmlElement("cac:TaxScheme", [XmlElement("cbc:ID", "VAT")]),
        ],
    )


def _tax(tax: DocumentTax, document: InvoiceDocument) -> XmlElement:
    return XmlElement(
        "cac:TaxSubtotal",
        [
            _amount("cbc:TaxableAmount", tax.taxable, document),
            _amount("cbc:TaxAmount", tax.tax, document),
            _category("cac:TaxCategory", tax.category, tax.rate, tax.reason),
        ],
    )


def _line(line: DocumentLine, document: InvoiceDocument, *, asks: bool) -> XmlElement:
    return XmlElement(
        "cac:InvoiceLine" if asks else "cac:CreditNoteLine",
        [
            XmlElement("cbc:ID", str(line.line_no)),
            XmlElement(
                "cbc:InvoicedQuantity" if asks else "cbc:CreditedQuantity", str(line.quantity), {"unitCode": PIECE}
            ),
            _amount("cbc:LineExtensionAmount", line.total, document),
            XmlElement(
                "cac:Item",
                [
                    XmlElement("cbc:Description", line.refcode),
                    XmlElement("cbc:Name", line.description),
                    _category("cac:ClassifiedTaxCategory", line.category, line.rate),
                ],
            ),
            XmlElement("cac:Price", [_amount("cbc:PriceAmount", line.price, document)]),
        ],
    )
