"""Migrations run while the service is open: one process at a time, a transaction for each, nobody waits for long."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from largesse.db import Database, migrate, revisions
from largesse.db.migrations.patience import Patience
from largesse.db.migrations.statements import ServiceOpen
from largesse.db.unprepared import UnpreparedSession

# Behind a pooler, migrations take the server's own address.
pytestmark = pytest.mark.own_session

QUICK = Patience(lock_ms=100, tries=3, pause=timedelta(milliseconds=50), turn=timedelta(seconds=20))
ROOT = Path(__file__).parents[3]

Session = Any


@pytest.fixture
async def empty(dsn: str) -> str:
    """The address of a database without any table."""
    async with session(dsn) as connection:
        await connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    return dsn


@asynccontextmanager
async def session(dsn: str, *, name: str = "somebody") -> AsyncIterator[Session]:
    connection = await asyncpg.connect(
        dsn, connection_class=UnpreparedSession, server_settings={"application_name": name}
    )
    try:
        yield connection
    finally:
        connection.terminate()


def write(folder: Path, *bodies: str) -> Path:
    """Write a chain of migrations; each body is what its `upgrade` does."""
    numbers = [f"{at:04}" for at in range(1, len(bodies) + 1)]
    for before, (number, body) in zip([None, *numbers], zip(numbers, bodies, strict=True), strict=False):
        (folder / f"v{number}_step.py").write_text(
            '"""One step."""\n'
            "from largesse.db.migrations.statements import *\n"
            f"revision = {number!r}\ndown_revision = {before!r}\n"
            f"branch_labels = None\ndepends_on = None\ndef upgrade():\n    {body}\n"
        )
    return folder


async def rows(dsn: str, query: str) -> list[tuple[Any, ...]]:
    async with session(dsn) as connection:
        return [tuple(row.values()) for row in await connection.fetch(query)]


async def test_a_script_is_run_whole(empty: str, tmp_path: Path) -> None:
    script = """
    CREATE TABLE one (id integer);

    -- a comment; with a semicolon

    CREATE FUNCTION two() RETURNS integer LANGUAGE plpgsql AS $$
    BEGIN

        RETURN 2;

    END $$;
    INSERT INTO one VALUES (two()), ('3'::integer);
    """
    await migrate.upgrade(empty, versions=write(tmp_path, f"run({script!r})"))
    assert await rows(empty, "SELECT id FROM one ORDER BY id") == [(2,), (3,)]


async def test_what_failed_leaves_nothing_and_what_was_done_before_stands(empty: str, tmp_path: Path) -> None:
    chain = write(
        tmp_path,
        "run('CREATE TABLE one (id integer)')",
        "run('CREATE TABLE two (id integer); SELECT 1 / 0')",
    )
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate.upgrade(empty, versions=chain)
    assert await migrate.current(empty) == "0001"
    assert await rows(empty, "SELECT relname::text FROM pg_class WHERE relname IN ('one', 'two')") == [("one",)]


async def test_two_processes_at_once_run_each_migration_once(empty: str, tmp_path: Path) -> None:
    chain = write(
        tmp_path,
        "run('CREATE TABLE done (step integer)')",
        "run('SELECT pg_sleep(0.3); INSERT INTO done VALUES (2)')",
        "run('INSERT INTO done VALUES (3)')",
    )
    await asyncio.gather(*(migrate.upgrade(empty, versions=chain) for _ in range(3)))
    assert await rows(empty, "SELECT step FROM done") == [(2,), (3,)]
    assert await migrate.current(empty) == "0003"


@pytest.mark.parametrize(
    "told", [asyncpg.UniqueViolationError, asyncpg.DuplicateTableError, asyncpg.DuplicateObjectError]
)
async def test_a_table_of_revisions_that_another_process_creates_at_this_moment_is_used(
    told: type[asyncpg.PostgresError], empty: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By how far the other one is, PostgreSQL names the table, its type, or a key of the catalogue."""
    chain = write(tmp_path, "run('CREATE TABLE one (id integer)')")
    raced = 0

    class Racing(UnpreparedSession):
        async def execute(self, query: str, *given: Any, **how: Any) -> str:
            nonlocal raced
            done: str = await super().execute(query, *given, **how)
            if query.startswith("CREATE TABLE IF NOT EXISTS alembic_version"):
                raced += 1
                raise told("alembic_version already exists")
            return done

    monkeypatch.setattr(migrate, "UnpreparedSession", Racing)
    await migrate.upgrade(empty, versions=chain)
    assert raced == 1
    assert await migrate.current(empty) == "0001"


