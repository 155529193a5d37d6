"""Workbooks (XLSX): rows stream through xlsxwriter into a file, since the format ends with its index."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import xlsxwriter
from xlsxwriter.format import Format as CellFormat
from xlsxwriter.worksheet import Worksheet

from largesse.db import Connection
from largesse.db.connection import Row
from largesse.db.dataset import Dataset, row_statement
from largesse.domain.exports.formats import Progress

SHEET_ROWS_MAX = 1_048_576
_PREFETCH = 1000
_COLUMN_WIDTH = 16
_MOMENT = "yyyy-mm-dd hh:mm:ss"
_DAY = "yyyy-mm-dd"
_BOOK = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


async def write_xlsx(
    connection: Connection, dataset: Dataset, path: Path, progress: Progress, *, sheet_rows_max: int = SHEET_ROWS_MAX
) -> int:
    """Write `dataset` as a workbook to `path`, and return how many rows it has.

    Texts are texts whatever they begin with, so nothing needs guarding. Amounts are numbers with the decimals of the
    row's currency; the format keeps numbers as doubles, exact to 15 digits.
    """
    query, args = row_statement(dataset)
    with xlsxwriter.Workbook(str(path), _BOOK) as book:
        book.use_zip64()
        sheets = _Sheets(book, dataset, sheet_rows_max)
        async for row in connection.cursor(query, *args, prefetch=_PREFETCH):
            sheets.add(row)
            if sheets.rows % _PREFETCH == 0:
                progress(sheets.rows)
    progress(sheets.rows)
    return sheets.rows


class _Sheets:
    """Fill one sheet after the other. `rows` counts the rows without the headers."""

    def __init__(self, book: xlsxwriter.Workbook, dataset: Dataset, sheet_rows_max: int) -> None:
        self._book = book
        self._dataset = dataset
        self._sheet_rows_max = sheet_rows_max
        self._bold = book.add_format({"bold": True})
        self._formats: dict[str, CellFormat] = {}
        self._at = 0
        self.rows = 0
        self._sheet = self._next_sheet()

    def add(self, row: Row) -> None:
        """Write a row, on a further sheet when this one is full."""
        if self._at == self._sheet_rows_max:
            self._sheet = self._next_sheet()
        for place, column in enumerate(self._dataset.columns):
            value, rewrite = row[column.name], self._dataset.rewritten.get(column.name)
            self._write(place, rewrite(value or "") if rewrite else value)
        self._at += 1
        self.rows += 1

    def _next_sheet(self) -> Worksheet:
        number = len(self._book.worksheets()) + 1
        sheet = self._book.add_worksheet(self._dataset.name if number == 1 else f"{self._dataset.name} {number}")
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(self._dataset.columns) - 1, _COLUMN_WIDTH)
        for place, column in enumerate(self._dataset.columns):
            sheet.write_string(0, place, column.name, self._bold)
        self._at = 1
        return sheet

    def _write(self, place: int, value: object) -> None:
        at, sheet = self._at, self._sheet
        match value:
            case None | "":
                pass
            case bool():
                sheet.write_boolean(at, place, value)
            case Decimal():
                sheet.write_number(at, place, value, self._format(_number_format(value)))
            case int():
                sheet.write_number(at, place, value)
            case datetime():
                sheet.write_datetime(at, place, value, self._format(_MOMENT))
            case date():
                sheet.write_datetime(at, place, value, self._format(_DAY))
            case _:
                sheet.write_string(at, place, str(value))

    def _format(self, picture: str) -> CellFormat:
        if picture not in self._formats:
            self._formats[picture] = self._book.add_format({"num_format": picture})
        return self._formats[picture]


def _number_format(amount: Decimal) -> str:
    exponent = amount.as_tuple().exponent
    decimals = -exponent if isinstance(exponent, int) else 0
    return f"0.{'0' * decimals}" if decimals > 0 else "0"
