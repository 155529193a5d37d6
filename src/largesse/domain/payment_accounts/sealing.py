"""Seal the secrets of payment accounts, and open them."""

from datetime import datetime

import msgspec

from largesse.domain.payment_accounts.model import AccountKeys, PaymentAccount
from largesse.kernel.sealing import Keyring, Sealed

FOR_REQUESTS = "requests"
FOR_CALLBACKS = "callbacks"


def open_keys(keyring: Keyring, account: PaymentAccount, *, now: datetime) -> AccountKeys:
    """Return the secrets of an account that are good at `now`, the newest first.

    Raises:
        SecretUnreadable: the keyring does not belong to this database.
    """
    signing = [account.signing, account.previous_signing if account.overlaps(now) else None]
    return AccountKeys(
        remote_id=account.remote_id,
        secret_key=keyring.open(account.secret, context=account.context(FOR_REQUESTS)),
        signing_secrets=tuple(
            keyring.open(sealed, context=account.context(FOR_CALLBACKS)) for sealed in signing if sealed is not None
        ),
    )


def resealed(keyring: Keyring, account: PaymentAccount) -> PaymentAccount:
    """Return an account with the same secrets under the current key."""
    return msgspec.structs.replace(
        account,
        secret=_anew(keyring, account.secret, account.context(FOR_REQUESTS)),
        signing=_anew(keyring, account.signing, account.context(FOR_CALLBACKS)) if account.signing else None,
        previous_signing=(
            _anew(keyring, account.previous_signing, account.context(FOR_CALLBACKS))
            if account.previous_signing
            else None
        ),
    )


def _anew(keyring: Keyring, sealed: Sealed, context: bytes) -> Sealed:
    return keyring.seal(keyring.open(sealed, context=context), context=context)
