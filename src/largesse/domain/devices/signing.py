"""The key pair of a device: made by its browser, which gives the private half to nobody, and used at each unlock.

ECDSA over P-256 with SHA-256, as WebCrypto has it: the public key is a point in 65 bytes (SEC 1, uncompressed), a
signature is r and s in 32 bytes each.
"""

import base64
import binascii
import secrets
from datetime import datetime, timedelta
from typing import Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

CHALLENGE_GOOD_FOR: Final = timedelta(minutes=5)
_PUBLIC_KEY_BYTES: Final = 65
_HALF_BYTES: Final = 32
_NONCE_BYTES: Final = 24


class DeviceChallenge(msgspec.Struct, frozen=True, array_like=True):
    """What a device is to sign, and until when that counts. It is handed out as a signed token, and signed as such."""

    nonce: bytes
    ends_at: datetime

    @classmethod
    def fresh(cls, now: datetime) -> "DeviceChallenge":
        """Return a challenge that nobody could foresee."""
        return cls(nonce=secrets.token_bytes(_NONCE_BYTES), ends_at=now + CHALLENGE_GOOD_FOR)


def read_public_key(text: str) -> bytes | None:
    """Return the public key that a browser sent in base64url; None where it is no point on the curve."""
    point = _bytes_of(text, length=_PUBLIC_KEY_BYTES)
    if point is None:
        return None
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        return None
    return point


def signed_by(public_key: bytes, text: str, signature: str) -> bool:
    """Return whether a device signed a text; the signature comes in base64url."""
    given = _bytes_of(signature, length=2 * _HALF_BYTES)
    if given is None:
        return False
    r, s = int.from_bytes(given[:_HALF_BYTES], "big"), int.from_bytes(given[_HALF_BYTES:], "big")
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public_key)
    try:
        key.verify(encode_dss_signature(r, s), text.encode(), ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def _bytes_of(text: str, *, length: int) -> bytes | None:
    if len(text) > 2 * length:
        return None
    try:
        found = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return found if len(found) == length else None
