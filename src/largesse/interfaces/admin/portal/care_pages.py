"""`/partner/{partner}/orders`: find an order, see how it stands, send it again, correct whom it is for, cancel it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote

from litestar.handlers import HTTPRouteHandler

from largesse.db.listing import Condition
from largesse.domain.orders import Order, OrderNotFound
from largesse.domain.portal import PartnerAct
from largesse.interfaces.admin.front import Answer, Caller
from largesse.interfaces.admin.lists import Blank, Head, one_of, periods, read_query, shown_list, within
from largesse.interfaces.admin.office.wording import badge_kind, order_states
from largesse.interfaces.admin.portal.front import HERE, PortalCaller, PortalFront, acting
from largesse.interfaces.admin.portal.order_pages import acts_of
from largesse.interfaces.admin.portal.wording import refusal_sentence
from largesse.interfaces.admin.rules import for_partner
from largesse.kernel import free_text
from largesse.kernel.currency import currency
from largesse.kernel.errors import InvalidInput, LargesseError
from largesse.kernel.money import Money
from largesse.services.office import ORDERS, read_list
from largesse.services.portal import OwnOrder, cancel_order, own_order, search_orders, send_order_again
from largesse.ui import Voice
from largesse.web.errors import PageUnknown
from largesse.web.responses import see_other

ORDERS_PATH: Final = f"{HERE}/orders"
ONE: Final = f"{ORDERS_PATH}/{{number:str}}"
BACK: Final = "/partner/{partner_id}/orders/{number}"
_TYPED_MAX: Final = 300
_DONE: Final = frozenset({"sent", "corrected", "renewed", "cancelled"})
Work = Callable[[PortalCaller, str], Awaitable[str]]


class CarePages:
    """Answer about a partner's orders."""

    def __init__(self, front: PortalFront) -> None:
        self._front = front
        self._deps = front.deps

    async def list(self, caller: Caller) -> Answer:
        """Return a partner's orders, filtered by a sentence; `refcode` and what is searched for is typed."""
        here, voice, now = acting(caller), self._front.voice(caller), self._deps.clock.now()
        path = f"{here.home}/orders"
        blanks = (
            Blank(
                name="status",
                label=voice.t("State"),
                options=(("", voice.t("in any state")), *order_states(voice).items()),
                asks=one_of("status"),
            ),
            Blank(
                name="placed",
                label=voice.t("When they were placed"),
                options=periods(voice),
                asks=within("placed_at", here.merchant, now=now),
            ),
            Blank(name="refcode", label=voice.t("Refcode"), hint=voice.t("any refcode"), asks=one_of("refcode")),
        )
        query = read_query(caller.request, path, ORDERS, blanks)
        own = Condition("partner_id", "=", here.partner.partner_id, "uuid")
        asked = _with(query.asked, own)
        listed = await read_list(self._deps, ORDERS, here.merchant.merchant_id, asked)
        heads = (
            Head(key="number", title=voice.t("Order"), kind="lead"),
            Head(key="placed", title=voice.t("Placed"), sorts=("newest", "oldest")),
            Head(key="refcode", title=voice.t("Refcode")),
            Head(key="recipient", title=voice.t("For")),
            Head(key="state", title=voice.t("State")),
            Head(key="total", title=voice.t("Total"), kind="money", sorts=("largest", "smallest")),
        )
        shown = shown_list(
            query,
            listed.page,
            words=voice.t("Orders that are {status}, placed {placed}, under {refcode}"),
            heads=heads,
            rows=[_row(row, here, voice, now) for row in listed.page.rows],
            said=voice.n("{count} order", "{count} orders", listed.count),
        )
        values = {"list": shown, "home": here.home, "orders": here.may(PartnerAct.ORDER), "found": None, "typed": ""}
        return await self._front.page(caller, "portal/orders.html", values, here=path)

    async def search(self, caller: Caller) -> Answer:
        """Find orders by number, identifier or Idempotency-Key; the only one there is is gone to."""
        here, voice, now = acting(caller), self._front.voice(caller), self._deps.clock.now()
        typed = free_text.one_line(caller.fields.get("wanted", "")[:_TYPED_MAX])
        async with self._deps.database.connection() as connection:
            found = await search_orders(connection, acts_of(here), typed)
        if len(found) == 1:
            return see_other(f"{here.home}/orders/{quote(found[0].order_number, safe='')}")
        values = {
            "list": None,
            "home": here.home,
            "orders": here.may(PartnerAct.ORDER),
            "typed": typed,
            "found": [_found(one, here, voice, now) for one in found],
        }
        return await self._front.page(caller, "portal/orders.html", values, here=f"{here.home}/orders")

    async def show(self, caller: Caller) -> Answer:
        """Return an order."""
        return await self._page(caller)

    async def again(self, caller: Caller) -> Answer:
        """Mail it once more."""

        async def work(here: PortalCaller, number: str) -> str:
            await send_order_again(
                self._deps, acts_of(here), number, asked_at=_asked_at(caller), now=self._deps.clock.now()
            )
            return "sent"

        return await self._done(caller, work)

    async def correct(self, caller: Caller) -> Answer:
        """Correct whom it is for, and mail it there."""

        async def work(here: PortalCaller, number: str) -> str:
            done = await send_order_again(
                self._deps,
                acts_of(here),
                number,
                name=caller.fields.get("name", "")[:_TYPED_MAX],
                email=caller.fields.get("email", "")[:_TYPED_MAX],
                now=self._deps.clock.now(),
            )
            return "renewed" if done.has_new_number else "corrected"

        return await self._done(caller, work)

    async def cancel(self, caller: Caller) -> Answer:
        """End it, unused."""

        async def work(here: PortalCaller, number: str) -> str:
            reason = free_text.one_line(caller.fields.get("reason", "")[:_TYPED_MAX])
            await cancel_order(self._deps, acts_of(here), number, reason=reason, now=self._deps.clock.now())
            return "cancelled"

        return await self._done(caller, work)

    async def _done(self, caller: Caller, work: Work) -> Answer:
        here, voice = acting(caller), self._front.voice(caller)
        number = str(caller.request.path_params["number"])[:40]
        try:
            done = await work(here, number)
        except OrderNotFound:
            raise PageUnknown from None
        except InvalidInput as wrong:
            errors = {one.field: _said(one.code, one.message, voice) for one in wrong.fields}
            return await self._page(caller, errors=errors, status=422)
        except LargesseError as refused:
            return await self._page(caller, problem=refusal_sentence(refused, voice), status=409)
        return see_other(f"{here.home}/orders/{quote(number, safe='')}?done={done}")

    async def _page(
        self,
        caller: Caller,
        *,
        errors: Mapping[str, str] | None = None,
        problem: str = "",
        status: int = 200,
    ) -> Answer:
        here, voice, now = acting(caller), self._front.voice(caller), self._deps.clock.now()
        try:
            own = await own_order(self._deps, acts_of(here), str(caller.request.path_params["number"])[:40])
        except OrderNotFound:
            raise PageUnknown from None
        order, gift = own.order, own.gift
        done = caller.request.query_params.get("done", "")
        path = f"{here.home}/orders/{quote(order.order_number, safe='')}"
        posted = caller.request.scope["method"] == "POST"
        typed = {
            "name": caller.fields.get("name", "") if posted else (gift.recipient_name if gift else ""),
            "email": caller.fields.get("email", "") if posted else (gift.recipient_email if gift else ""),
        }
        values = {
            "trail": [
                (voice.t("Overview"), here.home),
                (voice.t("Orders"), f"{here.home}/orders"),
                (order.order_number, ""),
            ],
            "title": order.order_number,
            "here": path,
            "state": {"badge": order_states(voice)[order.status], "kind": badge_kind(order.status)},
            "facts_shown": _facts(own, here, voice, now),
            "gift": gift is not None,
            "stands": order.status == "issued",
            "may_send": here.may(PartnerAct.SEND_AGAIN) and gift is not None and bool(gift.recipient_email),
            "may_correct": here.may(PartnerAct.CORRECT) and gift is not None,
            "may_cancel": here.may(PartnerAct.CANCEL) and own.is_untouched,
            "asked_at": now.isoformat(),
            "typed": typed,
            "errors": dict(errors or {}),
            "problem": problem,
            "done": done if done in _DONE else "",
        }
        return await self._front.page(caller, "portal/order.html", values, status=status, here=path)


