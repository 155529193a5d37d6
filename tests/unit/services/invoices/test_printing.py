"""What stands on the paper of an invoice: every word in its language, every amount the one that the document holds."""

import threading
from typing import Any

import pytest
from msgspec.structs import replace

from largesse.adapters.einvoices import ElectronicInvoices
from largesse.domain.invoices import InvoiceDocument, InvoiceFace, InvoiceFormat, InvoiceKind
from largesse.kernel.conventions import SheetSize
from largesse.services.invoices import face_of, pdf_of
from largesse.ui import read_catalogue
from tests.support.messages import SOURCE, TRANSLATIONS, key_of, used
from tests.unit.adapters.einvoices.test_einvoices import a_document

HOME = SOURCE / "services" / "invoices"


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_every_word_of_invoices_is_in_the_catalogue_that_speaks_on_them(language: str) -> None:
    known: Any = read_catalogue(language, (SOURCE / "ui" / "locale", HOME / "locale"))
    said = {key_of(message) for path, _, message in used() if HOME in path.parents}
    assert len(said) > 30
    assert sorted(one for one in said if not known.get(one) or not known.get(one).string) == []


def test_the_paper_of_an_invoice_speaks_its_language_and_adds_up() -> None:
    document = a_document(taxed=True)
    face = face_of(document)
    assert (face.title, face.page_words) == ("Rechnung INV-000001", "Seite {page} von {pages}")
    assert [(one.amount, one.strong) for one in face.sums] == [
        ("61,65\u00a0€", False),
        ("8,35\u00a0€", False),
        ("70,00\u00a0€", True),
    ]
    assert [row[-1] for row in face.rows] == ["30,00\u00a0€", "40,00\u00a0€"]
    assert all(len(row) == len(face.columns) for row in face.rows)
    assert face.buyer[-1] == "Belgien"


def test_what_is_not_taxed_has_no_columns_of_tax_and_says_why() -> None:
    face = face_of(replace(a_document(taxed=False), language="en"))
    assert [one.title for one in face.columns] == ["What", "Refcode", "Quantity", "Discount on each", "Amount"]
    assert (face.taxes, [one.words for one in face.sums]) == ((), ["Amount due"])
    assert "Directive" in face.notes[0] or "Richtlinie" in face.notes[0]


def test_a_credit_note_asks_for_nothing_and_names_its_invoice() -> None:
    face = face_of(a_document(taxed=True, kind=InvoiceKind.CREDIT_NOTE))
    assert (face.payment, face.code, face.payment_words) == ((), "", "")
    assert ("Berichtigt Rechnung", "INV-000001 vom 1. Nov. 2026") in face.facts


class WatchedFiles(ElectronicInvoices):
    """The writer of files, which notes the threads that it writes on."""

    def __init__(self) -> None:
        self.threads = set[int]()

    def write(self, document: InvoiceDocument, form: InvoiceFormat) -> bytes:
        self.threads.add(threading.get_ident())
        return super().write(document, form)


class BarePrinter:
    """A printer that hands the XML back."""

    async def print_invoice(self, face: InvoiceFace, paper: SheetSize, xml: bytes = b"") -> bytes:
        assert (face.title, paper) == ("Rechnung INV-000001", SheetSize.A4)
        return xml


class Desk:
    """What paper needs."""

    def __init__(self) -> None:
        self.invoice_files, self.invoice_printer = WatchedFiles(), BarePrinter()


async def test_the_file_inside_is_not_written_where_all_pages_are_answered() -> None:
    desk = Desk()
    assert b"INV-000001" in await pdf_of(desk, a_document(taxed=True))
    assert threading.get_ident() not in desk.invoice_files.threads
    assert len(desk.invoice_files.threads) == 1
