"""`/admin/{slug}/partners/askings`: organisations that ask for an agreement, or a change of theirs, and the answer."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from litestar.handlers import HTTPRouteHandler

from largesse.domain import portal
from largesse.domain.portal import QUESTION_MAX, PartnerAsking, PartnerAskingInvalid
from largesse.domain.staff import Act, may
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.partners.wording import asking_refusal
from largesse.interfaces.admin.rules import for_act
from largesse.kernel.errors import LargesseError
from largesse.services import portal as services
from largesse.web.forms import an_id
from largesse.web.responses import see_other

ASKINGS: Final = "/admin/{slug:str}/partners/askings"
_BACK: Final = "/admin/{slug}/partners/askings"
_TYPED_MAX: Final = QUESTION_MAX + 100


class AskingPages:
    """Answer who asks."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps

    async def show(self, caller: Caller) -> Answer:
        """Return what waits for an answer."""
        return await self._page(caller)

    async def answer(self, caller: Caller) -> Answer:
        """Mail an answer."""
        merchant, voice = caller.merchant, self._front.voice(caller)
        assert merchant is not None
        wanted = an_id(caller.fields.get("asking", "")) or UUID(int=0)
        typed = caller.fields.get("answer", "")[:_TYPED_MAX].replace("\r\n", "\n")
        try:
            async with self._deps.transaction() as connection:
                await services.answer_asking(
                    connection, merchant, wanted, typed, by=caller.manager, now=self._deps.clock.now()
                )
        except PartnerAskingInvalid as wrong:
            errors = {str(wanted): asking_refusal(wrong, voice)}
            return await self._page(caller, errors=errors, typed={str(wanted): typed}, status=422)
        except LargesseError as refused:
            return await self._page(caller, problem=asking_refusal(refused, voice), status=409)
        return see_other(f"{_BACK.format(slug=merchant.slug)}?done=answered")

    async def _page(
        self,
        caller: Caller,
        *,
        errors: Mapping[str, str] | None = None,
        typed: Mapping[str, str] | None = None,
        problem: str = "",
        status: int = 200,
    ) -> Answer:
        merchant, authority = caller.merchant, caller.authority
        assert merchant is not None
        assert authority is not None
        voice, here = self._front.voice(caller), _BACK.format(slug=merchant.slug)
        async with self._deps.database.connection() as connection:
            found = await portal.open_askings(connection, merchant.merchant_id)
        now = self._deps.clock.now()

        def shown(one: PartnerAsking) -> dict[str, object]:
            home, key = f"/admin/{merchant.slug}/partners", str(one.asking_id)
            return {
                "id": key,
                "organisation": one.organisation,
                "href": f"{home}/{one.partner_id}" if one.partner_id else "",
                "kind": voice.t("a change of its agreement") if one.partner_id else voice.t("a new agreement"),
                "who": f"{one.name} · {one.email}",
                "when": voice.moment(one.made_at, zone=merchant.zone, now=now),
                "question": one.question,
                "typed": (typed or {}).get(key, ""),
                "error": (errors or {}).get(key, ""),
            }

        values = {
            "trail": [(voice.t("Partners"), f"/admin/{merchant.slug}/partners"), (voice.t("Who asks"), "")],
            "here": here,
            "askings": [shown(one) for one in found],
            "answers": may(authority.role, Act.PARTNERS_EDIT),
            "add": f"/admin/{merchant.slug}/partners/new",
            "done": caller.request.query_params.get("done", "") == "answered",
            "problem": problem,
            "question_max": QUESTION_MAX,
        }
        return await self._front.page(caller, "partners/askings.html", values, status=status, here=here)


def asking_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of who asks."""
    pages = AskingPages(front)
    return [
        front.route("GET", ASKINGS, for_act(Act.PARTNERS_READ), pages.show),
        front.route("POST", f"{ASKINGS}/answer", for_act(Act.PARTNERS_EDIT, back=_BACK), pages.answer),
    ]
