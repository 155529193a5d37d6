"""Bring a database to the shape this code expects, and say when it is ahead of it.

Migrations run one at a time, each in a transaction of its own, while the service is open: what waits for a lock gives
up soon and tries again (docs/decisions/0088-online-migrations.md).
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection as SyncConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from largesse.db import revisions
from largesse.db.faults import ADDRESS_FAULTS, CONNECTION_FAULTS, DatabaseRefused, DatabaseUnavailable
from largesse.db.hosts import Hosts
from largesse.db.migrations.patience import Patience
from largesse.db.migrations.statements import OWN_NAME
from largesse.db.session import BoundedSession
from largesse.db.unprepared import UnpreparedSession
from largesse.kernel.errors import Conflict, LargesseError, Unavailable

Result = TypeVar("Result")

_MIGRATIONS = Path(__file__).with_name("migrations")
_TRANSACTION_TIMEOUT_SINCE = 17
_CREATED_MEANWHILE = (asyncpg.UniqueViolationError, asyncpg.DuplicateTableError, asyncpg.DuplicateObjectError)
_IN_THE_WAY = (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError, asyncpg.SerializationError)


class DatabaseNewerThanCode(Conflict):
    """The database was migrated by a newer Largesse."""

    code = "database.newer"
    message = (
        "This database was used by a newer version of Largesse. Start that version, or restore a backup from "
        "before the upgrade; this version will not touch it."
    )


class DatabaseMigrating(Unavailable):
    """Another process has been migrating this database for longer than this one waits."""

    code = "database.migrating"
    message = "Another process is migrating this database. Wait until it has ended, then start this again."


class MigrationBlocked(Unavailable):
    """A migration never got the lock that it needs."""

    code = "database.migration_blocked"
    message = "The upgrade could not get a lock that it needs, and left off. What it had done before stands."

    @classmethod
    def before(cls, revision: str) -> "MigrationBlocked":
        """Return the error that names what has been reached."""
        return cls(
            f"{cls.message} The database is at revision {revision}. Find what holds the tables for long "
            "(pg_stat_activity lists transactions by xact_start), such as an export or a transaction that somebody "
            "forgot, and run it again."
        )


class MigrationForbidden(LargesseError):
    """The role of the address may not change the schema."""

    code = "database.migration_forbidden"
    message = (
        "The user of this database may not create or change its tables. Give it the database: CREATE DATABASE … OWNER "
        "…, or ALTER DATABASE … OWNER TO …; or name the owner in LARGESSE_MIGRATE_URL."
    )


async def current(dsn: str) -> str | None:
    """Return the revision the database is at, None when it is empty.

    Raises:
        DatabaseUnavailable: it cannot be reached.
    """
    return await _with_connection(dsn, _revision)


async def upgrade(
    dsn: str,
    *,
    to: str = "head",
    versions: Path = revisions.VERSIONS,
    patience: Patience | None = None,
) -> None:
    """Run the migrations that are missing, up to the revision `to`, of the files in `versions`.

    Safe to run from several processes at once: one does it, the others wait. One that was cut short goes on where it
    was. `dsn` is the server's own address where there is a pooler.

    Raises:
        DatabaseMigrating: another process takes too long.
        DatabaseNewerThanCode: the database is at a revision that this code does not know.
        DatabaseRefused: its address is wrong, or it takes no such user.
        DatabaseUnavailable: it cannot be reached.
        MigrationBlocked: it never got a lock that it needs.
        MigrationForbidden: the user may not change the schema.
        ServiceOpen: a migration needs the service closed.
    """
    patience = patience or Patience()
    async with alone(dsn, patience) as holder:
        if to == "head" and await _with_connection(dsn, _revision) == max(revisions.known(versions)):
            return None  # as at nearly every start: every migration would be loaded to find that out
        work = partial(_upgrade, holder=holder, to=to, versions=versions, patience=patience)
        reached, tries = await _with_connection(dsn, _revision), 0
        while True:
            try:
                return await _with_connection(dsn, work)
            except _IN_THE_WAY as error:
                at = await _with_connection(dsn, _revision)
                reached, tries = at, 1 if at != reached else tries + 1
                if tries >= patience.tries:
                    raise MigrationBlocked.before(at or "none") from error
            await asyncio.sleep(patience.pause.total_seconds())


def _upgrade(connection: SyncConnection, *, holder: "_Session", to: str, versions: Path, patience: Patience) -> None:
    revision = _revision(connection)
    if revision is not None and revision not in revisions.known(versions):
        raise DatabaseNewerThanCode
    connection.rollback()  # each migration begins a transaction of its own
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.set_main_option("version_locations", str(versions))
    config.set_main_option("path_separator", "os")
    config.attributes.update(
        connection=connection, patience=patience, still_alone=partial(_refuse_when_not_alone, holder=holder)
    )
    command.upgrade(config, to)


def _refuse_when_not_alone(*, holder: "_Session", **_: object) -> None:
    if holder.is_closed():
        raise DatabaseUnavailable


def _revision(connection: SyncConnection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


_Session = Any
"""An asyncpg connection; only its stubs are generic."""


@asynccontextmanager
async def alone(dsn: str, patience: Patience) -> AsyncIterator[_Session]:
    """Keep every other process from migrating, by a lock of a session that does nothing else.

    Its transaction stays open, but it has no snapshot: CREATE INDEX CONCURRENTLY, which waits for all that could see
    rows of before, does not wait for it. The lock is of a mode in which revisions can still be written.
    """
    try:
        holder = await connect(dsn)
    except CONNECTION_FAULTS as error:
        raise DatabaseUnavailable from error
    try:
        # Two processes that create it at once are told of a name that is taken: its own, that of its type, or a key of
        # the catalogue, by how far the other one is. Whoever is told so finds the table: the other has committed.
        with suppress(*_CREATED_MEANWHILE):
            await holder.execute("CREATE TABLE IF NOT EXISTS alembic_version (version_num varchar(32) PRIMARY KEY)")
        await holder.execute("BEGIN ISOLATION LEVEL READ COMMITTED")
        await holder.execute(
            "SET LOCAL idle_in_transaction_session_timeout = 0;"
            f"SET LOCAL lock_timeout = {int(patience.turn.total_seconds() * 1000)}"
        )
        if holder.get_server_version().major >= _TRANSACTION_TIMEOUT_SINCE:
            await holder.execute("SET LOCAL transaction_timeout = 0")
        await holder.execute("LOCK TABLE alembic_version IN SHARE UPDATE EXCLUSIVE MODE")
        yield holder
        await holder.execute("ROLLBACK")
    except asyncpg.LockNotAvailableError as error:
        raise DatabaseMigrating from error
    except (asyncpg.InsufficientPrivilegeError, asyncpg.InvalidSchemaNameError) as error:
        raise MigrationForbidden from error
    except CONNECTION_FAULTS as error:
        raise DatabaseUnavailable from error
    finally:
        holder.terminate()


async def connect(dsn: str) -> BoundedSession:
    """Open a session for what changes the schema.

    Raises:
        DatabaseRefused: the address is wrong, or the database takes no such user.
    """
    try:
        return await Hosts(dsn).connect(
            connection_class=UnpreparedSession,
            statement_cache_size=0,
            server_settings={"application_name": OWN_NAME, "timezone": "UTC", "datestyle": "ISO"},
        )
    except ADDRESS_FAULTS as error:
        raise DatabaseRefused.because(error) from error


async def _with_connection(dsn: str, work: Callable[[SyncConnection], Result]) -> Result:
    async def create(*_: object, **__: object) -> BoundedSession:
        return await connect(dsn)

    # A pooler must find nothing of an earlier migration on the session it gives us, nor keep anything of this one.
    pooled = {"prepared_statement_cache_size": 0, "prepared_statement_name_func": lambda: f"__largesse_{uuid4().hex}__"}
    engine = create_async_engine("postgresql+asyncpg://", async_creator=create, connect_args=pooled, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(work)
    except DBAPIError as error:
        raise _of_the_driver(error) from error
    except CONNECTION_FAULTS as error:
        raise DatabaseUnavailable from error
    finally:
        await engine.dispose()


def _of_the_driver(error: DBAPIError) -> BaseException:
    """Return the driver's own error, which SQLAlchemy wraps when the statement went through it."""
    cause = error.orig.__cause__ if error.orig is not None else None
    if isinstance(cause, CONNECTION_FAULTS):
        return DatabaseUnavailable()
    return cause or error
