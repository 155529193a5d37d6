"""Add and change payment accounts: what a key says it is, its provider is asked first; what it refuses is not saved.

All of it is written to the audit log.
"""

import re
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain import payment_accounts
from largesse.domain.merchants import Merchant
from largesse.domain.payment_accounts import (
    AccountFacts,
    NewAccount,
    PaymentAccount,
    PaymentAccountInactive,
    PaymentAccountKnown,
    PaymentAccountOther,
    PaymentAccountTestMode,
    SigningSecretInvalid,
)
from largesse.domain.staff import Audited, ByWhom
from largesse.kernel.ids import new_id
from largesse.services.payment_accounts.dependencies import PaymentAccountDependencies

CALLBACKS = "/callbacks"
_SIGNING_SECRET = re.compile(r"whsec_[A-Za-z0-9_+/=-]{6,249}")


class AddAccount(msgspec.Struct, frozen=True, kw_only=True):
    """An account that is asked for. The provider's own name of it is its `label` where none is given.

    `register`: the provider is told our address with the same key, so that nobody has to enter it. `test_mode`: take
    a key that takes no real money also where certificates are real.
    """

    gateway: str
    secret_key: str
    label: str | None = None
    register: bool = False
    test_mode: bool = False

    def __repr__(self) -> str:
        return "AddAccount(…)"


def address_of(base_url: str, merchant: Merchant, gateway: str, account_id: UUID) -> str:
    """Return where the provider calls back for an account: the merchant's prefix never changes, nor does the id."""
    return f"{base_url}{CALLBACKS}/{gateway}/{merchant.prefix}/{account_id}"


async def add_account(
    deps: PaymentAccountDependencies,
    merchant: Merchant,
    wanted: AddAccount,
    *,
    actor: str,
    why: str | None = None,
    now: datetime,
) -> PaymentAccount:
    """Add an account whose key is good, and return it. Nothing is saved when it is not.

    Raises:
        GatewayUnknown: there are no accounts at that gateway.
        PaymentLabelInvalid: the label cannot be shown.
        PaymentKeyInvalid, PaymentKeyRefused, PaymentKeyTooNarrow: as `PaymentProvider.inspect`.
        PaymentAccountInactive: the account may not take payments.
        PaymentAccountTestMode: it takes no real money.
        PaymentAccountKnown: the merchant has it already.
        CallbackNotRegistered: the provider does not take our address.
        GatewayUnavailable: the provider does not answer.
    """
    provider = deps.providers.named(wanted.gateway)
    if wanted.label is not None:
        payment_accounts.checked_label(wanted.label)
    facts = await provider.inspect(wanted.secret_key)
    _refuse_unusable(facts, for_real=deps.providers.for_real and not wanted.test_mode)
    async with deps.database.connection() as connection:
        standing = await payment_accounts.list_accounts(connection, merchant.merchant_id)
    if any(_is_same(one, wanted.gateway, facts) for one in standing):
        raise PaymentAccountKnown
    account_id = new_id(now)
    signing_secret = None
    if wanted.register:
        address = address_of(deps.base_url, merchant, wanted.gateway, account_id)
        signing_secret = await provider.register(wanted.secret_key, address)
    new = NewAccount(
        merchant_id=merchant.merchant_id,
        account_id=account_id,
        gateway=wanted.gateway,
        label=wanted.label or payment_accounts.shown_label(facts.name) or facts.remote_id,
        facts=facts,
        secret_key=wanted.secret_key,
        signing_secret=signing_secret,
    )
    async with deps.database.transaction() as connection:
        added = await payment_accounts.add_account(connection, deps.keyring, new, now=now)
        await _audit(connection, added, Audited.PAYMENT_ACCOUNT_ADDED, actor, why=why, now=now)
    return added


async def check_account(
    deps: PaymentAccountDependencies, merchant: Merchant, account_id: UUID, *, now: datetime
) -> PaymentAccount:
    """Ask the provider whether an account's key is still good, and return it with the time of that.

    Raises:
        PaymentAccountNotFound: there is no such account.
        PaymentAccountOther: the key is of another account now.
        LargesseError: as `add_account`.
    """
    account = await _found(deps, merchant, account_id)
    keys = payment_accounts.open_keys(deps.keyring, account, now=now)
    facts = await deps.providers.named(account.gateway).inspect(keys.secret_key)
    _refuse_unusable(facts, for_real=False)
    if not _is_same(msgspec.structs.replace(account, retired_at=None), account.gateway, facts):
        raise PaymentAccountOther
    async with deps.database.transaction() as connection:
        return await payment_accounts.note_checked(connection, account, now=now)


