"""Give up checkouts that nobody pays for: what they keep of stock and promo codes is free for others again.

Who was sent to a gateway's page has an hour there. A buyer who comes back later finds their gifts still in the draft,
and places them anew, at what stands then. What is to be paid by hand waits until staff cancel it.
"""

from datetime import datetime, timedelta
from uuid import UUID

import structlog

from largesse.domain import merchants, orders, payments
from largesse.domain.orders import Checkout, CheckoutStatus
from largesse.domain.payments import PaymentStatus
from largesse.kernel.errors import Unavailable
from largesse.kernel.ids import first_id
from largesse.services.orders import give_up_checkout
from largesse.services.payments.dependencies import PaymentDependencies

PATIENCE = timedelta(hours=3)
_AT_ONCE = 200

_log = structlog.get_logger()


async def give_up_unpaid(deps: PaymentDependencies, *, now: datetime) -> int:
    """Give up every checkout that was placed a while ago and for which no payment is under way; return how many.

    Safe to run twice, and on several workers.
    """
    given_up, last_seen, before = 0, UUID(int=0), first_id(now - PATIENCE)
    while True:
        async with deps.database.connection() as connection:
            found = await orders.unpaid_checkouts(
                connection, last_seen=last_seen, before=before, also=payments.MANUAL, limit=_AT_ONCE
            )
        for checkout in found:
            try:
                given_up += await _give_up_one(deps, checkout)
            except Unavailable:
                raise
            except Exception as error:  # noqa: BLE001 - one that cannot be given up must not keep the others
                _log.error("checkout_not_given_up", checkout_id=str(checkout.checkout_id), exc_info=error)
        if len(found) < _AT_ONCE:
            return given_up
        last_seen = found[-1].checkout_id


async def _give_up_one(deps: PaymentDependencies, unpaid: Checkout) -> bool:
    merchant_id, checkout_id = unpaid.merchant_id, unpaid.checkout_id
    async with deps.database.transaction() as connection:
        merchant = await merchants.merchant_of_id(connection, merchant_id)
        [checkout] = await orders.lock_checkouts(connection, merchant_id, [checkout_id])
        tried = await payments.payments_of_checkout(connection, merchant_id, checkout_id)
        under_way = any(payment.status is PaymentStatus.PENDING for payment in tried)
        if under_way or checkout.status is not CheckoutStatus.OPEN:
            return False
        await give_up_checkout(connection, merchant, checkout_id)
    _log.info("checkout_given_up", merchant=merchant.slug, checkout_id=str(checkout_id))
    return True
