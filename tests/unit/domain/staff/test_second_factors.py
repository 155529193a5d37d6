"""Codes of an authenticator and recovery codes."""

import secrets
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.adapters.keyring import FixedKeyring
from largesse.domain.staff import new_totp_secret, totp_uri
from largesse.domain.staff.second_factors import (
    digest_of_recovery_code,
    new_recovery_codes,
    open_totp,
    seal_totp,
    step_of_code,
)
from largesse.kernel.sealing import SecretUnreadable

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
PERSON = UUID(int=7)


@pytest.mark.parametrize(
    "seconds, code",
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (2000000000, "279037"), (20000000000, "353130")],
)
def test_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    assert step_of_code(RFC_SECRET, code, now=datetime.fromtimestamp(seconds, UTC)) == seconds // 30


@given(st.integers(-300, 300))
def test_a_code_counts_in_its_half_minute_and_the_ones_beside_it(seconds: int) -> None:
    code = pyotp.TOTP(RFC_SECRET).at(NOW)
    step = step_of_code(RFC_SECRET, code, now=NOW + timedelta(seconds=seconds))
    steps_off = (int(NOW.timestamp()) + seconds) // 30 - int(NOW.timestamp()) // 30
    assert step == (int(NOW.timestamp()) // 30 if abs(steps_off) <= 1 else None)


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "12 34 5", "-12345"])
def test_what_is_no_code_is_none(typed: str) -> None:
    assert step_of_code(RFC_SECRET, typed, now=NOW) is None


def test_a_code_may_be_typed_with_spaces() -> None:
    code = pyotp.TOTP(RFC_SECRET).at(NOW)
    assert step_of_code(RFC_SECRET, f" {code[:3]} {code[3:]} ", now=NOW) is not None


def test_an_authenticator_reads_the_secret_from_its_address() -> None:
    secret = new_totp_secret()
    parts = urlsplit(totp_uri(secret, "ada@bakery.example"))
    assert (parts.scheme, parts.netloc, parts.path) == ("otpauth", "totp", "/Largesse:ada%40bakery.example")
    assert parse_qs(parts.query)["secret"] == [secret]
    assert len(secret) == 32


def test_a_secret_is_sealed_for_its_person_alone() -> None:
    keyring, secret = FixedKeyring([secrets.token_bytes(32)]), new_totp_secret()
    sealed = seal_totp(keyring, PERSON, secret)
    assert secret.encode() not in sealed.cipher
    assert open_totp(keyring, PERSON, sealed) == secret
    with pytest.raises(SecretUnreadable):
        open_totp(keyring, uuid4(), sealed)


def test_ten_recovery_codes_differ_and_are_found_however_they_are_typed() -> None:
    codes = new_recovery_codes()
    assert len({digest_of_recovery_code(PERSON, code) for code in codes}) == 10
    for code in codes:
        typed = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
        assert digest_of_recovery_code(PERSON, typed) == digest_of_recovery_code(PERSON, code) is not None
        assert digest_of_recovery_code(uuid4(), code) != digest_of_recovery_code(PERSON, code)


@given(st.text(max_size=80))
def test_what_is_no_recovery_code_finds_nothing(typed: str) -> None:
    digest = digest_of_recovery_code(PERSON, typed)
    assert digest is None or len(digest) == 32


def test_a_code_that_is_too_short_or_too_long_finds_nothing() -> None:
    assert digest_of_recovery_code(PERSON, "7K2M-QXR4-19TD-0VE") is None
    assert digest_of_recovery_code(PERSON, "7K2M-QXR4-19TD-0VEBB") is None
