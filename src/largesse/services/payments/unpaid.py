"""Give up checkouts that nobody pays for: what they keep of stock and promo codes is free for others again.

Who was sent to a gateway's page has an hour there. A buyer who comes back later finds their gifts still in the draft,
and places them anew, at what stands then. What is to be paid by hand waits until staff cancel it, but keeps stock and
promo code from others for a day only: whoever says "I pay at the counter" costs nothing, and may be nobody.
"""

from datetime import datetime, timedelta
from uuid import UUID

import structlog

from largesse.domain import catalog, merchants, orders, payments
from largesse.domain.orders import Checkout, CheckoutStatus
from largesse.domain.payments import PaymentStatus
from largesse.kernel.errors import Unavailable
from largesse.kernel.ids import first_id
from largesse.services.orders import give_up_checkout
from largesse.services.payments.dependencies import PaymentDependencies

PATIENCE = timedelta(hours=3)
HELD_BY_HAND = timedelta(days=1)
# For how long a worker may have been down; what is older was released long ago.
_LOOKED_BACK = timedelta(days=14)
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
                connection, last_seen=last_seen, before=before, also=payments.MANUAL, limit=_AT_ONCE, now=now
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


async def release_held_by_hand(deps: PaymentDependencies, *, now: datetime) -> int:
    """Give back what checkouts that are to be paid by hand have kept for a day; return how many kept something.

    They go on waiting for their payment. Safe to run twice, and on several workers.
    """
    released, before = 0, first_id(now - HELD_BY_HAND)
    after = first_id(now - HELD_BY_HAND - _LOOKED_BACK)
    while True:
        async with deps.database.connection() as connection:
            found = await orders.waiting_checkouts(
                connection, after=after, before=before, gateway=payments.MANUAL, limit=_AT_ONCE
            )
        for checkout in found:
            released += await _release_one(deps, checkout)
        if len(found) < _AT_ONCE:
            return released
        after = found[-1].checkout_id


async def _release_one(deps: PaymentDependencies, waiting: Checkout) -> bool:
    merchant_id, checkout_id = waiting.merchant_id, waiting.checkout_id
    async with deps.database.connection() as connection:
        if not await catalog.held_by(connection, merchant_id, checkout_id):
            return False
    async with deps.database.transaction() as connection:
        [checkout] = await orders.lock_checkouts(connection, merchant_id, [checkout_id])
        if checkout.status is not CheckoutStatus.OPEN:
            return False
        await catalog.release(connection, merchant_id, checkout_id)
    return True
