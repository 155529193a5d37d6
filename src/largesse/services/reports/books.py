"""What a report is asked for, and the sums that answer it."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime
from typing import Generic, TypeVar
from uuid import UUID

import msgspec

from largesse.kernel.errors import FieldError, InvalidInput
from largesse.ledger import Sum, TaxSum, sealed_through, sums, taxes
from largesse.services.capabilities import UsesDatabase

Line = TypeVar("Line")


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


class Told(msgspec.Struct, Generic[Line], frozen=True, kw_only=True):
    """What the books say of a period; `provisional` where what was known by then is not sealed, and more may come."""

    lines: tuple[Line, ...]
    provisional: bool


async def read_sums(deps: UsesDatabase, merchant_id: UUID, period: ReportPeriod) -> Told[Sum]:
    """Return the sums that a report of a merchant is made of, all of one moment.

    Raises:
        PeriodInvalid: the period does not end after it begins.
    """
    return await _read(deps, merchant_id, period, sums)


async def read_taxes(deps: UsesDatabase, merchant_id: UUID, period: ReportPeriod) -> Told[TaxSum]:
    """Return what fell due of each tax: the days of the period are those that taxes are due on.

    Raises:
        PeriodInvalid: the period does not end after it begins.
    """
    return await _read(deps, merchant_id, period, taxes)


async def _read(
    deps: UsesDatabase, merchant_id: UUID, period: ReportPeriod, read: Callable[..., Awaitable[Sequence[Line]]]
) -> Told[Line]:
    if period.since is not None and period.until is not None and period.until <= period.since:
        fault = FieldError("until", PeriodInvalid.code, PeriodInvalid.message)
        raise PeriodInvalid(fields=[fault])
    async with (
        deps.database.dedicated() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        through = await sealed_through(connection, merchant_id)
        found = await read(connection, merchant_id, since=period.since, until=period.until, known_at=period.known_at)
    known = period.known_at is not None and through is not None and period.known_at <= through
    return Told(lines=tuple(found), provisional=not known)
