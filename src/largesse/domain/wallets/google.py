"""Passes of Google's wallet: a link that holds the whole pass, signed by the merchant's service account.

The link is a JSON Web Token (RFC 7519) signed with RS256 (RFC 7518, section 3.3). Google keeps what is in it
(https://developers.google.com/wallet/retail/gift-cards).
"""

import base64
import json
import re
from datetime import datetime
from typing import Final

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from largesse.domain.wallets.apple import BUNDLE_MAX, PassText
from largesse.domain.wallets.errors import WalletKeysInvalid
from largesse.kernel.errors import FieldError

SAVE_AT: Final = "https://pay.google.com/gp/v/save/"
GOOGLE_ORIGIN: Final = "https://pay.google.com"
_KEY_BITS_MIN: Final = 2048


class GoogleKeys(msgspec.Struct, frozen=True, kw_only=True):
    """What links are signed with, opened."""

    issuer: str
    email: str
    key: rsa.RSAPrivateKey

    def __repr__(self) -> str:
        return "GoogleKeys(…)"


def read_google_keys(issuer: str, account: str) -> GoogleKeys:
    """Return the keys of an issuer id and the JSON file of a service account.

    Raises:
        WalletKeysInvalid: it is something else.
    """
    if not re.fullmatch(r"[0-9]{6,30}", issuer):
        said = "The issuer id is a number of digits alone: the Google Pay & Wallet Console shows it."
        raise WalletKeysInvalid(said, fields=[FieldError("issuer", WalletKeysInvalid.code, said)])
    try:
        told = json.loads(account if len(account) <= BUNDLE_MAX else "")
        email, pem = told["client_email"], told["private_key"]
        key = serialization.load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, UnsupportedAlgorithm):
        raise WalletKeysInvalid("This is no key of a service account. Give its JSON file as Google made it.") from None
    if not isinstance(key, rsa.RSAPrivateKey) or key.key_size < _KEY_BITS_MIN:
        raise WalletKeysInvalid("The private key has to be RSA with at least 2048 bits.")
    if not isinstance(email, str) or not re.fullmatch(r"[^\s@]{1,200}@[a-z0-9.-]{1,100}", email):
        raise WalletKeysInvalid("This is no key of a service account. Give its JSON file as Google made it.")
    return GoogleKeys(issuer=issuer, email=email, key=key)


def google_link(keys: GoogleKeys, text: PassText, *, now: datetime) -> str:
    """Return the address that saves a pass. Whoever has it has the number: it is never kept or logged."""
    class_id = f"{keys.issuer}.{text.family}"
    saved: dict[str, object] = {
        "id": f"{keys.issuer}.{text.serial}",
        "classId": class_id,
        "state": "ACTIVE",
        "cardNumber": text.number,
        "barcode": {"type": "QR_CODE", "value": text.address, "alternateText": text.number},
        "textModulesData": [{"id": key, "header": label, "body": value} for key, label, value in text.fields],
        "linksModuleData": {"uris": [{"id": "page", "uri": text.address, "description": text.back[0][1]}]},
    }
    if text.ends_at is not None:
        saved["validTimeInterval"] = {"end": {"date": text.ends_at.isoformat(timespec="seconds")}}
    kind = {
        "id": class_id,
        "issuerName": text.merchant,
        "merchantName": text.merchant,
        "reviewStatus": "UNDER_REVIEW",
        "hexBackgroundColor": "#" + "".join(f"{part:02x}" for part in text.accent),
    }
    claims = {
        "iss": keys.email,
        "aud": "google",
        "typ": "savetowallet",
        "iat": int(now.timestamp()),
        "payload": {"giftCardClasses": [kind], "giftCardObjects": [saved]},
    }
    signed = f"{_written({'alg': 'RS256', 'typ': 'JWT'})}.{_written(claims)}"
    signature = keys.key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{SAVE_AT}{signed}.{_base64(signature)}"


def _written(content: object) -> str:
    return _base64(json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode())


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
