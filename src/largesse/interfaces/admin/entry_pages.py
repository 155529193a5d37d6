"""`/admin/{slug}/reports/entries`: manual entries, which one person asks for and another agrees to."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import msgspec
from litestar.handlers import HTTPRouteHandler

from largesse.domain.manual_entries import EntryState, ManualEntry, list_entries
from largesse.domain.staff import Act, may
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.rules import for_act
from largesse.kernel import free_text
from largesse.kernel.amounts import read_amount
from largesse.kernel.currency import currency
from largesse.kernel.errors import InvalidInput, LargesseError
from largesse.kernel.ids import derived_id
from largesse.kernel.money import Money
from largesse.services import bookkeeping, reports
from largesse.services.bookkeeping import BY_HAND
from largesse.ui import Voice
from largesse.web.choices import said_beside
from largesse.web.responses import see_other

ENTRIES: Final = "/admin/{slug:str}/reports/entries"
_BACK: Final = "/admin/{slug}/reports/entries"
_DONE: Final = frozenset({"requested", "booked", "refused"})
_TYPED_MAX: Final = 600


class EntryPages:
    """Answer about manual entries."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps

    async def show(self, caller: Caller) -> Answer:
        """Return the page."""
        done = caller.request.query_params.get("done", "")
        return await self._page(caller, done=done if done in _DONE else "")

    async def request(self, caller: Caller) -> Answer:
        """Ask for an entry."""
        merchant, person, voice = caller.merchant, caller.person, self._front.voice(caller)
        assert merchant is not None
        assert person is not None
        typed = {name: free_text.one_line(caller.fields.get(name, "")[:_TYPED_MAX]) for name in _FIELDS}
        try:
            entry = ManualEntry(
                merchant_id=merchant.merchant_id,
                entry_id=_operation(caller),
                debit=typed["debit"],
                credit=typed["credit"],
                currency=typed["currency"],
                amount=_amount(typed, voice),
                why=typed["why"],
                requested_by=person.name,
                requester_id=person.person_id,
                requested_at=self._deps.clock.now(),
            )
            await bookkeeping.request_entry(self._deps, entry, by=caller.manager)
        except InvalidInput as wrong:
            return await self._page(caller, errors=_sentences(wrong, voice), typed=typed, status=422)
        return self._to(caller, "requested")

    async def approve(self, caller: Caller) -> Answer:
        """Agree to an entry."""
        assert caller.merchant is not None
        try:
            await bookkeeping.approve_entry(
                self._deps, caller.merchant, _entry_id(caller), by=caller.manager, now=self._deps.clock.now()
            )
        except LargesseError as refused:
            return await self._page(caller, error=_sentence(refused, self._front.voice(caller)), status=409)
        return self._to(caller, "booked")

    async def refuse(self, caller: Caller) -> Answer:
        """Do not agree to an entry, or withdraw it."""
        assert caller.merchant is not None
        try:
            await bookkeeping.refuse_entry(
                self._deps, caller.merchant, _entry_id(caller), by=caller.manager, now=self._deps.clock.now()
            )
        except LargesseError as refused:
            return await self._page(caller, error=_sentence(refused, self._front.voice(caller)), status=409)
        return self._to(caller, "refused")

    def _to(self, caller: Caller, done: str) -> Answer:
        assert caller.merchant is not None
        return see_other(f"{_BACK.format(slug=caller.merchant.slug)}?done={done}")

    async def _page(
        self,
        caller: Caller,
        *,
        done: str = "",
        error: str = "",
        errors: Mapping[str, str] | None = None,
        typed: Mapping[str, str] | None = None,
        status: int = 200,
    ) -> Answer:
        merchant, authority = caller.merchant, caller.authority
        assert merchant is not None
        assert authority is not None
        voice, now = self._front.voice(caller), self._deps.clock.now()
        here = _BACK.format(slug=merchant.slug)
        async with self._deps.database.connection() as connection:
            entries = await list_entries(connection, merchant.merchant_id)
        accounts = sorted((reports.account_name(one.value, voice), one.value) for one in BY_HAND)
        values = {
            "here": here,
            "done": done,
            "error": error,
            "errors": errors or {},
            "typed": typed or {"currency": merchant.currency},
            "operation": str(derived_id("manual-entry-form", caller.form_owner, now.isoformat())),
            "accounts": [(value, name) for name, value in accounts],
            "may_enter": may(authority.role, Act.MANUAL_ENTRY),
            "waiting": [_shown(one, voice) for one in entries if one.waits(now)],
            "columns": _columns(voice),
            "decided": [_shown(one, voice) for one in entries if one.state is not EntryState.REQUESTED],
            "trail": [(voice.t("Reports"), f"/admin/{merchant.slug}/reports"), (voice.t("Manual entries"), "")],
        }
        return await self._front.page(caller, "entries.html", values, status=status, here=here)


