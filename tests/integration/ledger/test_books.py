"""The books: by the database's clock, never behind what is sealed, and at the merchant's home."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from largesse.adapters.keyring import FixedKeyring
from largesse.db import Database
from largesse.kernel.where import BooksSale
from largesse.ledger import Block, Ledger, errors, keep_home
from tests.builders.ledger import EXPIRES_AT, KEYRING, MERCHANT, NOW, a_where, issue, redeem

FAR = timedelta(days=400)


@pytest.fixture
async def ledger(database: Database) -> AsyncIterator[Ledger]:
    """By the database's own clock."""
    async with Ledger(database, keyring=KEYRING, publish=lambda *_: None) as opened:
        yield opened


async def rows(database: Database, certificate_id: UUID) -> list[Any]:
    async with database.connection() as connection:
        return await connection.fetch("SELECT * FROM journal WHERE subject_id = $1 ORDER BY seq", certificate_id)


async def test_rows_carry_the_moment_of_the_database_whatever_the_caller_says(
    ledger: Ledger, database: Database
) -> None:
    before = datetime.now(UTC) - timedelta(seconds=5)
    one = await ledger.submit(issue(value=100, expires_at=EXPIRES_AT + 20 * FAR), now=NOW - FAR)
    await ledger.submit(redeem(one.certificate_id, 10), now=NOW + 30 * FAR)
    for row in await rows(database, one.certificate_id):
        assert before < row["recorded_at"] < before + timedelta(minutes=2)
        assert row["effective_at"] == row["recorded_at"]
        assert row["booked_on"] == row["recorded_at"].astimezone(ZoneInfo("America/New_York")).date()
        assert (row["location_id"], row["books_sale"]) == (a_where().location_id, "largesse")


async def test_nothing_is_written_behind_what_is_sealed(ledger: Ledger, database: Database) -> None:
    """A clock that was set back, or a moment sealed a breath ago."""
    one = await ledger.submit(issue(value=100, expires_at=None), now=NOW)
    sealed = datetime.now(UTC) + timedelta(hours=1)
    async with database.transaction() as connection:
        await connection.execute("UPDATE books SET sealed_through = $1", sealed)
    await ledger.submit(redeem(one.certificate_id, 10), now=NOW)
    assert (await rows(database, one.certificate_id))[-1]["recorded_at"] == sealed + timedelta(microseconds=1)


async def test_a_claim_counts_but_never_runs_backwards_nor_into_what_is_closed(
    ledger: Ledger, database: Database
) -> None:
    one = (await ledger.submit(issue(value=100, expires_at=None), now=NOW)).certificate_id
    opened = (await rows(database, one))[0]["effective_at"]
    early = replace(redeem(one, 1), claimed_at=opened - timedelta(hours=3))
    await ledger.submit(early, now=NOW)
    row = (await rows(database, one))[-1]
    assert (row["claimed_at"], row["effective_at"]) == (early.claimed_at, opened)
    assert row["recorded_at"] >= opened
    closed = datetime.now(UTC) + timedelta(hours=2)
    async with database.transaction() as connection:
        await connection.execute("UPDATE books SET open_from = $1", closed)
    await ledger.submit(redeem(one, 1), now=NOW)
    assert (await rows(database, one))[-1]["effective_at"] == closed
    with pytest.raises(errors.ClaimRefused):
        await ledger.submit(replace(redeem(one, 1), claimed_at=closed), now=NOW)


async def test_what_happens_elsewhere_is_booked_there_on_its_business_day(ledger: Ledger, database: Database) -> None:
    one = (await ledger.submit(issue(value=100, expires_at=None), now=NOW)).certificate_id
    bar = replace(
        a_where(), location_id=uuid4(), time_zone="Pacific/Kiritimati", cut_off_hour=6, books_sale=BooksSale.TILL
    )
    spent = replace(redeem(one, 1), where=bar)
    await ledger.submit(spent, now=NOW)
    row = (await rows(database, one))[-1]
    assert (row["location_id"], row["books_sale"]) == (bar.location_id, "till")
    assert row["booked_on"] == bar.booked_on(row["effective_at"])
    # What is known of the location may have changed when the request comes again.
    again = await ledger.submit(replace(spent, where=replace(bar, cut_off_hour=5)), now=NOW)
    assert again.replayed
    with pytest.raises(errors.OperationConflict):
        await ledger.submit(replace(spent, where=a_where()), now=NOW)


async def test_a_merchant_without_books_cannot_be_posted_for(ledger: Ledger) -> None:
    with pytest.raises(errors.BooksMissing):
        await ledger.submit(issue(value=100, merchant_id=UUID(int=7)), now=NOW)


async def test_the_home_moves_for_what_comes_after(ledger: Ledger, database: Database) -> None:
    one = (await ledger.submit(issue(value=100, expires_at=None), now=NOW)).certificate_id
    home = replace(a_where(), location_id=uuid4())
    async with database.transaction() as connection:
        await keep_home(connection, home)
    block = Block(merchant_id=MERCHANT, certificate_id=one, operation_id=uuid4(), actor="test")
    await ledger.submit(block, now=NOW)
    assert [row["location_id"] for row in await rows(database, one)] == [a_where().location_id, home.location_id]


async def test_fingerprints_are_keyed_and_a_request_of_another_key_is_known_as_long_as_it_lives(
    database: Database,
) -> None:
    old, new = bytes(32), b"1" * 32
    opening = issue(value=100, expires_at=None)
    async with Ledger(database, keyring=FixedKeyring([old]), publish=lambda *_: None) as first:
        await first.submit(opening, now=NOW)
    async with Ledger(database, keyring=FixedKeyring([new, old]), publish=lambda *_: None) as second:
        assert (await second.submit(opening, now=NOW)).replayed
    async with Ledger(database, keyring=FixedKeyring([new]), publish=lambda *_: None) as third:
        with pytest.raises(errors.OperationConflict):
            await third.submit(opening, now=NOW)
