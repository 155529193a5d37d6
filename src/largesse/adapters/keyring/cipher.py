"""What one master key does: find secrets by HMAC-SHA-256, seal them with AES-256-GCM (docs/decisions/0011-keys.md).

A master key is never used itself. HKDF-SHA-256 (RFC 5869) derives from it a key that finds, a key
that seals, one that signs for each purpose, and the key's public id, so that no use can harm
another and an id always belongs to exactly one key.
"""

import hmac
import os
from collections.abc import Iterator, Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from largesse.kernel.sealing import MasterKeyUnknown, Sealed, SecretUnreadable

MASTER_BYTES = 32

# Random nonces of 96 bits: NIST SP 800-38D §8.3 allows 2^32 seals under one key, which keeps the
# chance of a repeated nonce below 2^-32. At a thousand certificates a second that is 49 days of
# nothing else: rotate once a year, or per billion certificates.
_NONCE_BYTES = 12
_ID_BYTES = 6


class MasterKey:
    """What is derived from one master key of 32 bytes."""

    __slots__ = ("_aead", "_finder", "_signer", "_signing_keys", "key_id")

    def __init__(self, master: bytes) -> None:
        if len(master) != MASTER_BYTES:
            message = f"a master key has {MASTER_BYTES} bytes"
            raise ValueError(message)
        self.key_id = "k" + _derive(master, b"id", _ID_BYTES).hex()
        self._finder = _derive(master, b"lookup", 32)
        self._aead = AESGCM(_derive(master, b"seal", 32))
        self._signer = _derive(master, b"sign", 32)
        self._signing_keys: dict[str, bytes] = {}

    def __repr__(self) -> str:
        return f"MasterKey({self.key_id})"

    def lookup(self, secret: str) -> bytes:
        """Return the HMAC that finds `secret`."""
        return hmac.digest(self._finder, secret.encode(), "sha256")

    def signing_key(self, purpose: str) -> bytes:
        """Return the key that signs for a purpose. Purposes are words of the code, so few are ever made."""
        if purpose not in self._signing_keys:
            self._signing_keys[purpose] = _derive(self._signer, purpose.encode(), 32)
        return self._signing_keys[purpose]

    def seal(self, secret: str, context: bytes) -> Sealed:
        """Encrypt `secret`, bound to `context`."""
        nonce = os.urandom(_NONCE_BYTES)
        return Sealed(self.key_id, nonce + self._aead.encrypt(nonce, secret.encode(), context))

    def open(self, sealed: Sealed, context: bytes) -> str:
        """Decrypt what `seal` returned.

        Raises:
            SecretUnreadable: the ciphertext was changed, or belongs to another context.
        """
        try:
            return self._aead.decrypt(sealed.cipher[:_NONCE_BYTES], sealed.cipher[_NONCE_BYTES:], context).decode()
        except (InvalidTag, ValueError) as error:
            raise SecretUnreadable from error


class Keys:
    """The live keys of one moment, the current one first."""

    __slots__ = ("_by_id", "_keys", "current")

    def __init__(self, keys: Sequence[MasterKey]) -> None:
        self._keys = tuple(keys)
        self._by_id = {key.key_id: key for key in keys}
        self.current = self._keys[0]

    def __contains__(self, key_id: str) -> bool:
        return key_id in self._by_id

    def __iter__(self) -> Iterator[MasterKey]:
        return iter(self._keys)

    def of(self, key_id: str) -> MasterKey:
        """Return the key of an id.

        Raises:
            MasterKeyUnknown: there is none.
        """
        try:
            return self._by_id[key_id]
        except KeyError:
            raise MasterKeyUnknown from None


def _derive(master: bytes, purpose: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length=length, salt=None, info=b"largesse/1/" + purpose).derive(master)
