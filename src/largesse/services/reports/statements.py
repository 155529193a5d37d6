"""Statements: all that moved an account, or happened to one subject, from what stood there to what stands there."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

import msgspec

from largesse.db import Connection
from largesse.db.connection import Row
from largesse.domain.merchants import Merchant
from largesse.kernel.clock import day_of
from largesse.kernel.errors import FieldError
from largesse.ledger import Account, Figure, effect, figure, figures, rows_behind, sums
from largesse.services.reports.asking import QuestionInvalid, ReportQuestion
from largesse.services.reports.balances import balances
from largesse.services.reports.tables import CellKind, ReportColumn, ReportLine, Value

ROWS_MAX = 5_000

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


async def statement(connection: Connection, merchant: Merchant, question: ReportQuestion) -> tuple[ReportLine, ...]:
    """Return opening, rows and closing of an account, a debit balance above zero; or of a subject, by what it holds.

    Raises:
        QuestionInvalid: there are more rows than a statement has.
    """
    if question.subject_id is None:
        return await _of_account(connection, merchant, question)
    return await _of_subject(connection, merchant, question)


async def _of_account(connection: Connection, merchant: Merchant, question: ReportQuestion) -> tuple[ReportLine, ...]:
    account = question.account or Account.CERTIFICATES_OUTSTANDING
    found = await sums(
        connection, merchant.merchant_id, since=question.since, until=question.until, known_at=question.known_at
    )
    opening = {
        one.currency: one.opening
        for one in balances(one for one in found if question.location_id in (None, one.location_id))
        if one.account is account and question.currency in (None, one.currency)
    }
    counted = figure(debit=(account,), swapped=True)
    rows_told = await figures(
        connection, merchant.merchant_id, {"all": counted}, question.filter, by=(), from_the_start=False
    )
    if sum(one.rows for one in rows_told if question.currency in (None, one.currency)) > ROWS_MAX:
        raise _too_many()
    rows = await _rows(connection, merchant, question, counted, {})
    return _lines(opening, rows, merchant, signed=lambda row: row["signed"])


async def _of_subject(connection: Connection, merchant: Merchant, question: ReportQuestion) -> tuple[ReportLine, ...]:
    where = {"subject_id": str(question.subject_id)}
    everything = figure(debit=Account)
    rows = await _rows(connection, merchant, question, everything, where)
    opening = dict[str, int]()
    if question.since is not None:
        before = msgspec.structs.replace(question, since=None, until=question.since)
        for row in await _rows(connection, merchant, before, figure(credit=_OUTSTANDING, swapped=True), where):
            opening[row["currency"]] = opening.get(row["currency"], 0) + row["signed"]
    return _lines(opening, rows, merchant, signed=_held)


def _held(row: Row) -> int:
    return effect(Account(row["debit"]), Account(row["credit"]), row["amount"])


async def _rows(
    connection: Connection, merchant: Merchant, question: ReportQuestion, counted: Figure, where: Mapping[str, object]
) -> list[Row]:
    told = dict(where)
    if question.currency is not None:
        told["currency"] = question.currency
    rows = await rows_behind(
        connection, merchant.merchant_id, counted, question.filter, where=told, zone=merchant.time_zone,
        limit=ROWS_MAX + 1,
    )  # fmt: skip
    if len(rows) > ROWS_MAX:
        raise _too_many()
    return rows


def _too_many() -> QuestionInvalid:
    message = f"A statement has at most {ROWS_MAX} rows. Choose fewer days."
    return QuestionInvalid(fields=[FieldError("since", QuestionInvalid.code, message)])


def _lines(
    opening: Mapping[str, int], rows: Sequence[Row], merchant: Merchant, *, signed: Callable[[Row], int]
) -> tuple[ReportLine, ...]:
    """Return an opening line for each currency, the rows with what stands after each, and a closing line. Pure."""
    standing = {code: opening.get(code, 0) for code in sorted({*opening, *(row["currency"] for row in rows)})}
    lines = [_edge("opening", code, amount) for code, amount in standing.items()]
    for row in rows:
        standing[row["currency"]] += signed(row)
        cells: dict[str, Value] = {
            name: row[name] for name in ("kind", "booked_on", "debit", "credit", "currency", "location_id", "seq")
        }
        cells |= {"amount": row["amount"], "balance": standing[row["currency"]], "subject_id": str(row["subject_id"])}
        cells["late_for"] = _late_for(row, merchant)
        lines.append(ReportLine(cells=cells))
    return (*lines, *(_edge("closing", code, amount) for code, amount in standing.items()))


def _edge(kind: str, code: str, amount: int) -> ReportLine:
    return ReportLine(cells={"kind": kind, "currency": code, "balance": amount})


def _late_for(row: Row, merchant: Merchant) -> date | None:
    """Return the day that a row is told to be of which was closed when it came; None for all others."""
    if row["claimed_at"] is None or row["claimed_at"] >= row["effective_at"]:
        return None
    day = day_of(row["claimed_at"], in_zone=merchant.zone)
    booked: date = row["booked_on"]
    return day if day < booked else None