async def test_one_that_waits_too_long_for_its_turn_says_so(empty: str, tmp_path: Path) -> None:
    chain = write(tmp_path, "run('CREATE TABLE one (id integer)')")
    await migrate.upgrade(empty, versions=chain)
    async with session(empty) as other, other.transaction():
        await other.execute("LOCK TABLE alembic_version IN SHARE UPDATE EXCLUSIVE MODE")
        with pytest.raises(migrate.DatabaseMigrating) as raised:
            await migrate.upgrade(empty, versions=chain, patience=Patience(turn=timedelta(milliseconds=100)))
    assert raised.value.code == "database.migrating"


async def test_a_reader_that_holds_a_lock_is_waited_for_in_short_tries(empty: str, tmp_path: Path) -> None:
    """Whoever comes after the migration is let through between two tries."""
    chain = write(tmp_path, "run('CREATE TABLE one (id integer)')", "run('ALTER TABLE one ADD COLUMN name text')")
    await migrate.upgrade(empty, versions=chain, to="0001")
    patience = Patience(lock_ms=100, tries=1000, pause=timedelta(milliseconds=10))
    async with session(empty) as reader, session(empty) as late:
        await reader.execute("BEGIN; SELECT * FROM one")
        migrating = asyncio.create_task(migrate.upgrade(empty, versions=chain, patience=patience))
        await blocked(late, "ALTER TABLE one%")
        assert await late.fetchval("SELECT count(*) FROM one") == 0
        assert not migrating.done()
        await reader.execute("ROLLBACK")
        await migrating
    assert await migrate.current(empty) == "0002"


async def blocked(connection: Session, statement: str) -> None:
    """Return once a session waits for a lock in such a statement."""
    query = "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE $1)"
    while not await connection.fetchval(query, statement):
        await asyncio.sleep(0.01)


async def test_a_lock_that_never_comes_free_ends_with_what_to_do(empty: str, tmp_path: Path) -> None:
    chain = write(tmp_path, "run('CREATE TABLE one (id integer)')", "run('ALTER TABLE one ADD COLUMN name text')")
    async with session(empty) as reader:
        await migrate.upgrade(empty, versions=chain, to="0001")
        await reader.execute("BEGIN; SELECT * FROM one")
        with pytest.raises(migrate.MigrationBlocked, match="revision 0001") as raised:
            await migrate.upgrade(empty, versions=chain, patience=QUICK)
    assert raised.value.code == "database.migration_blocked"
    await migrate.upgrade(empty, versions=chain)
    assert await migrate.current(empty) == "0002"


async def test_an_index_is_built_concurrently_beside_transactions_that_are_open(empty: str, tmp_path: Path) -> None:
    """Neither the session that holds the migrations' lock nor one that has just written keeps it waiting."""
    chain = write(
        tmp_path,
        "run('CREATE TABLE one (id integer); CREATE TABLE other (id integer)')",
        "create_index_concurrently('one_by_id', 'one (id)')",
    )
    await migrate.upgrade(empty, versions=chain, to="0001")
    async with session(empty) as writer:
        await writer.execute("BEGIN; INSERT INTO other VALUES (1)")
        await asyncio.wait_for(migrate.upgrade(empty, versions=chain), 60)
    assert await rows(empty, "SELECT indisvalid FROM pg_index WHERE indexrelid = 'one_by_id'::regclass") == [(True,)]


async def test_an_index_whose_building_was_cut_short_is_built_anew(empty: str, tmp_path: Path) -> None:
    chain = write(
        tmp_path,
        "run('CREATE TABLE one (id integer); INSERT INTO one VALUES (1), (1)')",
        "create_index_concurrently('one_by_id', 'one (id)', unique=True)",
    )
    with pytest.raises(asyncpg.UniqueViolationError):
        await migrate.upgrade(empty, versions=chain)
    left = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('one_by_id')"
    assert (await rows(empty, left), await migrate.current(empty)) == ([(False,)], "0001")
    async with session(empty) as connection:
        await connection.execute("DELETE FROM one WHERE ctid = (SELECT max(ctid) FROM one)")
    await migrate.upgrade(empty, versions=chain)
    assert (await rows(empty, left), await migrate.current(empty)) == ([(True,)], "0002")


