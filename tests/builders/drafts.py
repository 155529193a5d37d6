"""Gifts as a buyer fills them in."""

from datetime import datetime

from largesse.domain.catalog import Offering
from largesse.domain.drafts import DraftGift, GiftText
from largesse.kernel.ids import new_id


def a_draft_gift(offering: Offering, *, now: datetime) -> tuple[DraftGift, int]:
    """A gift of `offering` for Ada, ready to be placed, and what it is worth."""
    worth = offering.price or offering.presets[0]
    text = GiftText(
        amount=str(worth),
        tip="0",
        to="Ada",
        sender="Grace",
        message="Happy birthday!",
        design=offering.design_choices[0].value,
        locale="en",
        first_name="Ada",
        email="ada@example.com",
        delivery="now",
    )
    return DraftGift(gift_id=new_id(now), offering_id=offering.offering_id, text=text), worth
