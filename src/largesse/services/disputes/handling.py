"""A buyer's bank wants its money back: nothing of it may be spent until that is decided.

The certificates of the checkout are blocked when the dispute opens, and unblocked when it is won: only those that were
blocked for it. When it is lost the money is gone from the clearing account, so open holds end and the certificates are
voided against it;
what was spent of them meanwhile, and what the bank took beyond or short of what was left, is written off to the cent.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
import structlog

from largesse.db import Connection
from largesse.domain import orders, payments
from largesse.domain.gifts import Purpose
from largesse.domain.orders import Order, OrderStatus
from largesse.domain.payments import (
    Dispute,
    DisputeStatus,
    Notice,
    NoticeKind,
    Payment,
    PaymentStatus,
    RefundReason,
)
from largesse.kernel.errors import LargesseError
from largesse.kernel.ids import derived_id
from largesse.ledger import Account, Block, Certificate, Command, ReleaseHold, Settle, Status, Unblock, Void, paid_from
from largesse.services import refunds
from largesse.services.disputes.dependencies import DisputeDependencies
from largesse.services.gifts import lock_lineages

_STATUS = {
    NoticeKind.DISPUTED: DisputeStatus.OPEN,
    NoticeKind.DISPUTE_WON: DisputeStatus.WON,
    NoticeKind.DISPUTE_LOST: DisputeStatus.LOST,
}

_LOST = "The payment was lost to a dispute."

_log = structlog.get_logger()


class Bought(msgspec.Struct, frozen=True, kw_only=True):
    """An order, and the certificates that stood for it one after another: a new number is in nobody's way."""

    order: Order
    certificate_ids: tuple[UUID, ...]
    certificate: Certificate
    """The one that stands for it now, locked."""

    @property
    def certificate_id(self) -> UUID:
        """The id of the one that stands for it now."""
        return self.certificate.certificate_id

    @property
    def paid_for(self) -> bool:
        """Whether it was this payment's money that bought it."""
        return self.certificate.funding is Account.GATEWAY_CLEARING


async def disputed(deps: DisputeDependencies, payment: Payment, notice: Notice, *, now: datetime) -> str:
    """Take note of a dispute that opens or closes, and return what that changed, in a word.

    News may come twice and out of order: a dispute that is closed is not opened by news that is late.
    """
    status = _STATUS[notice.kind]
    dispute = Dispute(
        merchant_id=payment.merchant_id,
        gateway=payment.gateway,
        reference=notice.dispute or notice.notice_id,
        payment_id=payment.payment_id,
        status=status,
        currency=notice.currency,
        amount=notice.amount,
        opened_at=now,
        closed_at=None if status is DisputeStatus.OPEN else now,
    )

    async def work(connection: Connection) -> bool:
        standing = await payments.payment_of_id(connection, payment.merchant_id, payment.payment_id, lock=True)
        if await payments.put_dispute(connection, dispute) is None:
            return False
        bought = await _bought(deps, connection, standing)
        if status is DisputeStatus.OPEN:
            await _block(deps, connection, standing, dispute, bought, now=now)
        elif status is DisputeStatus.WON:
            await _unblock(deps, connection, standing, dispute, bought, now=now)
        else:
            await _take(deps, connection, standing, dispute, bought, now=now)
        return True

    if not await deps.retrying(work):
        return "known"
    _log.warning("payment_disputed", payment_id=str(payment.payment_id), gateway=payment.gateway, status=status.value)
    return f"dispute {status.value}"


async def block(deps: DisputeDependencies, payment: Payment, *, why: str, now: datetime) -> None:
    """Block the certificates that a payment bought, for staff to look at; those that cannot be, stay as they are."""

    async def work(connection: Connection) -> None:
        standing = await payments.payment_of_id(connection, payment.merchant_id, payment.payment_id, lock=True)
        bought = await _bought(deps, connection, standing)
        commands = [_block_command(standing, one, key=why, memo=why) for one in bought]
        await deps.ledger.post(connection, commands, now=now)

    await deps.retrying(work)


async def _bought(deps: DisputeDependencies, connection: Connection, payment: Payment) -> list[Bought]:
    """Return the orders that a payment issued, which still stand or stood, all their certificates locked at once.

    So are those that a refund of the payment may be booked on.
    """
    if payment.surplus:
        return []
    found = await orders.orders_of_checkouts(connection, payment.merchant_id, [payment.checkout_id])
    back = await payments.refunds_of_payments(connection, payment.merchant_id, [payment.payment_id])
    issued = {order.certificate_id: order for order in found if order.certificate_id is not None}
    lines, standing = await lock_lineages(
        connection,
        deps,
        payment.merchant_id,
        list(issued),
        also=[one.certificate_id for one in back if one.certificate_id is not None],
    )
    return [
        Bought(order=order, certificate_ids=lines[first], certificate=standing[lines[first][-1]])
        for first, order in issued.items()
    ]


async def _block(
    deps: DisputeDependencies,
    connection: Connection,
    payment: Payment,
    dispute: Dispute,
    bought: Sequence[Bought],
    *,
    now: datetime,
) -> None:
    memo = "The buyer's bank disputes the payment."
    commands = [_block_command(payment, one, key=dispute.reference, memo=memo) for one in bought]
    # What was voided, has expired or was blocked before is refused, and needs nothing.
    await deps.ledger.post(connection, commands, now=now)
    await payments.change_payment(
        connection,
        payment,
        to=PaymentStatus.DISPUTED,
        coming_from=[PaymentStatus.SUCCEEDED, PaymentStatus.REFUNDED],
        now=now,
    )


