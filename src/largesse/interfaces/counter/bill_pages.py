"""`/counter/{slug}/bill`: what was scanned or typed is answered, and pays a bill, or is set aside for a tab."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import msgspec
from litestar.handlers import HTTPRouteHandler

from largesse.domain.certificates import CertificateUnknown
from largesse.interfaces.counter.bill_view import LaidDown, answer_view, line_views, planned, shown_of, sums_view
from largesse.interfaces.counter.caller import CounterCaller
from largesse.interfaces.counter.desks import desk_of, guesser, guesses_at_counters
from largesse.interfaces.counter.front import CounterAnswer, CounterFront, counter_path
from largesse.interfaces.counter.idle_page import CAMERA, IdlePage
from largesse.interfaces.counter.rules import CounterRule
from largesse.interfaces.counter.slips import SLIPS_MAX, HeldSlip, new_slip, slip_fields, slips_in
from largesse.interfaces.counter.without_line import kept_form
from largesse.interfaces.counter.wording import (
    layout_words,
    misread_words,
    said_money,
    trouble_words,
    unknown_words,
    way_in,
)
from largesse.kernel.amounts import read_amount
from largesse.kernel.currency import currency as currency_of
from largesse.kernel.errors import LargesseError
from largesse.kernel.ids import new_id
from largesse.kernel.money import InvalidAmount, Money
from largesse.kernel.numbers import FOREIGN_MAX
from largesse.ledger import EntryMode
from largesse.services.approvals import refusal_words
from largesse.services.certificates import Located, locate_id
from largesse.services.counter import (
    BillCurrenciesDiffer,
    BillPlan,
    NumberIsSample,
    ReadAs,
    answer_to,
    look_here,
    open_tab,
    read_here,
    read_text,
    take_bill,
    taking_of,
)
from largesse.web.errors import TooManyRequests
from largesse.web.responses import see_other

BILL: Final = "/counter/{slug:str}/bill"
POSTED: Final = CounterRule(back="/counter/{slug}")
"""The rule of what is only posted: from elsewhere one comes back to the counter itself."""
TAKING: Final = CounterRule(back="/counter/{slug}", acts=True)
"""The same, of what moves value."""
_TYPED_MAX: Final = FOREIGN_MAX
_KEPT: Final = ("total", "gratuity", "reference")
_REFUSED: Final = 400


class BillPages:
    """Answer what was scanned, and take what a bill comes to."""

    def __init__(self, front: CounterFront, idle: IdlePage) -> None:
        self._front = front
        self._deps = front.deps
        self._idle = idle
        self._guesses = guesses_at_counters(front.deps)

    async def begin(self, caller: CounterCaller) -> CounterAnswer:
        """Lead whoever comes without a number to the counter."""
        return see_other(counter_path(caller.merchant.slug))

    async def show(self, caller: CounterCaller) -> CounterAnswer:
        """Return the answer to what was scanned or typed, beside what lay on the counter before."""
        fields = caller.fields
        if fields.get("number", "").strip():
            return await self.answer(caller, fields["number"], way_in(fields.get("came", "")))
        slips = self._slips(caller)
        if not slips:
            voice = self._front.voice(caller)
            error = "" if "drop" in fields or "slip1" in fields else misread_words(voice, read_text("", "GL"), "")
            return await self._idle.page(caller, error=error, status=422 if error else 200)
        return await self._page(caller, slips)

    async def answer(self, caller: CounterCaller, text: str, mode: EntryMode) -> CounterAnswer:
        """Return the answer to a text, however it came in."""
        voice, slips, prefix = self._front.voice(caller), self._slips(caller), caller.merchant.prefix
        read = await read_here(self._deps, caller.merchant, text)
        if read.kind is ReadAs.NOTHING:
            return await self._wrong(caller, slips, misread_words(voice, read, prefix), text)
        try:
            async with self._guesses.attempt(guesser(caller)) as attempt:
                try:
                    located = await look_here(self._deps, caller.merchant, read)
                except CertificateUnknown:
                    attempt.miss()
                    return await self._wrong(caller, slips, unknown_words(voice, read, prefix), text, status=404)
        except NumberIsSample:
            words = voice.t("This is a sample and worth nothing: it shows what a certificate looks like.")
            return await self._wrong(caller, slips, words, text)
        except TooManyRequests as refused:
            words = voice.t("Too many numbers were wrong. Wait some minutes, and compare each with its certificate.")
            answer = await self._wrong(caller, slips, words, text, status=429)
            answer.headers["Retry-After"] = str(refused.retry_after_s)
            return answer
        note = layout_words(voice, read.layout) if read.layout and read.candidates else ""
        return await self.lay_down(caller, located, mode, note=note)

    async def unread(self, caller: CounterCaller, words: str) -> CounterAnswer:
        """Return the page as it was, and that a picture could not be read."""
        return await self._wrong(caller, self._slips(caller), words, "")

    async def lay_down(
        self, caller: CounterCaller, located: Located, mode: EntryMode, *, note: str = ""
    ) -> CounterAnswer:
        """Return the page with one more certificate on the counter."""
        voice, slips, now = self._front.voice(caller), self._slips(caller), self._deps.clock.now()
        certificate_id = located.certificate.certificate_id
        if any(one.slip.certificate_id == certificate_id for one in slips):
            words = voice.t("…{last_four} is on this bill already.", last_four=located.last_four)
            return await self._page(caller, slips, error=words)
        if len(slips) >= SLIPS_MAX:
            words = voice.t("At most {count} certificates pay one bill here. Take these first.", count=SLIPS_MAX)
            return await self._page(caller, slips, error=words, status=422)
        slip = new_slip(self._deps.keyring, certificate_id, mode, made_for=caller.form_owner, now=now)
        return await self._page(caller, [*slips, slip], note=note)

    async def redeem(self, caller: CounterCaller) -> CounterAnswer:
        """Take what the bill comes to, or all that is there; sent twice, it leads to the same receipt."""
        operation_id = caller.operation
        if await self._happened(caller, operation_id):
            return self._receipt(caller, operation_id)
        answer = await self._redeem(caller, operation_id)
        # Another tap on the same form may have taken it while this one still looked.
        refused = answer.status_code is not None and answer.status_code >= _REFUSED
        if refused and await self._happened(caller, operation_id):
            return self._receipt(caller, operation_id)
        return answer

    async def _redeem(self, caller: CounterCaller, operation_id: UUID) -> CounterAnswer:
        """Take it, as the bill stands now."""
        slips, voice = self._slips(caller), self._front.voice(caller)
        laid = await self._laid(caller, slips)
        if not laid or not all(one.is_good for one in laid):
            return await self._page(caller, slips, operation=operation_id, status=409)
        total, wrong = self._total(caller, laid)
        is_all = caller.fields.get("take") == "all"
        if wrong or (total is None and not is_all):
            missing = wrong or voice.t("Type what the bill comes to.")
            return await self._page(caller, slips, wrong=missing, operation=operation_id, status=422)
        try:
            plan = planned(laid, total, gratuity_too=self._gratuity_too(caller))
        except BillCurrenciesDiffer as refused:
            return await self._page(
                caller, slips, error=refusal_words(voice, refused), operation=operation_id, status=422
            )
        if is_all and caller.fields.get("shown") != shown_of(plan):
            words = voice.t("What is left changed meanwhile. Look again, then take it.")
            return await self._page(caller, slips, error=words, operation=operation_id, status=409)
        if not is_all and plan.remains:
            words = voice.t(
                "Only {amount} is left. Take that, and have the rest paid otherwise.",
                amount=said_money(voice, plan.value, plan.currency),
            )
            return await self._page(caller, slips, wrong=words, operation=operation_id, status=409)
        return await self._take(caller, slips, plan, operation_id)

    async def _take(
        self, caller: CounterCaller, slips: Sequence[HeldSlip], plan: BillPlan, operation_id: UUID
    ) -> CounterAnswer:
        now = self._deps.clock.now()
        try:
            await take_bill(
                self._deps,
                desk_of(caller),
                plan.parts,
                currency=plan.currency,
                reference=caller.fields.get("reference", ""),
                operation_id=operation_id,
                now=now,
            )
        except LargesseError as refused:
            if await self._happened(caller, operation_id):
                return self._receipt(caller, operation_id)
            words = await self._named(caller, plan, refused)
            return await self._page(caller, slips, error=words, operation=operation_id, status=409)
        return self._receipt(caller, operation_id)

    async def hold(self, caller: CounterCaller) -> CounterAnswer:
        """Set what is typed aside for a tab, or all that is there."""
        operation_id = caller.operation
        if await self._happened(caller, operation_id):
            return self._receipt(caller, operation_id)
        slips, voice = self._slips(caller), self._front.voice(caller)
        laid = await self._laid(caller, slips)
        if len(laid) != 1 or not laid[0].is_good:
            return await self._page(caller, slips, operation=operation_id, status=409)
        total, wrong = self._total(caller, laid)
        reference = caller.fields.get("reference", "").strip()
        if wrong or not reference:
            missing = "" if reference else voice.t("Name the table or the guest, so that others find the tab.")
            return await self._page(
                caller, slips, wrong=wrong, wrong_reference=missing, operation=operation_id, status=422
            )
        plan = planned(laid, total, gratuity_too=self._gratuity_too(caller))
        if plan.remains:
            words = voice.t(
                "Only {amount} is left to be set aside.", amount=said_money(voice, plan.value, plan.currency)
            )
            return await self._page(caller, slips, wrong=words, operation=operation_id, status=409)
        now = self._deps.clock.now()
        try:
            await open_tab(
                self._deps, desk_of(caller), plan.parts[0], reference=reference, operation_id=operation_id, now=now
            )
        except LargesseError as refused:
            if await self._happened(caller, operation_id):
                return self._receipt(caller, operation_id)
            words = refusal_words(voice, refused)
            return await self._page(caller, slips, error=words, operation=operation_id, status=409)
        return self._receipt(caller, operation_id)

    def _slips(self, caller: CounterCaller) -> list[HeldSlip]:
        return slips_in(self._deps.keyring, caller.fields, made_for=caller.form_owner, now=self._deps.clock.now())

    async def _laid(self, caller: CounterCaller, slips: Sequence[HeldSlip]) -> list[LaidDown]:
        language, now = self._front.voice(caller).language, self._deps.clock.now()
        laid = []
        for held in slips:
            located = await locate_id(self._deps, caller.merchant, held.slip.certificate_id)
            answer = await answer_to(self._deps, located, language=language, now=now)
            laid.append(LaidDown(held=held, answer=answer))
        return laid

    def _gratuity_too(self, caller: CounterCaller) -> bool:
        return caller.fields.get("gratuity") == "yes"

    def _total(self, caller: CounterCaller, laid: Sequence[LaidDown]) -> tuple[Money | None, str]:
        """Return what the bill comes to, None where nothing was typed; and what is wrong with it."""
        voice, text = self._front.voice(caller), caller.fields.get("total", "").strip()
        if not text or not laid or caller.fields.get("take") == "all":
            return None, ""
        money = currency_of(laid[0].answer.located.certificate.currency)
        try:
            total = read_amount(text, money, language=voice.language)
        except InvalidAmount:
            return None, voice.t("Type an amount such as {example}.", example=voice.bare_amount(Money(4250, money)))
        if total.minor <= 0:
            return None, voice.t("Type an amount above zero.")
        return total, ""

    async def _named(self, caller: CounterCaller, plan: BillPlan, refused: LargesseError) -> str:
        """Return words that say which certificate of a bill was refused, and why; nothing was taken from any."""
        voice = self._front.voice(caller)
        words, taking = refusal_words(voice, refused), taking_of(plan.parts)
        if refused.index is None or len(taking) < 2:
            return words
        located = await locate_id(self._deps, caller.merchant, taking[refused.index].certificate_id)
        return voice.t("…{last_four}: {why} Nothing was taken.", last_four=located.last_four, why=words)

    async def _happened(self, caller: CounterCaller, operation_id: UUID) -> bool:
        async with self._deps.database.connection() as connection:
            return await self._deps.ledger.happened(connection, caller.merchant.merchant_id, operation_id)

    def _receipt(self, caller: CounterCaller, operation_id: UUID) -> CounterAnswer:
        return see_other(f"{counter_path(caller.merchant.slug)}/receipts/{operation_id}")

    async def _wrong(
        self, caller: CounterCaller, slips: Sequence[HeldSlip], words: str, typed: str, *, status: int = 422
    ) -> CounterAnswer:
        typed = typed[:_TYPED_MAX]
        if slips:
            return await self._page(caller, slips, error=words, typed=typed, status=status)
        return await self._idle.page(caller, error=words, typed=typed, status=status)

    async def _page(
        self,
        caller: CounterCaller,
        slips: Sequence[HeldSlip],
        *,
        error: str = "",
        wrong: str = "",
        wrong_reference: str = "",
        note: str = "",
        typed: str = "",
        operation: UUID | None = None,
        status: int = 200,
    ) -> CounterAnswer:
        """Return the page of a bill; with what is wrong with the number, the amount, or the reference."""
        laid = await self._laid(caller, slips)
        if not laid:
            return await self._idle.page(caller, error=error, status=status)
        voice, now = self._front.voice(caller), self._deps.clock.now()
        good = [one for one in laid if one.is_good]
        total, wrong_total = self._total(caller, good)
        differ = ""
        try:
            plan = planned(good, total, gratuity_too=self._gratuity_too(caller)) if good else None
        except BillCurrenciesDiffer as refused:
            plan, differ = None, refusal_words(voice, refused)
        operation = operation or new_id(now)
        only = laid[0] if len(laid) == 1 else None
        refused_ones = [
            (place, one.answer.located.last_four, trouble_words(voice, one.answer))
            for place, one in enumerate(laid, start=1)
            if not one.is_good
        ]
        values: Mapping[str, object] = {
            "slips": slip_fields(slips),
            "kept_form": await kept_form(self._deps, caller, good, plan, operation) if plan else "",
            "view": answer_view(only.answer, voice, caller.where, now=now) if only else None,
            "certificate_id": only.held.slip.certificate_id if only else None,
            "lines": line_views(good, plan, voice) if plan and not only else [],
            "refused": [] if only else refused_ones,
            "sums": sums_view(plan, voice) if plan else None,
            "shown": shown_of(plan) if plan else "",
            "has_total": total is not None,
            "has_gratuity": any(one.answer.located.certificate.gratuity_available for one in good),
            "can_take": plan is not None and len(good) == len(laid) and bool(plan.value or plan.gratuity),
            "can_hold": only is not None and only.is_good,
            "can_pay_out": only is not None and only.answer.may_pay_out,
            "can_reload": only is not None and only.answer.may_reload,
            "sign": plan.currency if plan else "",
            "fields": caller.fields,
            "kept": [(name, caller.fields[name]) for name in _KEPT if caller.fields.get(name)],
            "gratuity_too": self._gratuity_too(caller),
            "error": error or differ,
            "wrong": wrong or wrong_total,
            "wrong_reference": wrong_reference,
            "note": note,
            "typed": typed,
        }
        return await self._front.page(caller, "bill.html", values, status=status, operation=operation, headers=CAMERA)


def bill_routes(front: CounterFront, pages: BillPages) -> Sequence[HTTPRouteHandler]:
    """Return the routes of a bill."""
    taking = msgspec.structs.replace(TAKING, looks=BILL)
    return [
        front.route("GET", BILL, POSTED, pages.begin),
        front.route("POST", BILL, msgspec.structs.replace(POSTED, looks=BILL), pages.show),
        front.route("POST", f"{BILL}/redeem", taking, pages.redeem),
        front.route("POST", f"{BILL}/hold", taking, pages.hold),
    ]
