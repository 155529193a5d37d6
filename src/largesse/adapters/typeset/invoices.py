"""Invoices as PDF/A-3, with their XML inside, as Factur-X and ZUGFeRD have it; receipts of the shop without."""

from pathlib import Path
from typing import Final, cast

import msgspec
import typst

from largesse.adapters.typeset import plain_text
from largesse.adapters.typeset.errors import TypesettingFailed
from largesse.adapters.typeset.factur_x import FILE_NAME, described
from largesse.adapters.typeset.fonts import Shelf, default_shelf
from largesse.adapters.typeset.undrawn import boxed, undrawn
from largesse.domain.invoices import InvoiceColumn, InvoiceFace, InvoiceSum
from largesse.kernel import free_text
from largesse.kernel.conventions import SheetSize
from largesse.ui import qr_svg

_TEMPLATES: Final = Path(__file__).parent / "templates"
_FACE: Final = "Source Sans Pro"
# Archives keep it (PDF/A-3, tagged), everybody can read it (PDF/UA-1), and files may be inside. typst refuses to write
# a file that is not as it says.
_STANDARDS: Final = ("a-3a", "ua-1")
_TRIES_MAX: Final = 4


class InvoiceSheet(InvoiceFace, frozen=True, kw_only=True):
    """One invoice as the template reads it."""

    paper: str
    fonts: list[str]
    attachment: str


class InvoicePress:
    """Typeset invoices, one after the other; one press belongs to one thread at a time."""

    def __init__(self, shelf: Shelf | None = None) -> None:
        self._shelf = shelf or default_shelf()
        self._compiler = typst.Compiler(
            input=str(_TEMPLATES / "invoice.typ"),
            root=str(_TEMPLATES),
            font_paths=self._shelf.fonts,
            ignore_system_fonts=True,
        )

    def print_invoice(self, face: InvoiceFace, paper: SheetSize, xml: bytes = b"") -> bytes:
        """Return the PDF of an invoice; see `InvoicePrinter.print_invoice`.

        Raises:
            TypesettingFailed: typst could not make the pages.
        """
        unknown: set[str] = set()
        for _ in range(_TRIES_MAX):
            try:
                made = self._compiler.compile(
                    format="pdf",
                    sys_inputs=self._inputs(face, paper, xml, unknown),
                    timestamp=0,
                    pdf_standards=list(_STANDARDS),
                )
                return described(cast(bytes, made)) if xml else cast(bytes, made)
            except typst.TypstError as error:
                missing = undrawn(error.diagnostic)
                if not missing or missing <= unknown:
                    raise TypesettingFailed from error
                unknown |= missing
        raise TypesettingFailed

    def picture_png(self, face: InvoiceFace, paper: SheetSize, *, dots_per_inch: float) -> list[bytes]:
        """Return the pages as PNG: for tests."""
        made = self._compiler.compile(
            format="png", ppi=dots_per_inch, sys_inputs=self._inputs(face, paper, b"<none/>", set())
        )
        return made if isinstance(made, list) else [cast(bytes, made)]

    def _inputs(self, face: InvoiceFace, paper: SheetSize, xml: bytes, unknown: set[str]) -> dict[str, str]:
        inputs = {"invoice": msgspec.json.encode(self._sheet(face, paper, unknown)).decode(), "xml": xml.decode()}
        if face.code:
            inputs["code"] = qr_svg(face.code)
        return inputs

    def _sheet(self, face: InvoiceFace, paper: SheetSize, unknown: set[str]) -> InvoiceSheet:
        def said(text: str) -> str:
            return boxed(plain_text.one_line(text), unknown)

        def kept(text: str) -> str:
            """Return an amount or a number, which never breaks."""
            return boxed(free_text.one_line(text), unknown)

        def all_said(texts: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(map(said, texts))

        def columns(given: tuple[InvoiceColumn, ...]) -> tuple[InvoiceColumn, ...]:
            return tuple(InvoiceColumn(title=said(one.title), numeric=one.numeric) for one in given)

        def rows(given: tuple[tuple[str, ...], ...], heads: tuple[InvoiceColumn, ...]) -> tuple[tuple[str, ...], ...]:
            return tuple(
                tuple(kept(text) if head.numeric else said(text) for text, head in zip(row, heads, strict=True))
                for row in given
            )

        return InvoiceSheet(
            paper=paper.value,
            fonts=self._shelf.after(_FACE, plain_text.cjk_region(face.seller)),
            attachment=FILE_NAME,
            language=face.language,
            title=said(face.title),
            issued_on=face.issued_on,
            seller=said(face.seller),
            sender=said(face.sender),
            buyer=all_said(face.buyer),
            facts=tuple((said(name), said(value)) for name, value in face.facts),
            columns=columns(face.columns),
            rows=rows(face.rows, face.columns),
            sums=tuple(
                InvoiceSum(words=said(one.words), amount=kept(one.amount), strong=one.strong) for one in face.sums
            ),
            tax_columns=columns(face.tax_columns),
            taxes=rows(face.taxes, face.tax_columns),
            notes=all_said(face.notes),
            payment_words=said(face.payment_words),
            payment=tuple((said(name), kept(value)) for name, value in face.payment),
            code=face.code,
            code_words=said(face.code_words),
            footer=tuple(map(all_said, face.footer)),
            page_words=face.page_words,
            attachment_words=said(face.attachment_words),
        )
