"""`/admin/{slug}/reports/closings`: days of devices that were closed, each as it was written down, to print again."""

from collections.abc import Sequence
from typing import Any, Final

from litestar import Response
from litestar.handlers import HTTPRouteHandler

from largesse.domain import closings, devices
from largesse.domain.closings import Closing, ClosingUnknown
from largesse.domain.devices import Device, DeviceUnknown
from largesse.domain.receipts import roll_of
from largesse.domain.staff import Act
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.rules import for_act
from largesse.kernel.currency import currency
from largesse.kernel.money import Money
from largesse.services.counter import names_of
from largesse.services.counter_sales import closing_face, counted_words, told_closing, who_closed
from largesse.ui import Voice
from largesse.web.errors import PageUnknown
from largesse.web.forms import an_id, whole_number
from largesse.web.headers import security_headers

CLOSINGS: Final = "/admin/{slug:str}/reports/closings"
_CLOSING: Final = f"{CLOSINGS}/{{device:str}}/{{close:str}}"
_SHOWN: Final = 50
_NUMBER_MAX: Final = 9_999_999


class ClosingPages:
    """Answer what was closed, when, by whom, and with which difference."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps

    async def list(self, caller: Caller) -> Answer:
        """Return the closes of all devices or of one, the newest first, a page of them."""
        merchant, typed, voice = caller.merchant, caller.request.query_params, self._front.voice(caller)
        assert merchant is not None
        home = f"/admin/{merchant.slug}/reports"
        here = f"{home}/closings"
        async with self._deps.database.connection() as connection:
            known = await devices.devices(connection, merchant.merchant_id)
            chosen = next((one for one in known if str(one.device_id) == typed.get("device", "")), None)
            if chosen is None and typed.get("device"):
                raise PageUnknown
            found = await closings.closings_of_merchant(
                connection,
                merchant.merchant_id,
                device_id=chosen.device_id if chosen else None,
                before=an_id(typed.get("before", "")),
                limit=_SHOWN + 1,
            )
            names = await names_of(connection, {one.actor for one in found})
        shown = found[:_SHOWN]
        called = {one.device_id: one.name for one in known}
        narrowed = f"&device={chosen.device_id}" if chosen else ""
        values = {
            "here": here,
            "device": str(chosen.device_id) if chosen else "",
            "devices": [("", voice.t("all devices")), *((str(one.device_id), one.name) for one in known)],
            "columns": [
                {"key": "day", "title": voice.t("Day"), "kind": "lead"},
                {"key": "device", "title": voice.t("Device")},
                {"key": "who", "title": voice.t("Who")},
                {"key": "counted", "title": voice.t("Counted"), "kind": "money"},
                {"key": "difference", "title": voice.t("Difference"), "kind": "money"},
                {"key": "terminal", "title": voice.t("Card terminal"), "kind": "money"},
            ],
            "rows": [
                {
                    "day": {
                        "text": _title(one, voice),
                        "href": f"{here}/{one.device_id}/{one.number}",
                    },
                    "device": called.get(one.device_id, ""),
                    "who": who_closed(one.actor, names, voice),
                    "counted": counted_words(one, voice),
                    "difference": _amount(one, one.difference, voice),
                    "terminal": _amount(one, one.terminal_counted, voice),
                }
                for one in shown
            ],
            "older": f"{here}?before={shown[-1].operation_id}{narrowed}" if len(found) > len(shown) else "",
            "trail": [(voice.t("Reports"), home), (voice.t("Days that were closed"), "")],
        }
        return await self._front.page(caller, "closings.html", values)

    async def show(self, caller: Caller) -> Answer:
        """Return one close as it was written down: what it says never changes."""
        merchant, voice = caller.merchant, self._front.voice(caller)
        assert merchant is not None
        words, device = await self._closed(caller)
        list_of = f"/admin/{merchant.slug}/reports/closings"
        number = words["closing"].number
        values = {
            **words,
            "device": device,
            "here": f"{list_of}/{device.device_id}/{number}",
            "trail": [
                (voice.t("Reports"), f"/admin/{merchant.slug}/reports"),
                (voice.t("Days that were closed"), list_of),
                (device.name, f"{list_of}?device={device.device_id}"),
                (voice.t("Close {number}", number=number), ""),
            ],
        }
        return await self._front.page(caller, "closing.html", values)

    async def paper(self, caller: Caller) -> Answer:
        """Return one close as a PDF, for A4 or for a roll of paper."""
        merchant, roll = caller.merchant, roll_of(caller.request.path_params["roll"])
        assert merchant is not None
        if roll is None:
            raise PageUnknown
        words, device = await self._closed(caller)
        face = closing_face(words, merchant, device, self._front.voice(caller))
        content = await self._deps.receipt_printer.receipt(face, roll)
        headers = security_headers(https=self._front.https) | {"Content-Disposition": 'inline; filename="close.pdf"'}
        return Response(content, media_type="application/pdf", headers=headers)

    async def _closed(self, caller: Caller) -> tuple[dict[str, Any], Device]:
        """Return the words of the close that the address names, and its device.

        Raises:
            PageUnknown: there is none.
        """
        merchant, voice = caller.merchant, self._front.voice(caller)
        assert merchant is not None
        named, number = an_id(caller.request.path_params["device"]), whole_number(caller.request.path_params["close"])
        if named is None or number is None or number > _NUMBER_MAX:
            raise PageUnknown
        async with self._deps.database.connection() as connection:
            try:
                device: Device = await devices.find_device(connection, merchant.merchant_id, str(named))
                return await told_closing(connection, device, number, voice), device
            except (DeviceUnknown, ClosingUnknown):
                raise PageUnknown from None


def _title(one: Closing, voice: Voice) -> str:
    return voice.t("{day}, close {number}", day=voice.day(one.booked_on), number=one.number)


def _amount(one: Closing, amount: int | None, voice: Voice) -> str:
    """Return an amount of a close; nothing where nobody counted."""
    return "" if one.counted is None or amount is None else voice.money(Money(amount, currency(one.currency)))


def closing_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of days that were closed."""
    pages = ClosingPages(front)
    return [
        front.route("GET", CLOSINGS, for_act(Act.REPORTS_READ), pages.list),
        front.route("GET", _CLOSING, for_act(Act.REPORTS_READ), pages.show),
        front.route("GET", f"{_CLOSING}/{{roll:str}}", for_act(Act.REPORTS_READ), pages.paper),
    ]
