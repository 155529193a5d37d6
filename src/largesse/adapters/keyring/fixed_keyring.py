"""Keys that somebody else keeps: given in the environment, the same for as long as the process lives."""

import base64
from collections.abc import Sequence
from datetime import datetime

from largesse.adapters.keyring.cipher import MASTER_BYTES, Keys, MasterKey
from largesse.adapters.keyring.errors import KeyringInvalid
from largesse.kernel.sealing import KeysNotOurs, KeyState, KeyUse, MasterKeyUnknown, Sealed, SecretUnreadable


class FixedKeyring:
    """Seal, open and find under keys that do not change. Conforms to `kernel.sealing.KeyCustody`."""

    spread_s = 0.0

    def __init__(self, masters: Sequence[bytes]) -> None:
        self._keys = Keys([MasterKey(master) for master in masters])

    @classmethod
    def of_text(cls, text: str) -> "FixedKeyring":
        """Read the form of LARGESSE_KEYS: base64 keys separated by commas, the current one first.

        Raises:
            KeyringInvalid: there is no key, or one of them is not 32 bytes in base64.
        """
        return cls([_master(part) for part in text.split(",")])

    @property
    def current_key_id(self) -> str:
        """Return the id of the key that seals now."""
        return self._keys.current.key_id

    def seal(self, secret: str, *, context: bytes) -> Sealed:
        """Encrypt `secret` under the current key."""
        return self._keys.current.seal(secret, context)

    def open(self, sealed: Sealed, *, context: bytes) -> str:
        """Decrypt a sealed secret.

        Raises:
            SecretUnreadable: its key is not among these, or the ciphertext was changed or moved.
        """
        try:
            return self._keys.of(sealed.key_id).open(sealed, context)
        except MasterKeyUnknown as error:
            raise SecretUnreadable from error

    def lookup(self, secret: str) -> bytes:
        """Return the HMAC of `secret` under the current key."""
        return self._keys.current.lookup(secret)

    def lookups(self, secret: str) -> tuple[bytes, ...]:
        """Return the HMAC of `secret` under every key, the current one first."""
        return tuple(key.lookup(secret) for key in self._keys)

    def signing_keys(self, purpose: str) -> tuple[bytes, ...]:
        """Return the key that signs for `purpose` alone, of every key, the current one first."""
        return tuple(key.signing_key(purpose) for key in self._keys)

    def live_keys(self) -> Sequence[KeyState]:
        """Return the keys, the current one first."""
        current = self._keys.current.key_id
        return [
            KeyState(key_id=key.key_id, use=KeyUse.CURRENT if key.key_id == current else KeyUse.ACCEPTED)
            for key in self._keys
        ]

    def accept_new(self, *, now: datetime) -> str:
        """Refuse: whoever keeps the environment makes the keys."""
        raise KeysNotOurs

    def promote(self, key_id: str, *, now: datetime) -> None:
        """Refuse: whoever keeps the environment orders the keys."""
        raise KeysNotOurs

    def forget(self, key_id: str) -> None:
        """Refuse: whoever keeps the environment removes the keys."""
        raise KeysNotOurs


def _master(text: str) -> bytes:
    try:
        master = base64.b64decode(text.strip(), validate=True)
    except ValueError:  # binascii's, or a character that is not ASCII
        raise KeyringInvalid from None
    if len(master) != MASTER_BYTES:
        raise KeyringInvalid
    return master
