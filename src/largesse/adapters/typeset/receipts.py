"""Receipts on rolls of paper, of their true height: what a thermal printer's driver cuts after; or on a sheet."""

from pathlib import Path
from typing import Final, cast

import msgspec
import typst

from largesse.adapters.typeset import plain_text
from largesse.adapters.typeset.errors import TypesettingFailed
from largesse.adapters.typeset.fonts import LAST_RESORT, Shelf, default_shelf
from largesse.adapters.typeset.undrawn import boxed, undrawn
from largesse.domain.receipts import ReceiptFace, ReceiptGroup, ReceiptLine, Roll
from largesse.kernel import free_text
from largesse.ui import qr_svg

_TEMPLATES: Final = Path(__file__).parent / "templates"
_FACE: Final = "Source Sans Pro"
_STANDARD: Final = "ua-1"
_TRIES_MAX: Final = 4


class ReceiptPage(ReceiptFace, frozen=True, kw_only=True):
    """One receipt as the template reads it."""

    width: int
    height: int | None
    margin: int
    fonts: list[str]
    mono: list[str]


class ReceiptPress:
    """Typeset receipts, one after the other; one press belongs to one thread at a time."""

    def __init__(self, shelf: Shelf | None = None) -> None:
        self._shelf = shelf or default_shelf()
        self._compiler = typst.Compiler(
            input=str(_TEMPLATES / "receipt.typ"),
            root=str(_TEMPLATES),
            font_paths=self._shelf.fonts,
            ignore_system_fonts=True,
        )

    def receipt(self, face: ReceiptFace, roll: Roll) -> bytes:
        """Return the PDF of a receipt; see `ReceiptPrinter.receipt`.

        Raises:
            TypesettingFailed: typst could not make the page.
        """
        unknown: set[str] = set()
        for _ in range(_TRIES_MAX):
            try:
                return self._pdf(face, roll, unknown, conforming=True)
            except typst.TypstError as error:
                missing = undrawn(error.diagnostic)
                if not missing:
                    raise TypesettingFailed from error
                if missing <= unknown:
                    break
                unknown |= missing
        return self._pdf(face, roll, unknown, conforming=False)

    def _pdf(self, face: ReceiptFace, roll: Roll, unknown: set[str], *, conforming: bool) -> bytes:
        inputs = {"receipt": msgspec.json.encode(self._page(face, roll, unknown)).decode()}
        if face.code:
            inputs["code"] = qr_svg(face.code)
        made = self._compiler.compile(
            format="pdf", sys_inputs=inputs, timestamp=0, pdf_standards=[_STANDARD] if conforming else []
        )
        return cast(bytes, made)

    def _page(self, face: ReceiptFace, roll: Roll, unknown: set[str]) -> ReceiptPage:
        def said(text: str) -> str:
            return boxed(plain_text.one_line(text), unknown)

        def kept(text: str) -> str:
            """Return an amount, which never breaks."""
            return boxed(free_text.one_line(text), unknown)

        region = plain_text.cjk_region(face.merchant)
        return ReceiptPage(
            width=roll.width_mm,
            height=roll.height_mm,
            margin=roll.margin_mm,
            fonts=self._shelf.after(_FACE, region),
            mono=[LAST_RESORT],
            language=face.language,
            merchant=said(face.merchant),
            address=tuple(map(said, face.address)),
            title=said(face.title),
            stamp=said(face.stamp),
            groups=tuple(
                ReceiptGroup(
                    heading=said(group.heading),
                    lines=tuple(
                        ReceiptLine(
                            words=said(one.words),
                            amount=boxed(free_text.one_line(one.amount), unknown),
                            strong=one.strong,
                        )
                        for one in group.lines
                    ),
                )
                for group in face.groups
            ),
            notes=tuple(map(said, face.notes)),
            code=face.code,
            code_words=said(face.code_words),
            number=face.number,
            closing=said(face.closing),
        )
