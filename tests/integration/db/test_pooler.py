"""Behind a pooler in transaction mode nothing of a session may be relied on between two transactions."""

import asyncio

import asyncpg
import pytest

from largesse.db import Database, migrate, revisions
from tests.support.pooler import pooler_before

# The pooler of the tests knows the socket of their own server, and no passwords.
pytestmark = pytest.mark.own_server


async def use(database: Database, times: int) -> None:
    for number in range(times):
        async with database.connection() as connection:
            assert await connection.fetchval("SELECT $1::int + 1", number) == number + 1
            assert [row["one"] for row in await connection.fetch("SELECT $1::text AS one", "a")] == ["a"]
            await connection.execute("SELECT set_config('app.unused', $1, true)", "x")


async def test_statements_that_are_not_prepared_work_behind_a_pooler(dsn: str) -> None:
    async with pooler_before(dsn) as (address, pooler):
        async with await Database.open(address, size_max=4, prepared=False) as database:
            await asyncio.gather(*(use(database, 5) for _ in range(6)))
        assert pooler.transactions > 60


async def test_statements_that_are_prepared_do_not_so_that_the_setting_is_needed(dsn: str) -> None:
    async with pooler_before(dsn) as (address, _), await Database.open(address, size_max=1) as database:
        with pytest.raises(asyncpg.InvalidSQLStatementNameError):
            await use(database, 5)


async def test_transactions_cursors_and_copies_work_behind_a_pooler(dsn: str) -> None:
    async with pooler_before(dsn) as (address, _), await Database.open(address, prepared=False) as database:
        for _ in range(4):
            async with database.snapshot() as connection:
                seen = [
                    row["n"] async for row in connection.cursor("SELECT generate_series(1, $1) AS n", 7, prefetch=2)
                ]
                assert seen == [1, 2, 3, 4, 5, 6, 7]
                chunks = bytearray()

                async def keep(chunk: bytes, kept: bytearray = chunks) -> None:
                    kept.extend(chunk)

                await connection.copy_from_query("SELECT $1::int", 5, output=keep, format="csv")
                assert bytes(chunks) == b"5\n"


async def test_migrations_run_behind_a_pooler(dsn: str) -> None:
    async with pooler_before(dsn) as (address, _):
        for _ in range(3):
            await migrate.upgrade(address)
        assert await migrate.current(address) == revisions.head()
