"""A pool of connections to one PostgreSQL, and transactions on them.

Everything runs on asyncpg connections: one kind of connection means that domains, ledger and outbox can always meet in
one transaction.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any, Self, TypeVar, cast
from urllib.parse import parse_qs

import asyncpg
from asyncpg.connect_utils import SessionAttribute

from largesse.db.connection import Connection
from largesse.db.unprepared import UnpreparedConnection
from largesse.kernel.backoff import Backoff
from largesse.kernel.errors import LargesseError, Unavailable

Result = TypeVar("Result")

# A statement that runs longer than this is a fault, not a slow day; exports and migrations open sessions of their own.
STATEMENT_TIMEOUT_S = 30.0
CONNECT_TIMEOUT_S = 10.0
ACQUIRE_TIMEOUT_S = 10.0
ATTEMPTS_MAX = 6
BACKOFF = Backoff.doubling(timedelta(milliseconds=40), times=4)

CONNECTION_FAULTS: tuple[type[Exception], ...] = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    # What the driver says when it is asked to use a session to which the server has just said goodbye.
    asyncpg.InternalClientError,
    OSError,  # ConnectionError and TimeoutError are kinds of it
)
# What is said when a session is opened with what can never open one. Asked before the faults above: of what the driver
# cannot read in an address, some is of both kinds.
ADDRESS_FAULTS: tuple[type[Exception], ...] = (
    asyncpg.InvalidAuthorizationSpecificationError,  # a wrong password is a kind of it
    asyncpg.InvalidCatalogNameError,
    asyncpg.InsufficientPrivilegeError,
    ValueError,
)


class DatabaseFull(Unavailable):
    """The database has no room to write, on disk or in memory; what only reads goes on."""

    code = "database.full"
    message = "Nothing can be written just now. Nothing was done; try again later."


class DatabaseUnavailable(Unavailable):
    """The database cannot be reached just now."""

    code = "database.unavailable"
    message = "The database cannot be reached just now. Nothing was done; try again in a moment."


class DatabaseRefused(LargesseError):
    """The address of the database, or the user in it, is wrong; waiting does not help."""

    code = "database.refused"
    message = "LARGESSE_DATABASE_URL cannot be read as the address of a PostgreSQL. Check host, port and options in it."

    @classmethod
    def because(cls, fault: Exception) -> Self:
        """Return the error for one of `ADDRESS_FAULTS`.

        What the driver could not read is not repeated: it may be the password.
        """
        if not isinstance(fault, asyncpg.PostgresError):
            return cls()
        return cls(f"The database refuses the connection ({fault}). Check user, password and name in its address.")


class Contended(Unavailable):
    """Other transactions stood in the way for too long."""

    code = "database.contended"


class Database:
    """The pool of connections to one database.

    `dsn` is a libpq URL; several hosts in it are tried in turn, and the one that accepts writes is used.
    """

    def __init__(self, pool: "asyncpg.Pool[Any]", dsn: str, *, prepared: bool) -> None:
        self._pool = pool
        self._dsn = dsn
        self._prepared = prepared

    @classmethod
    async def open(cls, dsn: str, *, size_min: int = 1, size_max: int = 10, prepared: bool = True) -> Self:
        """Connect, and keep between `size_min` and `size_max` sessions.

        `prepared` False is for a pooler that may give every transaction another session and does not follow prepared
        statements: nothing outlasts a transaction then, and hints of NOTIFY are not waited for.

        Raises:
            DatabaseRefused: the address is wrong, or the database takes no such user.
            DatabaseUnavailable: no session could be opened.
        """
        try:
            pool = await asyncpg.create_pool(
                dsn,
                min_size=size_min,
                max_size=size_max,
                command_timeout=STATEMENT_TIMEOUT_S,
                reset=_leave_as_it_is,
                **_options(dsn, name="largesse", prepared=prepared),
            )
        except ADDRESS_FAULTS as error:
            raise DatabaseRefused.because(error) from error
        except CONNECTION_FAULTS as error:
            raise DatabaseUnavailable from error
        return cls(pool, dsn, prepared=prepared)

    @property
    def hears_hints(self) -> bool:
        """Return whether a session can wait for NOTIFY; behind a pooler it belongs to somebody else a moment later."""
        return self._prepared

    @property
    def sessions(self) -> tuple[int, int]:
        """Return how many sessions the pool holds, and how many of them nobody uses."""
        return self._pool.get_size(), self._pool.get_idle_size()

    async def close(self) -> None:
        """Return every session; waits for those in use."""
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
        """
        try:
            session = await self._pool.acquire(timeout=ACQUIRE_TIMEOUT_S)
        except CONNECTION_FAULTS as error:
            raise DatabaseUnavailable from error
        try:
            yield cast("Connection", session)
        except CONNECTION_FAULTS as error:
            # A driver's error about a session that is gone is not the caller's; one about a wrong argument is.
            if isinstance(error, asyncpg.InternalClientError) or (unreachable(error) and _is_lost(session)):
                raise DatabaseUnavailable from error
            raise
        except asyncpg.InsufficientResourcesError as error:
            raise DatabaseFull from error
        finally:
            # A session that cannot be reset is ended by the pool; what was done on it stands.
            with suppress(*CONNECTION_FAULTS):
                await self._pool.release(session)

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
            options = _options(self._dsn, name="largesse-long", prepared=self._prepared)
            session = await asyncpg.connect(self._dsn, **options)
        except CONNECTION_FAULTS as error:
            raise DatabaseUnavailable from error
        try:
            yield cast("Connection", session)
        finally:
            await session.close(timeout=CONNECT_TIMEOUT_S)

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
        """Run `work` in a transaction, again when another transaction was in its way.

        Only for work that is safe to run twice: a lost connection at COMMIT leaves open whether it took effect. A key
        that was taken meanwhile is looked at once more, since the work reads what stands: it may be the same work.

        Raises:
            Contended: others were in the way every time; nothing was done.
        """
        for attempt in range(1, attempts + 1):
            try:
                async with self.transaction() as connection:
                    return await work(connection)
            except asyncpg.UniqueViolationError:
                if attempt > 1:
                    raise
            except asyncpg.PostgresError as error:
                if not contended(error):
                    raise
                if attempt == attempts:
                    raise Contended from error
            await asyncio.sleep(BACKOFF.seconds(attempt))
        raise AssertionError


