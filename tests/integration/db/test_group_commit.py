"""Group commit when the database fails it: who is told what, and what then stands."""

import asyncio
from collections.abc import Sequence

import asyncpg
import pytest

from largesse.db import Connection, Database, DatabaseUnavailable, GroupCommit, group_commit
from largesse.db.faults import OutcomeUnknown
from largesse.db.group_commit import QueueFull, ShuttingDown
from largesse.kernel.backoff import Backoff
from largesse.kernel.errors import Conflict, LargesseError


class Board:
    """A handler that writes names on a board, once each."""

    def __init__(self) -> None:
        self.runs: list[int] = []
        self.kill_at_commit = 0

    async def write(self, connection: Connection, names: Sequence[str]) -> list[str | LargesseError]:
        """Write `names`; refuse "no", fall over "poison"."""
        self.runs.append(len(names))
        outcomes: list[str | LargesseError] = []
        for name in names:
            if name == "no":
                outcomes.append(Conflict())
                continue
            if name == "poison":
                await connection.execute("SELECT 1 / 0")
            await connection.execute("INSERT INTO board VALUES ($1) ON CONFLICT DO NOTHING", name)
            outcomes.append(name)
        if self.kill_at_commit:
            self.kill_at_commit -= 1
            await connection.execute("INSERT INTO late VALUES (1)")
        return outcomes


@pytest.fixture
async def board(database: Database) -> Board:
    async with database.connection() as connection:
        await connection.execute("CREATE TABLE board (name text PRIMARY KEY)")
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


async def written(database: Database) -> list[str]:
    async with database.connection() as connection:
        return [row["name"] for row in await connection.fetch("SELECT name FROM board ORDER BY name")]


async def test_what_waits_is_committed_together_and_each_caller_gets_its_own_answer(
    database: Database, board: Board
) -> None:
    async with GroupCommit(database, board.write) as commits:
        outcomes = await asyncio.gather(*(commits.submit(name) for name in ("a", "no", "b")), return_exceptions=True)
    assert outcomes[0] == "a"
    assert isinstance(outcomes[1], Conflict)
    assert board.runs == [3]
    assert await written(database) == ["a", "b"]


async def test_a_poisoned_item_is_found_by_bisection(database: Database, board: Board) -> None:
    async with GroupCommit(database, board.write) as commits:
        names = ["a", "b", "poison", "c", "d"]
        outcomes = await asyncio.gather(*(commits.submit(name) for name in names), return_exceptions=True)
    assert isinstance(outcomes[2], asyncpg.DivisionByZeroError)
    assert await written(database) == ["a", "b", "c", "d"]


async def test_a_session_lost_at_commit_is_tried_again(database: Database, board: Board) -> None:
    board.kill_at_commit = 2
    async with GroupCommit(database, board.write) as commits:
        assert await commits.submit("a") == "a"
    assert len(board.runs) == 3
    assert await written(database) == ["a"]


async def test_a_commit_that_is_never_answered_is_not_called_undone(
    database: Database, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "BACKOFF", Backoff.of_seconds(0.001))
    board.kill_at_commit = 100
    async with GroupCommit(database, board.write) as commits:
        with pytest.raises(OutcomeUnknown):
            await commits.submit("a")


async def test_a_database_out_of_reach_says_so_and_that_nothing_was_done(
    database: Database, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "BACKOFF", Backoff.of_seconds(0.001))
    async with GroupCommit(database, board.write) as commits:
        await database.close()
        with pytest.raises(DatabaseUnavailable):
            await commits.submit("a")


async def test_a_full_queue_and_a_closed_one_refuse_at_once(database: Database, board: Board) -> None:
    commits = GroupCommit(database, board.write, queue_max=2)
    waiting = [asyncio.create_task(commits.submit(name)) for name in ("a", "b")]
    await asyncio.sleep(0)
    with pytest.raises(QueueFull):
        await commits.submit("c")
    async with commits:
        pass
    assert [await task for task in waiting] == ["a", "b"]
    with pytest.raises(ShuttingDown):
        await commits.submit("d")
