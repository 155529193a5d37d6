"""A pool of connections to one PostgreSQL, and transactions on them.

Everything runs on asyncpg connections: one kind of connection means that domains, ledger and outbox can always meet in
one transaction.

Whoever asks is answered within ten seconds, also by a database that hangs. A session is had within ACQUIRE_TIMEOUT_S, a
statement runs STATEMENT_TIMEOUT_S at most, and work that is tried again is given up after DEADLINE_S in all. What needs
longer (exports, proofs, rotations) has a session of its own, without these limits. All of them are stretched where the
operator says so (`kernel.time_limits`).
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta
from typing import Any, Self, TypeVar, cast

import asyncpg

from largesse.db.connection import Connection
from largesse.db.faults import (
    ADDRESS_FAULTS,
    CONNECTION_FAULTS,
    Contended,
    DatabaseFull,
    DatabaseRefused,
    DatabaseUnavailable,
    OutcomeUnknown,
    StatementTooSlow,
    contended,
    key_taken,
    unreachable,
)
from largesse.db.hosts import Hosts
from largesse.db.session import BoundedSession
from largesse.db.unprepared import UnpreparedSession
from largesse.kernel.backoff import Backoff
from largesse.kernel.time_limits import limit

Result = TypeVar("Result")

STATEMENT_TIMEOUT_S = 5.0
ACQUIRE_TIMEOUT_S = 4.0
DEADLINE_S = 9.0
RELEASE_TIMEOUT_S = 1.0
CLOSE_TIMEOUT_S = 10.0
ATTEMPTS_MAX = 6
BACKOFF = Backoff.doubling(timedelta(milliseconds=40), times=4)


class Database:
    """The pool of connections to one database.

    `dsn` is a libpq URL; several hosts in it are tried in turn, and the one that accepts writes is used.
    """

    def __init__(
        self, pool: "asyncpg.Pool[Any]", hosts: Hosts, *, prepared: bool, one_merchant_batches: bool = False
    ) -> None:
        self.one_merchant_batches = one_merchant_batches
        self._pool = pool
        self._hosts = hosts
        self._prepared = prepared
        # Whoever reads a page, or pays in a transaction of their own, finds a session however many batches wait; and so
        # does a batch, however many look for what is wrong or wait for a lock.
        for_batches = max(1, pool.get_max_size() // 2)
        self._batches = asyncio.Semaphore(for_batches)
        self._batches_aside = asyncio.Semaphore(max(1, for_batches // 2))

    @classmethod
    async def open(
        cls,
        dsn: str,
        *,
        size_min: int = 1,
        size_max: int = 10,
        prepared: bool = True,
        one_merchant_batches: bool = False,
    ) -> Self:
        """Connect, and keep between `size_min` and `size_max` sessions.

        `prepared` False is for a pooler that may give every transaction another session and does not follow prepared
        statements: nothing outlasts a transaction then, and hints of NOTIFY are not waited for. `one_merchant_batches`
        is for a distributed database, where a transaction of several merchants would have to be committed on several.

        Raises:
            DatabaseRefused: the address is wrong, or the database takes no such user.
            DatabaseUnavailable: no session could be opened.
        """
        hosts = Hosts(dsn)
        try:
            pool = await asyncpg.create_pool(
                connect=cast("Any", hosts.connect),  # its stubs want every option named
                min_size=size_min,
                max_size=size_max,
                command_timeout=limit(STATEMENT_TIMEOUT_S),
                init=_learn,
                reset=_leave_as_it_is,
                **_options(name="largesse", prepared=prepared),
            )
        except ADDRESS_FAULTS as error:
            raise DatabaseRefused.because(error) from error
        except CONNECTION_FAULTS as error:
            raise DatabaseUnavailable from error
        return cls(pool, hosts, prepared=prepared, one_merchant_batches=one_merchant_batches)

    @property
    def hears_hints(self) -> bool:
        """Return whether a session can wait for NOTIFY; behind a pooler it belongs to somebody else a moment later."""
        return self._prepared

    @property
    def sessions(self) -> tuple[int, int]:
        """Return how many sessions the pool holds, and how many of them nobody uses."""
        return self._pool.get_size(), self._pool.get_idle_size()

    async def close(self) -> None:
        """Return every session; waits for those in use, and drops those that stay so."""
        with suppress(TimeoutError):
            async with asyncio.timeout(limit(CLOSE_TIMEOUT_S)):
                await self._pool.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """Lend a session, outside any transaction.

        Raises:
            DatabaseFull: it has no room for what was written.
            DatabaseUnavailable: none came free or could be opened in time, or it was lost on the way.
            StatementTooSlow: a statement was given up, and the database answers.
            OutcomeUnknown: it was lost while a transaction was committed.
        """
        try:
            lent = await self._pool.acquire(timeout=limit(ACQUIRE_TIMEOUT_S))
        except CONNECTION_FAULTS as error:
            raise DatabaseUnavailable from error
        session: BoundedSession = cast("Any", lent).itself
        try:
            yield cast("Connection", lent)
        except TimeoutError as error:
            await self._give_up(session)
            raise DatabaseUnavailable from error
        except OutcomeUnknown as error:
            if isinstance(error.__cause__, TimeoutError):
                await self._leave(session)
            raise
        except CONNECTION_FAULTS as error:
            # A driver's error about a session that is gone is not the caller's; one about a wrong argument is.
            if isinstance(error, asyncpg.InternalClientError) or (unreachable(error) and _is_lost(lent)):
                raise DatabaseUnavailable from error
            raise
        except asyncpg.QueryCanceledError as error:  # by a time limit of the role's own
            raise StatementTooSlow from error
        except asyncpg.InsufficientResourcesError as error:
            raise DatabaseFull from error
        finally:
            # A session that cannot be reset is ended by the pool; what was done on it stands.
            with suppress(*CONNECTION_FAULTS):
                await self._pool.release(lent, timeout=limit(RELEASE_TIMEOUT_S))

    async def _give_up(self, session: BoundedSession) -> None:
        """End a session whose statement took too long, and all sessions like it where the server does not answer.

        Raises:
            StatementTooSlow: the server answers.
        """
        if await session.answers():
            session.terminate()
            raise StatementTooSlow
        await self._leave(session)

    async def _leave(self, session: BoundedSession) -> None:
        """Open every session anew, on another server where there is one."""
        session.terminate()
        self._hosts.put_off(session)
        await self._pool.expire_connections()

    @asynccontextmanager
    async def transaction(self, *, readonly: bool = False) -> AsyncIterator[Connection]:
        """Lend a session inside a transaction, committed when the block ends well and rolled back when it does not.

        Raises:
            DatabaseUnavailable: no session came free or could be opened in time.
        """
        async with self.connection() as connection, connection.transaction(readonly=readonly):
            yield connection

    @asynccontextmanager
    async def dedicated(self) -> AsyncIterator[Connection]:
        """Open a session outside the pool, without a statement time limit: for exports, proofs and listening.

        Raises:
            DatabaseUnavailable: it could not be opened.
        """
        try:
            session = await self._hosts.connect(**_options(name="largesse-long", prepared=self._prepared))
        except CONNECTION_FAULTS as error:
            raise DatabaseUnavailable from error
        try:
            yield cast("Connection", session)
        finally:
            await session.close()

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Connection]:
        """Open a session of its own that only reads, and sees the database as it is at its first statement.

        When the block fails, the session is dropped: a COPY whose reader went away would otherwise be waited for, and
        asyncpg waits for ever when it has stopped reading.

        Raises:
            DatabaseUnavailable: it could not be opened.
        """
        async with self.dedicated() as connection:
            await connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            try:
                yield connection
            except BaseException:
                connection.terminate()
                raise
            await connection.execute("COMMIT")

    async def retrying(
        self, work: Callable[[Connection], Awaitable[Result]], *, attempts: int = ATTEMPTS_MAX
    ) -> Result:
        """Run `work` in a transaction, again when another transaction was in its way, for DEADLINE_S at most.

        Only for work that is safe to run twice: a lost connection at COMMIT leaves open whether it took effect. A key
        that was taken meanwhile is looked at once more, since the work reads what stands: it may be the same work.

        Raises:
            Contended: others were in the way every time; nothing was done.
            DatabaseUnavailable: it was not done in time; nothing was done.
            OutcomeUnknown: it was being committed when the database was lost, or the time was over.
        """
        until = asyncio.get_running_loop().time() + limit(DEADLINE_S)
        for attempt in range(1, attempts + 1):
            try:
                return await self.within(until, work)
            except asyncpg.PostgresError as error:
                if key_taken(error):
                    if attempt > 1:
                        raise
                elif not contended(error):
                    raise
                if attempt == attempts:
                    raise Contended from error
            await asyncio.sleep(BACKOFF.seconds(attempt))
        raise AssertionError

    async def batch(
        self, until: float, work: Callable[[Connection], Awaitable[Result]], *, limit_s: float, aside: bool = False
    ) -> Result:
        """Run `work` as `within`, in one of the sessions that batches may have: at most half of the pool.

        It is given up once it took `limit_s`. `aside`, it has to share half of those sessions with its like.

        Raises:
            Contended: none of them came free; nothing was done.
            StatementTooSlow: it took too long, and the database answers; nothing was done.
            DatabaseUnavailable, OutcomeUnknown: as `within`.
        """
        async with AsyncExitStack() as sessions:
            try:
                async with asyncio.timeout_at(until):
                    for some in (self._batches_aside, self._batches) if aside else (self._batches,):
                        await sessions.enter_async_context(some)
            except TimeoutError as error:
                raise Contended from error
            return await self.within(until, work, limit_s=limit_s)

    async def within(
        self, until: float, work: Callable[[Connection], Awaitable[Result]], *, limit_s: float | None = None
    ) -> Result:
        """Run `work` in a transaction that ends before `until`, a moment of the event loop's clock.

        Raises:
            StatementTooSlow: it took longer than `limit_s`, and the database answers; nothing was done.
            DatabaseUnavailable: it was not done in time; nothing was done.
            OutcomeUnknown: it was being committed when the database was lost, or the time was over.
        """
        committing = False
        try:
            async with asyncio.timeout_at(until), self.transaction() as connection:
                async with asyncio.timeout(limit_s):
                    result = await work(connection)
                committing = True
        except TimeoutError as error:
            raise (OutcomeUnknown if committing else DatabaseUnavailable) from error
        return result


async def _learn(session: Any) -> None:
    """Find out about the database what decides how statements are sent to it."""
    session.sends_apart = await session.fetchval("SELECT EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'citus')")


async def _leave_as_it_is(_: object) -> None:
    """Spare every returned session the round trip that resets it.

    asyncpg still rolls back what is left open and drops listeners. Nobody here changes a pooled session's settings:
    what listens, or runs long, has a session of its own (`dedicated`).
    """


def _is_lost(session: Any) -> bool:
    try:
        return bool(session.is_closed())
    except asyncpg.InterfaceError:  # the pool has taken the lost session back already
        return True


def _options(*, name: str, prepared: bool) -> dict[str, Any]:
    """Return how a session is opened. What a database or a role has set for itself does not change what we read."""
    settings = {"application_name": name, "timezone": "UTC", "datestyle": "ISO"}
    if prepared:
        return {"connection_class": BoundedSession, "server_settings": settings}
    return {"connection_class": UnpreparedSession, "server_settings": settings, "statement_cache_size": 0}
