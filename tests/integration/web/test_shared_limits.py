"""Bounds that all processes count together: nobody passes one by being quick, many, or somebody else."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from largesse.app.duties import DUTIES
from largesse.db import Database
from largesse.web.errors import TooManyRequests
from largesse.web.shared_limits import SharedLimit, forget_ended
from tests.builders.application import NOW, an_application
from tests.fakes.clock import StillClock

MINUTE = timedelta(minutes=1)


@asynccontextmanager
async def a_limit(
    database: Database,
    *,
    clock: StillClock | None = None,
    most: int = 3,
    longest: timedelta = 4 * MINUTE,
    overall: int | None = None,
) -> AsyncIterator[SharedLimit]:
    async with an_application(database, clock=clock or StillClock(NOW)) as application:
        yield SharedLimit(application, "test", most=most, within=MINUTE, longest=longest, overall=overall)


async def guess(limit: SharedLimit, who: str, *, right: bool = False, of: str = "", trusted: bool = False) -> int:
    """Try once; return 0 where it was let through, else after how many seconds there is more."""
    try:
        async with limit.attempt(who, of=of, trusted=trusted) as attempt:
            if not right:
                attempt.miss()
    except TooManyRequests as refused:
        return refused.retry_after_s
    return 0


async def test_misses_are_bounded_and_what_is_right_is_given_back(database: Database) -> None:
    async with a_limit(database) as limit:
        assert [await guess(limit, "a", right=True) for _ in range(10)] == [0] * 10
        assert [await guess(limit, "a") for _ in range(5)] == [0, 0, 0, 60, 60]
        assert await guess(limit, "a", right=True) == 60
        assert await guess(limit, "b") == 0
        assert await guess(limit, "a", of="something else") == 0


async def test_what_is_refused_tells_when_its_own_window_ends(database: Database) -> None:
    clock = StillClock(NOW)
    async with a_limit(database, clock=clock) as limit:
        [await guess(limit, "a") for _ in range(3)]
        clock.moment += timedelta(seconds=42.5)
        assert await guess(limit, "a") == 18
        clock.moment += timedelta(seconds=17.5)
        assert await guess(limit, "a") == 0


async def test_who_goes_on_missing_waits_twice_as_long_each_time_and_never_for_ever(database: Database) -> None:
    clock = StillClock(NOW)
    async with a_limit(database, clock=clock) as limit:
        waits = list[int]()
        for _ in range(5):
            assert [await guess(limit, "a") for _ in range(3)] == [0] * 3
            waits.append(await guess(limit, "a"))
            clock.moment += timedelta(seconds=waits[-1])
        assert waits == [60, 120, 240, 240, 240]
        clock.moment += 4 * MINUTE  # a while of quiet
        assert [await guess(limit, "a") for _ in range(4)] == [0, 0, 0, 60]


async def test_a_window_that_was_not_used_up_is_followed_by_a_short_one(database: Database) -> None:
    clock = StillClock(NOW)
    async with a_limit(database, clock=clock) as limit:
        for _ in range(4):
            assert [await guess(limit, "a") for _ in range(2)] == [0, 0]
            clock.moment += MINUTE
        assert [await guess(limit, "a") for _ in range(4)] == [0, 0, 0, 60]


async def test_beyond_what_is_allowed_to_all_only_those_who_missed_are_closed_out(database: Database) -> None:
    clock = StillClock(NOW)
    async with a_limit(database, clock=clock, most=3, overall=6) as limit:
        assert [await guess(limit, who) for who in "abcdef"] == [0] * 6
        assert await guess(limit, "a") == 60
        assert await guess(limit, "a", right=True) == 60
        assert await guess(limit, "a", trusted=True) == 0, "who is known answers for their own misses only"
        assert [await guess(limit, "g", right=True) for _ in range(5)] == [0] * 5
        assert [await guess(limit, "h") for _ in range(2)] == [0, 60]
        clock.moment += MINUTE
        assert [await guess(limit, "a") for _ in range(3)] == [0] * 3


async def test_sixty_guesses_at_once_get_no_further_than_the_bound(database: Database) -> None:
    async with a_limit(database, most=20) as limit:
        waits = await asyncio.gather(*(guess(limit, "a") for _ in range(60)))
    assert sorted(waits) == [0] * 20 + [60] * 40


async def test_sixty_at_once_that_are_right_all_pass(database: Database) -> None:
    async with a_limit(database, most=20) as limit:
        assert set(await asyncio.gather(*(guess(limit, "a", right=True) for _ in range(60)))) == {0}


async def test_uses_that_come_at_once_are_counted_together_up_to_the_bound_and_no_further(database: Database) -> None:
    async with a_limit(database, most=50) as limit:
        assert await uses(limit, 30) == [0] * 30
        assert await uses(limit, 30) == [0] * 20 + [60] * 10
        assert await uses(limit, 3) == [60] * 3
        assert await limit_counts(database) == [50]


async def test_more_uses_at_once_than_the_bound_find_a_new_window_no_wider(database: Database) -> None:
    clock = StillClock(NOW)
    async with a_limit(database, clock=clock, most=5, longest=MINUTE) as limit:
        assert await uses(limit, 12) == [0] * 5 + [60] * 7
        clock.moment += MINUTE
        assert await uses(limit, 12) == [0] * 5 + [60] * 7


async def test_who_waits_to_be_counted_is_told_of_a_database_that_is_gone(database: Database) -> None:
    async with a_limit(database) as limit:
        async with database.connection() as connection:
            await connection.execute("ALTER TABLE limit_counts RENAME TO elsewhere")
        answers = await asyncio.gather(*(limit.take("a") for _ in range(5)), return_exceptions=True)
        assert [type(answer).__name__ for answer in answers] == ["UndefinedTableError"] * 5
        async with database.connection() as connection:
            await connection.execute("ALTER TABLE elsewhere RENAME TO limit_counts")
        assert await uses(limit, 2) == [0, 0]


async def uses(limit: SharedLimit, count: int) -> list[int]:
    """Use a limit so often at once; return 0 for each use that passed, else after how many seconds there is more."""

    async def use() -> int:
        try:
            await limit.take("a")
        except TooManyRequests as refused:
            return refused.retry_after_s
        return 0

    return await asyncio.gather(*(use() for _ in range(count)))


async def limit_counts(database: Database) -> list[int]:
    async with database.connection() as connection:
        return [row["used"] for row in await connection.fetch("SELECT used FROM limit_counts")]


async def test_processes_share_a_bound(dsn: str, database: Database) -> None:
    async def run() -> int:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.support.guesser", dsn, "20", "30", stdout=asyncio.subprocess.PIPE
        )
        told, _ = await process.communicate()
        assert process.returncode == 0
        return int(told)

    let_through = await asyncio.gather(*(run() for _ in range(4)))
    assert sum(let_through) == 20, let_through
    async with database.connection() as connection:
        assert [row["used"] for row in await connection.fetch("SELECT used FROM limit_counts")] == [20]


async def test_a_try_that_breaks_is_no_miss(database: Database) -> None:
    async with a_limit(database) as limit:
        for _ in range(10):
            with pytest.raises(ZeroDivisionError):
                async with limit.attempt("a"):
                    raise ZeroDivisionError
        assert await guess(limit, "a") == 0


async def test_who_was_right_is_remembered_for_a_while(database: Database) -> None:
    clock = StillClock(NOW)
    async with a_limit(database, clock=clock) as limit:
        assert not await limit.remembers("a")
        await limit.remember("a", until=NOW + MINUTE)
        await limit.remember("a", until=NOW)  # never shortened
        assert await limit.remembers("a")
        assert not await limit.remembers("a", of="something else")
        clock.moment += MINUTE
        assert not await limit.remembers("a")


async def test_the_worker_forgets_counts_that_ended(database: Database) -> None:
    clock = StillClock(NOW)
    [duty] = [one for one in DUTIES if one.name == "forget_counts"]
    async with an_application(database, clock=clock) as application:
        limit = SharedLimit(application, "test", most=1, within=MINUTE)
        assert await guess(limit, "a") == 0
        assert await duty.run(application, now=NOW) == 0
        assert await duty.run(application, now=NOW + timedelta(days=2)) == 1


async def test_the_table_names_nobody_and_forgets(database: Database) -> None:
    clock = StillClock(NOW)
    async with a_limit(database, clock=clock) as limit:
        await guess(limit, "203.0.113.77")
        async with database.connection() as connection:
            rows = await connection.fetch("SELECT * FROM limit_counts")
            assert len(rows) == 1
            assert "203.0" not in str(dict(rows[0]))
            assert await forget_ended(connection, now=NOW + timedelta(hours=23)) == 0
            assert await forget_ended(connection, now=NOW + timedelta(days=2)) == 1
