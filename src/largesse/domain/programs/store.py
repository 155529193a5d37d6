"""The table of programs' keys."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from largesse.db import Connection, load
from largesse.db.connection import Row
from largesse.domain.programs.model import ProgramKey

USE_NOTED_EVERY: Final = timedelta(minutes=1)
TOLD_FRESH: Final = timedelta(seconds=2)
TOLD_KEPT: Final = timedelta(minutes=1)

_queries = load(__package__)


async def insert_key(connection: Connection, key: ProgramKey, digest: bytes) -> None:
    """Write a key, and what leads to it."""
    await connection.execute(
        _queries.insert_key,
        key.merchant_id,
        key.key_id,
        key.program_id,
        digest,
        key.hint,
        key.name,
        key.live,
        [one.value for one in key.scopes],
        key.made_by,
        key.made_at,
        key.expires_at,
    )
    await connection.execute(_queries.insert_route, digest, key.merchant_id)


async def route_of(connection: Connection, digest: bytes) -> UUID | None:
    """Return whose key it is that has a digest, whether or not it works."""
    found: UUID | None = await connection.fetchval(_queries.route_of, digest)
    return found


async def admit(connection: Connection, merchant_id: UUID, digest: bytes, *, now: datetime) -> ProgramKey | None:
    """Return a merchant's key of a digest, where it works."""
    row = await connection.fetchrow(_queries.admit, merchant_id, digest, now)
    return _key(row) if row else None


async def find_key(connection: Connection, merchant_id: UUID, key_id: UUID) -> ProgramKey | None:
    """Return a merchant's key of an id."""
    return next((one for one in await keys_of(connection, merchant_id) if one.key_id == key_id), None)


async def keys_of(connection: Connection, merchant_id: UUID) -> list[ProgramKey]:
    """Return all keys of a merchant, the newest first."""
    return [_key(row) for row in await connection.fetch(_queries.keys_of, merchant_id)]


async def lock_keys(connection: Connection, merchant_id: UUID) -> list[ProgramKey]:
    """Return all keys of a merchant, which nobody else changes before the transaction ends."""
    return [_key(row) for row in await connection.fetch(_queries.lock_keys, merchant_id)]


async def update_key(connection: Connection, key: ProgramKey) -> None:
    """Write how long a key works."""
    await connection.execute(
        _queries.update_key, key.merchant_id, key.key_id, key.expires_at, key.replaced_at, key.revoked_at
    )


async def note_use(connection: Connection, key: ProgramKey, *, now: datetime) -> None:
    """Write that a key was used, where that was not written within the last minute."""
    await connection.execute(_queries.note_use, key.merchant_id, key.key_id, now, now - USE_NOTED_EVERY)


async def last_use(connection: Connection, merchant_id: UUID) -> datetime | None:
    """Return when a key of a merchant was used or made last, None where it has none."""
    found: datetime | None = await connection.fetchval(_queries.last_use, merchant_id)
    return found


async def revoke_keys_of(connection: Connection, merchant_id: UUID, made_by: str, now: datetime) -> int:
    """End every key that somebody made."""
    status = await connection.execute(_queries.revoke_keys_of, merchant_id, made_by, now)
    return int(status.rpartition(" ")[2])


def _key(row: Row) -> ProgramKey:
    return msgspec.convert(dict(row), ProgramKey)


RateName = tuple[UUID, UUID, str]
"""A merchant's id, a program's, and `reads` or `writes`."""


async def share_use(
    connection: Connection, process_id: UUID, counts: Mapping[RateName, int], *, now: datetime
) -> dict[RateName, int]:
    """Write what programs did in one process since it last did so; return what they did in the others just now."""
    if not counts:
        return {}
    merchants, programs, kinds = (list(part) for part in zip(*counts, strict=True))
    await connection.execute(_queries.tell_use, merchants, programs, kinds, process_id, list(counts.values()), now)
    await connection.execute(_queries.forget_use, merchants, programs, kinds, now - TOLD_KEPT)
    rows = await connection.fetch(_queries.used_elsewhere, merchants, programs, kinds, process_id, now - TOLD_FRESH)
    return {(row["merchant_id"], row["program_id"], row["kind"]): int(row["used"]) for row in rows}
