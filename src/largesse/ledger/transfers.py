"""Moving value between two certificates: merging, and reissuing under a new number.

Two linked entries: the source pays into the clearing account `transfers`, the target is filled from it, under one
operation id. The clearing account is back at zero with every transfer, which `proofs` checks.
"""

from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from largesse.kernel.money import MINOR_MAX
from largesse.ledger import errors
from largesse.ledger.accounts import Account, ClassOfValue, is_on_account
from largesse.ledger.checks import alike, entities_differ, unspendable
from largesse.ledger.commands import Transfer
from largesse.ledger.entity_errors import EntitiesDiffer
from largesse.ledger.events import Direction, changed
from largesse.ledger.lots import LOTS_MAX, blank, take
from largesse.ledger.model import Certificate, Decision, Kind, Refusal, Status
from largesse.ledger.movements import at_face, swapped
from largesse.ledger.pace import paced
from largesse.ledger.writing import write


def decide_transfer(
    source: Certificate | None,
    target: Certificate | None,
    command: Transfer,
    now: datetime,
    *,
    redemptions_per_hour: int | None = None,
) -> Decision | Refusal:
    """Return what a transfer does to its two certificates at `now`, or why it is refused.

    A merge counts as a redemption of its source, for the merchant's limit; a reissue takes the times along.
    """
    if source is None:
        return errors.CertificateNotFound()
    if source.certificate_id == command.to_certificate_id:
        return errors.CertificatesDiffer()
    if command.reissue:
        return _reissue(source, target, command, now)
    if target is None:
        return errors.CertificateNotFound()
    decision = _merge(source, target, command, now)
    return decision if isinstance(decision, Refusal) else paced(decision, now, per_hour=redemptions_per_hour)


def _merge(source: Certificate, target: Certificate, command: Transfer, now: datetime) -> Decision | Refusal:
    refusal = unspendable(source, now) or unspendable(target, now) or mismatch(source, target)
    if refusal is None and (command.value < 0 or command.gratuity < 0 or command.value + command.gratuity == 0):
        refusal = errors.AmountRefused()
    if refusal is None and (command.value > source.available or command.gratuity > source.gratuity_available):
        refusal = errors.BalanceInsufficient()
    if refusal is None and max(target.balance + command.value, target.gratuity_balance + command.gratuity) > MINOR_MAX:
        refusal = errors.AmountRefused()
    if refusal is not None:
        return refusal
    return _move(source, target, command, now, value=command.value, gratuity=command.gratuity)


def _reissue(source: Certificate, target: Certificate | None, command: Transfer, now: datetime) -> Decision | Refusal:
    """Replace a certificate by a new one. A blocked one may be replaced: that is what becomes of a lost one."""
    if target is not None:
        return errors.CertificateExists()
    if source.status is Status.INACTIVE:
        return errors.CertificateInactive()
    if source.status is Status.VOID:
        return errors.CertificateVoid()
    if source.status is Status.HANDED_OVER:
        return errors.CertificateHandedOver()
    if source.status is Status.EXPIRED or source.expired(now):
        return errors.CertificateExpired()
    if source.held or source.gratuity_held:
        return errors.CertificateHeld()
    if not source.balance and not source.gratuity_balance:
        return errors.CertificateEmpty()
    successor = replace(
        source,
        certificate_id=command.to_certificate_id,
        status=Status.ACTIVE,
        balance=0,
        gratuity_balance=0,
        lots=(),
        seq=0,
        issued_at=now,
    )
    ended = replace(source, status=Status.VOID)
    return _move(ended, successor, command, now, value=source.balance, gratuity=source.gratuity_balance)


def mismatch(source: Certificate, target: Certificate) -> Refusal | None:
    """Return why value must not move from one certificate to the other; None where it may."""
    if _nature(source) != _nature(target) or not alike(source.treatment, target.treatment):
        return errors.CertificatesDiffer()
    return EntitiesDiffer() if entities_differ(target, source.lots) else None


def _nature(certificate: Certificate) -> tuple[str, ClassOfValue, bool]:
    """Return what two certificates share that may be merged; the last is whether a partner owes for it."""
    return certificate.currency, certificate.class_of_value, is_on_account(certificate.funding)


def _move(
    source: Certificate,
    target: Certificate,
    command: Transfer,
    now: datetime,
    *,
    value: int,
    gratuity: int,
) -> Decision | Refusal:
    """Carry lots over as they are; one that came from the target before joins what is left of it there."""
    shares, of = take(source.lots, value, gratuity), source.class_of_value
    moving = {share.lot_id for share in shares}
    known = {lot.lot_id for lot in target.lots}
    new = [blank(lot) for lot in source.lots if lot.lot_id in moving - known]
    if len(target.lots) + len(new) > LOTS_MAX:
        return errors.LotsExceeded()
    leaving = [row for share in shares for row in at_face(share, to=Account.TRANSFERS, of=of)]
    source_after, out = write(source, command, Kind.TRANSFER, leaving, now=now, refers_to=target.certificate_id)
    target_after, into = write(
        replace(target, lots=(*target.lots, *new)),
        command,
        Kind.TRANSFER,
        swapped(leaving),
        now=now,
        refers_to=source.certificate_id,
        first_line=len(out),
    )
    ends: tuple[tuple[Certificate, int, UUID, Direction], ...] = (
        (source_after, source.seq, target.certificate_id, "out"),
        (target_after, target.seq, source.certificate_id, "in"),
    )
    events = [
        changed(
            Kind.TRANSFER,
            after,
            command,
            before=before,
            value=value,
            gratuity=gratuity,
            refers_to=other_id,
            direction=direction,
            now=now,
        )
        for after, before, other_id, direction in ends
    ]
    return Decision(certificates=(source_after, target_after), entries=(*out, *into), events=tuple(events))
