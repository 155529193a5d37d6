"""Who may be told by the holder of a gift that it arrived: whoever bought it, unless it is theirs, or a partner's."""

from typing import Final

from largesse.db import Connection
from largesse.domain import orders
from largesse.domain.gifts import Gift, GiftStatus
from largesse.domain.orders import Checkout, Order

_ARRIVED: Final = frozenset({GiftStatus.SENDING, GiftStatus.SENT, GiftStatus.FAILED, GiftStatus.PRINT})
"""What was refused or came back may have reached its recipient all the same."""


async def buyer_to_thank(connection: Connection, order: Order, gift: Gift) -> Checkout | None:
    """Return the checkout whose buyer is told that a gift arrived, None where nobody is."""
    if order.bonus_of is not None or order.partner_id is not None or gift.status not in _ARRIVED:
        return None
    found = await orders.find_checkout(connection, gift.merchant_id, gift.checkout_id)
    buyer = found.billing.email.casefold()
    return found if buyer and buyer != gift.recipient_email.casefold() else None
