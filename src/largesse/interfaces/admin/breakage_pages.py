"""`/admin/{slug}/reports/breakage`: when what nobody will use is earned; one person asks, another agrees."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar.handlers import HTTPRouteHandler

from largesse.domain.breakage import BreakageMethod, BreakageRule, BreakageState, list_rules
from largesse.domain.staff import Act, may
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.rules import for_act
from largesse.kernel import free_text
from largesse.kernel.currency import currency
from largesse.kernel.errors import InvalidInput, LargesseError
from largesse.kernel.ids import derived_id
from largesse.kernel.money import Money
from largesse.services import bookkeeping, months, reports
from largesse.services.bookkeeping import BREAKS
from largesse.ui import Voice
from largesse.web.choices import chosen, said_beside
from largesse.web.responses import see_other

BREAKAGE: Final = "/admin/{slug:str}/reports/breakage"
_BACK: Final = "/admin/{slug}/reports/breakage"
_DONE: Final = frozenset({"requested", "agreed", "refused"})
_FIELDS: Final = ("class_of_value", "currency", "method", "rate", "months", "since", "why")
_TYPED_MAX: Final = 600
_PPM_OF_PERCENT: Final = 10_000
_NO_NUMBER: Final = -1


class BreakagePages:
    """Answer about rules of breakage."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps

    async def show(self, caller: Caller) -> Answer:
        """Return the page."""
        done = caller.request.query_params.get("done", "")
        return await self._page(caller, done=done if done in _DONE else "")

    async def request(self, caller: Caller) -> Answer:
        """Ask for a rule."""
        voice = self._front.voice(caller)
        typed = {name: free_text.one_line(caller.fields.get(name, "")[:_TYPED_MAX]) for name in _FIELDS}
        try:
            since = reports.read_month(typed["since"])
        except ValueError:
            errors = {"since": voice.t("Write a month as year and month, such as 2026-11.")}
            return await self._page(caller, errors=errors, typed=typed, status=422)
        try:
            await bookkeeping.request_rule(self._deps, self._rule(caller, typed, since), by=caller.manager)
        except InvalidInput as wrong:
            return await self._page(caller, errors=_sentences(wrong, voice), typed=typed, status=422)
        return self._to(caller, "requested")

    async def approve(self, caller: Caller) -> Answer:
        """Agree to a rule."""
        assert caller.merchant is not None
        try:
            await bookkeeping.approve_rule(
                self._deps, caller.merchant, _rule_id(caller), by=caller.manager, now=self._deps.clock.now()
            )
        except LargesseError as refused:
            return await self._page(caller, error=_sentence(refused, self._front.voice(caller)), status=409)
        return self._to(caller, "agreed")

    async def refuse(self, caller: Caller) -> Answer:
        """Do not agree to a rule, or withdraw it."""
        assert caller.merchant is not None
        try:
            await bookkeeping.refuse_rule(
                self._deps, caller.merchant, _rule_id(caller), by=caller.manager, now=self._deps.clock.now()
            )
        except LargesseError as refused:
            return await self._page(caller, error=_sentence(refused, self._front.voice(caller)), status=409)
        return self._to(caller, "refused")

    def _rule(self, caller: Caller, typed: Mapping[str, str], since: date) -> BreakageRule:
        merchant, person = caller.merchant, caller.person
        assert merchant is not None
        assert person is not None
        method = chosen(typed, "method", BreakageMethod)
        return BreakageRule(
            merchant_id=merchant.merchant_id,
            rule_id=_operation(caller),
            class_of_value=typed["class_of_value"],
            currency=typed["currency"],
            method=method,
            rate_ppm=_ppm(typed["rate"]) if method is BreakageMethod.PROPORTIONAL else None,
            remote_months=_whole(typed["months"]) if method is BreakageMethod.WHEN_REMOTE else None,
            since=since,
            why=typed["why"],
            requested_by=person.name,
            requester_id=person.person_id,
            requested_at=self._deps.clock.now(),
        )

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
        today = now.astimezone(merchant.zone).date()
        async with self._deps.database.connection() as connection:
            rules = await list_rules(connection, merchant.merchant_id)
            due = await months.breakage_due(connection, merchant, today.replace(day=1))
        usual = {"currency": merchant.currency, "since": today.strftime("%Y-%m"), "method": "proportional"}
        values = {
            "here": here,
            "done": done,
            "error": error,
            "errors": errors or {},
            "typed": typed or usual,
            "operation": str(derived_id("breakage-form", caller.form_owner, now.isoformat())),
            "classes": [(one.value, reports.class_name(one.value, voice)) for one in BREAKS],
            "methods": [(one.value, reports.method_name(one.value, voice)) for one in BreakageMethod],
            "may_enter": may(authority.role, Act.MONTH_CLOSE),
            "waiting": [_shown(one, voice) for one in rules if one.waits(now)],
            "columns": _columns(voice),
            "decided": [_shown(one, voice) for one in rules if one.state is not BreakageState.REQUESTED],
            "due": [_due(one, voice) for one in due],
            "due_columns": _due_columns(voice),
            "report": f"/admin/{merchant.slug}/reports/view?report=breakage",
            "trail": [(voice.t("Reports"), f"/admin/{merchant.slug}/reports"), (voice.t("Breakage"), "")],
        }
        return await self._front.page(caller, "breakage.html", values, status=status, here=here)


