"""`/admin/{slug}/bank/lines/{line}`: what one line may be for, and was said to be for; and undo that."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final
from uuid import UUID

from litestar.handlers import HTTPRouteHandler

from largesse.db import Connection
from largesse.domain import invoices
from largesse.domain.banking import BankLineUnknown, KeptLine, LineState, find_line, matches_of_line
from largesse.domain.merchants import Merchant
from largesse.domain.partners import list_partners
from largesse.domain.staff import Act, may
from largesse.interfaces.admin.bank.queue_page import HERE, PATH, asked_of, token_of
from largesse.interfaces.admin.bank.wording import (
    awaited_text,
    match_text,
    money,
    number_text,
    reason_text,
    refusal_text,
    suggestion_text,
    who_text,
)
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.rules import for_act
from largesse.kernel import free_text
from largesse.kernel.amounts import read_amount
from largesse.kernel.currency import currency
from largesse.kernel.errors import LargesseError
from largesse.kernel.ids import new_id
from largesse.ledger import OpenItem, OpenItemKind
from largesse.services import banking
from largesse.services.banking import Against, InOtherMoney, Matching
from largesse.ui import Voice
from largesse.web.errors import PageUnknown
from largesse.web.forms import an_id
from largesse.web.responses import see_other

ONE: Final = f"{PATH}/lines/{{line_id:str}}"
_BACK: Final = f"{HERE}/lines/{{line_id}}"
_TYPED_MAX: Final = 600
_FIELDS: Final = ("invoices", "partner", "amount", "worth", "worth_currency", "what", "target", "note")

_Act = Callable[[Caller, KeptLine, Voice], Awaitable[str]]


class LinePage:
    """Answer about one line."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps

    async def show(self, caller: Caller) -> Answer:
        """Return the page."""
        return await self._page(caller, await self._found(caller))

    async def match(self, caller: Caller) -> Answer:
        """Match the line, or a part of it."""
        return await self._done(caller, self._match)

    async def undo(self, caller: Caller) -> Answer:
        """Take back what was said."""
        return await self._done(caller, self._undo)

    async def aside(self, caller: Caller) -> Answer:
        """Set the line aside, or take it up again."""
        return await self._done(caller, self._aside)

    async def _done(self, caller: Caller, act: _Act) -> Answer:
        line, voice = await self._found(caller), self._front.voice(caller)
        assert caller.merchant is not None
        try:
            done = await act(caller, line, voice)
        except LargesseError as refused:
            return await self._page(caller, await self._found(caller), error=refusal_text(refused, voice), status=409)
        left = (await self._found(caller)).left
        here = HERE.format(slug=caller.merchant.slug)
        back = f"{here}/lines/{line.line_id}" if done == "undone" or (left and done == "matched") else here
        return see_other(f"{back}?done={done}")

    async def _match(self, caller: Caller, line: KeptLine, voice: Voice) -> str:
        typed = _typed(caller)
        code = line.line.currency
        sign = 1 if line.left > 0 else -1
        amount = None
        if typed["amount"]:
            amount = sign * read_amount(typed["amount"], currency(code), language=voice.language).minor
        asked = asked_of(caller, self._deps.clock.now(), amount=amount, line=line)
        what, target = typed["what"], an_id(typed["target"].rpartition(":")[2]) or UUID(int=0)
        if what == "fee":
            await banking.match_fee(self._deps, asked)
        elif what == "awaited":
            kind = typed["target"].partition(":")[0]
            known = {one.value for one in OpenItemKind}
            item = OpenItem(OpenItemKind(kind) if kind in known else OpenItemKind.INVOICE, target)
            await banking.match_awaited(self._deps, asked, item)
        elif what == "booked":
            await banking.match_booked(self._deps, asked, target)
        else:
            await self._with_partner(line, asked, typed, voice)
        return "matched"

    async def _with_partner(self, line: KeptLine, asked: Matching, typed: dict[str, str], voice: Voice) -> None:
        worth = _worth(typed, voice)
        async with self._deps.database.connection() as connection:
            named = [
                await invoices.find_invoice(connection, line.merchant_id, text)
                for text in typed["invoices"].replace(",", " ").split()
            ]
        partner_id = named[0].partner_id if named else an_id(typed["partner"]) or UUID(int=0)
        if line.left < 0:
            await banking.match_paid_back(self._deps, asked, partner_id, worth=worth)
            return
        rest = worth.amount if worth else abs(asked.amount if asked.amount is not None else line.left)
        parts = []
        for one in named:
            part = min(one.open, rest)
            if part > 0:
                parts.append(Against(one.invoice_id, part))
                rest -= part
        await banking.match_payment(self._deps, asked, partner_id, parts, worth=worth)

    async def _undo(self, caller: Caller, line: KeptLine, voice: Voice) -> str:
        del line, voice
        assert caller.merchant is not None
        match_id = an_id(caller.fields.get("match", "")) or UUID(int=0)
        await banking.unmatch(self._deps, caller.merchant, match_id, by=caller.manager, now=self._deps.clock.now())
        return "undone"

    async def _aside(self, caller: Caller, line: KeptLine, voice: Voice) -> str:
        del voice
        asked = asked_of(caller, self._deps.clock.now(), line=line)
        await banking.set_aside(self._deps, asked, _typed(caller)["note"][:500])
        return "aside"

    async def _found(self, caller: Caller) -> KeptLine:
        assert caller.merchant is not None
        line_id = an_id(str(caller.request.path_params["line_id"])) or UUID(int=0)
        try:
            async with self._deps.database.connection() as connection:
                return await find_line(connection, caller.merchant.merchant_id, line_id)
        except BankLineUnknown:
            raise PageUnknown from None

    async def _page(self, caller: Caller, line: KeptLine, *, error: str = "", status: int = 200) -> Answer:
        merchant, authority = caller.merchant, caller.authority
        assert merchant is not None
        assert authority is not None
        voice = self._front.voice(caller)
        code, here = line.line.currency, f"{HERE.format(slug=merchant.slug)}/lines/{line.line_id}"
        async with self._deps.database.connection() as connection:
            values = await self._read(connection, merchant, line, voice)
        values |= {
            "here": here,
            "queue": HERE.format(slug=merchant.slug),
            "error": error,
            "done": caller.request.query_params.get("done", "") in {"matched", "undone"},
            "typed": _typed(caller),
            "books": may(authority.role, Act.PAYMENTS_BOOK),
            "id": str(line.line_id),
            "left_minor": str(line.left),
            "operation": str(new_id(self._deps.clock.now())),
            "amount": money(line.line.amount, code, voice),
            "left": money(line.left, code, voice),
            "is_open": line.left != 0,
            "is_in": line.line.amount > 0,
            "is_aside": line.state is LineState.SET_ASIDE,
            "note": line.note,
            "facts": _facts(line, voice),
            "trail": [(voice.t("Bank"), HERE.format(slug=merchant.slug)), (who_text(line, voice), None)],
        }
        return await self._front.page(caller, "bank/line.html", values, status=status, here=here)

    async def _read(
        self, connection: Connection, merchant: Merchant, line: KeptLine, voice: Voice
    ) -> dict[str, object]:
        code = line.line.currency
        found = (await banking.suggestions_for(connection, merchant.merchant_id, [line]))[line.line_id]
        matches = await matches_of_line(connection, merchant.merchant_id, line.line_id)
        awaited = await banking.awaited_items(connection, merchant.merchant_id)
        before = await banking.booked_before(connection, line) if line.left else []
        partners = await list_partners(connection, merchant.merchant_id)
        return {
            "suggestions": [
                {
                    "chosen": token_of(one),
                    "text": suggestion_text(one, code, voice),
                    "reason": reason_text(one.reason, voice),
                }
                for one in found
            ],
            "awaited": [
                (f"{one.item.kind.value}:{one.item.item_id}", awaited_text(one, voice))
                for one in awaited
                if one.currency == code and (one.amount > 0) == (line.left > 0)
            ],
            "before": [
                (str(one.operation_id), voice.t("Booked on {day}", day=voice.day(one.booked_on))) for one in before
            ],
            "partners": [("", voice.t("Choose a partner")), *((str(one.partner_id), one.name) for one in partners)],
            "matches": [
                {
                    "id": str(one.match_id),
                    "text": match_text(one, voice),
                    "amount": money(one.amount, code, voice),
                    "when": voice.moment(one.made_at, zone=merchant.zone, now=self._deps.clock.now()),
                    "undone": one.undone_at is not None,
                }
                for one in matches
            ],
        }


