"""The keys of wallets at rest: sealed, and taken along when the keys of the installation are rotated."""

from pathlib import Path
from uuid import UUID

import pytest

from largesse.adapters.keyring import FileKeyring
from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import wallets
from largesse.domain.merchants import Merchant
from largesse.domain.staff import ByWhom
from largesse.domain.wallets import Wallet, WalletSecrets
from largesse.kernel.sealing import SecretUnreadable
from largesse.services.keys.rotation import RETIRE_AFTER, retire, rotate, usage
from largesse.services.wallets import set_apple, set_google
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_merchant
from tests.builders.wallets import ISSUER, apple_papers, google_account
from tests.integration.test_leaked_database import everything

BY = ByWhom(actor="test")


@pytest.fixture
def keyring(tmp_path: Path) -> FileKeyring:
    FileKeyring.open_or_create(tmp_path / "keys.json", now=NOW)
    return FileKeyring(tmp_path / "keys.json", look_s=0)


async def opened(application: Application, merchant: Merchant) -> dict[Wallet, str]:
    """What a merchant's passes are signed with."""
    async with application.database.connection() as connection:
        found = await wallets.keys_of(connection, merchant.merchant_id)
    return {wallet: application.keyring.open(one.secret, context=one.context) for wallet, one in found.items()}


async def test_a_rotation_takes_the_keys_of_every_merchant_and_wallet_along(
    database: Database, keyring: FileKeyring
) -> None:
    async with an_application(database, keyring=keyring) as application:
        spa = await a_merchant(database)
        tailor = await a_merchant(database, slug="tailor", prefix="TL", number="1002")
        for merchant in (spa, tailor):
            await set_apple(application, merchant, apple_papers().bundle, by=BY, now=NOW)
            await set_google(application, merchant, ISSUER, google_account(), by=BY, now=NOW)
        before, old = await opened(application, spa), keyring.current_key_id
        assert before[Wallet.APPLE] == apple_papers().bundle
        told: list[tuple[str, int]] = []
        fresh = await rotate(application, now=NOW, progress=lambda name, done: told.append((name, done)))
        assert ("wallet keys", 4) in told
        assert await usage(application) == {fresh: {"wallet keys": 4}}
        await retire(application, old, now=NOW + RETIRE_AFTER)
        assert await opened(application, spa) == await opened(application, tailor) == before


async def test_keys_are_resealed_one_by_one_until_none_is_left(database: Database, keyring: FileKeyring) -> None:
    """A batch may end between the two rows of one merchant."""
    async with an_application(database, keyring=keyring) as application:
        merchant = await a_merchant(database)
        await set_apple(application, merchant, apple_papers().bundle, by=BY, now=NOW)
        await set_google(application, merchant, ISSUER, google_account(), by=BY, now=NOW)
        before = await opened(application, merchant)
        keyring.promote(keyring.accept_new(now=NOW), now=NOW)
        after: tuple[UUID, ...] | None = None
        counts: list[int] = []
        while not counts or after is not None:
            async with database.transaction() as connection:
                count, after = await WalletSecrets().reseal(connection, keyring, after=after, limit=1)
            counts.append(count)
        assert counts == [1, 1, 0]
        async with database.connection() as connection:
            assert await WalletSecrets().by_key(connection) == {keyring.current_key_id: 2}
        assert await opened(application, merchant) == before


async def test_no_key_stands_in_the_database_and_a_sealed_one_is_bound_to_its_row(database: Database) -> None:
    async with an_application(database) as application:
        merchant = await a_merchant(database)
        await set_apple(application, merchant, apple_papers().bundle, by=BY, now=NOW)
        await set_google(application, merchant, ISSUER, google_account(), by=BY, now=NOW)
        kept = await everything(database)
        assert ISSUER in kept, "the dump is not whole"
        for secret in (apple_papers().key, google_account()):
            assert not any(line in kept for line in secret.splitlines() if len(line) > 60)
        async with database.transaction() as connection:
            await connection.execute(
                "UPDATE wallet_keys SET secret_cipher = other.secret_cipher FROM wallet_keys AS other "
                "WHERE wallet_keys.wallet = 'apple' AND other.wallet = 'google'"
            )
        with pytest.raises(SecretUnreadable):
            await opened(application, merchant)
