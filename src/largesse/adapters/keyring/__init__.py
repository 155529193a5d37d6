"""The keys that number lookups and sealed secrets stand on: a private file in the data folder, or the environment."""

from largesse.adapters.keyring.errors import KeyringExposed, KeyringInvalid, KeyringLost, KeyringMissing
from largesse.adapters.keyring.file_keyring import FileKeyring
from largesse.adapters.keyring.fixed_keyring import FixedKeyring
