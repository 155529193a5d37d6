"""Passes of telephones' wallets, and the keys of merchants that they are signed with."""

from largesse.domain.wallets.apple import AppleKeys, PassText, apple_pass, read_apple_keys
from largesse.domain.wallets.errors import WalletKeysInvalid, WalletNotOffered
from largesse.domain.wallets.google import GOOGLE_ORIGIN, SAVE_AT, GoogleKeys, google_link, read_google_keys
from largesse.domain.wallets.model import Wallet, WalletKeys
from largesse.domain.wallets.resealing import WalletSecrets
from largesse.domain.wallets.store import keys_of, put_keys, remove_keys
