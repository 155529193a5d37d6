"""The files of electronic invoices, behind the port that services and interfaces know."""

from typing import assert_never

from largesse.adapters.einvoices.cii import EN16931, XRECHNUNG, cii
from largesse.adapters.einvoices.ubl import ubl
from largesse.domain.invoices import InvoiceDocument, InvoiceFormat


class ElectronicInvoices:
    """Write invoices for programs."""

    def write(self, document: InvoiceDocument, form: InvoiceFormat) -> bytes:
        """Return an invoice in a form; the same document gives the same bytes."""
        match form:
            case InvoiceFormat.EN16931:
                return cii(document, profile=EN16931)
            case InvoiceFormat.XRECHNUNG:
                return cii(document, profile=XRECHNUNG)
            case InvoiceFormat.PEPPOL:
                return ubl(document)
            case _:
                assert_never(form)