def _with(asked: Any, own: Condition) -> Any:
    return type(asked)(
        where=(own, *asked.where), sort=asked.sort, after=asked.after, before=asked.before, limit=asked.limit
    )


def _row(row: Mapping[str, Any], here: PortalCaller, voice: Voice, now: datetime) -> dict[str, object]:
    recipient = " ".join(filter(None, [row["recipient_first_name"], row["recipient_last_name"]]))
    number = str(row["order_number"])
    return {
        "number": {"text": number, "href": f"{here.home}/orders/{quote(number, safe='')}"},
        "placed": voice.moment(row["placed_at"], zone=here.merchant.zone, now=now),
        "refcode": row["refcode"] or "",
        "recipient": recipient,
        "state": {"badge": order_states(voice)[row["status"]], "kind": badge_kind(row["status"])},
        "total": voice.money(Money(row["total"], currency(row["currency"]))),
    }


def _found(order: Order, here: PortalCaller, voice: Voice, now: datetime) -> dict[str, object]:
    return {
        "number": {"text": order.order_number, "href": f"{here.home}/orders/{quote(order.order_number, safe='')}"},
        "placed": voice.moment(order.placed_at, zone=here.merchant.zone, now=now),
        "refcode": order.refcode or "",
        "identifier": order.third_party_identifier or "",
        "total": voice.money(Money(order.total, currency(order.currency))),
    }


