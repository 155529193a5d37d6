"""Reports on A4 or Letter, as long as their tables are."""

from pathlib import Path
from typing import Final, cast

import msgspec
import typst

from largesse.adapters.typeset import plain_text
from largesse.adapters.typeset.errors import TypesettingFailed
from largesse.adapters.typeset.fonts import Shelf, default_shelf
from largesse.adapters.typeset.undrawn import boxed, undrawn
from largesse.domain.reports import PrintedColumn, PrintedReport

_TEMPLATES: Final = Path(__file__).parent / "templates"
_FACE: Final = "Source Sans Pro"
_STANDARD: Final = "ua-1"
_TRIES_MAX: Final = 4


class ReportSheet(PrintedReport, frozen=True, kw_only=True):
    """One report as the template reads it."""

    fonts: list[str]


class ReportPress:
    """Typeset reports, one after the other; one press belongs to one thread at a time."""

    def __init__(self, shelf: Shelf | None = None) -> None:
        self._shelf = shelf or default_shelf()
        self._compiler = typst.Compiler(
            input=str(_TEMPLATES / "report.typ"),
            root=str(_TEMPLATES),
            font_paths=self._shelf.fonts,
            ignore_system_fonts=True,
        )

    def print_report(self, report: PrintedReport) -> bytes:
        """Return the PDF of a report; see `ReportPrinter.print_report`.

        Raises:
            TypesettingFailed: typst could not make the pages.
        """
        unknown: set[str] = set()
        for _ in range(_TRIES_MAX):
            try:
                return self._pdf(report, unknown, conforming=True)
            except typst.TypstError as error:
                missing = undrawn(error.diagnostic)
                if not missing:
                    raise TypesettingFailed from error
                if missing <= unknown:
                    break
                unknown |= missing
        return self._pdf(report, unknown, conforming=False)

    def _pdf(self, report: PrintedReport, unknown: set[str], *, conforming: bool) -> bytes:
        inputs = {"report": msgspec.json.encode(self._sheet(report, unknown)).decode()}
        made = self._compiler.compile(
            format="pdf", sys_inputs=inputs, timestamp=0, pdf_standards=[_STANDARD] if conforming else []
        )
        return cast(bytes, made)

    def _sheet(self, report: PrintedReport, unknown: set[str]) -> ReportSheet:
        def said(text: str) -> str:
            return boxed(plain_text.one_line(text), unknown)

        return ReportSheet(
            fonts=self._shelf.after(_FACE, plain_text.cjk_region(report.merchant)),
            language=report.language,
            merchant=said(report.merchant),
            title=said(report.title),
            about=said(report.about),
            columns=tuple(PrintedColumn(title=said(one.title), numeric=one.numeric) for one in report.columns),
            rows=tuple(tuple(map(said, row)) for row in report.rows),
            notes=tuple(map(said, report.notes)),
            page_words=report.page_words,
            paper=report.paper,
        )
