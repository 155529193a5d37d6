"""The payment_accounts table."""

from collections.abc import Mapping
from uuid import UUID

from largesse.db import Connection, load
from largesse.db.connection import Row
from largesse.domain.payment_accounts.errors import PaymentAccountNotFound
from largesse.domain.payment_accounts.model import PaymentAccount
from largesse.kernel.sealing import Sealed

_queries = load(__package__)


async def insert_account(connection: Connection, account: PaymentAccount) -> bool:
    """Add an account; False when the merchant has it already."""
    added = await connection.fetchval(
        _queries.insert_account,
        account.merchant_id,
        account.account_id,
        account.gateway,
        account.label,
        account.live,
        account.remote_id,
        *_columns_of(account.secret),
        *_columns_of(account.signing),
        account.is_default,
        account.created_at,
        account.checked_at,
    )
    return added is not None


async def find_account(connection: Connection, merchant_id: UUID, account_id: UUID) -> PaymentAccount:
    """Return an account of a merchant.

    Raises:
        PaymentAccountNotFound: the merchant has none of that id.
    """
    row = await connection.fetchrow(_queries.find_account, merchant_id, account_id)
    if row is None:
        raise PaymentAccountNotFound
    return _account(row)


async def default_account(connection: Connection, merchant_id: UUID) -> PaymentAccount | None:
    """Return the account that takes a merchant's new payments, None where it has none of its own."""
    row = await connection.fetchrow(_queries.default_account, merchant_id)
    return _account(row) if row else None


async def list_accounts(connection: Connection, merchant_id: UUID) -> list[PaymentAccount]:
    """Return a merchant's accounts, oldest first, those that are retired included."""
    return [_account(row) for row in await connection.fetch(_queries.list_accounts, merchant_id)]


async def lock_accounts(connection: Connection, merchant_id: UUID) -> dict[UUID, PaymentAccount]:
    """Return a merchant's accounts by their ids, locked until the transaction ends."""
    found = map(_account, await connection.fetch(_queries.lock_accounts, merchant_id))
    return {account.account_id: account for account in found}


async def update_account(connection: Connection, account: PaymentAccount) -> None:
    """Write what an account is now. It is held locked."""
    await connection.execute(
        _queries.update_account,
        account.merchant_id,
        account.account_id,
        *_seals_of(account),
        account.previous_until,
        account.revision,
        account.is_default,
        account.checked_at,
        account.retired_at,
    )


async def holds_any(connection: Connection) -> bool:
    """Return whether there is any account, of whichever merchant."""
    return bool(await connection.fetchval(_queries.holds_any))


async def count_by_key(connection: Connection) -> Mapping[str, int]:
    """Return how many secrets are sealed under each key."""
    return {row["key_id"]: row["sealed"] for row in await connection.fetch(_queries.count_by_key)}


async def lock_batch(
    connection: Connection, after: tuple[UUID, UUID], key_id: str, *, limit: int
) -> list[PaymentAccount]:
    """Return accounts after a row with a secret that is not under `key_id`, locked, in the order of their keys."""
    return [_account(row) for row in await connection.fetch(_queries.lock_batch, *after, key_id, limit)]


async def replace_seals(connection: Connection, accounts: list[PaymentAccount]) -> None:
    """Write the secrets of accounts as they are sealed now."""
    rows = [(account.merchant_id, account.account_id, *_seals_of(account)) for account in accounts]
    await connection.executemany(_queries.replace_seals, rows)


def _seals_of(account: PaymentAccount) -> tuple[bytes | str | None, ...]:
    sealed = (account.secret, account.signing, account.previous_signing)
    return tuple(column for one in sealed for column in _columns_of(one))


def _columns_of(sealed: Sealed | None) -> tuple[bytes | None, str | None]:
    return (None, None) if sealed is None else (sealed.cipher, sealed.key_id)


def _sealed(row: Row, name: str) -> Sealed | None:
    cipher = row[f"{name}_cipher"]
    return None if cipher is None else Sealed(row[f"{name}_key_id"], cipher)


def _account(row: Row) -> PaymentAccount:
    return PaymentAccount(
        merchant_id=row["merchant_id"],
        account_id=row["account_id"],
        gateway=row["gateway"],
        label=row["label"],
        live=row["live"],
        remote_id=row["remote_id"],
        secret=Sealed(row["secret_key_id"], row["secret_cipher"]),
        signing=_sealed(row, "signing"),
        previous_signing=_sealed(row, "previous"),
        previous_until=row["previous_until"],
        revision=row["revision"],
        is_default=row["is_default"],
        created_at=row["created_at"],
        checked_at=row["checked_at"],
        retired_at=row["retired_at"],
    )
