"""One Largesse per data folder: a lock that the kernel gives back however its holder ends."""

import contextlib
import fcntl
import os
import stat
from pathlib import Path
from typing import Self

from largesse.adapters.embedded_postgres.errors import (
    HomeInUse,
    HomeNotWritable,
    HomeOwnedByAnother,
)


class HomeLock:
    """The lock by which one process alone uses the data folder `home`, made where it is missing."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock.

        Raises:
            HomeInUse: another Largesse holds it.
            HomeNotWritable: the folder cannot be made or written.
            HomeOwnedByAnother: it belongs to another user, and we are not root.
        """
        prepare(self._home)
        # Not inherited by children (PEP 446): a worker that outlives us must not keep the installation
        # locked.
        descriptor = os.open(self._home / "instance.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(descriptor, 100, 0).decode("ascii", "replace").strip()
            os.close(descriptor)
            raise HomeInUse(self._home, holder=holder or "starting just now") from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"process {os.getpid()}\n".encode("ascii"), 0)
        self._descriptor = descriptor

    def release(self) -> None:
        """Give the folder free."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def prepare(home: Path) -> None:
    """Make the data folder where it is missing, and see that it can be written.

    A folder made here is closed to others; for root it can be passed through, because PostgreSQL's
    user must.

    Raises:
        HomeNotWritable: it cannot be made or written.
        HomeOwnedByAnother: it belongs to another user, and we are not root.
    """
    missing = not home.exists()
    try:
        home.mkdir(parents=True, exist_ok=True)
        if missing:
            home.chmod(0o711 if os.geteuid() == 0 else 0o700)
    except OSError as error:
        raise HomeNotWritable(home, reason=error.strerror or "unknown") from error
    owner = home.stat().st_uid
    if os.geteuid() not in (0, owner) and not home.stat().st_mode & stat.S_IWOTH:
        raise HomeOwnedByAnother(home, owner=_user_name(home))
    probe = home / f".probe-{os.getpid()}"
    try:
        probe.touch(mode=0o600)
    except OSError as error:
        raise HomeNotWritable(home, reason=error.strerror or "unknown") from error
    probe.unlink()


def _user_name(path: Path) -> str:
    with contextlib.suppress(KeyError):
        return path.owner()
    return str(path.stat().st_uid)