def entry_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of manual entries."""
    pages = EntryPages(front)
    entering = for_act(Act.MANUAL_ENTRY, back=_BACK)
    return [
        front.route("GET", ENTRIES, for_act(Act.REPORTS_READ), pages.show),
        front.route("POST", f"{ENTRIES}/request", entering, pages.request),
        front.route("POST", f"{ENTRIES}/approve", entering, pages.approve),
        front.route("POST", f"{ENTRIES}/refuse", entering, pages.refuse),
    ]


_FIELDS: Final = ("debit", "credit", "currency", "amount", "why")


def _amount(typed: Mapping[str, str], voice: Voice) -> int:
    """Return the amount in the smallest unit; 0, which is refused beside its field, where it is none."""
    try:
        return read_amount(typed["amount"], currency(typed["currency"]), language=voice.language).minor
    except LargesseError:
        return 0


def _operation(caller: Caller) -> UUID:
    """Return the id that the form came with: sent twice, it asks once."""
    try:
        return UUID(caller.fields.get("operation", "")[:40])
    except ValueError:
        return derived_id("manual-entry-form", caller.form_owner, msgspec.json.encode(dict(caller.fields)).decode())


def _entry_id(caller: Caller) -> UUID:
    try:
        return UUID(caller.fields.get("entry", "")[:40])
    except ValueError:
        return UUID(int=0)


def _shown(one: ManualEntry, voice: Voice) -> dict[str, str]:
    who = one.requested_by
    if one.decided_by is not None:
        who = (
            voice.t("{name}, by one person", name=who)
            if one.alone
            else voice.t("{name} and {other}", name=who, other=one.decided_by)
        )
    return {
        "id": str(one.entry_id),
        "why": one.why,
        "debit": reports.account_name(one.debit, voice),
        "credit": reports.account_name(one.credit, voice),
        "amount": voice.money(Money(one.amount, currency(one.currency))),
        "who": who,
        "state": {
            EntryState.REQUESTED: voice.t("waits"),
            EntryState.BOOKED: voice.t("booked"),
            EntryState.REFUSED: voice.t("not booked"),
        }[one.state],
    }


def _columns(voice: Voice) -> list[dict[str, str]]:
    return [
        {"key": "why", "title": voice.t("Why"), "kind": "lead"},
        {"key": "debit", "title": reports.column_title("debit", voice)},
        {"key": "credit", "title": reports.column_title("credit", voice)},
        {"key": "amount", "title": reports.column_title("amount", voice), "kind": "money"},
        {"key": "who", "title": voice.t("Who")},
        {"key": "state", "title": voice.t("What became of it")},
    ]


def _sentences(wrong: InvalidInput, voice: Voice) -> dict[str, str]:
    told = {
        "debit": voice.t("Choose an account that is no certificate's."),
        "credit": voice.t("Choose another account that is no certificate's."),
        "currency": voice.t("Choose a currency by its code, such as EUR."),
        "amount": voice.t("Write an amount above zero, such as 12.50."),
        "why": voice.t("Say why, in 1 to 500 characters."),
    }
    return said_beside(wrong, told, voice)


def _sentence(refused: LargesseError, voice: Voice) -> str:
    return {
        "manual_entry.not_waiting": voice.t("This entry does not wait any more."),
        "manual_entry.second_person": voice.t(
            "Another person has to agree. Who is the only one that may, agrees alone after 24 hours."
        ),
    }.get(refused.code, voice.t("Your role does not allow this."))
