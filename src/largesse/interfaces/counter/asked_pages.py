"""`/counter/{slug}/asked/{id}`: a word is waited for that somebody gives from afar; then the till goes on by itself."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from litestar.handlers import HTTPRouteHandler

from largesse.domain import approvals
from largesse.domain.approvals import RequestDecided, RequestLapsed, RequestState, RequestUnknown, TillRequest
from largesse.domain.tills import TillAct
from largesse.interfaces.counter.again import looked_at, sent_again
from largesse.interfaces.counter.caller import CounterCaller
from largesse.interfaces.counter.front import CounterAnswer, CounterFront, counter_path
from largesse.interfaces.counter.rules import AT_COUNTER, WAITING
from largesse.services import tills as till_services
from largesse.services.approvals import decide_from_afar, till_sentence
from largesse.services.tills import open_form
from largesse.web.errors import PageUnknown
from largesse.web.forms import an_id
from largesse.web.responses import see_other

ASKED: Final = "/counter/{slug:str}/asked/{id:str}"
POLL_S: Final = 4
SHOWN_FOR: Final = timedelta(hours=1)


class AskedPages:
    """Answer whoever waits for the word of a second person, who is elsewhere."""

    def __init__(self, front: CounterFront) -> None:
        self._front = front
        self._deps = front.deps

    async def show(self, caller: CounterCaller) -> CounterAnswer:
        """Return the page that waits; once it is approved, do what was asked for, and show what came of it."""
        request = await self._request(caller)
        if request.state(self._deps.clock.now()) is RequestState.APPROVED:
            form = open_form(self._deps.keyring, request.form, caller.kept_for)
            if form is not None and form.template in self._front.posted:
                return await sent_again(self._front, caller, form)
        return await self._page(caller, request)

    async def waits(self, caller: CounterCaller) -> CounterAnswer:
        """Return the same to a page that asks by itself, and do nothing: it leads to where that is done."""
        return await self._page(caller, await self._request(caller))

    async def take_back(self, caller: CounterCaller) -> CounterAnswer:
        """Wait no more."""
        request = await self._request(caller)
        try:
            await decide_from_afar(
                self._deps,
                caller.merchant,
                request.request_id,
                approves=False,
                by=caller.manager,
                now=self._deps.clock.now(),
            )
        except (RequestDecided, RequestLapsed):
            return see_other(asked_path(caller.merchant.slug, request))
        return see_other(counter_path(caller.merchant.slug))

    async def begun(self, caller: CounterCaller) -> CounterAnswer:
        """Return what somebody had typed when the device locked, as it was; nothing of it is done."""
        form = None
        if caller.seat is not None:
            async with self._deps.database.connection() as connection:
                form = await till_services.form_of_seat(connection, self._deps.keyring, caller.seat)
        if form is None:
            return see_other(counter_path(caller.merchant.slug))
        return await looked_at(self._front, caller, form)

    async def _request(self, caller: CounterCaller) -> TillRequest:
        """Return what the address names.

        Raises:
            PageUnknown: this person has not asked for it here.
        """
        wanted = an_id(caller.request.path_params["id"])
        if wanted is None:
            raise PageUnknown
        async with self._deps.database.connection() as connection:
            try:
                found = await approvals.find_till_request(connection, caller.merchant.merchant_id, wanted)
            except RequestUnknown:
                raise PageUnknown from None
        if (found.requested_by, found.device_id) != (caller.person.person_id, caller.device_id):
            raise PageUnknown
        return found

    async def _page(self, caller: CounterCaller, request: TillRequest) -> CounterAnswer:
        voice, now = self._front.voice(caller), self._deps.clock.now()
        here, state = asked_path(caller.merchant.slug, request), request.state(now)
        values = {
            "here": here,
            "code": request.code,
            "what": till_sentence(TillAct(request.act), request.shown, voice),
            "state": state.value,
            "until": voice.clock_time(request.expires_at, zone=caller.where.zone),
            "again": f"{here}/waits?poll=1",
            "every": POLL_S,
        }
        return await self._front.page(caller, "asked.html", values, here=here)


def asked_path(slug: str, request: TillRequest) -> str:
    """Return the address of the page on which somebody waits."""
    return f"{counter_path(slug)}/asked/{request.request_id}"


def asked_routes(front: CounterFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of what is waited for."""
    pages = AskedPages(front)
    return [
        front.route("GET", ASKED, AT_COUNTER, pages.show),
        front.route("GET", f"{ASKED}/waits", WAITING, pages.waits),
        front.route("POST", f"{ASKED}/take-back", AT_COUNTER, pages.take_back),
        front.route("GET", "/counter/{slug:str}/begun", AT_COUNTER, pages.begun),
    ]
