"""API keys and access tokens: how they look, and what is kept of them.

Both carry more than 100 random bits, so a plain SHA-256 of them can neither be guessed nor searched, and needs no salt.
"""

import hashlib
import secrets
import string
from uuid import UUID

TOKEN_LENGTH = 40
_TOKEN_ALPHABET = string.ascii_lowercase + string.digits
_KEY_LENGTH_MAX = 64


def new_key() -> str:
    """Return a fresh API key: 122 random bits in the shape of a UUID, as the source's are."""
    return str(UUID(bytes=secrets.token_bytes(16), version=4))


def new_token() -> str:
    """Return a fresh access token: 40 characters of `[a-z0-9]`, 206 bits."""
    return "".join(secrets.choice(_TOKEN_ALPHABET) for _ in range(TOKEN_LENGTH))


def digest_of_key(key: str) -> bytes:
    """Return the SHA-256 that an API key is found by; a UUID says the same in either case."""
    return hashlib.sha256(key[:_KEY_LENGTH_MAX].strip().lower().encode()).digest()


def digest_of_token(token: str) -> bytes:
    """Return the SHA-256 that an access token is found by."""
    return hashlib.sha256(token[:_KEY_LENGTH_MAX].encode()).digest()
