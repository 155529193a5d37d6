"""Passes, opened and verified by programs that are none of ours: zipfile, json and openssl."""

import base64
import hashlib
import io
import json
import subprocess
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import x25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from largesse.domain.wallets import (
    SAVE_AT,
    PassText,
    WalletKeysInvalid,
    apple_pass,
    google_link,
    read_apple_keys,
    read_google_keys,
)
from tests.builders.application import NOW
from tests.builders.wallets import (
    EMAIL,
    ISSUER,
    PASS_TYPE,
    TEAM,
    a_key,
    apple_papers,
    google_account,
    pem_of,
    public_pem,
)

PICTURES = {"icon.png": b"\x89PNG", "logo.png": b"\x89PNG2"}


def a_text(**changed: Any) -> PassText:
    values: dict[str, Any] = {
        "serial": "5f" * 16,
        "family": "a0" * 16,
        "merchant": "Corner Spa",
        "description": "Gift certificate",
        "fields": (("value", "Value when issued", "$100.00"), ("name", "For", "Ada")),
        "back": (("remains", "See what remains", "https://gifts.example.com/gifts/redeem.html?code=GL7K2M"),),
        "number": "GL-7K2M-9QXR-4T8W-HB3C",
        "address": "https://gifts.example.com/gifts/redeem.html?code=GL7K2M",
        "ends_at": NOW + timedelta(days=365),
        "accent": (47, 93, 80),
        "ink": (255, 253, 249),
    }
    return PassText(**(values | changed))


