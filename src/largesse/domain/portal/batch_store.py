"""The tables of batches and of their lines."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from largesse.db import Connection, load
from largesse.db.connection import Row
from largesse.domain.portal.batches import BatchLine, PortalBatch, PortalBatchState

_queries = load(__package__)
_AT_ONCE = 5_000


async def insert_batch(connection: Connection, batch: PortalBatch) -> bool:
    """Write a batch without its lines; False where its id is known."""
    written = await connection.fetchval(
        _queries.insert_batch,
        batch.merchant_id,
        batch.batch_id,
        batch.partner_id,
        batch.membership_id,
        batch.person_id,
        batch.state.value,
        batch.delivery.value,
        batch.refcode,
        batch.currency,
        batch.total,
        batch.lines,
        batch.file_name,
        batch.fingerprint,
        batch.made_at,
    )
    return written is not None


async def insert_batch_lines(connection: Connection, batch: PortalBatch, lines: Sequence[BatchLine]) -> None:
    """Write the lines of a batch."""
    for start in range(0, len(lines), _AT_ONCE):
        some = lines[start : start + _AT_ONCE]
        await connection.execute(
            _queries.insert_batch_lines,
            batch.merchant_id,
            batch.batch_id,
            [one.place for one in some],
            [one.line for one in some],
            [one.identifier for one in some],
            [one.amount for one in some],
            [one.good_through for one in some],
            [one.recipient_name for one in some],
            [one.recipient_email for one in some],
            [one.message for one in some],
        )


async def find_batch(connection: Connection, merchant_id: UUID, batch_id: UUID) -> PortalBatch | None:
    """Return the batch of an id."""
    return _batch(await connection.fetchrow(_queries.find_batch, merchant_id, batch_id))


async def lock_batch(connection: Connection, merchant_id: UUID, batch_id: UUID) -> PortalBatch | None:
    """Return the batch of an id, which nobody else changes before the transaction ends."""
    return _batch(await connection.fetchrow(_queries.lock_batch, merchant_id, batch_id))


async def latest_batches(
    connection: Connection,
    merchant_id: UUID,
    partner_id: UUID,
    *,
    state: PortalBatchState | None = None,
    limit: int = 50,
) -> list[PortalBatch]:
    """Return what was ordered for a partner, the newest first."""
    wanted = state.value if state else None
    rows = await connection.fetch(_queries.latest_batches, merchant_id, partner_id, wanted, limit)
    return [msgspec.convert(dict(row), PortalBatch) for row in rows]


async def merchants_placing(connection: Connection) -> list[UUID]:
    """Return the merchants whose batches are being placed."""
    return [row["merchant_id"] for row in await connection.fetch(_queries.merchants_placing)]


async def batches_placing(connection: Connection, merchant_id: UUID) -> list[UUID]:
    """Return the batches that are being placed for a merchant."""
    return [row["batch_id"] for row in await connection.fetch(_queries.batches_placing, merchant_id)]


async def batch_lines(connection: Connection, batch: PortalBatch, *, after: int, limit: int) -> list[BatchLine]:
    """Return lines of a batch behind a place."""
    rows = await connection.fetch(_queries.batch_lines, batch.merchant_id, batch.batch_id, after, limit)
    return [msgspec.convert(dict(row), BatchLine) for row in rows]


async def earliest_last_day(connection: Connection, batch: PortalBatch) -> date | None:
    """Return the first of the last good days of what is not placed yet; None where all is."""
    day: date | None = await connection.fetchval(
        _queries.earliest_last_day, batch.merchant_id, batch.batch_id, batch.done
    )
    return day


async def put_batch_orders(connection: Connection, batch: PortalBatch, made: Sequence[tuple[int, UUID]]) -> None:
    """Write which orders lines became, by their places."""
    places, ids = [place for place, _ in made], [order_id for _, order_id in made]
    await connection.execute(_queries.put_batch_orders, batch.merchant_id, batch.batch_id, places, ids)


async def put_batch(connection: Connection, batch: PortalBatch) -> None:
    """Write how a batch stands; the caller holds it locked."""
    await connection.execute(
        _queries.put_batch,
        batch.merchant_id,
        batch.batch_id,
        batch.state.value,
        batch.done,
        batch.decided_by,
        batch.decided_at,
        batch.reason,
        batch.trouble,
        batch.finished_at,
    )


async def take_numbers(connection: Connection, batch: PortalBatch, person_id: UUID, now: datetime) -> bool:
    """Write that the numbers of a batch are downloaded; False where they were, or cannot be."""
    done = await connection.execute(_queries.take_numbers, batch.merchant_id, batch.batch_id, person_id, now)
    return done == "UPDATE 1"


def _batch(row: Row | None) -> PortalBatch | None:
    return None if row is None else msgspec.convert(dict(row), PortalBatch)
