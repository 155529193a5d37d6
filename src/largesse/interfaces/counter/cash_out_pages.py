"""`/counter/{slug}/cash-out`: the rest of a certificate is paid out, where the law profile gives it to the holder."""

from collections.abc import Sequence
from typing import Final

import msgspec
from litestar.handlers import HTTPRouteHandler

from largesse.domain.approvals import FrozenAct, LimitedAct, RequestForSelf, TillShown
from largesse.domain.staff import Act, may
from largesse.domain.tills import TillAct
from largesse.interfaces.counter.approving import CounterApproval
from largesse.interfaces.counter.bill_pages import POSTED, TAKING
from largesse.interfaces.counter.caller import CounterCaller
from largesse.interfaces.counter.desks import desk_of
from largesse.interfaces.counter.front import CounterAnswer, CounterFront, counter_path
from largesse.interfaces.counter.receipt_pages import receipt_path
from largesse.interfaces.counter.slips import HeldSlip, slip_fields, slips_in
from largesse.interfaces.counter.wording import said_money
from largesse.kernel.errors import LargesseError
from largesse.services.approvals import forget_counted, refusal_words, refuse_own_of
from largesse.services.certificates import Located, cash_out, locate_id
from largesse.web.responses import see_other

CASH_OUT: Final = "/counter/{slug:str}/cash-out"


class CashOutPages:
    """Pay out what is left of a certificate, once somebody has seen how much it is."""

    def __init__(self, front: CounterFront, approval: CounterApproval) -> None:
        self._front = front
        self._approval = approval
        self._deps = front.deps

    async def ask(self, caller: CounterCaller) -> CounterAnswer:
        """Return the page that says what will happen."""
        slips = self._slips(caller)
        if len(slips) != 1:
            return see_other(counter_path(caller.merchant.slug))
        return await self._page(caller, slips)

    async def pay(self, caller: CounterCaller) -> CounterAnswer:
        """Pay it out, once; its receipt is the proof."""
        operation_id, slips, voice = caller.operation, self._slips(caller), self._front.voice(caller)
        receipt = receipt_path(caller.merchant.slug, operation_id)
        if await self._happened(caller):
            return see_other(receipt)
        if len(slips) != 1:
            return see_other(counter_path(caller.merchant.slug))
        located = await self._located(caller, slips[0])
        one = located.certificate
        if caller.fields.get("shown") != f"{one.balance + one.gratuity_balance}{one.currency}":
            words = voice.t("What is left changed meanwhile. Look again, then take it.")
            return await self._page(caller, slips, error=words, status=409)
        command = FrozenAct(
            act=LimitedAct.CASH_OUT,
            certificate_id=one.certificate_id,
            value=one.balance,
            gratuity=one.gratuity_balance,
        )
        try:
            answer = await self._refused_or_approved(caller, located, command)
        except RequestForSelf as own:
            return await self._page(caller, slips, error=refusal_words(voice, own), status=409)
        if answer is not None:
            return answer
        desk = desk_of(caller)
        try:
            await cash_out(
                self._deps,
                located.place,
                spot=desk.spot(slips[0].slip.entry_mode),
                request=desk.request(operation_id),
                now=self._deps.clock.now(),
            )
        except LargesseError as refused:
            if await self._happened(caller):
                return see_other(receipt)
            await forget_counted(self._deps, caller.merchant, operation_id)
            return await self._page(caller, slips, error=refusal_words(voice, refused), status=409)
        return see_other(receipt)

    async def _refused_or_approved(
        self, caller: CounterCaller, located: Located, command: FrozenAct
    ) -> CounterAnswer | None:
        """Return the page that asks a second person, where this one may not pay it out alone.

        Raises:
            RequestForSelf: it is theirs.
        """
        await refuse_own_of(self._deps, caller.merchant, command, by=caller.manager)
        shown = TillShown(
            amount=command.amount,
            currency=located.certificate.currency,
            certificates=(command.certificate_id,),
            ends=(located.last_four,),
        )
        alone = may(caller.membership.role, Act.APPROVE)
        return await self._approval.within_limits(caller, TillAct.CASH_OUT, command, shown=shown, alone=alone)

    def _slips(self, caller: CounterCaller) -> list[HeldSlip]:
        return slips_in(self._deps.keyring, caller.fields, made_for=caller.form_owner, now=self._deps.clock.now())

    async def _located(self, caller: CounterCaller, held: HeldSlip) -> Located:
        return await locate_id(self._deps, caller.merchant, held.slip.certificate_id)

    async def _happened(self, caller: CounterCaller) -> bool:
        async with self._deps.database.connection() as connection:
            return await self._deps.ledger.happened(connection, caller.merchant.merchant_id, caller.operation)

    async def _page(
        self, caller: CounterCaller, slips: Sequence[HeldSlip], *, error: str = "", status: int = 200
    ) -> CounterAnswer:
        located, voice = await self._located(caller, slips[0]), self._front.voice(caller)
        one = located.certificate
        left = one.balance + one.gratuity_balance
        values = {
            "slips": slip_fields(slips),
            "amount": said_money(voice, left, one.currency),
            "shown": f"{left}{one.currency}",
            "last_four": located.last_four,
            "error": error,
        }
        return await self._front.page(caller, "cash_out.html", values, status=status, operation=caller.operation)


def cash_out_routes(front: CounterFront, approval: CounterApproval) -> Sequence[HTTPRouteHandler]:
    """Return the routes of paying out."""
    pages = CashOutPages(front, approval)
    return [
        front.route("POST", CASH_OUT, msgspec.structs.replace(POSTED, looks=CASH_OUT), pages.ask),
        front.route("POST", f"{CASH_OUT}/pay", msgspec.structs.replace(TAKING, looks=CASH_OUT), pages.pay),
    ]
