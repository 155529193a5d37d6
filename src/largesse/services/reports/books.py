"""What a report is asked for, and the sums that answer it."""

from datetime import date, datetime
from uuid import UUID

import msgspec

from largesse.kernel.errors import FieldError, InvalidInput
from largesse.ledger import Sum, sealed_through, sums
from largesse.services.reports.dependencies import ReportDependencies


class PeriodInvalid(InvalidInput):
    """A report was asked for a period that does not end after it begins."""

    code = "report.period"
    message = "A period ends after it begins. Choose a later last day."


class ReportPeriod(msgspec.Struct, frozen=True, kw_only=True):
    """The business days from `since` (included) to `until` (excluded), None leaves that side open; and known by when.

    `known_at` None is all that is known now.
    """

    since: date | None = None
    until: date | None = None
    known_at: datetime | None = None


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """The sums of a period; `provisional` where what was known by then is not sealed, and more of it may come."""

    sums: tuple[Sum, ...]
    provisional: bool


async def read_sums(deps: ReportDependencies, merchant_id: UUID, asked: ReportPeriod) -> Told:
    """Return the sums that a report of a merchant is made of, all of one moment.

    Raises:
        PeriodInvalid: the period does not end after it begins.
    """
    if asked.since is not None and asked.until is not None and asked.until <= asked.since:
        fault = FieldError("until", PeriodInvalid.code, PeriodInvalid.message)
        raise PeriodInvalid(fields=[fault])
    async with (
        deps.database.dedicated() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        through = await sealed_through(connection, merchant_id)
        found = await sums(connection, merchant_id, since=asked.since, until=asked.until, known_at=asked.known_at)
    known = asked.known_at is not None and through is not None and asked.known_at <= through
    return Told(sums=tuple(found), provisional=not known)
