"""`/counter/{slug}/sell`, `/activate`, `/reload`: choose what is sold, and take the money by touching how it is paid.

No button that takes money is a form's default: what Enter presses only works out the total.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar.handlers import HTTPRouteHandler

from largesse.domain import catalog, orders
from largesse.domain.approvals import FrozenAct, LimitedAct, TillShown
from largesse.domain.catalog import InvalidChoice, Offering, OfferingKind, OfferingUnknown, SoldOut
from largesse.domain.tills import TillAct
from largesse.interfaces.counter.approving import CounterApproval
from largesse.interfaces.counter.caller import CounterCaller
from largesse.interfaces.counter.desks import guesses_at_counters
from largesse.interfaces.counter.front import CounterAnswer, CounterFront, counter_path
from largesse.interfaces.counter.rules import ACTING, AT_COUNTER, CounterRule
from largesse.interfaces.counter.sale_view import (
    TypedSale,
    amounts_of,
    fault_sentences,
    offering_choices,
    read_typed,
    shown_fields,
    tender_words,
)
from largesse.interfaces.counter.scanned import ReadCard, read_before, read_slip, scanned_here
from largesse.interfaces.counter.slips import carries_slip, slip_fields
from largesse.kernel.currency import currency
from largesse.kernel.errors import FieldError, InvalidInput, LargesseError
from largesse.kernel.money import Money
from largesse.ledger import EntryMode, Status
from largesse.services.approvals import forget_counted, refusal_words
from largesse.services.certificates import Located, Request, Spot
from largesse.services.counter_sales import Sale, SaleInvalid, SaleTender, sell, tenders_of
from largesse.ui import LANGUAGE_NAMES, LANGUAGES, choose_one
from largesse.web.choices import ChoiceUnknown, chosen
from largesse.web.responses import see_other

_SELL = "/counter/{slug:str}/sell"
_OF_OFFERING = "/counter/{slug:str}/sell/{offering:str}"
_ACTIVATE = "/counter/{slug:str}/activate"
_RELOAD = "/counter/{slug:str}/reload"


class SalePages:
    """Answer the pages on which something is sold."""

    def __init__(self, front: CounterFront, approval: CounterApproval) -> None:
        self._front = front
        self._approval = approval
        self._deps = front.deps
        self._guesses = guesses_at_counters(front.deps)

    async def choose(self, caller: CounterCaller) -> CounterAnswer:
        """Return what can be sold; where there is one thing, its page."""
        card = await self._card(caller, caller.request.query_params)
        if card is None and carries_slip(caller.request.query_params):
            return await self._scan(caller, "activate", error="lapsed")
        async with self._deps.database.connection() as connection:
            found = await catalog.find_offerings(connection, caller.merchant.merchant_id, now=self._deps.clock.now())
        choices = offering_choices(found, self._front.voice(caller), now=self._deps.clock.now())
        query = f"?{urlencode(slip_fields([card.slip]))}" if card else ""
        path = f"{counter_path(caller.merchant.slug)}/sell"
        if len(choices) == 1:
            return see_other(f"{path}/{choices[0]['slug']}{query}")
        links = [{**one, "href": f"{path}/{one['slug']}{query}"} for one in choices]
        return await self._front.page(caller, "sell.html", {"offerings": links, "card": card and card.located})

    async def form(self, caller: CounterCaller) -> CounterAnswer:
        """Return the form of one offering."""
        offering = await self._offering(caller)
        if offering is None:
            return see_other(f"{counter_path(caller.merchant.slug)}/sell")
        card = await self._card(caller, caller.request.query_params)
        if card is None and carries_slip(caller.request.query_params):
            return await self._scan(caller, "activate", error="lapsed")
        return await self._form(caller, offering, card, {})

    async def total(self, caller: CounterCaller) -> CounterAnswer:
        """Work out what the form comes to, and take nothing."""
        return await self._take(caller, tender="")

    async def take(self, caller: CounterCaller) -> CounterAnswer:
        """Sell what the form says, or say what is wrong beside each field."""
        return await self._take(caller, tender=caller.fields.get("tender", ""))

    async def _take(self, caller: CounterCaller, *, tender: str) -> CounterAnswer:
        offering = await self._offering(caller)
        if offering is None:
            return see_other(f"{counter_path(caller.merchant.slug)}/sell")
        fields = caller.fields
        card = await self._card(caller, fields)
        if card is None and carries_slip(fields):  # a new certificate would be sold, and the card left empty
            return await self._scan(caller, "activate", error="lapsed")
        fixed = offering.kind is OfferingKind.PACKAGE
        typed = read_typed(fields, offering.money, self._front.voice(caller), fixed=fixed)
        if typed.faults or tender not in set(SaleTender):
            unknown = ChoiceUnknown("tender").fields if tender else ()
            return await self._form(caller, offering, card, fields, typed=typed, faults=unknown)
        try:
            language = chosen(fields, "language", LANGUAGES, usual=catalog.language_of(caller.merchant.language))
        except ChoiceUnknown as wrong:
            return await self._form(caller, offering, card, fields, typed=typed, faults=wrong.fields)
        sale = Sale(
            tender=SaleTender(tender),
            offering=offering.slug,
            amount=typed.amount,
            gratuity=typed.gratuity,
            to=fields.get("to", "").strip(),
            sender=fields.get("sender", "").strip(),
            message=fields.get("message", "").strip(),
            email=fields.get("email", "").strip(),
            reference=fields.get("reference", "").strip(),
            locale=language,
            card=card.located.certificate.certificate_id if card else None,
        )
        try:
            price = Money(offering.price if offering.price is not None else typed.amount or 0, offering.money)
            return await self._sold(caller, sale, card=card, price=price)
        except (SaleInvalid, InvalidChoice) as wrong:
            return await self._form(caller, offering, card, fields, typed=typed, faults=wrong.fields, status=422)
        except SoldOut:
            fault = FieldError("offering", "offering.sold_out", "")
            return await self._form(caller, offering, card, fields, typed=typed, faults=[fault], status=422)

    async def scan_activate(self, caller: CounterCaller) -> CounterAnswer:
        """Return the field that a card is scanned into, to be activated."""
        return await self._scan(caller, "activate")

    async def scanned_activate(self, caller: CounterCaller) -> CounterAnswer:
        """Go on to the sale of a card that was scanned, where nothing is on it yet."""
        found = await self._scanned(caller)
        if found is None:
            return await self._scan(caller, "activate", error="unknown")
        if found.certificate.status is not Status.INACTIVE:
            return await self._scan(caller, "activate", error="active")
        query = urlencode(slip_fields([read_slip(self._deps, caller, found)]))
        return see_other(f"{counter_path(caller.merchant.slug)}/sell?{query}")

    async def scan_reload(self, caller: CounterCaller) -> CounterAnswer:
        """Return the field that a certificate is scanned into, to be reloaded."""
        return await self._scan(caller, "reload")

    async def scanned_reload(self, caller: CounterCaller) -> CounterAnswer:
        """Show what was scanned, here or on the page of its answer, with amounts to add."""
        card = await self._card(caller, caller.fields)
        if card is not None and "number" not in caller.fields:
            return await self._reload_form(caller, card, {}, begins=True)
        found = await self._scanned(caller)
        if found is None:
            return await self._scan(caller, "reload", error="unknown")
        if found.certificate.status is Status.INACTIVE:
            return await self._scan(caller, "reload", error="inactive")
        return await self._reload_form(caller, ReadCard(found, read_slip(self._deps, caller, found)), {})

    async def reload(self, caller: CounterCaller) -> CounterAnswer:
        """Add to what was scanned: an amount and how it is paid are two taps."""
        fields = caller.fields
        card = await self._card(caller, fields)
        if card is None:
            return see_other(f"{counter_path(caller.merchant.slug)}/reload")
        money = currency(card.located.certificate.currency)
        typed = read_typed(fields, money, self._front.voice(caller))
        if typed.faults or fields.get("tender") not in set(SaleTender):
            unknown = () if fields.get("tender", "") in {"", *SaleTender} else ChoiceUnknown("tender").fields
            faults = [*typed.faults, *unknown] if fields.get("tender") else ()
            return await self._reload_form(caller, card, fields, faults=faults)
        sale = Sale(
            tender=SaleTender(fields["tender"]),
            amount=typed.amount,
            gratuity=typed.gratuity,
            reference=fields.get("reference", "").strip(),
            locale=caller.merchant.language,
            card=card.located.certificate.certificate_id,
        )
        try:
            return await self._sold(caller, sale, card=card)
        except InvalidInput as wrong:
            return await self._reload_form(caller, card, fields, faults=wrong.fields, status=422)

    async def _sold(
        self, caller: CounterCaller, sale: Sale, *, card: ReadCard | None = None, price: Money | None = None
    ) -> CounterAnswer:
        """Sell; beyond what somebody may sell alone, once a second person has approved it."""
        spot = spot_at(caller, card.slip.slip.entry_mode if card else None)
        request = Request(operation_id=caller.operation, actor=caller.actor)
        try:
            answer = await self._refused_or_approved(caller, sale, card, price)
            if answer is not None:
                return answer
            done = await sell(self._deps, caller.merchant, sale, spot=spot, request=request, now=self._deps.clock.now())
        except (InvalidInput, SoldOut):
            await forget_counted(self._deps, caller.merchant, request.operation_id)
            raise
        except LargesseError as refused:
            await forget_counted(self._deps, caller.merchant, request.operation_id)
            return await refused_page(self._front, caller, refused)
        return see_other(f"{counter_path(caller.merchant.slug)}/sold/{done.order.order_number}")

    async def _refused_or_approved(
        self, caller: CounterCaller, sale: Sale, read: ReadCard | None, price: Money | None
    ) -> CounterAnswer | None:
        """Return the page that asks a second person, where this one may not sell as much; what happened asks nobody."""
        operation_id, card = caller.operation, read.located if read else None
        async with self._deps.database.connection() as connection:
            if await orders.find_by_operation(connection, caller.merchant.merchant_id, [operation_id]):
                return None
        minor = price.minor if price is not None else sale.amount or 0
        code = price.currency.code if price is not None else card.certificate.currency if card else ""
        command = FrozenAct(
            act=LimitedAct.SALE, certificate_id=sale.card or operation_id, value=minor, gratuity=sale.gratuity
        )
        shown = TillShown(
            amount=command.amount,
            currency=code,
            certificates=(card.certificate.certificate_id,) if card else (),
            ends=(card.last_four,) if card else (),
        )
        return await self._approval.within_limits(caller, TillAct.ABOVE_LIMIT, command, shown=shown)

    async def _offering(self, caller: CounterCaller) -> Offering | None:
        slug = caller.request.path_params["offering"]
        async with self._deps.database.connection() as connection:
            try:
                return await catalog.find_offering(connection, caller.merchant.merchant_id, slug)
            except OfferingUnknown:
                return None

    async def _card(self, caller: CounterCaller, carried: Mapping[str, str]) -> ReadCard | None:
        return await read_before(self._deps, caller, carried)

    async def _scanned(self, caller: CounterCaller) -> Located | None:
        return await scanned_here(self._deps, self._guesses, caller)

    async def _scan(self, caller: CounterCaller, act: str, *, error: str = "") -> CounterAnswer:
        values = {"act": act, "error": error}
        return await self._front.page(caller, "scan_card.html", values, status=422 if error else 200)

    async def _form(
        self,
        caller: CounterCaller,
        offering: Offering,
        card: ReadCard | None,
        fields: Mapping[str, str],
        *,
        typed: TypedSale | None = None,
        faults: Sequence[FieldError] = (),
        status: int = 200,
    ) -> CounterAnswer:
        voice, money = self._front.voice(caller), offering.money
        wrong = [*(typed.faults if typed else ()), *faults]
        total = None
        if typed is not None and not wrong:
            amount = offering.price if offering.price is not None else typed.amount
            total = catalog.priced(offering, amount=amount or 0, tip=typed.gratuity).total
        async with self._deps.database.connection() as connection:
            tenders = await tenders_of(connection, caller.merchant, caller.where, now=self._deps.clock.now())
        values: dict[str, Any] = {
            "offering": offering,
            "title": offering.words(voice.language).title or offering.title,
            "price": voice.money(Money(offering.price, money)) if offering.price is not None else "",
            "amounts": amounts_of(offering, money, voice),
            "free": offering.amount_min is not None,
            "tips": offering.gratuity.tip_max is not None,
            "card": card and card.located,
            "slips": slip_fields([card.slip]) if card else [],
            "typed": shown_fields(fields),
            "wrong": fault_sentences(wrong, voice, offering=offering),
            "total": voice.money(Money(total, money)) if total is not None else "",
            "tenders": tender_words(tenders, voice),
            "money_sign": money.code,
            "decimals": money.exponent > 0,
            "no_money": _no_money(caller, tenders),
            "languages": list(LANGUAGE_NAMES.items()),
            "language": fields.get("language") or catalog.language_of(caller.merchant.language),
        }
        operation = caller.operation if caller.fields else None
        return await self._front.page(
            caller,
            "sell_form.html",
            values,
            status=422 if wrong else status,
            operation=operation,
            here=f"{counter_path(caller.merchant.slug)}/sell/{offering.slug}",
        )

    async def _reload_form(
        self,
        caller: CounterCaller,
        read: ReadCard,
        fields: Mapping[str, str],
        *,
        faults: Sequence[FieldError] = (),
        begins: bool = False,
        status: int = 200,
    ) -> CounterAnswer:
        """Return the form of a reload; one that `begins` is another operation than the page that led to it."""
        card = read.located
        voice, money = self._front.voice(caller), currency(card.certificate.currency)
        async with self._deps.database.connection() as connection:
            tenders = await tenders_of(connection, caller.merchant, caller.where, now=self._deps.clock.now())
        values = {
            "card": card,
            "slips": slip_fields([read.slip]),
            "balance": voice.money(Money(card.certificate.balance, money)),
            "amounts": amounts_of(None, money, voice),
            "typed": shown_fields(fields),
            "wrong": fault_sentences(faults, voice),
            "tenders": tender_words(tenders, voice),
            "no_money": _no_money(caller, tenders),
            "money_sign": money.code,
            "decimals": money.exponent > 0,
        }
        return await self._front.page(
            caller,
            "reload.html",
            values,
            status=422 if faults else status,
            operation=caller.operation if caller.fields and not begins else None,
            here=f"{counter_path(caller.merchant.slug)}/reload",
        )


def _no_money(caller: CounterCaller, tenders: Sequence[SaleTender]) -> str:
    """Return why nobody is paid here at once: by the `location`'s settings or by `law`; empty where somebody is."""
    if any(one.at_once for one in tenders):
        return ""
    return "law" if caller.where.takes_money else "location"


