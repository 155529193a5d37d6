"""What somebody has put together, as the letterhead of every page of the shop says it: "1 gift · $144.00 · Pay"."""

import hashlib
from datetime import datetime
from typing import Final

import msgspec

from largesse.domain.drafts import Content
from largesse.interfaces.storefront.shops import Shop
from largesse.services.checkout import read_against
from largesse.ui import Voice

_ENCODER: Final = msgspec.json.Encoder()
_PRINT_LENGTH: Final = 24


class BasketSign(msgspec.Struct, frozen=True, kw_only=True):
    """How many gifts wait, in words, and what they cost together; `total` is empty where that cannot be told."""

    gifts: str
    total: str


def sign_of(shop: Shop, content: Content, voice: Voice, *, now: datetime) -> BasketSign | None:
    """Return what a letterhead says of a basket, None of an empty one; a promo code shows at the checkout only."""
    if not content.gifts:
        return None
    offerings = {one.offering_id: one for one in shop.offerings}
    read = read_against(content, offerings, shop.merchant, now=now)
    gifts = voice.n("{count} gift", "{count} gifts", len(content.gifts))
    return BasketSign(gifts=gifts, total=voice.money(read.quote.total) if read.plans and not read.faults else "")


def print_of_basket(content: Content) -> str:
    """Return a mark of which gifts a page was drawn with: it differs once another tab has changed one."""
    drawn = [(gift.gift_id, gift.offering_id, gift.text) for gift in content.gifts]
    return hashlib.sha256(_ENCODER.encode(drawn)).hexdigest()[:_PRINT_LENGTH]
