"""What is looked at first where something is amiss: counted by person, device or hour, beside the average of all.

The books tell what was done with certificates and drawers, the audit log what was printed again and who approved what
others did, the closes of days what was sold just before them, and on which days none was made; the queues of devices,
what could not be taken of them, and what is missing. Whatever else keeps count of something odd joins `SOURCES`.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, NamedTuple

from largesse.db import Connection, load
from largesse.domain import closings
from largesse.domain.merchants import Merchant
from largesse.ledger import exceptions
from largesse.services.reports.asking import ReportName, ReportQuestion
from largesse.services.reports.counted import moments_of
from largesse.services.reports.drawers import open_days
from largesse.services.reports.tables import CellKind, ReportColumn, ReportLine, Value

_views = load(__package__, "views.sql")

LOOKED_AT: Final = {ReportName.PEOPLE: "actor", ReportName.DEVICES: "device_id", ReportName.HOURS: "hour"}
"""The reports of what is looked at first, and what each is told by."""

ACTS: Final = (
    "redemptions",
    "undone",
    "reprints",
    "typed",
    "found",
    "without_reference",
    "sold_by_same",
    "cash_sales",
    "cash_sales_late",
    "cash_outs",
    "drawer_differences",
    "approvals",
    "conflicts",
    "gaps",
    "days_open",
)
"""What is counted, in the order of the columns."""


EXCEPTIONS: Final = tuple(one for one in ACTS if one != "redemptions")
"""What may be amiss of it."""

DEVICE_ACTS: Final = frozenset({"conflicts", "gaps", "days_open"})
"""What is told of devices alone: nobody says who stood at them."""


class ActCount(NamedTuple):
    """How often an act is told of a person, a device or an hour, '' where nothing says which."""

    told: str
    act: str
    times: int


Source = Callable[[Connection, Merchant, ReportQuestion, str], Awaitable[Sequence[ActCount]]]
"""Something that counts acts by `actor`, `device_id` or `hour` within the days of a question."""


def looked_at_columns(report: ReportName) -> tuple[ReportColumn, ...]:
    """Return the columns of a report of what is looked at first."""
    return (ReportColumn(LOOKED_AT[report], CellKind.WORD), *(ReportColumn(name, CellKind.COUNT) for name in ACTS))


async def looked_at(connection: Connection, merchant: Merchant, question: ReportQuestion) -> tuple[ReportLine, ...]:
    """Return what is looked at first, with the average of all lines as the last of them."""
    by = LOOKED_AT[question.report]
    told: dict[str, dict[str, Value]] = {}
    for source in SOURCES:
        for one in await source(connection, merchant, question, by):
            told.setdefault(one.told, dict.fromkeys(ACTS, 0))[one.act] = one.times
    lines = [
        ReportLine(cells={by: name or None, **counts})
        for name, counts in sorted(told.items(), key=lambda item: (-_count(item[1], "redemptions"), item[0]))
    ]
    return (*lines, average_of(lines, by)) if len(lines) > 1 else tuple(lines)


def average_of(lines: Sequence[ReportLine], by: str) -> ReportLine:
    """Return a line of what others do: the average of each column, rounded. Pure."""
    cells: dict[str, Value] = {by: "average"}
    for name in ACTS:
        total = sum(_count(line.cells, name) for line in lines)
        cells[name] = (2 * total + len(lines)) // (2 * len(lines))
    return ReportLine(cells=cells)


async def _of_books(
    connection: Connection, merchant: Merchant, question: ReportQuestion, by: str
) -> Sequence[ActCount]:
    closed = await closings.closed_between(connection, merchant.merchant_id, since=question.since, until=question.until)
    rows = await exceptions(
        connection, merchant.merchant_id, since=question.since, until=question.until, known_at=question.known_at,
        location_id=question.location_id, zone=merchant.time_zone, by=by, closed=closed,
    )  # fmt: skip
    return [ActCount(row["told"], row["act"], row["count"]) for row in rows]


async def _of_audit_log(
    connection: Connection, merchant: Merchant, question: ReportQuestion, by: str
) -> Sequence[ActCount]:
    since, until = moments_of(question, merchant.zone)
    rows = await connection.fetch(
        _views.looked_at_else, merchant.merchant_id, since, until, by, merchant.time_zone, question.location_id
    )
    return [ActCount(row["told"], row["act"], row["count"]) for row in rows]


async def _of_queues(
    connection: Connection, merchant: Merchant, question: ReportQuestion, by: str
) -> Sequence[ActCount]:
    since, until = moments_of(question, merchant.zone)
    rows = await connection.fetch(
        _views.offline_looked_at, merchant.merchant_id, since, until, by, merchant.time_zone, question.location_id
    )
    return [ActCount(row["told"], row["act"], row["count"]) for row in rows]


async def _of_closes(
    connection: Connection, merchant: Merchant, question: ReportQuestion, by: str
) -> Sequence[ActCount]:
    """Return on how many days a device of a counter moved money that no close took in; it is told of devices alone."""
    if by != "device_id":
        return ()
    days = await open_days(
        connection, merchant, since=question.since, until=question.until, location_id=question.location_id
    )
    found = Counter(str(one.device.device_id) for one in days)
    return [ActCount(name, "days_open", count) for name, count in found.items()]


SOURCES: Final[Sequence[Source]] = (_of_books, _of_audit_log, _of_queues, _of_closes)


def _count(cells: Mapping[str, Value], name: str) -> int:
    value = cells[name]
    return value if isinstance(value, int) else 0
