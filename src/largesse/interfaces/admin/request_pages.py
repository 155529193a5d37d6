"""`/admin/{slug}/requests`: what waits for a second person; approve, or refuse. And up to how much one does alone."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec
from litestar.handlers import HTTPRouteHandler

from largesse.domain import approvals, locations, staff
from largesse.domain.approvals import (
    ActLimit,
    ApprovalRequest,
    LimitedAct,
    LimitInvalid,
    OwnerAct,
    OwnerChange,
    OwnerRequest,
    RequestDecided,
    RequestState,
    TillRequest,
    read_limit,
)
from largesse.domain.staff import Act, Person, may
from largesse.domain.tills import TillAct
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.owner_askings import shown_asking, waits_for_owner
from largesse.interfaces.admin.rules import for_act
from largesse.kernel.amounts import read_amount
from largesse.kernel.clock import zone
from largesse.kernel.currency import currency
from largesse.kernel.errors import LargesseError
from largesse.kernel.ids import new_id
from largesse.kernel.money import InvalidAmount, Money
from largesse.services import approvals as services
from largesse.services import owners
from largesse.ui import Voice, choose_one
from largesse.web.choices import ChoiceUnknown, chosen
from largesse.web.forms import an_id
from largesse.web.responses import see_other

REQUESTS: Final = "/admin/{slug:str}/requests"
_BACK: Final = "/admin/{slug}/requests"
_DONE: Final = frozenset({"approved", "refused", "limits", "till", "asked"})
_TILLS_SHOWN_FOR: Final = timedelta(hours=24)
_TYPED_MAX: Final = 40


class ShownRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request, as the page lists it. `says` is what happens, `then` what the certificate held as it was asked for."""

    request_id: str
    says: str
    then: str
    reason: str
    who: str
    when: str
    until: str
    state: str
    failed: bool
    decided_by: str
    by_one: bool
    is_own: bool
    waits: bool


class ShownTillRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody at a till waits for, as the page lists it. `says` is what happens then."""

    request_id: str
    code: str
    says: str
    who: str
    place: str
    when: str
    until: str
    state: str
    decided_by: str
    is_own: bool
    waits: bool


class RequestPages:
    """Answer about what takes a second person."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps

    async def show(self, caller: Caller) -> Answer:
        """Return the page."""
        done = caller.request.query_params.get("done", "")
        return await self._page(caller, done=done if done in _DONE else "")

    async def approve(self, caller: Caller) -> Answer:
        """Have done what somebody asked for."""
        assert caller.merchant is not None
        chosen = an_id(caller.fields.get("request", ""))
        try:
            await services.approve(
                self._deps, caller.merchant, chosen or UUID(int=0), by=caller.manager, now=self._deps.clock.now()
            )
        except LargesseError as refused:
            return await self._refused(caller, refused)
        return self._back(caller, "approved")

    async def refuse(self, caller: Caller) -> Answer:
        """Refuse what somebody asked for."""
        assert caller.merchant is not None
        chosen = an_id(caller.fields.get("request", ""))
        try:
            await services.refuse(
                self._deps, caller.merchant, chosen or UUID(int=0), by=caller.manager, now=self._deps.clock.now()
            )
        except LargesseError as refused:
            return await self._refused(caller, refused)
        return self._back(caller, "refused")

    async def approve_at_till(self, caller: Caller) -> Answer:
        """Give one's word for what somebody at a till waits for: the till goes on by itself."""
        return await self._decide_at_till(caller, approves=True)

    async def refuse_at_till(self, caller: Caller) -> Answer:
        """Refuse what somebody at a till waits for."""
        return await self._decide_at_till(caller, approves=False)

    async def _decide_at_till(self, caller: Caller, *, approves: bool) -> Answer:
        assert caller.merchant is not None
        chosen, now = an_id(caller.fields.get("request", "")) or UUID(int=0), self._deps.clock.now()
        try:
            await services.decide_from_afar(
                self._deps, caller.merchant, chosen, approves=approves, by=caller.manager, now=now
            )
        except LargesseError as refused:
            return await self._refused(caller, refused)
        return self._back(caller, "till" if approves else "refused")

    async def set_limit(self, caller: Caller) -> Answer:
        """Set up to how much one person does of an act alone."""
        assert caller.merchant is not None
        try:
            act = chosen(caller.fields, "act", LimitedAct)
        except ChoiceUnknown:
            return await self._page(caller, problem=choose_one(self._front.voice(caller)), status=422)
        try:
            limit = ActLimit(
                merchant_id=caller.merchant.merchant_id,
                act=act,
                per_act=self._amount(caller, "once"),
                per_day=self._amount(caller, "day"),
                per_certificate=self._amount(caller, "each"),
            )
            for amount in (limit.per_act, limit.per_day, limit.per_certificate):
                read_limit(amount)
            change = OwnerChange(act=OwnerAct.LIMIT, subject=act.value, name=act.value, to=owners.limit_said(limit))
            waits = await waits_for_owner(self._front, caller, change, reason="")
        except (InvalidAmount, LimitInvalid):
            problem = self._front.voice(caller).t("Write each limit as an amount, or leave it empty for none.")
            return await self._page(caller, problem=problem, status=422)
        except RequestDecided as refused:
            return await self._refused(caller, refused)
        return self._back(caller, "asked" if waits else "limits")

    async def give_word(self, caller: Caller) -> Answer:
        """Have done what another owner asked for."""
        return await self._decide_for_owner(caller, owners.give_word, "approved")

    async def withhold_word(self, caller: Caller) -> Answer:
        """Refuse what another owner asked for, or take back one's own."""
        return await self._decide_for_owner(caller, owners.withhold_word, "refused")

    async def _decide_for_owner(
        self, caller: Caller, decide: Callable[..., Awaitable[OwnerRequest]], done: str
    ) -> Answer:
        assert caller.merchant is not None
        wanted, now = an_id(caller.fields.get("request", "")) or UUID(int=0), self._deps.clock.now()
        try:
            await decide(self._deps, caller.merchant, wanted, by=caller.manager, now=now)
        except LargesseError as refused:
            return await self._refused(caller, refused)
        return self._back(caller, done)

    def _amount(self, caller: Caller, name: str) -> int | None:
        assert caller.merchant is not None
        typed = caller.fields.get(name, "").strip()[:_TYPED_MAX]
        if not typed:
            return None
        language = self._front.voice(caller).language
        return read_amount(typed, currency(caller.merchant.currency), language=language).minor

    def _typed(self, caller: Caller, amount: int | None) -> str:
        """Return a limit as it would be typed."""
        assert caller.merchant is not None
        if amount is None:
            return ""
        return self._front.voice(caller).money(Money(amount, currency(caller.merchant.currency)))

    def _back(self, caller: Caller, done: str) -> Answer:
        assert caller.merchant is not None
        return see_other(_BACK.format(slug=caller.merchant.slug) + (f"?done={done}" if done else ""))

    async def _refused(self, caller: Caller, refused: LargesseError) -> Answer:
        voice = self._front.voice(caller)
        said = {
            "request.own": voice.t("You asked for this yourself: somebody else decides it."),
            "request.for_self": voice.t("This is for you or from you: somebody else decides it."),
            "request.too_close": voice.t(
                "Whoever asked invited you, or changed what you sign in with, less than seven days ago. "
                "Somebody else decides it."
            ),
            "request.changed": voice.t(
                "Something happened to the certificate meanwhile, so this was refused. It has to be asked for anew."
            ),
            "request.decided": voice.t("Somebody has decided this already."),
            "request.lapsed": voice.t("This request counts no more."),
            "request.unknown": voice.t("This request counts no more."),
            "staff.not_allowed": voice.t("Your role does not allow this."),
        }
        problem = said.get(refused.code) or services.refusal_words(voice, refused)
        return await self._page(caller, problem=problem, status=409)

    async def _page(self, caller: Caller, *, done: str = "", problem: str = "", status: int = 200) -> Answer:
        merchant, authority = caller.merchant, caller.authority
        assert merchant is not None
        assert authority is not None
        assert caller.person is not None
        voice, here = self._front.voice(caller), _BACK.format(slug=merchant.slug)
        async with self._deps.database.connection() as connection:
            found = await approvals.requests(connection, merchant.merchant_id)
            limits = await approvals.act_limits(connection, merchant.merchant_id)
            at_tills = await approvals.till_requests(
                connection, merchant.merchant_id, since=self._deps.clock.now() - _TILLS_SHOWN_FOR
            )
            askings = await approvals.owner_requests(connection, merchant.merchant_id)
            ids = {one.requested_by for one in askings} | {one.decided_by for one in askings if one.decided_by}
            ids |= {one.requested_by for one in found} | {one.requested_by for one in at_tills}
            ids |= {one.decided_by for one in found if one.decided_by}
            ids |= {one.decided_by for one in at_tills if one.decided_by}
            people = await staff.persons_of_ids(connection, list(ids))
            places = {one.location_id: one.name for one in await locations.locations(connection, merchant.merchant_id)}
        shown = [self._shown(one, caller, people, voice) for one in found]
        asked_here = [shown_asking(self._front, one, caller, people, voice) for one in askings]
        tills = [self._at_till(one, caller, people, places, voice) for one in at_tills]
        values = {
            "here": here,
            "done": done,
            "problem": problem,
            "decides": may(authority.role, Act.APPROVE),
            "limits_are_theirs": may(authority.role, Act.LIMITS),
            "gives_word": may(authority.role, Act.OWNERS_WORD),
            "askings": [one for one in asked_here if one.waits],
            "decided_askings": [(one, _state_name(one.state, voice)) for one in asked_here if not one.waits],
            "operation": str(new_id(self._deps.clock.now())),
            "waiting": [one for one in shown if one.waits],
            "decided": [one for one in shown if not one.waits],
            "at_tills": [one for one in tills if one.waits],
            "decided_at_tills": [one for one in tills if not one.waits],
            "limits": [
                {
                    "act": act.value,
                    "name": services.act_name(act, voice),
                    "bounds": [
                        ("once", voice.t("At once"), self._typed(caller, limit.per_act)),
                        ("day", voice.t("In a day"), self._typed(caller, limit.per_day)),
                        ("each", voice.t("On one certificate"), self._typed(caller, limit.per_certificate)),
                    ],
                }
                for act, limit in limits.items()
            ],
            "currency": merchant.currency,
        }
        return await self._front.page(caller, "requests.html", values, status=status, here=here)

    def _at_till(
        self,
        one: TillRequest,
        caller: Caller,
        people: Mapping[UUID, Person],
        places: Mapping[UUID, str],
        voice: Voice,
    ) -> ShownTillRequest:
        assert caller.merchant is not None
        assert caller.person is not None
        now, time_zone = self._deps.clock.now(), zone(caller.merchant.time_zone)
        state = one.state(now)
        decider = people.get(one.decided_by) if one.decided_by else None
        return ShownTillRequest(
            request_id=str(one.request_id),
            code=one.code,
            says=services.till_sentence(TillAct(one.act), one.shown, voice),
            who=people[one.requested_by].name,
            place=places.get(one.location_id, ""),
            when=voice.moment(one.made_at, zone=time_zone, now=now),
            until=voice.clock_time(one.expires_at, zone=time_zone),
            state=_state_name(RequestState(one.decision.value) if one.decision else state, voice),
            decided_by=decider.name if decider else "",
            is_own=one.requested_by == caller.person.person_id,
            waits=state is RequestState.WAITING,
        )

    def _shown(self, one: ApprovalRequest, caller: Caller, people: Mapping[UUID, Person], voice: Voice) -> ShownRequest:
        assert caller.merchant is not None
        assert caller.person is not None
        now, time_zone = self._deps.clock.now(), zone(caller.merchant.time_zone)
        state, known = one.state(now), currency(one.shown.currency)
        decider = people.get(one.decided_by) if one.decided_by else None
        holds = voice.money(Money(one.shown.balance, known))
        return ShownRequest(
            request_id=str(one.request_id),
            says=services.request_sentence(one, voice),
            then=voice.t(
                "The certificate ending in {last_four} held {amount} then.", last_four=one.shown.last_four, amount=holds
            ),
            reason=one.reason,
            who=people[one.requested_by].name,
            when=voice.moment(one.made_at, zone=time_zone, now=now),
            until=voice.moment(one.expires_at, zone=time_zone, now=now),
            state=_state_name(state, voice),
            failed=one.outcome not in {None, "done"},
            decided_by=decider.name if decider else "",
            by_one=one.by_one,
            is_own=one.requested_by == caller.person.person_id,
            waits=state is RequestState.WAITING or (state is RequestState.APPROVED and one.outcome is None),
        )


