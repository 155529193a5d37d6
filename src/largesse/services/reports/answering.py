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
from largesse.services.reports import booked, breaking, counted, looking, statements, visiting
from largesse.services.reports.asking import ReportName, ReportQuestion
from largesse.services.reports.based import taxes_in_base
from largesse.services.reports.definitions import FIGURED
from largesse.services.reports.dependencies import ReportDependencies
from largesse.services.reports.figured import FiguredReport, Span, lines_of
from largesse.services.reports.tables import ReportColumn, ReportLine, ReportTable

Found = TypeVar("Found")

_ALWAYS = frozenset({"opening", "closing", "debits", "credits"})
_EVERYTHING = figure(debit=Account)
_DAY = timedelta(days=1)


async def answer(
    deps: ReportDependencies, merchant: Merchant, question: ReportQuestion, *, now: datetime
) -> ReportTable:
    """Return the table of a report; ages are counted to `now`, where the question says no end."""

    async def work(connection: Connection) -> tuple[tuple[ReportColumn, ...], tuple[ReportLine, ...]]:
        match question.report:
            case ReportName.LIABILITY:
                return booked.LIABILITY_COLUMNS, booked.of_liability(
                    question, await _sums(connection, merchant, question)
                )
            case ReportName.BALANCES:
                return booked.BALANCE_COLUMNS, booked.of_balances(await _sums(connection, merchant, question))
            case ReportName.TAXES:
                found = await taxes(
                    connection, merchant.merchant_id, since=question.since, until=question.until,
                    known_at=question.known_at,
                )  # fmt: skip
                base = await taxes_in_base(connection, merchant, question, found)
                return booked.tax_columns(base), booked.of_taxes(question, found, base)
            case _:
                return await _told(connection, merchant, question, now=now)

    (columns, lines), provisional = await _at_one_moment(deps, merchant.merchant_id, question.known_at, work)
    used = {name for line in lines for name, value in line.cells.items() if value not in (None, 0)}
    shown = tuple(one for one in columns if not one.figure or one.name in used or one.name in _ALWAYS)
    return ReportTable(columns=shown, lines=lines, provisional=provisional)


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
        return await rows_behind(
            connection, merchant.merchant_id, postings, question.filter, where=where, zone=merchant.time_zone,
            limit=limit + 1, skipped=skipped,
        )  # fmt: skip

    rows, _ = await _at_one_moment(deps, merchant.merchant_id, question.known_at, work)
    return FigureRows(rows=tuple(rows[:limit]), more=len(rows) > limit)


def figure_of(asked: FigureAsked) -> tuple[Figure, ReportQuestion, dict[str, str | None]] | None:
    """Return the postings that a figure counts, the days that it counts, and what else its rows say. Pure."""
    question, where = asked.question, dict(asked.where)
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


async def _told(
    connection: Connection, merchant: Merchant, question: ReportQuestion, *, now: datetime
) -> tuple[tuple[ReportColumn, ...], tuple[ReportLine, ...]]:
    """Return the columns and lines of a report that is not made of sums."""
    match question.report:
        case ReportName.CODES:
            return counted.CODE_COLUMNS, await counted.codes(connection, merchant, question)
        case ReportName.STATEMENT:
            return statements.COLUMNS, await statements.statement(connection, merchant, question)
        case ReportName.BREAKAGE:
            return breaking.COLUMNS, await breaking.breakage_lines(connection, merchant, question, now=now)
        case ReportName.FAILED:
            return counted.FAILED_COLUMNS, await counted.failures(connection, merchant, question)
        case report if report in counted.AGED:
            return counted.AGE_COLUMNS, await counted.aged(connection, merchant, question, now=now)
        case report if report in visiting.VISITED:
            return visiting.columns_of(report), await visiting.visits(connection, merchant, question)
        case report if report in looking.LOOKED_AT:
            return looking.looked_at_columns(report), await looking.looked_at(connection, merchant, question)
        case _:
            figured = FIGURED[question.report]
            return figured.table_columns, await _figured(connection, merchant, question, figured)


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
    if question.as_of is None and question.offering_id is None and question.refcode is None:
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
    """Return the sums of what the sums of days do not tell apart: a moment within a day, an offering, a refcode."""
    told = await figures(
        connection, merchant.merchant_id, {"all": _EVERYTHING}, question.filter,
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
        found = await figures(
            connection, merchant.merchant_id, wanted, question.filter, by=report.by, from_the_start=report.reads_all
        )
    return lines_of(report, found, currency=question.currency)
