"""`/counter/{slug}/recent`: what was done here lately, and undoing it while that is possible."""

from collections.abc import Sequence
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
from largesse.interfaces.counter.receipt_view import moment_words
from largesse.interfaces.counter.rules import AT_COUNTER
from largesse.interfaces.counter.wording import act_words, said_money
from largesse.kernel.errors import LargesseError
from largesse.services.approvals import refusal_words
from largesse.services.counter import ActUnknown, UndoElsewhere, UndoTooLate, act_of, recent_acts, undo_act
from largesse.services.tills import TillApproval
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
        acts = [
            {
                "href": receipt_path(caller.merchant.slug, act.operation_id),
                "what": act_words(voice, act.kind),
                "amount": said_money(voice, act.value + act.gratuity, act.currency),
                "ends": ", ".join(f"…{part.last_four}" for part in act.parts),
                "reference": act.reference,
                "when": moment_words(act.at, voice, caller.merchant, now=now),
                "until": voice.clock_time(act.until, zone=caller.merchant.zone) if act.may_undo and act.until else "",
                "undone": act.undone,
            }
            for act in await recent_acts(self._deps, desk_of(caller), now=now)
        ]
        return await self._front.page(caller, "recent.html", {"acts": acts})

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
