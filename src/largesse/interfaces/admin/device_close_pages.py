"""`/admin/{slug}/devices/{device}/close`: the day of a device that is forgotten, broken or gone is closed from here."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from litestar.handlers import HTTPRouteHandler

from largesse.domain import devices
from largesse.domain.closings import ClosingInvalid, NothingToClose
from largesse.domain.devices import Device, DeviceUnknown
from largesse.domain.staff import Act
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.rules import for_act
from largesse.interfaces.admin.sign_in_pages import TYPED_MAX
from largesse.kernel import free_text
from largesse.kernel.amounts import read_amount
from largesse.kernel.currency import currency
from largesse.kernel.errors import FieldError, LargesseError
from largesse.kernel.ids import derived_id, new_id
from largesse.kernel.money import InvalidAmount
from largesse.kernel.where import BooksSale
from largesse.services.approvals import refusal_words
from largesse.services.certificates import Request
from largesse.services.counter_sales import (
    DayCount,
    close_day,
    counted_facts,
    difference_words,
    glance_at_drawer,
    terminal_facts,
)
from largesse.ui import Voice
from largesse.web.errors import PageUnknown
from largesse.web.forms import an_id
from largesse.web.responses import see_other

CLOSE: Final = "/admin/{slug:str}/devices/{device:str}/close"
_BACK: Final = "/admin/{slug}/devices/{device}/close"
_REASON_MAX: Final = 200
_DIFFERS: Final = "difference.unexplained"


class DeviceClosePages:
    """Close the day of a device from the office; the close says so."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps

    async def ask(self, caller: Caller) -> Answer:
        """Return the form on which the count is typed, before anybody says what should be there."""
        return await self._page(caller, await self._device(caller))

    async def close(self, caller: Caller) -> Answer:
        """Close the day; sent twice, it is closed once."""
        assert caller.merchant is not None
        assert caller.person is not None
        device, given = await self._device(caller), an_id(caller.fields.get("operation", ""))
        if given is None:
            return await self._page(caller, device, status=422)
        merchant, faults = caller.merchant, list[FieldError]()
        count = DayCount(
            cash=self._amount(caller, "cash", faults),
            terminal=self._amount(caller, "terminal", faults),
            reason=free_text.one_line(caller.fields.get("reason", "")[:_REASON_MAX]),
        )
        operation_id = derived_id("office close", merchant.merchant_id, caller.person.person_id, given)
        try:
            if faults:
                raise ClosingInvalid(fields=faults)
            done = await close_day(
                self._deps,
                merchant,
                device,
                count,
                from_office=True,
                request=Request(operation_id=operation_id, actor=caller.manager.actor),
                now=self._deps.clock.now(),
            )
        except ClosingInvalid as wrong:
            return await self._page(caller, device, faults=wrong.fields, status=422)
        except NothingToClose:
            said = self._front.voice(caller).t("Nothing happened on it since its last close.")
            return await self._page(caller, device, problem=said, status=409)
        except LargesseError as refused:
            said = refusal_words(self._front.voice(caller), refused)
            return await self._page(caller, device, problem=said, status=409)
        return see_other(f"/admin/{merchant.slug}/devices?done=closed&number={done.number}")

    def _amount(self, caller: Caller, name: str, faults: list[FieldError]) -> int | None:
        assert caller.merchant is not None
        typed = caller.fields.get(name, "").strip()[:TYPED_MAX]
        if not typed:
            return None
        language = self._front.voice(caller).language
        try:
            return read_amount(typed, currency(caller.merchant.currency), language=language).minor
        except InvalidAmount:
            faults.append(FieldError(name, "amount.unreadable", ""))
            return None

    async def _differs(self, caller: Caller, device: Device) -> dict[str, Any]:
        """Return what should be there beside what was counted, and by how much they differ."""
        merchant, voice, faults = caller.merchant, self._front.voice(caller), list[FieldError]()
        assert merchant is not None
        async with self._deps.database.connection() as connection:
            seen = await glance_at_drawer(connection, merchant, device, now=self._deps.clock.now())
        cash, terminal = self._amount(caller, "cash", faults) or 0, self._amount(caller, "terminal", faults) or 0
        code = merchant.currency
        return {
            "by": difference_words(cash - seen.expected, terminal - seen.terminal, code, voice),
            "cash": counted_facts(seen.expected, cash, code, voice),
            "terminal": terminal_facts(seen.terminal, terminal, code, voice),
        }

    async def _device(self, caller: Caller) -> Device:
        assert caller.merchant is not None
        wanted = str(caller.request.path_params["device"])[:TYPED_MAX]
        async with self._deps.database.connection() as connection:
            try:
                return await devices.find_device(connection, caller.merchant.merchant_id, wanted)
            except DeviceUnknown:
                raise PageUnknown from None

    async def _page(
        self,
        caller: Caller,
        device: Device,
        *,
        faults: Sequence[FieldError] = (),
        problem: str = "",
        status: int = 200,
    ) -> Answer:
        assert caller.merchant is not None
        voice, fields = self._front.voice(caller), caller.fields
        where = await self._deps.locator.last_known(caller.merchant.merchant_id, device.location_id)
        here = _BACK.format(slug=caller.merchant.slug, device=device.device_id)
        values = {
            "here": here,
            "differs": await self._differs(caller, device) if any(one.code == _DIFFERS for one in faults) else {},
            "device": device,
            "typed": {name: fields.get(name, "") for name in ("cash", "terminal", "reason")},
            "wrong": _words(faults, voice),
            "problem": problem,
            "counts": where.books_sale is BooksSale.LARGESSE,
            "currency": caller.merchant.currency,
            "decimals": caller.merchant.money.exponent > 0,
            "operation": fields.get("operation") or str(new_id(self._deps.clock.now())),
            "devices": f"/admin/{caller.merchant.slug}/devices",
        }
        return await self._front.page(caller, "device_close.html", values, status=status, here=here)


def _words(faults: Sequence[FieldError], voice: Voice) -> Mapping[str, str]:
    said = {
        "count.missing": voice.t("Count it and type the total, 0 for none."),
        "count.till_books": voice.t("Your own till counts here: leave it empty."),
        "difference.unexplained": voice.t("It differs from what should be there: say why."),
        "text.too_long": voice.t("This is too long. Shorten it."),
        "amount.unreadable": voice.t("Write an amount, such as {example}.", example=voice.count(25)),
    }
    found = {"cash": "", "terminal": "", "reason": ""}
    return {**found, **{one.field: said.get(one.code, one.message) for one in faults}}


def device_close_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of closing a device's day from the office."""
    pages = DeviceClosePages(front)
    rule = for_act(Act.DEVICES_EDIT, back=_BACK)
    return [front.route("GET", CLOSE, rule, pages.ask), front.route("POST", CLOSE, rule, pages.close)]
