"""Passes of telephones' wallets: the keys of merchants, and passes made with them."""

from largesse.services.wallets.managing import WARNS_BEFORE, remove_wallet, set_apple, set_google
from largesse.services.wallets.passes import PassLabels, apple_file, google_address, wallets_offered
