"""`/admin/{slug}/deliveries`: the endpoints and how they are, and what each was to be told, filtered by a sentence."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from litestar.handlers import HTTPRouteHandler

from largesse import outbox
from largesse.db.connection import Row
from largesse.db.listing import Condition
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Act, may
from largesse.interfaces.admin.deliveries.endpoints import (
    LIST_HERE,
    LIST_PATH,
    endpoint_name,
    endpoint_state,
    format_name,
)
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.lists import (
    Blank,
    Conditions,
    Head,
    csv_answer,
    one_of,
    period_of,
    periods,
    posted_query,
    read_query,
    shown_list,
)
from largesse.interfaces.admin.rules import for_act
from largesse.kernel.clock import day_of
from largesse.kernel.ids import first_id
from largesse.outbox import MAIL_DUE, DeliveryStatus, Endpoint
from largesse.services.endpoints import EventKind
from largesse.services.office import (
    DELIVERIES,
    EndpointLoad,
    deliveries_to_export,
    export_list,
    loads_of,
    read_list,
)
from largesse.ui import Voice

_STATES: Final = {"delivered": "good", "pending": "warn", "failed": "bad"}


class DeliveryList:
    """Answer who is told, and what became of each telling."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps

    async def show(self, caller: Caller) -> Answer:
        """Return the endpoints, and a page of the list."""
        merchant, authority = caller.merchant, caller.authority
        assert merchant is not None
        assert authority is not None
        voice, now = self._front.voice(caller), self._deps.clock.now()
        here = LIST_HERE.format(slug=merchant.slug)
        async with self._deps.database.connection() as connection:
            endpoints = await outbox.list_endpoints(connection, merchant.merchant_id)
            loads = await loads_of(connection, merchant.merchant_id)
        query = read_query(caller.request, here, DELIVERIES, blanks_of(endpoints, voice, merchant, now=now))
        listed = await read_list(self._deps, DELIVERIES, merchant.merchant_id, query.asked)
        shown = shown_list(
            query,
            listed.page,
            words=voice.t("{kind} to {endpoint}: {status}, {when}"),
            heads=_heads(voice),
            rows=[self._row(row, merchant, voice, endpoints) for row in listed.page.rows],
            said=voice.n("{count} delivery", "{count} deliveries", listed.count),
        )
        values = {
            "list": shown,
            "export": f"{here}/export",
            "endpoints": [
                endpoint_card(one, loads.get(one.endpoint_id, EndpointLoad()), merchant, voice, now=now)
                for one in endpoints
            ],
            "new": f"{here}/new" if may(authority.role, Act.ENDPOINTS_EDIT) else "",
            "done": {"new": voice.t("The endpoint is there."), "retire": voice.t("The endpoint is removed.")}.get(
                caller.request.query_params.get("done", ""), ""
            ),
        }
        return await self._front.page(caller, "deliveries/deliveries.html", values)

    async def export(self, caller: Caller) -> Answer:
        """Return what the list shows as a file."""
        merchant = caller.merchant
        assert merchant is not None
        voice, now = self._front.voice(caller), self._deps.clock.now()
        async with self._deps.database.connection() as connection:
            endpoints = await outbox.list_endpoints(connection, merchant.merchant_id)
        blanks = blanks_of(endpoints, voice, merchant, now=now)
        query = posted_query(caller.fields, LIST_HERE.format(slug=merchant.slug), DELIVERIES, blanks)
        dataset, actor = deliveries_to_export(merchant, query.asked), caller.manager.actor

        async def write(sink: Any) -> int:
            return await export_list(self._deps, merchant, dataset, actor=actor, sink=sink, now=now)

        return await csv_answer(write, name="deliveries", day=day_of(now, in_zone=merchant.zone))

    def _row(self, row: Row, merchant: Merchant, voice: Voice, endpoints: Sequence[Endpoint]) -> dict[str, object]:
        names = {one.endpoint_id: endpoint_name(one, voice) for one in endpoints}
        now, here = self._deps.clock.now(), LIST_HERE.format(slug=merchant.slug)
        states = delivery_states(voice)
        pending = row["status"] == DeliveryStatus.PENDING.value
        following = row["next_attempt_at"] if pending else row["settled_at"]
        kind, href = kind_name(row["kind"] or "", voice), f"{here}/{row['endpoint_id']}/{row['event_id']}"
        return {
            "kind": {"text": kind, "href": href} if row["endpoint_id"] in names else kind,
            "when": voice.moment(row["occurred_at"], zone=merchant.zone, now=now) if row["occurred_at"] else "",
            "endpoint": names.get(row["endpoint_id"], row["url"] or ""),
            "state": {"badge": states[row["status"]], "kind": _STATES[row["status"]]},
            "attempts": str(row["attempts"]),
            "next": voice.moment(following, zone=merchant.zone, now=now) if following else "",
        }


