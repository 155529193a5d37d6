"""The keyring: what it promises, and what it refuses."""

import base64
import secrets
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.adapters.keyring import FileKeyring, FixedKeyring, KeyringExposed, KeyringInvalid, KeyringMissing
from largesse.kernel.sealing import (
    KeyCustody,
    KeyInUse,
    KeysNotOurs,
    KeyUse,
    MasterKeyUnknown,
    Sealed,
    SecretUnreadable,
)
from largesse.services.keys.rotation import incoming_key

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
RING = FixedKeyring([bytes(range(32)), bytes(32)])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys.json"


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200), st.binary(max_size=64))
def test_what_was_sealed_opens_in_its_own_context(secret: str, context: bytes) -> None:
    assert RING.open(RING.seal(secret, context=context), context=context) == secret


@given(st.binary(min_size=1, max_size=64), st.binary(max_size=64), st.integers(0, 10_000), st.integers(1, 255))
def test_a_changed_or_moved_ciphertext_does_not_open(context: bytes, other: bytes, place: int, flip: int) -> None:
    sealed = RING.seal("GL7K2M9QXR4T8WHB3C", context=context)
    if other != context:
        with pytest.raises(SecretUnreadable):
            RING.open(sealed, context=other)
    changed = bytearray(sealed.cipher)
    changed[place % len(changed)] ^= flip
    with pytest.raises(SecretUnreadable):
        RING.open(Sealed(sealed.key_id, bytes(changed)), context=context)


@pytest.mark.parametrize("cipher", [b"", b"short", bytes(12), bytes(28)])
def test_a_ciphertext_that_is_none_does_not_open(cipher: bytes) -> None:
    with pytest.raises(SecretUnreadable):
        RING.open(Sealed(RING.current_key_id, cipher), context=b"")


def test_two_seals_of_one_secret_differ_and_its_digests_do_not() -> None:
    assert RING.seal("a", context=b"") != RING.seal("a", context=b"")
    assert RING.lookup("a") == RING.lookup("a")
    assert RING.lookup("a") != RING.lookup("b")
    assert len(RING.lookup("a")) == 32


def test_lookups_try_every_key_the_current_one_first() -> None:
    older = FixedKeyring([bytes(32)])
    assert RING.lookups("a") == (RING.lookup("a"), older.lookup("a"))


def test_neither_the_digest_nor_the_id_gives_the_key_away() -> None:
    master = secrets.token_bytes(32)
    ring = FixedKeyring([master])
    shown = repr(ring.live_keys()) + ring.lookup("a").hex() + ring.current_key_id + repr(vars(ring))
    assert master.hex() not in shown
    assert repr(master) not in shown


def test_keys_from_the_environment_are_read_in_order() -> None:
    one, two = secrets.token_bytes(32), secrets.token_bytes(32)
    ring = FixedKeyring.of_text(f"{base64.b64encode(one).decode()}, {base64.b64encode(two).decode()}")
    assert ring.current_key_id == FixedKeyring([one]).current_key_id
    assert [key.use for key in ring.live_keys()] == [KeyUse.CURRENT, KeyUse.ACCEPTED]


@pytest.mark.parametrize("text", ["", ",", "abc", "####", base64.b64encode(bytes(31)).decode(), "é"])
def test_keys_that_cannot_be_read_are_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(KeyringInvalid) as refusal:
        FixedKeyring.of_text(text)
    assert len(text) < 5 or text not in refusal.value.message


def test_keys_from_the_environment_cannot_be_changed_here() -> None:
    for change in (
        lambda: RING.accept_new(now=NOW),
        lambda: RING.promote("k", now=NOW),
        lambda: RING.forget("k"),
    ):
        with pytest.raises(KeysNotOurs, match="LARGESSE_KEYS"):
            change()


def test_a_first_start_makes_a_key_that_only_its_owner_can_read(path: Path) -> None:
    ring: KeyCustody = FileKeyring.open_or_create(path, now=NOW)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [key.use for key in ring.live_keys()] == [KeyUse.CURRENT]
    assert [file.name for file in path.parent.iterdir()] == ["keys.json"]


def test_a_second_start_finds_the_same_key(path: Path) -> None:
    first = FileKeyring.open_or_create(path, now=NOW)
    second = FileKeyring.open_or_create(path, now=NOW + timedelta(days=1))
    assert second.open(first.seal("a", context=b""), context=b"") == "a"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o666])
