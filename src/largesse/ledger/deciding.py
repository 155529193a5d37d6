"""What every rule of the book makes a decision with. Pure."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from largesse.ledger import errors
from largesse.ledger.commands import Command, PlaceHold
from largesse.ledger.events import changed
from largesse.ledger.model import Certificate, Decision, Expiry, Hold, Kind, Redemption, Refusal, Status
from largesse.ledger.movements import Movement
from largesse.ledger.writing import write

Earlier = Hold | Redemption | Expiry | None
"""What a command is about that happened before: the hold it ends, or what it undoes."""


def decision_of(
    certificate: Certificate,
    command: Command,
    kind: Kind,
    movements: Sequence[Movement],
    now: datetime,
    *,
    amounts: tuple[int, int] = (0, 0),
    earlier: Earlier = None,
    refers_to: UUID | None = None,
) -> Decision:
    """Return the decision that writes `movements` of a certificate, and tells of them by an event."""
    if earlier is not None:
        refers_to = earlier.hold_id if isinstance(earlier, Hold) else earlier.operation_id
    ends_at = command.expires_at if isinstance(command, PlaceHold) else None
    after, entries = write(certificate, command, kind, movements, now=now, refers_to=refers_to, hold_ends_at=ends_at)
    value, gratuity = amounts
    event = changed(
        kind, after, command, before=certificate.seq, value=value, gratuity=gratuity, refers_to=refers_to, now=now
    )
    return Decision(certificates=(after,), entries=tuple(entries), events=(event,))


def ended(
    certificate: Certificate,
    command: Command,
    kind: Kind,
    now: datetime,
    *,
    status: Status,
    movements: Sequence[Movement],
) -> Decision | Refusal:
    """Return the decision that ends a certificate and empties it; refused while anything of it is held."""
    if certificate.held or certificate.gratuity_held:
        return errors.CertificateHeld()
    moved = (certificate.balance, certificate.gratuity_balance)
    return decision_of(replace(certificate, status=status), command, kind, movements, now, amounts=moved)