async def test_an_index_can_be_dropped_while_its_table_is_read(empty: str, tmp_path: Path) -> None:
    chain = write(
        tmp_path,
        "run('CREATE TABLE one (id integer); CREATE INDEX one_by_id ON one (id)')",
        "drop_index_concurrently('one_by_id')",
    )
    await migrate.upgrade(empty, versions=chain)
    assert await rows(empty, "SELECT to_regclass('one_by_id') IS NULL") == [(True,)]


KILLED = """
import asyncio, sys
from pathlib import Path
from largesse.db import migrate
asyncio.run(migrate.upgrade(sys.argv[1], versions=Path(sys.argv[2])))
"""


@pytest.mark.parametrize("outside", [False, True])
async def test_a_migration_that_was_killed_goes_on(empty: str, tmp_path: Path, *, outside: bool) -> None:
    slow = "run_outside('VACUUM one')" if outside else "run('INSERT INTO one VALUES (2); SELECT pg_sleep(600)')"
    chain = write(tmp_path, "run('CREATE TABLE one (id integer)')", slow, "run('INSERT INTO one VALUES (3)')")
    async with session(empty) as watcher, session(empty) as holder:
        await migrate.upgrade(empty, versions=chain, to="0001")
        if outside:
            await holder.execute("BEGIN; LOCK TABLE one IN SHARE MODE")
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", KILLED, empty, str(chain), cwd=ROOT, env={**os.environ}
        )
        working = (
            "SELECT pid FROM pg_stat_activity WHERE application_name = 'largesse-migrate' AND datname = "
            "current_database() AND state = 'active' AND (query LIKE '%pg_sleep%' OR query = 'VACUUM one')"
        )
        while (pid := await watcher.fetchval(working)) is None:
            await asyncio.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        await process.wait()
        await watcher.fetchval("SELECT pg_terminate_backend($1, 10000)", pid)
    write(tmp_path, "pass", "run('INSERT INTO one VALUES (2)')", "run('INSERT INTO one VALUES (3)')")
    await migrate.upgrade(empty, versions=chain)
    assert await rows(empty, "SELECT id FROM one ORDER BY id") == [(2,), (3,)]
    assert await migrate.current(empty) == "0003"


async def test_what_needs_the_service_closed_refuses_while_sessions_are_open(empty: str, tmp_path: Path) -> None:
    chain = write(
        tmp_path,
        "run('CREATE TABLE one (id integer)')",
        "require_closed_service(); run('ALTER TABLE one RENAME TO two')",
    )
    async with await Database.open(empty, size_min=2), session(empty, name="largesse-long"):
        with pytest.raises(ServiceOpen, match=r"2 of largesse, 1 of largesse-long") as raised:
            await migrate.upgrade(empty, versions=chain)
    assert raised.value.code == "database.service_open"
    assert await migrate.current(empty) == "0001"
    async with session(empty, name="psql"):
        await closed(empty)
        await migrate.upgrade(empty, versions=chain)
    assert await migrate.current(empty) == "0002"


async def test_the_command_migrates_at_the_address_that_is_named_for_it(empty: str, tmp_path: Path) -> None:
    """Behind a pooler: here nobody answers at the address that everything else uses."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "largesse",
        "migrate",
        cwd=ROOT,
        env=os.environ
        | {
            "LARGESSE_HOME": str(tmp_path),
            "LARGESSE_BASE_URL": "https://gifts.example.com",
            "LARGESSE_DATABASE_URL": f"postgresql:///largesse?host={tmp_path}",
            "LARGESSE_MIGRATE_URL": empty,
        },
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    assert said.decode() == f"The database is at revision {revisions.head()}.\n"
    assert await migrate.current(empty) == revisions.head()


async def closed(dsn: str) -> None:
    """Return once the server knows that the sessions of Largesse are gone."""
    while await rows(
        dsn,
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'largesse%'",
    ):
        await asyncio.sleep(0.02)


async def test_a_role_that_may_not_create_tables_is_told_what_to_do(empty: str, tmp_path: Path) -> None:
    chain = write(tmp_path, "run('CREATE TABLE one (id integer)')")
    async with session(empty) as connection:
        await connection.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC, largesse")
        await connection.execute("ALTER SCHEMA public OWNER TO CURRENT_USER")
        await connection.execute("REVOKE ALL ON SCHEMA public FROM CURRENT_USER")
    with pytest.raises(migrate.MigrationForbidden) as raised:
        await migrate.upgrade(empty, versions=chain)
    assert raised.value.code == "database.migration_forbidden"
