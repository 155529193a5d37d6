"""A database without room refuses what writes, as something that passes, and goes on serving what reads."""

import pytest

from largesse.db import Database, DatabaseFull

FULL = "DO $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '{code}'; END $$"


@pytest.mark.parametrize("code", ["53100", "53200", "53000"], ids=["disk", "memory", "resources"])
async def test_no_room_to_write_is_told_as_unavailable(database: Database, code: str) -> None:
    with pytest.raises(DatabaseFull) as refused:
        async with database.transaction() as connection:
            await connection.execute(FULL.format(code=code))
    assert refused.value.code == "database.full"
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT 1") == 1
