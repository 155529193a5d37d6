"""Where the embedded PostgreSQL keeps its things under the data folder, and how to connect to it.

$LARGESSE_HOME/postgres/
    data/            the cluster
    run/             its socket, unless that path is too long for a socket
    passwords.json   of the application's role and of the superuser, readable by the owner alone
    postgres.log
"""

import contextlib
import hashlib
import os
import secrets
import stat
import tempfile
from pathlib import Path
from urllib.parse import quote, urlencode

import msgspec

from largesse.adapters.embedded_postgres.account import SystemUser
from largesse.adapters.embedded_postgres.errors import HomeOwnedByAnother, PasswordLost

ROLE = "largesse"
SUPERUSER = "postgres"
DATABASE = "largesse"
PORT = 5432
# sockaddr_un.sun_path on Linux has 108 bytes, with the closing NUL.
SOCKET_PATH_MAX = 107
SOCKET_NAME = f".s.PGSQL.{PORT}"
LOG_BYTES_MAX = 10 * 1024 * 1024


class RolePasswords(msgspec.Struct, frozen=True, kw_only=True):
    """The passwords of the two roles of the embedded server."""

    role: str
    superuser: str

    def __repr__(self) -> str:
        return "RolePasswords(…)"


class Layout:
    """Name every place that the embedded server of the data folder `home` uses."""

    def __init__(self, home: Path) -> None:
        self.top = home.resolve() / "postgres"
        self.data = self.top / "data"
        self.unfinished = self.top / "data.unfinished"
        self.log = self.top / "postgres.log"
        self.passwords_file = self.top / "passwords.json"

    def socket_folder(self) -> Path:
        """Return the folder of the socket: the first whose path is short enough."""
        digest = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:16]
        folders = (
            self.top / "run",
            Path(tempfile.gettempdir()) / f"largesse-{digest}",
            Path("/tmp") / f"largesse-{digest}",  # noqa: S108 - short everywhere; made with mode 0700
        )
        return next(f for f in folders if len(os.fsencode(f / SOCKET_NAME)) <= SOCKET_PATH_MAX)

    def make_socket_folder(self, account: SystemUser) -> Path:
        """Make the folder of the socket, for `account` alone.

        Raises:
            HomeOwnedByAnother: somebody else made a folder of that name before us.
        """
        folder = self.socket_folder()
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            account.own(folder)
        status = folder.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid not in (account.uid, os.geteuid()):
            raise HomeOwnedByAnother(folder, owner=str(status.st_uid))
        account.own(folder)
        folder.chmod(0o700)
        return folder

    def dsn(self, *, socket_folder: Path, passwords: RolePasswords, superuser: bool = False) -> str:
        """Return the URL that asyncpg connects with; it holds a password, so it is never logged."""
        name = SUPERUSER if superuser else ROLE
        password = passwords.superuser if superuser else passwords.role
        where = urlencode({"host": str(socket_folder), "port": PORT}, quote_via=quote)
        return f"postgresql://{name}:{password}@/{DATABASE}?{where}"

    def read_passwords(self) -> RolePasswords:
        """Return the passwords of this cluster.

        Raises:
            PasswordLost: their file is missing or damaged.
        """
        try:
            return msgspec.json.decode(self.passwords_file.read_bytes(), type=RolePasswords)
        except (FileNotFoundError, msgspec.DecodeError) as error:
            raise PasswordLost(self.passwords_file) from error

    def make_passwords(self) -> RolePasswords:
        """Draw new passwords, and write them for the owner's eyes alone, whole or not at all."""
        passwords = RolePasswords(role=secrets.token_urlsafe(32), superuser=secrets.token_urlsafe(32))
        draft = self.passwords_file.with_suffix(".new")
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.encode(passwords))
            file.flush()
            os.fsync(file.fileno())
        draft.rename(self.passwords_file)
        return passwords

    def last_log_lines(self, count: int = 12) -> str:
        """Return the last lines that the server wrote."""
        with contextlib.suppress(OSError):
            lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
            return "\n".join(f"  {line}" for line in lines[-count:])
        return "  (nothing was written)"

    def turn_log(self) -> None:
        """Put a log that has grown long aside, keeping one."""
        with contextlib.suppress(FileNotFoundError):
            if self.log.stat().st_size > LOG_BYTES_MAX:
                self.log.rename(self.log.with_suffix(".log.1"))
