"""`/admin/{slug}/deliveries/{endpoint}/{event}`: one delivery, with what was sent and answered at every attempt."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from litestar.handlers import HTTPRouteHandler

from largesse import outbox
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Act, may
from largesse.interfaces.admin.deliveries.endpoints import HERE, PATH, asked_again, endpoint_in, say_why, trail_to
from largesse.interfaces.admin.deliveries.list_page import delivery_states, kind_name
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.rules import for_act
from largesse.kernel import free_text
from largesse.kernel.errors import LargesseError
from largesse.kernel.ids import new_id
from largesse.outbox import Attempt, Delivery, DeliveryNotFound, DeliveryStatus, Endpoint
from largesse.services.endpoints import is_standing, send_again
from largesse.ui import Voice
from largesse.web.errors import PageUnknown
from largesse.web.forms import an_id
from largesse.web.request import named_in
from largesse.web.responses import see_other

ONE_PATH: Final = f"{PATH}/{{event_id:str}}"
_STATES: Final = {DeliveryStatus.DELIVERED: "good", DeliveryStatus.PENDING: "warn", DeliveryStatus.FAILED: "bad"}


class DeliveryPages:
    """Answer what became of one delivery."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps

    async def show(self, caller: Caller) -> Answer:
        """Return the page."""
        done = caller.request.query_params.get("done", "") == "again"
        return await self._page(caller, done=done)

    async def again(self, caller: Caller) -> Answer:
        """Queue it once more."""
        endpoint, event_id = await endpoint_in(self._front, caller), _event_in(caller)
        by = asked_again(caller)
        if by is None:
            return await self._page(caller, fault=say_why(self._front.voice(caller)), status=422)
        try:
            async with self._deps.transaction() as connection:
                await send_again(connection, endpoint.endpoint_id, event_id, by=by, now=self._deps.clock.now())
        except DeliveryNotFound:
            raise PageUnknown from None
        except LargesseError as refused:
            return await self._page(caller, problem=refused.message, status=409)
        return see_other(f"{_here(caller)}?done=again")

    async def _page(
        self, caller: Caller, *, done: bool = False, problem: str = "", fault: str = "", status: int = 200
    ) -> Answer:
        merchant, authority = caller.merchant, caller.authority
        assert merchant is not None
        assert authority is not None
        endpoint, event_id = await endpoint_in(self._front, caller), _event_in(caller)
        voice, now = self._front.voice(caller), self._deps.clock.now()
        async with self._deps.database.connection() as connection:
            found = await outbox.find_delivery(connection, merchant.merchant_id, endpoint.endpoint_id, event_id)
            if found is None:
                raise PageUnknown
            attempts = await outbox.attempts_of(connection, found)
        values = {
            "trail": trail_to(voice, merchant, endpoint, kind_name(found.kind, voice)),
            "heading": kind_name(found.kind, voice),
            "state": {"badge": delivery_states(voice)[found.status.value], "kind": _STATES[found.status]},
            "facts_shown": _facts(found, endpoint, merchant, voice, now=now),
            "attempts": [_shown(one, merchant, voice, now=now) for one in reversed(attempts)],
            "again": f"{_here(caller)}/again"
            if may(authority.role, Act.DELIVERIES_RESEND) and is_standing(endpoint)
            else "",
            "operation": str(new_id(now)),
            "why": {"value": caller.fields.get("why", "") if status != 200 else "", "error": fault},
            "done": done,
            "problem": problem,
        }
        return await self._front.page(caller, "deliveries/delivery.html", values, status=status, here=_here(caller))


def _facts(
    found: Delivery, endpoint: Endpoint, merchant: Merchant, voice: Voice, *, now: datetime
) -> list[tuple[str, object]]:
    def moment(at: datetime) -> str:
        return voice.moment(at, zone=merchant.zone, now=now)

    href = HERE.format(slug=merchant.slug, endpoint_id=endpoint.endpoint_id)
    facts: list[tuple[str, object]] = [
        (voice.t("To whom"), {"text": trail_to(voice, merchant, endpoint)[-1][0], "href": href, "row": False}),
        (voice.t("Happened"), moment(found.occurred_at)),
        (voice.t("Id of the event"), str(found.event_id)),
        (voice.t("Attempts"), str(found.attempts)),
    ]
    if found.status is DeliveryStatus.PENDING:
        facts.append((voice.t("Next try"), moment(found.next_attempt_at)))
    if found.settled_at is not None:
        facts.append((voice.t("Settled"), moment(found.settled_at)))
    return facts


def _shown(one: Attempt, merchant: Merchant, voice: Voice, *, now: datetime) -> dict[str, object]:
    """Return an attempt: what was sent is as it was kept, the receiver's own phrases masked in it."""
    answered = voice.t("The receiver answered {code}.", code=str(one.status_code))
    return {
        "number": one.attempt,
        "when": voice.moment(one.started_at, zone=merchant.zone, now=now),
        "at": one.started_at.isoformat(timespec="seconds"),
        "took": voice.t("{count} ms", count=one.duration_ms),
        "outcome": one.error or answered,
        "good": one.error is None,
        "body": readable(one.body),
        "answer": readable(one.answer),
    }


def readable(raw: bytes) -> str:
    """Return bytes from outside as text, with nothing in it that is not seen."""
    return free_text.for_terminals(raw.decode("utf-8", "replace"))


def _event_in(caller: Caller) -> UUID:
    wanted = an_id(str(caller.request.path_params["event_id"]))
    if wanted is None:
        raise PageUnknown
    return wanted


def _here(caller: Caller) -> str:
    return f"{HERE}/{{event_id}}".format(**named_in(caller.request))


def delivery_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of a delivery."""
    pages = DeliveryPages(front)
    return [
        front.route("GET", ONE_PATH, for_act(Act.DELIVERIES_READ), pages.show),
        front.route("POST", f"{ONE_PATH}/again", for_act(Act.DELIVERIES_RESEND), pages.again),
    ]
