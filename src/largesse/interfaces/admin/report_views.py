"""A report as its page shows it: sentence, charts, tables and the addresses behind figures. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import msgspec
from markupsafe import Markup

from largesse.domain.merchants import Merchant
from largesse.kernel.currency import currency
from largesse.kernel.money import Money
from largesse.ledger import Account, ClassOfValue, DayChange
from largesse.services import reports
from largesse.services.reports import (
    LiabilityColumn,
    Names,
    ReportColumn,
    ReportLine,
    ReportName,
    ReportQuestion,
    ReportTable,
    written,
)
from largesse.ui import BarChart, BarStep, LineChart, Voice, line, side_by_side, waterfall

_WHERE: Final = "w."
_BARS_MAX: Final = 12
_BAR_COLUMN: Final = {
    ReportName.BALANCES: "closing",
    ReportName.TAXES: "tax",
    ReportName.SALES: "face",
    ReportName.REDEMPTIONS: "value",
    ReportName.TENDERS: "by_gateway",
    ReportName.GRATUITIES: "closing",
    ReportName.PROMOTIONS: "closing",
    ReportName.CODES: "discount",
    ReportName.BETWEEN: "value",
    ReportName.PARTNERS: "closing",
    ReportName.BY_ISSUE: "value",
    ReportName.BY_ACTIVITY: "value",
    ReportName.BY_LAST_DAY: "value",
    ReportName.BY_LEGAL_CLOCK: "value",
    ReportName.SHOP_DAYS: "shown",
    ReportName.SHOP_OFFERINGS: "shown",
    ReportName.SHOP_LANGUAGES: "shown",
    ReportName.SHOP_CAMPAIGNS: "shown",
}
_BESIDE: Final = ("opening_discount", "closing_discount", "opening_tax", "closing_tax")


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a roll-forward, upright: a chart, and the same figures as pairs of name and amount beside it."""

    title: str
    chart: BarChart
    course: LineChart | None
    columns: list[dict[str, str]]
    rows: list[dict[str, Any]]


class ReportView(msgspec.Struct, frozen=True, kw_only=True):
    """What the page of a report shows."""

    report: str
    title: str
    sentence: str
    trail: list[tuple[str, str]]
    here: str
    typed: Mapping[str, str]
    choices: Mapping[str, list[tuple[str, str]]]
    provisional: bool = False
    statements: Sequence[Statement] = ()
    charts: Sequence[BarChart] = ()
    columns: Sequence[Mapping[str, str]] = ()
    rows: Sequence[Mapping[str, Any]] = ()
    files: Sequence[tuple[str, str]] = ()

    @classmethod
    def refused(
        cls, report: ReportName, typed: Mapping[str, str], *, names: Names, merchant: Merchant, voice: Voice
    ) -> "ReportView":
        """Return the page of a report that was asked for in words it does not know."""
        return cls(
            report=report.value,
            title=reports.title_of(report, voice),
            sentence="",
            trail=trail_of(merchant, report, voice),
            here=f"/admin/{merchant.slug}/reports/view",
            typed=typed,
            choices=choices_of(names, voice),
        )


def view_of(
    question: ReportQuestion,
    table: ReportTable,
    days: Sequence[DayChange],
    *,
    names: Names,
    merchant: Merchant,
    voice: Voice,
    typed: Mapping[str, str],
    now: datetime,
) -> ReportView:
    """Return what the page of a report shows."""
    here = f"/admin/{merchant.slug}/reports"
    told = _Told(question, names, voice, merchant.zone, f"{here}/rows")
    is_liability = question.report is ReportName.LIABILITY
    today = now.astimezone(merchant.zone).date()
    return ReportView(
        report=question.report.value,
        title=reports.title_of(question.report, voice),
        sentence=", ".join(reports.sentence_of(question, names, voice, merchant.zone)),
        trail=trail_of(merchant, question.report, voice),
        here=f"{here}/view",
        typed=written(question) | dict(typed),
        choices=choices_of(names, voice),
        provisional=table.provisional,
        statements=[told.statement(one, table.columns, days, today) for one in table.lines] if is_liability else (),
        charts=[] if is_liability else told.charts(table),
        columns=[] if is_liability else told.heads(table),
        rows=[] if is_liability else [told.cells(one, table) for one in table.lines],
        files=[
            (name, f"{here}/file?{urlencode({**written(question), 'as': kind})}")
            for kind, name in (("csv", "CSV"), ("xlsx", "XLSX"), ("pdf", "PDF"))
        ],
    )


def trail_of(
    merchant: Merchant, report: ReportName, voice: Voice, question: ReportQuestion | None = None
) -> list[tuple[str, str]]:
    """Return the way back from a report, or from its rows."""
    here = f"/admin/{merchant.slug}/reports"
    back = f"{here}/view?{urlencode(written(question))}" if question else ""
    return [(voice.t("Reports"), here), (reports.title_of(report, voice), back)]


def choices_of(names: Names, voice: Voice) -> dict[str, list[tuple[str, str]]]:
    """Return what a report can be narrowed to."""

    def of(column: str) -> list[tuple[str, str]]:
        found = sorted(names.get(column, {}).items(), key=lambda item: item[1])
        return [("", voice.t("All")), *((str(key), name) for key, name in found)]

    return {
        "location_id": of("location_id"),
        "offering_id": of("offering_id"),
        "account": [(one.value, reports.account_name(one.value, voice)) for one in Account],
        "class_of_value": [
            ("", voice.t("All")),
            *((one.value, reports.class_name(one.value, voice)) for one in ClassOfValue),
        ],
    }


