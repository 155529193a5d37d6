"""A second person approves what somebody does at the counter: with a PIN in place, or from afar.

A page that needs a word of a second person writes:

    approved = await approving.ask(caller, TillAct.LATE_UNDO, shown=TillShown(…), subject=str(certificate_id))
    if not isinstance(approved, TillApproval):
        return approved

What was posted is asked for once more, with the approver and their PIN beside it, under the same operation; or it is
kept and done under that operation once somebody has approved it on a device of their own.
"""

from typing import Final
from uuid import UUID

from largesse.domain import tills
from largesse.domain.approvals import (
    FrozenAct,
    NobodyToAsk,
    RequestForSelf,
    RequestState,
    RequestTooClose,
    TillRequest,
    TillShown,
)
from largesse.domain.tills import PIN_DIGITS_MAX, ApproverRefused, PinRefused, TillAct
from largesse.interfaces.counter.asked_pages import asked_path
from largesse.interfaces.counter.caller import CounterCaller
from largesse.interfaces.counter.front import CounterAnswer, CounterFront, counter_path
from largesse.interfaces.counter.limits import TillLimits, tries_of
from largesse.interfaces.counter.operations import OPERATION_FIELD, OperationUnknown
from largesse.interfaces.counter.recognising import sent_form
from largesse.services import tills as services
from largesse.services.approvals import (
    TillAsked,
    approve_at_till,
    ask_from_afar,
    count_approved,
    granted,
    may_alone,
    till_sentence,
)
from largesse.services.tills import TillApproval, seal_form
from largesse.web.csrf import FIELD
from largesse.web.errors import TooManyRequests
from largesse.web.forms import an_id
from largesse.web.responses import see_other

APPROVER_FIELD: Final = "approver"
PIN_FIELD: Final = "approver_pin"
FROM_AFAR_FIELD: Final = "from_afar"
_OWN_FIELDS: Final = frozenset({APPROVER_FIELD, PIN_FIELD, FROM_AFAR_FIELD, OPERATION_FIELD, FIELD})


