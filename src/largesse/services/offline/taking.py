"""Post what a device took without a line: what is left is taken, and what is missing is told.

It happened already, so nothing about it is asked of whoever took it: each certificate pays as much as it still can,
all of them in one operation, which is the one that the device would have posted with a line.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from largesse.db import Connection
from largesse.domain.offline import QueuePart
from largesse.kernel.errors import LargesseError
from largesse.ledger import (
    BalanceInsufficient,
    Certificate,
    CertificateExpired,
    Command,
    Entry,
    Kind,
    OperationConflict,
    Redeem,
    Status,
    late,
    outcome_of,
    rows_of_operations,
)
from largesse.services.certificates import Place, Request, Spot, said_of
from largesse.services.offline.dependencies import OfflineDependencies

UNKNOWN = "certificate.not_found"


class Claim(NamedTuple):
    """What somebody took without a line: as whom and where, when, and by a book as of when."""

    merchant_id: UUID
    request: Request
    spot: Spot
    claimed_at: datetime
    refreshed_at: datetime
    currency: str


class PartTaken(NamedTuple):
    """What one certificate has paid of what was asked of it, and why not all; of none, the number was not ours."""

    certificate_id: UUID | None
    value: int
    gratuity: int
    why: str = ""


class _Part:
    """One certificate as it is tried: as much as it is found to have."""

    def __init__(self, certificate_id: UUID | None, part: QueuePart) -> None:
        self.certificate_id = certificate_id
        self.value, self.gratuity = part.value, part.gratuity
        self.expiry: UUID | None = None
        self.why = ""
        if certificate_id is None:
            self.give_up(UNKNOWN)

    def give_up(self, why: str) -> None:
        self.value = self.gratuity = 0
        self.why = why

    def commands(self, claim: Claim) -> Sequence[Command]:
        assert self.certificate_id is not None
        place = Place(merchant_id=claim.merchant_id, certificate_id=self.certificate_id)
        redeem = Redeem(
            **said_of(place, claim.request, claim.spot),
            value=self.value,
            gratuity=self.gratuity,
            currency=claim.currency,
            claimed_at=claim.claimed_at,
            refreshed_at=claim.refreshed_at,
        )
        return (redeem,) if self.expiry is None else late(redeem, expiry_id=self.expiry)


async def take_what_is_left(
    deps: OfflineDependencies,
    connection: Connection,
    claim: Claim,
    parts: Sequence[tuple[UUID | None, QueuePart]],
    *,
    now: datetime,
) -> list[PartTaken]:
    """Post a redemption of several certificates within the caller's transaction, and return what each has paid.

    One that was posted with a line after all is told as it happened then.
    """
    trying = [_Part(certificate_id, part) for certificate_id, part in parts]
    for _ in range(3 * len(trying) + 1):
        asks = [(one, command) for one in trying if one.value or one.gratuity for command in one.commands(claim)]
        if not asks:
            return _paid(trying)
        outcome = await deps.ledger.post_all(connection, [command for _, command in asks], now=now)
        if not isinstance(outcome, LargesseError):
            return _paid(trying)
        if isinstance(outcome, OperationConflict):
            return await _as_it_happened(connection, claim, parts)
        await _lower(deps, connection, claim, asks[outcome.index or 0][0], outcome)
    raise AssertionError("each refusal asks for less")


async def _lower(
    deps: OfflineDependencies, connection: Connection, claim: Claim, part: _Part, refused: LargesseError
) -> None:
    """Ask for less of a certificate, or undo its expiry, or give up."""
    assert part.certificate_id is not None
    locked = await deps.ledger.lock(connection, claim.merchant_id, [part.certificate_id])
    certificate = locked.get(part.certificate_id)
    if isinstance(refused, BalanceInsufficient) and certificate is not None:
        value, gratuity = await _left(connection, claim.merchant_id, certificate, part.expiry)
        before = part.value, part.gratuity
        part.value, part.gratuity = min(part.value, value), min(part.gratuity, gratuity)
        part.why = refused.code
        if before == (part.value, part.gratuity):
            part.give_up(refused.code)
        return
    if isinstance(refused, CertificateExpired) and certificate is not None and part.expiry is None:
        part.expiry = await _expiry_of(deps, connection, certificate, claim)
        if part.expiry is not None:
            return
    part.give_up(refused.code)


async def _left(
    connection: Connection, merchant_id: UUID, certificate: Certificate, expiry: UUID | None
) -> tuple[int, int]:
    """Return what a certificate has available: once the expiry is undone that took it, what that took."""
    if expiry is None:
        return certificate.available, certificate.gratuity_available
    rows = (await rows_of_operations(connection, merchant_id, [expiry]))[expiry]
    taken = outcome_of(_of(rows, certificate.certificate_id))
    return taken.value, taken.gratuity


async def _expiry_of(
    deps: OfflineDependencies, connection: Connection, certificate: Certificate, claim: Claim
) -> UUID | None:
    """Return the expiry that was booked of a certificate which was still good when it was used."""
    if certificate.status is not Status.EXPIRED or certificate.expired(claim.claimed_at):
        return None
    history = await deps.ledger.statement(connection, claim.merchant_id, certificate.certificate_id)
    return next((row.operation_id for row in reversed(history) if row.kind is Kind.EXPIRE), None)


async def _as_it_happened(
    connection: Connection, claim: Claim, parts: Sequence[tuple[UUID | None, QueuePart]]
) -> list[PartTaken]:
    """Return what the operation took that was posted with a line; nothing, where it is about something else."""
    operation = claim.request.operation_id
    rows = (await rows_of_operations(connection, claim.merchant_id, [operation])).get(operation, [])
    found: Mapping[UUID, list[Entry]] = {
        one: _of(rows, one) for one in {row.subject_id for row in rows if row.kind is Kind.REDEEM}
    }
    paid = []
    for certificate_id, part in parts:
        its = found.get(certificate_id) if certificate_id else None
        if not its:
            paid.append(PartTaken(certificate_id, 0, 0, OperationConflict.code))
            continue
        took = outcome_of([row for row in its if row.kind is Kind.REDEEM])
        value, gratuity = min(part.value, took.value), min(part.gratuity, took.gratuity)
        same = (value, gratuity) == (part.value, part.gratuity)
        paid.append(PartTaken(certificate_id, value, gratuity, "" if same else OperationConflict.code))
    return paid


def _of(rows: Sequence[Entry], certificate_id: UUID) -> list[Entry]:
    return [row for row in rows if row.subject_id == certificate_id]


def _paid(trying: Sequence[_Part]) -> list[PartTaken]:
    return [PartTaken(one.certificate_id, one.value, one.gratuity, one.why) for one in trying]
