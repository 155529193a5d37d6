"""One question while the page of its report is made: what its cells say, and where they lead. Pure."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import msgspec
from markupsafe import Markup

from largesse.kernel.currency import currency
from largesse.kernel.money import Money
from largesse.ledger import Account
from largesse.services import reports
from largesse.services.reports import Names, ReportColumn, ReportLine, ReportName, ReportQuestion, ReportTable, written
from largesse.ui import Voice

_WHERE: Final = "w."
_NAMING = frozenset(
    {reports.CellKind.WORD, reports.CellKind.NAME, reports.CellKind.RATE, reports.CellKind.DAY, reports.CellKind.MONTH}
)
_KINDS: Final = {"money": "money", "count": "count", "rate": "count"}


class ToldReport:
    """One question while its page is made."""

    def __init__(self, question: ReportQuestion, names: Names, voice: Voice, zone: ZoneInfo, rows: str) -> None:
        self.question = question
        self.names = names
        self.voice = voice
        self.zone = zone
        self.rows = rows

    def text(self, column: ReportColumn, one: ReportLine) -> str:
        """Return what a cell says."""
        return reports.cell_text(column, one, self.names, self.voice, self.zone)

    def href(self, column: ReportColumn, one: ReportLine) -> str:
        """Return the address of the rows behind a figure."""
        where = {f"{_WHERE}{name}": text or "" for name, text in one.where.items()}
        return f"{self.rows}?{urlencode({**written(self.question), 'figure': column.name, **where})}"

    def money(self, minor: int, one: ReportLine) -> str:
        """Return an amount in the currency of a line."""
        return self.voice.money(Money(minor, currency(one.currency or "")))

    def cell(self, column: ReportColumn, one: ReportLine) -> str | Markup:
        """Return a cell, which leads to the rows behind it where it is a figure."""
        if column.name == "account":
            return self.account(one)
        text = self.text(column, one)
        if not column.figure or not one.cells.get(column.name):
            return text
        return Markup('<a href="{}">{}</a>').format(self.href(column, one), text)

    def name(self, one: ReportLine, columns: Sequence[ReportColumn]) -> str:
        """Return what a line is about."""
        said = [self.text(column, one) for column in columns if column.kind in _NAMING and one.cells.get(column.name)]
        return ", ".join(text for text in said if text)

    def account(self, one: ReportLine) -> str | Markup:
        """Return an account of the trial balance, which leads to its statement."""
        asked = msgspec.structs.replace(
            reports.of_days(self.question, dict(one.where)),
            report=ReportName.STATEMENT,
            account=Account(str(one.cells["account"])),
            currency=one.currency,
        )
        name = reports.account_name(str(one.cells["account"]), self.voice)
        return Markup('<a href="{}?{}">{}</a>').format(
            self.rows.replace("/rows", "/view"), urlencode(written(asked)), name
        )

    def heads(self, table: ReportTable) -> list[dict[str, str]]:
        """Return the columns of a table as it is shown."""
        columns = reports.columns_with_something(table)
        return [
            {
                "key": one.name,
                "title": reports.column_title(one.name, self.voice),
                "kind": "lead" if place == 0 else _KINDS.get(one.kind.value, ""),
            }
            for place, one in enumerate(columns)
        ]

    def cells(self, one: ReportLine, table: ReportTable) -> dict[str, str | Markup]:
        """Return the cells of a line as they are shown."""
        return {column.name: self.cell(column, one) for column in reports.columns_with_something(table)}


def amount_of(one: ReportLine, name: str) -> int:
    """Return a figure of a line, 0 where it is none."""
    value = one.cells.get(name)
    return value if isinstance(value, int) else 0