async def _unblock(
    deps: DisputeDependencies,
    connection: Connection,
    payment: Payment,
    dispute: Dispute,
    bought: Sequence[Bought],
    *,
    now: datetime,
) -> None:
    """Let what was bought be spent again, unless the money is gone all the same.

    An inquiry that was answered by a refund at the gateway is closed too: staff say what becomes of the certificates.
    """
    known = await payments.disputes_of_payment(connection, payment.merchant_id, payment.payment_id)
    if any(one.status is not DisputeStatus.WON for one in known):
        return  # the bank still has, or has kept, the money over another dispute
    await payments.change_payment(
        connection, payment, to=PaymentStatus.SUCCEEDED, coming_from=[PaymentStatus.DISPUTED], now=now
    )
    await refunds.close_payment(connection, payment, now=now)
    if await refunds.went_back_outside(deps, connection, payment):
        return
    commands: list[Command] = []
    for certificate_id in (one.certificate_id for one in bought):
        # A certificate that one dispute has blocked is not blocked again by the next.
        blocked = {_operation("block", each.reference, certificate_id) for each in known}
        history = await deps.ledger.statement(connection, payment.merchant_id, certificate_id)
        if any(entry.operation_id in blocked for entry in history):
            commands.append(
                Unblock(
                    merchant_id=payment.merchant_id,
                    certificate_id=certificate_id,
                    operation_id=_operation("unblock", dispute.reference, certificate_id),
                    actor=f"gateway:{payment.gateway}",
                    memo="The dispute was won.",
                )
            )
    await deps.ledger.post(connection, commands, now=now)


async def _take(
    deps: DisputeDependencies,
    connection: Connection,
    payment: Payment,
    dispute: Dispute,
    bought: Sequence[Bought],
    *,
    now: datetime,
) -> None:
    """Void what was bought, and take from the clearing account exactly what the bank took."""
    await payments.change_payment(
        connection,
        payment,
        to=PaymentStatus.DISPUTED,
        coming_from=[PaymentStatus.SUCCEEDED, PaymentStatus.REFUNDED],
        now=now,
    )
    left = await _left_of(deps, connection, payment, bought)
    whole = dispute.amount if dispute.currency == payment.currency else payment.amount
    commands: list[Command] = []
    settled, repaid = await refunds.settle_by_dispute(
        connection, payment, taken=whole, reference=dispute.reference, now=now
    )
    commands += settled
    # A bank may take more than was left, for it does not ask what went back before: that is lost like what was spent.
    weights = left if sum(left) else [one.order.total for one in bought]
    for one, share in zip(bought, shares(whole - repaid, weights), strict=True):
        commands += await _releases(deps, connection, dispute, one)
        commands += _void(dispute, one)
        commands += _write_off(dispute, one, share=share)
    for outcome in await deps.ledger.post(connection, commands, now=now):
        if isinstance(outcome, LargesseError):
            raise outcome
    for order in (one.order for one in bought):
        if order.status is OrderStatus.ISSUED:
            await orders.take_back(connection, orders.taken_back(order, refunded=False))
            await refunds.tell_of_gift(connection, order, Purpose.RECLAIMED, now=now)


async def _releases(
    deps: DisputeDependencies, connection: Connection, dispute: Dispute, one: Bought
) -> list[ReleaseHold]:
    """Return what lets go of every hold that is open on a certificate: nothing is added while it is locked."""
    return [
        ReleaseHold(
            merchant_id=dispute.merchant_id,
            certificate_id=one.certificate_id,
            operation_id=_operation("release", dispute.reference, hold.hold_id),
            actor=f"gateway:{dispute.gateway}",
            memo=_LOST,
            hold_id=hold.hold_id,
        )
        for hold in await deps.ledger.open_holds(connection, dispute.merchant_id, one.certificate_id)
    ]


def _void(dispute: Dispute, one: Bought) -> list[Void]:
    if one.certificate.status is Status.VOID:
        return []
    return [
        Void(
            merchant_id=dispute.merchant_id,
            certificate_id=one.certificate_id,
            operation_id=_operation("void", dispute.reference, one.certificate_id),
            actor=f"gateway:{dispute.gateway}",
            memo=_LOST,
            to=Account.GATEWAY_CLEARING if one.paid_for else None,
        )
    ]


def _write_off(dispute: Dispute, one: Bought, *, share: int) -> list[Settle]:
    """Return what books the difference between what the bank took for an order, and what its certificate still holds.

    One that had ended before has nothing left: all that was taken is a loss.
    """
    loss = share - paid_from(one.certificate)
    if not loss or not one.paid_for:
        return []
    accounts = (Account.WRITE_OFFS, Account.GATEWAY_CLEARING)
    debit, credit = accounts if loss > 0 else accounts[::-1]
    return [
        Settle(
            merchant_id=dispute.merchant_id,
            certificate_id=one.certificate_id,
            operation_id=_operation("write-off", dispute.reference, one.certificate_id),
            actor=f"gateway:{dispute.gateway}",
            memo=_LOST,
            debit=debit,
            credit=credit,
            amount=abs(loss),
        )
    ]


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


def _block_command(payment: Payment, bought: Bought, *, key: str, memo: str) -> Block:
    return Block(
        merchant_id=payment.merchant_id,
        certificate_id=bought.certificate_id,
        operation_id=_operation("block", key, bought.certificate_id),
        actor=f"gateway:{payment.gateway}",
        memo=memo,
    )


def _operation(what: str, dispute: str, subject: UUID) -> UUID:
    return derived_id("dispute", what, dispute, subject)
