"""The chain as PostgreSQL walks it: the same hashes as Python's, and whatever was changed by hand is found."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from largesse.db import Database
from largesse.ledger import Block, Ledger, Transfer
from largesse.ledger.chain import FORMAT_1, genesis, row_hash
from largesse.ledger.proofs import verify
from largesse.ledger.store import erase_memos
from tests.builders.ledger import KEYRING, MERCHANT, NOW, issue, redeem

_OTHER_VALUES = {
    "uuid": "gen_random_uuid()",
    "text": "'changed'",
    "integer": "coalesce({}, 0) + 1",
    "smallint": "coalesce({}, 0) + 1",
    "bigint": "coalesce({}, 0) + 1",
    "bytea": "sha256('x')",
    "date": "'2031-01-01'",
    "timestamp with time zone": "'2031-01-01Z'",
}


@pytest.fixture
async def ledger(database: Database) -> Any:
    async with Ledger(database, keyring=KEYRING, publish=lambda *_: None, told_time=True) as opened:
        yield opened


def about(certificate_id: UUID) -> dict[str, Any]:
    return {"merchant_id": MERCHANT, "certificate_id": certificate_id, "operation_id": uuid4(), "actor": "test"}


async def findings(database: Database) -> list[str]:
    async with database.dedicated() as connection:
        return [f"{one.subject}: {one.finding}" async for one in verify(connection)]


async def test_each_row_holds_the_hash_of_the_one_before_it_and_its_own(ledger: Ledger, database: Database) -> None:
    one = (await ledger.submit(issue(value=500, gratuity=50, discount=5, tax=7), now=NOW)).certificate_id
    await ledger.submit(redeem(one, 100, 10), now=NOW)
    new = uuid4()
    await ledger.submit(Transfer(**about(one), to_certificate_id=new, reissue=True, memo="lost"), now=NOW)
    async with database.connection() as connection:
        for certificate_id in (one, new):
            head = genesis(MERCHANT, certificate_id)
            for entry in await ledger.statement(connection, MERCHANT, certificate_id):
                head = row_hash(head, entry)
                assert entry.hash == head
            stands = await ledger.find(connection, MERCHANT, certificate_id)
            assert stands is not None
            assert stands.head == head
    assert await findings(database) == []


@pytest.mark.parametrize("column", [name for name, _ in FORMAT_1])
async def test_every_column_of_the_format_is_covered_by_the_hash(
    ledger: Ledger, database: Database, column: str
) -> None:
    await ledger.submit(issue(value=500), now=NOW)
    async with database.connection() as connection:
        kind = await connection.fetchval(
            "SELECT data_type FROM information_schema.columns WHERE table_name = 'journal' AND column_name = $1", column
        )
        await connection.execute(
            "ALTER TABLE journal DISABLE TRIGGER journal_is_append_only;"
            "DO $$ DECLARE one text; BEGIN FOR one IN SELECT conname FROM pg_constraint"
            " WHERE conrelid = 'journal'::regclass AND contype = 'c'"
            " LOOP EXECUTE 'ALTER TABLE journal DROP CONSTRAINT ' || one; END LOOP; END $$;"
            f"UPDATE journal SET {column} = {_OTHER_VALUES[kind].format(column)}"
        )
        rows = await connection.fetch(
            "SELECT 1 FROM journal WHERE hash_format = 1 AND amount IS NOT NULL"  # it is still there to be found
        )
        assert rows
    assert any("is not what its hash was made of" in line for line in await findings(database))


async def test_a_memo_that_was_changed_is_found_and_one_that_was_erased_is_not(
    ledger: Ledger, database: Database
) -> None:
    one = (await ledger.submit(issue(value=500), now=NOW)).certificate_id
    await ledger.submit(Block(**about(one), memo="Ada Lovelace called"), now=NOW)
    async with database.connection() as connection:
        await connection.execute("UPDATE journal_memos SET memo = 'Grace Hopper called'")
    assert any("the memo of journal row 2" in line for line in await findings(database))
    async with database.connection() as connection:
        assert await erase_memos(connection, MERCHANT, [one]) == 1
        assert await erase_memos(connection, MERCHANT, [one]) == 0
        [_, blocked] = await ledger.statement(connection, MERCHANT, one)
        assert blocked.memo is None
        assert blocked.memo_hash is not None
    assert await findings(database) == []


async def test_a_memo_that_was_taken_out_whole_is_found(ledger: Ledger, database: Database) -> None:
    one = (await ledger.submit(issue(value=500), now=NOW)).certificate_id
    await ledger.submit(Block(**about(one), memo="lost"), now=NOW)
    async with database.connection() as connection:
        await connection.execute("DELETE FROM journal_memos")
    assert any("the memo of journal row 2" in line for line in await findings(database))
