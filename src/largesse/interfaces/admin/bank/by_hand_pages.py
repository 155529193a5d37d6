"""`/admin/{slug}/bank/by-hand`: what people pay by hand, and what a merchant's own till added up.

Money owed back that no gateway pays, gratuities that staff are owed, and the days of tills that book the sale.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final
from uuid import UUID

from litestar.handlers import HTTPRouteHandler

from largesse.domain import locations, payments
from largesse.domain.locations import Location
from largesse.domain.merchants import Merchant
from largesse.domain.payments import MANUAL, PaymentRefund, RefundStatus
from largesse.domain.staff import Act, ByWhom, may
from largesse.interfaces.admin.bank.queue_page import HERE, PATH
from largesse.interfaces.admin.bank.wording import money
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.rules import for_act
from largesse.kernel import free_text
from largesse.kernel.amounts import read_amount
from largesse.kernel.clock import day_of
from largesse.kernel.currency import currency
from largesse.kernel.errors import FieldError, InvalidInput, LargesseError
from largesse.kernel.ids import derived_id, new_id
from largesse.kernel.money import InvalidAmount
from largesse.services import bookkeeping
from largesse.services.approvals import refusal_words
from largesse.services.banking import clearing_items
from largesse.services.bookkeeping import GratuityPayer
from largesse.services.certificates import Request, spot_of
from largesse.services.refunds import RefundPayer, settle_by_hand
from largesse.ui import Voice
from largesse.web.choices import ChoiceUnknown, chosen, said_beside
from largesse.web.forms import an_id
from largesse.web.responses import see_other

BY_HAND: Final = f"{PATH}/by-hand"
_BACK: Final = f"{HERE}/by-hand"
_SHOWN: Final = 200
_TYPED_MAX: Final = 200
_DONE: Final = frozenset({"back", "gratuities", "day"})
_AS_IT_CAME: Final = "as_it_came"
_TILL: Final = "tender_clearing"


class ByHandInvalid(InvalidInput):
    """A form cannot stand as it was typed."""

    code = "bank.by_hand.invalid"
    message = "Look at what stands beside the fields."


class ByHandPages:
    """Answer what is paid by hand."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps

    async def show(self, caller: Caller) -> Answer:
        """Return the page."""
        return await self._page(caller)

    async def hand_back(self, caller: Caller) -> Answer:
        """Take the reader's word that they have handed money back."""
        merchant, now = caller.merchant, self._deps.clock.now()
        assert merchant is not None
        try:
            refund_id = an_id(caller.fields.get("refund", "")) or UUID(int=0)
            said = chosen(caller.fields, "payer", [_AS_IT_CAME, *(one.value for one in RefundPayer)])
            place = await self._place(caller)
            await settle_by_hand(
                self._deps,
                merchant,
                refund_id,
                payer=None if said == _AS_IT_CAME else RefundPayer(said),
                spot=await spot_of(self._deps, merchant.merchant_id, location=place, now=now),
                by=ByWhom(actor=caller.manager.actor),
                now=now,
            )
        except LargesseError as refused:
            return await self._refused(caller, refused, "back")
        return self._to(caller, "back")

    async def pay_gratuities(self, caller: Caller) -> Answer:
        """Pay gratuities out to the staff of a location."""
        merchant = caller.merchant
        assert merchant is not None
        try:
            money_of = self._currency(caller)
            typed = caller.fields.get("amount", "").strip()
            await bookkeeping.pay_out_gratuities(
                self._deps,
                merchant,
                await self._place(caller),
                payer=GratuityPayer(chosen(caller.fields, "payer", [one.value for one in GratuityPayer])),
                currency=money_of,
                amount=self._amount(caller, "amount", money_of, least=1) if typed else None,
                through=self._day(caller, "through") if caller.fields.get("through", "").strip() else None,
                request=self._request(caller, "gratuities"),
                now=self._deps.clock.now(),
            )
        except LargesseError as refused:
            return await self._refused(caller, refused, "gratuities")
        return self._to(caller, "gratuities")

    async def close_day(self, caller: Caller) -> Answer:
        """Close a day of the merchant's own till against what it added up."""
        merchant = caller.merchant
        assert merchant is not None
        try:
            money_of = self._currency(caller)
            await bookkeeping.close_tender(
                self._deps,
                merchant,
                await self._place(caller),
                day=self._day(caller, "day"),
                currency=money_of,
                sold=self._amount(caller, "sold", money_of),
                taken=self._amount(caller, "taken", money_of),
                request=self._request(caller, "day"),
                now=self._deps.clock.now(),
            )
        except LargesseError as refused:
            return await self._refused(caller, refused, "day")
        return self._to(caller, "day")

    def _to(self, caller: Caller, done: str) -> Answer:
        assert caller.merchant is not None
        return see_other(f"{_BACK.format(slug=caller.merchant.slug)}?done={done}")

    def _request(self, caller: Caller, form: str) -> Request:
        """Return who asks, under the operation of the form: sent twice, it happens once."""
        assert caller.merchant is not None
        given = an_id(caller.fields.get("operation", ""))
        if given is None:
            raise ByHandInvalid(fields=[FieldError("operation", "operation.missing", ByHandInvalid.message)])
        actor = caller.manager.actor
        made = derived_id("by-hand", caller.merchant.merchant_id, actor, form, given)
        said = free_text.one_line(caller.fields.get("memo", "")[:_TYPED_MAX])
        return Request(operation_id=made, actor=actor, memo=said or None)

    async def _place(self, caller: Caller) -> str:
        """Return the location that the form says.

        Raises:
            ChoiceUnknown: it is none of the merchant's.
        """
        return chosen(caller.fields, "location", [str(one.location_id) for one in await self._locations(caller)])

    def _currency(self, caller: Caller) -> str:
        assert caller.merchant is not None
        said = caller.fields.get("currency", "").strip()[:3] or caller.merchant.currency
        try:
            return currency(said).code
        except LargesseError:
            raise ChoiceUnknown("currency") from None

    def _amount(self, caller: Caller, name: str, code: str, *, least: int = 0) -> int:
        typed, language = caller.fields.get(name, "").strip()[:_TYPED_MAX], self._front.voice(caller).language
        try:
            found = read_amount(typed, currency(code), language=language).minor
        except InvalidAmount:
            found = -1
        if found < least:
            raise ByHandInvalid(fields=[FieldError(name, "amount.unreadable", ByHandInvalid.message)])
        return found

    def _day(self, caller: Caller, name: str) -> date:
        try:
            found = date.fromisoformat(caller.fields.get(name, "").strip()[:_TYPED_MAX])
        except ValueError:
            found = date.max
        if found == date.max:
            raise ByHandInvalid(fields=[FieldError(name, "day.unreadable", ByHandInvalid.message)])
        return found

    async def _locations(self, caller: Caller) -> list[Location]:
        assert caller.merchant is not None
        async with self._deps.database.connection() as connection:
            return list(await locations.locations(connection, caller.merchant.merchant_id))

    async def _refused(self, caller: Caller, refused: LargesseError, form: str) -> Answer:
        voice = self._front.voice(caller)
        if isinstance(refused, InvalidInput) and refused.fields:
            told = {
                "amount.unreadable": voice.t("Write an amount, such as {example}.", example=voice.count(25)),
                "day.unreadable": voice.t("Choose a day."),
            }
            return await self._page(caller, form=form, errors=said_beside(refused, told, voice), status=422)
        return await self._page(caller, form=form, error=_sentence(refused, voice), status=409)

    async def _page(
        self,
        caller: Caller,
        *,
        form: str = "",
        error: str = "",
        errors: Mapping[str, str] | None = None,
        status: int = 200,
    ) -> Answer:
        merchant, authority = caller.merchant, caller.authority
        assert merchant is not None
        assert authority is not None
        voice, now, here = self._front.voice(caller), self._deps.clock.now(), _BACK.format(slug=merchant.slug)
        places = await self._locations(caller)
        named = {one.location_id: one.name for one in places}
        async with self._deps.database.connection() as connection:
            owed = await payments.open_refunds(connection, merchant.merchant_id, limit=_SHOWN)
            gratuities = await bookkeeping.gratuities_owed(connection, merchant.merchant_id)
            days = [one for one in await clearing_items(connection, merchant.merchant_id) if one.account == _TILL]
        done = caller.request.query_params.get("done", "")
        if form == "back" and caller.fields.get("refund", "") not in {str(one.refund_id) for one in owed}:
            error = error or next(iter((errors or {}).values()), "")  # there is no field any more to stand beside
        values = {
            "here": here,
            "done": done if done in _DONE else "",
            "error": error,
            "errors": errors or {},
            "form": form,
            "typed": {name: caller.fields.get(name, "")[:_TYPED_MAX] for name in _FIELDS},
            "pays": may(authority.role, Act.PAY_BY_HAND),
            "currency": merchant.currency,
            "operation": caller.fields.get("operation") or str(new_id(now)),
            "places": [(str(one.location_id), one.name) for one in places],
            "home_place": str(places[0].location_id) if places else "",
            "refund_payers": [
                (_AS_IT_CAME, voice.t("the way that it came")),
                (RefundPayer.DRAWER.value, voice.t("the drawer")),
                (RefundPayer.TERMINAL.value, voice.t("the card terminal")),
                (RefundPayer.BANK.value, voice.t("the bank")),
            ],
            "gratuity_payers": [
                (GratuityPayer.DRAWER.value, voice.t("the drawer")),
                (GratuityPayer.BANK.value, voice.t("the bank")),
                (GratuityPayer.PAYROLL.value, voice.t("the wages")),
            ],
            "owed": [_owed(one, voice, merchant) for one in owed],
            "gratuities": [
                {"place": named.get(place, "?"), "amount": money(amount, code, voice)}
                for (place, code), amount in sorted(gratuities.items(), key=lambda one: str(one[0]))
            ],
            "owed_columns": [
                {"key": "place", "title": voice.t("Location"), "kind": "lead"},
                {"key": "amount", "title": voice.t("Owed"), "kind": "money"},
            ],
            "days": [
                {"place": _day_of(one.name, named, voice), "amount": money(one.amount, one.currency, voice)}
                for one in days
                if one.kind == "location_day"
            ],
            "day_columns": [
                {"key": "place", "title": voice.t("Day"), "kind": "lead"},
                {"key": "amount", "title": voice.t("Open"), "kind": "money"},
            ],
            "trail": [(voice.t("Bank"), HERE.format(slug=merchant.slug)), (voice.t("Paid by hand"), None)],
        }
        return await self._front.page(caller, "bank/by_hand.html", values, status=status, here=here)


