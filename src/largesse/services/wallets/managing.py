"""Keep the keys of wallets: looked at before they are kept, sealed, and never shown again. All of it is audited."""

import json
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from msgspec.structs import replace

from largesse.db import Connection
from largesse.domain import wallets
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Audited, ByWhom
from largesse.domain.wallets import Wallet, WalletKeys, WalletNotOffered
from largesse.kernel.sealing import Keyring, Sealed
from largesse.services.wallets.dependencies import WalletDependencies

WARNS_BEFORE: Final = timedelta(days=30)
_NONE_YET: Final = Sealed("", b"")


async def set_apple(
    deps: WalletDependencies, merchant: Merchant, bundle: str, *, by: ByWhom, now: datetime
) -> WalletKeys:
    """Keep what Apple's passes are signed with: certificate, private key and Apple's own certificate as PEM.

    Raises:
        WalletKeysInvalid: no pass could be made with it.
    """
    read = wallets.read_apple_keys(bundle, now=now)
    keys = WalletKeys(
        merchant_id=merchant.merchant_id,
        wallet=Wallet.APPLE,
        name=read.pass_type,
        account=read.team,
        secret=_NONE_YET,
        ends_at=read.ends_at,
        written_at=now,
    )
    return await _keep(deps, keys, bundle, by=by, now=now)


async def set_google(
    deps: WalletDependencies, merchant: Merchant, issuer: str, account: str, *, by: ByWhom, now: datetime
) -> WalletKeys:
    """Keep what Google's links are signed with: the issuer id, and the JSON file of a service account.

    Raises:
        WalletKeysInvalid: no link could be made with it.
    """
    read = wallets.read_google_keys(issuer, account)
    keys = WalletKeys(
        merchant_id=merchant.merchant_id,
        wallet=Wallet.GOOGLE,
        name=read.issuer,
        account=read.email,
        secret=_NONE_YET,
        written_at=now,
    )
    return await _keep(deps, keys, json.dumps([issuer, account]), by=by, now=now)


async def remove_wallet(
    deps: WalletDependencies, merchant: Merchant, wallet: Wallet, *, by: ByWhom, now: datetime
) -> None:
    """Forget the keys of a wallet. Passes that were made stay on their telephones.

    Raises:
        WalletNotOffered: there are none.
    """
    async with deps.database.transaction() as connection:
        if not await wallets.remove_keys(connection, merchant.merchant_id, wallet):
            raise WalletNotOffered
        await _record(connection, merchant.merchant_id, f"{wallet.value}, removed", by=by, now=now)


async def _keep(deps: WalletDependencies, keys: WalletKeys, secret: str, *, by: ByWhom, now: datetime) -> WalletKeys:
    kept = sealed_under(deps.keyring, keys, secret)
    async with deps.database.transaction() as connection:
        await wallets.put_keys(connection, kept)
        await _record(connection, keys.merchant_id, f"{keys.wallet.value}, {keys.name}", by=by, now=now)
    return kept


def sealed_under(keyring: Keyring, keys: WalletKeys, secret: str) -> WalletKeys:
    """Return keys with their secret sealed. Pure, but for its nonce."""
    return replace(keys, secret=keyring.seal(secret, context=keys.context))


async def _record(connection: Connection, merchant_id: UUID, detail: str, *, by: ByWhom, now: datetime) -> None:
    await by.record(connection, merchant_id, Audited.WALLET_KEYS_CHANGED, subject=merchant_id, detail=detail, now=now)
