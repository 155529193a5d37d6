"""Workbooks (XLSX) that strangers bring, read as a table of texts: the first sheet, and no formula of it.

A workbook is a zip of XML, so it is unpacked once under a bound before anything reads it: what would fill the memory,
declares a document type or is not what the zip's table says is refused. openpyxl reads what is left, row by row.
"""

import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any, Final

from openpyxl import load_workbook

from largesse.kernel.errors import FieldError
from largesse.kernel.text_tables import TextRow
from largesse.wire.errors import ForbiddenMarkup, Malformed, TooLarge, WireError

UNPACKED_BYTES_MAX: Final = 256 * 1024 * 1024
_MEMBERS_MAX: Final = 2_000
_CHUNK: Final = 1 << 20
_DIGITS: Final = 15  # what a spreadsheet's number holds; digits behind them are zeros that it made up
_EXACT: Final = 10**_DIGITS


class WorkbookTooLarge(TooLarge):
    """A workbook unpacks to more than is read."""

    code = "workbook.too_large"

    def __init__(self) -> None:
        WireError.__init__(self, "The workbook unpacks to more than can be read. Save the sheet alone, or as CSV.")


class WorkbookUnreadable(Malformed):
    """A file that calls itself a workbook cannot be read as one."""

    code = "workbook.unreadable"
    message = "The workbook cannot be read. Open it in a spreadsheet, save it anew as .xlsx, or as “CSV UTF-8”."


def read_workbook(
    data: bytes, *, columns_max: int, unpacked_max: int = UNPACKED_BYTES_MAX
) -> tuple[list[TextRow], list[FieldError]]:
    """Return the rows of the first sheet, and the cells that say nothing without being computed.

    Days and times come as ISO 8601, numbers in full.

    Raises:
        WorkbookTooLarge: it unpacks to too much.
        ForbiddenMarkup: a part of it declares a document type.
        WorkbookUnreadable: it is no workbook, or a broken one.
    """
    _check(data, unpacked_max)
    rows, faults = [], list[FieldError]()
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
        for line, cells in enumerate(_cells(book), start=1):
            row = _row(line, cells[:columns_max], faults)
            if row is not None:
                rows.append(row)
    except WireError:
        raise
    except Exception as error:  # whatever a broken file makes of it: the library names no root of its errors
        raise WorkbookUnreadable from error
    return rows, faults


def _cells(book: Any) -> Iterator[tuple[Any, ...]]:
    sheet = book.worksheets[0]
    sheet.reset_dimensions()  # what a file says of its size may be wrong, and would be believed
    yield from sheet.iter_rows()


def _check(data: bytes, unpacked_max: int) -> None:
    """Unpack every part once, counting."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        members = archive.infolist()
        if len(members) > _MEMBERS_MAX or sum(one.file_size for one in members) > unpacked_max:
            raise WorkbookTooLarge
        for member in members:
            _check_member(archive, member)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise WorkbookUnreadable from error


def _check_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    before = b""
    with archive.open(member) as file:  # reads no more than the table says, and compares the checksum at the end
        while chunk := file.read(_CHUNK):
            if b"<!DOCTYPE" in before[-16:] + chunk:
                raise ForbiddenMarkup
            before = chunk


def _row(line: int, cells: tuple[Any, ...], faults: list[FieldError]) -> TextRow | None:
    texts, numbers = list[str](), set[int]()
    for place, cell in enumerate(cells):
        value = cell.value
        if cell.data_type == "f":
            message = "This cell is a formula. Copy the column, paste it as values, and save the file anew."
            faults.append(FieldError(f"line {line}, column {place + 1}", "cell.formula", message))
        if isinstance(value, int | float) and not isinstance(value, bool):
            numbers.add(place)
        texts.append(_text(value))
    if not any(texts):
        return None
    return TextRow(line=line, cells=tuple(texts), numbers=frozenset(numbers))


def _text(value: object) -> str:
    """Return a cell as text; a number as a spreadsheet shows it at its full width."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return str(value) if abs(value) < _EXACT else f"{value:.{_DIGITS - 1}E}"
    if isinstance(value, float):
        return f"{value:.{_DIGITS}G}" if abs(value) < _EXACT else f"{value:.{_DIGITS - 1}E}"
    return str(value)
