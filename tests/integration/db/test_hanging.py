"""A database that hangs, rather than dies: it takes connections and bytes, and says nothing."""

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from largesse.adapters.embedded_postgres import EmbeddedPostgres
from largesse.db import Connection, Database, DatabaseUnavailable, GroupCommit, migrate, queue, session
from largesse.db.faults import OutcomeUnknown, StatementTooSlow
from largesse.db.hosts import Host, hosts_of
from largesse.kernel.errors import LargesseError
from tests.support.silence import a_way_to, through

pytestmark = pytest.mark.time_limits

# A guard against waiting for ever: what is asked here would. How long a caller is kept waiting follows from the limits,
# and is proven from them: tests/unit/db/test_time_limits.py.
ANSWERED_S_MAX = 50.0


class Notes:
    """A handler that writes each name once, as an operation of the ledger is written once."""

    async def write(self, connection: Connection, names: Sequence[str]) -> list[str | LargesseError]:
        """Write `names`."""
        await connection.execute(
            "INSERT INTO notes SELECT * FROM unnest($1::text[])"
            " ON CONFLICT (name) DO UPDATE SET times = notes.times + 1",
            list(names),
        )
        return list(names)


@pytest.fixture
async def notes(database: Database) -> Notes:
    async with database.connection() as connection:
        await connection.execute("CREATE TABLE notes (name text PRIMARY KEY, times int NOT NULL DEFAULT 1)")
    return Notes()


