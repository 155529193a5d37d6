"""Put the keys of wallets under a new key while they are in use. Conforms to `services.keys.Resealable`."""

from collections.abc import Mapping
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain.wallets import store
from largesse.domain.wallets.model import WalletKeys
from largesse.kernel.sealing import Keyring

_START = (UUID(int=0), "")


class WalletSecrets:
    """What passes of all merchants are signed with."""

    name = "wallet keys"

    async def holds_any(self, connection: Connection) -> bool:
        """Return whether there are any."""
        return await store.holds_any(connection)

    async def by_key(self, connection: Connection) -> Mapping[str, int]:
        """Return how many are sealed under each key."""
        return await store.count_by_key(connection)

    async def reseal(
        self, connection: Connection, keyring: Keyring, *, after: tuple[UUID, ...] | None, limit: int
    ) -> tuple[int, tuple[UUID, ...] | None]:
        """Re-seal up to `limit` after the row `after`, in the caller's transaction.

        Returns how many there were and the row to go on after, None at the end. Of a merchant's few, all come at once
        or again: those that are done are passed over.
        """
        place = (after[0], "") if after else _START
        found = await store.lock_batch(connection, place, keyring.current_key_id, limit=limit)
        if not found:
            return 0, None
        await store.replace_seals(connection, [_anew(keyring, one) for one in found])
        return len(found), (found[-1].merchant_id,)


def _anew(keyring: Keyring, one: WalletKeys) -> WalletKeys:
    opened = keyring.open(one.secret, context=one.context)
    return msgspec.structs.replace(one, secret=keyring.seal(opened, context=one.context))
