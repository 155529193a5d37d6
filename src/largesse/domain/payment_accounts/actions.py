"""What can be done with payment accounts: add, change the secrets, choose the default, retire.

What a key may do is found out before any of this, with no transaction open; here it is only written down.
"""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain.payment_accounts import store
from largesse.domain.payment_accounts.errors import (
    PaymentAccountKnown,
    PaymentAccountNotFound,
    PaymentAccountNotReady,
    PaymentAccountOther,
    PaymentAccountRetired,
    PaymentLabelInvalid,
)
from largesse.domain.payment_accounts.model import LABEL_MAX, AccountFacts, PaymentAccount
from largesse.domain.payment_accounts.sealing import FOR_CALLBACKS, FOR_REQUESTS
from largesse.kernel import free_text
from largesse.kernel.sealing import Keyring, Sealed

OVERLAP = timedelta(hours=24)
_NOT_SEALED = Sealed("", b"")


class NewAccount(msgspec.Struct, frozen=True, kw_only=True):
    """An account that is asked for, as its key was checked. Without `signing_secret` it takes no payments yet."""

    merchant_id: UUID
    account_id: UUID
    gateway: str
    label: str
    facts: AccountFacts
    secret_key: str
    signing_secret: str | None = None

    def __repr__(self) -> str:
        return "NewAccount(…)"


async def add_account(connection: Connection, keyring: Keyring, new: NewAccount, *, now: datetime) -> PaymentAccount:
    """Add an account and return it. A merchant's first that is ready takes new payments from now on.

    Raises:
        PaymentLabelInvalid: its label cannot be shown.
        PaymentAccountKnown: the merchant has it already.
    """
    label = checked_label(new.label)
    standing = await store.lock_accounts(connection, new.merchant_id)
    bare = PaymentAccount(
        merchant_id=new.merchant_id,
        account_id=new.account_id,
        gateway=new.gateway,
        label=label,
        live=new.facts.live,
        remote_id=new.facts.remote_id,
        secret=_NOT_SEALED,
        is_default=new.signing_secret is not None and not any(one.is_default for one in standing.values()),
        created_at=now,
        checked_at=now,
    )
    account = msgspec.structs.replace(
        bare,
        secret=keyring.seal(new.secret_key, context=bare.context(FOR_REQUESTS)),
        signing=_signing(keyring, bare, new.signing_secret) if new.signing_secret is not None else None,
    )
    if not await store.insert_account(connection, account):
        raise PaymentAccountKnown
    return account


def checked_label(label: str) -> str:
    """Return a label as it is kept.

    Raises:
        PaymentLabelInvalid: it cannot be shown.
    """
    label = label.strip()
    if not 0 < len(label) <= LABEL_MAX or free_text.holds_unseen(label):
        raise PaymentLabelInvalid
    return label


def shown_label(name: str) -> str | None:
    """Return what a provider calls an account, as a label; None where it cannot be one."""
    name = name.strip()[:LABEL_MAX]
    return None if not name or free_text.holds_unseen(name) else name


async def change_key(
    connection: Connection,
    keyring: Keyring,
    account: PaymentAccount,
    secret_key: str,
    facts: AccountFacts,
    *,
    now: datetime,
) -> PaymentAccount:
    """Give an account another secret key, as it was checked, and return it as it is now.

    Raises:
        PaymentAccountNotFound: there is no such account.
        PaymentAccountOther: the key is of another account, or of the other mode.
    """
    standing, _ = await _locked(connection, account.merchant_id, account.account_id)
    if (facts.remote_id, facts.live) != (standing.remote_id, standing.live):
        raise PaymentAccountOther
    return await _put(
        connection,
        msgspec.structs.replace(
            standing,
            secret=keyring.seal(secret_key, context=standing.context(FOR_REQUESTS)),
            revision=standing.revision + 1,
            checked_at=now,
        ),
    )


async def change_signing_secret(
    connection: Connection,
    keyring: Keyring,
    account: PaymentAccount,
    signing_secret: str,
    *,
    now: datetime,
    overlap: timedelta = OVERLAP,
) -> PaymentAccount:
    """Give an account another secret that its callbacks are signed with, and return it as it is now.

    The one before is good too until `overlap` ends. With its first the account is ready, and takes new payments if no
    other account of the merchant does.

    Raises:
        PaymentAccountNotFound: there is no such account.
    """
    standing, others = await _locked(connection, account.merchant_id, account.account_id)
    after = msgspec.structs.replace(
        standing,
        signing=_signing(keyring, standing, signing_secret),
        previous_signing=standing.signing,
        previous_until=now + overlap if standing.signing is not None else None,
        revision=standing.revision + 1,
    )
    first = after.is_ready and not any(one.is_default for one in others)
    return await _put(connection, msgspec.structs.replace(after, is_default=after.is_default or first))


async def note_checked(connection: Connection, account: PaymentAccount, *, now: datetime) -> PaymentAccount:
    """Note that an account's key was found good."""
    standing, _ = await _locked(connection, account.merchant_id, account.account_id)
    return await _put(connection, msgspec.structs.replace(standing, checked_at=now))


async def make_default(connection: Connection, merchant_id: UUID, account_id: UUID) -> PaymentAccount:
    """Have an account take a merchant's new payments from now on, and return it.

    Raises:
        PaymentAccountNotFound: there is no such account.
        PaymentAccountRetired: it takes no new payments.
        PaymentAccountNotReady: its callbacks could not be checked.
    """
    chosen, others = await _locked(connection, merchant_id, account_id)
    if chosen.retired_at is not None:
        raise PaymentAccountRetired
    if not chosen.is_ready:
        raise PaymentAccountNotReady
    for other in others:
        if other.is_default:
            await _put(connection, msgspec.structs.replace(other, is_default=False))
    return await _put(connection, msgspec.structs.replace(chosen, is_default=True))


async def retire_account(
    connection: Connection, merchant_id: UUID, account_id: UUID, *, now: datetime
) -> PaymentAccount:
    """Have an account take no new payments any more, and return it. What it has taken is still served by it.

    Raises:
        PaymentAccountNotFound: there is no such account.
    """
    standing, _ = await _locked(connection, merchant_id, account_id)
    return await _put(
        connection, msgspec.structs.replace(standing, is_default=False, retired_at=standing.retired_at or now)
    )


async def _locked(
    connection: Connection, merchant_id: UUID, account_id: UUID
) -> tuple[PaymentAccount, list[PaymentAccount]]:
    found = await store.lock_accounts(connection, merchant_id)
    account = found.pop(account_id, None)
    if account is None:
        raise PaymentAccountNotFound
    return account, list(found.values())


async def _put(connection: Connection, account: PaymentAccount) -> PaymentAccount:
    await store.update_account(connection, account)
    return account


def _signing(keyring: Keyring, account: PaymentAccount, secret: str) -> Sealed:
    return keyring.seal(secret, context=account.context(FOR_CALLBACKS))
