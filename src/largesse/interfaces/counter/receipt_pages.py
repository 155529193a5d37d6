"""`/counter/{slug}/receipts/…`: what was done, to be read, printed, and undone while that is possible."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from litestar import Response
from litestar.handlers import HTTPRouteHandler

from largesse.domain.receipts import Roll, roll_of
from largesse.interfaces.counter.caller import CounterCaller
from largesse.interfaces.counter.desks import desk_of
from largesse.interfaces.counter.front import CounterAnswer, CounterFront, counter_path
from largesse.interfaces.counter.mailed_slips import MailedSlips
from largesse.interfaces.counter.receipt_view import receipt_face
from largesse.interfaces.counter.rules import AT_COUNTER
from largesse.services.counter import ActUnknown, CounterAct, act_of
from largesse.web.errors import PageUnknown
from largesse.web.forms import an_id
from largesse.web.headers import security_headers
from largesse.web.responses import see_other

_SHOWN_AS: Final = frozenset({Roll.WIDE.value, Roll.NARROW.value})
"""The papers that the page itself can be printed on as they are; every browser knows A4."""
RECEIPT: Final = "/counter/{slug:str}/receipts/{id:str}"


class ReceiptPages:
    """Answer what an act was."""

    def __init__(self, front: CounterFront) -> None:
        self._front = front
        self._deps = front.deps
        self._slips = MailedSlips(front)

    async def show(self, caller: CounterCaller) -> CounterAnswer:
        """Return the page of a receipt."""
        return await self.page(caller, await self._act(caller))

    async def page(
        self, caller: CounterCaller, act: CounterAct, *, error: str = "", mail_wrong: str = "", status: int = 200
    ) -> CounterAnswer:
        """Return the page of a receipt; with why it was not undone, or not mailed."""
        voice, wanted = self._front.voice(caller), caller.request.query_params.get("roll", "")
        here = f"{counter_path(caller.merchant.slug)}/receipts/{act.operation_id}"
        values = {
            "face": receipt_face(act, caller.merchant, voice),
            "act": act,
            "here": here,
            "roll": wanted if wanted in _SHOWN_AS else "",
            "until": voice.clock_time(act.until, zone=caller.where.zone) if act.until else "",
            "error": error,
            "mail_wrong": mail_wrong,
            "mailed": "mailed" in caller.request.query_params,
            "email": caller.fields.get("email", ""),
        }
        return await self._front.page(caller, "receipt.html", values, status=status, here=here)

    async def mail(self, caller: CounterCaller) -> CounterAnswer:
        """Mail a receipt to whoever asks for it."""
        act, voice = await self._act(caller), self._front.voice(caller)
        wrong, status = await self._slips.mail(caller, receipt_face(act, caller.merchant, voice))
        if wrong:
            return await self.page(caller, act, mail_wrong=wrong, status=status)
        return see_other(f"{receipt_path(caller.merchant.slug, act.operation_id)}?mailed=yes")

    async def paper(self, caller: CounterCaller) -> CounterAnswer:
        """Return a receipt as a PDF, for a roll of its true height or for A4."""
        act, voice = await self._act(caller), self._front.voice(caller)
        roll = roll_of(caller.request.path_params["roll"])
        if roll is None:
            raise PageUnknown
        content = await self._deps.receipt_printer.receipt(receipt_face(act, caller.merchant, voice), roll)
        headers = security_headers(https=self._front.https) | {"Content-Disposition": 'inline; filename="receipt.pdf"'}
        return Response(content, media_type="application/pdf", headers=headers)

    async def _act(self, caller: CounterCaller) -> CounterAct:
        wanted = an_id(caller.request.path_params["id"])
        if wanted is None:
            raise PageUnknown
        try:
            return await act_of(self._deps, desk_of(caller), wanted, now=self._deps.clock.now())
        except ActUnknown:
            raise PageUnknown from None


def receipt_path(slug: str, operation_id: UUID) -> str:
    """Return the address of a receipt."""
    return f"{counter_path(slug)}/receipts/{operation_id}"


def receipt_routes(front: CounterFront, pages: ReceiptPages) -> Sequence[HTTPRouteHandler]:
    """Return the routes of receipts."""
    return [
        front.route("GET", RECEIPT, AT_COUNTER, pages.show),
        front.route("POST", f"{RECEIPT}/mail", AT_COUNTER, pages.mail),
        front.route("GET", f"{RECEIPT}/{{roll:str}}", AT_COUNTER, pages.paper),
    ]