async def _leave_as_it_is(_: object) -> None:
    """Spare every returned session the round trip that resets it.

    asyncpg still rolls back what is left open and drops listeners. Nobody here changes a pooled session's settings:
    what listens, or runs long, has a session of its own (`dedicated`).
    """


def unreachable(error: BaseException) -> bool:
    """Return whether `error` says that the database is out of reach, rather than that something was asked wrongly.

    asyncpg raises one family for both a closed session and a bad argument; the latter is a ValueError as well.
    """
    return isinstance(error, (*CONNECTION_FAULTS, DatabaseUnavailable)) and not isinstance(error, ValueError)


def contended(error: BaseException) -> bool:
    """Return whether `error` says that another transaction stood in the way, so that running again may succeed."""
    return isinstance(error, asyncpg.SerializationError | asyncpg.DeadlockDetectedError)


def _is_lost(session: Any) -> bool:
    try:
        return bool(session.is_closed())
    except asyncpg.InterfaceError:  # the pool has taken the lost session back already
        return True


def write_session(dsn: str) -> SessionAttribute | None:
    """Return what a session must be like: of several hosts, the one that accepts writes is meant."""
    several = "," in dsn.partition("?")[0] or any(
        "," in host for host in parse_qs(dsn.partition("?")[2]).get("host", ())
    )
    return SessionAttribute.read_write if several else None


def _options(dsn: str, *, name: str, prepared: bool) -> dict[str, Any]:
    """Return how a session is opened. What a database or a role has set for itself does not change what we read."""
    shared = {
        "timeout": CONNECT_TIMEOUT_S,
        "target_session_attrs": write_session(dsn),
        "server_settings": {"application_name": name, "timezone": "UTC", "datestyle": "ISO"},
    }
    return shared if prepared else shared | {"connection_class": UnpreparedConnection, "statement_cache_size": 0}
