"""Group commit when the database fails it: who is told what, and what then stands."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import asyncpg
import pytest

from largesse.db import Connection, Database, DatabaseUnavailable, GroupCommit, group_commit, queue
from largesse.db.faults import Contended, OutcomeUnknown, StatementTooSlow
from largesse.db.group_commit import Locked
from largesse.db.queue import BULK_ADMITTED_MAX, QueueFull, ShuttingDown
from largesse.kernel.backoff import Backoff
from largesse.kernel.errors import Conflict, LargesseError
from largesse.kernel.time_limits import limit


class Board:
    """A handler that writes names on a board, once each."""

    def __init__(self) -> None:
        self.runs: list[int] = []
        self.patient_runs: list[int] = []
        self.kill_at_commit = 0

    async def write(self, connection: Connection, names: Sequence[str]) -> list[str | LargesseError | Locked]:
        """Write `names`; refuse "no", fall over "poison", "deadlock" and "slow", find "locked" locked."""
        self.runs.append(len(names))
        outcomes: list[str | LargesseError | Locked] = []
        for name in names:
            if name == "no":
                outcomes.append(Conflict())
                continue
            if name == "poison":
                await connection.execute("SELECT 1 / 0")
            if name == "deadlock":
                raise asyncpg.DeadlockDetectedError("deadlock detected")
            if name.startswith("slow"):
                await connection.execute("SELECT pg_sleep(30)")
            if name.startswith("locked") and await is_locked(connection, name):
                outcomes.append(Locked(name))
                continue
            await connection.execute("INSERT INTO board VALUES ($1) ON CONFLICT DO NOTHING", name)
            outcomes.append(name)
        if self.kill_at_commit:
            self.kill_at_commit -= 1
            await connection.execute("INSERT INTO late VALUES (1)")
        return outcomes

    async def write_patiently(self, connection: Connection, names: Sequence[str]) -> list[str | LargesseError]:
        """Write `names`, and wait for those that are locked."""
        self.patient_runs.append(len(names))
        if "poison" in names:
            await connection.execute("SELECT 1 / 0")
        for name in names:
            await connection.fetch("SELECT 1 FROM locks WHERE name = $1 FOR UPDATE", name)
            await connection.execute("INSERT INTO board VALUES ($1) ON CONFLICT DO NOTHING", name)
        return list(names)


async def is_locked(connection: Connection, name: str) -> bool:
    free = await connection.fetch("SELECT 1 FROM locks WHERE name = $1 FOR UPDATE SKIP LOCKED", name)
    return not free


@asynccontextmanager
async def holding(database: Database, name: str) -> AsyncIterator[Connection]:
    """Keep a name locked until the block ends."""
    async with database.dedicated() as connection, connection.transaction():
        await connection.execute("SELECT 1 FROM locks WHERE name = $1 FOR UPDATE", name)
        yield connection


@pytest.fixture
async def board(database: Database) -> Board:
    async with database.connection() as connection:
        await connection.execute("CREATE TABLE board (name text PRIMARY KEY)")
        await connection.execute("CREATE TABLE locks AS SELECT 'locked-' || n AS name FROM generate_series(1, 9) n")
        # A deferred trigger ends the session at the very moment of COMMIT, as a crash would.
        await connection.execute("CREATE TABLE late (n int)")
        await connection.execute(
            "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$"
        )
        await connection.execute(
            "CREATE CONSTRAINT TRIGGER late_death AFTER INSERT ON late DEFERRABLE INITIALLY DEFERRED "
            "FOR EACH ROW EXECUTE FUNCTION die()"
        )
    return Board()


def nobody(_: str) -> None:
    """All items are of the same merchant."""


async def written(database: Database) -> list[str]:
    async with database.connection() as connection:
        return [row["name"] for row in await connection.fetch("SELECT name FROM board ORDER BY name")]


async def test_what_waits_is_committed_together_and_each_caller_gets_its_own_answer(
    database: Database, board: Board
) -> None:
    async with GroupCommit(database, board.write, merchant_of=nobody) as commits:
        outcomes = await asyncio.gather(*(commits.submit(name) for name in ("a", "no", "b")), return_exceptions=True)
    assert outcomes[0] == "a"
    assert isinstance(outcomes[1], Conflict)
    assert board.runs == [3]
    assert await written(database) == ["a", "b"]


async def test_a_poisoned_item_is_found_by_bisection(database: Database, board: Board) -> None:
    async with GroupCommit(database, board.write, merchant_of=nobody) as commits:
        names = ["a", "b", "poison", "c", "d"]
        outcomes = await asyncio.gather(*(commits.submit(name) for name in names), return_exceptions=True)
    assert isinstance(outcomes[2], asyncpg.DivisionByZeroError)
    assert await written(database) == ["a", "b", "c", "d"]


async def test_a_session_lost_at_commit_is_tried_again(database: Database, board: Board) -> None:
    board.kill_at_commit = 2
    async with GroupCommit(database, board.write, merchant_of=nobody) as commits:
        assert await commits.submit("a") == "a"
    assert len(board.runs) == 3
    assert await written(database) == ["a"]


async def test_a_commit_that_is_never_answered_is_not_called_undone(
    database: Database, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "BACKOFF", Backoff.of_seconds(0.001))
    board.kill_at_commit = 100
    async with GroupCommit(database, board.write, merchant_of=nobody) as commits:
        with pytest.raises(OutcomeUnknown):
            await commits.submit("a")


async def test_a_database_out_of_reach_says_so_and_that_nothing_was_done(
    database: Database, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "BACKOFF", Backoff.of_seconds(0.001))
    async with GroupCommit(database, board.write, merchant_of=nobody) as commits:
        await database.close()
        with pytest.raises(DatabaseUnavailable):
            await commits.submit("a")


async def test_a_full_queue_and_a_closed_one_refuse_at_once(database: Database, board: Board) -> None:
    commits = GroupCommit(database, board.write, merchant_of=nobody, queue_max=2)
    waiting = [asyncio.create_task(commits.submit(name)) for name in ("a", "b")]
    await asyncio.sleep(0)
    with pytest.raises(QueueFull):
        await commits.submit("c")
    async with commits:
        pass
    assert [await task for task in waiting] == ["a", "b"]
    with pytest.raises(ShuttingDown):
        await commits.submit("d")


async def test_a_full_queue_still_takes_in_a_merchant_of_whom_little_waits(database: Database, board: Board) -> None:
    commits = GroupCommit(database, board.write, merchant_of=lambda name: name[0], queue_max=4)
    flood = [asyncio.create_task(commits.submit(f"a{number}")) for number in range(4)]
    await asyncio.sleep(0)
    other = asyncio.create_task(commits.submit("b"))
    await asyncio.sleep(0)
    with pytest.raises(QueueFull):
        await commits.submit("a4")
    async with commits:
        pass
    assert await asyncio.gather(*flood, other) == ["a0", "a1", "a2", "a3", "b"]


async def test_an_item_that_takes_too_long_is_found_while_the_others_still_wait(
    database: Database, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Later batches do not wait for it. That the callers have time enough: tests/unit/db/test_time_limits.py."""
    # Three seconds for each batch, here: only what sleeps takes longer, also on a machine that stops for a moment.
    for name in ("BATCH_S", "BATCH_S_MIN"):
        monkeypatch.setattr(group_commit, name, 3.0 / limit(1.0))
    async with GroupCommit(database, board.write, merchant_of=nobody) as commits:
        names = ["before-1", "before-2", "before-3", "slow", "after-1", "after-2", "after-3"]
        asked = [asyncio.create_task(commits.submit(name)) for name in names]
        while not board.runs:  # the first batch has begun, and another one comes after it
            await asyncio.sleep(0.01)
        assert await commits.submit("later") == "later"
        assert not asked[3].done()
        outcomes = await asyncio.gather(*asked, return_exceptions=True)
    assert isinstance(outcomes.pop(3), StatementTooSlow)
    assert outcomes == [name for name in names if name != "slow"]
    assert len(await written(database)) == 7  # with the later one


