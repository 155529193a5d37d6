"""Invoices on paper: what stands where, in words, and the port of whoever prints them."""

from datetime import date
from typing import Protocol

import msgspec

from largesse.kernel.conventions import SheetSize


class InvoiceColumn(msgspec.Struct, frozen=True, kw_only=True):
    """A column of the lines; figures stand at its end."""

    title: str
    numeric: bool = False


class InvoiceSum(msgspec.Struct, frozen=True, kw_only=True):
    """One line below the lines; the last one that is owed is strong."""

    words: str
    amount: str
    strong: bool = False


class InvoiceFace(msgspec.Struct, frozen=True, kw_only=True):
    """All words and figures of an invoice as they are printed, in its language.

    `code` is what the QR code for the buyer's bank says; empty: there is none. `page_words` counts pages with `{page}`
    and `{pages}`.
    """

    language: str
    title: str
    issued_on: date
    seller: str
    sender: str
    buyer: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    columns: tuple[InvoiceColumn, ...]
    rows: tuple[tuple[str, ...], ...]
    sums: tuple[InvoiceSum, ...]
    tax_columns: tuple[InvoiceColumn, ...]
    taxes: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]
    payment_words: str
    payment: tuple[tuple[str, str], ...]
    code: str
    code_words: str
    footer: tuple[tuple[str, ...], ...]
    page_words: str
    attachment_words: str


class InvoicePrinter(Protocol):
    """Print invoices, off the event loop."""

    async def print_invoice(self, face: InvoiceFace, paper: SheetSize, xml: bytes = b"") -> bytes:
        """Return an invoice as PDF/A-3, with its XML inside (Factur-X, ZUGFeRD) where it has one.

        The same gives the same bytes.
        """
