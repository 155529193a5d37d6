"""Put the secrets of authenticators under a new key while they are in use. Conforms to `services.keys.Resealable`."""

from collections.abc import Mapping
from uuid import UUID

from largesse.db import Connection
from largesse.domain.staff import store
from largesse.domain.staff.second_factors import open_totp, seal_totp
from largesse.kernel.sealing import Keyring

_START = UUID(int=0)


class AuthenticatorSecrets:
    """What codes are made of on the authenticators of people who sign in."""

    name = "authenticator secrets"

    async def holds_any(self, connection: Connection) -> bool:
        """Return whether anybody has an authenticator."""
        return await store.holds_totp(connection)

    async def by_key(self, connection: Connection) -> Mapping[str, int]:
        """Return how many secrets are sealed under each key."""
        return await store.count_totp_by_key(connection)

    async def reseal(
        self, connection: Connection, keyring: Keyring, *, after: tuple[UUID, ...] | None, limit: int
    ) -> tuple[int, tuple[UUID, ...] | None]:
        """Re-seal the secrets of up to `limit` people after the row `after`, in the caller's transaction.

        Returns how many there were and the row to go on after, None at the end.
        """
        found = await store.lock_totp_batch(
            connection, after[0] if after else _START, keyring.current_key_id, limit=limit
        )
        if not found:
            return 0, None
        anew = [
            (one.person_id, seal_totp(keyring, one.person_id, open_totp(keyring, one.person_id, one.totp)))
            for one in found
            if one.totp is not None
        ]
        await store.replace_totp_seals(connection, anew)
        return len(found), (found[-1].person_id,)
