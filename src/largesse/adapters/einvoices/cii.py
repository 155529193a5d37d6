"""An invoice as UN/CEFACT Cross Industry Invoice (D16B), the syntax of Factur-X, ZUGFeRD and XRechnung.

Elements stand in the order of the schema; the terms of EN 16931 (BT) are named where the name does not tell.
"""

from datetime import date

from largesse.adapters.einvoices.markup import XmlElement, written
from largesse.domain.invoices import NOT_SUBJECT, DocumentLine, DocumentTax, InvoiceDocument, InvoiceKind, Party

EN16931 = "urn:cen.eu:en16931:2017"
XRECHNUNG = "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"
_PROCESS = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
_NAMESPACES = {
    "xmlns:rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "xmlns:ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "xmlns:qdt": "urn:un:unece:uncefact:data:standard:QualifiedDataType:100",
    "xmlns:udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
}
TYPE_CODES = {InvoiceKind.INVOICE: "380", InvoiceKind.CREDIT_NOTE: "381"}
"""Of the code list UNTDID 1001."""
_SEPA, _TRANSFER, _CLEARING, _UNDEFINED = "58", "30", "97", "1"
"""Of the code list UNTDID 4461."""
PIECE = "C62"
MAIL = "EM"
"""The scheme of an electronic address that is an e-mail address, in the list EAS."""


def cii(document: InvoiceDocument, *, profile: str = EN16931) -> bytes:
    """Return an invoice as CII under a profile (BT-24)."""
    context: list[XmlElement | None] = [
        XmlElement("ram:GuidelineSpecifiedDocumentContextParameter", [XmlElement("ram:ID", profile)]),
    ]
    if profile == XRECHNUNG:
        context.insert(
            0, XmlElement("ram:BusinessProcessSpecifiedDocumentContextParameter", [XmlElement("ram:ID", _PROCESS)])
        )
    root = XmlElement(
        "rsm:CrossIndustryInvoice",
        [
            XmlElement("rsm:ExchangedDocumentContext", context),
            XmlElement(
                "rsm:ExchangedDocument",
                [
                    XmlElement("ram:ID", document.number),
                    XmlElement("ram:TypeCode", TYPE_CODES[document.kind]),
                    XmlElement("ram:IssueDateTime", [_day(document.issued_on)]),
                    XmlElement("ram:IncludedNote", [XmlElement("ram:Content", document.note)]),
                ],
            ),
            XmlElement(
                "rsm:SupplyChainTradeTransaction",
                [
                    *map(_line, document.lines),
                    _agreement(document),
                    XmlElement("ram:ApplicableHeaderTradeDelivery", [_delivered(document)]),
                    _settlement(document),
                ],
            ),
        ],
        _NAMESPACES,
    )
    return written(root)


def _line(line: DocumentLine) -> XmlElement:
    about = " · ".join(
        filter(None, (line.refcode, f"{line.face} − {line.discount}" if line.discount.strip("0.") else ""))
    )
    return XmlElement(
        "ram:IncludedSupplyChainTradeLineItem",
        [
            XmlElement("ram:AssociatedDocumentLineDocument", [XmlElement("ram:LineID", str(line.line_no))]),
            XmlElement(
                "ram:SpecifiedTradeProduct",
                [XmlElement("ram:Name", line.description), XmlElement("ram:Description", about)],
            ),
            XmlElement(
                "ram:SpecifiedLineTradeAgreement",
                [XmlElement("ram:NetPriceProductTradePrice", [XmlElement("ram:ChargeAmount", line.price)])],
            ),
            XmlElement(
                "ram:SpecifiedLineTradeDelivery",
                [XmlElement("ram:BilledQuantity", str(line.quantity), {"unitCode": PIECE})],
            ),
            XmlElement(
                "ram:SpecifiedLineTradeSettlement",
                [
                    XmlElement(
                        "ram:ApplicableTradeTax",
                        [
                            XmlElement("ram:TypeCode", "VAT"),
                            XmlElement("ram:CategoryCode", line.category),
                            XmlElement("ram:RateApplicablePercent", line.rate),
                        ],
                    ),
                    XmlElement(
                        "ram:SpecifiedTradeSettlementLineMonetarySummation",
                        [XmlElement("ram:LineTotalAmount", line.total)],
                    ),
                ],
            ),
        ],
    )


def _agreement(document: InvoiceDocument) -> XmlElement:
    bare = any(tax.category == NOT_SUBJECT for tax in document.taxes)
    return XmlElement(
        "ram:ApplicableHeaderTradeAgreement",
        [
            XmlElement("ram:BuyerReference", reference_of_buyer(document)),
            _party("ram:SellerTradeParty", document.seller, bare=bare, sells=True),
            _party("ram:BuyerTradeParty", document.buyer, bare=bare, sells=False),
            XmlElement("ram:BuyerOrderReferencedDocument", [XmlElement("ram:IssuerAssignedID", document.po_number)]),
        ],
    )


def reference_of_buyer(document: InvoiceDocument) -> str:
    """Return how the buyer routes it (BT-10), which XRechnung demands: else its order, else its name."""
    return document.buyer_reference or document.po_number or document.buyer.name


def means_of(document: InvoiceDocument) -> str:
    """Return how it is paid (BT-81): by transfer where an account is named (BR-61), a credit note by setting it off."""
    if document.kind is InvoiceKind.CREDIT_NOTE:
        return _CLEARING
    if not document.iban:
        return _UNDEFINED
    return _SEPA if document.currency == "EUR" else _TRANSFER


def endpoint_of(party: Party) -> tuple[str, str]:
    """Return scheme and electronic address of a party: its own, else its e-mail address."""
    return (party.endpoint_scheme, party.endpoint_id) if party.endpoint_id else (MAIL, party.email)


