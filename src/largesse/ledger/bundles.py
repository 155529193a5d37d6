"""Several commands as one operation: all of them happen, or none.

For several certificates on one bill, a sale that issues and activates, a request that is all or nothing. The commands
of a bundle share one operation id; their rows are numbered through, and each carries a fingerprint of its own, so that
a repetition can be told what each command did (docs/decisions/0098-bundles-and-certificates-locked-elsewhere.md).
"""

from collections.abc import Sequence
from itertools import groupby
from typing import Any
from uuid import UUID

import msgspec
from msgspec.structs import replace

from largesse.kernel.ids import timed_id
from largesse.ledger.commands import Command, Expire, PlaceHold, Redeem, Reinstate, Reload, fingerprint, fingerprint_of
from largesse.ledger.entries import UndoEntry
from largesse.ledger.model import Decision, Entry

BUNDLE_MAX = 1_000


class Bundle(msgspec.Struct, frozen=True):
    """Commands of one merchant under one operation id, in order. Made by `bundle_of`."""

    merchant_id: UUID
    operation_id: UUID
    commands: tuple[Command, ...]

    def told_apart(self) -> tuple[Command, ...]:
        """Return the commands, each with a fingerprint of its own: of what it asks for, and of its place."""
        return tuple(
            replace(command, fingerprint=fingerprint(place.to_bytes(2, "big") + fingerprint_of(command)))
            for place, command in enumerate(self.commands)
        )


def bundle_of(commands: Sequence[Command]) -> Bundle:
    """Return commands as a bundle.

    Raises:
        ValueError: there are none or too many, they differ in merchant or operation, or some cannot be bundled:
            an entry that undoes another; more than one hold, since a hold goes by the id of its operation; and reloads
            at several places, since one operation is undone at one.
    """
    if not 1 <= len(commands) <= BUNDLE_MAX:
        raise ValueError(f"a bundle has 1 to {BUNDLE_MAX} commands, not {len(commands)}")
    if len({(command.merchant_id, command.operation_id) for command in commands}) > 1:
        raise ValueError("the commands of a bundle share merchant and operation")
    if any(isinstance(command, UndoEntry) for command in commands):
        raise ValueError("a bundle undoes no entry")
    if sum(isinstance(command, PlaceHold) for command in commands) > 1:
        raise ValueError("a bundle places one hold at most")
    if len({_spot(command) for command in commands if isinstance(command, Reload)}) > 1:
        raise ValueError("a bundle reloads at one place")
    first = commands[0]
    return Bundle(merchant_id=first.merchant_id, operation_id=first.operation_id, commands=tuple(commands))


def _spot(command: Command) -> tuple[UUID | None, UUID | None]:
    """Return where a command happens: its location and its device, None where it names none."""
    return (None if command.where is None else command.where.location_id), command.device_id


def late(redeem: Redeem, *, expiry_id: UUID) -> tuple[Command, ...]:
    """Return what posts a redemption that a device took without a line, before an expiry that is booked meanwhile.

    The expiry is undone, the redemption judged at its claim, and the rest expires again, as one operation; for all that
    can be seen after it, the redemption came in time.
    """
    common: dict[str, Any] = {
        name: getattr(redeem, name)
        for name in ("merchant_id", "certificate_id", "operation_id", "where", "device_id", "actor", "claimed_at")
    }
    return Reinstate(**common, expiry_id=expiry_id), redeem, Expire(**common)


def commands_of(one: Command | Bundle) -> tuple[Command, ...]:
    """Return the commands that are decided for what was submitted."""
    return one.commands if isinstance(one, Bundle) else (one,)


def numbered_through(decision: Decision, *, place: int, rows_before: int) -> Decision:
    """Return a decision as the one at `place` in its bundle, whose rows come after those of the ones before it."""
    return replace(
        decision,
        entries=tuple(replace(entry, line=rows_before + entry.line) for entry in decision.entries),
        events=tuple(
            replace(event, event_id=timed_id(event.occurred_at, event.event_id, str(place)))
            for event in decision.events
        ),
    )


def rows_by_command(known: Sequence[Entry]) -> list[list[Entry]]:
    """Return the journal rows of an operation, in order, command by command."""
    return [list(rows) for _, rows in groupby(known, key=lambda entry: entry.fingerprint)]
