"""Turn movements between accounts into journal rows and the state they lead to.

The state follows from the accounts alone: a credit of `certificates_outstanding` fills a pot, a debit of it empties
one. So the state can always be computed again from the journal, and `proofs` does.
"""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from msgspec.structs import replace

from largesse.ledger.accounts import POTS, Account, Leg
from largesse.ledger.commands import Command
from largesse.ledger.model import Certificate, Entry, Kind, SubjectKind

_OUTSTANDING = Account.CERTIFICATES_OUTSTANDING


class Movement(NamedTuple):
    """Debit one account and credit another by `amount` for `leg`, and change what a pot holds by `held_change`.

    A movement of nothing that changes no hold leaves no row.
    """

    leg: Leg | None = None
    debit: Account | None = None
    credit: Account | None = None
    amount: int = 0
    held_change: int = 0


def fill(pot: Leg, amount: int, *, source: Account) -> Movement:
    """Return the movement that puts `amount` into a pot, paid by `source`."""
    return Movement(pot, debit=source, credit=_OUTSTANDING, amount=amount)


def empty(pot: Leg, amount: int, *, to: Account, held_change: int = 0) -> Movement:
    """Return the movement that takes `amount` out of a pot for `to`."""
    return Movement(pot, debit=_OUTSTANDING, credit=to, amount=amount, held_change=held_change)


def set_aside(pot: Leg, change: int) -> Movement:
    """Return the movement that changes only what a pot holds."""
    return Movement(pot, held_change=change)


def effect(debit: Account | None, credit: Account | None, amount: int | None) -> int:
    """Return what a row does to the balance of its pot."""
    if credit is _OUTSTANDING:
        return amount or 0
    if debit is _OUTSTANDING:
        return -(amount or 0)
    return 0


def write(
    certificate: Certificate,
    command: Command,
    kind: Kind,
    movements: list[Movement],
    *,
    now: datetime,
    refers_to: UUID | None = None,
    first_line: int = 0,
) -> tuple[Certificate, list[Entry]]:
    """Return the state after `movements`, and a journal row for each; at least one row.

    `certificate` has its new status and last good day already: every row of an operation tells them.
    """
    rows = [movement for movement in movements if movement.amount or movement.held_change] or [Movement()]
    balances = [certificate.balance, certificate.gratuity_balance]
    holds = [certificate.held, certificate.gratuity_held]
    entries = []
    for line, (leg, debit, credit, amount, held_change) in enumerate(rows):
        if leg in POTS:
            side = 0 if leg is Leg.VALUE else 1
            balances[side] += effect(debit, credit, amount)
            holds[side] += held_change
        entries.append(
            Entry(
                merchant_id=certificate.merchant_id,
                subject_id=certificate.certificate_id,
                subject_kind=SubjectKind.CERTIFICATE,
                seq=certificate.seq + line + 1,
                operation_id=command.operation_id,
                line=first_line + line,
                kind=kind,
                leg=leg,
                currency=certificate.currency,
                debit=debit if amount else None,
                credit=credit if amount else None,
                amount=amount or None,
                held_change=held_change,
                balance_after=balances[0],
                held_after=holds[0],
                gratuity_after=balances[1],
                gratuity_held_after=holds[1],
                status_after=certificate.status,
                good_through_after=certificate.good_through,
                expires_at_after=certificate.expires_at,
                refers_to=refers_to,
                actor=command.actor,
                memo=command.memo,
                recorded_at=now,
            )
        )
    after = replace(
        certificate,
        balance=balances[0],
        held=holds[0],
        gratuity_balance=balances[1],
        gratuity_held=holds[1],
        seq=certificate.seq + len(rows),
    )
    return after, entries