def id_of(party: Party, *, bare: bool) -> str:
    """Return what identifies a seller of what is not taxed (BT-29): it names no VAT id there (BR-O-02, BR-CO-26)."""
    return party.tax_id if bare and not party.legal_id else ""


def _party(name: str, party: Party, *, bare: bool, sells: bool) -> XmlElement:
    scheme, address = endpoint_of(party)
    contact: list[XmlElement | None] = [
        XmlElement("ram:PersonName", party.contact_name or party.name),
        XmlElement("ram:TelephoneUniversalCommunication", [XmlElement("ram:CompleteNumber", party.phone)]),
        XmlElement("ram:EmailURIUniversalCommunication", [XmlElement("ram:URIID", party.email)]),
    ]
    return XmlElement(
        name,
        [
            XmlElement("ram:ID", id_of(party, bare=bare) if sells else ""),
            XmlElement("ram:Name", party.name),
            XmlElement("ram:SpecifiedLegalOrganization", [XmlElement("ram:ID", party.legal_id)]),
            XmlElement("ram:DefinedTradeContact", contact) if sells else None,
            XmlElement(
                "ram:PostalTradeAddress",
                [
                    XmlElement("ram:PostcodeCode", party.zip),
                    XmlElement("ram:LineOne", party.address),
                    XmlElement("ram:LineTwo", party.address2),
                    XmlElement("ram:CityName", party.city),
                    XmlElement("ram:CountryID", party.country),
                    XmlElement("ram:CountrySubDivisionName", party.state),
                ],
            ),
            XmlElement("ram:URIUniversalCommunication", [XmlElement("ram:URIID", address, {"schemeID": scheme})]),
            XmlElement("ram:SpecifiedTaxRegistration", [XmlElement("ram:ID", party.tax_id, {"schemeID": "FC"})])
            if sells
            else None,
            XmlElement("ram:SpecifiedTaxRegistration", [XmlElement("ram:ID", party.vat_id, {"schemeID": "VA"})]),
        ],
    )


def _delivered(document: InvoiceDocument) -> XmlElement | None:
    """Return the day of supply (BT-72): the last on which a certificate was issued."""
    if document.period_through is None:
        return None
    return XmlElement(
        "ram:ActualDeliverySupplyChainEvent", [XmlElement("ram:OccurrenceDateTime", [_day(document.period_through)])]
    )


def _settlement(document: InvoiceDocument) -> XmlElement:
    base = document.tax_in_base
    return XmlElement(
        "ram:ApplicableHeaderTradeSettlement",
        [
            XmlElement("ram:PaymentReference", document.reference),
            XmlElement("ram:TaxCurrencyCode", base.currency) if base else None,
            XmlElement("ram:InvoiceCurrencyCode", document.currency),
            XmlElement(
                "ram:SpecifiedTradeSettlementPaymentMeans",
                [
                    XmlElement("ram:TypeCode", means_of(document)),
                    XmlElement(
                        "ram:PayeePartyCreditorFinancialAccount",
                        [
                            XmlElement("ram:IBANID", document.iban),
                            XmlElement("ram:AccountName", document.account_holder),
                        ],
                    ),
                    XmlElement(
                        "ram:PayeeSpecifiedCreditorFinancialInstitution", [XmlElement("ram:BICID", document.bic)]
                    ),
                ],
            ),
            *map(_tax, document.taxes),
            XmlElement(
                "ram:BillingSpecifiedPeriod",
                [
                    XmlElement("ram:StartDateTime", [_day(document.period_from)]) if document.period_from else None,
                    XmlElement("ram:EndDateTime", [_day(document.period_through)]) if document.period_through else None,
                ],
            ),
            XmlElement(
                "ram:SpecifiedTradePaymentTerms",
                [
                    XmlElement("ram:Description", document.terms),
                    XmlElement("ram:DueDateDateTime", [_day(document.due_on)]) if document.due_on else None,
                ],
            ),
            XmlElement(
                "ram:SpecifiedTradeSettlementHeaderMonetarySummation",
                [
                    XmlElement("ram:LineTotalAmount", document.net),
                    XmlElement("ram:TaxBasisTotalAmount", document.net),
                    XmlElement("ram:TaxTotalAmount", document.tax, {"currencyID": document.currency}),
                    XmlElement("ram:TaxTotalAmount", base.tax, {"currencyID": base.currency}) if base else None,
                    XmlElement("ram:GrandTotalAmount", document.total),
                    XmlElement("ram:DuePayableAmount", document.total),
                ],
            ),
            _corrects(document),
        ],
    )


def _tax(tax: DocumentTax) -> XmlElement:
    return XmlElement(
        "ram:ApplicableTradeTax",
        [
            XmlElement("ram:CalculatedAmount", tax.tax),
            XmlElement("ram:TypeCode", "VAT"),
            XmlElement("ram:ExemptionReason", tax.reason),
            XmlElement("ram:BasisAmount", tax.taxable),
            XmlElement("ram:CategoryCode", tax.category),
            XmlElement("ram:RateApplicablePercent", tax.rate),
        ],
    )


def _corrects(document: InvoiceDocument) -> XmlElement | None:
    if not document.corrects_number or document.corrects_issued_on is None:
        return None
    day = XmlElement("qdt:DateTimeString", document.corrects_issued_on.strftime("%Y%m%d"), {"format": "102"})
    return XmlElement(
        "ram:InvoiceReferencedDocument",
        [XmlElement("ram:IssuerAssignedID", document.corrects_number), XmlElement("ram:FormattedIssueDateTime", [day])],
    )


def _day(day: date) -> XmlElement:
    return XmlElement("udt:DateTimeString", day.strftime("%Y%m%d"), {"format": "102"})
