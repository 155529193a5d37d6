"""The wallet_keys table."""

from collections.abc import Mapping
from uuid import UUID

from largesse.db import Connection, load
from largesse.db.connection import Row
from largesse.domain.wallets.model import Wallet, WalletKeys
from largesse.kernel.sealing import Sealed

_queries = load(__package__)


async def put_keys(connection: Connection, keys: WalletKeys) -> None:
    """Write the keys of a merchant for one wallet, in place of those before."""
    await connection.execute(
        _queries.put_keys,
        keys.merchant_id,
        keys.wallet.value,
        keys.name,
        keys.account,
        keys.secret.cipher,
        keys.secret.key_id,
        keys.ends_at,
        keys.written_at,
    )


async def keys_of(connection: Connection, merchant_id: UUID) -> dict[Wallet, WalletKeys]:
    """Return the keys of a merchant, by their wallet."""
    found = [_keys(row) for row in await connection.fetch(_queries.keys_of, merchant_id)]
    return {one.wallet: one for one in found}


async def remove_keys(connection: Connection, merchant_id: UUID, wallet: Wallet) -> bool:
    """Forget the keys of a merchant for one wallet; False where there are none."""
    return await connection.fetchval(_queries.remove_keys, merchant_id, wallet.value) is not None


async def holds_any(connection: Connection) -> bool:
    """Return whether there are any keys, of whichever merchant."""
    return bool(await connection.fetchval(_queries.holds_any))


async def count_by_key(connection: Connection) -> Mapping[str, int]:
    """Return how many are sealed under each key."""
    return {row["key_id"]: row["sealed"] for row in await connection.fetch(_queries.count_by_key)}


async def lock_batch(connection: Connection, after: tuple[UUID, str], key_id: str, *, limit: int) -> list[WalletKeys]:
    """Return keys after a row that are not under `key_id`, locked, in order."""
    return [_keys(row) for row in await connection.fetch(_queries.lock_batch, *after, key_id, limit)]


async def replace_seals(connection: Connection, all_keys: list[WalletKeys]) -> None:
    """Write keys as they are sealed now."""
    rows = [(one.merchant_id, one.wallet.value, one.secret.cipher, one.secret.key_id) for one in all_keys]
    await connection.executemany(_queries.replace_seal, rows)


def _keys(row: Row) -> WalletKeys:
    return WalletKeys(
        merchant_id=row["merchant_id"],
        wallet=Wallet(row["wallet"]),
        name=row["name"],
        account=row["account"],
        secret=Sealed(row["secret_key_id"], row["secret_cipher"]),
        ends_at=row["ends_at"],
        written_at=row["written_at"],
    )
