"""What every report is in the end: one table of plain values, which pages, files and commands show in their way."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import msgspec

PRINTED_MAX = 10_000
"""How many lines a report has at most that is printed."""

Value = str | int | date | datetime | UUID | None
"""What stands in a cell; money is an integer in the smallest unit of the line's currency."""


class CellKind(StrEnum):
    """What a column of a report holds."""

    WORD = "word"
    """One of our own words, which readers are told in their language."""
    TEXT = "text"
    NAME = "name"
    """The id of something that has a name: a location, a legal entity, an offering, a partner, a device."""
    MONEY = "money"
    BASE_MONEY = "base_money"
    """Money in the merchant's own currency, which the line names as `base_currency`."""
    COUNT = "count"
    DAY = "day"
    MONTH = "month"
    """The first day of one."""
    MOMENT = "moment"
    RATE = "rate"
    """Millionths."""


class ReportColumn(msgspec.Struct, frozen=True):
    """One column. With a `figure`, the rows behind each of its cells can be asked for by its name."""

    name: str
    kind: CellKind = CellKind.MONEY
    figure: bool = False


class ReportLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line: its cells by column, and what tells its rows from those of the other lines."""

    cells: Mapping[str, Value]
    where: Mapping[str, str | None] = {}

    @property
    def currency(self) -> str | None:
        """The currency of its money."""
        found = self.cells.get("currency")
        return found if isinstance(found, str) else None

    def currency_of(self, kind: CellKind) -> str | None:
        """Return the currency of money of a kind; None of what is no money."""
        if kind is CellKind.BASE_MONEY:
            found = self.cells.get("base_currency")
            return found if isinstance(found, str) else None
        return self.currency if kind is CellKind.MONEY else None


class ReportTable(msgspec.Struct, frozen=True, kw_only=True):
    """A report that was answered; `provisional` where more may come that was known by then.

    Of a statement it tells `rows` after the first `skipped`, of so many as `of` says.
    """

    columns: tuple[ReportColumn, ...]
    lines: tuple[ReportLine, ...]
    provisional: bool
    skipped: int = 0
    rows: int = 0
    of: int = 0


def where_of(cells: Mapping[str, Value], names: Sequence[str]) -> dict[str, str | None]:
    """Return what tells a line's rows apart, as texts that stand in an address; None where the rows say nothing."""
    return {name: _text(cells[name]) for name in names if name in cells}


def _text(value: Value) -> str | None:
    return value.isoformat() if isinstance(value, date) else None if value is None else str(value)