class _Told:
    """One question while its page is made."""

    def __init__(self, question: ReportQuestion, names: Names, voice: Voice, zone: ZoneInfo, rows: str) -> None:
        self.question = question
        self.names = names
        self.voice = voice
        self.zone = zone
        self.rows = rows

    def text(self, column: ReportColumn, one: ReportLine) -> str:
        return reports.cell_text(column, one, self.names, self.voice, self.zone)

    def href(self, column: ReportColumn, one: ReportLine) -> str:
        where = {f"{_WHERE}{name}": text or "" for name, text in one.where.items()}
        return f"{self.rows}?{urlencode({**written(self.question), 'figure': column.name, **where})}"

    def money(self, minor: int, one: ReportLine) -> str:
        return self.voice.money(Money(minor, currency(one.currency or "")))

    def cell(self, column: ReportColumn, one: ReportLine) -> str | Markup:
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
            self.question,
            report=ReportName.STATEMENT,
            account=Account(str(one.cells["account"])),
            currency=one.currency,
        )
        name = reports.account_name(str(one.cells["account"]), self.voice)
        return Markup('<a href="{}?{}">{}</a>').format(
            self.rows.replace("/rows", "/view"), urlencode(written(asked)), name
        )

    def heads(self, table: ReportTable) -> list[dict[str, str]]:
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
        return {column.name: self.cell(column, one) for column in reports.columns_with_something(table)}

    def charts(self, table: ReportTable) -> list[BarChart]:
        """Return a chart of the figure that matters most, for each currency."""
        wanted = _BAR_COLUMN.get(self.question.report)
        column = next((one for one in table.columns if one.name == wanted), None)
        if column is None:
            return []
        title = reports.column_title(column.name, self.voice)
        found = list[BarChart]()
        for code in sorted({one.currency or "" for one in table.lines}):
            lines = [one for one in table.lines if (one.currency or "") == code and one.cells.get(column.name)]
            lines = [one for one in lines if isinstance(one.cells.get(column.name), int)]
            if column.name != "value" and self.question.report is not ReportName.SHOP_DAYS:
                lines.sort(key=lambda one: -abs(_amount(one, column.name)))
            steps = [
                BarStep(
                    label=self.name(one, [c for c in table.columns if c.name != "currency"])
                    or self.text(table.columns[0], one),
                    told=self.text(column, one),
                    amount=_amount(one, column.name),
                )
                for one in (lines[-_BARS_MAX:] if self.question.report is ReportName.SHOP_DAYS else lines[:_BARS_MAX])
            ]
            if steps:
                found.append(side_by_side(f"{title}, {code}" if code else title, steps))
        return found

    def statement(
        self, one: ReportLine, columns: Sequence[ReportColumn], days: Sequence[DayChange], today: date
    ) -> Statement:
        """Return one line of a roll-forward, with its charts and the table beside them."""
        figures = [column for column in columns if column.figure and column.name not in _BESIDE]
        shown = [column for column in figures if one.cells.get(column.name) or column.name in {"opening", "closing"}]
        beside = [column for column in columns if column.name in _BESIDE and one.cells.get(column.name)]
        title = self.name(one, columns)
        steps = [
            BarStep(
                label=reports.column_title(column.name, self.voice),
                told=self.text(column, one),
                amount=_amount(one, column.name),
                total=column.name not in set(LiabilityColumn),
            )
            for column in shown
        ]
        return Statement(
            title=title,
            chart=waterfall(self.voice.t("What changed it"), steps),
            course=self.course(one, days, today),
            columns=[
                {"key": "what", "title": self.voice.t("What changed it"), "kind": "lead"},
                {"key": "amount", "title": reports.column_title("amount", self.voice), "kind": "money"},
            ],
            rows=[
                {"what": reports.column_title(column.name, self.voice), "amount": self.cell(column, one)}
                for column in (*shown, *beside)
            ],
        )

    def course(self, one: ReportLine, days: Sequence[DayChange], today: date) -> LineChart | None:
        """Return how a line of all locations went from day to day; None where that is not one line of days."""
        question = self.question
        if question.by_location or question.location_id or question.offering_id or question.refcode or question.as_of:
            return None
        points = list[tuple[str, str, int]]()
        for day, standing in _course(days, one, self.question, today):
            points.append((self.voice.short_day(day), self.money(standing, one), standing))
        if len(points) < 2:
            return None
        return line(self.voice.t("From day to day"), points)


_NAMING = frozenset({reports.CellKind.WORD, reports.CellKind.NAME, reports.CellKind.RATE, reports.CellKind.DAY})
_KINDS: Final = {"money": "money", "count": "count", "rate": "count"}


def _course(
    days: Sequence[DayChange], one: ReportLine, question: ReportQuestion, today: date
) -> Iterator[tuple[date, int]]:
    """Yield what stood at the end of each day, from the first of a period, or the first on which something happened."""
    mine = [
        day for day in days if (day.currency, day.class_of_value.value) == (one.currency, one.cells["class_of_value"])
    ]
    standing = sum(day.change for day in mine if day.booked_on is None)
    changes = {day.booked_on: day.change for day in mine if day.booked_on is not None}
    if not changes and question.since is None:
        return
    first = question.since or min(changes)
    newest = max((first, today, *changes))
    last = max(first, min(newest, date.fromordinal(question.until.toordinal() - 1))) if question.until else newest
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        day = date.fromordinal(ordinal)
        standing += changes.get(day, 0)
        yield day, standing


def _amount(one: ReportLine, name: str) -> int:
    value = one.cells.get(name)
    return value if isinstance(value, int) else 0
