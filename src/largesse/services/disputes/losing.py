"""A lost dispute: the money is gone from the clearing account, and what it bought goes with it.

What is left of it is taken back at price wherever it is. A certificate that holds nothing of others ends, with its open
holds; of another, what others paid for stays, and holds end only where too little else is free.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from largesse.db import Connection
from largesse.domain import orders, payments
from largesse.domain.gifts import Purpose
from largesse.domain.orders import OrderStatus
from largesse.domain.payments import Dispute, Payment, RefundReason
from largesse.kernel.errors import LargesseError
from largesse.ledger import (
    Account,
    Adjust,
    Certificate,
    ClassOfValue,
    Command,
    Refund,
    ReleaseHold,
    Settle,
    Status,
    Void,
    void_accounts,
)
from largesse.services import refunds
from largesse.services.certificates import Said
from largesse.services.disputes.blocking import unblock_all
from largesse.services.disputes.bought import AllBought, Bought, said_for
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
    """Take back what is left of what was bought, and from the clearing account exactly what the bank took."""
    bought = all_bought.bought
    left = await _left_of(deps, connection, payment, bought)
    whole = dispute.amount if dispute.currency == payment.currency else payment.amount
    commands: list[Command] = []
    settled, repaid = await refunds.settle_by_dispute(
        connection, payment, taken=whole, reference=dispute.reference, now=now
    )
    commands += settled
    for certificate in all_bought.certificates:
        commands += await _taken_off(deps, connection, dispute, all_bought, certificate)
    # A bank may take more than was left, for it does not ask what went back before: that is lost like what was spent.
    weights = left if sum(left) else [one.order.total for one in bought]
    for one, share in zip(bought, shares(whole - repaid, weights), strict=True):
        commands += _write_off(dispute, one, share=share)
    for outcome in await deps.ledger.post(connection, commands, now=now):
        if isinstance(outcome, LargesseError):
            raise outcome
    shared = [one for one in all_bought.standing.values() if all_bought.is_shared(one)]
    await unblock_all(deps, connection, payment, dispute, shared, memo="The dispute is over.", now=now)
    for order in (one.order for one in bought):
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
    named, to = tuple(lot.lot_id for lot in lots), Account.GATEWAY_CLEARING
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
    paid = Account.GATEWAY_CLEARING in void_accounts(certificate.funding)
    return [Void(**_said(dispute, "void", certificate), to=Account.GATEWAY_CLEARING if paid else None)]


def _write_off(dispute: Dispute, one: Bought, *, share: int) -> list[Settle]:
    """Return what books the difference between what the bank took for an order, and what is still left of it.

    One that had ended before has nothing left: all that was taken is a loss.
    """
    loss = share - one.paid
    if not loss or not one.paid_for:
        return []
    accounts = (Account.WRITE_OFFS, Account.GATEWAY_CLEARING)
    debit, credit = accounts if loss > 0 else accounts[::-1]
    return [Settle(**_said(dispute, "write-off", one.certificate), debit=debit, credit=credit, amount=abs(loss))]


def _said(dispute: Dispute, what: str, certificate: Certificate, *, subject: UUID | None = None) -> Said:
    return said_for(dispute.reference, what, certificate.certificate_id, of=dispute, memo=_LOST, subject=subject)


async def _left_of(
    deps: DisputeDependencies, connection: Connection, payment: Payment, bought: Sequence[Bought]
) -> list[int]:
    """Return what each order still has in the clearing account: what it cost, less what went back or is owed of it."""
    gone = await payments.refunds_of_payments(connection, payment.merchant_id, [payment.payment_id])
    back: dict[UUID | None, int] = {}
    for refund in gone:
        if refund.reason is RefundReason.REQUESTED:
            back[refund.certificate_id] = back.get(refund.certificate_id, 0) + refund.amount
    # What was refunded at the gateway went back for the certificates that it was booked on.
    ids = [id_ for one in bought for id_ in one.certificate_ids]
    for row in await deps.ledger.settlements(connection, payment.merchant_id, ids):
        back[row.certificate_id] = back.get(row.certificate_id, 0) + row.net
    return [max(one.order.total - sum(back.get(id_, 0) for id_ in one.certificate_ids), 0) for one in bought]


def shares(taken: int, left: Sequence[int]) -> list[int]:
    """Split `taken` over amounts in proportion, to the last unit: no share is above its amount unless all must be."""
    whole, given, result = sum(left), 0, list[int]()
    reached = 0
    for amount in left:
        reached += amount
        upto = taken * reached // whole if whole else 0
        result.append(upto - given)
        given = upto
    return result
