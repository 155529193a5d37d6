"""What banks have kept of a payment: it cannot go back to the buyer a second time."""

from largesse.db import Connection
from largesse.domain import payments
from largesse.domain.payments import DisputeStatus, Payment, RefundStatus

BY_DISPUTE = "dispute:"
"""What the reference of a refund begins with that a bank has paid by keeping the money."""


async def lost_of(connection: Connection, payment: Payment) -> int:
    """Return what banks have kept of a payment, beside the refunds of it that they have paid thereby."""
    known = await payments.disputes_of_payment(connection, payment.merchant_id, payment.payment_id)
    kept = sum(one.taken_of(payment) for one in known if one.status is DisputeStatus.LOST)
    if not kept:
        return 0
    back = await payments.refunds_of_payments(connection, payment.merchant_id, [payment.payment_id])
    by_bank = [
        one for one in back if one.status is RefundStatus.SETTLED and (one.reference or "").startswith(BY_DISPUTE)
    ]
    return max(min(kept, payment.amount) - sum(one.amount for one in by_bank), 0)
