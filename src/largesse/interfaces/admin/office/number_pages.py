"""Where a certificate's whole number is shown: to read it to somebody, or printed. Each time the audit log says who."""

from typing import Final

from litestar import Response
from litestar.handlers import HTTPRouteHandler

from largesse.domain.catalog import Paper
from largesse.domain.staff import Act
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.office.acts import WORDS_MAX
from largesse.interfaces.admin.office.certificate_page import HERE, PATH, story_of, trail_to
from largesse.interfaces.admin.rules import for_act
from largesse.kernel import free_text
from largesse.kernel.numbers import in_groups
from largesse.ledger import Certificate, Status
from largesse.services.certificates import reveal
from largesse.services.gifts import home_paper, print_held
from largesse.ui import Voice, choose_one
from largesse.web.choices import ChoiceUnknown, chosen
from largesse.web.responses import NO_STORE


class NumberOffer:
    """Something that shows a certificate's number."""

    act = Act.NUMBERS_REVEAL
    danger = False

    def __init__(self, name: str) -> None:
        self.name = name

    def title(self, voice: Voice) -> str:
        """Return what it is called."""
        return voice.t("Print it") if self.name == "print" else voice.t("Show its number")

    def done(self, _voice: Voice) -> str:
        """Return what is said when it is done: nothing, it is seen."""
        return ""

    def offered(self, one: Certificate) -> bool:
        """Return whether it may be done to a certificate that stands so."""
        return one.status is Status.ACTIVE or (self.name == "number" and one.status is not Status.VOID)


NUMBER_OFFERS: Final = (NumberOffer("print"), NumberOffer("number"))


class NumberPages:
    """Answer with a certificate's number."""

    def __init__(self, front: StaffFront, offer: NumberOffer) -> None:
        self._front = front
        self._deps = front.deps
        self._offer = offer

    async def ask(self, caller: Caller) -> Answer:
        """Return the page that asks why."""
        return await self._page(caller)

    async def show(self, caller: Caller) -> Answer:
        """Return the number, or the sheet that it is printed on."""
        assert caller.merchant is not None
        story = await story_of(self._front, caller)
        why = free_text.one_line(caller.fields.get("why", "")[:WORDS_MAX])
        voice = self._front.voice(caller)
        if not why:
            return await self._page(caller, error=voice.t("Say why, in 1 to 500 characters."), status=422)
        try:
            paper = chosen(caller.fields, "paper", Paper, usual=home_paper(caller.merchant))
        except ChoiceUnknown:
            return await self._page(caller, why=why, wrong_paper=choose_one(voice), status=422)
        actor, now = caller.manager.actor, self._deps.clock.now()
        number = await reveal(self._deps, story.found.place, actor=actor, reason=why, now=now)
        if self._offer.name == "number":
            return await self._page(caller, number=in_groups(number), why=why)
        _, pdf = await print_held(self._deps, story.found, paper=paper)
        headers = {**NO_STORE, "Content-Disposition": f'inline; filename="certificate-{story.found.last_four}.pdf"'}
        return Response(pdf, status_code=200, headers=headers, media_type="application/pdf")

    async def _page(
        self,
        caller: Caller,
        *,
        number: str = "",
        why: str = "",
        error: str = "",
        wrong_paper: str = "",
        status: int = 200,
    ) -> Answer:
        assert caller.merchant is not None
        story = await story_of(self._front, caller)
        voice = self._front.voice(caller)
        home = HERE.format(slug=caller.merchant.slug, certificate=story.found.certificate.certificate_id)
        values = {
            "trail": trail_to(voice, caller.merchant, story, self._offer.title(voice)),
            "heading": self._offer.title(voice),
            "action": f"{home}/{self._offer.name}",
            "home": home,
            "shown": number,
            "why": why,
            "error": error,
            "wrong_paper": wrong_paper,
            "papers": [(one.value, one.known_as) for one in (home_paper(caller.merchant), Paper.A5)]
            if self._offer.name == "print"
            else [],
        }
        return await self._front.page(caller, "office/number.html", values, status=status, here=home)


def number_routes(front: StaffFront) -> list[HTTPRouteHandler]:
    """Return the routes of what shows a number."""
    routes = []
    for offer in NUMBER_OFFERS:
        pages = NumberPages(front, offer)
        rule = for_act(offer.act, back=f"{HERE}/{offer.name}")
        routes += [
            front.route("GET", f"{PATH}/{offer.name}", rule, pages.ask),
            front.route("POST", f"{PATH}/{offer.name}", rule, pages.show),
        ]
    return routes
