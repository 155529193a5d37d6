"""Tables people bring as CSV (RFC 4180): bytes to rows of named cells, with the line each row began on.

Spreadsheets run a cell that begins with `=` as a formula. What we write is made harmless with an apostrophe in front;
what we read has that apostrophe taken off again, so a file of ours comes back as it left.
"""

import codecs
import csv
import io
from collections.abc import Iterator, Sequence

import msgspec

from largesse.kernel.errors import FieldError
from largesse.wire.errors import BadEncoding, Malformed, TooLarge

# What spreadsheets take for the start of a formula, or skip before one: OWASP "CSV Injection", with the full-width
# forms that some of them fold.
FORMULA_STARTS = "=+-@\t\r\n＝＋－＠"
_GUARD = "'"
_CELL_LENGTH_MAX = 1_000_000
_WIDE_BOMS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class BadHeader(Malformed):
    """Which columns a table lacks, repeats or should not have."""

    code = "csv.header"
    message = "The first line must name the columns, each once, in any order, with commas between them."


class BadTable(Malformed):
    """On which line a table stops being CSV."""

    code = "csv.malformed"


class BadTableEncoding(BadEncoding):
    """On which line a table stops being UTF-8."""

    code = "csv.encoding"


class TableRow(msgspec.Struct, frozen=True):
    """One row: its cells by column, and the line of the file it began on, counted from 1."""

    line: int
    cells: dict[str, str]


class Table(msgspec.Struct, frozen=True):
    """The rows that could be read, and what is wrong with those that could not."""

    rows: tuple[TableRow, ...]
    faults: tuple[FieldError, ...]


def guard(text: str) -> str:
    """Return `text` as a cell that no spreadsheet runs."""
    return _GUARD + text if text.lstrip(_GUARD)[:1] in FORMULA_STARTS and text.lstrip(_GUARD) else text


def unguard(cell: str) -> str:
    """Return the text that `guard` made `cell` of."""
    bare = cell.lstrip(_GUARD)
    return cell[1:] if cell.startswith(_GUARD) and bare and bare[0] in FORMULA_STARTS else cell


def read_table(data: bytes, *, columns: Sequence[str], size_max: int) -> Table:
    """Read a CSV file that has exactly `columns`, in any order; a byte order mark, CRLF and quoted newlines are fine.

    Empty lines are skipped. Rows with too few or too many cells are listed as faults, and the reading goes on.

    Raises:
        TooLarge: the file has more than `size_max` bytes.
        BadTableEncoding: it is not UTF-8; the message names the line.
        BadHeader: the first line does not name exactly the columns.
        BadTable: the quoting is broken; the message names the line.
    """
    if len(data) > size_max:
        raise TooLarge(size_max)
    lines = _lines(_text(data))
    header = [cell.strip() for cell in next(lines, (1, []))[1]]
    _check_header(header, columns)
    rows, faults = [], []
    for line, cells in lines:
        if len(cells) == len(header):
            rows.append(TableRow(line, dict(zip(header, map(unguard, cells), strict=True))))
        elif cells:
            message = f"This line has {len(cells)} cells, and the header {len(header)}. Check commas and quotes."
            faults.append(FieldError(f"line {line}", "csv.cells", message))
    return Table(tuple(rows), tuple(faults))


def _text(data: bytes) -> str:
    if data.startswith(_WIDE_BOMS):
        raise BadTableEncoding("The file is UTF-16. Save it as “CSV UTF-8” and try again.")
    try:
        return data.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = (
            f"Line {line} is not UTF-8 (byte 0x{data[error.start]:02x}). Save the file as “CSV UTF-8” and try again."
        )
        raise BadTableEncoding(message) from error


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each record with the line it began on."""
    csv.field_size_limit(_CELL_LENGTH_MAX)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    began = 1
    try:
        for cells in reader:
            yield began, cells
            began = reader.line_num + 1
    except csv.Error as error:
        message = (
            f"Line {began} is not CSV: {error}. Put texts that hold commas, quotes or newlines between double quotes."
        )
        raise BadTable(message) from error


def _check_header(header: Sequence[str], columns: Sequence[str]) -> None:
    faults = [
        FieldError(name, "csv.column.missing", "The header lacks this column.")
        for name in columns
        if name not in header
    ]
    faults += [
        FieldError(name[:60], "csv.column.unknown", "The header names a column that is not known here.")
        for name in dict.fromkeys(header)
        if name not in columns
    ]
    faults += [
        FieldError(name, "csv.column.repeated", "The header names this column more than once.")
        for name in columns
        if header.count(name) > 1
    ]
    if faults:
        raise BadHeader(fields=faults)
