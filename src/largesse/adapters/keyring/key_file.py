"""The file of keys: readable by its owner only, and whole at every instant, whatever is killed when."""

import base64
import contextlib
import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import msgspec

from largesse.adapters.keyring.cipher import MASTER_BYTES, MasterKey
from largesse.adapters.keyring.errors import KeyringExposed, KeyringInvalid, KeyringMissing

_OTHERS = 0o077


class StoredKey(msgspec.Struct, frozen=True, kw_only=True):
    """A master key as it stands in the file: `id` is derived from it, and tells a damaged key from a sound one."""

    id: str
    secret: str
    since: datetime

    def __repr__(self) -> str:
        return f"StoredKey({self.id})"

    def master(self) -> MasterKey:
        """Return the key itself.

        Raises:
            ValueError: the secret is damaged.
        """
        key = MasterKey(base64.b64decode(self.secret, validate=True))
        if key.key_id != self.id:
            raise ValueError(self.id)
        return key


class KeyFile(msgspec.Struct, frozen=True, kw_only=True):
    """The content of `keys.json`: every live key, the current one first."""

    version: int = 1
    keys: tuple[StoredKey, ...]


def fresh_key(*, now: datetime) -> StoredKey:
    """Make a key from the system's secure random source."""
    master = secrets.token_bytes(MASTER_BYTES)
    return StoredKey(id=MasterKey(master).key_id, secret=base64.b64encode(master).decode(), since=now)


def read(path: Path) -> tuple[KeyFile, tuple[MasterKey, ...], os.stat_result]:
    """Read the file, and refuse it when others can read it.

    Raises:
        KeyringMissing: it is not there, or this user may not read it.
        KeyringExposed: its group or the world may read or write it.
        KeyringInvalid: it is not a keyring, or a key in it is damaged.
    """
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            content = file.read()
    except OSError as error:
        message = (
            f"The keys in {path} cannot be read ({error.strerror}). Restore the file, or name another LARGESSE_HOME."
        )
        raise KeyringMissing(message) from error
    if status.st_mode & _OTHERS:
        message = f"Others can read the keys in {path}. Run `chmod 600 {path}`, and rotate the keys if they were seen."
        raise KeyringExposed(message)
    try:
        stored = msgspec.json.decode(content, type=KeyFile)
        if stored.version != 1 or not stored.keys:
            raise ValueError(stored.version)
        return stored, tuple(key.master() for key in stored.keys), status
    except (msgspec.DecodeError, ValueError) as error:
        message = (
            f"{path} is damaged, or of a newer version. Restore it from a backup: without it no number can be found."
        )
        # The cause is not chained: it could carry a part of the file.
        raise KeyringInvalid(message) from (error if isinstance(error, msgspec.ValidationError) else None)


def create(path: Path, *, now: datetime) -> None:
    """Write a file with one fresh key, unless there is one already: of several first starts, one wins.

    Raises:
        KeyringMissing: the folder cannot be written to.
    """
    temporary = _written(path, KeyFile(keys=(fresh_key(now=now),)))
    try:
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(temporary)
    finally:
        temporary.unlink()
    _sync_folder(path.parent)


def replace(path: Path, content: KeyFile) -> None:
    """Put new content in the file's place in one step."""
    _written(path, content).replace(path)
    _sync_folder(path.parent)


@contextmanager
def changing(path: Path) -> Iterator[None]:
    """Keep other processes from changing the file meanwhile; readers are not kept."""
    descriptor = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _written(path: Path, content: KeyFile) -> Path:
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except OSError as error:
        message = (
            f"The keys cannot be written to {path.parent} ({error.strerror}). Name a folder that can be written to."
        )
        raise KeyringMissing(message) from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(content)))
        file.flush()
        os.fsync(file.fileno())
    return temporary


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
