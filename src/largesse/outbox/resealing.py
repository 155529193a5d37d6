"""Put the secrets of endpoints under a new key while they are in use. Conforms to `services.keys.Resealable`."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from largesse.db import Connection, load
from largesse.kernel.sealing import Keyring, Sealed
from largesse.outbox.endpoint_rows import endpoint_of
from largesse.outbox.endpoints import seal_private
from largesse.outbox.model import Endpoint
from largesse.outbox.packing import masked

_SQL = load(__package__)
_START = (UUID(int=0), UUID(int=0))
_MASKED_AT_ONCE = 500


class EndpointSecrets:
    """Signing secrets, present and previous, and the key phrases of receivers, of every endpoint of all merchants.

    What a version before migration 0016 kept in clear is sealed, and masked in the attempts that it stands in.
    """

    name = "endpoint secrets"

    async def holds_any(self, connection: Connection) -> bool:
        """Return whether there is any signing secret."""
        return bool(await connection.fetchval(_SQL.holds_secrets))

    async def by_key(self, connection: Connection) -> Mapping[str, int]:
        """Return how many secrets are sealed under each key."""
        return {row["key_id"]: row["sealed"] for row in await connection.fetch(_SQL.secrets_by_key)}

    async def reseal(
        self, connection: Connection, keyring: Keyring, *, after: tuple[UUID, ...] | None, limit: int
    ) -> tuple[int, tuple[UUID, ...] | None]:
        """Re-seal the secrets of up to `limit` endpoints after the row `after`, in the caller's transaction.

        Returns how many endpoints there were and the row to go on after, None at the end.
        """
        merchant_id, endpoint_id = after or _START
        rows = await connection.fetch(_SQL.lock_secrets, merchant_id, endpoint_id, keyring.current_key_id, limit)
        if not rows:
            return 0, None
        found = [endpoint_of(row) for row in rows]
        await connection.executemany(_SQL.replace_secrets, [_resealed(keyring, one) for one in found])
        for one in found:
            if one.clear is not None:
                await _mask_attempts(connection, one, one.clear.phrases)
        return len(rows), (rows[-1]["merchant_id"], rows[-1]["endpoint_id"])


async def _mask_attempts(connection: Connection, endpoint: Endpoint, phrases: Sequence[str]) -> None:
    place: tuple[UUID, int] = (UUID(int=0), 0)
    while True:
        key = (endpoint.merchant_id, endpoint.endpoint_id)
        rows = await connection.fetch(_SQL.attempts_to_mask, *key, *place, _MASKED_AT_ONCE)
        anew = [
            (*key, row["event_id"], row["attempt"], *(masked(row[name], tuple(phrases)) for name in ("body", "answer")))
            for row in rows
        ]
        await connection.executemany(_SQL.replace_attempt, anew)
        if len(rows) < _MASKED_AT_ONCE:
            return
        place = (rows[-1]["event_id"], rows[-1]["attempt"])


def _resealed(keyring: Keyring, endpoint: Endpoint) -> tuple[object, ...]:
    private = seal_private(keyring, endpoint).private
    return (
        endpoint.merchant_id,
        endpoint.endpoint_id,
        *_anew(keyring, endpoint.secret, context=endpoint.secret_context),
        *_anew(keyring, endpoint.previous_secret, context=endpoint.secret_context),
        *((None, None) if private is None else (private.cipher, private.key_id)),
        *_anew(keyring, endpoint.asked.query if endpoint.asked else None, context=endpoint.private_context),
    )


def _anew(keyring: Keyring, sealed: Sealed | None, *, context: bytes) -> tuple[bytes | None, str | None]:
    if sealed is None:
        return None, None
    if not sealed.cipher:  # of an endpoint that was removed
        return sealed.cipher, sealed.key_id
    fresh = keyring.seal(keyring.open(sealed, context=context), context=context)
    return fresh.cipher, fresh.key_id
