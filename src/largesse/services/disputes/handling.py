"""A buyer's bank wants its money back: nothing of it may be spent until that is decided.

Every certificate that holds something of the payment is blocked when the dispute opens, and unblocked when it is won:
only those that were blocked for it. The money stands on `disputed` meanwhile, unless the bank only inquires. When it is
lost, as much is taken back of what is left of what it bought, wherever it is, and nothing else; what the bank took
beyond that, because it was spent meanwhile or had gone back before, is a chargeback loss to the cent. What a bank did
not take can be spent again.
"""

from datetime import datetime

import structlog

from largesse.db import Connection
from largesse.domain import payments
from largesse.domain.payments import Dispute, DisputeStatus, Notice, NoticeKind, Payment, PaymentStatus
from largesse.services import refunds
from largesse.services.disputes import booking
from largesse.services.disputes.blocking import block_all, unblock_all
from largesse.services.disputes.bought import AllBought, lock_bought
from largesse.services.disputes.dependencies import DisputeDependencies
from largesse.services.disputes.losing import take

_STATUS = {
    NoticeKind.DISPUTED: DisputeStatus.OPEN,
    NoticeKind.DISPUTE_WON: DisputeStatus.WON,
    NoticeKind.DISPUTE_LOST: DisputeStatus.LOST,
}

_log = structlog.get_logger()


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
        all_bought = await lock_bought(deps, connection, standing)
        if status is DisputeStatus.WON:
            await _win(deps, connection, standing, dispute, all_bought, now=now)
            return True
        await payments.change_payment(
            connection,
            standing,
            to=PaymentStatus.DISPUTED,
            coming_from=[PaymentStatus.SUCCEEDED, PaymentStatus.REFUNDED],
            now=now,
        )
        if status is DisputeStatus.OPEN:
            memo = "The buyer's bank disputes the payment."
            if all_bought.is_in_the_books and not notice.inquiry:
                amount = await booking.taken_by(deps, connection, standing, dispute)
                where = await refunds.where_of_payment(deps, connection, standing)
                entries = await booking.opened(deps, connection, standing, where, dispute, amount=amount)
                await refunds.post_all(deps, connection, entries, now=now)
            await block_all(deps, connection, standing, all_bought, key=dispute.reference, memo=memo, now=now)
        else:
            await take(deps, connection, standing, dispute, all_bought, now=now)
        return True

    if not await deps.retrying(work):
        return "known"
    if dispute.currency == payment.currency and dispute.amount > payment.amount:
        _log.error("dispute_beyond_payment", payment_id=str(payment.payment_id), gateway=payment.gateway)
    _log.warning("payment_disputed", payment_id=str(payment.payment_id), gateway=payment.gateway, status=status.value)
    return f"dispute {status.value}"


async def block(deps: DisputeDependencies, payment: Payment, *, why: str, now: datetime) -> None:
    """Block the certificates that hold what a payment bought, for staff to look at."""

    async def work(connection: Connection) -> None:
        standing = await payments.payment_of_id(connection, payment.merchant_id, payment.payment_id, lock=True)
        all_bought = await lock_bought(deps, connection, standing)
        await block_all(deps, connection, standing, all_bought, key=why, memo=why, now=now)

    await deps.retrying(work)


async def _win(
    deps: DisputeDependencies,
    connection: Connection,
    payment: Payment,
    dispute: Dispute,
    all_bought: AllBought,
    *,
    now: datetime,
) -> None:
    """Let what was bought be spent again, unless the money is gone all the same.

    An inquiry that was answered by a refund at the gateway is closed too: staff say what becomes of the certificates.
    """
    await refunds.post_all(deps, connection, await booking.won(deps, connection, payment, dispute), now=now)
    known = await payments.disputes_of_payment(connection, payment.merchant_id, payment.payment_id)
    lost = any(one.status is DisputeStatus.LOST for one in known)
    if any(one.status is DisputeStatus.OPEN for one in known) or (lost and not all_bought.paid):
        return  # the bank still has the money over another dispute, or has kept all that was left of it
    await payments.change_payment(
        connection, payment, to=PaymentStatus.SUCCEEDED, coming_from=[PaymentStatus.DISPUTED], now=now
    )
    await refunds.close_payment(connection, payment, now=now)
    if await refunds.went_back_outside(deps, connection, payment):
        return
    certificates = all_bought.standing.values()
    await unblock_all(deps, connection, payment, dispute, certificates, memo="The dispute was won.", now=now)
