"""Answer a question: read what it asks for at one moment of the database, and make its table."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.db.connection import Row
from largesse.domain.merchants import Merchant
from largesse.ledger import (
    Account,
    ClassOfValue,
    DayChange,
    Figure,
    Kind,
    Sum,
    figure,
    figures,
    open_items,
    outstanding_by_day,
    rows_behind,
    sealed_through,
    sums,
    taxes,
)
from largesse.services.reports import booked, breaking, counted, looking, slicing, statements, visiting
from largesse.services.reports.asking import Each, ReportName, ReportQuestion
from largesse.services.reports.based import taxes_in_base
from largesse.services.reports.choosing import chosen
from largesse.services.reports.definitions import FIGURED
from largesse.services.reports.dependencies import ReportDependencies
from largesse.services.reports.figured import FiguredReport, Span, lines_of
from largesse.services.reports.statements import Stated, StatementPart
from largesse.services.reports.tables import ReportColumn, ReportLine, ReportTable

Found = TypeVar("Found")
Answered = tuple[tuple[ReportColumn, ...], tuple[ReportLine, ...]]
"""The columns and lines of a report."""

_ALWAYS = frozenset({"opening", "closing", "debits", "credits"})
_EVERYTHING = figure(debit=Account)
_DAY = timedelta(days=1)


async def answer(
    deps: ReportDependencies,
    merchant: Merchant,
    question: ReportQuestion,
    *,
    part: StatementPart | None = None,
    now: datetime,
) -> ReportTable:
    """Return the table of a report; ages are counted to `now`, where the question says no end.

    A statement is told whole, or that `part` of it.
    """
    stated: Stated | None = None

    async def work(connection: Connection) -> Answered:
        nonlocal stated
        if question.report is ReportName.STATEMENT:
            stated = await statements.statement(connection, merchant, question, part or StatementPart())
            return statements.COLUMNS, stated.lines
        if question.each is Each.MONTH:
            return await _by_month(connection, merchant, question, now=now)
        return await _answered(connection, merchant, question, now=now)

    (columns, lines), provisional = await _at_one_moment(deps, merchant.merchant_id, question.known_at, work)
    used = {name for line in lines for name, value in line.cells.items() if value not in (None, 0)}
    shown = tuple(one for one in columns if not one.figure or one.name in used or one.name in _ALWAYS)
    rows = {} if stated is None else {"skipped": stated.skipped, "rows": stated.rows, "of": stated.of}
    return ReportTable(columns=shown, lines=lines, provisional=provisional, **rows)


async def _by_month(connection: Connection, merchant: Merchant, question: ReportQuestion, *, now: datetime) -> Answered:
    """Return the lines of each month after each other."""
    first, last = (moment.astimezone(merchant.zone).date() for moment in (merchant.created_at, now))
    columns, lines = tuple[ReportColumn, ...](), list[ReportLine]()
    for month, asked in slicing.months_of(question, first=first, last=last):
        told, found = await _answered(connection, merchant, asked, by_month=True, now=now)
        columns = max(columns, told, key=len)  # some months have less to tell
        lines += slicing.of_month(month, asked, found)
    return (slicing.MONTH, *columns), tuple(lines)


async def _answered(
    connection: Connection, merchant: Merchant, question: ReportQuestion, *, by_month: bool = False, now: datetime
) -> Answered:
    """Return the columns and lines of a report; `by_month` where what it tells apart by day is one line."""
    match question.report:
        case ReportName.LIABILITY:
            return booked.LIABILITY_COLUMNS, booked.of_liability(question, await _sums(connection, merchant, question))
        case ReportName.BALANCES:
            return booked.BALANCE_COLUMNS, booked.of_balances(await _sums(connection, merchant, question))
        case ReportName.TAXES:
            found = await taxes(
                connection, merchant.merchant_id, since=question.since, until=question.until,
                known_at=question.known_at,
            )  # fmt: skip
            base = await taxes_in_base(connection, merchant, question, found)
            return booked.tax_columns(base), booked.of_taxes(question, found, base)
        case report if report in FIGURED:
            figured = FIGURED[report].by_day() if question.each is Each.DAY else FIGURED[report]
            figured = figured.without_days() if by_month else figured
            return figured.table_columns, await _figured(connection, merchant, question, figured)
        case _:
            return await _told(connection, merchant, question, now=now)


async def daily(deps: ReportDependencies, merchant: Merchant, question: ReportQuestion) -> list[DayChange]:
    """Return what changed each day in what is outstanding, for a chart of a liability report."""

    async def work(connection: Connection) -> list[DayChange]:
        return await outstanding_by_day(
            connection, merchant.merchant_id, since=question.since, until=question.until, known_at=question.known_at
        )

    return (await _at_one_moment(deps, merchant.merchant_id, question.known_at, work))[0]


class FigureRows(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the rows behind a figure: each with what it adds as `signed`; `more` where others follow."""

    rows: tuple[Row, ...]
    more: bool


class FigureAsked(msgspec.Struct, frozen=True, kw_only=True):
    """One figure of a report: its column, and what tells its line from the others."""

    question: ReportQuestion
    column: str
    where: Mapping[str, str | None]


async def figure_rows(
    deps: ReportDependencies, merchant: Merchant, asked: FigureAsked, *, skipped: int = 0, limit: int = 100
) -> FigureRows | None:
    """Return rows that a figure is made of, oldest first; None where the report has no such figure."""
    found = figure_of(asked)
    if found is None:
        return None
    postings, question, where = found

    async def work(connection: Connection) -> list[Row]:
        told = await chosen(connection, merchant, question)
        return await rows_behind(
            connection, merchant.merchant_id, postings, told, where=where, zone=merchant.time_zone,
            limit=limit + 1, skipped=skipped,
        )  # fmt: skip

    rows, _ = await _at_one_moment(deps, merchant.merchant_id, question.known_at, work)
    return FigureRows(rows=tuple(rows[:limit]), more=len(rows) > limit)


