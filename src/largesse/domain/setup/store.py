"""The tables of the first run."""

import hashlib
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from largesse.db import Connection, load
from largesse.domain.setup.errors import SetupTokenRefused
from largesse.kernel.numbers import fold_symbols, random_symbols

_SQL = load(__package__)

TOKEN_GOOD_FOR: Final = timedelta(hours=24)
TOKEN_LENGTH: Final = 28
"""Symbols of five bits each: 140, which is more than the 128 that are asked for, in whole groups."""
BACKUP: Final = "backup"
"""The note that a backup was made."""
BACKUP_FAILED: Final = "backup_failed"
"""The note that one could not be made."""
BACKUP_GOOD_FOR: Final = timedelta(days=8)
"""A weekly one, and a day for it to be late."""
_GROUP: Final = 4
_TYPED_MAX: Final = 200


class BackupTrouble(StrEnum):
    """What is the matter with the installation's backups."""

    NEVER = "never"
    """Nobody said that one was ever made."""
    OLD = "old"
    """The last one is older than `BACKUP_GOOD_FOR`."""
    FAILED = "failed"
    """One failed, and none was made since."""


async def make_token(connection: Connection, *, now: datetime) -> str:
    """Return a fresh token as people read it, `7K2M-9QXR-…`; those of before count no more."""
    symbols = random_symbols(TOKEN_LENGTH)
    await connection.execute(_SQL.replace_token, _digest(symbols), now, now + TOKEN_GOOD_FOR)
    return "-".join(symbols[place : place + _GROUP] for place in range(0, TOKEN_LENGTH, _GROUP))


async def counts(connection: Connection, token: str, *, now: datetime) -> bool:
    """Return whether a token counts, however it was typed; that spends nothing."""
    return bool(await connection.fetchval(_SQL.find_token, _digest(token), now))


async def spend_token(connection: Connection, token: str, *, now: datetime) -> None:
    """Spend a token in the transaction that does what it is for: of two at once, one does.

    Raises:
        SetupTokenRefused: it does not count, or not any more.
    """
    if await connection.fetchval(_SQL.spend_token, _digest(token), now) is None:
        raise SetupTokenRefused


async def note(connection: Connection, name: str, *, now: datetime) -> None:
    """Write down that something was done at `now`."""
    await connection.execute(_SQL.note, name, now)


async def noted_at(connection: Connection, name: str) -> datetime | None:
    """Return when something was done last, None where nobody said that it ever was."""
    found: datetime | None = await connection.fetchval(_SQL.noted_at, name)
    return found


async def backup_trouble(connection: Connection, *, now: datetime) -> tuple[BackupTrouble, datetime | None] | None:
    """Return what is the matter with backups, and when the last one was made or failed; None where all is well."""
    made, failed = await noted_at(connection, BACKUP), await noted_at(connection, BACKUP_FAILED)
    if failed is not None and (made is None or failed > made):
        return BackupTrouble.FAILED, failed
    if made is None:
        return BackupTrouble.NEVER, None
    return None if now - made < BACKUP_GOOD_FOR else (BackupTrouble.OLD, made)


def _digest(token: str) -> bytes:
    return hashlib.sha256(b"setup" + fold_symbols(token[:_TYPED_MAX]).encode()).digest()
