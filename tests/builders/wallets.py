"""Keys of wallets as Apple and Google give them, made here."""

import json
from datetime import datetime, timedelta
from functools import cache

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID

from tests.builders.application import NOW

PASS_TYPE = "pass.example.corner-spa"
TEAM = "A1B2C3D4E5"
ISSUER = "3388000000012345678"
EMAIL = "wallet@corner-spa.iam.gserviceaccount.com"


class ApplePapers(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate, its key, and the certificate of who signed it, as PEM."""

    certificate: str
    key: str
    authority: str

    @property
    def bundle(self) -> str:
        """All three."""
        return "\n".join([self.certificate, self.key, self.authority])


@cache
def a_key(name: str = "usual", *, bits: int = 2048) -> rsa.RSAPrivateKey:
    """A private key, the same for the same name."""
    del name
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def pem_of(key: rsa.RSAPrivateKey) -> str:
    """A private key as text."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_pem(key: rsa.RSAPrivateKey) -> bytes:
    """Its public half."""
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@cache
def apple_papers(
    *, pass_type: str = PASS_TYPE, ends_at: datetime = NOW + timedelta(days=365), signed_by: str = "authority"
) -> ApplePapers:
    """What a merchant gets from Apple."""
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Worldwide Developer Relations, made by a test")])
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.USER_ID, pass_type),
            x509.NameAttribute(NameOID.COMMON_NAME, f"Pass Type ID: {pass_type}"),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, TEAM),
        ]
    )
    authority = _signed(issuer, issuer, a_key("authority"), by=a_key("authority"), until=NOW + timedelta(days=3650))
    certificate = _signed(subject, issuer, a_key("pass"), by=a_key(signed_by), until=ends_at)
    return ApplePapers(certificate=certificate, key=pem_of(a_key("pass")), authority=authority)


def google_account(key: rsa.RSAPrivateKey | None = None) -> str:
    """The JSON file of a service account."""
    return json.dumps(
        {"type": "service_account", "client_email": EMAIL, "private_key": pem_of(key or a_key("google")), "other": 1}
    )


def _signed(
    subject: x509.Name, issuer: x509.Name, key: rsa.RSAPrivateKey, *, by: rsa.RSAPrivateKey, until: datetime
) -> str:
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=30))
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=subject == issuer, path_length=None), critical=True)
        .sign(by, hashes.SHA256())
    )
    return made.public_bytes(Encoding.PEM).decode()
