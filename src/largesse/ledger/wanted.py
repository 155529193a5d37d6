"""Which certificates commands may change, and which of those somebody else has locked. Pure."""

from collections.abc import Collection, Sequence

from largesse.ledger.batch import Key, touched
from largesse.ledger.commands import Command
from largesse.ledger.numbered import Number, numbers_of
from largesse.ledger.subjects import subjects_of


def wanted(commands: Sequence[Command]) -> tuple[set[Key], set[Number]]:
    """Return the certificates that commands may change: those that they name by id, and those by number."""
    return touched(commands), numbers_of(commands)


def one_of(locked: Collection[Key], commands: Sequence[Command]) -> Key | None:
    """Return one of the certificates and other subjects that commands of one request wait for."""
    if not locked:
        return None
    keys = touched(commands) | subjects_of(commands).keys()
    return next((key for key in sorted(keys) if key in locked), None)
