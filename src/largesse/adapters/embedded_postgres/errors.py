"""What can keep the embedded PostgreSQL from running.

LargesseError
├── HomeNotWritable          home.not_writable
├── HomeOwnedByAnother       home.owned_by_another
├── HomeInUse                home.in_use
├── HomeUnreachable          home.unreachable
├── DataOfAnotherVersion     database.embedded.version
├── PasswordLost             database.embedded.password_lost
├── CreationFailed           database.embedded.not_created
├── StartFailed              database.embedded.not_started
└── StartTooSlow             database.embedded.slow
"""

from pathlib import Path

from largesse.kernel.errors import LargesseError


class HomeNotWritable(LargesseError):
    """Nothing can be written in the data folder."""

    code = "home.not_writable"

    def __init__(self, folder: Path, *, reason: str) -> None:
        super().__init__(
            f"The data folder {folder} cannot be written ({reason}). "
            "Give it to the user who runs Largesse, or name another with LARGESSE_HOME."
        )


class HomeOwnedByAnother(LargesseError):
    """The data folder belongs to another user of the system."""

    code = "home.owned_by_another"

    def __init__(self, folder: Path, *, owner: str) -> None:
        super().__init__(
            f"The folder {folder} belongs to the user {owner}. Run Largesse as that user, "
            "or name another folder with LARGESSE_HOME."
        )


class HomeInUse(LargesseError):
    """Another Largesse already runs on this data folder."""

    code = "home.in_use"

    def __init__(self, folder: Path, *, holder: str) -> None:
        super().__init__(
            f"Another Largesse ({holder}) already uses the data folder {folder}. "
            "Stop it first, or name another folder with LARGESSE_HOME."
        )


class HomeUnreachable(LargesseError):
    """The user who runs PostgreSQL cannot pass through a folder above its files."""

    code = "home.unreachable"

    def __init__(self, folder: Path, *, user: str) -> None:
        super().__init__(
            f"PostgreSQL runs as the user {user}, because it refuses to run as root, and that user "
            f"cannot pass through {folder}. Allow it (chmod o+x {folder}), or name another folder "
            "with LARGESSE_HOME."
        )


class DataOfAnotherVersion(LargesseError):
    """The data folder was made by another major version of PostgreSQL."""

    code = "database.embedded.version"

    def __init__(self, folder: Path, *, found: str, expected: int) -> None:
        super().__init__(
            f"The data in {folder} was made by PostgreSQL {found}, and this Largesse brings "
            f"PostgreSQL {expected}. Start the Largesse that made it, dump the data with pg_dump, "
            "and load the dump into a new data folder."
        )


class PasswordLost(LargesseError):
    """The file with the password of the embedded database is gone."""

    code = "database.embedded.password_lost"

    def __init__(self, file: Path) -> None:
        super().__init__(
            f"The database stands, but {file}, which holds its password, is missing or damaged. "
            "Put it back from a backup of the data folder."
        )


class CreationFailed(LargesseError):
    """A new database could not be made in the data folder."""

    code = "database.embedded.not_created"

    def __init__(self, *, output: str) -> None:
        super().__init__(
            "PostgreSQL could not make a new database in the data folder. Its last words were:\n"
            f"{output}\nMend what they name (often a full disk), then start again."
        )


class StartFailed(LargesseError):
    """PostgreSQL ended while it was starting."""

    code = "database.embedded.not_started"

    def __init__(self, *, log: Path, lines: str) -> None:
        super().__init__(
            f"PostgreSQL did not start. The last lines of {log} are:\n{lines}\nMend what they name, then start again."
        )


class StartTooSlow(LargesseError):
    """PostgreSQL is still recovering, and shows no progress any more."""

    code = "database.embedded.slow"

    def __init__(self, *, waited_s: float, log: Path, lines: str) -> None:
        super().__init__(
            f"PostgreSQL is not ready after {waited_s:.0f} s. It was left running; starting again "
            f"goes on waiting. The last lines of {log} are:\n{lines}"
        )
