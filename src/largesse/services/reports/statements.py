"""Statements: all that moved an account, or happened to one subject, from what stood there to what stands there."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

import msgspec

from largesse.db import Connection
from largesse.db.connection import Row
from largesse.domain.merchants import Merchant
from largesse.kernel.clock import day_of
from largesse.kernel.errors import FieldError
from largesse.ledger import Account, Figure, effect, figure, figures, rows_behind, sums_before
from largesse.services.reports.asking import QuestionInvalid, ReportQuestion
from largesse.services.reports.choosing import chosen
from largesse.services.reports.tables import CellKind, ReportColumn, ReportLine, Value

ROWS_MAX = 100_000
PAGE = 500

COLUMNS = (
    ReportColumn("kind", CellKind.WORD),
    ReportColumn("booked_on", CellKind.DAY),
    ReportColumn("late_for", CellKind.DAY),
    ReportColumn("debit", CellKind.WORD),
    ReportColumn("credit", CellKind.WORD),
    ReportColumn("currency", CellKind.WORD),
    ReportColumn("amount"),
    ReportColumn("balance"),
    ReportColumn("location_id", CellKind.NAME),
    ReportColumn("subject_id", CellKind.TEXT),
    ReportColumn("seq", CellKind.COUNT),
)
_OUTSTANDING = (Account.CERTIFICATES_OUTSTANDING, Account.PROMOTIONAL_OUTSTANDING)


class StatementPart(NamedTuple):
    """Which rows of a statement are told: all of them, or a page of `size`; where the book before it ended."""

    skipped: int = 0
    size: int | None = None


class Stated(NamedTuple):
    """The lines of a statement, and which of how many rows they are."""

    lines: tuple[ReportLine, ...]
    skipped: int = 0
    rows: int = 0
    of: int = 0


async def statement(
    connection: Connection, merchant: Merchant, question: ReportQuestion, part: StatementPart
) -> Stated:
    """Return opening, rows and closing of an account, a debit balance above zero; or of a subject, by what it holds.

    Of an account, a page begins with what the one before ended with.

    Raises:
        QuestionInvalid: there are more rows than are told at once.
    """
    if question.subject_id is None:
        return await _of_account(connection, merchant, question, part)
    return Stated(await _of_subject(connection, merchant, question))


async def _of_account(
    connection: Connection, merchant: Merchant, question: ReportQuestion, part: StatementPart
) -> Stated:
    account = question.account or Account.CERTIFICATES_OUTSTANDING
    counted, told = figure(debit=(account,), swapped=True), await chosen(connection, merchant, question)
    found = await figures(connection, merchant.merchant_id, {"all": counted}, told, by=(), from_the_start=True)
    mine = [one for one in found if question.currency in (None, one.currency)]
    opening = dict[str, int]()
    for one in mine:
        opening[one.currency] = opening.get(one.currency, 0) + (one.sum if one.before else 0)
    total = sum(one.rows for one in mine if not one.before)
    if part.size is None and total > ROWS_MAX:
        raise _too_many()
    skipped = 0 if part.size is None or part.skipped >= total else part.skipped
    where = {} if question.currency is None else {"currency": question.currency}
    key = connection, merchant.merchant_id, counted, told
    if skipped:
        for code, amount in (await sums_before(*key, where=where, skipped=skipped)).items():
            opening[code] = opening.get(code, 0) + amount
    size = total if part.size is None else part.size
    rows = await rows_behind(*key, where=where, zone=merchant.time_zone, limit=size, skipped=skipped)
    edges = "carried" if skipped else "opening", "carried" if skipped + len(rows) < total else "closing"
    lines = _lines(opening, rows, merchant, edges=edges, signed=lambda row: row["signed"])
    return Stated(lines, skipped, len(rows), total)


async def _of_subject(connection: Connection, merchant: Merchant, question: ReportQuestion) -> tuple[ReportLine, ...]:
    where = {"subject_id": str(question.subject_id)}
    everything = figure(debit=Account)
    rows = await _rows(connection, merchant, question, everything, where)
    opening = dict[str, int]()
    if question.since is not None:
        before = msgspec.structs.replace(question, since=None, until=question.since)
        for row in await _rows(connection, merchant, before, figure(credit=_OUTSTANDING, swapped=True), where):
            opening[row["currency"]] = opening.get(row["currency"], 0) + row["signed"]
    return _lines(opening, rows, merchant, edges=("opening", "closing"), signed=_held)


def _held(row: Row) -> int:
    return effect(Account(row["debit"]), Account(row["credit"]), row["amount"])


async def _rows(
    connection: Connection, merchant: Merchant, question: ReportQuestion, counted: Figure, where: Mapping[str, object]
) -> list[Row]:
    told = dict(where)
    if question.currency is not None:
        told["currency"] = question.currency
    rows = await rows_behind(
        connection, merchant.merchant_id, counted, await chosen(connection, merchant, question), where=told,
        zone=merchant.time_zone, limit=ROWS_MAX + 1,
    )  # fmt: skip
    if len(rows) > ROWS_MAX:
        raise _too_many()
    return rows


def _too_many() -> QuestionInvalid:
    message = f"As a file, a statement has at most {ROWS_MAX:,} rows. Choose fewer days."
    return QuestionInvalid(fields=[FieldError("since", "question.rows", message)])


def _lines(
    opening: Mapping[str, int],
    rows: Sequence[Row],
    merchant: Merchant,
    *,
    edges: tuple[str, str],
    signed: Callable[[Row], int],
) -> tuple[ReportLine, ...]:
    """Return an opening line for each currency, the rows with what stands after each, and a closing line. Pure."""
    standing = {code: opening.get(code, 0) for code in sorted({*opening, *(row["currency"] for row in rows)})}
    lines = [_edge(edges[0], code, amount) for code, amount in standing.items()]
    for row in rows:
        standing[row["currency"]] += signed(row)
        cells: dict[str, Value] = {
            name: row[name] for name in ("kind", "booked_on", "debit", "credit", "currency", "location_id", "seq")
        }
        cells |= {"amount": row["amount"], "balance": standing[row["currency"]], "subject_id": str(row["subject_id"])}
        cells["late_for"] = _late_for(row, merchant)
        lines.append(ReportLine(cells=cells))
    return (*lines, *(_edge(edges[1], code, amount) for code, amount in standing.items()))


def _edge(kind: str, code: str, amount: int) -> ReportLine:
    return ReportLine(cells={"kind": kind, "currency": code, "balance": amount})


def _late_for(row: Row, merchant: Merchant) -> date | None:
    """Return the day that a row is told to be of which was closed when it came; None for all others."""
    if row["claimed_at"] is None or row["claimed_at"] >= row["effective_at"]:
        return None
    day = day_of(row["claimed_at"], in_zone=merchant.zone)
    booked: date = row["booked_on"]
    return day if day < booked else None
