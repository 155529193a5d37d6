"""Payment accounts of merchants: checked, added, changed, and opened as gateways."""

from largesse.services.payment_accounts.dependencies import PaymentAccountDependencies
from largesse.services.payment_accounts.gateways import MerchantAccounts
from largesse.services.payment_accounts.managing import (
    AddAccount,
    add_account,
    address_of,
    check_account,
    make_default,
    retire_account,
    rotate_key,
    rotate_signing_secret,
)
from largesse.services.payment_accounts.provider import PaymentProvider, PaymentProviders
