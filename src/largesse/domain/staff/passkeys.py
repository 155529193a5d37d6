"""Passkeys: what is kept of them, and the challenges that they answer, each once."""

import hashlib
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from largesse.db import Connection, load

CHALLENGE_GOOD_FOR: Final = timedelta(minutes=5)
PASSKEYS_MAX: Final = 20
PASSKEY_NAME_MAX: Final = 80
_queries = load(__package__)


class Passkey(msgspec.Struct, frozen=True, kw_only=True):
    """A passkey of a person. It works under the relying party `rp_id` that it was made for, and under no other."""

    credential_id: bytes
    person_id: UUID
    rp_id: str
    public_key: bytes
    sign_count: int
    name: str
    made_at: datetime
    used_at: datetime | None = None


async def insert_passkey(connection: Connection, passkey: Passkey) -> bool:
    """Write a new passkey; False where it is known."""
    written = await connection.fetchval(_queries.insert_passkey, *msgspec.structs.astuple(passkey)[:-1])
    return written is not None


async def passkey_of(connection: Connection, credential_id: bytes) -> Passkey | None:
    """Return the passkey of an id."""
    row = await connection.fetchrow(_queries.passkey_of, credential_id)
    return None if row is None else Passkey(**row)


async def passkeys_of(connection: Connection, person_id: UUID) -> list[Passkey]:
    """Return the passkeys of a person, the oldest first."""
    return [Passkey(**row) for row in await connection.fetch(_queries.passkeys_of, person_id)]


async def use_passkey(connection: Connection, passkey: Passkey, sign_count: int, now: datetime) -> bool:
    """Write that a passkey was used; False where it counts backwards, as a copy of it would."""
    return await connection.execute(_queries.use_passkey, passkey.credential_id, sign_count, now) == "UPDATE 1"


async def remove_passkey(connection: Connection, person_id: UUID, credential_id: bytes) -> bool:
    """Remove a passkey of a person; False where there is none."""
    return await connection.execute(_queries.remove_passkey, person_id, credential_id) == "DELETE 1"


async def remove_passkeys(connection: Connection, person_id: UUID) -> None:
    """Remove every passkey of a person."""
    await connection.execute(_queries.remove_passkeys, person_id)


async def passkeys_elsewhere(connection: Connection, rp_id: str) -> int:
    """Return how many passkeys were made for another relying party, and do not work here."""
    return int(await connection.fetchval(_queries.passkeys_elsewhere, rp_id))


async def spend_challenge(connection: Connection, challenge: bytes, now: datetime) -> bool:
    """Take a challenge that was answered; False where it was before. Old ones are forgotten on the way."""
    await connection.execute(_queries.forget_challenges, now - 2 * CHALLENGE_GOOD_FOR)
    digest = hashlib.sha256(challenge).digest()
    return await connection.fetchval(_queries.spend_challenge, digest, now) is not None
