"""Days as other programs write them: which order a column is in, and what each of its cells says."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Final

from largesse.domain.imports.model import DayOrder
from largesse.kernel.errors import InvalidInput

_ISO: Final = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ].{1,40})?", re.ASCII)
_NUMERIC: Final = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})(?:,?[T ].{1,40})?", re.ASCII)
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAY_MONTH: Final = re.compile(r"(\d{1,2})\.? ([A-Za-z]{3,9})\.?,? (\d{4})(?: .{1,40})?", re.ASCII)
_MONTH_DAY: Final = re.compile(r"([A-Za-z]{3,9})\.? (\d{1,2}),? (\d{4})(?: .{1,40})?", re.ASCII)


class DayUnreadable(InvalidInput):
    """A cell is no day."""

    code = "import.day"
    message = "This is no day. Write it as YYYY-MM-DD."


def order_of(cells: Iterable[str]) -> DayOrder | bool | None:
    """Return the order in which days are written: True where no cell depends on it, None where nothing decides it."""
    depends = False
    for cell in cells:
        found = _NUMERIC.fullmatch(cell.strip())
        if found is None or found[2] == ".":  # points stand between days first, wherever they are written
            continue
        first, second = int(found[1]), int(found[3])
        if first > 12:
            return DayOrder.DAY_FIRST
        if second > 12:
            return DayOrder.MONTH_FIRST
        depends = depends or first != second
    return None if depends else True


def read_day(text: str, *, order: DayOrder) -> date:
    """Return the day that a cell says; a time behind it is passed over.

    Raises:
        DayUnreadable: it says none.
    """
    cell = text.strip()
    try:
        return _read(cell, order)
    except (ValueError, KeyError) as error:
        raise DayUnreadable from error


def _read(cell: str, order: DayOrder) -> date:
    if found := _ISO.fullmatch(cell):
        return date(int(found[1]), int(found[2]), int(found[3]))
    if found := _NUMERIC.fullmatch(cell):
        first, second, year = int(found[1]), int(found[3]), int(found[4])
        day_first = found[2] == "." or order is DayOrder.DAY_FIRST
        return date(year, second, first) if day_first else date(year, first, second)
    if found := _DAY_MONTH.fullmatch(cell):
        return date(int(found[3]), _month(found[2]), int(found[1]))
    if found := _MONTH_DAY.fullmatch(cell):
        return date(int(found[3]), _month(found[1]), int(found[2]))
    raise DayUnreadable


def _month(name: str) -> int:
    return _MONTHS.index(name[:3].casefold()) + 1
