"""`/counter/{slug}/recent`: what was done here lately, and undoing it while that is possible."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Final

from litestar.handlers import HTTPRouteHandler

from largesse.domain.approvals import TillShown
from largesse.domain.tills import TillAct
from largesse.interfaces.counter.approving import CounterApproval
from largesse.interfaces.counter.bill_pages import TAKING
from largesse.interfaces.counter.caller import CounterCaller
from largesse.interfaces.counter.desks import desk_of
from largesse.interfaces.counter.front import CounterAnswer, CounterFront
from largesse.interfaces.counter.receipt_pages import ReceiptPages, receipt_path
from largesse.interfaces.counter.rules import AT_COUNTER
from largesse.interfaces.counter.sale_slip import sold_path
from largesse.interfaces.counter.wording import act_words, said_money
from largesse.kernel.errors import LargesseError
from largesse.services.approvals import refusal_words
from largesse.services.counter import (
    RECENT_MAX,
    ActUnknown,
    CounterAct,
    UndoElsewhere,
    UndoTooLate,
    act_of,
    recent_acts,
    undo_act,
)
from largesse.services.counter_sales import RecentSale, recent_sales
from largesse.services.tills import TillApproval
from largesse.ui import Voice
from largesse.web.errors import PageUnknown
from largesse.web.forms import an_id
from largesse.web.responses import see_other

COUNTER: Final = "/counter/{slug:str}"
_REASON_MAX: Final = 200


class RecentPages:
    """Answer what was done here, and undo it."""

    def __init__(self, front: CounterFront, receipts: ReceiptPages, approval: CounterApproval) -> None:
        self._front = front
        self._approval = approval
        self._deps = front.deps
        self._receipts = receipts

    async def show(self, caller: CounterCaller) -> CounterAnswer:
        """Return the list, the newest first; each act leads to its receipt, where it is undone."""
        voice, now = self._front.voice(caller), self._deps.clock.now()
        desk = desk_of(caller)
        lines = [(act.at, self._act(caller, act, voice, now)) for act in await recent_acts(self._deps, desk, now=now)]
        lines += [
            (one.at, self._sale(caller, one, voice, now)) for one in await recent_sales(self._deps, desk, now=now)
        ]
        newest = sorted(lines, key=lambda line: line[0], reverse=True)[:RECENT_MAX]
        return await self._front.page(caller, "recent.html", {"acts": [line for _, line in newest]})

    def _act(self, caller: CounterCaller, act: CounterAct, voice: Voice, now: datetime) -> Mapping[str, object]:
        return {
            "href": receipt_path(caller.merchant.slug, act.operation_id),
            "what": act_words(voice, act.kind),
            "amount": said_money(voice, act.value + act.gratuity, act.currency),
            "ends": ", ".join(f"…{part.last_four}" for part in act.parts),
            "reference": act.reference,
            "when": voice.moment(act.at, zone=caller.where.zone, now=now),
            "until": voice.clock_time(act.until, zone=caller.where.zone) if act.may_undo and act.until else "",
            "undone": act.undone,
        }

    def _sale(self, caller: CounterCaller, one: RecentSale, voice: Voice, now: datetime) -> Mapping[str, object]:
        order = one.order
        return {
            "href": sold_path(caller.merchant.slug, order.order_number),
            "what": voice.t("Reloaded") if order.is_reload else voice.t("Sold"),
            "amount": said_money(voice, order.total, order.currency),
            "ends": voice.t("Order {number}", number=order.order_number),
            "reference": order.to_message,
            "when": voice.moment(one.at, zone=caller.where.zone, now=now),
            "until": voice.clock_time(one.until, zone=caller.where.zone) if one.may_undo(now) else "",
            "undone": one.undone,
        }

    async def undo(self, caller: CounterCaller) -> CounterAnswer:
        """Undo a redemption, with all certificates that were on its bill; then its receipt says so."""
        operation_id, wanted = caller.operation, an_id(caller.fields.get("act", ""))
        if wanted is None:
            raise PageUnknown
        voice, desk, now = self._front.voice(caller), desk_of(caller), self._deps.clock.now()
        try:
            act = await act_of(self._deps, desk, wanted, now=now)
        except ActUnknown:
            raise PageUnknown from None
        reason = caller.fields.get("reason", "").strip()
        if not reason:
            words = voice.t("Write in a word or two why it is undone.")
            return await self._receipts.page(caller, act, error=words, status=422)
        undo = partial(undo_act, self._deps, desk, wanted, reason=reason, operation_id=operation_id, now=now)
        try:
            try:
                await undo()
            except (UndoTooLate, UndoElsewhere):
                shown = TillShown(
                    amount=act.value + act.gratuity,
                    currency=act.currency,
                    certificates=tuple(part.certificate_id for part in act.parts),
                    ends=tuple(part.last_four for part in act.parts),
                    reason=reason[:_REASON_MAX],
                )
                approved = await self._approval.ask(caller, TillAct.LATE_UNDO, shown=shown, subject=str(wanted))
                if not isinstance(approved, TillApproval):
                    return approved
                await undo(approved=True)
        except LargesseError as refused:
            return await self._receipts.page(caller, act, error=refusal_words(voice, refused), status=409)
        return see_other(receipt_path(caller.merchant.slug, operation_id))


def recent_routes(front: CounterFront, pages: RecentPages) -> Sequence[HTTPRouteHandler]:
    """Return the routes of what was done lately."""
    return [
        front.route("GET", f"{COUNTER}/recent", AT_COUNTER, pages.show),
        front.route("POST", f"{COUNTER}/undo", TAKING, pages.undo),
    ]
