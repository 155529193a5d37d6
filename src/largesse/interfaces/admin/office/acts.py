"""What staff do to one thing: a page that says exactly what will happen, to whom and how much; then it happens, once.

An act has a page of its own below the thing's. It asks for what it needs and why, shows what would come of it, and does
it when that is confirmed: under the operation id that the form was made with, so that what is sent twice happens once,
and only while the thing stands as it was shown.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Final, Protocol
from uuid import UUID

import msgspec
from litestar.handlers import HTTPRouteHandler

from largesse.domain import staff
from largesse.domain.approvals import FrozenAct
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Act, Audited, AuditReason, ByWhom
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.rules import for_act
from largesse.interfaces.admin.wording import reason_codes
from largesse.kernel import free_text
from largesse.kernel.amounts import read_amount
from largesse.kernel.currency import currency
from largesse.kernel.errors import LargesseError
from largesse.kernel.ids import derived_id, new_id
from largesse.kernel.money import InvalidAmount, Money
from largesse.services.approvals import ask_or_do, refusal_words
from largesse.services.certificates import Request
from largesse.ui import Voice, choose_one
from largesse.web.choices import chosen
from largesse.web.forms import an_id
from largesse.web.request import named_in
from largesse.web.responses import see_other

WORDS_MAX: Final = 400
TYPED_MAX: Final = 200
WAITS: Final = "waits"
"""What the page of a thing is told when an act on it waits for a second person."""


class ActInput(msgspec.Struct, frozen=True, kw_only=True):
    """Something a page asks for. `kind` is text, money, day, choice, check, or secret, which no page shows again.

    Choices are pairs of value and words. Those of one `group` stand together below its name.
    """

    name: str
    label: str
    kind: str = "text"
    hint: str = ""
    options: tuple[tuple[str, str], ...] = ()
    sign: str = ""
    required: bool = True
    value: str = ""
    group: str = ""
    longest: int = TYPED_MAX


class ActShown(msgspec.Struct, frozen=True, kw_only=True):
    """A page that an act ends with, for what is shown once."""

    template: str
    values: Mapping[str, object]

    def __repr__(self) -> str:
        return f"ActShown({self.template})"


class Unfit(Exception):
    """What was typed cannot be meant; `faults` say beside which field, and why."""

    def __init__(self, **faults: str) -> None:
        super().__init__(", ".join(faults))
        self.faults = faults


class ActPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What would come of an act. `run` does it, and returns where to go on, or nothing for the thing's own page.

    What is shown once is a page that it returns. What limits are set on has a `command` instead: beyond them it waits
    for a second person. `kept` are fields that stand in the confirmed form instead of what was typed.
    """

    effects: Sequence[str]
    run: Callable[[Request], Awaitable["str | ActShown"]] | None = None
    command: FrozenAct | None = None
    kept: Mapping[str, str] = {}


class ActSubject(Protocol):
    """What an act is done to."""

    @property
    def subject_id(self) -> UUID:
        """Its id, for the audit log."""

    @property
    def version(self) -> str:
        """Something that changes whenever it changes."""

    @property
    def addresses(self) -> frozenset[str]:
        """Whose it is: mail addresses, folded."""

    def trail(self, voice: Voice, merchant: Merchant, here: str) -> list[tuple[str, str]]:
        """Return the breadcrumb that ends `here`."""


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """Who does something, when, with what they have typed."""

    front: StaffFront
    caller: Caller
    merchant: Merchant
    voice: Voice
    now: datetime
    typed: Mapping[str, str]

    def text(self, name: str) -> str:
        """Return what was typed into a field, as one line."""
        return free_text.one_line(self.typed.get(name, "")[:TYPED_MAX])

    def acting(self, request: Request) -> ByWhom:
        """Return who acts and why, for services that write the audit log themselves."""
        code = chosen(self.typed, "code", AuditReason, usual=AuditReason.OTHER)
        return ByWhom(actor=request.actor, why=request.memo, code=code)

    def amount(self, name: str, code: str, *, signed: bool = False) -> int | None:
        """Return an amount that was typed, in smallest units; None of an empty field.

        Raises:
            Unfit: it is no amount, or not above zero where it has to be.
        """
        text = self.text(name)
        if not text:
            return None
        minus = signed and text[0] in "-−"
        try:
            minor = read_amount(
                text[1:] if minus else text.removeprefix("+"), currency(code), language=self.voice.language
            ).minor
        except InvalidAmount:
            raise Unfit(
                **{name: self.voice.t("Write an amount, such as {example}.", example=self.example(code))}
            ) from None
        return -minor if minus else minor

    def example(self, code: str) -> str:
        """Return how an amount of a currency is typed."""
        known = currency(code)
        return self.voice.bare_amount(Money(25 * known.units, known))

    def money(self, minor: int, code: str) -> str:
        """Return an amount as it is read."""
        return self.voice.money(Money(minor, currency(code)))


