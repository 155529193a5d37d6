"""Undo a redemption, where its value may have moved on since. Pure, as `book` is.

Its rows are swapped on the certificate that it was of, as they were booked. What of it belongs elsewhere by now (its
lot was merged into another certificate, or the certificate was replaced) goes on there in the same operation, by the
rows of a transfer: an undo fills the certificate that carries the lot.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from uuid import UUID

from msgspec.structs import replace

from largesse.ledger import errors
from largesse.ledger.accounts import Account, ClassOfValue
from largesse.ledger.checks import too_much
from largesse.ledger.commands import Reverse
from largesse.ledger.events import changed
from largesse.ledger.lots import LOTS_MAX, Lot, blank, whole
from largesse.ledger.model import Certificate, Decision, Entry, Kind, Redemption, Refusal, Status
from largesse.ledger.movements import at_face, converted, swapped
from largesse.ledger.spending import spent
from largesse.ledger.transfers import mismatch
from largesse.ledger.undo_errors import UndoEnded, ValueMoved
from largesse.ledger.writing import write

_ENDED = frozenset({Status.VOID, Status.HANDED_OVER})


def decide_reversal(
    certificate: Certificate | None,
    redemption: Redemption | None,
    command: Reverse,
    now: datetime,
    carriers: Mapping[UUID, Certificate | None],
) -> Decision | Refusal:
    """Return what undoing a redemption does to its certificate, and to those that carry its lots now, or why not.

    `carriers` are the certificates that the command names.
    """
    if certificate is None:
        return errors.CertificateNotFound()
    if redemption is None:
        inactive = certificate.status is Status.INACTIVE
        return errors.CertificateInactive() if inactive else errors.RedemptionNotFound()
    refusal = _refusal(certificate, redemption, command, carriers)
    if refusal is not None:
        return refusal
    decision = _on_its_own(certificate, redemption, command, now)
    onward = dict(command.onward)
    for certificate_id in dict.fromkeys(onward.values()):
        carrier = carriers[certificate_id]
        assert carrier is not None
        lot_ids = {lot_id for lot_id, one in onward.items() if one == certificate_id}
        moved = _moved_on(decision, carrier, lot_ids, command, now)
        if isinstance(moved, Refusal):
            return moved
        decision = moved
    return decision


def _refusal(
    certificate: Certificate,
    redemption: Redemption,
    command: Reverse,
    carriers: Mapping[UUID, Certificate | None],
) -> Refusal | None:
    if redemption.reversed:
        return errors.AlreadyReversed()
    onward, taken = dict(command.onward), {share.lot_id for share in redemption.shares}
    if not onward.keys() <= taken:
        return errors.LotNotFound()
    if any(one is None for one in carriers.values()):
        return errors.CertificateNotFound()
    for one in carriers.values():
        if one is None or one.certificate_id == certificate.certificate_id or mismatch(certificate, one) is not None:
            return errors.CertificatesDiffer()
    stays = taken - onward.keys()
    targets = [certificate] if stays else []
    targets += [one for one in carriers.values() if one is not None]
    if any(one.status in _ENDED for one in targets):
        return UndoEnded()
    if any(one.status is Status.EXPIRED for one in targets):
        return errors.CertificateExpired()
    gone = {lot.lot_id for lot in certificate.lots if lot.is_empty} & redemption.moved
    if gone & stays:
        return ValueMoved()
    return errors.AmountRefused() if too_much(certificate, redemption.value, redemption.gratuity) else None


def _on_its_own(certificate: Certificate, redemption: Redemption, command: Reverse, now: datetime) -> Decision:
    """Return what puts a redemption back on the lots that it came from."""
    given, operation = certificate.class_of_value is ClassOfValue.PROMOTIONAL, redemption.operation_id
    several, after, entries = len({use.location_id for use in redemption.uses}) > 1, certificate, list[Entry]()
    for use in redemption.uses:
        movements = swapped(spent(use))
        if given and not use.memorandum:
            movements += [row for share in use.shares for row in converted(share)]
        line = len(entries)
        after, rows = write(after, command, Kind.REVERSE, movements, now=now, refers_to=operation, first_line=line)
        # Of a bundle of several places each is undone where it was; of one place the command says where.
        place = {"location_id": use.location_id, "books_sale": use.books_sale} if several else {}
        entries += [replace(row, **place) for row in rows]
    value, gratuity = redemption.value, redemption.gratuity
    told = changed(
        Kind.REVERSE,
        after,
        command,
        before=certificate.seq,
        value=value,
        gratuity=gratuity,
        refers_to=operation,
        now=now,
    )
    return Decision(
        certificates=(after,),
        entries=tuple(entries),
        events=(told,),
        redemption=replace(redemption, reversed=True),
    )


def _moved_on(
    decision: Decision, carrier: Certificate, lot_ids: set[UUID], command: Reverse, now: datetime
) -> Decision | Refusal:
    """Return a decision that also moves lots, which are back on their certificate, to the one that carries them."""
    source, *others = decision.certificates
    lots = [lot for lot in source.lots if lot.lot_id in lot_ids]
    value, gratuity = sum(lot.face for lot in lots), sum(lot.gratuity for lot in lots)
    known = {lot.lot_id for lot in carrier.lots}
    new: list[Lot] = [blank(lot) for lot in lots if lot.lot_id not in known]
    if len(carrier.lots) + len(new) > LOTS_MAX:
        return errors.LotsExceeded()
    if too_much(carrier, value, gratuity):
        return errors.AmountRefused()
    of = source.class_of_value
    leaving = [row for lot in lots for row in at_face(whole(lot), to=Account.TRANSFERS, of=of)]
    target = replace(carrier, lots=(*carrier.lots, *new))
    line = len(decision.entries)
    ids = source.certificate_id, carrier.certificate_id
    left, out = write(source, command, Kind.TRANSFER, leaving, now=now, refers_to=ids[1], first_line=line)
    filled, into = write(
        target, command, Kind.TRANSFER, swapped(leaving), now=now, refers_to=ids[0], first_line=line + len(out)
    )
    told = partial(changed, Kind.TRANSFER, command=command, value=value, gratuity=gratuity, now=now)
    events = (
        told(left, before=source.seq, refers_to=ids[1], direction="out"),
        told(filled, before=carrier.seq, refers_to=ids[0], direction="in"),
    )
    return replace(
        decision,
        certificates=(left, *others, filled),
        entries=(*decision.entries, *out, *into),
        events=(*decision.events, *events),
    )
