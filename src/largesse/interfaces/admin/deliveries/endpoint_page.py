"""`/admin/{slug}/deliveries/{endpoint}`: one endpoint, how it is, and what may be done about it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from litestar.handlers import HTTPRouteHandler

from largesse.domain.merchants import Merchant
from largesse.domain.staff import Act, ByWhom, may
from largesse.interfaces.admin.deliveries.delivery_page import readable
from largesse.interfaces.admin.deliveries.endpoint_acts import ENDPOINT_ACTS
from largesse.interfaces.admin.deliveries.endpoints import (
    HERE,
    LIST_HERE,
    PATH,
    asked_again,
    endpoint_in,
    say_why,
    trail_to,
)
from largesse.interfaces.admin.deliveries.list_page import endpoint_card
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.office.telling import Teller
from largesse.interfaces.admin.rules import for_act
from largesse.kernel.errors import LargesseError
from largesse.kernel.ids import new_id
from largesse.outbox import EMAIL, Endpoint
from largesse.services.endpoints import is_standing, send_failed_again, try_out
from largesse.services.office import EndpointLoad, loads_of, names_in
from largesse.ui import Voice, choose_one
from largesse.web.choices import ChoiceUnknown, chosen
from largesse.web.request import named_in
from largesse.web.responses import see_other

_SPANS: Final = {"day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=30)}


class EndpointPages:
    """Answer about one endpoint."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps

    async def show(self, caller: Caller) -> Answer:
        """Return the page."""
        return await self._page(caller, await endpoint_in(self._front, caller))

    async def test(self, caller: Caller) -> Answer:
        """Send a sample, and show what came back."""
        assert caller.merchant is not None
        endpoint, voice = await endpoint_in(self._front, caller), self._front.voice(caller)
        by, now = ByWhom(actor=caller.manager.actor), self._deps.clock.now()
        try:
            trial = await try_out(self._deps, self._deps.sender, caller.merchant, endpoint, by=by, now=now)
        except LargesseError as refused:
            return await self._page(caller, endpoint, problem=refused.message, status=409)
        answer = trial.answer
        shown = {
            "good": answer.received,
            "outcome": answer.error or voice.t("The receiver answered {code}.", code=str(answer.status_code)),
            "took": voice.t("{count} ms", count=answer.duration_ms),
            "headers": "\n".join(f"{name}: {value}" for name, value in trial.packed.parcel.headers.items()),
            "body": readable(trial.packed.record),
            "answer": readable(answer.body),
        }
        return await self._page(caller, await endpoint_in(self._front, caller), trial=shown)

    async def resend_failed(self, caller: Caller) -> Answer:
        """Queue again all that was given up since a while ago."""
        endpoint, now = await endpoint_in(self._front, caller), self._deps.clock.now()
        try:
            since = now - _SPANS[chosen(caller.fields, "since", _SPANS, usual="day")]
        except ChoiceUnknown:
            return await self._page(caller, endpoint, problem=choose_one(self._front.voice(caller)), status=422)
        by = asked_again(caller)
        if by is None:
            return await self._page(caller, endpoint, fault=say_why(self._front.voice(caller)), status=422)
        try:
            count = await send_failed_again(self._deps, endpoint.endpoint_id, since=since, by=by, now=now)
        except LargesseError as refused:
            return await self._page(caller, endpoint, problem=refused.message, status=409)
        return see_other(f"{_here(caller)}?done=resend-failed&count={'' if count is None else count}")

    async def _page(
        self,
        caller: Caller,
        endpoint: Endpoint,
        *,
        trial: dict[str, object] | None = None,
        problem: str = "",
        fault: str = "",
        status: int = 200,
    ) -> Answer:
        merchant, authority = caller.merchant, caller.authority
        assert merchant is not None
        assert authority is not None
        voice, now, here = self._front.voice(caller), self._deps.clock.now(), _here(caller)
        async with self._deps.database.connection() as connection:
            load = (await loads_of(connection, merchant.merchant_id)).get(endpoint.endpoint_id, EndpointLoad())
        resends = may(authority.role, Act.DELIVERIES_RESEND)
        values = {
            "trail": trail_to(voice, merchant, endpoint),
            "one": endpoint_card(endpoint, load, merchant, voice, now=now),
            "facts_shown": await self._facts(endpoint, merchant, voice, now=now),
            "acts_shown": [
                {"name": offer.title(voice), "href": f"{here}/{offer.name}", "danger": offer.danger}
                for offer in ENDPOINT_ACTS
                if may(authority.role, offer.act) and offer.offered(endpoint)
            ],
            "asked": await self._asked(endpoint, merchant, voice, now=now),
            "list": f"{LIST_HERE.format(slug=merchant.slug)}?endpoint={endpoint.endpoint_id}",
            "test": f"{here}/test" if resends and endpoint.format != EMAIL else "",
            "resend": f"{here}/resend-failed" if resends and load.given_up and is_standing(endpoint) else "",
            "spans": [
                ("day", voice.t("in the last 24 hours")),
                ("week", voice.t("in the last 7 days")),
                ("month", voice.t("in the last 30 days")),
            ],
            "since": caller.fields.get("since", "day") if status != 200 else "day",
            "operation": str(new_id(now)),
            "why": {"value": caller.fields.get("why", "") if status != 200 else "", "error": fault},
            "trial": trial,
            "done": self._done(caller, voice),
            "problem": problem,
        }
        return await self._front.page(caller, "deliveries/endpoint.html", values, status=status, here=here)

    def _done(self, caller: Caller, voice: Voice) -> str:
        done = caller.request.query_params.get("done", "")
        if done == "resend-failed":
            count = caller.request.query_params.get("count", "")
            return (
                voice.n("{count} delivery is queued.", "{count} deliveries are queued.", int(count))
                if (count.isascii() and count.isdigit() and len(count) < 9)
                else voice.t("They are queued.")
            )
        return next((one.done(voice) for one in ENDPOINT_ACTS if one.name == done), "")

    async def _asked(self, endpoint: Endpoint, merchant: Merchant, voice: Voice, *, now: datetime) -> str:
        """Return what waits for an owner's word, as a sentence."""
        if endpoint.asked is None:
            return ""
        teller = Teller(voice, merchant, await names_in(self._deps, merchant, [endpoint.asked.by]), now=now)
        who = teller.who(endpoint.asked.by)
        if endpoint.asked.url:
            return voice.t("{name} asks that it leads to {address}.", name=who, address=endpoint.asked.url)
        return voice.t("{name} added it. Nothing is sent there until an owner admits it.", name=who)

    async def _facts(
        self, endpoint: Endpoint, merchant: Merchant, voice: Voice, *, now: datetime
    ) -> list[tuple[str, object]]:
        facts: list[tuple[str, object]] = [
            (voice.t("Is told"), ", ".join(endpoint.events)),
            (voice.t("Id"), str(endpoint.endpoint_id)),
            (voice.t("Since"), voice.moment(endpoint.created_at, zone=merchant.zone, now=now)),
        ]
        if endpoint.format != EMAIL:
            order = voice.t("one at a time, oldest first") if endpoint.ordered else voice.t("many at once")
            facts.insert(1, (voice.t("In which order"), order))
        if endpoint.private or endpoint.clear:
            facts.append((voice.t("Key phrases"), voice.t("are set, and sealed")))
        if endpoint.previous_until is not None and now < endpoint.previous_until:
            until = voice.moment(endpoint.previous_until, zone=merchant.zone, now=now)
            facts.append((voice.t("Secret"), voice.t("the old one signs too, until {moment}", moment=until)))
        return facts


def _here(caller: Caller) -> str:
    return HERE.format(**named_in(caller.request))


def endpoint_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of an endpoint's page."""
    pages = EndpointPages(front)
    resend = for_act(Act.DELIVERIES_RESEND, back=HERE)
    return [
        front.route("GET", PATH, for_act(Act.DELIVERIES_READ), pages.show),
        front.route("POST", f"{PATH}/test", resend, pages.test),
        front.route("POST", f"{PATH}/resend-failed", resend, pages.resend_failed),
    ]
