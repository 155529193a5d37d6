"""A report as its page shows it: sentence, charts, tables and the addresses behind figures. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from largesse.domain.merchants import Merchant
from largesse.interfaces.admin.report_charts import balance_courses, charts_of
from largesse.interfaces.admin.report_told import ToldReport, amount_of
from largesse.ledger import Account, ClassOfValue, DayChange
from largesse.services import reports
from largesse.services.reports import (
    Each,
    LiabilityColumn,
    Names,
    ReportColumn,
    ReportLine,
    ReportName,
    ReportQuestion,
    ReportTable,
    written,
)
from largesse.ui import BarChart, BarStep, LineChart, Voice, line, waterfall

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
    courses: Sequence[LineChart] = ()
    columns: Sequence[Mapping[str, str]] = ()
    rows: Sequence[Mapping[str, Any]] = ()
    files: Sequence[tuple[str, str]] = ()
    each: Sequence[tuple[str, str]] = ()
    of_partners: bool = False
    nothing: tuple[str, str] = ("", "")
    said: str = ""
    previous: str | None = None
    next: str | None = None

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
            each=each_of(report, voice),
            of_partners=report in reports.OF_PARTNERS,
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
    told = _Upright(question, names, voice, merchant.zone, f"{here}/rows")
    is_liability = question.report is ReportName.LIABILITY and question.each is None
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
        charts=[] if is_liability else charts_of(told, table),
        courses=balance_courses(told, table) if question.report is ReportName.STATEMENT else (),
        columns=[] if is_liability else told.heads(table),
        rows=[] if is_liability else [told.cells(one, table) for one in table.lines],
        files=[
            (name, f"{here}/file?{urlencode({**written(question), 'as': kind})}")
            for kind, name in (("csv", "CSV"), ("xlsx", "XLSX"), ("pdf", "PDF"))
        ],
        each=each_of(question.report, voice),
        of_partners=question.report in reports.OF_PARTNERS,
        nothing=reports.nothing_of(question.report, voice),
        **_turning(question, table, f"{here}/view", voice),
    )


def _turning(question: ReportQuestion, table: ReportTable, here: str, voice: Voice) -> dict[str, Any]:
    """Return which rows of a statement are told where it has more of them, and the addresses of those beside them."""
    if table.rows == table.of:
        return {}
    last = table.skipped + table.rows

    def turned(to: int) -> str:
        return f"{here}?{urlencode({**written(question), 'skipped': str(max(to, 0))})}"

    said = voice.t(
        "Rows {first} to {last} of {count}",
        first=voice.count(table.skipped + 1),
        last=voice.count(last),
        count=voice.count(table.of),
    )
    return {
        "said": said,
        "previous": turned(table.skipped - reports.PAGE) if table.skipped else None,
        "next": turned(last) if last < table.of else None,
    }


def each_of(report: ReportName, voice: Voice) -> list[tuple[str, str]]:
    """Return what a report can tell apart beside what it does anyway; nothing where that is no choice."""
    known = ((Each.DAY, reports.BY_DAY, voice.t("by day")), (Each.MONTH, reports.BY_MONTH, voice.t("by month")))
    found = [(each.value, name) for each, able, name in known if report in able]
    return [("", voice.t("in one sum")), *found] if found else []


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
        "partner_id": of("party_id"),
        "account": [(one.value, reports.account_name(one.value, voice)) for one in Account],
        "class_of_value": [
            ("", voice.t("All")),
            *((one.value, reports.class_name(one.value, voice)) for one in ClassOfValue),
        ],
    }


class _Upright(ToldReport):
    """A roll-forward while its page is made: each line of it stands upright."""

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
                amount=amount_of(one, column.name),
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
