"""The plain table as a workbook: numbers as numbers, days as days, texts as texts whatever they begin with."""

import tempfile
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from largesse.domain.book_exports.lines import BookHead, BookLine, Piece
from largesse.domain.book_exports.tables import PLAIN_COLUMNS, plain_cells

SHEET_ROWS_MAX: Final = 1_048_576
_CHUNK: Final = 1 << 18
_BOOK: Final = {
    "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
}  # fmt: skip


class WorkbookWriter:
    """One sheet after the other, as many as the rows need; on disk until it is whole, since the format ends so."""

    def __init__(self, head: BookHead, *, sheet_rows_max: int = SHEET_ROWS_MAX) -> None:
        self._head, self._sheet_rows_max = head, sheet_rows_max
        self._folder = tempfile.TemporaryDirectory(prefix="largesse-books-")
        self._path = Path(self._folder.name) / "books.xlsx"
        self._book = xlsxwriter.Workbook(str(self._path), _BOOK)
        self._book.set_properties({"created": head.made_at.replace(tzinfo=None)})
        self._bold = self._book.add_format({"bold": True})
        self._day = self._book.add_format({"num_format": "yyyy-mm-dd"})
        decimals = head.currency.exponent
        self._money = self._book.add_format({"num_format": f"#,##0.{'0' * decimals}" if decimals else "#,##0"})
        self._sheet, self._at = self._next(), 1

    def add(self, lines: Iterable[BookLine]) -> Iterator[Piece]:
        """Write the next lines; nothing leaves before the end."""
        for line in lines:
            if self._at == self._sheet_rows_max:
                self._sheet, self._at = self._next(), 1
            for place, value in enumerate(plain_cells(self._head, line)):
                self._write(place, value)
            self._at += 1
        yield from ()

    def end(self) -> Iterator[Piece]:
        """Give the whole workbook."""
        self._book.close()
        with self._folder, self._path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                yield Piece(f"{self._head.name}.xlsx", chunk)

    def _next(self) -> Worksheet:
        number = len(self._book.worksheets()) + 1
        sheet = self._book.add_worksheet(f"Export {self._head.set_number}" + (f" {number}" if number > 1 else ""))
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(PLAIN_COLUMNS) - 1, 16)
        for place, name in enumerate(PLAIN_COLUMNS):
            sheet.write_string(0, place, name, self._bold)
        return sheet

    def _write(self, place: int, value: object) -> None:
        match value:
            case None | "":
                pass
            case Decimal():
                percent = PLAIN_COLUMNS[place] == "tax_rate"
                self._sheet.write_number(self._at, place, value, None if percent else self._money)
            case int():
                self._sheet.write_number(self._at, place, value)
            case date():
                self._sheet.write_datetime(self._at, place, value, self._day)
            case _:
                self._sheet.write_string(self._at, place, str(value))
