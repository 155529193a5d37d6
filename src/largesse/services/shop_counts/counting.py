"""Count what happens in a shop without making anybody wait, and without knowing anybody.

Each process gathers sums in memory and adds them to those of the day a few seconds later, and once more when it ends.
A process that is killed loses what it has gathered since, and what cannot be written in time is left out.
"""

import asyncio
from collections import defaultdict
from datetime import date, datetime
from functools import partial
from types import TracebackType
from typing import Final, Self
from uuid import UUID

import structlog

from largesse.db import Database
from largesse.db.turns import Turn, in_turns
from largesse.domain import shop_counts
from largesse.domain.shop_counts import OTHER_CAMPAIGNS, ShopCount
from largesse.kernel.campaigns import NO_CAMPAIGN
from largesse.services.capabilities import UsesDatabase

WRITE_AFTER_S: Final = 5.0
SUMS_MAX: Final = 5_000
"""How many sums a process gathers before it tells campaigns apart no more, and how many more it takes at all."""
_log = structlog.get_logger()


class ShopCounter:
    """The sums of a process that are not written yet. Use with `async with`: what is left is written at the end."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._gathered = dict[ShopCount, int]()
        self._writing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Return the counter."""
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Write what is left."""
        if self._writing is not None and not self._writing.done():
            self._writing.cancel()
            await asyncio.wait({self._writing})
        await self.write()

    def note(self, one: ShopCount, times: int = 1) -> None:
        """Count something; it is written a few seconds later."""
        if one not in self._gathered and len(self._gathered) >= SUMS_MAX:
            campaign = OTHER_CAMPAIGNS if one.campaign != NO_CAMPAIGN else NO_CAMPAIGN
            one = ShopCount(one.merchant_id, one.counted_on, one.offering_id, one.language, campaign, one.happened)
            if one not in self._gathered and len(self._gathered) >= 2 * SUMS_MAX:
                return
        self._gathered[one] = self._gathered.get(one, 0) + times
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_soon())

    async def _write_soon(self) -> None:
        while self._gathered:
            await asyncio.sleep(WRITE_AFTER_S)
            await self.write()

    async def write(self) -> None:
        """Add all that was gathered to the sums of its days."""
        days = defaultdict[tuple[UUID, date], dict[ShopCount, int]](dict)
        gathered, self._gathered = self._gathered, {}
        for one, times in gathered.items():
            days[one.merchant_id, one.counted_on][one] = times
        try:
            for merchant_id, counted_on in list(days):
                await self._write(merchant_id, counted_on, days[merchant_id, counted_on])
                del days[merchant_id, counted_on]
        except asyncio.CancelledError:
            # The day that was being written was not: its transaction ended with nothing done.
            for left in days.values():
                for one, times in left.items():
                    self._gathered[one] = self._gathered.get(one, 0) + times
            raise

    async def _write(self, merchant_id: UUID, counted_on: date, counts: dict[ShopCount, int]) -> None:
        try:
            async with self._database.transaction() as connection:
                await shop_counts.add_counts(connection, merchant_id, counted_on, counts)
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody's page depends on it
            _log.warning("shop_counts_not_written", sums=len(counts), error=type(error).__name__)


async def forget_shop_counts(deps: UsesDatabase, *, now: datetime) -> int:
    """Delete sums that are kept no longer, and return how many."""
    async with deps.database.connection() as connection:
        merchants = await shop_counts.counts_to_forget(connection, today=now.date())
    return await in_turns(merchants, partial(_forget_some, deps, now=now), now=now)


async def _forget_some(deps: UsesDatabase, merchant_id: UUID, *, now: datetime) -> Turn:
    async with deps.database.transaction() as connection:
        count = await shop_counts.forget_counts(connection, merchant_id, today=now.date())
    return Turn(count, more=False)