def opened(content: bytes) -> dict[str, bytes]:
    """The files of a pass."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        assert packed.testzip() is None
        return {name: packed.read(name) for name in packed.namelist()}


def openssl_verifies(files: dict[str, bytes], folder: Path) -> bool:
    """Whether openssl takes the signature for one of the manifest, by a certificate that the authority signed."""
    paths = {name: folder / name for name in ("manifest.json", "signature", "authority.pem")}
    paths["manifest.json"].write_bytes(files["manifest.json"])
    paths["signature"].write_bytes(files["signature"])
    paths["authority.pem"].write_text(apple_papers().authority)
    when = str(int(NOW.timestamp()))
    done = subprocess.run(
        ["openssl", "smime", "-verify", "-binary", "-inform", "DER", "-in", paths["signature"], "-content",
         paths["manifest.json"], "-CAfile", paths["authority.pem"], "-purpose", "any", "-attime", when],
        capture_output=True, check=False,
    )  # fmt: skip
    return done.returncode == 0


def test_a_pass_is_a_zip_whose_every_file_is_in_a_manifest_that_openssl_verifies(tmp_path: Path) -> None:
    keys = read_apple_keys(apple_papers().bundle, now=NOW)
    files = opened(apple_pass(keys, a_text(), PICTURES))
    manifest = json.loads(files["manifest.json"])
    assert manifest == {
        name: hashlib.sha1(body, usedforsecurity=False).hexdigest()
        for name, body in files.items()
        if name not in {"manifest.json", "signature"}
    }
    told = json.loads(files["pass.json"])
    assert (told["passTypeIdentifier"], told["teamIdentifier"]) == (PASS_TYPE, TEAM)
    assert told["barcodes"][0]["message"] == a_text().address
    assert told["storeCard"]["primaryFields"] == [{"key": "value", "label": "Value when issued", "value": "$100.00"}]
    assert "webServiceURL" not in told, "nothing is told a telephone later"
    assert openssl_verifies(files, tmp_path)
    told_of = subprocess.run(
        ["openssl", "cms", "-cmsout", "-print", "-inform", "DER", "-in", tmp_path / "signature"],
        capture_output=True, check=True,
    )  # fmt: skip
    assert b"signingTime" in told_of.stdout, "telephones ask for it"
    assert not openssl_verifies(files | {"manifest.json": files["manifest.json"] + b" "}, tmp_path)


def test_keys_are_read_in_any_order_and_without_their_line_breaks() -> None:
    papers = apple_papers()
    for parts in (
        [papers.key, papers.authority, papers.certificate],
        [papers.authority, papers.certificate, papers.key],
    ):
        keys = read_apple_keys(" ".join(parts).replace("\n", ""), now=NOW)
        assert (keys.pass_type, keys.team, keys.ends_at) == (PASS_TYPE, TEAM, NOW + timedelta(days=365))
        assert repr(keys) == "AppleKeys(…)"


@pytest.mark.parametrize(
    "bundle, said",
    [
        ("", "Give certificate, private key"),
        ("-----BEGIN CERTIFICATE-----AAAA-----END CERTIFICATE-----" * 2 + pem_of(a_key("pass")), "make no passes"),
        (apple_papers().certificate + apple_papers().key, "make no passes"),
        (apple_papers().bundle.replace(apple_papers().key, pem_of(a_key("other"))), "does not belong"),
        (apple_papers(signed_by="somebody").bundle, "did not sign"),
        (apple_papers(pass_type="com.example").bundle, "no Pass Type ID"),
        (apple_papers(ends_at=NOW).bundle, "has ended"),
        (apple_papers().bundle.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"), "pass phrase"),
        (apple_papers().bundle.replace(apple_papers().key, pem_of(a_key("small", bits=1024))), "2048 bits"),
        (apple_papers().bundle + "Proc-Type: 4,ENCRYPTED", "pass phrase"),
        (apple_papers().bundle + " " * 20_000, "make no passes"),
    ],
    ids=range(11),
)
def test_keys_that_could_sign_no_pass_are_refused_with_the_reason(bundle: str, said: str) -> None:
    """`wallet.keys.invalid`."""
    with pytest.raises(WalletKeysInvalid, match=said):
        read_apple_keys(bundle, now=NOW)


def of_a_kind_that_nobody_knows() -> str:
    """A private key that is well-formed, of an algorithm with no name."""
    known = x25519.X25519PrivateKey.from_private_bytes(b"k" * 32)
    der = known.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    body = base64.b64encode(der.replace(bytes.fromhex("06032b656e"), bytes.fromhex("06032b6503"))).decode()
    return f"-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n"


def test_keys_of_a_kind_that_nobody_knows_and_bottomless_files_are_refused_like_others() -> None:
    papers, strange = apple_papers(), of_a_kind_that_nobody_knows()
    with pytest.raises(WalletKeysInvalid):
        read_apple_keys(papers.bundle.replace(papers.key, strange), now=NOW)
    for account in (json.dumps({"client_email": EMAIL, "private_key": strange}), "[" * 19_000):
        with pytest.raises(WalletKeysInvalid, match="service account"):
            read_google_keys(ISSUER, account)


@given(st.text(max_size=400))
def test_no_text_is_taken_for_keys_or_breaks_the_reading(text: str) -> None:
    with pytest.raises(WalletKeysInvalid):
        read_apple_keys(text, now=NOW)
    with pytest.raises(WalletKeysInvalid):
        read_google_keys(ISSUER, text)


@given(merchant=st.text(max_size=40), name=st.text(max_size=40))
def test_what_people_typed_stands_in_a_pass_as_it_was_typed(merchant: str, name: str) -> None:
    keys = read_apple_keys(apple_papers().bundle, now=NOW)
    text = a_text(merchant=merchant, fields=(("value", "V", "1"), ("name", "N", name)))
    told = json.loads(opened(apple_pass(keys, text, PICTURES))["pass.json"])
    assert (told["organizationName"], told["storeCard"]["secondaryFields"][0]["value"]) == (merchant, name)


def test_googles_link_is_a_token_that_openssl_verifies(tmp_path: Path) -> None:
    link = google_link(read_google_keys(ISSUER, google_account()), a_text(), now=NOW)
    assert link.startswith(SAVE_AT)
    head, body, signature = link.removeprefix(SAVE_AT).split(".")
    (tmp_path / "key.pem").write_bytes(public_pem(a_key("google")))
    (tmp_path / "signature").write_bytes(base64.urlsafe_b64decode(signature + "=="))
    for signed, is_good in ((f"{head}.{body}", True), (f"{head}.{body}A", False)):
        done = subprocess.run(
            ["openssl", "dgst", "-sha256", "-verify", tmp_path / "key.pem", "-signature", tmp_path / "signature"],
            input=signed.encode(), capture_output=True, check=False,
        )  # fmt: skip
        assert (done.returncode == 0) is is_good
    assert json.loads(base64.urlsafe_b64decode(head + "==")) == {"alg": "RS256", "typ": "JWT"}
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    assert (claims["iss"], claims["aud"], claims["typ"]) == (EMAIL, "google", "savetowallet")
    [saved] = claims["payload"]["giftCardObjects"]
    assert saved["cardNumber"] == a_text().number
    assert "balance" not in saved
    assert len(link) < 1_900, "what every browser takes"


@pytest.mark.parametrize(
    "issuer, account, said",
    [
        ("12a", google_account(), "digits alone"),
        (ISSUER, "{}", "service account"),
        (ISSUER, "[]", "service account"),
        (ISSUER, '{"client_email": "a@b.c", "private_key": 1}', "service account"),
        (ISSUER, google_account().replace("@", ""), "service account"),
        (ISSUER, google_account(a_key("small", bits=1024)), "2048 bits"),
    ],
    ids=range(6),
)
def test_what_is_no_service_account_is_refused(issuer: str, account: str, said: str) -> None:
    with pytest.raises(WalletKeysInvalid, match=said):
        read_google_keys(issuer, account)
