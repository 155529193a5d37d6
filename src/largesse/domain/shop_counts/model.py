"""What is counted of a shop, and by what it is told apart. Pure."""

from collections.abc import Iterable, Set
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from largesse.kernel.campaigns import NO_CAMPAIGN, Campaign

CAMPAIGNS_A_DAY: Final = 50
"""How many campaigns of a shop and day are told apart; what names others is summed as one."""
KEPT_DAYS: Final = 760
"""How long sums are kept: two years and a month, so that a month can be held against the same one a year before."""
OTHER_CAMPAIGNS: Final = Campaign("*", "*", "*")
"""Stands for all campaigns that are not told apart. No link can name it: a star is no letter of a campaign's words."""
SHOP_PAGE: Final = UUID(int=0)
"""Stands for no offering: the page of the shop itself."""


class ShopStep(StrEnum):
    """What is counted."""

    SHOWN = "shown"
    """A page of the shop or the form of an offering was shown."""
    BEGUN = "begun"
    """A gift was begun: for the first time, something was filled in."""
    PLACED = "placed"
    """A gift was sent off to be paid for."""


class ShopCount(msgspec.Struct, frozen=True):
    """What a sum is told apart by."""

    merchant_id: UUID
    counted_on: date
    offering_id: UUID
    language: str
    campaign: Campaign
    happened: ShopStep


def bounded(known: Set[Campaign], asked: Iterable[Campaign]) -> dict[Campaign, Campaign]:
    """Return what each campaign is counted as on a day that has `known` ones already; what names none is always told.

    The first ones are told apart, as many as there is room for.
    """
    told, found = {one for one in known if one not in {NO_CAMPAIGN, OTHER_CAMPAIGNS}}, dict[Campaign, Campaign]()
    for one in asked:
        if one not in told and one != NO_CAMPAIGN and len(told) >= CAMPAIGNS_A_DAY:
            found[one] = OTHER_CAMPAIGNS
        else:
            found[one] = one
            told |= {one} - {NO_CAMPAIGN, OTHER_CAMPAIGNS}
    return found
