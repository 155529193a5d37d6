"""`/counter/{slug}/drawer` and `/close`: what goes in and out of the drawer of this device, and the close of its day.

The count is typed before the page tells what should be there.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from litestar import Response
from litestar.handlers import HTTPRouteHandler

from largesse.domain import closings
from largesse.domain.closings import ClosingInvalid, ClosingUnknown
from largesse.domain.devices import Device
from largesse.domain.receipts import roll_of
from largesse.interfaces.counter.again import LOOKING
from largesse.interfaces.counter.caller import CounterCaller
from largesse.interfaces.counter.desks import desk_of
from largesse.interfaces.counter.front import CounterAnswer, CounterFront, counter_path
from largesse.interfaces.counter.rules import ACTING, AT_COUNTER
from largesse.interfaces.counter.sale_pages import refused_page
from largesse.interfaces.counter.sale_view import fault_sentences, shown_fields
from largesse.kernel.amounts import read_amount
from largesse.kernel.currency import currency
from largesse.kernel.errors import FieldError, LargesseError
from largesse.kernel.money import InvalidAmount, Money
from largesse.kernel.where import BooksSale
from largesse.services.certificates import Request
from largesse.services.counter import Tab, names_of, tabs_at
from largesse.services.counter_sales import (
    DayCount,
    DrawerMove,
    DrawerStanding,
    close_day,
    closing_face,
    counted_facts,
    counted_words,
    difference_words,
    glance_at_drawer,
    hand_over,
    move_cash,
    terminal_facts,
    told_closing,
    who_closed,
)
from largesse.web.choices import ChoiceUnknown
from largesse.web.errors import PageUnknown
from largesse.web.headers import security_headers
from largesse.web.responses import see_other

_DRAWER = "/counter/{slug:str}/drawer"
_CLOSE = "/counter/{slug:str}/close"
_CLOSINGS = "/counter/{slug:str}/closings"
_CLOSING = f"{_CLOSINGS}/{{number:str}}"
_CLOSINGS_SHOWN = 30
_DIFFERS = "difference.unexplained"
_HAND_OVER = "hand-over"
_MOVES = {_HAND_OVER, *DrawerMove}


class ClosePages:
    """Answer the pages of a drawer and of the close of a day."""

    def __init__(self, front: CounterFront) -> None:
        self._front = front
        self._deps = front.deps

    async def drawer(self, caller: CounterCaller) -> CounterAnswer:
        """Return what can be done with the drawer."""
        if caller.device is None:
            return await self._no_device(caller)
        return await self._drawer_page(caller, {})

    async def move(self, caller: CounterCaller) -> CounterAnswer:
        """Book what goes in or out, or hand the drawer over by count."""
        device = caller.device
        if device is None:
            return await self._no_device(caller)
        fields, faults = caller.fields, list[FieldError]()
        if LOOKING in fields:
            return await self._drawer_page(caller, fields)
        act = fields.get("move", "")
        name = "counted" if act == _HAND_OVER else "amount"
        amount = self._money(caller, fields.get(name, ""), name, faults)
        request = Request(
            operation_id=caller.operation, actor=caller.actor, memo=fields.get("memo", "").strip()[:200] or None
        )
        given: dict[str, Any] = {"request": request, "now": self._deps.clock.now()}
        try:
            if act not in _MOVES:
                faults += ChoiceUnknown("move").fields
            if faults or amount is None:
                raise ClosingInvalid(fields=faults)
            if act == _HAND_OVER:
                await hand_over(self._deps, caller.merchant, device, counted=amount, **given)
            else:
                await move_cash(self._deps, caller.merchant, device, DrawerMove(act), amount=amount, **given)
        except ClosingInvalid as wrong:
            return await self._drawer_page(caller, fields, faults=wrong.fields, status=422)
        except LargesseError as refused:
            return await refused_page(self._front, caller, refused)
        return see_other(f"{counter_path(caller.merchant.slug)}/drawer?done={act}")

    async def form(self, caller: CounterCaller) -> CounterAnswer:
        """Return the form on which the count is typed."""
        if caller.device is None:
            return await self._no_device(caller)
        return await self._close_page(caller, {})

    async def close(self, caller: CounterCaller) -> CounterAnswer:
        """Close the day; where the count differs from what should be there, that is told, and asks why."""
        device = caller.device
        if device is None:
            return await self._no_device(caller)
        fields, faults = caller.fields, list[FieldError]()
        if LOOKING in fields:
            return await self._close_page(caller, fields)
        count = DayCount()
        if caller.where.books_sale is BooksSale.LARGESSE:
            cash = self._money(caller, fields.get("cash", ""), "cash", faults)
            terminal = self._money(caller, fields.get("terminal", "") or "0", "terminal", faults)
            count = DayCount(cash=cash, terminal=terminal, reason=fields.get("reason", "").strip()[:200])
        if fields.get("tabs") != "yes" and await self._tabs(caller):
            faults.append(FieldError("tabs", "tabs.open", ""))
        try:
            if faults:
                raise ClosingInvalid(fields=faults)
            done = await close_day(
                self._deps,
                caller.merchant,
                device,
                count,
                request=Request(operation_id=caller.operation, actor=caller.actor),
                now=self._deps.clock.now(),
            )
        except ClosingInvalid as wrong:
            return await self._close_page(caller, fields, faults=wrong.fields, status=422)
        except LargesseError as refused:
            return await refused_page(self._front, caller, refused)
        return see_other(f"{counter_path(caller.merchant.slug)}/closings/{done.number}")

    async def closing(self, caller: CounterCaller) -> CounterAnswer:
        """Return a day of this device that was closed."""
        if caller.device is None:
            return await self._no_device(caller)
        values = await self._closed(caller, caller.device)
        here = f"{counter_path(caller.merchant.slug)}/closings/{values['closing'].number}"
        return await self._front.page(caller, "closing.html", {**values, "here": here})

    async def paper(self, caller: CounterCaller) -> CounterAnswer:
        """Return a day of this device that was closed as a PDF, for a roll of paper or for A4."""
        if caller.device is None:
            return await self._no_device(caller)
        roll = roll_of(caller.request.path_params["roll"])
        if roll is None:
            raise PageUnknown
        values = await self._closed(caller, caller.device)
        face = closing_face(values, caller.merchant, caller.device, self._front.voice(caller))
        content = await self._deps.receipt_printer.receipt(face, roll)
        headers = security_headers(https=self._front.https) | {"Content-Disposition": 'inline; filename="close.pdf"'}
        return Response(content, media_type="application/pdf", headers=headers)

    async def _closed(self, caller: CounterCaller, device: Device) -> dict[str, Any]:
        """Return the words of the close that the address names.

        Raises:
            PageUnknown: this device has none of that number.
        """
        text = caller.request.path_params["number"]
        if not (text.isascii() and text.isdigit() and len(text) < 8):
            raise PageUnknown
        async with self._deps.database.connection() as connection:
            try:
                return await told_closing(connection, device, int(text), self._front.voice(caller))
            except ClosingUnknown:
                raise PageUnknown from None

    def _money(self, caller: CounterCaller, text: str, name: str, faults: list[FieldError]) -> int | None:
        money = currency(caller.merchant.currency)
        if not text.strip():
            faults.append(FieldError(name, "count.missing" if name != "amount" else "amount.missing", ""))
            return None
        try:
            return read_amount(text.strip(), money, language=self._front.voice(caller).language).minor
        except InvalidAmount:
            faults.append(FieldError(name, "amount.unreadable", ""))
            return None

    async def _no_device(self, caller: CounterCaller) -> CounterAnswer:
        """Return why there is no drawer: it belongs to a device, and nobody works on one."""
        return await self._front.page(caller, "no_drawer.html", status=409)

    async def _drawer_page(
        self, caller: CounterCaller, fields: Mapping[str, str], *, faults: Sequence[FieldError] = (), status: int = 200
    ) -> CounterAnswer:
        voice, by = self._front.voice(caller), ""
        if any(one.code == _DIFFERS for one in faults):
            counted = self._money(caller, fields.get("counted", ""), "counted", list[FieldError]()) or 0
            by = difference_words(counted - (await self._seen(caller)).expected, 0, caller.merchant.currency, voice)
        values = {
            "differs": by,
            "typed": shown_fields(fields),
            "wrong": fault_sentences(faults, voice),
            "done": caller.request.query_params.get("done", ""),
            "money_sign": caller.merchant.currency,
            "decimals": caller.merchant.money.exponent > 0,
            "at_till": caller.where.books_sale is BooksSale.TILL,
        }
        here = f"{counter_path(caller.merchant.slug)}/drawer"
        operation = caller.operation if fields else None
        return await self._front.page(caller, "drawer.html", values, status=status, here=here, operation=operation)

    async def _close_page(
        self, caller: CounterCaller, fields: Mapping[str, str], *, faults: Sequence[FieldError] = (), status: int = 200
    ) -> CounterAnswer:
        voice, money = self._front.voice(caller), caller.merchant.money
        differs = any(one.code == _DIFFERS for one in faults)
        told = await self._told(caller, fields) if differs else {}
        values = {
            "typed": shown_fields(fields),
            "wrong": fault_sentences(faults, voice),
            "tabs": [
                {
                    "href": f"{counter_path(caller.merchant.slug)}/tabs/{tab.hold.hold_id}",
                    "reference": tab.reference or f"…{tab.last_four}",
                    "amount": voice.money(Money(tab.hold.amount + tab.hold.gratuity, currency(tab.currency))),
                    "until": voice.moment(tab.hold.expires_at, zone=caller.where.zone, now=self._deps.clock.now()),
                }
                for tab in await self._tabs(caller)
            ],
            "differs": differs,
            "told": told,
            "money_sign": money.code,
            "decimals": money.exponent > 0,
            "at_till": caller.where.books_sale is BooksSale.TILL,
        }
        here = f"{counter_path(caller.merchant.slug)}/close"
        operation = caller.operation if fields else None
        return await self._front.page(caller, "close.html", values, status=status, here=here, operation=operation)

    async def closings(self, caller: CounterCaller) -> CounterAnswer:
        """Return the days of this device that were closed, the newest first, a page of them."""
        if caller.device is None:
            return await self._no_device(caller)
        voice, text = self._front.voice(caller), caller.request.query_params.get("before", "")
        before = int(text) if text.isascii() and text.isdigit() and len(text) < 8 else None
        home, key = counter_path(caller.merchant.slug), (caller.merchant.merchant_id, caller.device.device_id)
        async with self._deps.database.connection() as connection:
            found = await closings.closings_of_device(connection, *key, before=before, limit=_CLOSINGS_SHOWN + 1)
            names = await names_of(connection, {one.actor for one in found})
        shown = found[:_CLOSINGS_SHOWN]
        values = {
            "closings": [
                {
                    "href": f"{home}/closings/{one.number}",
                    "title": voice.t("Close {number}", number=one.number),
                    "day": voice.long_day(one.booked_on),
                    "who": who_closed(one.actor, names, voice),
                    "counted": counted_words(one, voice),
                    "differs": one.counted is not None and bool(one.difference or one.terminal_difference),
                }
                for one in shown
            ],
            "older": f"{home}/closings?before={shown[-1].number}" if len(found) > len(shown) else "",
        }
        return await self._front.page(caller, "closings.html", values)

    async def _tabs(self, caller: CounterCaller) -> list[Tab]:
        """Return what is set aside at the location and not over."""
        found = await tabs_at(self._deps, desk_of(caller), now=self._deps.clock.now())
        return [tab for tab in found if not tab.is_over]

    async def _told(self, caller: CounterCaller, fields: Mapping[str, str]) -> dict[str, Any]:
        """Return what should be there beside what was counted, and by how much they differ."""
        voice, code, faults = self._front.voice(caller), caller.merchant.currency, list[FieldError]()
        seen = await self._seen(caller)
        cash = self._money(caller, fields.get("cash", ""), "cash", faults) or 0
        terminal = self._money(caller, fields.get("terminal", "") or "0", "terminal", faults) or 0
        return {
            "by": difference_words(cash - seen.expected, terminal - seen.terminal, code, voice),
            "cash": counted_facts(seen.expected, cash, code, voice),
            "terminal": terminal_facts(seen.terminal, terminal, code, voice),
        }

    async def _seen(self, caller: CounterCaller) -> DrawerStanding:
        """Return how the device stands on which somebody counted."""
        assert caller.device is not None, "whoever counts stands on a device"
        async with self._deps.database.connection() as connection:
            return await glance_at_drawer(connection, caller.merchant, caller.device, now=self._deps.clock.now())


def close_routes(front: CounterFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of the drawer and the close of a day."""
    pages = ClosePages(front)
    return [
        front.route("GET", _DRAWER, AT_COUNTER, pages.drawer),
        front.route("POST", _DRAWER, msgspec.structs.replace(ACTING, looks=_DRAWER), pages.move),
        front.route("GET", _CLOSE, AT_COUNTER, pages.form),
        front.route("POST", _CLOSE, msgspec.structs.replace(ACTING, looks=_CLOSE), pages.close),
        front.route("GET", _CLOSINGS, AT_COUNTER, pages.closings),
        front.route("GET", _CLOSING, AT_COUNTER, pages.closing),
        front.route("GET", f"{_CLOSING}/{{roll:str}}", AT_COUNTER, pages.paper),
    ]
