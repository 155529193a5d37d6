"""Book the breakage of a month when it is closed: what is expected of each cohort, less what stands in the books.

Nobody's balance changes: the rows are of the merchant, on a chain that nothing else dates, on the month's last day. The
amounts follow from what was booked by the month's end, so closing again, or once more after a crash, books only what
differs.
"""

from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from uuid import UUID

from largesse.db import Connection
from largesse.domain import locations
from largesse.domain.breakage import Reckoned, cohort_id
from largesse.domain.merchants import Merchant
from largesse.kernel.errors import LargesseError
from largesse.kernel.ids import derived_id
from largesse.kernel.where import Where
from largesse.ledger import Kind, PostEntry, SubjectKind, breakage_estimates, breakage_subject
from largesse.services.merchants import where_of
from largesse.services.months.dependencies import MonthDependencies
from largesse.services.reports import month_after, reckoned

_MOMENT = timedelta(microseconds=1)


class BreakageDue(NamedTuple):
    """What is to be booked of a cohort: more is expected than stands in the books, or less."""

    reckoned: Reckoned
    booked: int

    @property
    def change(self) -> int:
        """Return by how much the estimate changes, in the smallest unit."""
        return self.reckoned.estimated - self.booked


async def breakage_due(connection: Connection, merchant: Merchant, month: date) -> list[BreakageDue]:
    """Return what closing a month books of breakage, oldest cohort first."""
    until = month_after(month)
    booked = await breakage_estimates(connection, merchant.merchant_id, until=until)
    due = [
        BreakageDue(one, booked.get(cohort_id(merchant.merchant_id, one.cohort), 0))
        for one in await reckoned(connection, merchant, until=until)
    ]
    return [one for one in due if one.change]


async def book_breakage(
    deps: MonthDependencies, connection: Connection, merchant: Merchant, month: date, *, actor: str, now: datetime
) -> int:
    """Book what is due, and return how many rows that took.

    Raises:
        LargesseError: the ledger refuses it.
    """
    subject_id = breakage_subject(merchant.merchant_id)
    turn = await deps.ledger.lock_subject(connection, merchant.merchant_id, SubjectKind.MERCHANT, subject_id)
    due = await breakage_due(connection, merchant, month)
    places = await _places(connection, merchant)
    commands = [_command(merchant, month, one, places, turn, actor=actor) for one in due]
    for outcome in await deps.ledger.post(connection, commands, now=now) if commands else ():
        if isinstance(outcome, LargesseError):
            raise outcome
    return len(commands)


async def _places(connection: Connection, merchant: Merchant) -> dict[UUID, Where]:
    """Return a location of each legal entity, closed ones too; the merchant's default where that has one."""
    found: dict[UUID, Where] = {}
    known = await locations.locations(connection, merchant.merchant_id)
    for one in sorted(known, key=lambda place: (place.archived_at is not None, not place.is_default)):
        where = await where_of(connection, merchant.merchant_id, one.location_id, closed_too=True)
        found.setdefault(where.legal_entity_id, where)
    return found


def _command(
    merchant: Merchant, month: date, due: BreakageDue, places: dict[UUID, Where], turn: int, *, actor: str
) -> PostEntry:
    """Return a row. `turn` is how many stood: the same may be due once more when a month was opened again."""
    cohort = due.reckoned.cohort
    about = cohort_id(merchant.merchant_id, cohort)
    where = places[cohort.legal_entity_id]
    after = datetime.combine(month_after(month), time(where.cut_off_hour), tzinfo=where.zone)
    more = due.change > 0
    told = (month.isoformat(), str(turn))
    return PostEntry(
        merchant_id=merchant.merchant_id,
        operation_id=derived_id("breakage-booked", about, *told),
        actor=actor,
        memo=f"{cohort.class_of_value} of {cohort.month:%Y-%m}, at the end of {month:%Y-%m}",
        where=where,
        claimed_at=after - _MOMENT,
        subject_kind=SubjectKind.MERCHANT,
        subject_id=breakage_subject(merchant.merchant_id),
        kind=Kind.ESTIMATE_BREAKAGE if more else Kind.RELEASE_BREAKAGE,
        reason="expected" if more else "real",
        currency=cohort.currency,
        amount=abs(due.change),
        refers_to=about,
    )
