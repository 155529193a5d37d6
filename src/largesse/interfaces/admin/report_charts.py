"""The charts of reports: the figure that matters most of each, readable in grey, with the numbers beside it. Pure."""

from datetime import date
from typing import Final

from largesse.interfaces.admin.report_told import ToldReport, amount_of
from largesse.services import reports
from largesse.services.reports import ReportColumn, ReportLine, ReportName, ReportTable
from largesse.ui import BarChart, BarStep, LineChart, line, side_by_side

_BARS_MAX: Final = 12
_TIMES_MAX: Final = 31
_BAR_COLUMN: Final = {
    ReportName.LIABILITY: "closing",
    ReportName.JOURNAL: "amount",
    ReportName.FAILED: "times",
    ReportName.BREAKAGE: "outstanding",
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
_LOOKED_AT: Final = frozenset({ReportName.PEOPLE, ReportName.DEVICES, ReportName.HOURS})


def charts_of(told: ToldReport, table: ReportTable) -> list[BarChart]:
    """Return a chart of the figure that matters most, for each currency; of open items, one for each account."""
    report = told.question.report
    if report in _LOOKED_AT:
        return _amiss(told, table)
    if report is ReportName.OPEN_ITEMS:
        return [chart for one in table.columns if one.figure for chart in _bars(told, table, one)]
    wanted = _BAR_COLUMN.get(report)
    column = next((one for one in table.columns if one.name == wanted), None)
    if column is None:
        return []
    if told.question.each is not None or report is ReportName.JOURNAL:
        return _times(told, table, column)
    return _bars(told, table, column)


def _times(told: ToldReport, table: ReportTable, column: ReportColumn) -> list[BarChart]:
    """Return a figure over the days or months that the first column of a table tells apart."""
    title, first = reports.column_title(column.name, told.voice), table.columns[0]
    found: dict[str, dict[reports.Value, int]] = {}
    for one in table.lines:
        sums = found.setdefault(one.currency or "", {})
        sums[one.cells[first.name]] = sums.get(one.cells[first.name], 0) + amount_of(one, column.name)
    charts = []
    for code, sums in sorted(found.items()):
        lines = [
            ReportLine(cells={first.name: when, column.name: amount, "currency": code or None})
            for when, amount in list(sums.items())[-_TIMES_MAX:]
        ]
        steps = [
            BarStep(label=told.text(first, one), told=told.text(column, one), amount=amount_of(one, column.name))
            for one in lines
        ]
        charts.append(side_by_side(f"{title}, {code}" if code else title, steps))
    return charts


def _amiss(told: ToldReport, table: ReportTable) -> list[BarChart]:
    """Return how often anything happened that may be amiss, by whom or what a table tells apart."""
    first, steps = table.columns[0], []
    for one in table.lines:
        total = sum(amount_of(one, name) for name in reports.EXCEPTIONS)
        steps.append(BarStep(label=told.text(first, one), told=told.voice.count(total), amount=total))
    if first.name == "hour":
        steps.sort(key=lambda step: step.label)
    return [side_by_side(told.voice.t("What may be amiss, in all"), steps[:_TIMES_MAX])] if steps else []


def balance_courses(told: ToldReport, table: ReportTable) -> list[LineChart]:
    """Return what stood on the account of a statement after each of its rows, for each currency."""
    found: dict[str, list[tuple[str, str, int]]] = {}
    for one in table.lines:
        day, standing = one.cells.get("booked_on"), amount_of(one, "balance")
        if isinstance(day, date):
            point = told.voice.short_day(day), told.money(standing, one), standing
            found.setdefault(one.currency or "", []).append(point)
    title = reports.column_title("balance", told.voice)
    return [line(f"{title}, {code}", points) for code, points in sorted(found.items()) if len(points) > 1]


def _bars(told: ToldReport, table: ReportTable, column: ReportColumn) -> list[BarChart]:
    """Return a chart of one figure, for each currency."""
    title = reports.column_title(column.name, told.voice)
    found = list[BarChart]()
    for code in sorted({one.currency or "" for one in table.lines}):
        lines = [one for one in table.lines if (one.currency or "") == code and one.cells.get(column.name)]
        lines = [one for one in lines if isinstance(one.cells.get(column.name), int)]
        if column.name != "value" and told.question.report is not ReportName.SHOP_DAYS:
            lines.sort(key=lambda one: -abs(amount_of(one, column.name)))
        steps = [
            BarStep(
                label=told.name(one, [c for c in table.columns if c.name != "currency"])
                or told.text(table.columns[0], one),
                told=told.text(column, one),
                amount=amount_of(one, column.name),
            )
            for one in (lines[-_BARS_MAX:] if told.question.report is ReportName.SHOP_DAYS else lines[:_BARS_MAX])
        ]
        if steps:
            found.append(side_by_side(f"{title}, {code}" if code else title, steps))
    return found
