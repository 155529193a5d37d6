"""Put the secrets of payment accounts under a new key while they are in use. Conforms to `services.keys.Resealable`."""

from collections.abc import Mapping
from uuid import UUID

from largesse.db import Connection
from largesse.domain.payment_accounts import store
from largesse.domain.payment_accounts.sealing import resealed
from largesse.kernel.sealing import Keyring

_START = (UUID(int=0), UUID(int=0))


class PaymentAccountSecrets:
    """Secret keys and signing secrets of the payment accounts of all merchants, those that are retired included."""

    name = "payment account secrets"

    async def holds_any(self, connection: Connection) -> bool:
        """Return whether there is any account."""
        return await store.holds_any(connection)

    async def by_key(self, connection: Connection) -> Mapping[str, int]:
        """Return how many secrets are sealed under each key."""
        return await store.count_by_key(connection)

    async def reseal(
        self, connection: Connection, keyring: Keyring, *, after: tuple[UUID, ...] | None, limit: int
    ) -> tuple[int, tuple[UUID, ...] | None]:
        """Re-seal the secrets of up to `limit` accounts after the row `after`, in the caller's transaction.

        Returns how many accounts there were and the row to go on after, None at the end.
        """
        place = (after[0], after[1]) if after else _START
        found = await store.lock_batch(connection, place, keyring.current_key_id, limit=limit)
        if not found:
            return 0, None
        await store.replace_seals(connection, [resealed(keyring, one) for one in found])
        return len(found), (found[-1].merchant_id, found[-1].account_id)