@pytest.fixture
def a_long_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave time to go on elsewhere also where this machine is slow just then."""
    monkeypatch.setattr(queue, "DEADLINE_S", 2 * ANSWERED_S_MAX)


async def written(database: Database) -> list[str]:
    async with database.connection() as connection:
        return [row["name"] for row in await connection.fetch("SELECT name FROM notes ORDER BY name")]


async def test_a_first_host_that_hangs_is_passed_over(dsn: str) -> None:
    async with a_way_to(dsn) as hanging, a_way_to(dsn) as sound:
        await hanging.hush()
        async with asyncio.timeout(ANSWERED_S_MAX):
            async with (
                await Database.open(through(dsn, hanging, sound)) as opened,
                opened.dedicated() as long,
                opened.connection() as short,
            ):
                assert [await one.fetchval("SELECT 1") for one in (long, short)] == [1, 1]
            await migrate.upgrade(through(dsn, hanging, sound))


async def test_the_last_good_host_goes_first(dsn: str) -> None:
    async with (
        a_way_to(dsn) as hanging,
        a_way_to(dsn) as sound,
        await Database.open(through(dsn, hanging, sound), size_max=8) as opened,
    ):
        await hanging.hush()
        with pytest.raises(DatabaseUnavailable):
            await ask(opened)
        async with asyncio.timeout(ANSWERED_S_MAX):
            for _ in range(100):  # each would first wait for the hanging one
                await ask(opened)
                async with opened.dedicated() as long:
                    await long.fetchval("SELECT 1")


@pytest.mark.usefixtures("a_long_deadline")
async def test_what_is_submitted_to_a_host_that_begins_to_hang_is_done_by_the_next(
    dsn: str, database: Database, notes: Notes
) -> None:
    async with a_way_to(dsn) as hanging, a_way_to(dsn) as sound:
        async with (
            await Database.open(through(dsn, hanging, sound), size_max=6) as opened,
            GroupCommit(opened, notes.write, merchant_of=len) as commits,
        ):
            assert await commits.submit("before") == "before"
            await hanging.hush()
            async with asyncio.timeout(ANSWERED_S_MAX):
                assert await asyncio.gather(*(commits.submit(name) for name in "abc")) == ["a", "b", "c"]
        assert await written(database) == ["a", "b", "before", "c"]


@pytest.mark.usefixtures("a_long_deadline")
async def test_a_commit_that_nobody_answers_is_done_once_and_told_by_the_next_host(
    dsn: str, database: Database, notes: Notes
) -> None:
    async with a_way_to(dsn) as hanging, a_way_to(dsn) as sound:
        async with (
            await Database.open(through(dsn, hanging, sound)) as opened,
            GroupCommit(opened, notes.write, merchant_of=len) as commits,
        ):
            await hanging.hush_at_commit()
            async with asyncio.timeout(ANSWERED_S_MAX):
                assert await commits.submit("a") == "a"
        async with database.connection() as connection:
            # Twice: what ran first had committed, and the second run met what it wrote.
            assert await connection.fetchval("SELECT times FROM notes") == 2


async def test_whoever_waits_for_a_database_that_hangs_is_told_in_time_what_is_known(
    dsn: str, database: Database, notes: Notes
) -> None:
    async with a_way_to(dsn) as way, await Database.open(through(dsn, way), size_max=4) as opened:

        async def write(connection: Connection) -> None:
            await notes.write(connection, ["x"])

        async def write_plainly() -> None:
            async with opened.transaction() as connection:
                await write(connection)

        async with GroupCommit(opened, notes.write, merchant_of=len) as commits:
            await way.hush_at_commit()
            async with asyncio.timeout(ANSWERED_S_MAX):
                with pytest.raises(OutcomeUnknown):
                    await commits.submit("a")
            async with asyncio.timeout(ANSWERED_S_MAX):
                told = await asyncio.gather(
                    commits.submit("b"),
                    opened.retrying(write),
                    write_plainly(),
                    *(ask(opened) for _ in range(8)),
                    return_exceptions=True,
                )
        assert {type(one) for one in told} == {DatabaseUnavailable}
    assert await written(database) == ["a"]


async def test_a_plain_transaction_whose_commit_nobody_answers_is_not_called_undone(
    dsn: str, database: Database, notes: Notes
) -> None:
    async with a_way_to(dsn) as way, await Database.open(through(dsn, way)) as opened:

        async def write_plainly() -> None:
            async with opened.transaction() as connection:
                await notes.write(connection, ["x"])

        await way.hush_at_commit()
        async with asyncio.timeout(ANSWERED_S_MAX):
            with pytest.raises(OutcomeUnknown):
                await write_plainly()
    assert await written(database) == ["x"]


@pytest.mark.own_session
async def test_a_statement_that_takes_too_long_ends_its_session_and_no_other(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The server does answer, however busy this machine is.
    monkeypatch.setattr(session, "ROLLBACK_TIMEOUT_S", ANSWERED_S_MAX)

    async def sleep() -> None:
        async with database.transaction() as connection:
            await connection.fetchval("SELECT pg_sleep(60)")

    async with database.connection() as connection:
        pid = await connection.fetchval("SELECT pg_backend_pid()")
    async with asyncio.timeout(ANSWERED_S_MAX):
        with pytest.raises(StatementTooSlow):
            await sleep()
    async with database.connection() as connection:
        alive = await connection.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE pid = $1 AND state = 'active'", pid
        )
    assert alive == 0


async def test_a_task_that_is_cancelled_while_the_database_hangs_ends_as_cancelled(dsn: str) -> None:
    async with a_way_to(dsn) as way, await Database.open(through(dsn, way)) as opened:
        begun = asyncio.Event()

        async def work(*, dedicated: bool) -> None:
            lent = opened.dedicated() if dedicated else opened.connection()
            async with lent as connection, connection.transaction():
                begun.set()
                await connection.fetchval("SELECT pg_sleep(60)")

        for dedicated in (True, False):
            begun.clear()
            task = asyncio.create_task(work(dedicated=dedicated))
            await begun.wait()
            await asyncio.sleep(0.1)
            if not dedicated:
                await way.hush()
            task.cancel()
            async with asyncio.timeout(ANSWERED_S_MAX):
                with pytest.raises(asyncio.CancelledError):
                    await task


@pytest.fixture(scope="module")
def own_server() -> Iterator[EmbeddedPostgres]:
    folder = Path(tempfile.mkdtemp(prefix="largesse-hang-"))
    server = EmbeddedPostgres(folder)
    server.start()
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


async def test_a_server_that_is_stopped_in_its_tracks_hangs_nobody(own_server: EmbeddedPostgres) -> None:
    async with await Database.open(own_server.dsn, size_max=4) as opened:
        async with opened.connection() as connection:
            await connection.execute("CREATE TABLE notes (name text PRIMARY KEY, times int NOT NULL DEFAULT 1)")
        async with GroupCommit(opened, Notes().write, merchant_of=len) as commits:
            await commits.submit("before")
            async with halted(own_server), asyncio.timeout(ANSWERED_S_MAX):
                told = await asyncio.gather(commits.submit("a"), ask(opened), return_exceptions=True)
            assert {type(one) for one in told} <= {DatabaseUnavailable, OutcomeUnknown}
            assert await commits.submit("after") == "after"
        assert {"before", "after"} <= set(await written(opened)) <= {"before", "a", "after"}


@asynccontextmanager
async def halted(server: EmbeddedPostgres) -> AsyncIterator[None]:
    """Stop the server and each of its sessions, as a machine that hangs does."""
    assert server.pid is not None
    admin = await asyncpg.connect(server.superuser_dsn)
    pids = [
        row["pid"]
        for row in await admin.fetch("SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'")
    ]
    await admin.close()
    everybody = [server.pid, *pids]
    for pid in everybody:
        _send(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in everybody:
            _send(pid, signal.SIGCONT)


def _send(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


async def ask(database: Database) -> None:
    async with database.connection() as connection:
        await connection.fetchval("SELECT 1")


@pytest.mark.parametrize(
    "dsn, hosts",
    [
        ("postgresql://u:p@one,two:6000/x", [Host("one", 5432), Host("two", 6000)]),
        ("postgresql://u:p@[::1]:7000,two/x", [Host("::1", 7000), Host("two", 5432)]),
        ("postgresql:///x?host=one,/run/two&port=1,2", [Host("one", 1), Host("/run/two", 2)]),
        ("postgresql:///x?host=one:4,two&port=3", [Host("one", 3), Host("two", 3)]),
        ("postgresql://u@/x?host=one,two", [Host("one", 5432), Host("two", 5432)]),
        ("postgresql://%2Frun%2Fpg,two/x", [Host("/run/pg", 5432), Host("two", 5432)]),
        ("postgresql:///x", []),
        ("postgresql://one:port,two/x", []),
        ("postgresql:///x?host=a,b&port=1,2,3", []),
    ],
)
def test_the_hosts_of_an_address_are_read_as_the_driver_reads_them(dsn: str, hosts: list[Host]) -> None:
    assert hosts_of(dsn) == hosts