def figure_of(asked: FigureAsked) -> tuple[Figure, ReportQuestion, dict[str, str | None]] | None:
    """Return the postings that a figure counts, the days that it counts, and what else its rows say. Pure."""
    where = dict(asked.where)
    try:
        question = slicing.of_days(asked.question, where)
    except ValueError:
        return None
    if question.currency is not None:
        where.setdefault("currency", question.currency)
    match question.report:
        case ReportName.LIABILITY:
            found = booked.LIABILITY_FIGURES.get(asked.column)
        case ReportName.BALANCES:
            account = where.pop("account", None)
            found = booked.account_figure(asked.column, account) if account in set(Account) else None
        case ReportName.TAXES:
            found = (
                (figure(credit=(Account.TAX_PAYABLE,), swapped=True), Span.WITHIN) if asked.column == "tax" else None
            )
            where |= {name: day.isoformat() for name, day in booked.due_days(question).items()}
            question = msgspec.structs.replace(question, since=None, until=None)
        case _:
            told = FIGURED.get(question.report)
            columns = {one.name: one for one in told.columns} if told else {}
            column = columns.get(asked.column)
            found = None if column is None else (column.figure, column.span)
    if found is None:
        return None
    postings, span = found
    days = where.pop("booked_on", None)
    if days:
        day = datetime.fromisoformat(days).date()
        question = msgspec.structs.replace(question, since=day, until=day + _DAY)
    if span is Span.BEFORE:
        # Nothing came before a period that has no beginning.
        postings = postings if question.since else frozenset()
        question = msgspec.structs.replace(question, since=None, until=question.since)
    elif span is Span.THROUGH:
        question = msgspec.structs.replace(question, since=None)
    return postings, question, where


async def _told(connection: Connection, merchant: Merchant, question: ReportQuestion, *, now: datetime) -> Answered:
    """Return the columns and lines of a report that is not made of sums."""
    match question.report:
        case ReportName.CODES:
            return counted.CODE_COLUMNS, await counted.codes(connection, merchant, question)
        case ReportName.BREAKAGE:
            return breaking.COLUMNS, await breaking.breakage_lines(connection, merchant, question, now=now)
        case ReportName.FAILED:
            return counted.FAILED_COLUMNS, await counted.failures(connection, merchant, question)
        case report if report in counted.AGED:
            subjects = (await chosen(connection, merchant, question)).subjects if question.partner_id else None
            return counted.AGE_COLUMNS, await counted.aged(connection, merchant, question, subjects=subjects, now=now)
        case report if report in visiting.VISITED:
            return visiting.columns_of(report), await visiting.visits(connection, merchant, question)
        case report:
            return looking.looked_at_columns(report), await looking.looked_at(connection, merchant, question)


async def _at_one_moment(
    deps: ReportDependencies,
    merchant_id: UUID,
    known_at: datetime | None,
    work: Callable[[Connection], Awaitable[Found]],
) -> tuple[Found, bool]:
    """Return what `work` reads, and whether it is provisional."""
    async with (
        deps.database.dedicated() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        through = await sealed_through(connection, merchant_id)
        found = await work(connection)
    return found, not (known_at is not None and through is not None and known_at <= through)


async def _sums(connection: Connection, merchant: Merchant, question: ReportQuestion) -> list[Sum]:
    finer = (question.as_of, question.offering_id, question.refcode, question.partner_id)
    if finer == (None, None, None, None):
        found = await sums(
            connection, merchant.merchant_id, since=question.since, until=question.until, known_at=question.known_at
        )
    else:
        found = await _finer_sums(connection, merchant, question)
    return [
        one
        for one in found
        if question.currency in (None, one.currency)
        and question.class_of_value in (None, one.class_of_value)
        and question.location_id in (None, one.location_id)
    ]


async def _finer_sums(connection: Connection, merchant: Merchant, question: ReportQuestion) -> list[Sum]:
    """Return the sums of what those of days do not tell apart: a moment within one, an offering, refcode, partner."""
    told = await figures(
        connection, merchant.merchant_id, {"all": _EVERYTHING}, await chosen(connection, merchant, question),
        by=("class_of_value", "location_id", "kind", "debit", "credit"), from_the_start=True,
    )  # fmt: skip
    return [
        Sum(
            before=one.before,
            currency=one.currency,
            class_of_value=ClassOfValue(one.by["class_of_value"]) if one.by["class_of_value"] else None,
            location_id=one.by["location_id"],
            kind=Kind(one.by["kind"]),
            debit=Account(one.by["debit"]) if one.by["debit"] else None,
            credit=Account(one.by["credit"]) if one.by["credit"] else None,
            count=one.rows,
            sum=one.sum,
        )
        for one in told
    ]


async def _figured(
    connection: Connection, merchant: Merchant, question: ReportQuestion, report: FiguredReport
) -> tuple[ReportLine, ...]:
    wanted = {one.name: one.figure for one in report.columns}
    if question.report is ReportName.OPEN_ITEMS:
        through = msgspec.structs.replace(question.filter, since=None)
        found = await open_items(connection, merchant.merchant_id, wanted, through)
    else:
        told = await chosen(connection, merchant, question)
        found = await figures(
            connection, merchant.merchant_id, wanted, told, by=report.by, from_the_start=report.reads_all
        )
    return lines_of(report, found, currency=question.currency)
