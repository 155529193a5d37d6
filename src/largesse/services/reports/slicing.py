"""A report that tells months apart: the slices of its days, each of them answered by itself. Pure."""

from collections.abc import Iterator, Sequence
from datetime import date

import msgspec

from largesse.kernel.errors import FieldError
from largesse.services.reports.asking import QuestionInvalid, ReportQuestion, month_after
from largesse.services.reports.tables import CellKind, ReportColumn, ReportLine

MONTHS_MAX = 60
MONTH = ReportColumn("month", CellKind.MONTH)
_SINCE, _UNTIL = "month_since", "month_until"


def months_of(question: ReportQuestion, *, first: date, last: date) -> list[tuple[date, ReportQuestion]]:
    """Return the months of a question, each with the question of its days alone.

    Where it has no first day, the month of `first` has all that was before it, too; where it has no last one, that of
    `last` all that came after it.

    Raises:
        QuestionInvalid: there are more than a report tells apart.
    """
    begins = (question.since or first).replace(day=1)
    ends = date.fromordinal(question.until.toordinal() - 1) if question.until else max(last, begins)
    found = list(_months(begins, ends))
    if len(found) > MONTHS_MAX:
        message = f"A report tells at most {MONTHS_MAX} months apart. Choose fewer days."
        raise QuestionInvalid(fields=[FieldError("since", "question.months", message)])
    slices = []
    for at, month in enumerate(found):
        since = question.since if at == 0 else month
        until = question.until if at == len(found) - 1 else month_after(month)
        slices.append((month, msgspec.structs.replace(question, since=since, until=until, each=None)))
    return slices


def of_month(month: date, asked: ReportQuestion, lines: Sequence[ReportLine]) -> Iterator[ReportLine]:
    """Yield the lines of one month, which say so, and from whose figures the rows of its days are asked for."""
    days = {_SINCE: asked.since, _UNTIL: asked.until}
    told = {name: day.isoformat() if day else None for name, day in days.items()}
    for line in lines:
        yield ReportLine(cells={MONTH.name: month, **line.cells}, where={**line.where, **told} if line.where else {})


def of_days(question: ReportQuestion, where: dict[str, str | None]) -> ReportQuestion:
    """Return the question of the month that a line is of, and take what says so out of `where`.

    Raises:
        ValueError: a day cannot be read.
    """
    if _SINCE not in where and _UNTIL not in where:
        return question
    since, until = where.pop(_SINCE, None), where.pop(_UNTIL, None)
    return msgspec.structs.replace(
        question,
        since=date.fromisoformat(since) if since else question.since,
        until=date.fromisoformat(until) if until else question.until,
        each=None,
    )


def _months(first: date, last: date) -> Iterator[date]:
    month = first
    while month <= last:
        yield month
        month = month_after(month)