def test_keys_that_others_can_read_are_refused(path: Path, mode: int) -> None:
    FileKeyring.open_or_create(path, now=NOW)
    path.chmod(mode)
    with pytest.raises(KeyringExposed, match="chmod 600"):
        FileKeyring.open_or_create(path, now=NOW)


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"version":1,"keys":[]}', '{"version":2,"keys":[]}', "\x00"])
def test_a_file_that_is_no_keyring_is_refused(path: Path, content: str) -> None:
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(KeyringInvalid, match="backup"):
        FileKeyring(path)


def test_a_damaged_key_is_told_from_a_sound_one(path: Path) -> None:
    FileKeyring.open_or_create(path, now=NOW)
    text = path.read_text()
    secret = text.partition('"secret": "')[2].partition('"')[0]
    other = base64.b64encode(secrets.token_bytes(32)).decode()
    path.write_text(text.replace(secret, other))
    with pytest.raises(KeyringInvalid) as refusal:
        FileKeyring(path)
    assert other not in refusal.value.message


def test_a_missing_file_says_which(path: Path) -> None:
    with pytest.raises(KeyringMissing, match=r"keys\.json"):
        FileKeyring(path)


def test_a_folder_that_cannot_be_written_to_says_so(tmp_path: Path) -> None:
    with pytest.raises(KeyringMissing, match="cannot be written"):
        FileKeyring.open_or_create(tmp_path / "none" / "keys.json", now=NOW)


def test_another_process_learns_of_an_accepted_key_before_it_is_used(path: Path) -> None:
    operator, reader = FileKeyring.open_or_create(path, now=NOW), FileKeyring(path, look_s=0)
    old = operator.current_key_id
    fresh = operator.accept_new(now=NOW + timedelta(hours=1))
    assert reader.current_key_id == old
    assert len(reader.lookups("a")) == 2
    operator.promote(fresh, now=NOW + timedelta(hours=2))
    assert reader.current_key_id == fresh
    assert reader.lookups("a") == operator.lookups("a")


def test_an_unknown_key_id_makes_a_reader_look_again_at_once(path: Path) -> None:
    operator, reader = FileKeyring.open_or_create(path, now=NOW), FileKeyring(path)
    operator.promote(operator.accept_new(now=NOW), now=NOW)
    sealed = operator.seal("a", context=b"")
    assert reader.open(sealed, context=b"") == "a"


@pytest.mark.parametrize("harm", ["missing", "damaged", "exposed"])
def test_a_running_process_goes_on_when_the_file_goes_bad(path: Path, harm: str) -> None:
    FileKeyring.open_or_create(path, now=NOW)
    ring = FileKeyring(path, look_s=0)
    sealed = ring.seal("a", context=b"")
    if harm == "missing":
        path.unlink()
    elif harm == "damaged":
        path.write_text("{")
    else:
        path.chmod(0o644)
        path.write_text(path.read_text() + " ")
    assert ring.open(sealed, context=b"") == "a"
    with pytest.raises(SecretUnreadable):
        ring.open(Sealed("kunknown", sealed.cipher), context=b"")


def test_a_retired_key_opens_nothing_any_more(path: Path) -> None:
    ring = FileKeyring.open_or_create(path, now=NOW)
    sealed = ring.seal("a", context=b"")
    ring.promote(ring.accept_new(now=NOW), now=NOW)
    ring.forget(sealed.key_id)
    with pytest.raises(SecretUnreadable):
        ring.open(sealed, context=b"")
    assert len(ring.lookups("a")) == 1


def test_the_current_key_is_not_forgotten(path: Path) -> None:
    ring = FileKeyring.open_or_create(path, now=NOW)
    with pytest.raises(KeyInUse):
        ring.forget(ring.current_key_id)
    with pytest.raises(MasterKeyUnknown):
        ring.forget("knone")
    with pytest.raises(MasterKeyUnknown):
        ring.promote("knone", now=NOW)


def test_a_rotation_that_stopped_after_its_first_phase_is_recognised(path: Path) -> None:
    ring = FileKeyring.open_or_create(path, now=NOW)
    assert incoming_key(ring.live_keys()) is None
    fresh = ring.accept_new(now=NOW + timedelta(hours=1))
    assert incoming_key(ring.live_keys()) == fresh
    ring.promote(fresh, now=NOW + timedelta(hours=2))
    assert incoming_key(ring.live_keys()) is None
    assert ring.live_keys()[0].since == NOW + timedelta(hours=2)
