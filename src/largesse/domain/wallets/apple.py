"""Passes of Apple's wallet, made and signed here.

A pass is a ZIP of `pass.json`, pictures, `manifest.json` with the SHA-1 of each, and `signature`: a detached PKCS #7
signature of the manifest by the merchant's Pass Type ID certificate, with the certificate of Apple that signed that one
(Apple, "Wallet Passes": Building a Pass, https://developer.apple.com/documentation/walletpasses).
"""

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID

from largesse.domain.wallets.errors import WalletKeysInvalid

BUNDLE_MAX: Final = 20_000
_PEM: Final = re.compile(r"-----BEGIN ([A-Z ]{3,40})-----([A-Za-z0-9+/=\s]{1,16000})-----END \1-----")
_KEY_BITS_MIN: Final = 2048
_SEALED_ALREADY: Final = "The private key has a pass phrase. Give it without one: it is sealed here."
_SAME_DAY: Final = (1980, 1, 1, 0, 0, 0)


class AppleKeys(msgspec.Struct, frozen=True, kw_only=True):
    """What passes are signed with, opened."""

    pass_type: str
    team: str
    certificate: x509.Certificate
    authority: x509.Certificate
    key: rsa.RSAPrivateKey

    @property
    def ends_at(self) -> datetime:
        """Return when the first of both certificates ends."""
        return min(self.certificate.not_valid_after_utc, self.authority.not_valid_after_utc)

    def __repr__(self) -> str:
        return "AppleKeys(…)"


class PassText(msgspec.Struct, frozen=True, kw_only=True):
    """What stands on a pass, in words. `number` is as it is printed, `address` that of the holder's page.

    `serial` tells passes apart, `family` those of one merchant from others'.
    """

    serial: str
    family: str
    merchant: str
    description: str
    fields: tuple[tuple[str, str, str], ...]
    """Key, label and value: the first is the biggest."""
    back: tuple[tuple[str, str, str], ...]
    number: str
    address: str
    ends_at: datetime | None
    accent: tuple[int, int, int]
    ink: tuple[int, int, int]

    def __repr__(self) -> str:
        """Leave the number out: it is a bearer secret."""
        return f"PassText({self.serial!r})"


def read_apple_keys(bundle: str, *, now: datetime) -> AppleKeys:
    """Return the keys of a text with a certificate, its private key and the authority's certificate, in any order.

    Line breaks may be lost: a field of one line takes them out.

    Raises:
        WalletKeysInvalid: it holds something else, or what does not belong together, or has ended.
    """
    if len(bundle) > BUNDLE_MAX:
        raise WalletKeysInvalid
    if "Proc-Type: 4,ENCRYPTED" in bundle:
        raise WalletKeysInvalid(_SEALED_ALREADY)
    parts = [(label, "".join(body.split())) for label, body in _PEM.findall(bundle)]
    found = [_certificate(body) for label, body in parts if label == "CERTIFICATE"]
    keys = [_key(label, body) for label, body in parts if label.endswith("PRIVATE KEY")]
    if len(found) != 2 or len(keys) != 1:
        raise WalletKeysInvalid
    [key] = keys
    own = [one for one in found if one.public_key() == key.public_key()]
    others = [one for one in found if one not in own]
    if len(own) != 1 or len(others) != 1:
        raise WalletKeysInvalid(
            "The private key does not belong to the certificate. Give the one it was asked for with."
        )
    [certificate], [authority] = own, others
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        advice = "The second certificate did not sign the first. Give Apple's WWDR certificate that did."
        raise WalletKeysInvalid(advice) from None
    pass_type, team = _named(certificate, NameOID.USER_ID), _named(certificate, NameOID.ORGANIZATIONAL_UNIT_NAME)
    if not re.fullmatch(r"pass\.[A-Za-z0-9.-]{1,200}", pass_type) or not re.fullmatch(r"[A-Z0-9]{10}", team):
        raise WalletKeysInvalid("This is no Pass Type ID certificate. Make one at developer.apple.com.")
    made = AppleKeys(pass_type=pass_type, team=team, certificate=certificate, authority=authority, key=key)
    begins = max(certificate.not_valid_before_utc, authority.not_valid_before_utc)
    if not begins <= now < made.ends_at:
        raise WalletKeysInvalid("A certificate has ended, or does not count yet. Make another at developer.apple.com.")
    return made


def apple_pass(keys: AppleKeys, text: PassText, pictures: Mapping[str, bytes]) -> bytes:
    """Return a pass as a file. `pictures` are PNG by their names, `icon.png` among them."""
    files = {"pass.json": _pass_json(keys, text), **pictures}
    # SHA-1 is what the format asks for; what counts is the signature over it.
    manifest = json.dumps({name: hashlib.sha1(body, usedforsecurity=False).hexdigest() for name, body in files.items()})
    files["manifest.json"] = manifest.encode()
    files["signature"] = (
        pkcs7.PKCS7SignatureBuilder()
        .set_data(files["manifest.json"])
        .add_signer(keys.certificate, keys.key, hashes.SHA256())
        .add_certificate(keys.authority)
        .sign(serialization.Encoding.DER, [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary])
    )
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, body in files.items():
            packed.writestr(zipfile.ZipInfo(name, _SAME_DAY), body, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _pass_json(keys: AppleKeys, text: PassText) -> bytes:
    first, *others = [{"key": key, "label": label, "value": value} for key, label, value in text.fields]
    paper = f"rgb({', '.join(map(str, text.accent))})"
    ink = f"rgb({', '.join(map(str, text.ink))})"
    content: dict[str, object] = {
        "formatVersion": 1,
        "passTypeIdentifier": keys.pass_type,
        "teamIdentifier": keys.team,
        "serialNumber": text.serial,
        "organizationName": text.merchant,
        "description": text.description,
        "logoText": text.merchant,
        "backgroundColor": paper,
        "foregroundColor": ink,
        "labelColor": ink,
        "barcodes": [
            {
                "format": "PKBarcodeFormatQR",
                "message": text.address,
                "messageEncoding": "iso-8859-1",
                "altText": text.number,
            }
        ],
        "storeCard": {
            "primaryFields": [first],
            "secondaryFields": others,
            "backFields": [{"key": key, "label": label, "value": value} for key, label, value in text.back],
        },
    }
    if text.ends_at is not None:
        content["expirationDate"] = text.ends_at.isoformat(timespec="seconds")
    return json.dumps(content, ensure_ascii=False).encode()


def _certificate(body: str) -> x509.Certificate:
    try:
        found = x509.load_pem_x509_certificate(_pem("CERTIFICATE", body))
        found.public_key()  # of a kind that nobody here knows, it is refused by this
    except (ValueError, UnsupportedAlgorithm, x509.InvalidVersion):
        raise WalletKeysInvalid from None
    return found


def _key(label: str, body: str) -> rsa.RSAPrivateKey:
    if "ENCRYPTED" in label:
        raise WalletKeysInvalid(_SEALED_ALREADY)
    try:
        key = serialization.load_pem_private_key(_pem(label, body), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise WalletKeysInvalid from None
    if not isinstance(key, rsa.RSAPrivateKey) or key.key_size < _KEY_BITS_MIN:
        raise WalletKeysInvalid("The private key has to be RSA with at least 2048 bits.")
    return key


def _pem(label: str, body: str) -> bytes:
    lines = [body[place : place + 64] for place in range(0, len(body), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""]).encode()


def _named(certificate: x509.Certificate, oid: x509.ObjectIdentifier) -> str:
    found = certificate.subject.get_attributes_for_oid(oid)
    return str(found[0].value) if len(found) == 1 else ""
