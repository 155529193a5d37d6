"""`/admin/{slug}/orders/withdrawals`: what buyers withdrew, until when it waits for somebody, and what became of it."""

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import quote
from uuid import UUID

from litestar.handlers import HTTPRouteHandler

from largesse.domain import withdrawals
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Act, ByWhom, may
from largesse.domain.withdrawals import REASON_MAX, Doubt, KnownBy, Withdrawal, WithdrawalReasonMissing
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.rules import for_act
from largesse.kernel.clock import day_of
from largesse.kernel.currency import currency
from largesse.kernel.errors import LargesseError
from largesse.kernel.money import Money
from largesse.services.withdrawals import close, settle
from largesse.ui import Voice
from largesse.web.forms import an_id
from largesse.web.responses import see_other

WITHDRAWALS: Final = "/admin/{slug:str}/orders/withdrawals"
_BACK: Final = "/admin/{slug}/orders/withdrawals"
_SHOWN: Final = 200
_TYPED_MAX: Final = REASON_MAX + 100
_DONE: Final = frozenset({"settled", "closed"})


class WithdrawalDesk:
    """Answer what became of withdrawals."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps

    async def show(self, caller: Caller) -> Answer:
        """Return what waits, or all of it."""
        return await self._page(caller)

    async def settle(self, caller: Caller) -> Answer:
        """Try again, at once, to pay back what is left."""
        merchant = caller.merchant
        assert merchant is not None
        try:
            now, actor = self._deps.clock.now(), caller.manager.actor
            await settle(self._deps, merchant, _wanted(caller), actor=actor, now=now)
        except LargesseError as refused:
            return await self._page(caller, problem=_refusal(refused, self._front.voice(caller)), status=409)
        return see_other(f"{_BACK.format(slug=merchant.slug)}?done=settled")

    async def close(self, caller: Caller) -> Answer:
        """Close one with what became of it."""
        merchant, voice, wanted = caller.merchant, self._front.voice(caller), _wanted(caller)
        assert merchant is not None
        typed = caller.fields.get("reason", "")[:_TYPED_MAX]
        try:
            by = ByWhom(actor=caller.manager.actor, why=typed)
            await close(self._deps, merchant, wanted, by=by, now=self._deps.clock.now())
        except WithdrawalReasonMissing as missing:
            said = {str(wanted): _refusal(missing, voice)}
            return await self._page(caller, errors=said, typed={str(wanted): typed}, status=422)
        except LargesseError as refused:
            return await self._page(caller, problem=_refusal(refused, voice), status=409)
        return see_other(f"{_BACK.format(slug=merchant.slug)}?done=closed")

    async def _page(
        self,
        caller: Caller,
        *,
        errors: Mapping[str, str] | None = None,
        typed: Mapping[str, str] | None = None,
        problem: str = "",
        status: int = 200,
    ) -> Answer:
        merchant, authority = caller.merchant, caller.authority
        assert merchant is not None
        assert authority is not None
        voice, here, query = self._front.voice(caller), _BACK.format(slug=merchant.slug), caller.request.query_params
        closed_too, done = query.get("all", "") == "yes", query.get("done", "")
        async with self._deps.database.connection() as connection:
            found = await withdrawals.list_withdrawals(
                connection, merchant.merchant_id, closed_too=closed_too, limit=_SHOWN
            )
        today = day_of(self._deps.clock.now(), in_zone=merchant.zone)
        values = {
            "here": here,
            "done": done if done in _DONE else "",
            "problem": problem,
            "all": closed_too,
            "withdrawals": [
                _shown(one, merchant, voice)
                | {
                    "late": one.closed_at is None and one.due_on < today,
                    "typed": (typed or {}).get(str(one.withdrawal_id), _proposal(one, voice)),
                    "error": (errors or {}).get(str(one.withdrawal_id), ""),
                }
                for one in found
            ],
            "settles": may(authority.role, Act.BLOCK),
            "closes": may(authority.role, Act.REFUND),
            "reason_max": REASON_MAX,
            "trail": [(voice.t("Orders"), f"/admin/{merchant.slug}/orders"), (voice.t("Withdrawals"), "")],
        }
        return await self._front.page(caller, "withdrawals.html", values, status=status, here=here)


def withdrawal_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of withdrawals."""
    pages = WithdrawalDesk(front)
    return [
        front.route("GET", WITHDRAWALS, for_act(Act.ORDERS_READ), pages.show),
        front.route("POST", f"{WITHDRAWALS}/settle", for_act(Act.BLOCK, back=_BACK), pages.settle),
        front.route("POST", f"{WITHDRAWALS}/close", for_act(Act.REFUND, back=_BACK), pages.close),
    ]


