"""The tables of batches and their cards."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from largesse.db import Connection, load
from largesse.db.connection import Row
from largesse.domain.cards.model import BatchKind, BatchState, CardBatch

_queries = load(__package__)


async def insert_batch(connection: Connection, batch: CardBatch) -> bool:
    """Write a new batch; False where a pool of the same file stands."""
    written = await connection.fetchval(
        _queries.insert_batch,
        batch.merchant_id,
        batch.batch_id,
        batch.kind.value,
        batch.name,
        batch.currency,
        batch.count,
        batch.low_at,
        batch.file_digest,
        batch.offering_id,
        batch.created_by,
        batch.created_at,
    )
    return written is not None


async def find_batch(connection: Connection, merchant_id: UUID, batch_id: UUID) -> CardBatch | None:
    """Return a batch, if there is one of that id."""
    row = await connection.fetchrow(_queries.find_batch, merchant_id, batch_id)
    return _batch(row) if row else None


async def batch_of_file(connection: Connection, merchant_id: UUID, file_digest: bytes) -> CardBatch | None:
    """Return the pool of a file, if it stands."""
    row = await connection.fetchrow(_queries.batch_of_file, merchant_id, file_digest)
    return _batch(row) if row else None


async def lock_batch(connection: Connection, merchant_id: UUID, batch_id: UUID) -> CardBatch | None:
    """Return a batch that nobody else changes before the transaction ends."""
    row = await connection.fetchrow(_queries.lock_batch, merchant_id, batch_id)
    return _batch(row) if row else None


async def list_batches(connection: Connection, merchant_id: UUID) -> list[CardBatch]:
    """Return a merchant's batches, the newest first."""
    return [_batch(row) for row in await connection.fetch(_queries.list_batches, merchant_id)]


async def put_batch(connection: Connection, batch: CardBatch) -> None:
    """Write how a batch stands."""
    await connection.execute(
        _queries.put_batch,
        batch.merchant_id,
        batch.batch_id,
        batch.state.value,
        batch.progress,
        batch.drawn,
        batch.revealed_at,
    )


async def assign_pool(connection: Connection, merchant_id: UUID, batch_id: UUID, offering_id: UUID | None) -> None:
    """Let sales of an offering draw from a pool, or of none."""
    await connection.execute(_queries.assign_pool, merchant_id, batch_id, offering_id)


async def pools_of_offerings(
    connection: Connection, merchant_id: UUID, offering_ids: Sequence[UUID], *, lock: bool = False
) -> list[CardBatch]:
    """Return the pools that sales of some offerings draw from, the oldest first; locked until the transaction ends."""
    statement = _queries.lock_pools_of_offerings if lock else _queries.pools_of_offerings
    return [_batch(row) for row in await connection.fetch(statement, merchant_id, list(offering_ids))]


async def insert_cards(connection: Connection, batch: CardBatch, made: Sequence[tuple[int, UUID]]) -> None:
    """Write cards of a batch, by their place in it."""
    places, ids = [place for place, _ in made], [certificate_id for _, certificate_id in made]
    await connection.execute(_queries.insert_cards, batch.merchant_id, batch.batch_id, places, ids)


async def cards_from(connection: Connection, batch: CardBatch, *, after: int, limit: int) -> list[tuple[int, UUID]]:
    """Return cards of a batch after a place, in order."""
    rows = await connection.fetch(_queries.cards_from, batch.merchant_id, batch.batch_id, after, limit)
    return [(row["position"], row["certificate_id"]) for row in rows]


async def batch_of_certificate(
    connection: Connection, merchant_id: UUID, certificate_id: UUID
) -> tuple[UUID, int] | None:
    """Return the batch that a certificate is a card of and its place in it, None where it is none."""
    row = await connection.fetchrow(_queries.batch_of_certificate, merchant_id, certificate_id)
    return (row["batch_id"], row["position"]) if row else None


async def batches_under_way(connection: Connection) -> list[tuple[UUID, UUID]]:
    """Return the batches of all merchants that are being made or voided, each with its merchant first."""
    return [(row["merchant_id"], row["batch_id"]) for row in await connection.fetch(_queries.batches_under_way)]


def _batch(row: Row) -> CardBatch:
    values: dict[str, Any] = dict(row)
    return CardBatch(**values | {"kind": BatchKind(values["kind"]), "state": BatchState(values["state"])})
