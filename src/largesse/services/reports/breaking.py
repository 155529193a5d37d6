"""Breakage: what is expected of each month's sales, and what of it stands in the books.

What a month close books, and what the report shows, is reckoned here, from the same rows.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from largesse.db import Connection
from largesse.domain import breakage, law
from largesse.domain.breakage import Cohort, Reckoned, cohort_id, reckon, rule_for
from largesse.domain.merchants import Merchant
from largesse.kernel.clock import day_of
from largesse.ledger import breakage_estimates, cohort_moves
from largesse.services.reports.asking import ReportQuestion
from largesse.services.reports.tables import CellKind, ReportColumn, ReportLine

COLUMNS = (
    ReportColumn("cohort", CellKind.DAY),
    ReportColumn("class_of_value", CellKind.WORD),
    ReportColumn("legal_entity_id", CellKind.NAME),
    ReportColumn("currency", CellKind.WORD),
    ReportColumn("issued"),
    ReportColumn("given_back"),
    ReportColumn("redeemed"),
    ReportColumn("expired"),
    ReportColumn("cashed_out"),
    ReportColumn("handed_over"),
    ReportColumn("outstanding"),
    ReportColumn("method", CellKind.WORD),
    ReportColumn("breakage_expected"),
    ReportColumn("breakage_target"),
    ReportColumn("breakage_booked"),
)
_DAY = timedelta(days=1)


async def reckoned(
    connection: Connection, merchant: Merchant, *, until: date, known_at: datetime | None = None
) -> list[Reckoned]:
    """Return what is expected of each cohort at the end of the day before `until`, the oldest first."""
    rules = await breakage.list_rules(connection, merchant.merchant_id)
    profile = await law.law_of(connection, merchant.merchant_id)
    parts: dict[tuple[object, ...], dict[str, int]] = {}
    for one in await cohort_moves(connection, merchant.merchant_id, until=until, known_at=known_at):
        key = (one.month, one.class_of_value, one.legal_entity_id, one.currency)
        told = parts.setdefault(key, {})
        told[one.what] = told.get(one.what, 0) + (one.net if one.what == "issued" else -one.net)
    last = until - _DAY
    found = []
    for (month, class_of_value, entity, code), told in sorted(parts.items(), key=lambda item: tuple(map(str, item[0]))):
        cohort = Cohort(legal_entity_id=entity, currency=code, class_of_value=class_of_value, month=month, **told)  # type: ignore[arg-type]  # what a row of the journal says
        rule = rule_for(
            rules, class_of_value=cohort.class_of_value, currency=cohort.currency, month=last.replace(day=1)
        )
        kept = law.kept_percent(profile, issued_on=cohort.month, today=last)
        found.append(reckon(cohort, rule, through=last.replace(day=1), kept_percent=kept))
    return found


async def breakage_lines(
    connection: Connection, merchant: Merchant, question: ReportQuestion, *, now: datetime
) -> tuple[ReportLine, ...]:
    """Return a line for each cohort: what became of it, what is expected, and what of that is booked."""
    until = question.until or day_of(now, in_zone=merchant.zone) + _DAY
    key = connection, merchant.merchant_id
    booked = await breakage_estimates(*key, until=until, known_at=question.known_at)
    found = await reckoned(connection, merchant, until=until, known_at=question.known_at)
    return tuple(
        _line(one, booked.get(cohort_id(merchant.merchant_id, one.cohort), 0)) for one in _asked(found, question)
    )


def _asked(found: Sequence[Reckoned], question: ReportQuestion) -> list[Reckoned]:
    """Return those of the currency and class that are asked for, of which anything is left, or was ever sold."""
    return [
        one
        for one in found
        if question.currency in (None, one.cohort.currency)
        and question.class_of_value in (None, one.cohort.class_of_value)
    ]


def _line(one: Reckoned, booked: int) -> ReportLine:
    cohort = one.cohort
    return ReportLine(
        cells={
            "cohort": cohort.month,
            "class_of_value": cohort.class_of_value,
            "legal_entity_id": cohort.legal_entity_id,
            "currency": cohort.currency,
            "issued": cohort.issued,
            "given_back": cohort.given_back,
            "redeemed": cohort.redeemed,
            "expired": cohort.expired,
            "cashed_out": cohort.cashed_out,
            "handed_over": cohort.handed_over,
            "outstanding": cohort.outstanding,
            "method": "at_expiry" if one.rule is None else one.rule.method.value,
            "breakage_expected": one.expected,
            "breakage_target": one.estimated,
            "breakage_booked": booked,
        }
    )
