"""Tables of other programs, whose encoding and separators nobody has promised: CSV, XLSX, or a list in JSON.

What the bytes say by themselves is taken; where two readings are possible and nothing decides, the caller is told
which. Nothing is guessed that could change a value.
"""

import codecs
import csv
import hashlib
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Final

from largesse.kernel.errors import FieldError
from largesse.kernel.formulas import unguard
from largesse.kernel.text_tables import TextRow, TextTable
from largesse.wire.csv import BadTable
from largesse.wire.errors import BadEncoding, Malformed, TooLarge
from largesse.wire.json import read_json
from largesse.wire.plain import Plain
from largesse.wire.workbooks import read_workbook

SEPARATORS: Final = "\t;|,"  # the likelier first: files with commas seldom have so many semicolons by accident
ENCODINGS: Final = ("utf-8", "utf-16", "windows-1252", "windows-1250", "windows-1251", "mac-roman")
_OLDER: Final = ENCODINGS[2:]
COLUMNS_MAX: Final = 100
ROWS_MAX: Final = 200_000
_CELL_LENGTH_MAX: Final = 32_767
_LOOKED_AT: Final = 200
_XLSX: Final = b"PK\x03\x04"
_XLS: Final = b"\xd0\xcf\x11\xe0"


class EncodingUnsure(BadEncoding):
    """A file is not Unicode, and more than one old encoding could be meant.

    `readings` are how one of its lines looks in each.
    """

    code = "table.encoding"
    message = "The file is not Unicode. Say which encoding it is in, or save it as “CSV UTF-8”."

    def __init__(self, readings: Mapping[str, str]) -> None:
        super().__init__()
        self.readings = readings


class TableTooLong(Malformed):
    """A table has more rows than are read at once."""

    code = "table.too_long"
    message = f"The file has more than {ROWS_MAX} lines. Part it into several."


class TableEmpty(Malformed):
    """There is nothing in a table."""

    code = "table.empty"
    message = "There is nothing in this file."


def read_loose_table(data: bytes, *, size_max: int, encoding: str = "", separator: str = "") -> TextTable:
    """Return the table in a file.

    Raises:
        TooLarge: it has more than `size_max` bytes.
        EncodingUnsure: it is text in an old encoding, and none was named.
        WireError: it cannot be read as a table, and why.
    """
    if len(data) > size_max:
        raise TooLarge(size_max)
    rows, faults = _rows_of(data, encoding, separator)
    return TextTable(rows=_even(rows), faults=tuple(faults), digest=hashlib.sha256(data).digest())


def _rows_of(data: bytes, encoding: str, separator: str) -> tuple[Iterable[TextRow], Sequence[FieldError]]:
    if data.startswith(_XLS):
        raise BadEncoding("This is a workbook of the old kind (.xls). Save it as .xlsx or as “CSV UTF-8”.")
    if data.startswith(_XLSX):
        return read_workbook(data, columns_max=COLUMNS_MAX)
    text = _decoded(data, encoding)
    if "\x00" in text:
        raise BadEncoding("This file holds no text. Bring a CSV, an XLSX, or a list in JSON.")
    if text.lstrip()[:1] in {"[", "{"}:
        return _listed(read_json(text.encode(), size_max=4 * len(data) + 4)), ()
    return _csv_rows(text, separator or _separator(text)), ()


def _decoded(data: bytes, encoding: str) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _as(data, "utf-16")
    data = data.removeprefix(codecs.BOM_UTF8)
    if encoding in ENCODINGS:
        return _as(data, encoding)
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        start = data.rfind(b"\n", 0, error.start) + 1
        line = data[start : start + 200].partition(b"\n")[0].strip()
        readings = {name: line.decode(name) for name in _OLDER if _decodes(data, name)}
        raise EncodingUnsure(readings) from error


def _as(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadEncoding(f"Line {line} is not {encoding}. Choose another encoding.") from error


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _separator(text: str) -> str:
    """Return what separates the cells: the first of the separators that gives the first lines one width above one."""
    if text.startswith("sep=") and len(text) > 4 and text[4] in SEPARATORS:
        return text[4]
    best, best_share = SEPARATORS[-1], 0.0
    for separator in SEPARATORS:
        try:
            widths = Counter(len(cells) for _, cells in islice(_records(text, separator), _LOOKED_AT) if any(cells))
        except BadTable:
            continue
        width, lines = max(widths.items(), key=lambda found: found[1], default=(1, 0))
        share = lines / max(sum(widths.values()), 1)
        if width > 1 and share > best_share:
            best, best_share = separator, share
    return best


def _records(text: str, separator: str) -> Iterable[tuple[int, list[str]]]:
    csv.field_size_limit(_CELL_LENGTH_MAX)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    began = 1
    try:
        for cells in reader:
            yield began, cells
            began = reader.line_num + 1
    except csv.Error as error:
        message = f"Line {began} is not CSV: {error}. Put texts with separators, quotes or newlines in double quotes."
        raise BadTable(message) from error


def _csv_rows(text: str, separator: str) -> Iterable[TextRow]:
    for line, cells in _records(text, separator):
        if line == 1 and cells[:1] == ["sep="]:
            continue
        kept = tuple(unguard(cell) for cell in cells)
        if any(cell.strip() for cell in kept):
            yield TextRow(line=line, cells=kept)


def _listed(value: Plain) -> Iterable[TextRow]:
    """Yield the objects of a list, alone or under one name, as rows below a header of all their names."""
    if isinstance(value, dict):
        value = next((one for one in value.values() if isinstance(one, list)), [value])
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise Malformed("The JSON is no list of objects. Bring the list of gift cards as the other system gives it.")
    flat = [dict(_flattened(one)) for one in value]
    names = list(dict.fromkeys(name for one in flat for name in one))
    yield TextRow(line=1, cells=tuple(names))
    for line, one in enumerate(flat, start=2):
        yield TextRow(line=line, cells=tuple(one.get(name, "") for name in names))


def _flattened(value: Plain, before: str = "") -> Iterable[tuple[str, str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _flattened(inner, f"{before}.{name}" if before else name)
    elif isinstance(value, list):
        yield before, " ".join(str(one) for one in value if not isinstance(one, dict | list))
    else:
        yield before, "" if value is None else str(value)


def _even(rows: Iterable[TextRow]) -> tuple[TextRow, ...]:
    """Return rows of one width, without columns at the end that hold nothing anywhere."""
    taken = list(islice(rows, ROWS_MAX + 2))
    if len(taken) > ROWS_MAX + 1:
        raise TableTooLong
    if not taken:
        raise TableEmpty
    width = min(max(_width(row.cells) for row in taken), COLUMNS_MAX)
    return tuple(
        TextRow(line=row.line, cells=(*row.cells[:width], *[""] * (width - len(row.cells))), numbers=row.numbers)
        for row in taken
    )


def _width(cells: Sequence[str]) -> int:
    return max((place for place, cell in enumerate(cells, start=1) if cell.strip()), default=0)
