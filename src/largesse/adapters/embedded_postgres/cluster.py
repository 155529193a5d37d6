"""Make a new database cluster, whole or not at all."""

import os
import shutil
import subprocess
from pathlib import Path

from largesse.adapters.embedded_postgres.account import BINARIES, MAJOR_VERSION, SystemUser
from largesse.adapters.embedded_postgres.errors import CreationFailed, DataOfAnotherVersion
from largesse.adapters.embedded_postgres.layout import DATABASE, ROLE, SUPERUSER, Layout, RolePasswords

CREATION_TIMEOUT_S = 300.0

# Written into postgresql.conf once, for the operator to change: good for a small machine with an
# SSD.
TUNING = {
    "max_connections": "100",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "min_wal_size": "160MB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    # Our statements are short: compiling them costs more than it saves.
    "jit": "off",
}


def exists(layout: Layout) -> bool:
    """Return whether the folder holds a cluster.

    Raises:
        DataOfAnotherVersion: it does, and another major version of PostgreSQL made it.
    """
    try:
        found = (layout.data / "PG_VERSION").read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return False
    if found != str(MAJOR_VERSION):
        raise DataOfAnotherVersion(layout.data, found=found, expected=MAJOR_VERSION)
    return True


def create(layout: Layout, account: SystemUser) -> None:
    """Make the cluster, its role and its database beside their place, then move them into it.

    Killed at any moment, it leaves either nothing that counts or a whole cluster.

    Raises:
        CreationFailed: PostgreSQL could not; its words are in the message.
    """
    shutil.rmtree(layout.unfinished, ignore_errors=True)
    layout.unfinished.mkdir(mode=0o700)
    account.own(layout.unfinished)
    passwords = layout.make_passwords()
    _initdb(layout.unfinished, account, passwords)
    _make_database(layout.unfinished, account, passwords)
    layout.unfinished.rename(layout.data)
    _sync_folder(layout.top)


def _initdb(data: Path, account: SystemUser, passwords: RolePasswords) -> None:
    # The password goes through a pipe: a file would have to be readable by another user, if only
    # for a moment.
    reader, writer = os.pipe()
    os.write(writer, passwords.superuser.encode("ascii"))
    os.close(writer)
    os.fchown(reader, account.uid, account.gid)
    try:
        _run(
            account,
            [
                BINARIES / "initdb",
                f"--pgdata={data}",
                f"--username={SUPERUSER}",
                f"--pwfile=/dev/fd/{reader}",
                "--auth=scram-sha-256",
                "--data-checksums",
                "--encoding=UTF8",
                "--locale=C",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--no-instructions",
                *(f"--set={name}={value}" for name, value in TUNING.items()),
            ],
            pass_fds=(reader,),
        )
    finally:
        os.close(reader)


def _make_database(data: Path, account: SystemUser, passwords: RolePasswords) -> None:
    """Make the application's role, which is no superuser, and its database, without opening a socket."""
    # RolePasswords are drawn from the URL-safe alphabet, so quoting is plain.
    script = f"CREATE ROLE {ROLE} LOGIN PASSWORD '{passwords.role}';\n\nCREATE DATABASE {DATABASE} OWNER {ROLE};\n\n"
    _run(account, [BINARIES / "postgres", "--single", "-j", "-D", data, "postgres"], script=script)


def _run(account: SystemUser, command: list[str | Path], *, script: str = "", pass_fds: tuple[int, ...] = ()) -> None:
    options = account.popen_options()
    options.pop("stdin")
    try:
        done = subprocess.run(
            command,
            input=script.encode("ascii"),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=CREATION_TIMEOUT_S,
            check=False,
            cwd="/",
            env=environment(),
            pass_fds=pass_fds,
            start_new_session=True,
            **options,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CreationFailed(output=str(error)) from error
    output = done.stdout.decode("utf-8", "replace")
    if done.returncode != 0 or "ERROR:" in output or "FATAL:" in output:
        raise CreationFailed(output="\n".join(output.strip().splitlines()[-12:]))


def environment() -> dict[str, str]:
    """Return the environment for PostgreSQL's programs: nothing of ours, least of all secrets."""
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