async def test_an_item_that_meets_a_deadlock_again_and_again_keeps_no_other(
    database: Database, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "BACKOFF", Backoff.of_seconds(0.001))
    async with GroupCommit(database, board.write, merchant_of=nobody) as commits:
        names = ["a", "deadlock", "b", "c"]
        outcomes = await asyncio.gather(*(commits.submit(name) for name in names), return_exceptions=True)
    assert isinstance(outcomes[1], Contended)
    assert await written(database) == ["a", "b", "c"]


async def test_what_is_locked_elsewhere_waits_aside_and_together(database: Database, board: Board) -> None:
    async with GroupCommit(database, board.write, merchant_of=nobody, patient=board.write_patiently) as commits:
        async with holding(database, "locked-1"):
            asked = [asyncio.create_task(commits.submit("locked-1")) for _ in range(50)]
            await asyncio.sleep(2 * group_commit.LOCK_WAIT_S)
            assert await asyncio.gather(*(commits.submit(name) for name in ("a", "locked-2"))) == ["a", "locked-2"]
            assert not any(one.done() for one in asked)
        assert await asyncio.gather(*asked) == ["locked-1"] * 50
    assert board.patient_runs[-1] == 50
    assert await written(database) == ["a", "locked-1", "locked-2"]


@pytest.mark.time_limits
async def test_a_lock_that_never_comes_free_is_told_in_the_time_of_the_caller(
    database: Database, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "DEADLINE_S", 1.5)
    async with GroupCommit(database, board.write, merchant_of=nobody, patient=board.write_patiently) as commits:
        async with holding(database, "locked-1"):
            with pytest.raises(Contended):
                await commits.submit("locked-1")
        assert await commits.submit("locked-1") == "locked-1"


