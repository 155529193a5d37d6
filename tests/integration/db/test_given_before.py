"""What was given away before that stood outside the liability: a database of revision 0041 is brought up to date.

`version_0041.json` was written by the code of that revision: promotional certificates that were redeemed here and at a
merchant's own till, held of, corrected in both pots, merged, expired, voided, blocked and used up; and a seal.
"""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from largesse.db import Database, migrate
from largesse.db.connection import Connection
from largesse.ledger import Command, Ledger, Reinstate, Reverse, Void
from largesse.ledger.proofs import trial_balance, verify
from largesse.ledger.seals import make_seal
from tests.builders.ledger import KEYRING, MERCHANT, NOW, redeem

WRITTEN: dict[str, list[dict[str, Any]]] = json.loads(
    Path(__file__).with_name("version_0041.json").read_text(encoding="utf-8")
)
REDEEMED, AT_TILL, LAPSED, MERGED, VOIDED, BLOCKED, PAID, SOURCE, USED_UP = (
    UUID(int=number) for number in range(11, 20)
)


@pytest.fixture
async def old(dsn: str) -> str:
    """The address of a database at revision 0041 that holds those rows."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("DROP SCHEMA public CASCADE")
        await connection.execute("CREATE SCHEMA public")
        await migrate.upgrade(dsn, to="0041")
        for table, rows in WRITTEN.items():
            await connection.execute(
                f"INSERT INTO {table} SELECT * FROM jsonb_populate_recordset(NULL::{table}, $1::jsonb)",
                json.dumps(rows),
            )
    finally:
        await connection.close()
    return dsn


@pytest.fixture
async def turned(old: str) -> AsyncIterator[Database]:
    """That database after the upgrade."""
    await migrate.upgrade(old)
    async with await Database.open(old, size_max=4) as database:
        yield database


async def findings(database: Database) -> list[str]:
    async with database.dedicated() as connection:
        return [f"{one.subject}: {one.finding}" async for one in verify(connection)]


async def balances(connection: Connection) -> dict[str, int]:
    return {one.account.value: one.balance for one in await trial_balance(connection)}


async def test_what_is_left_stands_outside_the_liability_and_the_rest_is_as_it_was(turned: Database) -> None:
    """Of 6,900 given and 150 corrected up, 1,300 were redeemed, 800 expired and 900 voided."""
    assert await findings(turned) == []
    async with turned.connection() as connection:
        books = await balances(connection)
        rows = await connection.fetch(
            "SELECT certificate_id, balance, gratuity_balance, held, status FROM certificates"
        )
        kept = await connection.fetchval("SELECT count(*) FROM journal WHERE kind <> 'convert'")
    assert books["promotional_outstanding"] == -4_050
    assert books["promotions_granted"] == 4_050
    assert books["promotions"] == 1_300
    assert books["certificates_outstanding"] == -9_900
    assert kept == len(WRITTEN["journal"])
    stood = {UUID(row["certificate_id"]): row for row in WRITTEN["certificates"]}
    for row in rows:
        before = stood[row["certificate_id"]]
        assert dict(row) == {name: before[name] for name in dict(row)} | {"certificate_id": row["certificate_id"]}


async def test_only_what_has_something_left_gets_rows_and_none_of_what_was_paid_for(turned: Database) -> None:
    async with turned.connection() as connection:
        rows = await connection.fetch(
            "SELECT subject_id, leg, debit, credit, amount FROM journal WHERE kind = 'convert' ORDER BY subject_id, seq"
        )
    sides = ("promotions_granted", "promotional_outstanding"), ("certificates_outstanding", "promotions")
    amounts = [
        (REDEEMED, "value", 1_500),
        (AT_TILL, "value", 600),
        (MERGED, "value", 600),
        (MERGED, "value", 100),
        (MERGED, "gratuity", 50),
        (MERGED, "value", 300),
        (BLOCKED, "value", 500),
        (SOURCE, "value", 400),
    ]
    expected = [(subject, leg, *pair, amount) for subject, leg, amount in amounts for pair in sides]
    assert [tuple(row.values()) for row in rows] == expected


def about(certificate_id: UUID) -> dict[str, Any]:
    return {"merchant_id": MERCHANT, "certificate_id": certificate_id, "operation_id": uuid4(), "actor": "test"}


async def test_what_happened_before_can_still_be_undone_whole(turned: Database) -> None:
    """A redemption comes off revenue, or off what the till took in payment, and its expense with it."""
    commands: list[Command] = [
        Reverse(**about(REDEEMED), redemption_id=UUID(int=101)),
        Reverse(**about(AT_TILL), redemption_id=UUID(int=102)),
        Reverse(**about(USED_UP), redemption_id=UUID(int=104)),
        Reinstate(**about(LAPSED), expiry_id=UUID(int=103)),
        redeem(REDEEMED, 1_700),
        redeem(MERGED, 1_000, 50),
        Void(**about(BLOCKED)),
    ]
    async with Ledger(turned, keyring=KEYRING, publish=lambda *_: None) as ledger:
        outcomes = [await ledger.submit(command, now=NOW) for command in commands]
    assert [one.value for one in outcomes] == [500, 400, 400, 800, 1_700, 1_000, 500]
    assert [one.given_away for one in outcomes] == [500, 400, 400, 0, 1_700, 1_000, 0]
    assert await findings(turned) == []
    async with turned.connection() as connection:
        books = await balances(connection)
    assert books["tender_clearing"] == 0
    assert books["promotions"] == 0
    assert books["redeemed"] == -90, "what was paid for alone"
    assert books["promotional_outstanding"] == -(2_000 + 1_000 + 400 + 800 + 400 - 1_700)


async def test_the_seal_of_before_still_verifies_and_the_next_covers_what_was_turned(turned: Database) -> None:
    async with Ledger(turned, keyring=KEYRING, publish=lambda *_: None) as ledger, turned.connection() as connection:
        now = await connection.fetchval("SELECT clock_timestamp()")
        await ledger.move_cut(connection, MERCHANT, now=now)
    async with turned.transaction() as connection:
        assert await make_seal(connection, MERCHANT, now=now)
    assert await findings(turned) == []
