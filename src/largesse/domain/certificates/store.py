"""The certificate_numbers table."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from largesse.db import Connection, Writes, load
from largesse.domain.certificates.model import NumberRow

_queries = load(__package__)


def insert(writes: Writes, rows: Sequence[NumberRow]) -> None:
    """Add many rows to `writes`."""
    writes.add(
        _queries.insert_numbers,
        [row.merchant_id for row in rows],
        [row.certificate_id for row in rows],
        [row.digest for row in rows],
        [row.cipher for row in rows],
        [row.key_id for row in rows],
        [row.last_four for row in rows],
    )


async def find_by_digest(connection: Connection, merchant_id: UUID, digests: Sequence[bytes]) -> UUID | None:
    """Return the certificate whose number has one of `digests`."""
    found: UUID | None = await connection.fetchval(_queries.find_by_digest, merchant_id, digests)
    return found


async def of_certificates(connection: Connection, merchant_id: UUID, ids: Sequence[UUID]) -> list[NumberRow]:
    """Return the sealed numbers of `ids`, in no order; unknown ids are left out."""
    return [NumberRow(**row) for row in await connection.fetch(_queries.numbers_of, merchant_id, ids)]


async def find_by_last_four(connection: Connection, merchant_id: UUID, last_four: str, *, limit: int) -> list[UUID]:
    """Return the newest certificates whose numbers end with `last_four`."""
    rows = await connection.fetch(_queries.find_by_last_four, merchant_id, last_four, limit)
    return [row["certificate_id"] for row in rows]


async def holds_any(connection: Connection) -> bool:
    """Return whether there is any sealed number."""
    return bool(await connection.fetchval(_queries.holds_any))


async def count_by_key(connection: Connection) -> Mapping[str, int]:
    """Return how many numbers are sealed under each key, of all merchants."""
    return {row["key_id"]: row["sealed"] for row in await connection.fetch(_queries.count_by_key)}


async def lock_batch(connection: Connection, after: tuple[UUID, UUID], key_id: str, *, limit: int) -> list[NumberRow]:
    """Lock and return the next rows after a primary key that are not sealed under `key_id`."""
    return [NumberRow(**row) for row in await connection.fetch(_queries.lock_batch, *after, key_id, limit)]


async def replace_seals(connection: Connection, rows: Sequence[NumberRow]) -> None:
    """Write new digests and ciphertexts of rows that stand."""
    await connection.execute(
        _queries.replace_seals,
        [row.merchant_id for row in rows],
        [row.certificate_id for row in rows],
        [row.digest for row in rows],
        [row.cipher for row in rows],
        [row.key_id for row in rows],
    )


async def page(connection: Connection, after: tuple[UUID, UUID], *, limit: int) -> list[NumberRow]:
    """Return the next rows after a primary key."""
    return [NumberRow(**row) for row in await connection.fetch(_queries.page, *after, limit)]