def _wanted(caller: Caller) -> UUID:
    return an_id(caller.fields.get("withdrawal", "")) or UUID(int=0)


def _shown(one: Withdrawal, merchant: Merchant, voice: Voice) -> dict[str, object]:
    has_order = one.counts or one.doubt not in {Doubt.NONE, Doubt.NO_ORDER}
    return {
        "id": str(one.withdrawal_id),
        "number": one.order_number,
        "href": f"/admin/{merchant.slug}/orders/{quote(one.order_number, safe='')}" if has_order else "",
        "who": " · ".join(filter(None, [one.name, one.email])),
        "when": voice.moment(one.received_at, zone=merchant.zone),
        "due": voice.day(one.due_on),
        "state": _state(one, voice),
        "known": _known(one, voice),
        "open": one.closed_at is None,
        "settles": one.counts and one.settled_at is None and one.closed_at is None,
        "reason": one.reason,
    }


def _known(one: Withdrawal, voice: Voice) -> str:
    """Return how it is known that it is the buyer, or why it does not count."""
    return {
        (KnownBy.LINK, Doubt.NONE): voice.t("By the link in the receipt."),
        (KnownBy.ADDRESS, Doubt.NONE): voice.t("Order number and address are those of the order."),
        (KnownBy.NOTHING, Doubt.NO_ORDER): voice.t("There is no such order."),
        (KnownBy.NOTHING, Doubt.NOT_SOLD_HERE): voice.t("The order was not bought in the shop."),
        (KnownBy.NOTHING, Doubt.NOT_THE_BUYER): voice.t(
            "Another address than the order’s. The buyer was written to; recipients know the number, too."
        ),
        (KnownBy.NOTHING, Doubt.NO_RIGHT): voice.t("The law profile knows no right to withdraw from this order."),
        (KnownBy.NOTHING, Doubt.LATE): voice.t("It came after the last day."),
        (KnownBy.NOTHING, Doubt.ENDED): voice.t("The order was not paid, or taken back before."),
    }.get((one.known_by, one.doubt), "")


def _state(one: Withdrawal, voice: Voice) -> str:
    if one.closed_at is not None:
        return voice.t("Closed.") if one.reason else voice.t("The money is back.")
    if not one.counts:
        return voice.t(
            "Nothing was blocked and nothing goes back. Refund the order if it is right, and say what you did."
        )
    if one.settled_at is None:
        return voice.t(
            "The certificate is blocked. What is left goes back by itself; if it does not, look at the order."
        )
    if one.spent_price:
        return voice.t(
            "What was not spent is booked as going back. {amount} was paid for the part that was spent: decide.",
            amount=_price(one, voice),
        )
    return voice.t("All of it is booked as going back. This closes once the money is there.")


def _proposal(one: Withdrawal, voice: Voice) -> str:
    """Return what is proposed for the part that was spent: it was had, and stays paid."""
    if not one.spent_price or one.closed_at is not None:
        return ""
    return voice.t(
        "{amount} stays paid: that part was used, or had ended, before the withdrawal.", amount=_price(one, voice)
    )


def _price(one: Withdrawal, voice: Voice) -> str:
    assert one.currency is not None, "it is written with the amount"
    return voice.money(Money(one.spent_price or 0, currency(one.currency)))


def _refusal(refused: LargesseError, voice: Voice) -> str:
    return {
        "withdrawal.reason": voice.t("Say in a few words what became of it."),
        "withdrawal.closed": voice.t("It was closed meanwhile."),
        "withdrawal.not_found": voice.t("There is no such withdrawal."),
        "withdrawal.doubtful": voice.t("Nobody knows that this is the buyer. Refund the order itself."),
        "payment.disputed": voice.t("The buyer’s bank wants the payment back: it is not paid a second time."),
    }.get(refused.code, voice.t("It cannot be booked just now. Look at the order."))