class CounterApproval:
    """Ask for the word of a second person."""

    def __init__(self, front: CounterFront, limits: TillLimits) -> None:
        self._front = front
        self._deps = front.deps
        self._limits = limits

    async def ask(
        self, caller: CounterCaller, act: TillAct, *, shown: TillShown, subject: str
    ) -> TillApproval | CounterAnswer:
        """Return that somebody approved, or the page that asks for it. `shown` is what happens then."""
        asked = TillAsked(
            act=act,
            subject=subject,
            shown=shown,
            location_id=caller.location.location_id,
            device_id=caller.device_id,
        )
        if OPERATION_FIELD in caller.fields:
            given = await granted(
                self._deps,
                caller.merchant,
                asked,
                request_id=caller.operation,
                by=caller.person.person_id,
                now=self._deps.clock.now(),
            )
            if isinstance(given, TillApproval):
                return given
            if given is not None:
                return await self._asked_before(caller, asked, given)
        if caller.fields.get(FROM_AFAR_FIELD) == "yes":
            return await self._from_afar(caller, asked)
        approver = an_id(caller.fields.get(APPROVER_FIELD, ""))
        if approver is None:
            return await self._page(caller, asked)
        return await self._in_place(caller, asked, approver)

    async def within_limits(
        self, caller: CounterCaller, act: TillAct, command: FrozenAct, *, shown: TillShown, alone: bool = True
    ) -> CounterAnswer | None:
        """Count an act that somebody does alone, or with the word of a second person; else return what asks for that.

        `alone` is whether their role may do it alone at all. What is refused later is uncounted by `forget_counted`.
        """
        merchant, by, operation_id, now = caller.merchant, caller.manager, caller.operation, self._deps.clock.now()
        if alone and await may_alone(
            self._deps, merchant, command, shown.currency, by=by, operation_id=operation_id, now=now
        ):
            return None
        approved = await self.ask(caller, act, shown=shown, subject=str(command.certificate_id))
        if not isinstance(approved, TillApproval):
            return approved
        await count_approved(self._deps, merchant, command, by=by, operation_id=operation_id, now=now)
        return None

    async def _in_place(self, caller: CounterCaller, asked: TillAsked, approver: UUID) -> TillApproval | CounterAnswer:
        voice = self._front.voice(caller)
        tries = tries_of(caller.device_id or caller.person.person_id, approver)
        try:
            async with self._limits.pins.attempt(tries) as attempt:
                try:
                    approval = await approve_at_till(
                        self._deps,
                        caller.merchant,
                        asked,
                        membership_id=approver,
                        pin=caller.fields.get(PIN_FIELD, ""),
                        by=caller.person.person_id,
                        now=self._deps.clock.now(),
                    )
                except PinRefused:
                    attempt.miss()
                    raise
        except PinRefused:
            error = voice.t("This PIN does not count. Type it again.")
            return await self._page(caller, asked, error=error, who=approver)
        except ApproverRefused:
            return await self._page(caller, asked, error=voice.t("It takes another person, who may approve this."))
        except (RequestForSelf, RequestTooClose) as refused:
            return await self._page(caller, asked, error=self._close_words(caller, refused))
        except TooManyRequests as wait:
            minutes = -(-wait.retry_after_s // 60)
            said = voice.n(
                "Too many were wrong. Wait {count} minute.", "Too many were wrong. Wait {count} minutes.", minutes
            )
            return await self._page(caller, asked, error=said, status=429)
        if caller.seat is not None:  # whoever approved stands at the device too: it asks anew who is there
            async with self._deps.database.transaction() as connection:
                await tills.lock_session(connection, caller.seat, self._deps.clock.now(), begun="")
        return approval

    async def _from_afar(self, caller: CounterCaller, asked: TillAsked) -> CounterAnswer:
        """File what is asked for, and wait."""
        voice = self._front.voice(caller)
        form = seal_form(self._deps.keyring, sent_form(caller.request, caller.template, caller.fields), caller.kept_for)
        try:
            await self._limits.from_afar.take(str(caller.device_id or caller.person.person_id))
            request = await ask_from_afar(
                self._deps,
                caller.merchant,
                asked,
                request_id=caller.operation,
                form=form,
                by=caller.manager,
                now=self._deps.clock.now(),
            )
        except NobodyToAsk:
            return await self._page(caller, asked, error=voice.t("Nobody else may approve this just now."))
        except RequestForSelf as refused:
            return await self._page(caller, asked, error=self._close_words(caller, refused))
        except TooManyRequests:
            said = voice.t("Too much was asked for from here within the hour. Have somebody come.")
            return await self._page(caller, asked, error=said, status=429)
        if caller.seat is not None:  # to ask is no act: the next one needs no other PIN
            async with self._deps.database.transaction() as connection:
                await tills.give_act_back(connection, caller.seat)
        return see_other(asked_path(caller.merchant.slug, request))

    async def _asked_before(
        self, caller: CounterCaller, asked: TillAsked, request: TillRequest
    ) -> TillApproval | CounterAnswer:
        """Lead to where the word is waited for; where it was refused or is over, somebody may approve in place."""
        if request.state(self._deps.clock.now()) is RequestState.WAITING:
            return see_other(asked_path(caller.merchant.slug, request))
        approver = an_id(caller.fields.get(APPROVER_FIELD, ""))
        if approver is not None:
            return await self._in_place(caller, asked, approver)
        return await self._page(caller, asked)

    def _close_words(self, caller: CounterCaller, refused: RequestForSelf | RequestTooClose) -> str:
        voice = self._front.voice(caller)
        if isinstance(refused, RequestForSelf):
            return voice.t(
                "This certificate was bought with an address of one of you, or is for it. Somebody else does it."
            )
        return voice.t(
            "Whoever asks invited the other, or changed how they sign in, less than seven days ago. Ask somebody else."
        )

    async def _page(
        self,
        caller: CounterCaller,
        asked: TillAsked,
        *,
        error: str = "",
        who: UUID | None = None,
        status: int = 422,
    ) -> CounterAnswer:
        async with self._deps.database.connection() as connection:
            found = await services.approvers(connection, caller.merchant.merchant_id, but=caller.person.person_id)
        try:
            operation = caller.operation
        except OperationUnknown:
            operation = None
        values = {
            "what": till_sentence(asked.act, asked.shown, self._front.voice(caller)),
            "error": error,
            "action": str(caller.request.scope["path"]),
            "carried": [(name, value) for name, value in caller.fields.items() if name not in _OWN_FIELDS],
            "people": found,
            "chosen": str(who or ""),
            "digits": PIN_DIGITS_MAX,
            "back": counter_path(caller.merchant.slug),
        }
        return await self._front.page(caller, "approve.html", values, status=status, operation=operation)