def _facts(own: OwnOrder, here: PortalCaller, voice: Voice, now: datetime) -> list[tuple[str, str]]:
    order, gift = own.order, own.gift
    mailed = {
        "waiting": voice.t("waits for its hour"),
        "sending": voice.t("on its way"),
        "sent": voice.t("arrived"),
        "failed": voice.t("did not arrive: correct the address"),
        "withdrawn": voice.t("not sent, for it cannot be used"),
        "print": voice.t("not mailed"),
    }
    facts = [
        (voice.t("Amount"), voice.money(Money(order.total, currency(order.currency)))),
        (voice.t("Placed"), voice.moment(order.placed_at, zone=here.merchant.zone, now=now)),
        (voice.t("Refcode"), order.refcode or ""),
        (voice.t("Your identifier"), order.third_party_identifier or ""),
        (voice.t("Good through"), voice.day(order.good_through) if order.good_through else ""),
        (voice.t("For"), ", ".join(filter(None, [gift.recipient_name, gift.recipient_email])) if gift else ""),
        (voice.t("Mail"), mailed[gift.status.value] if gift else voice.t("not mailed")),
        (voice.t("Used"), voice.t("not yet") if own.is_untouched else ""),
    ]
    return [(name, value) for name, value in facts if value]


def _said(code: str, message: str, voice: Voice) -> str:
    if code.startswith("email."):
        return voice.t("That is not an e-mail address. Write it like name@example.com.")
    return message


def _asked_at(caller: Caller) -> datetime | None:
    """Return when the form was made: what was mailed since is not mailed again by sending it twice."""
    try:
        read = datetime.fromisoformat(caller.fields.get("asked_at", "")[:40])
    except ValueError:
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def care_routes(front: PortalFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of a partner's orders."""
    pages, read = CarePages(front), for_partner(PartnerAct.ORDERS_READ)
    return [
        front.route("GET", ORDERS_PATH, read, pages.list),
        front.route("POST", f"{ORDERS_PATH}/search", read, pages.search),
        front.route("GET", ONE, read, pages.show),
        front.route("POST", f"{ONE}/again", for_partner(PartnerAct.SEND_AGAIN, back=BACK), pages.again),
        front.route("POST", f"{ONE}/correct", for_partner(PartnerAct.CORRECT, back=BACK), pages.correct),
        front.route("POST", f"{ONE}/cancel", for_partner(PartnerAct.CANCEL, back=BACK), pages.cancel),
    ]
