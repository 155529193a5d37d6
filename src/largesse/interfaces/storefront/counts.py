"""What is counted of a shop: sums of a day, of nobody. No cookie is set for it, and nothing of a visitor is kept."""

import re
from datetime import datetime
from typing import Final
from uuid import UUID

from largesse.domain.shop_counts import SHOP_PAGE, ShopCount, ShopStep
from largesse.interfaces.storefront.shops import Shop
from largesse.interfaces.storefront.storefront import Storefront
from largesse.kernel.campaigns import Campaign
from largesse.services.orders import Placed
from largesse.web.request import AnyRequest

_ROBOT: Final = re.compile(
    r"bot\b|bot[/_-]|crawl|spider|slurp|facebookexternalhit|preview|monitor|headless|lighthouse|"
    r"^(?:curl|wget|python|go-http-client|java|okhttp|libwww|php)\b",
    re.IGNORECASE,
)
_AGENT_READ: Final = 512
_AHEAD: Final = ("prefetch", "prerender", "preview")


def is_counted(request: AnyRequest) -> bool:
    """Return whether a person looks: not a robot that says so, and not a browser that fetches ahead."""
    agent = request.headers.get("user-agent", "")[:_AGENT_READ]
    ahead = f"{request.headers.get('sec-purpose', '')} {request.headers.get('purpose', '')}".lower()
    return bool(agent) and not _ROBOT.search(agent) and not any(word in ahead for word in _AHEAD)


def count(
    front: Storefront,
    shop: Shop,
    request: AnyRequest,
    happened: ShopStep,
    campaign: Campaign,
    *,
    offering_id: UUID = SHOP_PAGE,
    times: int = 1,
) -> None:
    """Count what a visitor did; what the office looks at before it is published is left out."""
    if shop.drafted or not is_counted(request):
        return
    now: datetime = front.deps.clock.now()
    front.deps.shop_counter.note(
        ShopCount(
            merchant_id=shop.merchant.merchant_id,
            counted_on=now.astimezone(shop.merchant.zone).date(),
            offering_id=offering_id,
            language=front.voice(request, shop).language,
            campaign=campaign,
            happened=happened,
        ),
        times,
    )


def count_placed(front: Storefront, shop: Shop, request: AnyRequest, placed: Placed) -> None:
    """Count the gifts of a checkout that was sent off to be paid for; one that was before is not counted again."""
    if placed.replayed:
        return
    for order in placed.orders:
        if order.offering_id is not None and order.bonus_of is None:
            campaign = placed.checkout.campaign
            count(front, shop, request, ShopStep.PLACED, campaign, offering_id=order.offering_id)
