"""The certificate_numbers table."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from largesse.db import Connection, Writes, load
from largesse.db.connection import Row
from largesse.domain.certificates.model import NumberRole, NumberRow

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
        [row.role.value for row in rows],
        [row.bits for row in rows],
    )


async def find_by_digest(
    connection: Connection, merchant_id: UUID, digests: Sequence[bytes], *, roles: Sequence[NumberRole]
) -> UUID | None:
    """Return the certificate that has a number of one of `digests` in one of `roles`."""
    found: UUID | None = await connection.fetchval(_queries.find_by_digest, merchant_id, digests, roles)
    return found


async def forget_numbers(connection: Connection, merchant_id: UUID, certificate_ids: Sequence[UUID]) -> None:
    """Delete all numbers of some certificates that have ended, so that others may have them."""
    await connection.execute(_queries.forget_numbers, merchant_id, certificate_ids)


async def known_digests(connection: Connection, merchant_id: UUID, digests: Sequence[bytes]) -> set[bytes]:
    """Return which of `digests` there are."""
    rows = await connection.fetch(_queries.known_digests, merchant_id, digests)
    return {row["digest"] for row in rows}


async def holds_weak(connection: Connection, merchant_id: UUID, *, below: int) -> bool:
    """Return whether there is a number of fewer bits than `below`."""
    return bool(await connection.fetchval(_queries.holds_weak, merchant_id, below))


async def of_certificates(
    connection: Connection, merchant_id: UUID, ids: Sequence[UUID], *, role: NumberRole = NumberRole.NUMBER
) -> list[NumberRow]:
    """Return the sealed numbers of `ids` that are for `role`, in no order; unknown ids are left out."""
    return [_row(row) for row in await connection.fetch(_queries.numbers_of, merchant_id, ids, role)]


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
    """Lock and return the next rows from a certificate on that are not sealed under `key_id`."""
    return [_row(row) for row in await connection.fetch(_queries.lock_batch, *after, key_id, limit)]


async def replace_seals(connection: Connection, rows: Sequence[NumberRow]) -> None:
    """Write new digests and ciphertexts of rows that stand."""
    await connection.execute(
        _queries.replace_seals,
        [row.merchant_id for row in rows],
        [row.certificate_id for row in rows],
        [row.digest for row in rows],
        [row.cipher for row in rows],
        [row.key_id for row in rows],
        [row.role.value for row in rows],
    )


async def page(connection: Connection, after: tuple[UUID, UUID], *, limit: int) -> list[NumberRow]:
    """Return all rows of the next certificates after one, `limit` rows or a few more."""
    return [_row(row) for row in await connection.fetch(_queries.page, *after, limit)]


def _row(row: Row) -> NumberRow:
    return NumberRow(**{**row, "role": NumberRole(row["role"])})
