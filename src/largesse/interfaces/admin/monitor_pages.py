"""`/admin/{slug}/monitors`: figures that are watched, and what each saw last."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar.handlers import HTTPRouteHandler

from largesse.domain.merchants import Merchant
from largesse.domain.monitors import Monitor, MonitorUnknown, Watched, list_monitors
from largesse.domain.staff import Act
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.rules import for_act
from largesse.kernel import free_text
from largesse.kernel.amounts import read_amount
from largesse.kernel.currency import currency
from largesse.kernel.errors import InvalidInput, LargesseError
from largesse.kernel.ids import derived_id
from largesse.services import monitors, reports
from largesse.services.monitors import ACTS, bound_text, sentence_of, value_text, watched_name
from largesse.ui import Voice
from largesse.web.choices import chosen, said_beside
from largesse.web.responses import see_other

MONITORS: Final = "/admin/{slug:str}/monitors"
_BACK: Final = "/admin/{slug}/monitors"
_DONE: Final = frozenset({"set", "removed"})
_FIELDS: Final = ("watched", "currency", "offering_id", "act", "bound")
_TYPED_MAX: Final = 80
_OF_MONEY: Final = frozenset({Watched.LIABILITY, Watched.REDEEMED_HOUR})
_NO_NUMBER: Final = -1
_DIGITS_MAX: Final = 9


class MonitorPages:
    """Answer what is watched."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps

    async def show(self, caller: Caller) -> Answer:
        """Return the page."""
        done = caller.request.query_params.get("done", "")
        return await self._page(caller, done=done if done in _DONE else "")

    async def set(self, caller: Caller) -> Answer:
        """Watch a figure from now on."""
        merchant, voice = caller.merchant, self._front.voice(caller)
        assert merchant is not None
        typed = {name: free_text.one_line(caller.fields.get(name, "")[:_TYPED_MAX]) for name in _FIELDS}
        try:
            one = self._monitor(caller, merchant, typed, voice)
            await monitors.set_monitor(self._deps, merchant, one, by=caller.manager)
        except InvalidInput as wrong:
            return await self._page(caller, errors=_sentences(wrong, voice), typed=typed, status=422)
        return see_other(f"{_BACK.format(slug=merchant.slug)}?done=set")

    async def remove(self, caller: Caller) -> Answer:
        """Watch it no more; what is gone already stays gone."""
        merchant = caller.merchant
        assert merchant is not None
        try:
            wanted = UUID(caller.fields.get("monitor", "")[:40])
            await monitors.remove_monitor(self._deps, merchant, wanted, by=caller.manager, now=self._deps.clock.now())
        except (ValueError, MonitorUnknown):
            pass
        return see_other(f"{_BACK.format(slug=merchant.slug)}?done=removed")

    def _monitor(self, caller: Caller, merchant: Merchant, typed: Mapping[str, str], voice: Voice) -> Monitor:
        assert caller.person is not None
        watched = chosen(typed, "watched", Watched)
        return Monitor(
            merchant_id=merchant.merchant_id,
            monitor_id=_operation(caller),
            watched=watched,
            currency=typed["currency"] if watched in _OF_MONEY else None,
            offering_id=_id(typed["offering_id"]) if watched is Watched.STOCK else None,
            act=typed["act"] if watched is Watched.EXCEPTION else None,
            bound=_bound(watched, typed, voice),
            made_by=caller.person.person_id,
            made_at=self._deps.clock.now(),
        )

    async def _page(
        self,
        caller: Caller,
        *,
        done: str = "",
        errors: Mapping[str, str] | None = None,
        typed: Mapping[str, str] | None = None,
        status: int = 200,
    ) -> Answer:
        merchant = caller.merchant
        assert merchant is not None
        voice, now = self._front.voice(caller), self._deps.clock.now()
        here = _BACK.format(slug=merchant.slug)
        names = await reports.names_of(self._deps, merchant)
        async with self._deps.database.connection() as connection:
            known = await list_monitors(connection, merchant.merchant_id)
        offerings = sorted(names.get("offering_id", {}).items(), key=lambda item: item[1])

        def shown(one: Monitor) -> dict[str, Any]:
            offering = names.get("offering_id", {}).get(one.offering_id, "") if one.offering_id else ""
            since = "" if one.over_since is None else voice.moment(one.over_since, zone=merchant.zone, now=now)
            return {
                "id": str(one.monitor_id),
                "what": sentence_of(one, voice, offering=offering),
                "bound": bound_text(one, voice),
                "value": value_text(one, one.value, voice) or voice.t("not looked at yet"),
                "over": voice.t("beyond it since {moment}", moment=since) if since else "",
            }

        values = {
            "here": here,
            "done": done,
            "errors": errors or {},
            "typed": typed or {"watched": "liability", "currency": merchant.currency},
            "operation": str(derived_id("monitor-form", caller.form_owner, now.isoformat())),
            "watched": [(one.value, watched_name(one, voice)) for one in Watched],
            "acts": [(one, reports.column_title(one, voice)) for one in ACTS],
            "offerings": [("", ""), *((str(key), name) for key, name in offerings)],
            "monitors": [shown(one) for one in known],
            "trail": [(voice.t("Reports"), f"/admin/{merchant.slug}/reports"), (voice.t("Monitors"), "")],
        }
        return await self._front.page(caller, "monitors.html", values, status=status, here=here)


def monitor_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of monitors."""
    pages = MonitorPages(front)
    reading = for_act(Act.FIGURES_READ, back=_BACK)
    return [
        front.route("GET", MONITORS, for_act(Act.FIGURES_READ), pages.show),
        front.route("POST", f"{MONITORS}/set", reading, pages.set),
        front.route("POST", f"{MONITORS}/remove", reading, pages.remove),
    ]


def _bound(watched: Watched, typed: Mapping[str, str], voice: Voice) -> int:
    """Return the bound; below zero, which is refused beside its field, where it is none."""
    text = typed["bound"]
    if watched in _OF_MONEY:
        try:
            return read_amount(text, currency(typed["currency"]), language=voice.language).minor
        except LargesseError:
            return _NO_NUMBER
    text = text.rstrip("% ")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS_MAX else _NO_NUMBER


def _operation(caller: Caller) -> UUID:
    """Return the id that the form came with: sent twice, it watches once."""
    found = _id(caller.fields.get("operation", "")[:40])
    return found or derived_id("monitor-form", caller.form_owner, msgspec.json.encode(dict(caller.fields)).decode())


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _sentences(wrong: InvalidInput, voice: Voice) -> dict[str, str]:
    told = {
        "currency": voice.t("Choose a currency by its code, such as EUR."),
        "offering_id": voice.t("Choose an offering whose stock is limited."),
        "act": voice.t("Choose what is counted."),
        "bound": voice.t("Write a bound, 0 or more; of credit in percent."),
        "watched": voice.t("There are 50 monitors already. Take one away first."),
    }
    return said_beside(wrong, told, voice)
