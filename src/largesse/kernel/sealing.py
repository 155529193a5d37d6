"""Sealed secrets: what the database keeps of a number or a key, and the port that seals and opens them."""

from typing import Protocol

import msgspec

from largesse.kernel.errors import LargesseError


class Sealed(msgspec.Struct, frozen=True):
    """Hold a secret as authenticated ciphertext under the key `key_id`."""

    key_id: str
    cipher: bytes


class Keyring(Protocol):
    """Seal, open and look up secrets under rotating keys.

    `context` is bound to the ciphertext (the ids of the row it stands in): a ciphertext moved to another row does not open.
    """

    @property
    def current_key_id(self) -> str:
        """Return the id of the key that seals now."""
        ...

    def seal(self, secret: str, *, context: bytes) -> Sealed:
        """Encrypt `secret` under the current key."""
        ...

    def open(self, sealed: Sealed, *, context: bytes) -> str:
        """Decrypt a sealed secret.

        Raises:
            SecretUnreadable: its key is gone, or the ciphertext was changed or moved.
        """
        ...

    def lookup(self, secret: str) -> bytes:
        """Return the keyed HMAC of `secret` under the current key: 32 bytes that find it again."""
        ...

    def lookups(self, secret: str) -> tuple[bytes, ...]:
        """Return the keyed HMAC of `secret` under every live key, the current one first."""
        ...


class SecretUnreadable(LargesseError):
    """Say that a sealed secret cannot be opened with the keys at hand."""

    code = "secret.unreadable"
    message = (
        "A stored secret cannot be opened: its key is not in the keyring, or the stored bytes were changed. "
        "Restore the keyring that belongs to this database."
    )
