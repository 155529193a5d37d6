"""Who may come to a page: said beside each route, enforced in one place, and read by the test of all routes."""

from enum import StrEnum
from typing import Final

import msgspec

from largesse.domain.portal import PartnerAct
from largesse.domain.staff import Act

OPTION: Final = "page_rule"
"""The key under which a route carries its rule."""


class Need(StrEnum):
    """What a page asks of whoever comes."""

    NOTHING = "nothing"
    """It asks for what they know itself: a password, or a link."""
    HALF_WAY = "half_way"
    """A right password; the page asks for the second factor."""
    SIGNED_IN = "signed_in"
    """A session that counts. What is shown is the person's own."""
    MEMBER = "member"
    """Working for the merchant, or acting for the partner, in the address, in whatever role: it asks for a step-up."""
    ACT = "act"
    """A role with the merchant or partner in the address that allows an act, and what else the act asks for."""


class PageRule(msgspec.Struct, frozen=True, kw_only=True):
    """Who may come to a page. `back` is the page to come back to after a step-up, where it is another.

    `partner_act` is an act of the portal, where the page stands there.
    """

    need: Need
    act: Act | None = None
    partner_act: PartnerAct | None = None
    back: str = ""


OPEN: Final = PageRule(need=Need.NOTHING)
HALF_WAY: Final = PageRule(need=Need.HALF_WAY)
SIGNED_IN: Final = PageRule(need=Need.SIGNED_IN)
MEMBER: Final = PageRule(need=Need.MEMBER)


def for_act(act: Act, *, back: str = "") -> PageRule:
    """Return the rule of a page on which somebody does something for a merchant."""
    return PageRule(need=Need.ACT, act=act, back=back)


def for_partner(act: PartnerAct, *, back: str = "") -> PageRule:
    """Return the rule of a page on which somebody does something for a partner."""
    return PageRule(need=Need.ACT, partner_act=act, back=back)