def breakage_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of rules of breakage."""
    pages = BreakagePages(front)
    closing = for_act(Act.MONTH_CLOSE, back=_BACK)
    return [
        front.route("GET", BREAKAGE, for_act(Act.REPORTS_READ), pages.show),
        front.route("POST", f"{BREAKAGE}/request", closing, pages.request),
        front.route("POST", f"{BREAKAGE}/approve", closing, pages.approve),
        front.route("POST", f"{BREAKAGE}/refuse", closing, pages.refuse),
    ]


def _ppm(text: str) -> int:
    """Return percent as millionths; what is no number is refused beside its field."""
    try:
        found = Decimal(text.replace(",", ".").rstrip("% "))
        return int(found * _PPM_OF_PERCENT) if abs(found) < 1_000 else _NO_NUMBER
    except (InvalidOperation, ValueError):
        return _NO_NUMBER


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else _NO_NUMBER


def _operation(caller: Caller) -> UUID:
    """Return the id that the form came with: sent twice, it asks once."""
    try:
        return UUID(caller.fields.get("operation", "")[:40])
    except ValueError:
        return derived_id("breakage-form", caller.form_owner, msgspec.json.encode(dict(caller.fields)).decode())


def _rule_id(caller: Caller) -> UUID:
    try:
        return UUID(caller.fields.get("rule", "")[:40])
    except ValueError:
        return UUID(int=0)


def _shown(one: BreakageRule, voice: Voice) -> dict[str, str]:
    who = one.requested_by
    if one.decided_by is not None:
        both = voice.t("{name} and {other}", name=who, other=one.decided_by)
        who = voice.t("{name}, by one person", name=who) if one.alone else both
    method = reports.method_name(one.method.value, voice)
    if one.rate_ppm is not None:
        method = voice.t("{method}, {rate} stay unused", method=method, rate=reports.rate_text(one.rate_ppm, voice))
    elif one.remote_months is not None:
        method = voice.t("{method}, after {months} months", method=method, months=voice.count(one.remote_months))
    return {
        "id": str(one.rule_id),
        "what": f"{reports.class_name(one.class_of_value, voice)}, {one.currency}",
        "since": voice.month(one.since),
        "method": method,
        "why": one.why,
        "who": who,
        "state": {
            BreakageState.REQUESTED: voice.t("waits"),
            BreakageState.AGREED: voice.t("agreed to"),
            BreakageState.REFUSED: voice.t("not kept"),
        }[one.state],
    }


def _columns(voice: Voice) -> list[dict[str, str]]:
    return [
        {"key": "what", "title": voice.t("What it is about"), "kind": "lead"},
        {"key": "since", "title": voice.t("From")},
        {"key": "method", "title": reports.column_title("method", voice)},
        {"key": "why", "title": voice.t("Rests on")},
        {"key": "who", "title": voice.t("Who")},
        {"key": "state", "title": voice.t("What became of it")},
    ]


def _due(one: months.BreakageDue, voice: Voice) -> dict[str, Any]:
    cohort = one.reckoned.cohort
    money = currency(cohort.currency)
    return {
        "cohort": voice.month(cohort.month),
        "what": reports.class_name(cohort.class_of_value, voice),
        "booked": voice.money(Money(one.booked, money)),
        "change": voice.money(Money(one.change, money)),
    }


def _due_columns(voice: Voice) -> list[dict[str, str]]:
    return [
        {"key": "cohort", "title": voice.t("Sold in"), "kind": "lead"},
        {"key": "what", "title": reports.column_title("class_of_value", voice)},
        {"key": "booked", "title": reports.column_title("breakage_booked", voice), "kind": "money"},
        {"key": "change", "title": voice.t("Would be booked"), "kind": "money"},
    ]


def _sentences(wrong: InvalidInput, voice: Voice) -> dict[str, str]:
    told = {
        "class_of_value": voice.t("Choose paid or credit."),
        "currency": voice.t("Choose a currency by its code, such as EUR."),
        "rate": voice.t("Write which part is expected to stay unused, above 0 and up to 99 percent."),
        "months": voice.t("Write after how many months, 1 to 240."),
        "why": voice.t("Say what it rests on, in 1 to 500 characters."),
    }
    return said_beside(wrong, told, voice)


def _sentence(refused: LargesseError, voice: Voice) -> str:
    return {
        "breakage.not_waiting": voice.t("This rule does not wait any more."),
        "breakage.second_person": voice.t(
            "Another person has to agree. Who is the only one that may, agrees alone after 24 hours."
        ),
    }.get(refused.code, voice.t("Your role does not allow this."))
