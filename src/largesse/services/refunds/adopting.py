"""A refund that is owed here, and was made at the gateway by somebody who did not wait: it is paid, once."""

from datetime import datetime

import msgspec

from largesse.db import Connection
from largesse.domain import payments
from largesse.domain.payments import Payment, PaymentRefund, RefundReason, RefundStatus
from largesse.kernel.ids import derived_id
from largesse.ledger import PostEntry
from largesse.services.refunds import booking, outside
from largesse.services.refunds.dependencies import RefundDependencies

BY_OUTSIDE = "outside:"


async def adopt(deps: RefundDependencies, payment: Payment, refund: PaymentRefund, *, now: datetime) -> bool:
    """Call an owed refund paid where the payment has too little left for it, and what went back outside covers it.

    Return whether it was. Where enough is left, the two are taken for two: nobody can tell them from one.
    """

    async def work(connection: Connection) -> bool:
        standing = await payments.payment_of_id(connection, payment.merchant_id, payment.payment_id, lock=True)
        owed = await payments.find_refund(connection, refund.merchant_id, refund.refund_id, lock=True)
        known = await payments.refunds_of_payments(connection, payment.merchant_id, [payment.payment_id])
        if owed.status is not RefundStatus.OWED or owed.amount <= standing.amount - _gone(known, owed):
            return False
        if owed.certificate_id is None:
            covered = _outside(known) >= owed.amount
            commands: list[PostEntry] = []
        else:
            returned = await outside.returned_for(deps, connection, None, [standing])
            covered = returned is not None and returned.left >= owed.amount
            commands = _paid(owed, returned) if returned is not None else []
        if not covered:
            return False
        if commands:
            await outside.post_all(deps, connection, commands, now=now)
        await payments.put_refund(
            connection,
            msgspec.structs.replace(
                owed,
                status=RefundStatus.SETTLED,
                reference=f"{BY_OUTSIDE}{owed.refund_id}",
                bookings=owed.bookings + bool(commands),
                next_attempt_at=None,
                fault=None,
                settled_at=now,
            ),
        )
        return True

    return await deps.retrying(work)


def _gone(known: list[PaymentRefund], other_than: PaymentRefund) -> int:
    paid = (RefundStatus.SENT, RefundStatus.SETTLED)
    return sum(
        one.amount
        for one in known
        if one.status in paid and one.gateway == other_than.gateway and one.refund_id != other_than.refund_id
    )


def _outside(known: list[PaymentRefund]) -> int:
    return sum(one.amount for one in known if one.reason is RefundReason.OUTSIDE and one.status is RefundStatus.SETTLED)


def _paid(owed: PaymentRefund, returned: outside.Returned) -> list[PostEntry]:
    """Return what books an owed refund by the refunds that were made outside, the oldest first."""
    assert owed.certificate_id is not None
    commands, missing = list[PostEntry](), owed.amount
    for part in returned.parts:
        amount = min(missing, part.left)
        if amount <= 0:
            continue
        commands.append(
            booking.paid(
                returned.payment.account,
                returned.where,
                derived_id("adopt", owed.refund_id, part.refund_id),
                refund_id=part.refund_id,
                certificate_id=owed.certificate_id,
                currency=owed.currency,
                amount=amount,
                actor=f"gateway:{owed.gateway}",
            )
        )
        missing -= amount
    return commands
