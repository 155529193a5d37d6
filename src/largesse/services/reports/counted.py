"""Reports that are no sums of postings: ages, uses of promo codes, and what failed."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from largesse.db import Connection, load
from largesse.domain.merchants import Merchant
from largesse.kernel.clock import start_of_day
from largesse.ledger import StandingCertificates, standing
from largesse.services.reports.asking import ReportName, ReportQuestion
from largesse.services.reports.tables import CellKind, ReportColumn, ReportLine

_views = load(__package__, "views.sql")

AGED = {
    ReportName.BY_ISSUE: "issued_on",
    ReportName.BY_ACTIVITY: "active_on",
    ReportName.BY_LEGAL_CLOCK: "clock_on",
    ReportName.BY_LAST_DAY: "good_through",
}
"""The reports of what is outstanding by age, and the day that each age is counted from."""

_BOUNDS = ((90, "under_3_months"), (182, "under_6_months"), (365, "under_1_year"), (730, "under_2_years"))
_LATER = ((1095, "under_3_years"), (1826, "under_5_years"))
_OLDEST = "over_5_years"
AGE_COLUMNS = (
    ReportColumn("age", CellKind.WORD),
    ReportColumn("class_of_value", CellKind.WORD),
    ReportColumn("currency", CellKind.WORD),
    ReportColumn("certificates", CellKind.COUNT),
    ReportColumn("value"),
    ReportColumn("gratuity"),
)
CODE_COLUMNS = (
    ReportColumn("code", CellKind.TEXT),
    ReportColumn("currency", CellKind.WORD),
    ReportColumn("uses", CellKind.COUNT),
    ReportColumn("discount"),
)
FAILED_COLUMNS = (
    ReportColumn("failed", CellKind.WORD),
    ReportColumn("why", CellKind.TEXT),
    ReportColumn("times", CellKind.COUNT),
    ReportColumn("last_at", CellKind.MOMENT),
)


async def aged(
    connection: Connection,
    merchant: Merchant,
    question: ReportQuestion,
    *,
    subjects: Sequence[UUID] | None = None,
    now: datetime,
) -> tuple[ReportLine, ...]:
    """Return what was outstanding of certificates, or of all, by how long ago something was, at the period's end."""
    end = None if question.until is None else start_of_day(question.until, in_zone=merchant.zone)
    moments = [moment for moment in (end, question.as_of) if moment is not None]
    found = await standing(
        connection, merchant.merchant_id, by=AGED[question.report], known_at=question.known_at,
        as_of=min(moments, default=None), currency=question.currency, class_of_value=question.class_of_value,
        offering_id=question.offering_id, subjects=subjects, zone=merchant.time_zone,
    )  # fmt: skip
    today = min((*moments, now)).astimezone(merchant.zone).date()
    return ages_of(found, today=today, ahead=question.report is ReportName.BY_LAST_DAY)


def ages_of(found: Sequence[StandingCertificates], *, today: date, ahead: bool) -> tuple[ReportLine, ...]:
    """Return the lines of a report by age, youngest first. Pure."""
    lines: dict[tuple[str, str, int, str], list[int]] = {}
    for one in found:
        place, age = _age(one.told_on, today, ahead=ahead)
        line = lines.setdefault((one.currency, one.class_of_value.value, place, age), [0, 0, 0])
        for at, amount in enumerate((one.count, one.value, one.gratuity)):
            line[at] += amount
    return tuple(
        ReportLine(
            cells={
                "age": age,
                "class_of_value": class_of_value,
                "currency": currency,
                "certificates": count,
                "value": value,
                "gratuity": gratuity,
            }
        )
        for (currency, class_of_value, _, age), (count, value, gratuity) in sorted(lines.items())
    )


def _age(day: date | None, today: date, *, ahead: bool) -> tuple[int, str]:
    """Return which age a day is of, and its place among the ages; of a last good day, how long it is away."""
    bounds = (*_BOUNDS, *_LATER)
    if day is None:
        return len(bounds) + 1, "no_end" if ahead else "unknown"
    days = (day - today).days if ahead else (today - day).days
    if ahead and days < 0:
        return -1, "past"
    for place, (bound, name) in enumerate(bounds):
        if days < bound:
            return place, name
    return len(bounds), _OLDEST


async def codes(connection: Connection, merchant: Merchant, question: ReportQuestion) -> tuple[ReportLine, ...]:
    """Return how often each promo code was used."""
    rows = await connection.fetch(_views.promo_uses, merchant.merchant_id, *moments_of(question, merchant.zone))
    return tuple(ReportLine(cells=dict(row)) for row in rows if question.currency in (None, row["currency"]))


async def failures(connection: Connection, merchant: Merchant, question: ReportQuestion) -> tuple[ReportLine, ...]:
    """Return what could not be brought to anybody."""
    rows = await connection.fetch(_views.failed, merchant.merchant_id, *moments_of(question, merchant.zone))
    return tuple(
        ReportLine(cells={"failed": row["what"], "why": row["why"], "times": row["count"], "last_at": row["last_at"]})
        for row in rows
    )


def moments_of(question: ReportQuestion, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
    """Return when the first day of a question begins and the last one ends; None leaves that side open."""
    return (
        None if question.since is None else start_of_day(question.since, in_zone=zone),
        None if question.until is None else start_of_day(question.until, in_zone=zone),
    )
