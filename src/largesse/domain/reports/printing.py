"""A report as it is printed: texts alone, in the order in which they are read."""

from typing import Protocol

import msgspec

from largesse.kernel.conventions import SheetSize


class PrintedColumn(msgspec.Struct, frozen=True, kw_only=True):
    """What stands above a column; numbers stand at its end."""

    title: str
    numeric: bool


class PrintedReport(msgspec.Struct, frozen=True, kw_only=True):
    """Whose report it is, what it is about, its table, and what is said below: whether it is provisional, its seal."""

    language: str
    merchant: str
    title: str
    about: str
    columns: tuple[PrintedColumn, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]
    page_words: str
    """How pages are counted, with `{page}` and `{pages}`."""
    paper: SheetSize = SheetSize.A4


class ReportPrinter(Protocol):
    """Print reports, off the event loop."""

    async def print_report(self, report: PrintedReport) -> bytes:
        """Return a report as PDF. The same report gives the same bytes."""
