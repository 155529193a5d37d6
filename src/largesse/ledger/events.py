"""What the ledger tells the world: one event per command that changed a certificate, never with its number."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

import msgspec

from largesse.kernel.currency import currency
from largesse.kernel.events import Event
from largesse.kernel.ids import derived_id, timed_id
from largesse.kernel.money import plain
from largesse.ledger.accounts import ClassOfValue
from largesse.ledger.commands import Command
from largesse.ledger.model import Certificate, Entry, Kind

EVENT_KINDS: dict[Kind, str] = {
    Kind.ACTIVATE: "certificate.activated",
    Kind.RELOAD: "certificate.reloaded",
    Kind.REDEEM: "certificate.redeemed",
    Kind.HOLD: "certificate.held",
    Kind.CAPTURE: "certificate.redeemed",
    Kind.RELEASE: "certificate.released",
    Kind.REFUND: "certificate.refunded",
    Kind.REVERSE: "certificate.reversed",
    Kind.ADJUST: "certificate.adjusted",
    Kind.BLOCK: "certificate.blocked",
    Kind.UNBLOCK: "certificate.unblocked",
    Kind.VOID: "certificate.voided",
    Kind.EXPIRE: "certificate.expired",
    Kind.EXTEND: "certificate.extended",
    Kind.REINSTATE: "certificate.reinstated",
    Kind.UNDO_RELOAD: "certificate.reload_undone",
    Kind.CASH_OUT: "certificate.cashed_out",
    Kind.HAND_OVER: "certificate.handed_over",
    Kind.TRANSFER: "certificate.transferred",
}
"""The name under which each kind of journal row is told. An issue is told by its order, as `order.issued`,
and what is only prepared is not told."""

USES = frozenset({Kind.REDEEM, Kind.CAPTURE, Kind.REVERSE})
"""The kinds that use value, or undo that."""

EXPIRING = "certificate.expiring"

Direction = Literal["in", "out"]


class CertificateChanged(msgspec.Struct, frozen=True, kw_only=True):
    """The payload, version 1, of every `certificate.*` event of the ledger.

    Amounts are decimal texts in the certificate's currency: `value` and `gratuity` are what the operation moved or
    set aside, `given_away` what of a redemption nobody had paid for, which is a discount; `balance`, `held`,
    `gratuity_balance` and `gratuity_held` what stands after it. A transfer is told of both its certificates:
    `direction` is `out` for the one that value left, `in` for the one that it came to, and `refers_to` the other
    one's id. What was said beside the operation is not told: a memo can be erased, an event that has left cannot.
    `sequence` is the certificate's after this, and `previous_sequence` the one it had before: whoever keeps a mirror
    and knows another one has missed something. The first event of a certificate names what its issue left.
    """

    certificate_id: UUID
    order_number: str | None
    operation_id: UUID
    kind: Kind
    actor: str
    currency: str
    value: str
    gratuity: str
    given_away: str
    balance: str
    held: str
    gratuity_balance: str
    gratuity_held: str
    status: str
    good_through: date | None
    refers_to: UUID | None
    direction: Direction | None = None
    sequence: int
    previous_sequence: int
    recorded_at: datetime


class CertificateExpiring(msgspec.Struct, frozen=True, kw_only=True):
    """The payload, version 1, of `certificate.expiring`: what would lapse after the day `good_through`.

    Amounts are decimal texts in the certificate's currency; what is held counts as remaining.
    """

    certificate_id: UUID
    order_number: str | None
    currency: str
    class_of_value: ClassOfValue
    balance: str
    gratuity_balance: str
    good_through: date
    expires_at: datetime


_ENCODER = msgspec.json.Encoder()


def changed(
    kind: Kind,
    certificate: Certificate,
    command: Command,
    *,
    before: int,
    value: int,
    gratuity: int,
    refers_to: UUID | None,
    direction: Direction | None = None,
    now: datetime,
) -> Event:
    """Return the event that tells what `command` did to `certificate` (its state after; `before` was its sequence)."""
    money = currency(certificate.currency)
    given = certificate.class_of_value is ClassOfValue.PROMOTIONAL
    payload = CertificateChanged(
        certificate_id=certificate.certificate_id,
        order_number=certificate.order_number,
        operation_id=command.operation_id,
        kind=kind,
        actor=command.actor,
        currency=certificate.currency,
        value=plain(value, money),
        gratuity=plain(gratuity, money),
        given_away=plain(value if given and kind in USES else 0, money),
        balance=plain(certificate.balance, money),
        held=plain(certificate.held, money),
        gratuity_balance=plain(certificate.gratuity_balance, money),
        gratuity_held=plain(certificate.gratuity_held, money),
        status=certificate.status,
        good_through=certificate.good_through,
        refers_to=refers_to,
        direction=direction,
        sequence=certificate.seq,
        previous_sequence=before,
        recorded_at=now,
    )
    return Event(
        merchant_id=certificate.merchant_id,
        event_id=timed_id(now, command.operation_id, certificate.certificate_id, kind, *_apart(direction, refers_to)),
        kind=EVENT_KINDS[kind],
        occurred_at=now,
        payload=_ENCODER.encode(payload),
    )


def event_id_of(entry: Entry) -> UUID | None:
    """Return the id of the event that tells of a journal row; None of a kind that is not told."""
    if entry.kind not in EVENT_KINDS:
        return None
    direction: Direction | None = "in" if entry.kind is Kind.TRANSFER else None
    apart = _apart(direction, entry.refers_to)
    return timed_id(entry.recorded_at, entry.operation_id, entry.subject_id, entry.kind, *apart)


def _apart(direction: Direction | None, refers_to: UUID | None) -> tuple[UUID, ...]:
    """Return what tells events of one kind, certificate and operation apart: several may be moved to by one."""
    return () if direction is None or refers_to is None else (refers_to,)


def expiring(certificate: Certificate, *, now: datetime) -> Event:
    """Return the event that tells that a certificate will expire soon; it is told once under `expiring_once`."""
    assert certificate.good_through is not None
    assert certificate.expires_at is not None
    money = currency(certificate.currency)
    payload = CertificateExpiring(
        certificate_id=certificate.certificate_id,
        order_number=certificate.order_number,
        currency=certificate.currency,
        class_of_value=certificate.class_of_value,
        balance=plain(certificate.balance, money),
        gratuity_balance=plain(certificate.gratuity_balance, money),
        good_through=certificate.good_through,
        expires_at=certificate.expires_at,
    )
    return Event(
        merchant_id=certificate.merchant_id,
        event_id=timed_id(now, EXPIRING, certificate.certificate_id, certificate.expires_at.isoformat()),
        kind=EXPIRING,
        occurred_at=now,
        payload=_ENCODER.encode(payload),
    )


def expiring_once(certificate: Certificate) -> UUID:
    """Return the id of what `expiring` tells: the same one for the same last good day."""
    assert certificate.expires_at is not None
    return derived_id(EXPIRING, certificate.certificate_id, certificate.expires_at.isoformat())