def endpoint_card(
    one: Endpoint, load: EndpointLoad, merchant: Merchant, voice: Voice, *, now: datetime
) -> Mapping[str, object]:
    """Return how an endpoint is, for a card or the head of its page."""

    def moment(at: datetime) -> str:
        return voice.moment(at, zone=merchant.zone, now=now)

    health = [
        voice.t("last success {moment}", moment=moment(one.last_success_at))
        if one.last_success_at
        else voice.t("nothing taken yet"),
        voice.t("fails since {moment}", moment=moment(one.failing_since)) if one.failing_since else "",
        voice.n("{count} waits", "{count} wait", load.waiting) if load.waiting else "",
        voice.t("next try {moment}", moment=moment(load.next_at)) if load.next_at and load.waiting else "",
        voice.n("{count} given up", "{count} given up", load.given_up) if load.given_up else "",
    ]
    return {
        "name": endpoint_name(one, voice),
        "href": f"{LIST_HERE.format(slug=merchant.slug)}/{one.endpoint_id}",
        "state": endpoint_state(one, voice),
        "format": format_name(one, voice),
        "health": [said for said in health if said],
        "reason": one.status_reason or "",
        "asked": one.asked.url if one.asked else "",
    }


def blanks_of(endpoints: Sequence[Endpoint], voice: Voice, merchant: Merchant, *, now: datetime) -> tuple[Blank, ...]:
    """Return the blanks of the sentence."""
    kinds = [(one.value, one.value) for one in EventKind]
    named = [(str(one.endpoint_id), endpoint_name(one, voice)) for one in endpoints]
    return (
        Blank(
            name="kind",
            label=voice.t("What"),
            options=(("", voice.t("Anything")), (MAIL_DUE, kind_name(MAIL_DUE, voice)), *kinds),
            asks=one_of("kind"),
        ),
        Blank(
            name="endpoint",
            label=voice.t("To whom"),
            options=(("", voice.t("any endpoint")), *named),
            asks=lambda value: [Condition("endpoint_id", "=", UUID(value), "uuid")] if value else [],
        ),
        Blank(
            name="status",
            label=voice.t("State"),
            options=(("", voice.t("in any state")), *delivery_states(voice).items()),
            asks=one_of("status"),
        ),
        Blank(name="when", label=voice.t("When"), options=periods(voice), asks=_happened(merchant, now=now)),
    )


def _happened(merchant: Merchant, *, now: datetime) -> Conditions:
    """Return how a blank asks when something happened: the ids of events tell, and the list goes by them."""

    def asks(word: str) -> list[Condition]:
        span = period_of(word, merchant, now=now)
        ends = ((">=", span.since), ("<", span.until))
        return [Condition("event_id", sign, first_id(at), "uuid") for sign, at in ends if at is not None]

    return asks


def delivery_states(voice: Voice) -> dict[str, str]:
    """Return what each state of a delivery is called."""
    return {
        DeliveryStatus.PENDING.value: voice.t("waiting"),
        DeliveryStatus.DELIVERED.value: voice.t("delivered"),
        DeliveryStatus.FAILED.value: voice.t("given up"),
    }


def kind_name(kind: str, voice: Voice) -> str:
    """Return what an event is called: its name in webhooks, and for mails that they are mails."""
    return voice.t("a mail") if kind == MAIL_DUE else kind


def _heads(voice: Voice) -> Sequence[Head]:
    return (
        Head(key="kind", title=voice.t("What"), kind="lead"),
        Head(key="when", title=voice.t("Happened"), sorts=("newest", "oldest")),
        Head(key="endpoint", title=voice.t("To whom")),
        Head(key="state", title=voice.t("State")),
        Head(key="attempts", title=voice.t("Attempts"), kind="count"),
        Head(key="next", title=voice.t("Next try, or settled")),
    )


def delivery_list_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of the list."""
    pages = DeliveryList(front)
    return [
        front.route("GET", LIST_PATH, for_act(Act.DELIVERIES_READ), pages.show),
        front.route("POST", f"{LIST_PATH}/export", for_act(Act.DELIVERIES_READ), pages.export),
    ]
