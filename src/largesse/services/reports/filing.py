"""A report as a file: CSV for programs, a workbook and a PDF for people, all with the figures that the page shows."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import assert_never
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from largesse.domain.exports import FileTable, FileValue, table_as_csv, table_as_xlsx
from largesse.domain.merchants import Merchant
from largesse.domain.reports import PrintedColumn, PrintedReport
from largesse.kernel.clock import aware
from largesse.kernel.currency import currency
from largesse.kernel.errors import FieldError
from largesse.services.reports import wording
from largesse.services.reports.asking import QuestionInvalid, ReportQuestion
from largesse.services.reports.dependencies import ReportDependencies
from largesse.services.reports.showing import Names, cell_text, columns_with_something, sentence_of, shown
from largesse.services.reports.tables import PRINTED_MAX, CellKind, ReportColumn, ReportLine, ReportTable
from largesse.ui import Voice


class ReportFormat(StrEnum):
    """What a report can be had as."""

    CSV = "csv"
    XLSX = "xlsx"
    PDF = "pdf"


_MEDIA = {
    ReportFormat.CSV: "text/csv; charset=utf-8",
    ReportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ReportFormat.PDF: "application/pdf",
}


class ReportFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file: what it is called and holds."""

    name: str
    media_type: str
    body: bytes


async def as_file(
    deps: ReportDependencies,
    merchant: Merchant,
    question: ReportQuestion,
    table: ReportTable,
    *,
    names: Names,
    wanted: ReportFormat,
    voice: Voice,
    now: datetime,
    notes: tuple[str, ...] = (),
) -> ReportFile:
    """Return a report that was answered as a file. `notes` are said below it, beside whether it is provisional.

    Raises:
        QuestionInvalid: it has more lines than are printed.
    """
    if wanted is ReportFormat.PDF and len(table.lines) > PRINTED_MAX:
        message = f"As PDF, a report has at most {PRINTED_MAX:,} lines. Take CSV or XLSX, or choose fewer days."
        raise QuestionInvalid(fields=[FieldError("since", "question.pages", message)])
    if table.provisional:
        notes = (*notes, voice.t("Provisional: not all of this is sealed, and more may come that was known by then."))
    printed = printed_report(merchant, question, table, names=names, voice=voice, notes=notes)
    match wanted:
        case ReportFormat.CSV:
            body = table_as_csv(_for_programs(table, names, voice, merchant.zone))
        case ReportFormat.XLSX:
            body = table_as_xlsx(_for_people(printed, table, names, voice, merchant.zone), made_at=now)
        case ReportFormat.PDF:
            body = await deps.report_printer.print_report(printed)
        case _:
            assert_never(wanted)
    return ReportFile(name=_file_name(merchant, question, wanted), media_type=_MEDIA[wanted], body=body)


def printed_report(
    merchant: Merchant,
    question: ReportQuestion,
    table: ReportTable,
    *,
    names: Names,
    voice: Voice,
    notes: tuple[str, ...],
) -> PrintedReport:
    """Return a report as it is printed. A roll-forward stands upright: one column for each currency and class."""
    seen = shown(table, names, voice, merchant.zone)
    return PrintedReport(
        language=voice.language,
        merchant=merchant.name,
        title=wording.title_of(question.report, voice),
        about=", ".join(sentence_of(question, names, voice, merchant.zone)),
        columns=tuple(PrintedColumn(title=one.title, numeric=one.numeric) for one in seen.columns),
        rows=tuple(tuple(row[one.key] for one in seen.columns) for row in seen.rows),
        notes=notes,
        page_words=voice.t("Page {page} of {pages}"),
        paper=merchant.paper,
    )


def _for_programs(table: ReportTable, names: Names, voice: Voice, zone: ZoneInfo) -> FileTable:
    """Return a table under the names that never change, words as they are stored, with what ids are called."""
    headings = list[str]()
    for one in table.columns:
        headings += [one.name, one.name.removesuffix("_id")] if one.kind is CellKind.NAME else [one.name]
    rows = []
    for line in table.lines:
        cells = list[FileValue]()
        for one in table.columns:
            cells.append(_typed(one, line, zone, stored=True))
            if one.kind is CellKind.NAME:
                cells.append(cell_text(one, line, names, voice, zone) if line.cells[one.name] else None)
        rows.append(cells)
    return FileTable(name="report", headings=tuple(headings), rows=rows)


def _for_people(printed: PrintedReport, table: ReportTable, names: Names, voice: Voice, zone: ZoneInfo) -> FileTable:
    """Return a table as it is printed, with numbers and days of their own types."""
    columns = columns_with_something(table)

    def cell(column: ReportColumn, line: ReportLine) -> FileValue:
        if column.kind in {CellKind.NAME, CellKind.WORD}:
            return cell_text(column, line, names, voice, zone)
        return _typed(column, line, zone, stored=False)

    return FileTable(
        name=printed.title,
        headings=tuple(one.title for one in printed.columns),
        rows=[[cell(one, line) for one in columns] for line in table.lines],
        notes=(printed.title, f"{printed.merchant}, {printed.about}", *printed.notes),
    )


def _typed(column: ReportColumn, line: ReportLine, zone: ZoneInfo, *, stored: bool) -> FileValue:
    value = line.cells.get(column.name)
    match value:
        case None:
            return None
        case UUID():
            return str(value)
        case datetime():
            return aware(value).astimezone(zone).replace(tzinfo=None, microsecond=0)
        case int() if (code := line.currency_of(column.kind)) is not None:
            return Decimal(value).scaleb(-currency(code).exponent)
        case int() if column.kind is CellKind.RATE:
            return value if stored else Decimal(value).scaleb(-6).normalize() + 0
        case _:
            return value


def _file_name(merchant: Merchant, question: ReportQuestion, wanted: ReportFormat) -> str:
    days = [day.isoformat() for day in (question.since, question.until) if isinstance(day, date)]
    return "-".join((merchant.slug, question.report.value, *days)) + f".{wanted.value}"
