"""Fingerprints of requests as the journal keeps them: keyed, so that nobody can try what might have been asked.

A request for 25.00 under a known memo is quickly guessed, and its plain hash would say so. What is kept is the HMAC of
it, and which key made it; a request that comes again is told from another one as long as that key lives.
"""

import hashlib
import hmac
from functools import lru_cache

from largesse.kernel.sealing import Keyring
from largesse.ledger.commands import FINGERPRINT_BYTES
from largesse.ledger.model import Entry

PURPOSE = "ledger.fingerprint"
_KEYS_REMEMBERED = 16


class Fingerprints:
    """Make and compare fingerprints under the keys of an installation."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def made(self, asked: bytes) -> tuple[str, bytes]:
        """Return the id of the key in use and the 16 bytes that a row keeps of a request's own fingerprint."""
        key = self._keyring.signing_keys(PURPOSE)[0]
        return _id_of(key), _keyed(key, asked)

    def same(self, entry: Entry, asked: bytes) -> bool:
        """Return whether a row was written for the request `asked`: one whose key is gone is taken for another."""
        if entry.fingerprint_key is None:  # from before they were keyed
            return hmac.compare_digest(entry.fingerprint, asked)
        keys = (key for key in self._keyring.signing_keys(PURPOSE) if _id_of(key) == entry.fingerprint_key)
        return any(hmac.compare_digest(entry.fingerprint, _keyed(key, asked)) for key in keys)


def _keyed(key: bytes, asked: bytes) -> bytes:
    return hmac.digest(key, asked, "sha256")[:FINGERPRINT_BYTES]


@lru_cache(_KEYS_REMEMBERED)
def _id_of(key: bytes) -> str:
    """Return the name of a key that says nothing about it: it is derived for this purpose alone."""
    return hashlib.sha256(b"largesse/key-id" + key).hexdigest()[:12]
