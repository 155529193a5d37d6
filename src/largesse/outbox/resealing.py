"""Put the signing secrets of endpoints under a new key while they are in use. Conforms to `flows.keys.Resealable`."""

from collections.abc import Mapping
from uuid import UUID

from largesse.db import Connection, load
from largesse.db.connection import Row
from largesse.kernel.sealing import Keyring, Sealed
from largesse.outbox.model import secret_context

_SQL = load(__package__)
_START = (UUID(int=0), UUID(int=0))


class EndpointSecrets:
    """Re-seal the present and the previous signing secret of every endpoint of all merchants, batch by batch."""

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
        await connection.executemany(_SQL.replace_secrets, [_resealed(keyring, row) for row in rows])
        return len(rows), (rows[-1]["merchant_id"], rows[-1]["endpoint_id"])


def _resealed(keyring: Keyring, row: Row) -> tuple[object, ...]:
    context = secret_context(row["merchant_id"], row["endpoint_id"])
    anew: list[object] = []
    for cipher, key_id in (
        (row["secret_cipher"], row["secret_key_id"]),
        (row["previous_cipher"], row["previous_key_id"]),
    ):
        if not cipher:  # there is none
            anew += [cipher, key_id]
            continue
        sealed = keyring.seal(keyring.open(Sealed(key_id, cipher), context=context), context=context)
        anew += [sealed.cipher, sealed.key_id]
    return (row["merchant_id"], row["endpoint_id"], *anew)