def request_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of what takes a second person."""
    pages = RequestPages(front)
    decide = for_act(Act.APPROVE, back=_BACK)
    return [
        front.route("GET", REQUESTS, for_act(Act.CERTIFICATES_READ), pages.show),
        front.route("POST", f"{REQUESTS}/approve", decide, pages.approve),
        front.route("POST", f"{REQUESTS}/refuse", decide, pages.refuse),
        front.route("POST", f"{REQUESTS}/approve-at-till", decide, pages.approve_at_till),
        front.route("POST", f"{REQUESTS}/refuse-at-till", decide, pages.refuse_at_till),
        front.route("POST", f"{REQUESTS}/give-word", for_act(Act.OWNERS_WORD, back=_BACK), pages.give_word),
        front.route("POST", f"{REQUESTS}/withhold-word", for_act(Act.OWNERS_WORD, back=_BACK), pages.withhold_word),
        front.route("POST", f"{REQUESTS}/limits", for_act(Act.LIMITS, back=_BACK), pages.set_limit),
    ]


def _state_name(state: RequestState, voice: Voice) -> str:
    return {
        RequestState.WAITING: voice.t("waits"),
        RequestState.APPROVED: voice.t("approved"),
        RequestState.REFUSED: voice.t("refused"),
        RequestState.CHANGED: voice.t("refused: something had changed"),
        RequestState.LAPSED: voice.t("lapsed"),
        RequestState.WITHDRAWN: voice.t("withdrawn: whoever asked has left"),
    }[state]
