"""The QR code by which a bank's app fills a transfer in: EPC069-12, version 2. Pure."""

from typing import Final

from largesse.domain.invoices.document import InvoiceDocument

_SEPA: Final = frozenset(
    {
        "AD", "AL", "AT", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GI", "GR", "HR",
        "HU", "IE", "IS", "IT", "LI", "LT", "LU", "LV", "MC", "MD", "ME", "MK", "MT", "NL", "NO", "PL", "PT", "RO",
        "RS", "SE", "SI", "SK", "SM", "VA",
    }
)  # fmt: skip
"""Whose accounts take transfers in euros (EPC409-09)."""

_NAME_MAX: Final = 70
_AMOUNT_MAX: Final = 12
"""Characters of 999999999.99, the most that one may ask for."""


def giro_code(document: InvoiceDocument) -> str:
    """Return what the code of an invoice says; empty where it asks for no transfer in euros within SEPA."""
    if document.currency != "EUR" or document.iban[:2] not in _SEPA:
        return ""
    if not document.total.strip("0.") or len(document.total) > _AMOUNT_MAX:
        return ""
    text = "" if document.reference else document.number
    fields = (
        "BCD", "002", "1", "SCT", document.bic, document.account_holder[:_NAME_MAX], document.iban,
        f"EUR{document.total}", "", document.reference, text,
    )  # fmt: skip
    return "\n".join(fields).rstrip("\n")
