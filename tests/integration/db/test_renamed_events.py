"""Events of before, named by what they tell, get ids of their time when a database is brought up to date."""

from datetime import UTC, datetime

from largesse.db import Database
from largesse.db.migrations.versions.v0018_published_once import SCRIPT
from largesse.kernel.ids import derived_id, first_id
from tests.builders.outbox import a_merchant

TOLD = datetime(2026, 11, 22, 15, tzinfo=UTC)


async def test_an_event_keeps_its_deliveries_and_is_not_told_again(database: Database) -> None:
    before = derived_id("certificate.expiring", "of some certificate")
    async with database.transaction() as connection:
        merchant_id = await a_merchant(connection)
        await connection.execute("DROP TABLE published_once")
        await connection.execute(
            "INSERT INTO events (merchant_id, event_id, kind, version, payload, occurred_at) "
            "VALUES ($1, $2, 'certificate.expiring', 1, '{}', $3)",
            merchant_id,
            before,
            TOLD,
        )
        await connection.execute(
            "INSERT INTO deliveries (merchant_id, endpoint_id, event_id, queued_at, position, in_order, status, "
            "next_attempt_at) VALUES ($1, $1, $2, $3, 1, false, 'pending', $3)",
            merchant_id,
            before,
            TOLD,
        )
        await connection.execute(SCRIPT)
        event_id = await connection.fetchval("SELECT event_id FROM events")
        assert event_id.version == 7
        assert first_id(TOLD) < event_id
        assert event_id.int >> 80 == first_id(TOLD).int >> 80
        assert await connection.fetchval("SELECT event_id FROM deliveries") == event_id
        once = await connection.fetchrow("SELECT once_id, event_id FROM published_once")
        assert once is not None
        assert (once["once_id"], once["event_id"]) == (before, event_id)