_FIELDS: Final = ("refund", "payer", "location", "amount", "currency", "through", "day", "sold", "taken", "memo")


def _owed(one: PaymentRefund, voice: Voice, merchant: Merchant) -> dict[str, object]:
    by_hand = one.gateway == MANUAL or one.status is RefundStatus.FAILED or one.payment_id is None
    certificate = f"/admin/{merchant.slug}/certificates/{one.certificate_id}" if one.certificate_id else ""
    if by_hand:
        how = voice.t("You hand it back.")
    else:
        how = voice.t("{provider} pays it back by itself.", provider=one.gateway.title())
    if one.status is RefundStatus.FAILED:
        how = voice.t("{provider} could not pay it back: hand it back yourself.", provider=one.gateway.title())
    return {
        "id": str(one.refund_id),
        "amount": money(one.amount, one.currency, voice),
        "since": voice.day(day_of(one.created_at, in_zone=merchant.zone)),
        "how": how,
        "by_hand": by_hand,
        "must_say": one.payment_id is None,
        "certificate": certificate,
    }


def _day_of(name: str, places: Mapping[UUID, str], voice: Voice) -> str:
    place, _, day = name.partition(":")
    found = an_id(place)
    return voice.t("{place}, day {day}", place=places.get(found, "?") if found else "?", day=day or "?")


def _sentence(refused: LargesseError, voice: Voice) -> str:
    return {
        "payable.exceeded": voice.t("Less than that is owed there."),
        "tender.not_open": voice.t("Nothing is open there of that day, or the day has not begun."),
        "refund.payer.missing": voice.t("No payment brought this in: say what it was handed back from."),
        "refund.entity": voice.t("Another legal entity owes this. Choose a location of that one."),
        "refund.not_by_hand": voice.t("The payment provider pays this back by itself."),
        "refund.not_found": voice.t("This is not owed any more."),
    }.get(refused.code, refusal_words(voice, refused))


def by_hand_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of what is paid by hand."""
    pages = ByHandPages(front)
    paying = for_act(Act.PAY_BY_HAND, back=_BACK)
    return [
        front.route("GET", BY_HAND, for_act(Act.PAYMENTS_READ), pages.show),
        front.route("POST", f"{BY_HAND}/back", paying, pages.hand_back),
        front.route("POST", f"{BY_HAND}/gratuities", paying, pages.pay_gratuities),
        front.route("POST", f"{BY_HAND}/day", paying, pages.close_day),
    ]
