"""Whether duties may believe their clock.

A clock that is years ahead for a minute expires months of certificates, sends gifts before their day and forgets what
is still needed. So duties compare it with the database's clock, with the newest rows, and with when they ran last.
"""

from datetime import datetime, timedelta

import msgspec

from largesse import outbox
from largesse.domain import duties, merchants
from largesse.kernel.errors import Unavailable
from largesse.services.capabilities import UsesDatabase

APART_MAX = timedelta(hours=1)
STEADY_FOR = timedelta(minutes=10)


class ClockDiffers(Unavailable):
    """The clocks of this machine, of the database, and of the newest rows do not agree."""

    code = "clock.differs"
    message = (
        "This machine's clock is more than an hour from the database's, or there are rows from the future. Set the "
        "clock right; where it is right, say so with `largesse clock accept`."
    )


class ClockUnsteady(Unavailable):
    """The clock has jumped, or nothing ran for a while."""

    code = "clock.unsteady"
    message = (
        "The clock has jumped, or nothing ran for more than an hour. Duties begin when it has run steadily for ten "
        "minutes, or at once after `largesse clock accept`."
    )


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What the clocks say."""

    now: datetime
    database: datetime
    newest_row: datetime | None
    steady_since: datetime
    accepted_until: datetime | None

    @property
    def differ(self) -> bool:
        """Whether this machine's clock is more than an hour from the database's, or behind the newest row."""
        future = self.newest_row is not None and self.newest_row > self.now + APART_MAX
        known = self.newest_row is not None and self.newest_row <= (self.accepted_until or self.now)
        return abs(self.now - self.database) > APART_MAX or (future and not known)

    @property
    def steady(self) -> bool:
        """Whether it has run steadily for a while."""
        return self.now - self.steady_since >= STEADY_FOR


async def read_clocks(deps: UsesDatabase, *, now: datetime) -> Reading:
    """Return what the clocks say, and note that somebody looked."""
    async with deps.database.transaction() as connection:
        newest = await outbox.newest_at(connection, await merchants.merchant_ids(connection))
        quiet = newest is not None and abs(now - newest) > APART_MAX
        first = now if quiet else now - 2 * STEADY_FOR
        seen = await duties.read_clocks(connection, now=now, step=APART_MAX, first=first)
    return Reading(
        now=now,
        database=seen.database,
        newest_row=newest,
        steady_since=seen.steady_since,
        accepted_until=seen.accepted_until,
    )


async def check_clock(deps: UsesDatabase, *, now: datetime) -> None:
    """Refuse to do what depends on the time of day while the clock cannot be believed.

    Raises:
        ClockDiffers: it is more than an hour from the database's, or rows are more than an hour newer.
        ClockUnsteady: it has jumped by more than an hour, or nothing ran for so long, less than ten minutes ago.
    """
    reading = await read_clocks(deps, now=now)
    if reading.differ:
        raise ClockDiffers
    if not reading.steady:
        raise ClockUnsteady


async def accept_clock(deps: UsesDatabase, *, now: datetime) -> Reading:
    """Take this machine's clock for right from now on, although rows are newer, and without waiting.

    Raises:
        ClockDiffers: the database's clock says otherwise; one of the two has to be set right.
    """
    reading = await read_clocks(deps, now=now)
    if abs(now - reading.database) > APART_MAX:
        raise ClockDiffers
    async with deps.database.transaction() as connection:
        await duties.accept_clock(connection, now=now, newest=reading.newest_row, steady_since=now - STEADY_FOR)
    return await read_clocks(deps, now=now)
