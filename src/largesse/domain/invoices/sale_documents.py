"""The receipt or invoice of a checkout, and what corrects it: all that it says, frozen when it is issued. Pure.

Amounts are in the currency's smallest unit. Single-purpose vouchers stand on an invoice, with their tax; multi-purpose
ones on a receipt that shows neither rate nor tax. Each kind has numbers without gaps, per merchant.
"""

import hashlib
from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from largesse.domain.invoices.document import Party
from largesse.domain.invoices.errors import BuyerAddressInvalid
from largesse.kernel.conventions import SheetSize
from largesse.kernel.errors import FieldError
from largesse.kernel.tax import TaxKind

FORMAT: Final = 1
READDRESSED_MAX: Final = 5
"""How often the buyer's address on one document can be replaced."""


class SaleDocumentKind(StrEnum):
    """What it is, and with that the series of its number."""

    RECEIPT = "receipt"
    INVOICE = "invoice"
    RECEIPT_CORRECTION = "receipt_correction"
    INVOICE_CORRECTION = "invoice_correction"

    @property
    def is_correction(self) -> bool:
        """Whether it names another one that it corrects."""
        return self in {SaleDocumentKind.RECEIPT_CORRECTION, SaleDocumentKind.INVOICE_CORRECTION}

    @property
    def correction(self) -> "SaleDocumentKind":
        """The kind of what corrects it."""
        if self in {SaleDocumentKind.INVOICE, SaleDocumentKind.INVOICE_CORRECTION}:
            return SaleDocumentKind.INVOICE_CORRECTION
        return SaleDocumentKind.RECEIPT_CORRECTION


SERIES: Final = {
    SaleDocumentKind.RECEIPT: "SR-",
    SaleDocumentKind.INVOICE: "SI-",
    SaleDocumentKind.RECEIPT_CORRECTION: "SRC-",
    SaleDocumentKind.INVOICE_CORRECTION: "SIC-",
}
"""How the numbers of each kind begin."""
_DIGITS: Final = 6


class SaleReason(StrEnum):
    """Why something is corrected."""

    REFUND = "refund"  # money went back, or was given as credit
    DISPUTE = "dispute"  # the buyer's bank has taken it
    NOT_PAID = "not_paid"  # it was never paid for
    BUYER = "buyer"  # another address of the buyer; no sum changes


class TaxGroup(StrEnum):
    """What stands on one document: what is taxed alike."""

    SINGLE_PURPOSE = "single_purpose"
    MULTI_PURPOSE = "multi_purpose"
    OTHER = "other"  # no tax, or sales tax that is added

    @property
    def kind(self) -> SaleDocumentKind:
        """The kind of document that it stands on."""
        return SaleDocumentKind.INVOICE if self is TaxGroup.SINGLE_PURPOSE else SaleDocumentKind.RECEIPT


def group_of(kind: TaxKind) -> TaxGroup:
    """Return with what else a gift of a kind of tax stands on a document."""
    if kind is TaxKind.SINGLE_PURPOSE:
        return TaxGroup.SINGLE_PURPOSE
    return TaxGroup.MULTI_PURPOSE if kind is TaxKind.MULTI_PURPOSE else TaxGroup.OTHER


class SaleLine(msgspec.Struct, frozen=True, kw_only=True):
    """One order: what was paid for it, or what of it was taken back. `rate` is a percentage such as `19`."""

    order_number: str
    description: str = ""
    face: int
    gratuity: int = 0
    discount: int = 0
    promo_code: str = ""
    added_tax: int = 0
    included_tax: int = 0
    rate: str = ""
    country: str = ""

    @property
    def total(self) -> int:
        """Return what was paid, or is taken back, in all."""
        return self.face + self.gratuity - self.discount + self.added_tax


class SaleTax(msgspec.Struct, frozen=True, kw_only=True):
    """The tax of one rate that prices include."""

    rate: str
    country: str
    gross: int
    tax: int

    @property
    def net(self) -> int:
        """Return the price without it."""
        return self.gross - self.tax


class SaleDocument(msgspec.Struct, frozen=True, kw_only=True):
    """One receipt, invoice or correction, whole. `paid_by` is the gateway; of a correction, nothing.

    `buyer` is who asked to be named, with an address; None: nobody is. A correction says what is taken off the document
    whose number it names; one of the buyer's address takes nothing off.
    """

    format: int = FORMAT
    kind: SaleDocumentKind
    number: str
    issued_on: date
    supplied_on: date
    currency: str
    language: str
    paper: SheetSize
    seller: Party
    buyer: Party | None = None
    paid_by: str = ""
    group: TaxGroup
    lines: tuple[SaleLine, ...]
    reason: SaleReason | None = None
    corrects_number: str = ""
    corrects_issued_on: date | None = None

    @property
    def total(self) -> int:
        """Return what was paid, or is taken off."""
        return sum(line.total for line in self.lines)

    @property
    def taxes(self) -> tuple[SaleTax, ...]:
        """Return the tax that its prices include, by rate: what was booked with each order."""
        found: dict[tuple[str, str], SaleTax] = {}
        for line in self.lines:
            if not line.rate:
                continue
            before = found.get((line.country, line.rate))
            found[line.country, line.rate] = SaleTax(
                rate=line.rate,
                country=line.country,
                gross=(before.gross if before else 0) + line.face - line.discount,
                tax=(before.tax if before else 0) + line.included_tax,
            )
        return tuple(found[key] for key in sorted(found))

    @property
    def tax(self) -> int:
        """Return all tax that is told of: included and added."""
        return sum(one.tax for one in self.taxes) + sum(line.added_tax for line in self.lines)


class KeptDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A document as its row holds it. `corrects` is the first one, that of the sale."""

    merchant_id: UUID
    document_id: UUID
    checkout_id: UUID
    corrects: UUID | None = None
    issued_at: datetime
    document: SaleDocument


def number_text(kind: SaleDocumentKind, number: int) -> str:
    """Return a number of a series as it is printed."""
    return f"{SERIES[kind]}{number:0{_DIGITS}d}"


def checked_buyer(party: Party, *, lengths: Iterable[tuple[str, int]]) -> Party:
    """Return an address that is to stand on a document.

    Raises:
        BuyerAddressInvalid: something is missing, or too long.
    """
    faults = [
        FieldError(name, BuyerAddressInvalid.code, "This is needed.")
        for name in ("name", "address", "city", "country")
        if not getattr(party, name)
    ]
    faults += [
        FieldError(name, BuyerAddressInvalid.code, f"At most {most} characters.")
        for name, most in lengths
        if len(getattr(party, name)) > most
    ]
    if faults:
        raise BuyerAddressInvalid(fields=faults)
    return party


_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(SaleDocument)


def sealed_sale(document: SaleDocument) -> tuple[bytes, bytes]:
    """Return a document as it is kept, and its SHA-256."""
    kept = _ENCODER.encode(document)
    return kept, hashlib.sha256(kept).digest()


def opened_sale(kept: bytes) -> SaleDocument:
    """Return the document that was kept."""
    return _DECODER.decode(kept)