def spot_at(caller: CounterCaller, entry_mode: EntryMode | None = None) -> Spot:
    """Return where a caller stands, as commands take it."""
    return Spot(where=caller.where, device_id=caller.device_id, entry_mode=entry_mode)


async def refused_page(front: CounterFront, caller: CounterCaller, refused: LargesseError) -> CounterAnswer:
    """Return a page that says why something is not done: nothing was."""
    voice = front.voice(caller)
    unknown = isinstance(refused, ChoiceUnknown)
    values = {"code": refused.code, "sentence": choose_one(voice) if unknown else refusal_words(voice, refused)}
    return await front.page(caller, "not_sold.html", values, status=422 if unknown else 409)


def sale_routes(front: CounterFront, approval: CounterApproval) -> Sequence[HTTPRouteHandler]:
    """Return the routes of selling, activating and reloading."""
    pages, total, add = SalePages(front, approval), f"{_OF_OFFERING}/total", f"{_RELOAD}/add"
    acting = msgspec.structs.replace(ACTING, back="/counter/{slug}/sell")

    def shown(rule: CounterRule, looks: str) -> CounterRule:
        return msgspec.structs.replace(rule, looks=looks)

    return [
        front.route("GET", _SELL, AT_COUNTER, pages.choose),
        front.route("GET", _OF_OFFERING, AT_COUNTER, pages.form),
        front.route("POST", _OF_OFFERING, shown(acting, total), pages.take),
        front.route("POST", total, shown(AT_COUNTER, total), pages.total),
        front.route("GET", _ACTIVATE, AT_COUNTER, pages.scan_activate),
        front.route("POST", _ACTIVATE, shown(AT_COUNTER, _ACTIVATE), pages.scanned_activate),
        front.route("GET", _RELOAD, AT_COUNTER, pages.scan_reload),
        front.route("POST", _RELOAD, shown(AT_COUNTER, _RELOAD), pages.scanned_reload),
        front.route("POST", add, shown(acting, add), pages.reload),
    ]
