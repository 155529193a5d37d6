"""Tables people bring as CSV (RFC 4180): bytes to rows of named cells, with the line each row began on.

Spreadsheets run a cell that begins with `=` as a formula. What we write is made harmless with an apostrophe in front;
what we read has that apostrophe taken off again, so a file of ours comes back as it left.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence

import msgspec

from largesse.kernel.errors import FieldError
from largesse.kernel.formulas import unguard
from largesse.wire.errors import BadEncoding, Malformed, TooLarge

DELIMITERS = ",;\t"
_SEPARATOR_LINE = re.compile(r"sep=.\r?\n")
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_CELL_LENGTH_MAX = 1_000_000
_WIDE_BOMS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class BadHeader(Malformed):
    """Which columns a table lacks, repeats or should not have."""

    code = "csv.header"
    message = (
        "The first line must name the columns, each once, in any order, with commas, semicolons or tabs between them."
    )


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


def read_table(data: bytes, *, columns: Sequence[str], size_max: int) -> Table:
    """Read a CSV file that has exactly `columns`, in any order; a byte order mark, CRLF and quoted newlines are fine.

    The first line tells whether commas, semicolons or tabs separate the cells, or a line `sep=;` before it. Lines
    without anything in them are skipped, and so are empty cells behind the last column. Rows with too few or too many
    cells are listed as faults, and the reading goes on.

    Raises:
        TooLarge: the file has more than `size_max` bytes.
        BadTableEncoding: it is not UTF-8; the message names the line.
        BadHeader: the first line does not name exactly the columns.
        BadTable: the quoting is broken; the message names the line.
    """
    if len(data) > size_max:
        raise TooLarge(size_max)
    text = _text(data)
    named = _SEPARATOR_LINE.match(text)
    text = text[named.end() :] if named else text
    lines = _lines(text, _delimiter(text, columns), began=2 if named else 1)
    header = _without_empty_end([cell.strip() for cell in next(lines, (1, []))[1]])
    _check_header(header, columns)
    rows, faults = [], []
    for line, cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        bare = [*cells[: len(header)], *_without_empty_end(cells[len(header) :])]
        if len(bare) == len(header):
            rows.append(TableRow(line, dict(zip(header, map(unguard, bare), strict=True))))
        else:
            message = f"This line has {len(bare)} cells, and the header {len(header)}. Check separators and quotes."
            faults.append(FieldError(f"line {line}", "csv.cells", message))
    return Table(tuple(rows), tuple(faults))


def _delimiter(text: str, columns: Sequence[str]) -> str:
    """Return what separates the cells: what makes the most columns of the first line, a comma where all do."""

    def known(delimiter: str) -> int:
        try:
            _, cells = next(_lines(text, delimiter, began=1), (1, []))
        except BadTable:
            return 0
        return len({cell.strip() for cell in cells} & set(columns))

    return max(DELIMITERS, key=known)


def _without_empty_end(cells: Sequence[str]) -> list[str]:
    kept = list(cells)
    while kept and not kept[-1].strip():
        kept.pop()
    return kept


def _text(data: bytes) -> str:
    if data.startswith(_WORKBOOKS):
        raise BadTableEncoding("The file is a workbook. Save it as “CSV UTF-8” and try again.")
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


def _lines(text: str, delimiter: str, *, began: int) -> Iterator[tuple[int, list[str]]]:
    """Yield each record with the line it began on; the first one began on line `began`."""
    csv.field_size_limit(_CELL_LENGTH_MAX)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    skipped = began - 1
    try:
        for cells in reader:
            yield began, cells
            began = reader.line_num + 1 + skipped
    except csv.Error as error:
        message = f"Line {began} is not CSV: {error}. Put texts with separators, quotes or newlines in double quotes."
        raise BadTable(message) from error


def _check_header(header: Sequence[str], columns: Sequence[str]) -> None:
    if header and not set(header) & set(columns):
        raise BadHeader  # another file: a list of all columns would hide the one thing that is wrong
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
