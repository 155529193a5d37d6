"""What can go wrong between us and the database, and what it means.

Unavailable
├── DatabaseUnavailable       out of reach; nothing was done
├── DatabaseFull              no room to write; nothing was done
├── StatementTooSlow          it took longer than a statement may; nothing was done
├── Contended                 others stood in the way too often; nothing was done
└── OutcomeUnknown            lost while it committed: nobody can tell
LargesseError
├── DatabaseRefused           the address, or the user in it, is wrong
└── DatabaseNotOwned          the role may not create tables there
"""

import re
from typing import Self

import asyncpg

from largesse.kernel.errors import LargesseError, Unavailable

_SHARD = re.compile(r"_\d{6,}$")

CONNECTION_FAULTS: tuple[type[Exception], ...] = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    # What the driver says when it is asked to use a session to which the server has just said goodbye.
    asyncpg.InternalClientError,
    OSError,  # ConnectionError and TimeoutError are kinds of it
)
# What is said when a session is opened with what can never open one. Asked before the faults above: of what the driver
# cannot read in an address, some is of both kinds.
ADDRESS_FAULTS: tuple[type[Exception], ...] = (
    asyncpg.InvalidAuthorizationSpecificationError,  # a wrong password is a kind of it
    asyncpg.InvalidCatalogNameError,
    asyncpg.InsufficientPrivilegeError,
    ValueError,
)


class DatabaseFull(Unavailable):
    """The database has no room to write, on disk or in memory; what only reads goes on."""

    code = "database.full"
    message = "Nothing can be written just now. Nothing was done; try again later."


class DatabaseUnavailable(Unavailable):
    """The database cannot be reached just now."""

    code = "database.unavailable"
    message = "The database cannot be reached just now. Nothing was done; try again in a moment."


class StatementTooSlow(Unavailable):
    """The database answers, and did not come to an end with this in the time that a statement has."""

    code = "database.too_slow"
    message = "This took the database too long. Nothing was done; try again in a moment."


class OutcomeUnknown(Unavailable):
    """The database was lost while it committed and stayed out of reach: nobody can tell what became of it."""

    code = "outcome.unknown"
    message = (
        "The database was lost at the last moment, so this may or may not have been done. Send it again under the same "
        "idempotency key: it is done once, and you are told what came of it."
    )


class Contended(Unavailable):
    """Other transactions stood in the way for too long."""

    code = "database.contended"


class DatabaseRefused(LargesseError):
    """The address of the database, or the user in it, is wrong; waiting does not help."""

    code = "database.refused"
    message = "LARGESSE_DATABASE_URL cannot be read as the address of a PostgreSQL. Check host, port and options in it."

    @classmethod
    def because(cls, fault: Exception) -> Self:
        """Return the error for one of `ADDRESS_FAULTS`.

        What the driver could not read is not repeated: it may be the password.
        """
        if not isinstance(fault, asyncpg.PostgresError):
            return cls()
        return cls(f"The database refuses the connection ({fault}). Check user, password and name in its address.")


def unreachable(error: BaseException) -> bool:
    """Return whether `error` says that the database is out of reach, rather than that something was asked wrongly.

    asyncpg raises one family for both a closed session and a bad argument; the latter is a ValueError as well.
    """
    return isinstance(error, (*CONNECTION_FAULTS, DatabaseUnavailable)) and not isinstance(error, ValueError)


def key_taken(error: BaseException) -> bool:
    """Return whether `error` says that a key was taken already.

    A distributed database may say so as an internal error that repeats what one of its nodes said; and where it names
    table and constraint, they may be those of a shard. What is then found tells what was taken.
    """
    return isinstance(error, asyncpg.UniqueViolationError) or (
        isinstance(error, asyncpg.InternalServerError) and "duplicate key value" in str(error)
    )


def table_of(error: asyncpg.PostgresError) -> str:
    """Return the table whose key was taken, also where a shard of it is named; empty where nothing is."""
    return _SHARD.sub("", error.table_name or "")


def lock_missed(error: BaseException) -> bool:
    """Return whether `error` says that a lock did not come free in the time that it was waited for."""
    return isinstance(error, asyncpg.LockNotAvailableError)


def contended(error: BaseException) -> bool:
    """Return whether `error` says that another transaction stood in the way, so that running again may succeed."""
    return isinstance(error, asyncpg.SerializationError | asyncpg.DeadlockDetectedError)