def _facts(line: KeptLine, voice: Voice) -> list[tuple[str, str]]:
    said = line.line
    known = [
        (voice.t("Day"), voice.day(said.booked_on)),
        (voice.t("From or to"), who_text(line, voice)),
        (voice.t("Account"), number_text(said.iban)),
        (voice.t("What was written"), said.text),
        (voice.t("Reference"), said.structured),
        (voice.t("Name of the payment"), said.end_to_end),
        (voice.t("Reference of the bank"), said.entry_reference),
    ]
    return [(name, value) for name, value in known if value]


def _typed(caller: Caller) -> dict[str, str]:
    return {name: free_text.one_line(caller.fields.get(name, "")[:_TYPED_MAX]) for name in _FIELDS}


def _worth(typed: dict[str, str], voice: Voice) -> InOtherMoney | None:
    code = typed["worth_currency"].upper()
    if not typed["worth"] or not code:
        return None
    return InOtherMoney(code, read_amount(typed["worth"], currency(code), language=voice.language).minor)


def line_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of one line."""
    page = LinePage(front)
    booking = for_act(Act.PAYMENTS_BOOK, back=_BACK)
    return [
        front.route("GET", ONE, for_act(Act.PAYMENTS_READ), page.show),
        front.route("POST", f"{ONE}/match", booking, page.match),
        front.route("POST", f"{ONE}/undo", booking, page.undo),
        front.route("POST", f"{ONE}/aside", booking, page.aside),
    ]
