"""What passes lies in months: they are made ahead, looked into only where something waits, and dropped whole."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from largesse.db import Database, load
from largesse.db.faults import Contended
from largesse.db.partitions import MONTHS_AHEAD, Partition, parts_of
from largesse.kernel.ids import first_id, new_id
from largesse.kernel.months import month_after, month_before, month_of
from largesse.outbox import (
    MONTHLY,
    DeliveryStatus,
    Keeping,
    drop_old_months,
    forget_old,
    keep_months,
    pause_endpoint,
    resume_endpoint,
)
from largesse.outbox.errors import RowsOutsideMonths
from tests.fakes.senders import KeepingSender
from tests.integration.outbox.conftest import Desk

YEAR = timedelta(days=365)


@pytest.fixture
async def this_month(database: Database) -> datetime:
    """The month in which the database was made, as every one of the run: when it began, perhaps before midnight."""
    [before, *_] = await months(database)
    return month_before(datetime.fromtimestamp((before.until.int >> 80) / 1000, UTC))


@pytest.fixture
async def desk(desk: Desk, this_month: datetime) -> Desk:
    """A desk at which it is the middle of the month in which the database was made."""
    desk.now = this_month + timedelta(days=14)
    return desk


async def months(database: Database, table: str = "events") -> list[Partition]:
    async with database.connection() as connection:
        return await parts_of(connection, table)


async def lies_in(database: Database, table: str, event_id: UUID) -> str:
    async with database.connection() as connection:
        found = await connection.fetchval(
            f"SELECT tableoid::regclass::text FROM {table} WHERE event_id = $1 LIMIT 1", event_id
        )
    return str(found)


async def rows(database: Database, table: str) -> int:
    async with database.connection() as connection:
        count: int = await connection.fetchval(f"SELECT count(*) FROM {table}")
    return count


async def test_a_migrated_database_has_months_ahead_and_a_place_for_all_that_came_before(
    database: Database, this_month: datetime
) -> None:
    for monthly in MONTHLY:
        before, *ahead = await months(database, monthly.table)
        assert (before.since, before.until) == (None, first_id(month_after(this_month)))
        assert len(ahead) == MONTHS_AHEAD
        assert [part.since for part in ahead] == [before.until, ahead[0].until]


async def test_the_duty_makes_the_months_to_come_once(database: Database, this_month: datetime) -> None:
    later = this_month + timedelta(days=75)
    assert await keep_months(database, now=later) > 0
    assert await keep_months(database, now=later) == 0
    for monthly in MONTHLY:
        found = await months(database, monthly.table)
        assert found[-1].until >= first_id(later + timedelta(days=32))
        assert [part.until for part in found[:-1]] == [part.since for part in found[1:]], "without a gap"
        assert found[-1].name == monthly.named(month_of(later + timedelta(days=62)))


async def test_months_have_the_storage_of_their_table(database: Database, this_month: datetime) -> None:
    await keep_months(database, now=this_month + YEAR)
    async with database.connection() as connection:
        options = await connection.fetch(
            "SELECT relname::text, reloptions FROM pg_class JOIN pg_inherits ON inhrelid = pg_class.oid "
            "WHERE inhparent = 'deliveries'::regclass"
        )
    assert len(options) > MONTHS_AHEAD
    assert {tuple(sorted(row["reloptions"] or ())) for row in options} == {
        (
            "autovacuum_vacuum_insert_scale_factor=0.1",
            "autovacuum_vacuum_scale_factor=0.02",
            "fillfactor=70",
        )
    }


async def test_what_no_month_was_made_for_moves_into_its_month_when_the_duty_comes(
    desk: Desk, this_month: datetime
) -> None:
    await desk.endpoint("http://127.0.0.1:9/")
    [event] = await desk.publish(now=this_month + YEAR)
    assert await lies_in(desk.database, "events", event.event_id) == "events_default"
    await keep_months(desk.database, now=this_month + YEAR)
    for table in ("events", "deliveries"):
        expected = f"{table}_{this_month + YEAR:%Y_%m}"
        assert await lies_in(desk.database, table, event.event_id) == expected


async def test_rows_that_stay_outside_all_months_are_told_of(desk: Desk, this_month: datetime) -> None:
    await desk.publish(now=this_month + 3 * YEAR)
    with pytest.raises(RowsOutsideMonths, match="events 1") as raised:
        await keep_months(desk.database, now=this_month)
    assert raised.value.code == "database.rows_outside_months"


async def test_a_month_that_somebody_reads_is_made_later(database: Database, this_month: datetime) -> None:
    async with database.transaction() as reader:
        await reader.execute("SELECT * FROM events_default")
        with pytest.raises(Contended):
            await keep_months(database, now=this_month + YEAR)
    assert await keep_months(database, now=this_month + YEAR) > 0


async def test_old_months_are_dropped_with_all_that_is_settled(desk: Desk, this_month: datetime) -> None:
    mail = KeepingSender()
    endpoint, _ = await desk.endpoint("http://127.0.0.1:9/")
    await desk.publish(count=3)
    assert await desk.relay(http=mail).run_once(desk.now) == 3
    later = this_month + YEAR
    await keep_months(desk.database, now=later)
    [kept] = await desk.publish(now=later)
    keeping = Keeping(events=timedelta(days=90))
    assert await drop_old_months(desk.database, before=later - timedelta(days=90), now=later) == len(MONTHLY) * (
        1 + MONTHS_AHEAD
    )
    assert await forget_old(desk.database, desk.merchant_id, keeping, now=later) == 0, "no row by itself"
    assert [await rows(desk.database, table) for table in ("events", "deliveries", "attempts")] == [1, 1, 0]
    assert await lies_in(desk.database, "events", kept.event_id) == f"events_{later:%Y_%m}"
    before, *_ = await months(desk.database)
    assert (before.since, before.until) == (None, first_id(month_of(later - timedelta(days=90))))
    assert await drop_old_months(desk.database, before=later - timedelta(days=90), now=later) == 0
    async with desk.database.connection() as connection:
        assert (
            await connection.fetchval("SELECT count(*) FROM endpoints WHERE endpoint_id = $1", endpoint.endpoint_id)
        ) == 1


async def test_a_month_stays_while_something_of_it_waits_and_loses_what_is_settled(
    desk: Desk, this_month: datetime
) -> None:
    endpoint, _ = await desk.endpoint("http://127.0.0.1:9/")
    paused, _ = await desk.endpoint("http://127.0.0.1:9/other")
    async with desk.database.transaction() as connection:
        await pause_endpoint(connection, paused.endpoint_id)
    sent, waiting = await desk.publish(count=2)
    assert await desk.relay(http=KeepingSender()).run_once(desk.now) == 2
    async with desk.database.connection() as connection:
        await connection.execute(
            "DELETE FROM deliveries WHERE endpoint_id = $1 AND event_id = $2", paused.endpoint_id, sent.event_id
        )
    later = this_month + YEAR
    await keep_months(desk.database, now=later)
    assert await drop_old_months(desk.database, before=later - timedelta(days=40), now=later) == 0
    assert await forget_old(desk.database, desk.merchant_id, Keeping(events=timedelta(0)), now=later) > 0
    assert [await rows(desk.database, table) for table in ("events", "deliveries", "attempts")] == [1, 1, 0]
    assert (await desk.delivery(paused, waiting)).status is DeliveryStatus.PENDING
    async with desk.database.transaction() as connection:
        await resume_endpoint(connection, paused.endpoint_id, now=later)
    assert await desk.relay(http=KeepingSender()).run_once(later) == 1, "what waited for a year is sent"
    assert (await desk.delivery(paused, waiting)).status is DeliveryStatus.DELIVERED
    assert await drop_old_months(desk.database, before=later - timedelta(days=40), now=later) > 0
    assert endpoint.endpoint_id != paused.endpoint_id


async def test_this_month_is_never_dropped(desk: Desk) -> None:
    await desk.publish()
    assert await drop_old_months(desk.database, before=desk.now + YEAR, now=desk.now) == 0
    assert await rows(desk.database, "events") == 1


def tables_of(plan: dict[str, Any]) -> set[str]:
    found = {plan["Relation Name"]} if "Relation Name" in plan else set[str]()
    for inner in plan.get("Plans", ()):
        found |= tables_of(inner)
    return found


async def explained(database: Database, statement: str, *values: object) -> dict[str, Any]:
    async with database.transaction() as connection:
        await connection.execute("SET LOCAL plan_cache_mode = force_custom_plan")
        text = await connection.fetchval(f"EXPLAIN (FORMAT JSON) {statement}", *values)
    plan: dict[str, Any] = json.loads(text)[0]["Plan"]
    return plan


async def test_a_claim_looks_into_few_of_many_months(desk: Desk, this_month: datetime) -> None:
    """Of two years: the month before this one, this one, those ahead, and the default."""
    now = this_month + 2 * YEAR
    for number in range(24):
        await keep_months(desk.database, now=this_month + number * timedelta(days=30.5))
    await keep_months(desk.database, now=now)
    assert len(await months(desk.database, "deliveries")) > 24
    since = first_id(month_before(month_of(now)))
    sql = load("largesse.outbox")
    claim = await explained(
        desk.database, sql.claim, desk.merchant_id, now, now, 100, 64, 2, [uuid4()], [1], timedelta(seconds=2), since, 1
    )
    due = await explained(desk.database, sql.merchants_due, now, since)
    settle = await explained(
        desk.database,
        sql.settle,
        *([[]] * 13),
        new_id(now),
    )
    allowed = {month_before(month_of(now)), month_of(now)}
    allowed |= {month_after(month_of(now)), month_after(month_after(month_of(now)))}
    suffixes = {f"{month:%Y_%m}" for month in allowed} | {"default"}
    for plan in (claim, due, settle):
        looked = {re.sub(r"^(events|deliveries)_", "", name) for name in tables_of(plan) if "_" in name}
        assert looked, "partitions are looked into at all"
        assert looked <= suffixes, plan


async def test_old_events_that_wait_again_are_found(desk: Desk, this_month: datetime) -> None:
    endpoint, _ = await desk.endpoint("http://127.0.0.1:9/")
    [event] = await desk.publish()
    later = this_month + YEAR
    await keep_months(desk.database, now=later)
    sender = KeepingSender()
    assert await desk.relay(http=sender).run_once(later) == 1
    assert (await desk.delivery(endpoint, event)).status is DeliveryStatus.DELIVERED


async def test_a_database_of_before_keeps_its_rows_as_the_oldest_partition(desk: Desk, this_month: datetime) -> None:
    next_month = month_after(this_month)
    [last] = await desk.publish(now=next_month - timedelta(milliseconds=1))
    [first] = await desk.publish(now=next_month)
    assert await lies_in(desk.database, "events", last.event_id) == "events_before"
    assert await lies_in(desk.database, "events", first.event_id) == f"events_{next_month:%Y_%m}"
    async with desk.database.connection() as connection:
        with pytest.raises(asyncpg.CheckViolationError):
            await connection.execute("INSERT INTO events_default SELECT * FROM events_before")
