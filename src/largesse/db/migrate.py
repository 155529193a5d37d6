"""Bring a database to the shape this code expects, and say when it is ahead of it."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection as SyncConnection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from largesse.db import revisions
from largesse.db.database import ADDRESS_FAULTS, CONNECTION_FAULTS, DatabaseRefused, DatabaseUnavailable, write_session
from largesse.db.unprepared import UnpreparedConnection
from largesse.kernel.errors import Conflict

Result = TypeVar("Result")

_MIGRATIONS = Path(__file__).with_name("migrations")


class DatabaseNewerThanCode(Conflict):
    """The database was migrated by a newer Largesse."""

    code = "database.newer"
    message = (
        "This database was used by a newer version of Largesse. Start that version, or restore a backup from "
        "before the upgrade; this version will not touch it."
    )


async def current(dsn: str) -> str | None:
    """Return the revision the database is at, None when it is empty.

    Raises:
        DatabaseUnavailable: it cannot be reached.
    """
    return await _with_connection(dsn, _revision)


async def upgrade(dsn: str, *, to: str = "head") -> None:
    """Run the migrations that are missing, up to the revision `to`.

    Safe to run from several processes at once: one does it, the others wait.

    Raises:
        DatabaseNewerThanCode: the database is at a revision that this code does not know.
        DatabaseRefused: its address is wrong, or it takes no such user.
        DatabaseUnavailable: it cannot be reached.
    """
    await _with_connection(dsn, partial(_upgrade, to=to))


def _upgrade(connection: SyncConnection, *, to: str) -> None:
    connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS alembic_version (version_num varchar(32) PRIMARY KEY)")
    connection.exec_driver_sql("LOCK TABLE alembic_version IN EXCLUSIVE MODE")
    revision = _revision(connection)
    if revision is not None and revision not in revisions.known():
        raise DatabaseNewerThanCode
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, to)


def _revision(connection: SyncConnection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


async def _with_connection(dsn: str, work: Callable[[SyncConnection], Result]) -> Result:
    async def connect(*_: object, **__: object) -> UnpreparedConnection:
        try:
            return await asyncpg.connect(
                dsn,
                target_session_attrs=write_session(dsn),
                connection_class=UnpreparedConnection,
                statement_cache_size=0,
            )
        except ADDRESS_FAULTS as error:
            raise DatabaseRefused.because(error) from error

    # A pooler must find nothing of an earlier migration on the session it gives us, nor keep anything of this one.
    pooled = {"prepared_statement_cache_size": 0, "prepared_statement_name_func": lambda: f"__largesse_{uuid4().hex}__"}
    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=connect, connect_args=pooled, poolclass=NullPool
    )
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(work)
    except CONNECTION_FAULTS as error:
        raise DatabaseUnavailable from error
    finally:
        await engine.dispose()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config
