"""All that an invoice says: the one value from which its XML and its paper are made, frozen when it is issued.

Amounts are decimal texts with a point (`119.00`), as both show them, computed from whole smallest units. What EN 16931
calls a term stands beside it as BT.
"""

import hashlib
from datetime import date
from typing import Final

import msgspec

from largesse.domain.invoices.model import InvoiceKind

FORMAT: Final = 1


class Party(msgspec.Struct, frozen=True, kw_only=True):
    """Seller (BG-4) or buyer (BG-7), as on the day of issue; an empty text is not known, or not needed."""

    name: str
    address: str = ""
    address2: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""
    country: str = ""
    vat_id: str = ""
    tax_id: str = ""
    legal_id: str = ""
    contact_name: str = ""
    phone: str = ""
    email: str = ""
    endpoint_scheme: str = ""
    endpoint_id: str = ""


class DocumentLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line (BG-25). `price` and `total` are net of tax, `gross` with it; `rate` is a percentage such as `19`."""

    line_no: int
    description: str
    refcode: str = ""
    quantity: int
    face: str
    discount: str
    price: str
    total: str
    gross: str
    category: str
    rate: str = ""


class DocumentTax(msgspec.Struct, frozen=True, kw_only=True):
    """The tax of one category and rate (BG-23)."""

    category: str
    rate: str = ""
    country: str = ""
    taxable: str
    tax: str
    gross: str
    reason: str = ""


class TaxInBase(msgspec.Struct, frozen=True, kw_only=True):
    """The tax of an invoice in the seller's own currency (BT-6, BT-111): at so much of the invoice's for one of it.

    `day` is that of the rate, which `source` publishes.
    """

    currency: str
    tax: str
    rate: str
    day: date
    source: str


class InvoiceDocument(msgspec.Struct, frozen=True, kw_only=True):
    """An issued invoice or credit note, whole. `reference` is BT-83, `buyer_reference` BT-10, `po_number` BT-13."""

    format: int = FORMAT
    kind: InvoiceKind
    number: str
    issued_on: date
    due_on: date | None = None
    period_from: date | None = None
    period_through: date | None = None
    currency: str
    language: str
    seller: Party
    buyer: Party
    buyer_reference: str = ""
    po_number: str = ""
    corrects_number: str = ""
    corrects_issued_on: date | None = None
    lines: tuple[DocumentLine, ...]
    taxes: tuple[DocumentTax, ...]
    net: str
    tax: str
    total: str
    terms: str = ""
    iban: str = ""
    bic: str = ""
    account_holder: str = ""
    reference: str = ""
    note: str = ""
    tax_in_base: TaxInBase | None = None


_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(InvoiceDocument)


def sealed(document: InvoiceDocument) -> tuple[bytes, bytes]:
    """Return a document as it is kept, and its SHA-256."""
    kept = _ENCODER.encode(document)
    return kept, hashlib.sha256(kept).digest()


def opened(kept: bytes) -> InvoiceDocument:
    """Return the document that was kept."""
    return _DECODER.decode(kept)
