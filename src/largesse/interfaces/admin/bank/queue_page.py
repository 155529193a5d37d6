"""`/admin/{slug}/bank`: lines that wait, the oldest first, each with its likeliest purpose: one key accepts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from litestar.handlers import HTTPRouteHandler

from largesse.domain.banking import (
    KeptLine,
    LineState,
    Suggestion,
    SuggestionGone,
    count_waiting,
    find_line,
    lines_of,
    list_accounts,
    waiting_lines,
)
from largesse.domain.staff import Act, may
from largesse.interfaces.admin.bank.wording import money, reason_text, refusal_text, suggestion_text, who_text
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.rules import for_act
from largesse.kernel.errors import LargesseError
from largesse.kernel.ids import derived_id, new_id
from largesse.services import banking
from largesse.services.banking import Matching
from largesse.ui import Voice
from largesse.web.forms import an_id
from largesse.web.responses import see_other

PATH: Final = "/admin/{slug:str}/bank"
HERE: Final = "/admin/{slug}/bank"
SHOWN: Final = 50
_DONE: Final = frozenset({"matched", "undone", "aside", "taken", "again", "paid", "back"})
_STATES: Final = {"aside": LineState.SET_ASIDE, "matched": LineState.MATCHED}


class QueuePage:
    """Answer what waits to be matched."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps

    async def show(self, caller: Caller) -> Answer:
        """Return the page."""
        return await self._page(caller)

    async def accept(self, caller: Caller) -> Answer:
        """Accept what is suggested for a line, as it was seen."""
        merchant = caller.merchant
        assert merchant is not None
        line_id = an_id(caller.fields.get("line", "")) or UUID(int=0)
        try:
            async with self._deps.database.connection() as connection:
                line = await find_line(connection, merchant.merchant_id, line_id)
                found = await banking.suggestions_for(connection, merchant.merchant_id, [line])
            chosen = next((one for one in found[line_id] if token_of(one) == caller.fields.get("chosen", "")), None)
            if chosen is None:
                raise SuggestionGone
            await banking.match_suggestion(self._deps, asked_of(caller, self._deps.clock.now()), chosen)
        except LargesseError as refused:
            return await self._page(caller, error=refusal_text(refused, self._front.voice(caller)), status=409)
        return see_other(f"{HERE.format(slug=merchant.slug)}?done=matched")

    async def _page(self, caller: Caller, *, error: str = "", status: int = 200) -> Answer:
        merchant, authority = caller.merchant, caller.authority
        assert merchant is not None
        assert authority is not None
        voice, query = self._front.voice(caller), caller.request.query_params
        here, done, shown = HERE.format(slug=merchant.slug), query.get("done", ""), query.get("show", "")
        async with self._deps.database.connection() as connection:
            accounts = await list_accounts(connection, merchant.merchant_id)
            waiting, oldest = await count_waiting(connection, merchant.merchant_id)
            if shown in _STATES:
                lines = await lines_of(connection, merchant.merchant_id, state=_STATES[shown], limit=SHOWN)
                found: dict[UUID, list[Suggestion]] = {}
            else:
                lines = await waiting_lines(connection, merchant.merchant_id, limit=SHOWN)
                found = await banking.suggestions_for(connection, merchant.merchant_id, lines)
        values = {
            "here": here,
            "done": done if done in _DONE else "",
            "error": error,
            "show": shown if shown in _STATES else "",
            "books": may(authority.role, Act.PAYMENTS_BOOK),
            "accounts": len(accounts),
            "waiting": waiting,
            "oldest": voice.day(oldest) if oldest else "",
            "lines": [
                _shown(one, found.get(one.line_id, []), str(new_id(self._deps.clock.now())), here, voice)
                for one in lines
            ],
            "others_wait": waiting > len(lines) and not shown,
        }
        return await self._front.page(caller, "bank/queue.html", values, status=status, here=here)


def asked_of(caller: Caller, now: datetime, *, amount: int | None = None, line: KeptLine | None = None) -> Matching:
    """Return what somebody says of a line: under the id of the form, and of what they saw left."""
    assert caller.merchant is not None
    line_id = line.line_id if line else an_id(caller.fields.get("line", "")) or UUID(int=0)
    seen = caller.fields.get("left", "")
    bare = seen.removeprefix("-")
    return Matching(
        merchant=caller.merchant,
        line_id=line_id,
        match_id=an_id(caller.fields.get("operation", "")) or derived_id("bank-form", caller.form_owner, line_id, seen),
        by=caller.manager,
        now=now,
        amount=amount,
        seen=int(seen) if bare.isascii() and bare.isdigit() and len(bare) < 18 else None,
    )


def token_of(suggestion: Suggestion) -> str:
    """Return what stands for a suggestion in a form: which invoices, and how much of each."""
    said = [f"{part.invoice.invoice_id}={part.amount}" for part in suggestion.parts]
    return str(derived_id("bank-suggestion", *said))


def _shown(
    one: KeptLine, suggestions: Sequence[Suggestion], operation: str, here: str, voice: Voice
) -> dict[str, object]:
    best = suggestions[0] if suggestions else None
    code = one.line.currency
    return {
        "id": str(one.line_id),
        "href": f"{here}/lines/{one.line_id}",
        "left": str(one.left),
        "operation": operation,
        "who": who_text(one, voice),
        "day": voice.day(one.line.booked_on),
        "amount": money(one.left or one.line.amount, code, voice),
        "text": " · ".join(filter(None, [one.line.structured, one.line.text])),
        "note": one.note,
        "chosen": token_of(best) if best else "",
        "best": suggestion_text(best, code, voice) if best else "",
        "reason": reason_text(best.reason, voice) if best else "",
        "others": max(len(suggestions) - 1, 0),
    }


def queue_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of the queue."""
    page = QueuePage(front)
    return [
        front.route("GET", PATH, for_act(Act.PAYMENTS_READ), page.show),
        front.route("POST", f"{PATH}/accept", for_act(Act.PAYMENTS_BOOK, back=HERE), page.accept),
    ]
