"""`/counter/{slug}`: what the counter shows while nobody is being served: one field, and what can be done besides."""

from collections.abc import Sequence

from litestar.handlers import HTTPRouteHandler

from largesse.domain import approvals
from largesse.domain.approvals import WAITS_AT_TILL_FOR, RequestState
from largesse.interfaces.counter.caller import CounterCaller
from largesse.interfaces.counter.desks import desk_of
from largesse.interfaces.counter.front import CounterAnswer, CounterFront, counter_path
from largesse.interfaces.counter.rules import AT_COUNTER
from largesse.services.counter import tabs_at

CAMERA = {"Permissions-Policy": "camera=(self), geolocation=(), microphone=(), payment=(), usb=()"}
"""What pages with the scan field are sent with besides: a camera may look at a certificate there, and nowhere else."""


class IdlePage:
    """Answer what can be done here."""

    def __init__(self, front: CounterFront) -> None:
        self._front = front

    async def show(self, caller: CounterCaller) -> CounterAnswer:
        """Return the page."""
        return await self.page(caller)

    async def page(
        self, caller: CounterCaller, *, error: str = "", note: str = "", typed: str = "", status: int = 200
    ) -> CounterAnswer:
        """Return the page; with what is wrong with the number that was typed, or a word on what was scanned."""
        now = self._front.deps.clock.now()
        tabs = await tabs_at(self._front.deps, desk_of(caller), now=now)
        async with self._front.deps.database.connection() as connection:
            asked = await approvals.till_requests(
                connection, caller.merchant.merchant_id, since=now - WAITS_AT_TILL_FOR
            )
        home = counter_path(caller.merchant.slug)
        values = {
            "asked": [
                {"code": one.code, "href": f"{home}/asked/{one.request_id}", "state": one.state(now).value}
                for one in asked
                if (one.requested_by, one.device_id) == (caller.person.person_id, caller.device_id)
                and one.state(now) is RequestState.WAITING
            ],
            "error": error,
            "note": note,
            "typed": typed,
            "tabs": len(tabs),
            "tabs_asking": sum(tab.ends_soon(now) or tab.is_over for tab in tabs),
        }
        return await self._front.page(caller, "idle.html", values, status=status, headers=CAMERA)


def idle_routes(front: CounterFront, page: IdlePage) -> Sequence[HTTPRouteHandler]:
    """Return the route of the counter itself."""
    return [front.route("GET", "/counter/{slug:str}", AT_COUNTER, page.show)]
