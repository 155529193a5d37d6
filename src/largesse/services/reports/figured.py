"""Reports that are figures told apart by something: each is one definition, and one way answers all of them."""

from collections.abc import Sequence
from enum import StrEnum

import msgspec

from largesse.ledger import Figure, FigureSum
from largesse.services.reports.tables import CellKind, ReportColumn, ReportLine, Value, where_of

_DAY = "booked_on"
_NAMES: dict[str, CellKind] = {
    "location_id": CellKind.NAME,
    "offering_id": CellKind.NAME,
    "booked_on": CellKind.DAY,
    "party_id": CellKind.NAME,
    "home_id": CellKind.NAME,
    "legal_entity_id": CellKind.NAME,
    "open_item_id": CellKind.TEXT,
}


class Span(StrEnum):
    """Which days a figure counts."""

    WITHIN = "within"
    BEFORE = "before"
    """All that was booked before the first day: what stood when the period began."""
    THROUGH = "through"
    """All that was booked until the end of the last day."""


class FigureColumn(msgspec.Struct, frozen=True):
    """One figure of a report; `counted` is how many operations it is of instead of what they come to."""

    name: str
    figure: Figure
    span: Span = Span.WITHIN
    counted: bool = False

    @property
    def column(self) -> ReportColumn:
        """The column of the table."""
        return ReportColumn(self.name, CellKind.COUNT if self.counted else CellKind.MONEY, figure=True)


class FiguredReport(msgspec.Struct, frozen=True):
    """A report: what tells its lines apart beside the currency, and its figures."""

    by: tuple[str, ...]
    columns: tuple[FigureColumn, ...]
    named: bool = False
    """Whether lines of rows that do not say the first of what tells them apart are left out."""

    @property
    def table_columns(self) -> tuple[ReportColumn, ...]:
        """The columns of the table."""
        told = tuple(ReportColumn(name, _NAMES.get(name, CellKind.WORD)) for name in self.by)
        return (*told, ReportColumn("currency", CellKind.WORD), *(one.column for one in self.columns))

    def by_day(self) -> "FiguredReport":
        """Return the same report, which tells business days apart, too."""
        return msgspec.structs.replace(self, by=(_DAY, *self.by))

    def without_days(self) -> "FiguredReport":
        """Return the same report, which does not tell business days apart."""
        return msgspec.structs.replace(self, by=tuple(name for name in self.by if name != _DAY))

    @property
    def reads_all(self) -> bool:
        """Whether it needs what was booked before its first day."""
        return any(one.span is not Span.WITHIN for one in self.columns)


def lines_of(report: FiguredReport, sums: Sequence[FigureSum], *, currency: str | None) -> tuple[ReportLine, ...]:
    """Return the lines of a report, each with every figure; a line of nothing is left out."""
    found: dict[tuple[object, ...], dict[str, int]] = {}
    by_name = {one.name: one for one in report.columns}
    for one in sums:
        if currency is not None and one.currency != currency:
            continue
        line = found.setdefault((one.currency, *(one.by[name] for name in report.by)), {})
        column = by_name[one.figure]
        if column.span is Span.THROUGH or one.before is (column.span is Span.BEFORE):
            line[one.figure] = line.get(one.figure, 0) + (one.count if column.counted else one.sum)
    lines = []
    for key, figures in sorted(found.items(), key=lambda item: tuple(str(part or "") for part in item[0])):
        if any(figures.values()) and not (report.named and key[1] is None):
            told: dict[str, Value] = dict(zip(report.by, key[1:], strict=True))  # type: ignore[arg-type]  # what a row of the journal says
            cells = told | {"currency": str(key[0])} | {name: figures.get(name, 0) for name in by_name}
            lines.append(ReportLine(cells=cells, where=where_of(cells, ("currency", *report.by))))
    return tuple(lines)
