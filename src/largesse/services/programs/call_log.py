"""Keep what programs ask for: noted in memory, written by COPY after the answer, and left out where there is no room.

Nothing of it is worth a slower answer: what does not fit, or cannot be written, is dropped and counted.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

import structlog

from largesse.db.turns import Turn, in_turns
from largesse.domain import programs
from largesse.domain.programs import ProgramCall
from largesse.services.capabilities import UsesDatabase

WAITING_MAX: Final = 5_000
"""How many wait in a process before more are left out."""
WRITE_AFTER_S: Final = 0.25
AT_ONCE: Final = 500
_log = structlog.get_logger()

Made = Callable[[], ProgramCall]
"""Make a request ready to be kept; masking it is left for when nobody waits."""


class CallLog:
    """The requests of a process that are not written yet."""

    def __init__(self, deps: UsesDatabase, *, waiting_max: int = WAITING_MAX) -> None:
        self._deps = deps
        self._waiting: deque[Made] = deque()
        self._waiting_max = waiting_max
        self._writing: asyncio.Task[None] | None = None
        self.dropped = 0

    def note(self, made: Made) -> None:
        """Take a request in; it is written a moment later, unless too many wait."""
        if len(self._waiting) >= self._waiting_max:
            self.dropped += 1
            return
        self._waiting.append(made)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_soon())

    async def _write_soon(self) -> None:
        await asyncio.sleep(WRITE_AFTER_S)
        await self.write()

    async def write(self) -> None:
        """Write all that waits."""
        while self._waiting:
            some = defaultdict[UUID, list[ProgramCall]](list)
            for _ in range(min(AT_ONCE, len(self._waiting))):
                self._gather(some, self._waiting.popleft())
            for calls in some.values():
                await self._write(calls)
        if self.dropped:
            _log.warning("program_calls_dropped", count=self.dropped)
            self.dropped = 0

    def _gather(self, some: dict[UUID, list[ProgramCall]], made: Made) -> None:
        try:
            one = made()
        except Exception as error:  # noqa: BLE001 - one request that cannot be masked takes no other with it
            self.dropped += 1
            _log.warning("program_call_not_masked", error=type(error).__name__)
        else:
            some[one.merchant_id].append(one)

    async def _write(self, calls: list[ProgramCall]) -> None:
        try:
            async with self._deps.database.connection() as connection:
                await programs.write_calls(connection, calls)
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody's request depends on it
            self.dropped += len(calls)
            _log.warning("program_calls_not_written", error=type(error).__name__)


async def forget_calls(deps: UsesDatabase, *, now: datetime) -> int:
    """Delete requests that are kept no longer, and return how many."""
    async with deps.database.connection() as connection:
        merchants = await programs.merchants_with_keys(connection)
    return await in_turns(merchants, partial(_forget_some, deps, now=now), now=now)


async def _forget_some(deps: UsesDatabase, merchant_id: UUID, *, now: datetime) -> Turn:
    async with deps.database.transaction() as connection:
        count, more = await programs.forget_calls(connection, merchant_id, now=now)
    return Turn(count, more=more)
