"""The key pair of a device: what counts as a public key, and what it signed."""

import base64

import pytest

from largesse.domain.devices import read_public_key, signed_by
from tests.builders.tills import DeviceKeys


def test_what_a_device_signed_counts_for_its_key_and_text_alone() -> None:
    keys, other = DeviceKeys(), DeviceKeys()
    point, foreign = read_public_key(keys.public), read_public_key(other.public)
    assert point is not None
    assert foreign is not None
    signature = keys.sign("a challenge")
    assert signed_by(point, "a challenge", signature)
    assert not signed_by(point, "another challenge", signature)
    assert not signed_by(foreign, "a challenge", signature)


@pytest.mark.parametrize("signature", ["", "AAAA", "=" * 86, "A" * 86, "ä" * 86, "A" * 4_000])
def test_what_is_no_signature_does_not_count(signature: str) -> None:
    point = read_public_key(DeviceKeys().public)
    assert point is not None
    assert not signed_by(point, "a challenge", signature)


def test_a_point_beside_the_curve_is_no_key() -> None:
    beside = base64.urlsafe_b64encode(b"\x04" + b"\x01" * 64).decode().rstrip("=")
    assert read_public_key(beside) is None
    assert read_public_key("") is None
    assert read_public_key(DeviceKeys().public[:-4]) is None