async def rotate_key(
    deps: PaymentAccountDependencies,
    merchant: Merchant,
    account_id: UUID,
    secret_key: str,
    *,
    actor: str,
    why: str | None = None,
    now: datetime,
) -> PaymentAccount:
    """Give an account another key, when that is good, and return it. The old one can be revoked then.

    Raises:
        PaymentAccountNotFound: there is no such account.
        PaymentAccountOther: the key is of another account or mode.
        LargesseError: as `add_account`.
    """
    account = await _found(deps, merchant, account_id)
    facts = await deps.providers.named(account.gateway).inspect(secret_key)
    _refuse_unusable(facts, for_real=False)
    async with deps.database.transaction() as connection:
        changed = await payment_accounts.change_key(connection, deps.keyring, account, secret_key, facts, now=now)
        await _audit(connection, changed, Audited.PAYMENT_ACCOUNT_CHANGED, actor, reason="secret key", why=why, now=now)
    return changed


async def rotate_signing_secret(
    deps: PaymentAccountDependencies,
    merchant: Merchant,
    account_id: UUID,
    signing_secret: str | None,
    *,
    overlap: timedelta = payment_accounts.OVERLAP,
    actor: str,
    why: str | None = None,
    now: datetime,
) -> PaymentAccount:
    """Give an account another secret that its callbacks are signed with; the one before is good until `overlap` ends.

    Without one, the provider is told our address with the account's key, and says what it signs with.

    Raises:
        PaymentAccountNotFound: there is no such account.
        SigningSecretInvalid: it does not look like one.
        CallbackNotRegistered: the provider does not take our address.
        PaymentKeyTooNarrow: the key may not do that.
        GatewayUnavailable: the provider does not answer.
    """
    account = await _found(deps, merchant, account_id)
    if signing_secret is None:
        keys = payment_accounts.open_keys(deps.keyring, account, now=now)
        address = address_of(deps.base_url, merchant, account.gateway, account_id)
        signing_secret = await deps.providers.named(account.gateway).register(keys.secret_key, address)
    if not _SIGNING_SECRET.fullmatch(signing_secret):
        raise SigningSecretInvalid
    async with deps.database.transaction() as connection:
        changed = await payment_accounts.change_signing_secret(
            connection, deps.keyring, account, signing_secret, overlap=overlap, now=now
        )
        await _audit(
            connection, changed, Audited.PAYMENT_ACCOUNT_CHANGED, actor, reason="signing secret", why=why, now=now
        )
    return changed


async def make_default(
    deps: PaymentAccountDependencies,
    merchant: Merchant,
    account_id: UUID,
    *,
    actor: str,
    why: str | None = None,
    now: datetime,
) -> PaymentAccount:
    """Have an account take a merchant's new payments.

    Raises:
        PaymentAccountNotFound, PaymentAccountRetired, PaymentAccountNotReady: it cannot.
    """
    async with deps.database.transaction() as connection:
        chosen = await payment_accounts.make_default(connection, merchant.merchant_id, account_id)
        await _audit(connection, chosen, Audited.PAYMENT_ACCOUNT_CHANGED, actor, reason="default", why=why, now=now)
    return chosen


async def retire_account(
    deps: PaymentAccountDependencies,
    merchant: Merchant,
    account_id: UUID,
    *,
    actor: str,
    why: str | None = None,
    now: datetime,
) -> PaymentAccount:
    """Have an account take no new payments; its refunds, disputes and callbacks go on.

    Raises:
        PaymentAccountNotFound: there is no such account.
    """
    async with deps.database.transaction() as connection:
        retired = await payment_accounts.retire_account(connection, merchant.merchant_id, account_id, now=now)
        await _audit(connection, retired, Audited.PAYMENT_ACCOUNT_RETIRED, actor, why=why, now=now)
    return retired


async def _found(deps: PaymentAccountDependencies, merchant: Merchant, account_id: UUID) -> PaymentAccount:
    async with deps.database.connection() as connection:
        return await payment_accounts.find_account(connection, merchant.merchant_id, account_id)


def _refuse_unusable(facts: AccountFacts, *, for_real: bool) -> None:
    # In test mode an account that is not activated takes payments all the same.
    if facts.live and not facts.charges:
        raise PaymentAccountInactive
    if for_real and not facts.live:
        raise PaymentAccountTestMode


def _is_same(account: PaymentAccount, gateway: str, facts: AccountFacts) -> bool:
    same = (account.gateway, account.remote_id, account.live) == (gateway, facts.remote_id, facts.live)
    return same and account.retired_at is None


async def _audit(
    connection: Connection,
    account: PaymentAccount,
    action: Audited,
    actor: str,
    *,
    reason: str = "",
    why: str | None = None,
    now: datetime,
) -> None:
    by, subject = ByWhom(actor=actor, why=why), account.account_id
    await by.record(connection, account.merchant_id, action, subject=subject, detail=reason, now=now)
