"""The code that a device is enrolled with, and the key that it speaks with: how they look, and what is kept of them.

A key carries 256 random bits, so a plain SHA-256 of it can neither be guessed nor searched. A code carries 50, counts
for ten minutes, and its hash is gone when it is used: whoever searches a stolen copy of the database for it is late.
"""

import hashlib
import secrets
from typing import Final
from uuid import UUID

from largesse.kernel.numbers import fold_symbols, random_symbols

CODE_LENGTH: Final = 10
_KEY_BYTES: Final = 32
_KEY_LENGTH_MAX: Final = 64


def new_code() -> str:
    """Return a fresh code as people read it: `7K2M9-QXR4T`."""
    symbols = random_symbols(CODE_LENGTH)
    return f"{symbols[: CODE_LENGTH // 2]}-{symbols[CODE_LENGTH // 2 :]}"


def new_key() -> str:
    """Return a fresh key."""
    return secrets.token_urlsafe(_KEY_BYTES)


def digest_of_code(merchant_id: UUID, code: str) -> bytes:
    """Return what a code is found by, however it was typed: in any case, with spaces and dashes, O for 0, I for 1."""
    return hashlib.sha256(merchant_id.bytes + fold_symbols(code).encode()).digest()


def digest_of_key(key: str) -> bytes:
    """Return what a key is found by."""
    return hashlib.sha256(key[: _KEY_LENGTH_MAX + 1].encode()).digest()
