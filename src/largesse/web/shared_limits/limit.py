"""One bound: what it allows, and a try that is counted against it."""

import asyncio
import hmac
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Final, Protocol
from weakref import WeakValueDictionary

import msgspec

from largesse.services.capabilities import UsesClock, UsesDatabase, UsesKeys
from largesse.web.errors import TooManyRequests
from largesse.web.shared_limits import store

PURPOSE: Final = "limit-subject"
_EVERYBODY: Final = ""
_DIGEST_BYTES: Final = 16
# What is right and comes at once must not use the bound up: a process has this part of it under way, the rest waits.
_SHARE: Final = 4


class LimitDependencies(UsesClock, UsesDatabase, UsesKeys, Protocol):
    """What a shared limit counts with."""


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """One use of a bound: whose it is, and the window that it was counted in."""

    subject: bytes
    ends_at: datetime


class LimitAttempt:
    """A try that was counted; it is given back unless `miss` is called."""

    def __init__(self) -> None:
        self.is_miss = False

    def miss(self) -> None:
        """Let the try stay counted: it was wrong."""
        self.is_miss = True


class SharedLimit:
    """So many uses by each visitor within a while, counted by all processes together.

    `name` keeps its counts apart from those of other limits.
    """

    def __init__(
        self,
        deps: LimitDependencies,
        name: str,
        *,
        most: int,
        within: timedelta,
        longest: timedelta | None = None,
        overall: int | None = None,
    ) -> None:
        self._deps = deps
        self._terms = store.LimitTerms(name=name, most=most, within=within, longest=longest or within, overall=overall)
        self._turns = WeakValueDictionary[tuple[str, str], asyncio.Semaphore]()
        # Uses that came while others of the same visitor were being counted, and wait to be counted together.
        self._waiting: dict[bytes, list[asyncio.Future[datetime | None]]] = {}
        self._counting = set[asyncio.Task[None]]()

    @asynccontextmanager
    async def attempt(self, who: str, *, of: str = "", trusted: bool = False) -> AsyncIterator[LimitAttempt]:
        """Count a try of `who` before the block runs, and give it back afterwards unless it was a miss.

        `of` is what is guessed at, where it is not the same for everybody. A `trusted` visitor answers only for their
        own misses.

        Raises:
            TooManyRequests: there were too many misses; the block does not run.
        """
        turns = self._turns.setdefault((of, who), asyncio.Semaphore(max(1, self._terms.most // _SHARE)))
        async with turns:
            taken = await self.take(who, of=of, trusted=trusted)
            attempt = LimitAttempt()
            try:
                yield attempt
            finally:
                await (self._note_miss(of) if attempt.is_miss else self.give_back(taken))

    async def take(self, who: str, *, of: str = "", trusted: bool = False) -> Taken:
        """Count a use of `who`.

        Raises:
            TooManyRequests: the bound is used up; says when there is more.
        """
        now, subject = self._deps.clock.now(), self._subject(of, who)
        if self._terms.overall is None:
            ends_at = await self._take_together(subject)
        else:
            everybody = None if trusted else self._subject(of, _EVERYBODY)
            async with self._deps.database.connection() as connection:
                ends_at = await store.take(connection, self._terms, subject, everybody=everybody, now=now)
        if ends_at is not None:
            return Taken(subject=subject, ends_at=ends_at)
        async with self._deps.database.connection() as connection:
            free_at = await store.window_end(connection, self._terms, subject)
        wait = (free_at - now).total_seconds() if free_at else 0
        raise TooManyRequests(retry_after_s=max(1, math.ceil(wait)))

    async def remember(self, who: str, *, of: str = "", until: datetime) -> None:
        """Remember until a moment that `who` was right."""
        async with self._deps.database.connection() as connection:
            await store.remember(connection, self._terms, self._subject(of, who), until=until)

    async def remembers(self, who: str, *, of: str = "") -> bool:
        """Return whether `who` was right before."""
        async with self._deps.database.connection() as connection:
            now = self._deps.clock.now()
            return await store.is_remembered(connection, self._terms, self._subject(of, who), now=now)

    async def give_back(self, taken: Taken) -> None:
        """Take back a use that was counted."""
        async with self._deps.database.connection() as connection:
            await store.give_back(connection, self._terms, taken.subject, ends_at=taken.ends_at)

    async def _take_together(self, subject: bytes) -> datetime | None:
        """Count a use of somebody, with all that come while others of theirs are being counted.

        One statement for each would have them wait in a row for the same row of the table.
        """
        answer: asyncio.Future[datetime | None] = asyncio.get_running_loop().create_future()
        waiting = self._waiting.get(subject)
        if waiting is not None:
            waiting.append(answer)
            return await answer
        self._waiting[subject] = [answer]
        # A task of its own: whoever came first may go away, and the others still wait.
        task = asyncio.create_task(self._count_waiting(subject))
        self._counting.add(task)
        task.add_done_callback(self._counting.discard)
        return await answer

    async def _count_waiting(self, subject: bytes) -> None:
        waiting = self._waiting[subject]
        while waiting:
            together = waiting[: self._terms.most]
            del waiting[: len(together)]
            try:
                ends = await self._count(subject, len(together))
            except Exception as error:  # noqa: BLE001 - raised again by everybody who waits
                ends = [error] * len(together)
            for answer, end in zip(together, ends, strict=True):
                if answer.done():
                    continue
                if isinstance(end, Exception):
                    answer.set_exception(end)
                else:
                    answer.set_result(end)
        del self._waiting[subject]

    async def _count(self, subject: bytes, count: int) -> list[datetime | Exception | None]:
        """Return for each of so many uses when its window ends, None for those that are beyond the bound."""
        now = self._deps.clock.now()
        async with self._deps.database.connection() as connection:
            end = await store.take(connection, self._terms, subject, everybody=None, now=now, count=count)
            if end is not None or count == 1:
                return [end] * count
            # Not so many are left: whoever came first has the rest.
            ends: list[datetime | Exception | None] = []
            while len(ends) < count:
                end = await store.take(connection, self._terms, subject, everybody=None, now=now)
                ends += [end] if end is not None else [None] * (count - len(ends))
            return ends

    async def _note_miss(self, of: str) -> None:
        if self._terms.overall is None:
            return
        async with self._deps.database.connection() as connection:
            await store.count_for_all(
                connection, self._terms, self._subject(of, _EVERYBODY), now=self._deps.clock.now()
            )

    def _subject(self, of: str, who: str) -> bytes:
        """Return what stands for somebody in the table: an address is data of a person."""
        key = self._deps.keyring.signing_keys(PURPOSE)[0]
        return hmac.digest(key, f"{self._terms.name}\0{of}\0{who}".encode(), "sha256")[:_DIGEST_BYTES]
