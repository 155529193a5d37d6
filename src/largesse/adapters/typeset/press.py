"""One press: a typst compiler, and how a page is got out of it.

A press belongs to one thread at a time, because the compiler in it is mutable; `pool` keeps several.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal, TypeAlias, cast

import msgspec
import typst

from largesse.adapters.typeset.art import draw
from largesse.adapters.typeset.errors import TypesettingFailed
from largesse.adapters.typeset.fonts import Shelf, default_shelf
from largesse.adapters.typeset.palette import palette_of
from largesse.adapters.typeset.sheet import Typed, TypesetSheet, drawings_of, sheet_of
from largesse.adapters.typeset.slim import slimmed
from largesse.adapters.typeset.undrawn import boxed, undrawn
from largesse.domain.catalog import CertificateFace, Paper

Format: TypeAlias = Literal["pdf", "svg", "png"]

_TEMPLATES: Final = Path(__file__).parent / "templates"
_UNKNOWN_MAX: Final = 5_000
_TRIES_MAX: Final = 6

# PDF/UA-1: tagged, with a title, a language and words for every picture. typst refuses to write a file that is not.
_STANDARD: Final = "ua-1"


class Press:
    """Typeset certificates, one after the other."""

    def __init__(self, shelf: Shelf | None = None) -> None:
        self._shelf = shelf or default_shelf()
        self._compiler = typst.Compiler(
            input=str(_TEMPLATES / "certificate.typ"),
            root=str(_TEMPLATES),
            font_paths=self._shelf.fonts,
            ignore_system_fonts=True,
        )
        self._unknown: set[str] = set()

    def typeset(self, face: CertificateFace, paper: Paper) -> bytes:
        """Return the PDF of `face` on `paper`; see `Typesetter.typeset`.

        Raises:
            TypesettingFailed: typst could not make the page (a damaged logo, for example).
        """
        return self._settled(face, paper)[0]

    def preview_svg(self, face: CertificateFace) -> bytes:
        """Return the A5 page of `face` as SVG: the drawing, and over it the words as typst set them.

        The drawing is put in as itself rather than as a picture within typst's page, which halves the bytes.

        Raises:
            TypesettingFailed: typst could not make the page.
        """
        _, inputs = self._settled(face, Paper.A5, drawn=False)
        words = cast(bytes, self._compiler.compile(format="svg", sys_inputs=inputs)).decode()
        palette = palette_of(face.accent)
        return _laid_over(
            palette.paper, draw(face.design, palette, beside_logo=face.logo is not None), slimmed(words)
        ).encode()

    def picture_png(self, face: CertificateFace, paper: Paper, *, dots_per_inch: float) -> bytes:
        """Return the page as PNG: for tests, and for mail programs that show no PDF.

        Raises:
            TypesettingFailed: typst could not make the page.
        """
        _, inputs = self._settled(face, paper)
        return cast(bytes, self._compiler.compile(format="png", ppi=dots_per_inch, sys_inputs=inputs))

    def overflows(self, face: CertificateFace, paper: Paper) -> list[str]:
        """Return which parts of the page did not fit even at their smallest size: none, whatever the face holds."""
        self._settled(face, paper)
        return msgspec.json.decode(self._compiler.query("<overflow>", field="value"), type=list[str])

    def _settled(self, face: CertificateFace, paper: Paper, *, drawn: bool = True) -> tuple[bytes, dict[str, str]]:
        """Return the page as PDF and the inputs it was made from, once every character of it can be drawn.

        Only the PDF writer tells which characters no face has. A box takes the place of each, and is remembered for the
        pages to come; a second try is nearly always the last.
        """
        sheet = sheet_of(face, paper, self._shelf, drawn=drawn)
        drawings = drawings_of(face, paper, drawn=drawn)
        for _ in range(_TRIES_MAX):
            inputs = _inputs(_mended(sheet, self._unknown), drawings)
            try:
                return self._pdf(inputs, conforming=True), inputs
            except typst.TypstError as error:
                missing = undrawn(error.diagnostic)
                if not missing:
                    raise TypesettingFailed from error
                if missing <= self._unknown:
                    break
                self._remember(missing)
        # What cannot be mended is shown as the face's own blank: a gift with a hole in it is better than none.
        inputs = _inputs(_mended(sheet, self._unknown), drawings)
        return self._pdf(inputs, conforming=False), inputs

    def _pdf(self, inputs: dict[str, str], *, conforming: bool) -> bytes:
        made = self._compiler.compile(
            format="pdf", sys_inputs=inputs, timestamp=0, pdf_standards=[_STANDARD] if conforming else []
        )
        return cast(bytes, made)

    def _remember(self, missing: set[str]) -> None:
        if len(self._unknown) >= _UNKNOWN_MAX:
            self._unknown.clear()
        self._unknown |= missing


def _inputs(sheet: TypesetSheet, drawings: Mapping[str, str]) -> dict[str, str]:
    return {"face": msgspec.json.encode(sheet).decode(), **drawings}


def _mended(sheet: TypesetSheet, unknown: set[str]) -> TypesetSheet:
    """Return `sheet` with a box for each of the characters in `unknown`."""
    typed = {field: getattr(sheet.typed, field) for field in Typed.__struct_fields__}
    used = set("".join(typed.values()))
    known = [text for text in unknown if text[:1] in used]
    typed = {field: boxed(text, known) for field, text in typed.items()}
    return msgspec.structs.replace(sheet, typed=Typed(**typed))


def _laid_over(paper: str, drawing: str, words: str) -> str:
    """Put paper and `drawing` beneath the words of typst's page, at the size of that page."""
    opening, rest = words.split(">", 1)
    fitting = drawing.replace('width="210mm" height="148mm"', 'width="100%" height="100%"', 1)
    return f'{opening}><rect width="100%" height="100%" fill="{paper}"/>{fitting}{rest}'
