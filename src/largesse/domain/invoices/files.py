"""Invoices as files for programs: which there are, and the port of whoever writes them."""

from enum import StrEnum
from typing import Protocol

from largesse.domain.invoices.document import InvoiceDocument


class InvoiceFormat(StrEnum):
    """A form of an electronic invoice after EN 16931."""

    EN16931 = "en16931"
    """CII, the XML of Factur-X and ZUGFeRD in their profile of that name."""
    XRECHNUNG = "xrechnung"
    """CII, as authorities in Germany take it."""
    PEPPOL = "peppol"
    """UBL, after Peppol BIS Billing 3.0."""


def file_name(document: InvoiceDocument, form: InvoiceFormat | None = None) -> str:
    """Return what the file of an invoice is called: its PDF, or one for programs."""
    number = document.number.replace("/", "-") or "pro-forma"
    return f"{number}.pdf" if form is None else f"{number}-{form.value}.xml"


class InvoiceFiles(Protocol):
    """Write invoices for programs."""

    def write(self, document: InvoiceDocument, form: InvoiceFormat) -> bytes:
        """Return an invoice in a form. The same document gives the same bytes."""
