"""The month that the demo has behind it."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from largesse.adapters.keyring import FixedKeyring
from largesse.app import demo
from largesse.app.demo_month import DAYS
from largesse.db import Database
from largesse.ledger.proofs import verify
from tests.builders.application import an_application
from tests.fakes.clock import StillClock

HERE = "http://127.0.0.1:8000"
NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
WANTED = {
    "sold in the shop": "SELECT count(*) FROM orders WHERE channel = 'retail' AND location_id IS NULL",
    "sold at the counter": "SELECT count(*) FROM orders WHERE location_id IS NOT NULL",
    "redeemed": "SELECT count(DISTINCT operation_id) FROM journal WHERE kind = 'redeem'",
    "at more than one place": "SELECT count(DISTINCT location_id) FROM journal WHERE kind = 'redeem'",
    "undone": "SELECT count(*) FROM journal WHERE kind = 'reverse'",
    "refunded": "SELECT count(*) FROM orders WHERE status = 'refunded'",
    "set aside": "SELECT count(*) FROM holds WHERE status = 'open'",
    "blocked": "SELECT count(*) FROM journal WHERE kind = 'block'",
    "disputed": "SELECT count(*) FROM disputes WHERE status = 'open'",
    "mails that failed": "SELECT count(*) FROM mails WHERE status = 'failed'",
    "brought over from another system": "SELECT count(*) FROM imports WHERE state = 'done'",
    "on what was brought over": "SELECT count(*) FROM certificates WHERE funding = 'opening_balances'",
    "days closed": "SELECT count(*) FROM closings",
}


async def lived(database: Database, home: Path, now: datetime = NOW) -> Mapping[str, int]:
    """Make the demo with its month, and return how much of each thing there is."""
    async with an_application(database, clock=StillClock(now), keyring=FixedKeyring([bytes(32)])) as application:
        await demo.seed(application, home=home, base_url=HERE, with_month=True)
    async with database.connection() as connection:
        return {what: await connection.fetchval(query) for what, query in WANTED.items()}


async def test_has_something_of_everything_in_books_that_are_clean(database: Database, tmp_path: Path) -> None:
    found = await lived(database, tmp_path)
    assert {what for what, count in found.items() if not count} == set()
    assert found["sold in the shop"] >= DAYS
    assert found["at more than one place"] == 2
    async with database.connection() as connection:
        assert [difference async for difference in verify(connection)] == []
        assert await connection.fetchval("SELECT max(booked_on) - min(booked_on) FROM journal") >= DAYS - 2
        assert await connection.fetchval("SELECT max(recorded_at) FROM journal") <= NOW


@pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 12, 1, 4, 55, tzinfo=UTC),  # just before midnight in New York; a month ago it was summer there
        datetime(2027, 4, 1, 4, 5, tzinfo=UTC),  # just after midnight; a month ago it was winter
    ],
)
async def test_days_are_told_by_the_calendar_where_the_clocks_change(
    database: Database, tmp_path: Path, now: datetime
) -> None:
    await lived(database, tmp_path, now)
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT count(DISTINCT booked_on) = count(*) FROM closings")
        last = await connection.fetchval("SELECT max(booked_on) FROM closings")
    assert last == now.astimezone(ZoneInfo("America/New_York")).date() - timedelta(days=1)


async def test_is_lived_once(database: Database, tmp_path: Path) -> None:
    found = await lived(database, tmp_path)
    assert await lived(database, tmp_path) == found
