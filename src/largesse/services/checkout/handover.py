"""A gift that was put together in a frame of another web site, handed over to the shop's own pages.

The token holds the gift, signed; the frame writes nothing. It is good for five minutes, and for whoever brings it
first: spending it is one row in the database, which only one of several can write.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from largesse.domain import embeds
from largesse.domain.drafts import DraftGift, GiftText
from largesse.domain.merchants import Merchant
from largesse.kernel.campaigns import Campaign
from largesse.kernel.errors import Conflict, Forbidden
from largesse.kernel.ids import new_id
from largesse.kernel.tokens import SigningKeys, TokenKind
from largesse.services.checkout.dependencies import CheckoutDependencies

GOOD_FOR: Final = timedelta(minutes=5)


class HandoverExpired(Forbidden):
    """The token of a gift is too old."""

    code = "handover.expired"
    message = "This gift was put together more than five minutes ago. Fill in the form once more."


class HandoverSpent(Conflict):
    """The token of a gift was used before."""

    code = "handover.spent"
    message = "This gift was handed over already. Look into the basket, or fill in the form once more."


class Handover(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """A gift on its way: what it is, by which campaign it came, and until when it can be handed over."""

    handover_id: UUID
    gift_id: UUID
    offering_id: UUID
    text: GiftText
    campaign: Campaign
    ends_at: datetime

    @property
    def gift(self) -> DraftGift:
        """Return the gift as baskets keep it."""
        return DraftGift(gift_id=self.gift_id, offering_id=self.offering_id, text=self.text)


_TOKENS: Final = TokenKind("handover", Handover)


def handover_token(keys: SigningKeys, merchant: Merchant, gift: DraftGift, campaign: Campaign, *, now: datetime) -> str:
    """Return the token by which a gift is handed over once."""
    handover = Handover(
        handover_id=new_id(now),
        gift_id=gift.gift_id,
        offering_id=gift.offering_id,
        text=gift.text,
        campaign=campaign,
        ends_at=now + GOOD_FOR,
    )
    return _TOKENS.sign(keys, handover, bound_to=merchant.merchant_id.bytes)


async def spend_handover(deps: CheckoutDependencies, merchant: Merchant, token: str, *, now: datetime) -> Handover:
    """Spend a token and return the gift.

    Raises:
        TokenRefused: it is none of this shop's.
        HandoverExpired: it is too old.
        HandoverSpent: somebody has spent it before.
    """
    handover = _TOKENS.read(deps.keyring, token, bound_to=merchant.merchant_id.bytes)
    if handover.ends_at <= now:
        raise HandoverExpired
    async with deps.database.transaction() as connection:
        is_first = await embeds.spend_handover(
            connection, merchant.merchant_id, handover.handover_id, ends_at=handover.ends_at, now=now
        )
    if not is_first:
        raise HandoverSpent
    return handover
