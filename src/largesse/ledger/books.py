"""The books of a merchant: by whose clock they are kept, how far they are sealed, and where things happen in them."""

from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from largesse.kernel.where import Where
from largesse.ledger.accounts import Account

INSTANT = timedelta(microseconds=1)
"""The least time between two moments that PostgreSQL tells apart."""


class Books(msgspec.Struct, frozen=True, kw_only=True):
    """The books of one merchant, as the transaction that is about to post has locked them.

    `clock` is the database's. What was recorded up to `sealed_through` is sealed; `open_from` is the first moment that
    no close has taken. `home` is where everything happens that names no location; `redemptions_per_hour` how often one
    certificate may be redeemed within an hour, None as often as one likes; `expired_gratuity` where gratuity goes that
    expires.
    """

    merchant_id: UUID
    clock: datetime
    sealed_through: datetime | None
    open_from: datetime | None
    home: Where
    redemptions_per_hour: int | None = None
    expired_gratuity: Account = Account.BREAKAGE_OF_GRATUITIES

    @property
    def now(self) -> datetime:
        """Return the moment that rules judge by: never one that is sealed already, also when a clock was set back."""
        return self.clock if self.sealed_through is None else max(self.clock, self.sealed_through + INSTANT)


class Times(msgspec.Struct, frozen=True):
    """When something happened: for the books, for whoever wrote it down, and on which business day."""

    effective_at: datetime
    recorded_at: datetime
    booked_on: date


def times_of(
    books: Books,
    where: Where,
    *,
    claimed_at: datetime | None,
    effective_before: datetime | None,
    recorded_before: datetime | None,
) -> Times:
    """Return the times of a row that follows one of its subject's, which neither of them ever goes behind.

    `claimed_at` is what the caller said: it counts where it is not before that row or in what is closed.
    """
    recorded_at = _latest(books.now, recorded_before)
    effective_at = _latest(claimed_at or recorded_at, effective_before, books.open_from)
    return Times(effective_at, recorded_at, where.booked_on(effective_at))


def _latest(moment: datetime, *others: datetime | None) -> datetime:
    for other in others:
        if other is not None and other > moment:
            moment = other
    return moment
