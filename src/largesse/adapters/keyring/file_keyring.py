"""Keys in a file of the data folder, shared by all processes of the installation and changed while they run."""

import os
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from largesse.adapters.keyring import key_file
from largesse.adapters.keyring.cipher import Keys
from largesse.adapters.keyring.errors import KeyringExposed, KeyringInvalid, KeyringMissing
from largesse.kernel.sealing import KeyInUse, KeyState, KeyUse, MasterKeyUnknown, Sealed, SecretUnreadable

# A stat costs as much as a seal, so the file is looked at no more often than this. Every call made
# LOOK_S after a change works with the changed keys; a rotation waits four times as long, which
# leaves room for a call that was under way.
LOOK_S = 0.5
_SPREAD = 4


class FileKeyring:
    """Seal, open and find under the keys in a file. Conforms to `kernel.sealing.KeyCustody`.

    A change of the file is noticed without a restart. A file that goes missing or bad while the
    process runs does not stop it: it goes on with the keys it has, and a start refuses the file.
    """

    def __init__(self, path: Path, *, look_s: float = LOOK_S) -> None:
        self._path = path
        self._look_s = look_s
        self._keys: Keys
        self._stored: key_file.KeyFile
        self._seen: tuple[int, int, int]
        self._load()
        self._look_at = time.monotonic() + look_s

    @classmethod
    def open_or_create(cls, path: Path, *, now: datetime) -> "FileKeyring":
        """Open the keyring in `path`, made with one fresh key when there is none yet.

        Raises:
            KeyringMissing: it cannot be read or made.
            KeyringExposed: others can read it.
            KeyringInvalid: it is damaged.
        """
        if not path.exists():
            key_file.create(path, now=now)
        return cls(path)

    @property
    def spread_s(self) -> float:
        """Return after how many seconds every process works with the keys as they are now."""
        return _SPREAD * self._look_s

    @property
    def current_key_id(self) -> str:
        """Return the id of the key that seals now."""
        return self._fresh().current.key_id

    def seal(self, secret: str, *, context: bytes) -> Sealed:
        """Encrypt `secret` under the current key."""
        return self._fresh().current.seal(secret, context)

    def open(self, sealed: Sealed, *, context: bytes) -> str:
        """Decrypt a sealed secret; for a key that is not known the file is read again at once.

        Raises:
            SecretUnreadable: its key is gone, or the ciphertext was changed or moved.
        """
        keys = self._fresh()
        if sealed.key_id not in keys:
            self._load_if_sound()
            keys = self._keys
        try:
            return keys.of(sealed.key_id).open(sealed, context)
        except MasterKeyUnknown as error:
            raise SecretUnreadable from error

    def lookup(self, secret: str) -> bytes:
        """Return the HMAC of `secret` under the current key."""
        return self._fresh().current.lookup(secret)

    def lookups(self, secret: str) -> tuple[bytes, ...]:
        """Return the HMAC of `secret` under every live key, the current one first."""
        return tuple(key.lookup(secret) for key in self._fresh())

    def signing_keys(self, purpose: str) -> tuple[bytes, ...]:
        """Return the key that signs for `purpose` alone, of every key, the current one first."""
        return tuple(key.signing_key(purpose) for key in self._fresh())

    def live_keys(self) -> Sequence[KeyState]:
        """Return the live keys as the file has them now, the current one first."""
        self._load()
        return [
            KeyState(key_id=key.id, use=KeyUse.ACCEPTED if place else KeyUse.CURRENT, since=key.since)
            for place, key in enumerate(self._stored.keys)
        ]

    def accept_new(self, *, now: datetime) -> str:
        """Make a key that is accepted and not yet used, durably, and return its id."""
        fresh = key_file.fresh_key(now=now)
        with key_file.changing(self._path):
            self._load()
            self._replace((*self._stored.keys, fresh))
        return fresh.id

    def promote(self, key_id: str, *, now: datetime) -> None:
        """Make an accepted key the current one, durably. Nothing happens when it is already.

        Raises:
            MasterKeyUnknown: no live key has that id.
        """
        with key_file.changing(self._path):
            self._load()
            first, *others = self._stored.keys
            if first.id == key_id:
                return
            chosen = self._stored_of(key_id)
            rest = (key for key in others if key is not chosen)
            self._replace((_since(chosen, now), _since(first, now), *rest))

    def forget(self, key_id: str) -> None:
        """Remove a key for good.

        Raises:
            MasterKeyUnknown: no live key has that id.
            KeyInUse: it is the current key.
        """
        with key_file.changing(self._path):
            self._load()
            leaving = self._stored_of(key_id)
            if leaving is self._stored.keys[0]:
                message = f"{key_id} seals new secrets just now. Run `largesse keys rotate` first."
                raise KeyInUse(message)
            self._replace(tuple(key for key in self._stored.keys if key is not leaving))

    def _stored_of(self, key_id: str) -> key_file.StoredKey:
        for key in self._stored.keys:
            if key.id == key_id:
                return key
        raise MasterKeyUnknown

    def _replace(self, keys: tuple[key_file.StoredKey, ...]) -> None:
        key_file.replace(self._path, key_file.KeyFile(keys=keys))
        self._load()

    def _fresh(self) -> Keys:
        moment = time.monotonic()
        if moment >= self._look_at:
            self._look_at = moment + self._look_s
            self._look_again()
        return self._keys

    def _look_again(self) -> None:
        try:
            changed = _stamp(self._path.stat()) != self._seen
        except OSError:
            return
        if changed:
            self._load_if_sound()

    def _load_if_sound(self) -> None:
        try:
            self._load()
        except (KeyringInvalid, KeyringExposed, KeyringMissing):
            return

    def _load(self) -> None:
        stored, masters, status = key_file.read(self._path)
        self._stored, self._keys, self._seen = stored, Keys(masters), _stamp(status)


def _since(key: key_file.StoredKey, now: datetime) -> key_file.StoredKey:
    return msgspec.structs.replace(key, since=now)


def _stamp(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_mtime_ns, status.st_ino, status.st_size
