"""How many orders that wait for their payment may come from one place: one costs nothing, and keeps others out.

What is to be paid by hand waits long; and whatever is limited, stock or a promo code, is kept for an order that waits.
"""

from datetime import timedelta
from typing import Final

from largesse.domain.drafts import Content
from largesse.domain.payments import MANUAL
from largesse.interfaces.storefront.limits import DAY, Limits
from largesse.interfaces.storefront.shops import Shop
from largesse.web.client import Client
from largesse.web.shared_limits import LimitDependencies, SharedLimit, Taken

HELD_WITHIN: Final = timedelta(hours=3)  # after which an order that was to be paid at a gateway's page is given up


class WaitingOrders:
    """Count orders before they are placed, and give back those that were not."""

    def __init__(self, deps: LimitDependencies, limits: Limits) -> None:
        self._by_hand = SharedLimit(deps, "order_by_hand", most=limits.by_hand_a_day, within=DAY)
        self._held_by_hand = SharedLimit(deps, "held_by_hand", most=limits.held_by_hand_a_day, within=DAY)
        self._held = SharedLimit(deps, "held", most=limits.held, within=HELD_WITHIN)

    async def take(self, client: Client, *, gateway: str, keeps_limited: bool) -> Taken:
        """Count an order that is about to be placed.

        Raises:
            TooManyRequests: too many came from there.
        """
        return await self._limit(gateway, keeps_limited=keeps_limited).take(client.network)

    async def give_back(self, taken: Taken, *, gateway: str, keeps_limited: bool) -> None:
        """Take back an order that was not placed."""
        await self._limit(gateway, keeps_limited=keeps_limited).give_back(taken)

    def _limit(self, gateway: str, *, keeps_limited: bool) -> SharedLimit:
        if gateway != MANUAL:
            return self._held
        return self._held_by_hand if keeps_limited else self._by_hand


def is_bounded(gateway: str, *, keeps_limited: bool) -> bool:
    """Return whether orders of this kind are counted at all: not those that cost others nothing and soon end."""
    return gateway == MANUAL or keeps_limited


def keeps_limited(shop: Shop, content: Content, promo: str) -> bool:
    """Return whether a draft takes something of which there is only so much: limited stock, or a use of a code."""
    found = (shop.offering_of(gift.offering_id) for gift in content.gifts)
    return bool(promo) or any(one is not None and one.stock_left is not None for one in found)
