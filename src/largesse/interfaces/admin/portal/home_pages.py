"""`/partner`: what an agreement is, or the partners that somebody acts for; and the overview of one of them."""

from collections.abc import Sequence

from litestar.handlers import HTTPRouteHandler

from largesse.domain.portal import PartnerAct
from largesse.interfaces.admin.front import Answer, Caller
from largesse.interfaces.admin.partners.partner_view import terms_view
from largesse.interfaces.admin.partners.wording import partner_roles
from largesse.interfaces.admin.portal.front import HERE, PortalFront, acting
from largesse.interfaces.admin.rules import OPEN, for_partner
from largesse.services.portal import people_of
from largesse.web.responses import see_other


class HomePages:
    """Answer who comes to the portal."""

    def __init__(self, front: PortalFront) -> None:
        self._front = front
        self._deps = front.deps

    async def landing(self, caller: Caller) -> Answer:
        """Return what an agreement is; whoever has signed in goes on to what they act for."""
        if caller.person is None:
            return await self._front.page(caller, "portal/about.html", here=self._front.places.home)
        places, _ = await self._front.workplaces(caller)
        if len(places) == 1:
            return see_other(places[0].href)
        return see_other(self._front.places.own)

    async def overview(self, caller: Caller) -> Answer:
        """Return how a partner stands, and what there is to do."""
        here, voice = acting(caller), self._front.voice(caller)
        async with self._deps.database.connection() as connection:
            people = await people_of(connection, here.partner)
        names = partner_roles(voice)
        values = {
            "title": here.partner.name,
            "merchant_name": here.merchant.name,
            "takes": here.agreement.enabled and not here.agreement.suspended,
            "terms": [terms_view(code, one, voice) for code, one in here.agreement.terms.items()],
            "people": [(person.name, names[member.role.value]) for member, person in people],
        }
        return await self._front.page(caller, "portal/overview.html", values, here=here.home)


def home_routes(front: PortalFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of the portal's own front page, and of a partner's."""
    pages = HomePages(front)
    return [
        front.route("GET", "/partner", OPEN, pages.landing),
        front.route("GET", HERE, for_partner(PartnerAct.OPEN), pages.overview),
    ]