class StaffAct(Protocol):
    """One act: what it is called, who may, what it asks for, and what comes of it."""

    name: str
    act: Act
    audited: Audited | None
    danger: bool

    def title(self, voice: Voice) -> str:
        """Return what it is called."""

    def done(self, voice: Voice) -> str:
        """Return what is said when it is done."""

    def inputs(self, setting: Setting, subject: ActSubject) -> Sequence[ActInput]:
        """Return what it asks for."""

    def already(self, setting: Setting, subject: ActSubject) -> bool:
        """Return whether it has come to what it would come to, so that a form that is sent twice is answered alike."""

    async def plan(self, setting: Setting, subject: ActSubject) -> ActPlan:
        """Return what would come of it.

        Raises:
            Unfit: of what was typed.
            LargesseError: it cannot be done.
        """


Find = Callable[[StaffFront, Caller], Awaitable[ActSubject]]


class ActPage:
    """Answer for one act on what `find` finds in the address."""

    def __init__(self, front: StaffFront, one: StaffAct, find: Find, here: str, home: str = "") -> None:
        self._front = front
        self._deps = front.deps
        self._one = one
        self._find = find
        self._here = here
        self._above = home or here

    async def ask(self, caller: Caller) -> Answer:
        """Return the page that asks for what the act needs."""
        subject, setting = await self._find(self._front, caller), self._setting(caller)
        if self._is_own(caller, subject):
            return await self._own(setting, subject)
        if self._one.inputs(setting, subject):
            return await self._page(setting, subject)
        return await self._planned(setting, subject, confirming=True)

    async def act(self, caller: Caller) -> Answer:
        """Show what would happen, or do it where that is confirmed."""
        subject, setting = await self._find(self._front, caller), self._setting(caller)
        if self._is_own(caller, subject):
            return await self._own(setting, subject)
        operation_id = self._operation(setting)
        if operation_id is None:
            return await self._page(setting, subject, status=422)
        async with self._deps.database.connection() as connection:
            happened = await self._deps.ledger.happened(connection, setting.merchant.merchant_id, operation_id)
        if happened or self._one.already(setting, subject):
            return see_other(f"{self._home(caller)}?done={self._one.name}")
        faults = {} if setting.text("why") else {"why": setting.voice.t("Say why, in 1 to 500 characters.")}
        try:
            self._refuse_unoffered(setting, subject)
            plan = await self._one.plan(setting, subject)
        except Unfit as wrong:
            return await self._page(setting, subject, errors={**wrong.faults, **faults}, status=422)
        except LargesseError as refused:
            return await self._page(setting, subject, problem=refused, status=409)
        if faults:
            return await self._page(setting, subject, errors=faults, plan=plan, status=422)
        if setting.typed.get("sure") != "yes" or setting.typed.get("seen") != subject.version:
            changed = setting.typed.get("sure") == "yes"
            return await self._page(
                setting, subject, plan=plan, confirming=True, changed=changed, status=409 if changed else 200
            )
        return await self._do(setting, subject, plan, operation_id)

    async def _do(self, setting: Setting, subject: ActSubject, plan: ActPlan, operation_id: UUID) -> Answer:
        caller = setting.caller
        request = Request(operation_id=operation_id, actor=caller.manager.actor, memo=setting.text("why")[:WORDS_MAX])
        try:
            where = await self._run(setting, plan, request)
        except Unfit as wrong:
            return await self._page(setting, subject, errors=wrong.faults, status=422)
        except LargesseError as refused:
            return await self._page(setting, subject, problem=refused, status=409)
        if where is None:
            return see_other(f"{self._home(caller)}?done={WAITS}")
        if isinstance(where, ActShown):
            return await self._front.page(caller, where.template, where.values, here=self._home(caller))
        if self._one.audited is None:  # the service has written it
            return see_other(where or f"{self._home(caller)}?done={self._one.name}")
        async with self._deps.database.transaction() as connection:
            await staff.record(
                connection,
                setting.merchant.merchant_id,
                self._one.audited,
                subject=str(subject.subject_id),
                actor=request.actor,
                reason=request.memo,
                reason_code=chosen(setting.typed, "code", AuditReason, usual=AuditReason.OTHER),
                now=setting.now,
            )
        return see_other(where or f"{self._home(caller)}?done={self._one.name}")

    async def _run(self, setting: Setting, plan: ActPlan, request: Request) -> str | ActShown | None:
        """Do it, and return where to go on, or what to show; None where it waits for a second person, undone."""
        if plan.command is not None:
            came = await ask_or_do(
                self._deps,
                setting.merchant,
                plan.command,
                by=setting.caller.manager,
                request=request,
                now=setting.now,
            )
            return None if came.waits is not None else ""
        assert plan.run is not None
        return await plan.run(request)

    def _refuse_unoffered(self, setting: Setting, subject: ActSubject) -> None:
        """Refuse choices that the form does not offer.

        Raises:
            Unfit: there is one; it says so beside each.
        """
        asked = self._one.inputs(setting, subject)
        offers = {one.name: [key for key, _ in one.options] for one in asked if one.kind == "choice"}
        offers["code"] = list(AuditReason)
        wrong = [name for name, keys in offers.items() if name in setting.typed and setting.typed[name] not in keys]
        if wrong:
            raise Unfit(**dict.fromkeys(wrong, choose_one(setting.voice)))

    def _setting(self, caller: Caller) -> Setting:
        assert caller.merchant is not None
        return Setting(
            front=self._front,
            caller=caller,
            merchant=caller.merchant,
            voice=self._front.voice(caller),
            now=self._deps.clock.now(),
            typed=caller.fields,
        )

    def _operation(self, setting: Setting) -> UUID | None:
        """Return the operation of a form: its own id, which is another one for every person and merchant."""
        given = an_id(setting.typed.get("operation", ""))
        person = setting.caller.person
        assert person is not None
        return derived_id("office", setting.merchant.merchant_id, person.person_id, given) if given else None

    def _home(self, caller: Caller) -> str:
        """Return where to go on when it is done."""
        return self._above.format(**named_in(caller.request))

    def _action(self, caller: Caller) -> str:
        here = self._here.format(**named_in(caller.request))
        return f"{here}/{self._one.name}"

    @staticmethod
    def _is_own(caller: Caller, subject: ActSubject) -> bool:
        assert caller.person is not None
        return caller.person.email.casefold() in subject.addresses

    async def _own(self, setting: Setting, subject: ActSubject) -> Answer:
        own = setting.voice.t("This is for you or from you: ask somebody else to do it.")
        return await self._page(setting, subject, refused=own, status=409)

    async def _planned(self, setting: Setting, subject: ActSubject, *, confirming: bool) -> Answer:
        try:
            plan = await self._one.plan(setting, subject)
        except LargesseError as refused:
            return await self._page(setting, subject, problem=refused, status=409)
        return await self._page(setting, subject, plan=plan, confirming=confirming)

    async def _page(
        self,
        setting: Setting,
        subject: ActSubject,
        *,
        plan: ActPlan | None = None,
        confirming: bool = False,
        changed: bool = False,
        errors: Mapping[str, str] | None = None,
        problem: LargesseError | None = None,
        refused: str = "",
        status: int = 200,
    ) -> Answer:
        voice, typed = setting.voice, setting.typed
        title = self._one.title(voice)
        inputs = [_filled(one, typed) for one in self._one.inputs(setting, subject)]
        values = {
            "trail": subject.trail(voice, setting.merchant, title),
            "heading": title,
            "home": self._home(setting.caller),
            "action": self._action(setting.caller),
            "inputs": inputs,
            "groups": [(name, list(ones)) for name, ones in groupby(inputs, key=lambda one: one.group)],
            "kept": {**{one.name: one.value for one in inputs}, **(plan.kept if plan else {})} if confirming else {},
            "effects": list(plan.effects) if plan else [],
            "confirming": confirming,
            "changed": changed,
            "errors": dict(errors or {}),
            "problem": refused or (refusal_words(voice, problem) if problem else ""),
            "closed": bool(refused),
            "operation": typed.get("operation", "") if an_id(typed.get("operation", "")) else str(new_id(setting.now)),
            "seen": subject.version,
            "why": setting.text("why"),
            "code": typed.get("code", AuditReason.REQUESTED.value),
            "codes": reason_codes(voice),
            "danger": self._one.danger,
        }
        return await self._front.page(
            setting.caller, "office/act.html", values, status=status, here=self._home(setting.caller)
        )


def _filled(one: ActInput, typed: Mapping[str, str]) -> ActInput:
    """Return an input with what was typed; a box of a form that came back empty was emptied."""
    otherwise = "" if one.kind == "check" and typed else one.value
    return msgspec.structs.replace(one, value=typed.get(one.name, otherwise)[: one.longest])


def act_routes(
    front: StaffFront, staff_acts: Sequence[StaffAct], find: Find, *, path: str, here: str, home: str = ""
) -> list[HTTPRouteHandler]:
    """Return the routes of acts below the page of what they are done to; `home` is where they end, if elsewhere."""
    routes = []
    for one in staff_acts:
        page = ActPage(front, one, find, here, home)
        rule = for_act(one.act, back=f"{here}/{one.name}")
        routes += [
            front.route("GET", f"{path}/{one.name}", rule, page.ask),
            front.route("POST", f"{path}/{one.name}", rule, page.act),
        ]
    return routes
