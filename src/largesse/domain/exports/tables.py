"""Small tables that are made in memory, written as files that other programs read: CSV and workbooks (XLSX)."""

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

import msgspec
import xlsxwriter
from xlsxwriter.format import Format as CellFormat
from xlsxwriter.worksheet import Worksheet

from largesse.kernel.formulas import guard

FileValue = str | int | Decimal | date | datetime | None

_WIDTH_MIN = 10
_WIDTH_MAX = 40
_MOMENT = "yyyy-mm-dd hh:mm:ss"
_DAY = "yyyy-mm-dd"
_SHEET_NAME_MAX = 31
_NAME_FORBIDDEN = str.maketrans("", "", "[]:*?/\\'")


class FileTable(msgspec.Struct, frozen=True, kw_only=True):
    """A table: the sheet's name, what stands above each column, and rows of values of their own types.

    `notes` are lines above the table in a workbook; the first is its title. Moments are local times without a zone.
    """

    name: str
    headings: tuple[str, ...]
    rows: Sequence[Sequence[FileValue]]
    notes: tuple[str, ...] = ()


def table_as_csv(table: FileTable) -> bytes:
    """Return a table as CSV (RFC 4180, UTF-8), texts safe against formulas of spreadsheets."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(table.headings)
    for row in table.rows:
        writer.writerow([guard(value) if isinstance(value, str) else _plain(value) for value in row])
    return file.getvalue().encode()


def table_as_xlsx(table: FileTable, *, made_at: datetime) -> bytes:
    """Return a table as a workbook, with numbers as numbers and days as days. The same table gives the same bytes."""
    file = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(file, options) as book:
        book.set_properties({"title": table.notes[0] if table.notes else table.name, "created": made_at})
        sheet = book.add_worksheet(table.name.translate(_NAME_FORBIDDEN)[:_SHEET_NAME_MAX] or "1")
        bold, title = book.add_format({"bold": True, "bottom": 1}), book.add_format({"bold": True, "font_size": 14})
        for place, note in enumerate(table.notes):
            sheet.write_string(place, 0, note, title if place == 0 else None)
        at = len(table.notes) + 1 if table.notes else 0
        for place, heading in enumerate(table.headings):
            sheet.write_string(at, place, heading, bold)
        sheet.freeze_panes(at + 1, 0)
        formats = _Formats(book)
        for down, row in enumerate(table.rows, at + 1):
            for place, value in enumerate(row):
                _write(sheet, (down, place), value, formats)
        for place, heading in enumerate(table.headings):
            longest = max((len(str(row[place])) for row in table.rows if row[place] is not None), default=0)
            sheet.set_column(place, place, min(max(len(heading), longest, _WIDTH_MIN), _WIDTH_MAX) + 2)
    return file.getvalue()


class _Formats(dict[str, CellFormat]):
    """The formats of a workbook by how they show a number, made when one is first asked for."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        super().__init__()
        self._book = book

    def __missing__(self, picture: str) -> CellFormat:
        self[picture] = made = self._book.add_format({"num_format": picture})
        return made


def _write(sheet: Worksheet, at: tuple[int, int], value: FileValue, formats: _Formats) -> None:
    match value:
        case None | "":
            pass
        case Decimal():
            sheet.write_number(*at, value, formats[_number_format(value)])
        case int():
            sheet.write_number(*at, value)
        case datetime():
            sheet.write_datetime(*at, value, formats[_MOMENT])
        case date():
            sheet.write_datetime(*at, value, formats[_DAY])
        case _:
            sheet.write_string(*at, value)


def _plain(value: FileValue) -> str:
    match value:
        case None:
            return ""
        case Decimal():
            return f"{value:f}"
        case datetime():
            return f"{value:%Y-%m-%d %H:%M:%S}"
        case _:
            return str(value)


def _number_format(amount: Decimal) -> str:
    exponent = amount.as_tuple().exponent
    decimals = -exponent if isinstance(exponent, int) else 0
    return f"#,##0.{'0' * decimals}" if decimals > 0 else "#,##0"
