"""`/partner`: what an agreement is, or the partners that somebody acts for; and the overview of one of them."""

from collections.abc import Mapping, Sequence
from typing import Final

from litestar.handlers import HTTPRouteHandler

from largesse.domain.merchants import list_merchants
from largesse.domain.portal import QUESTION_MAX, PartnerAct, PartnerAskingInvalid
from largesse.interfaces.admin.front import Answer, Caller
from largesse.interfaces.admin.partners.partner_view import terms_view
from largesse.interfaces.admin.partners.wording import asking_fault, asking_refusal, partner_roles
from largesse.interfaces.admin.portal.front import HERE, PortalFront, acting
from largesse.interfaces.admin.portal.order_pages import acts_of
from largesse.interfaces.admin.rules import OPEN, for_partner
from largesse.interfaces.admin.sections import MORE
from largesse.kernel.errors import InvalidInput, LargesseError
from largesse.kernel.ids import derived_id, new_id
from largesse.services.portal import AgreementAsked, ask_for_agreement, ask_for_change, people_of
from largesse.web.forms import an_id
from largesse.web.responses import see_other

_ASKED: Final = ("shop", "organisation", "name", "email", "question")
_TYPED_MAX: Final = QUESTION_MAX + 100


class HomePages:
    """Answer who comes to the portal."""

    def __init__(self, front: PortalFront) -> None:
        self._front = front
        self._deps = front.deps

    async def landing(self, caller: Caller) -> Answer:
        """Return what an agreement is; whoever has signed in goes on to what they act for."""
        if caller.person is None:
            return await self._about(caller)
        places, _ = await self._front.workplaces(caller)
        if len(places) == 1:
            return see_other(places[0].href)
        return see_other(self._front.places.own)

    async def ask(self, caller: Caller) -> Answer:
        """Ask a shop for an agreement."""
        voice, now = self._front.voice(caller), self._deps.clock.now()
        typed = {name: caller.fields.get(name, "")[:_TYPED_MAX].replace("\r\n", "\n") for name in _ASKED}
        async with self._deps.database.connection() as connection:
            shops = await list_merchants(connection)
        wanted = typed["shop"].strip().strip("/").lower()
        merchant = shops[0] if len(shops) == 1 else next((one for one in shops if one.slug == wanted), None)
        errors = {} if merchant else {"shop": voice.t("No shop here has that address.")}
        asking_id = derived_id("agreement asked", an_id(caller.fields.get("operation", "")) or new_id(now))
        asks = AgreementAsked(
            organisation=typed["organisation"],
            name=typed["name"],
            email=typed["email"],
            question=typed["question"],
            language=voice.language,
        )
        if merchant is None:
            return await self._about(caller, typed=typed, errors=errors, status=422)
        await self._front.limits.asking(caller.client)
        try:
            async with self._deps.database.transaction() as connection:
                await ask_for_agreement(connection, merchant, asks, asking_id=asking_id, now=now)
        except PartnerAskingInvalid as wrong:
            errors = {one.field: asking_fault(one, voice) for one in wrong.fields}
            return await self._about(caller, typed=typed, errors=errors, status=422)
        except LargesseError as refused:
            return await self._about(caller, typed=typed, problem=asking_refusal(refused, voice), status=409)
        return see_other(f"{self._front.places.home}?asked=yes")

    async def _about(
        self,
        caller: Caller,
        *,
        typed: Mapping[str, str] | None = None,
        errors: Mapping[str, str] | None = None,
        problem: str = "",
        status: int = 200,
    ) -> Answer:
        async with self._deps.database.connection() as connection:
            shops = await list_merchants(connection)
        values = {
            "typed": typed or {**dict.fromkeys(_ASKED, ""), "shop": caller.request.query_params.get("shop", "")[:60]},
            "errors": dict(errors or {}),
            "problem": problem,
            "shop_name": shops[0].name if len(shops) == 1 else "",
            "operation": caller.fields.get("operation", "")[:40] or str(new_id(self._deps.clock.now())),
            "asked": caller.request.query_params.get("asked", "") == "yes",
            "question_max": QUESTION_MAX,
        }
        return await self._front.page(caller, "portal/about.html", values, status=status, here=self._front.places.home)

    async def overview(self, caller: Caller) -> Answer:
        """Return how a partner stands, and what there is to do."""
        return await self._overview(caller)

    async def places(self, caller: Caller) -> Answer:
        """Return all that the rail has."""
        return await self._front.page(caller, "office/places.html")

    async def ask_change(self, caller: Caller) -> Answer:
        """Ask for a change of the agreement."""
        here, voice, now = acting(caller), self._front.voice(caller), self._deps.clock.now()
        assert caller.person is not None
        question = caller.fields.get("question", "")[: QUESTION_MAX + 100].replace("\r\n", "\n")
        given = an_id(caller.fields.get("operation", "")) or new_id(now)
        try:
            async with self._deps.database.transaction() as connection:
                await ask_for_change(connection, acts_of(here), caller.person, question, asking_id=given, now=now)
        except LargesseError as refused:
            status = 422 if isinstance(refused, InvalidInput) else 409
            return await self._overview(caller, question=question, error=asking_refusal(refused, voice), status=status)
        return see_other(f"{here.home}?asked=yes")

    async def _overview(self, caller: Caller, *, question: str = "", error: str = "", status: int = 200) -> Answer:
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
        values |= {
            "here": here.home,
            "question": question,
            "question_error": error,
            "question_max": QUESTION_MAX,
            "operation": caller.fields.get("operation", "")[:40] or str(new_id(self._deps.clock.now())),
            "asked": caller.request.query_params.get("asked", "") == "yes",
        }
        return await self._front.page(caller, "portal/overview.html", values, status=status, here=here.home)


def home_routes(front: PortalFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of the portal's own front page, and of a partner's."""
    pages = HomePages(front)
    return [
        front.route("GET", "/partner", OPEN, pages.landing),
        front.route("POST", "/partner/ask", OPEN, pages.ask),
        front.route("GET", HERE, for_partner(PartnerAct.OPEN), pages.overview),
        front.route("GET", f"{HERE}{MORE}", for_partner(PartnerAct.OPEN), pages.places),
        front.route("POST", f"{HERE}/ask", for_partner(PartnerAct.OPEN), pages.ask_change),
    ]
