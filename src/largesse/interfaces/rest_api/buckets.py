"""How much each key may ask for: a bucket in every process, and once a second the sum over all of them.

A process lets a key do what is left of its rate after what the others told of the second before. So a key overshoots
by what its requests of one second can be, at several processes, before they have told each other.
"""

import asyncio
import time
from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
import structlog

from largesse.domain.programs import ProgramKey, share_use
from largesse.kernel.errors import LargesseError
from largesse.services.capabilities import UsesDatabase
from largesse.web.errors import TooManyRequests

READS_PER_S: Final = 100
WRITES_PER_S: Final = 100
_IDLE_S: Final = 10.0
_log = structlog.get_logger()


class Bucket(msgspec.Struct):
    """What one key may still do here of one kind, and what it did since the others were told."""

    rate: int
    left: float
    filled_at: float
    others: float = 0
    untold: int = 0

    def fill(self, now: float) -> None:
        """Add what came since, at the rate that the others leave."""
        rate = max(self.rate - self.others, 1)
        self.left = min(self.rate, self.left + (now - self.filled_at) * rate)
        self.filled_at = now


class RateHeaders(msgspec.Struct, frozen=True):
    """What is told of a bucket: the policy, and what is left (draft-ietf-httpapi-ratelimit-headers)."""

    policy: str
    left: str


class Buckets:
    """The buckets of a process."""

    def __init__(
        self,
        deps: UsesDatabase,
        *,
        process_id: UUID,
        reads_per_s: int = READS_PER_S,
        writes_per_s: int = WRITES_PER_S,
        steady_clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._deps = deps
        self._process_id = process_id
        self._rates = {"reads": reads_per_s, "writes": writes_per_s}
        self._clock = steady_clock
        self._buckets: dict[tuple[UUID, UUID, str], Bucket] = {}
        self._told_at = steady_clock()
        self._telling: asyncio.Task[None] | None = None

    def take(self, key: ProgramKey, *, writes: bool, now: datetime) -> RateHeaders:
        """Take one request out of a key's bucket.

        Raises:
            TooManyRequests: it is empty.
        """
        kind, moment = "writes" if writes else "reads", self._clock()
        rate = self._rates[kind]
        name = (key.merchant_id, key.program_id, kind)
        bucket = self._buckets.get(name)
        if bucket is None:
            bucket = self._buckets[name] = Bucket(rate=rate, left=rate, filled_at=moment)
        bucket.fill(moment)
        self._tell_now_and_then(moment, now)
        if bucket.left < 1:
            raise TooManyRequests(retry_after_s=1)
        bucket.left -= 1
        bucket.untold += 1
        return RateHeaders(f'"{kind}";q={rate};w=1', f'"{kind}";r={int(bucket.left)};t=1')

    def _tell_now_and_then(self, moment: float, now: datetime) -> None:
        if moment - self._told_at >= 1 and (self._telling is None or self._telling.done()):
            self._told_at = moment
            self._telling = asyncio.create_task(self._tell(moment, now))

    async def _tell(self, moment: float, now: datetime) -> None:
        """Write down for the other processes what was done here, and learn what was done there."""
        counts = {name: bucket.untold for name, bucket in self._buckets.items() if bucket.untold}
        for name in [name for name, one in self._buckets.items() if moment - one.filled_at > _IDLE_S]:
            del self._buckets[name]
        try:
            async with self._deps.database.connection() as connection:
                elsewhere = await share_use(connection, self._process_id, counts, now=now)
        except LargesseError as error:  # without the others each process counts for itself
            _log.warning("rates_not_shared", error_code=error.code)
            return
        for name, bucket in self._buckets.items():
            bucket.untold -= counts.get(name, 0)
            bucket.others = elsewhere.get(name, 0)
