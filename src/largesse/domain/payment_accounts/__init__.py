"""Payment accounts: merchants' own connections to whoever collects their money."""

from largesse.domain.payment_accounts.actions import (
    OVERLAP,
    NewAccount,
    add_account,
    change_key,
    change_signing_secret,
    checked_label,
    make_default,
    note_checked,
    retire_account,
    shown_label,
)
from largesse.domain.payment_accounts.errors import (
    CallbackNotRegistered,
    PaymentAccountInactive,
    PaymentAccountKnown,
    PaymentAccountNotFound,
    PaymentAccountNotReady,
    PaymentAccountOther,
    PaymentAccountRetired,
    PaymentAccountTestMode,
    PaymentKeyInvalid,
    PaymentKeyRefused,
    PaymentKeyTooNarrow,
    PaymentLabelInvalid,
    SigningSecretInvalid,
)
from largesse.domain.payment_accounts.model import AccountFacts, AccountKeys, PaymentAccount
from largesse.domain.payment_accounts.resealing import PaymentAccountSecrets
from largesse.domain.payment_accounts.sealing import open_keys
from largesse.domain.payment_accounts.store import default_account, find_account, list_accounts
