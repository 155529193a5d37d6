"""`/admin/{slug}/people/{member}/limits`: how much one person does alone, in place of what everybody may."""

from collections.abc import Sequence
from typing import Final

from litestar.handlers import HTTPRouteHandler

from largesse.domain import approvals, staff
from largesse.domain.approvals import (
    ActLimit,
    LimitedAct,
    LimitInvalid,
    OwnerAct,
    OwnerChange,
    RequestDecided,
    read_limit,
)
from largesse.domain.staff import Act, Membership, MembershipUnknown, Person
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.owner_askings import waits_for_owner
from largesse.interfaces.admin.rules import for_act
from largesse.interfaces.admin.sign_in_pages import TYPED_MAX
from largesse.kernel.amounts import read_amount
from largesse.kernel.ids import new_id
from largesse.kernel.money import InvalidAmount, Money
from largesse.services import owners
from largesse.services.approvals import act_name
from largesse.ui import Voice, choose_one
from largesse.web.choices import ChoiceUnknown, chosen
from largesse.web.errors import PageUnknown
from largesse.web.responses import see_other

LIMITS: Final = "/admin/{slug:str}/people/{member:str}/limits"
_BACK: Final = "/admin/{slug}/people/{member}/limits"
_WHOSE: Final = ("own", "everybody")
_BOUNDS: Final = ("once", "day", "each")


class OwnLimitPages:
    """Answer up to how much somebody does alone."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps

    async def show(self, caller: Caller) -> Answer:
        """Return the limits that count for them, and whose they are."""
        return await self._page(caller)

    async def change(self, caller: Caller) -> Answer:
        """Give them a limit of their own, or let that of everybody count again."""
        assert caller.merchant is not None
        voice, (found, person) = self._front.voice(caller), await self._member(caller)
        try:
            act, whose = chosen(caller.fields, "act", LimitedAct), chosen(caller.fields, "whose", _WHOSE)
        except ChoiceUnknown:
            return await self._page(caller, problem=choose_one(voice), status=422)
        try:
            to = {"act": act.value, **(self._typed(caller, act) if whose == "own" else {"own": "no"})}
            change = OwnerChange(act=OwnerAct.OWN_LIMIT, subject=str(found.membership_id), name=person.name, to=to)
            waits = await waits_for_owner(self._front, caller, change, reason="")
        except (InvalidAmount, LimitInvalid):
            problem = voice.t("Write each limit as an amount, or leave it empty for none.")
            return await self._page(caller, problem=problem, wrong=act, status=422)
        except RequestDecided:
            return await self._page(caller, problem=voice.t("Somebody has decided this already."), status=409)
        here = _BACK.format(slug=caller.merchant.slug, member=found.membership_id)
        return see_other(f"{here}?done={'asked' if waits else 'changed'}")

    def _typed(self, caller: Caller, act: LimitedAct) -> dict[str, str]:
        assert caller.merchant is not None
        merchant, language = caller.merchant, self._front.voice(caller).language
        given = [caller.fields.get(name, "").strip()[:TYPED_MAX] for name in _BOUNDS]
        once, day, each = (
            read_limit(read_amount(text, merchant.money, language=language).minor) if text else None for text in given
        )
        limit = ActLimit(merchant_id=merchant.merchant_id, act=act, per_act=once, per_day=day, per_certificate=each)
        return owners.limit_said(limit)

    async def _member(self, caller: Caller) -> tuple[Membership, Person]:
        """Return whom the address names.

        Raises:
            PageUnknown: nobody like that works here.
        """
        assert caller.merchant is not None
        wanted = str(caller.request.path_params["member"])[:TYPED_MAX]
        async with self._deps.database.connection() as connection:
            try:
                return await staff.find_member(connection, caller.merchant.merchant_id, wanted)
            except MembershipUnknown:
                raise PageUnknown from None

    async def _page(
        self, caller: Caller, *, problem: str = "", wrong: LimitedAct | None = None, status: int = 200
    ) -> Answer:
        merchant = caller.merchant
        assert merchant is not None
        voice, (found, person) = self._front.voice(caller), await self._member(caller)
        async with self._deps.database.connection() as connection:
            everybody = await approvals.act_limits(connection, merchant.merchant_id)
            own = (await approvals.own_limits(connection, merchant.merchant_id)).get(found.membership_id, {})
        here = _BACK.format(slug=merchant.slug, member=found.membership_id)
        done = caller.request.query_params.get("done", "")

        def money(minor: int | None) -> str:
            return "" if minor is None else voice.money(Money(minor, merchant.money))

        def row(act: LimitedAct) -> dict[str, object]:
            counts = own.get(act) or everybody[act]
            bounds = dict(zip(_BOUNDS, (counts.per_act, counts.per_day, counts.per_certificate), strict=True))
            names = _names(voice)
            said = " · ".join(f"{names[name]} {money(minor)}" for name, minor in bounds.items() if minor is not None)
            return {
                "act": act.value,
                "name": act_name(act, voice),
                "is_own": act in own,
                "said": said or voice.t("no limit"),
                "open": act is wrong,
                "bounds": [
                    (name, names[name], caller.fields.get(name, "")[:TYPED_MAX] if act is wrong else money(minor))
                    for name, minor in bounds.items()
                ],
            }

        values = {
            "here": here,
            "who": person.name,
            "limits": [row(act) for act in LimitedAct],
            "done": done if done in {"asked", "changed"} else "",
            "problem": problem,
            "operation": str(new_id(self._deps.clock.now())),
            "currency": merchant.currency,
            "trail": [
                (voice.t("People"), f"/admin/{merchant.slug}/people"),
                (voice.t("Limits of {name}", name=person.name), ""),
            ],
        }
        return await self._front.page(caller, "own_limits.html", values, status=status, here=here)


def _names(voice: Voice) -> dict[str, str]:
    return {"once": voice.t("At once"), "day": voice.t("In a day"), "each": voice.t("On one certificate")}


def own_limit_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of one person's limits."""
    pages = OwnLimitPages(front)
    return [
        front.route("GET", LIMITS, for_act(Act.LIMITS, back=_BACK), pages.show),
        front.route("POST", LIMITS, for_act(Act.LIMITS, back=_BACK), pages.change),
    ]
