"""`/admin/{slug}/people/{member}/known`: what somebody sold, found, saw or printed, and new numbers for all of it."""

from collections.abc import Sequence
from typing import Final

from litestar.handlers import HTTPRouteHandler

from largesse.domain import staff
from largesse.domain.staff import Act, Membership, MembershipUnknown, Person, ReasonInvalid
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.rules import for_act
from largesse.interfaces.admin.sign_in_pages import TYPED_MAX
from largesse.kernel import free_text
from largesse.kernel.currency import currency
from largesse.kernel.money import Money
from largesse.services.office import KnownCertificate, NumbersRenewed, known_to, renew_numbers
from largesse.ui import Voice
from largesse.web.errors import PageUnknown

KNOWN: Final = "/admin/{slug:str}/people/{member:str}/known"
_BACK: Final = "/admin/{slug}/people/{member}/known"
_REASON_MAX: Final = 400


class KnownPages:
    """Answer what somebody knows who leaves, or has left."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps

    async def show(self, caller: Caller) -> Answer:
        """Return the list."""
        return await self._page(caller)

    async def renew(self, caller: Caller) -> Answer:
        """Give all of it new numbers, and tell what came of it."""
        assert caller.merchant is not None
        membership, _ = await self._member(caller)
        reason = free_text.one_line(caller.fields.get("reason", "")[:_REASON_MAX])
        try:
            done = await renew_numbers(
                self._deps,
                caller.merchant,
                membership,
                by=caller.manager,
                reason=reason,
                now=self._deps.clock.now(),
            )
        except ReasonInvalid:
            wrong = self._front.voice(caller).t("Say why, in 1 to 500 characters.")
            return await self._page(caller, wrong=wrong, status=422)
        return await self._page(caller, done=done)

    async def _member(self, caller: Caller) -> tuple[Membership, Person]:
        """Return whom the address names, who works here or did once.

        Raises:
            PageUnknown: nobody like that did, or they are above whoever asks.
        """
        assert caller.merchant is not None
        wanted = str(caller.request.path_params["member"])[:TYPED_MAX]
        async with self._deps.database.connection() as connection:
            try:
                found, person = await staff.find_member(connection, caller.merchant.merchant_id, wanted, ended_too=True)
            except MembershipUnknown:
                raise PageUnknown from None
        if not caller.manager.manages(found.role):
            raise PageUnknown
        return found, person

    async def _page(
        self, caller: Caller, *, done: NumbersRenewed | None = None, wrong: str = "", status: int = 200
    ) -> Answer:
        assert caller.merchant is not None
        membership, person = await self._member(caller)
        voice, slug = self._front.voice(caller), caller.merchant.slug
        known = await known_to(self._deps, caller.merchant, membership)
        here = _BACK.format(slug=slug, member=membership.membership_id)
        values = {
            "here": here,
            "who": person.name,
            "ended": membership.ended_at is not None,
            "just_ended": caller.request.query_params.get("done") == "ended",
            "known": [_shown(one, voice, slug) for one in known],
            "done": done,
            "refused": [_shown(one, voice, slug) for one, _ in done.refused] if done else [],
            "wrong": wrong,
            "people": f"/admin/{slug}/people",
        }
        return await self._front.page(caller, "known.html", values, status=status, here=here)


def _shown(one: KnownCertificate, voice: Voice, slug: str) -> dict[str, object]:
    ways = {
        "sold": voice.t("sold it"),
        "found": voice.t("found it"),
        "revealed": voice.t("saw its number"),
        "printed": voice.t("printed it"),
    }
    money = Money(one.balance + one.gratuity_balance, currency(one.currency))
    return {
        "ends": f"…{one.last_four}",
        "href": f"/admin/{slug}/certificates/{one.certificate_id}",
        "amount": voice.money(money),
        "how": voice.listing([ways[way] for way in one.how]),
    }


def known_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of what somebody knows."""
    pages = KnownPages(front)
    rule = for_act(Act.REISSUE, back=_BACK)
    return [
        front.route("GET", KNOWN, rule, pages.show),
        front.route("POST", KNOWN, rule, pages.renew),
    ]
