"""A lost dispute: the money is gone for good, and what it bought goes with it.

What is left of it is taken back at price wherever it is. A certificate that holds nothing of others ends, with its open
holds; of another, what others paid for stays, and holds end only where too little else is free.
"""

from datetime import datetime
from uuid import UUID

from largesse.db import Connection
from largesse.domain import orders
from largesse.domain.gifts import Purpose
from largesse.domain.orders import OrderStatus
from largesse.domain.payments import Dispute, Payment
from largesse.kernel.errors import LargesseError
from largesse.ledger import (
    Account,
    Adjust,
    Certificate,
    ClassOfValue,
    Command,
    Refund,
    ReleaseHold,
    Status,
    Void,
    void_accounts,
)
from largesse.services import refunds
from largesse.services.certificates import Said
from largesse.services.disputes import booking
from largesse.services.disputes.blocking import unblock_all
from largesse.services.disputes.bought import AllBought, said_for
from largesse.services.disputes.dependencies import DisputeDependencies

_LOST = "The payment was lost to a dispute."


async def take(
    deps: DisputeDependencies,
    connection: Connection,
    payment: Payment,
    dispute: Dispute,
    all_bought: AllBought,
    *,
    now: datetime,
) -> None:
    """Take back what is left of what was bought, against exactly what the bank took."""
    whole = booking.taken_by(dispute, payment)
    commands: list[Command] = []
    settled, repaid = await refunds.settle_by_dispute(
        connection, payment, taken=whole, reference=dispute.reference, now=now
    )
    if all_bought.is_in_the_books:
        commands += await booking.opened(deps, connection, payment, dispute, amount=whole)
    commands += settled
    for certificate in all_bought.certificates:
        commands += await _taken_off(deps, connection, dispute, all_bought, certificate)
    if all_bought.is_in_the_books:
        # A bank may take more than was left, for it does not ask what went back before, or was spent meanwhile.
        commands += booking.lost(payment, dispute, beyond=whole - repaid - all_bought.paid)
    for outcome in await deps.ledger.post(connection, commands, now=now):
        if isinstance(outcome, LargesseError):
            raise outcome
    shared = [one for one in all_bought.standing.values() if all_bought.is_shared(one)]
    await unblock_all(deps, connection, payment, dispute, shared, memo="The dispute is over.", now=now)
    for order in (one.order for one in all_bought.bought):
        if order.status is OrderStatus.ISSUED:
            await orders.take_back(connection, orders.taken_back(order, refunded=False))
            await refunds.tell_of_gift(connection, order, Purpose.RECLAIMED, now=now)


async def _taken_off(
    deps: DisputeDependencies,
    connection: Connection,
    dispute: Dispute,
    all_bought: AllBought,
    certificate: Certificate,
) -> list[Command]:
    """Return what takes what was bought off a certificate: all of it ends where nothing on it is of others."""
    shared = all_bought.is_shared(certificate)
    lots = all_bought.lots_on(certificate)
    value, gratuity = sum(lot.face for lot in lots), sum(lot.gratuity for lot in lots)
    commands: list[Command] = []
    if not shared or certificate.available < value or certificate.gratuity_available < gratuity:
        commands += await _releases(deps, connection, dispute, certificate)
    if not shared:
        return commands + _void(dispute, certificate)
    said = _said(dispute, "take", certificate)
    if certificate.class_of_value is ClassOfValue.PROMOTIONAL:
        return [*commands, Adjust(**said, value=-value, gratuity=-gratuity)]
    named, to = tuple(lot.lot_id for lot in lots), Account.DISPUTED
    return [*commands, Refund(**said, value=value, gratuity=gratuity, lot_ids=named, to=to)]


async def _releases(
    deps: DisputeDependencies, connection: Connection, dispute: Dispute, certificate: Certificate
) -> list[ReleaseHold]:
    """Return what lets go of every hold that is open on a certificate: nothing is added while it is locked."""
    return [
        ReleaseHold(**_said(dispute, "release", certificate, subject=hold.hold_id), hold_id=hold.hold_id)
        for hold in await deps.ledger.open_holds(connection, dispute.merchant_id, certificate.certificate_id)
    ]


def _void(dispute: Dispute, certificate: Certificate) -> list[Void]:
    if certificate.status in {Status.VOID, Status.HANDED_OVER}:
        return []
    paid = Account.DISPUTED in void_accounts(certificate.funding)
    return [Void(**_said(dispute, "void", certificate), to=Account.DISPUTED if paid else None)]


def _said(dispute: Dispute, what: str, certificate: Certificate, *, subject: UUID | None = None) -> Said:
    return said_for(dispute.reference, what, certificate.certificate_id, of=dispute, memo=_LOST, subject=subject)