async def test_many_locks_leave_sessions_to_whoever_needs_none(dsn: str, database: Database, board: Board) -> None:
    """Of a pool of four, two sessions run batches, and one of these waits for locks."""
    async with (
        await Database.open(dsn, size_max=4) as small,
        GroupCommit(small, board.write, merchant_of=nobody, patient=board.write_patiently) as commits,
        database.dedicated() as outside,
    ):
        async with outside.transaction():
            await outside.execute("SELECT 1 FROM locks FOR UPDATE")
            asked = [asyncio.create_task(commits.submit(f"locked-{number}")) for number in range(1, 10)]
            await asyncio.sleep(0.1)
            size, idle = small.sessions
            assert size - idle <= 1
            assert await commits.submit("a") == "a"
            assert not any(one.done() for one in asked)
        assert await asyncio.gather(*asked) == [f"locked-{number}" for number in range(1, 10)]


async def test_a_flood_of_bulk_is_all_done_and_keeps_no_till_waiting(database: Database, board: Board) -> None:
    count = 2 * BULK_ADMITTED_MAX
    async with GroupCommit(database, board.write, merchant_of=nobody, queue_max=10) as commits:
        flood = [asyncio.create_task(commits.submit(f"bulk-{number}", bulk=True)) for number in range(count)]
        await asyncio.sleep(0)
        assert commits.waiting == BULK_ADMITTED_MAX
        assert await commits.submit("till") == "till"
        assert sum(one.done() for one in flood) <= 2 * max(board.runs)
        await asyncio.gather(*flood)
    assert len(await written(database)) == count + 1


async def test_who_stops_turns_away_bulk_that_was_not_let_in(database: Database, board: Board) -> None:
    commits = GroupCommit(database, board.write, merchant_of=nobody)
    flood = [
        asyncio.create_task(commits.submit(f"bulk-{number}", bulk=True)) for number in range(BULK_ADMITTED_MAX + 7)
    ]
    await asyncio.sleep(0)
    flood[0].cancel()  # what was let in is done all the same
    flood[-1].cancel()
    async with commits:
        pass
    outcomes = await asyncio.gather(*flood, return_exceptions=True)
    assert sum(isinstance(outcome, ShuttingDown) for outcome in outcomes) == 6
    assert len(await written(database)) == BULK_ADMITTED_MAX


async def test_where_merchants_are_distributed_a_transaction_is_of_one(dsn: str, board: Board) -> None:
    transactions: list[set[str]] = []

    async def write(connection: Connection, names: Sequence[str]) -> list[str | LargesseError | Locked]:
        transactions.append({name[0] for name in names})
        return await board.write(connection, names)

    async with (
        await Database.open(dsn, one_merchant_batches=True) as opened,
        GroupCommit(opened, write, merchant_of=lambda name: name[0]) as commits,
    ):
        names = [f"{merchant}-{number}" for number in range(20) for merchant in "abc"]
        assert await asyncio.gather(*(commits.submit(name) for name in names)) == names
    assert sorted(transactions, key=sorted) == [{"a"}, {"b"}, {"c"}]
