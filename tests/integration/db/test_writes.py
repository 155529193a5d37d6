"""Statements sent together, on a real PostgreSQL."""

from typing import Any

import asyncpg
import pytest

from largesse.db import Connection, Database, Writes, gathering
from largesse.db.faults import key_taken, table_of
from largesse.kernel.errors import Conflict

TABLES = """
CREATE TABLE pots (pot text PRIMARY KEY, worth bigint NOT NULL CHECK (worth >= 0));
CREATE TABLE slips (slip bigint PRIMARY KEY, pot text NOT NULL REFERENCES pots (pot))
"""
POT = "INSERT INTO pots (pot, worth) SELECT * FROM unnest($1::text[], $2::bigint[])"
SLIP = "INSERT INTO slips (slip, pot) SELECT * FROM unnest($1::bigint[], $2::text[])"
RAISE = "UPDATE pots SET worth = worth + $2::bigint WHERE pot = $1::text"


class PotTaken(Conflict):
    """There is a pot of this name."""

    code = "test.pot.taken"
    message = "There is a pot of this name."


def taken(violation: asyncpg.PostgresError) -> PotTaken | None:
    return PotTaken() if table_of(violation) == "pots" else None


async def stands(connection: Connection) -> tuple[dict[str, int], list[int]]:
    pots = await connection.fetch("SELECT pot, worth FROM pots ORDER BY pot")
    slips = await connection.fetch("SELECT slip FROM slips ORDER BY slip")
    return {row["pot"]: row["worth"] for row in pots}, [row["slip"] for row in slips]


@pytest.fixture
async def tables(database: Database) -> Database:
    async with database.connection() as connection:
        await connection.execute(TABLES)
    return database


async def test_each_statement_keeps_its_own_parameters(tables: Database) -> None:
    async with tables.transaction() as connection:
        async with gathering(connection) as writes:
            writes.add(POT, [f"pot {n}" for n in range(12)], list(range(12)))
        async with gathering(connection) as writes:
            writes.add(RAISE, "pot 3", 100)
            writes.add(SLIP, [7, 8], ["pot 1", "new"])
            writes.add(RAISE, "pot 4", 200)
            for n in range(5):  # beyond $9, where $1 is the beginning of $10
                writes.add(SLIP, [100 + n], ["pot 2"])
            writes.add(POT, ["new"], [5])
        pots, slips = await stands(connection)
    assert pots == {f"pot {n}": n for n in range(12)} | {"pot 3": 103, "pot 4": 204, "new": 5}
    assert slips == [7, 8, *range(100, 105)]


async def test_a_row_may_refer_to_one_that_is_written_beside_it(tables: Database) -> None:
    async with tables.connection() as connection:
        async with gathering(connection) as writes:
            writes.add(SLIP, [1], ["later"])
            writes.add(POT, ["later"], [1])
        assert await stands(connection) == ({"later": 1}, [1])


async def test_all_of_it_or_nothing(tables: Database) -> None:
    async with tables.connection() as connection:
        astray = Writes()
        astray.add(POT, ["a"], [1])
        astray.add(SLIP, [1], ["nowhere"])
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            await astray.send(connection)
        below = Writes()
        below.add(POT, ["a"], [1])
        below.add(POT, ["b"], [-1])
        with pytest.raises(asyncpg.CheckViolationError):
            await below.send(connection)
        assert await stands(connection) == ({}, [])


async def test_a_key_that_is_taken_is_told_by_the_room_that_wrote_it(tables: Database) -> None:
    async with tables.connection() as connection:
        async with gathering(connection) as writes:
            writes.add(POT, ["a"], [1])
            writes.add(SLIP, [1], ["a"])
        pot_again = Writes()
        pot_again.add(SLIP, [2], ["a"])
        pot_again.add(POT, ["a"], [2], refusal=taken)
        with pytest.raises(PotTaken):
            await pot_again.send(connection)
        slip_again = Writes()
        slip_again.add(SLIP, [1], ["a"])
        slip_again.add(POT, ["b"], [2], refusal=taken)
        with pytest.raises(asyncpg.UniqueViolationError):
            await slip_again.send(connection)


async def test_a_distributed_database_is_sent_one_statement_after_another(tables: Database) -> None:
    async with tables.transaction() as connection:
        session: Any = connection
        session.itself.sends_apart = True
        async with gathering(connection) as writes:
            writes.add(POT, ["a"], [1])
            writes.add(RAISE, "a", 100)  # together, it would not see the row
            writes.add(SLIP, [1, 2], ["a", "a"])
        assert await stands(connection) == ({"a": 101}, [1, 2])
        again = Writes()
        again.add(POT, ["a"], [2], refusal=taken)
        with pytest.raises(PotTaken):
            async with session.transaction():
                await again.send(connection)


@pytest.mark.parametrize(
    "table, message, kind, found",
    [
        ("pots", "duplicate key value", asyncpg.UniqueViolationError, (True, "pots")),
        ("pots_102008", "duplicate key value", asyncpg.UniqueViolationError, (True, "pots")),
        (None, "duplicate key value", asyncpg.UniqueViolationError, (True, "")),
        (None, "node: duplicate key value violates", asyncpg.InternalServerError, (True, "")),
        (None, "out of cheese", asyncpg.InternalServerError, (False, "")),
        ("pots", "no such pot", asyncpg.ForeignKeyViolationError, (False, "pots")),
    ],
)
def test_a_taken_key_is_known_under_every_name(
    table: str | None, message: str, kind: type[asyncpg.PostgresError], found: tuple[bool, str]
) -> None:
    error = kind(message)
    error.table_name = table
    assert (key_taken(error), table_of(error)) == found


async def test_nothing_gathered_asks_nothing_of_the_database(tables: Database) -> None:
    async with tables.connection() as connection:
        await connection.execute("BEGIN")
        with pytest.raises(asyncpg.DivisionByZeroError):
            await connection.execute("SELECT 1 / 0")
        await Writes().send(connection)  # any statement would be refused in this transaction
        await connection.execute("ROLLBACK")


async def test_a_block_that_fails_sends_nothing(tables: Database) -> None:
    async def fail(connection: Connection) -> None:
        async with gathering(connection) as writes:
            writes.add(POT, ["a"], [1])
            raise PotTaken

    async with tables.connection() as connection:
        with pytest.raises(PotTaken):
            await fail(connection)
        assert await stands(connection) == ({}, [])
