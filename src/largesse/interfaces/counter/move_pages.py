"""`/counter/{slug}/move`: what is left of a certificate becomes another offering; the difference is told before."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from litestar.handlers import HTTPRouteHandler

from largesse.domain import catalog
from largesse.domain.approvals import FrozenAct, LimitedAct, TillShown
from largesse.domain.catalog import InvalidChoice, Offering, OfferingKind, OfferingUnknown, SoldOut
from largesse.domain.tills import TillAct
from largesse.interfaces.counter.approving import CounterApproval
from largesse.interfaces.counter.caller import CounterCaller
from largesse.interfaces.counter.front import CounterAnswer, CounterFront, counter_path
from largesse.interfaces.counter.rules import ACTING, AT_COUNTER
from largesse.interfaces.counter.sale_pages import refused_page, spot_at
from largesse.interfaces.counter.sale_view import (
    fault_sentences,
    offering_choices,
    read_typed,
    shown_fields,
    tender_words,
)
from largesse.interfaces.counter.scanned import read_before
from largesse.interfaces.counter.slips import slip_fields, slips_in
from largesse.kernel.errors import FieldError, LargesseError
from largesse.services.approvals import forget_counted
from largesse.services.certificates import Located, Request
from largesse.services.counter_sales import (
    MovedTo,
    MoveQuote,
    MoveWanted,
    SaleInvalid,
    SaleTender,
    move_to_offering,
    moved_before,
    quote_move,
    tenders_of,
)
from largesse.web.responses import see_other

_MOVE = "/counter/{slug:str}/move"
_TO = f"{_MOVE}/to"


class MovePages:
    """Answer the pages on which a certificate becomes another offering."""

    def __init__(self, front: CounterFront, approval: CounterApproval) -> None:
        self._front = front
        self._approval = approval
        self._deps = front.deps

    async def choose(self, caller: CounterCaller) -> CounterAnswer:
        """Show what the certificate may become that was scanned; it comes as the slip of its answer."""
        card = await self._card(caller)
        return see_other(counter_path(caller.merchant.slug)) if card is None else await self._choices(caller, card)

    async def quote(self, caller: CounterCaller) -> CounterAnswer:
        """Return what it comes to, and take nothing."""
        return await self._to(caller, take=False)

    async def take(self, caller: CounterCaller) -> CounterAnswer:
        """Move it, once it is told what that comes to and how what is missing is paid."""
        return await self._to(caller, take=True)

    async def _to(self, caller: CounterCaller, *, take: bool) -> CounterAnswer:
        fields, voice = caller.fields, self._front.voice(caller)
        card, offering = await self._card(caller), await self._offering(caller)
        if card is None:
            return see_other(counter_path(caller.merchant.slug))
        if offering is None or offering.currency != card.certificate.currency:
            return await self._choices(caller, card)
        fixed = offering.kind is OfferingKind.PACKAGE
        typed = read_typed(fields, offering.money, voice, fixed=fixed)
        if typed.faults:
            faults = typed.faults if "asked" in fields else ()
            return await self._form(caller, card, offering, None, faults=faults)
        tender = fields.get("tender", "")
        wanted = MoveWanted(
            offering=str(offering.offering_id),
            amount=typed.amount,
            tender=SaleTender(tender) if tender in set(SaleTender) else None,
            reference=fields.get("reference", "").strip()[:80],
        )
        done = await moved_before(self._deps, caller.merchant, caller.operation) if take else None
        if done is not None:
            return self._sold(caller, done)
        try:
            return await self._told_or_done(caller, card, offering, wanted, take=take)
        except (SaleInvalid, InvalidChoice) as wrong:
            return await self._form(caller, card, offering, None, faults=wrong.fields)
        except SoldOut:
            fault = FieldError("offering", "offering.sold_out", "")
            return await self._form(caller, card, offering, None, faults=[fault])
        except LargesseError as refused:
            return await refused_page(self._front, caller, refused)

    async def _told_or_done(
        self, caller: CounterCaller, card: Located, offering: Offering, wanted: MoveWanted, *, take: bool
    ) -> CounterAnswer:
        """Return what it comes to; do it where that was told, and how what is missing is paid."""
        told = await quote_move(self._deps, caller.merchant, card.place, wanted, now=self._deps.clock.now())
        sure = wanted.tender is not None or (caller.fields.get("tender") == "none" and not told.missing.minor)
        if not take or not sure:
            return await self._form(caller, card, offering, told)
        return await self._move(caller, card, offering, wanted, told)

    async def _move(
        self, caller: CounterCaller, card: Located, offering: Offering, wanted: MoveWanted, told: MoveQuote
    ) -> CounterAnswer:
        """Move it, once a second person has approved it."""
        request = Request(operation_id=caller.operation, actor=caller.actor)
        command = FrozenAct(act=LimitedAct.MOVE, certificate_id=card.certificate.certificate_id, value=told.taken.minor)
        shown = TillShown(
            amount=told.taken.minor,
            currency=offering.currency,
            certificates=(card.certificate.certificate_id,),
            ends=(card.last_four,),
        )
        asked = await self._approval.within_limits(caller, TillAct.ABOVE_LIMIT, command, shown=shown)
        if asked is not None:
            return asked
        try:
            done = await move_to_offering(
                self._deps,
                caller.merchant,
                card.place,
                wanted,
                spot=spot_at(caller),
                request=request,
                now=self._deps.clock.now(),
            )
        except Exception:
            await forget_counted(self._deps, caller.merchant, request.operation_id)
            raise
        return self._sold(caller, done)

    @staticmethod
    def _sold(caller: CounterCaller, done: MovedTo) -> CounterAnswer:
        """Lead to what waits for its payment, else to the new certificate."""
        waits = done.missing is not None and done.missing.waits
        order = done.missing.order if done.missing is not None and waits else done.order
        return see_other(f"{counter_path(caller.merchant.slug)}/sold/{order.order_number}")

    async def _card(self, caller: CounterCaller) -> Located | None:
        """Return the certificate whose number was read here; its id alone would not do, for value is moved off it."""
        read = await read_before(self._deps, caller, caller.fields)
        return read.located if read else None

    async def _offering(self, caller: CounterCaller) -> Offering | None:
        async with self._deps.database.connection() as connection:
            try:
                return await catalog.find_offering(
                    connection, caller.merchant.merchant_id, caller.fields.get("offering", "")
                )
            except OfferingUnknown:
                return None

    async def _choices(self, caller: CounterCaller, card: Located) -> CounterAnswer:
        voice, now = self._front.voice(caller), self._deps.clock.now()
        async with self._deps.database.connection() as connection:
            found = await catalog.find_offerings(connection, caller.merchant.merchant_id, now=now)
        fits = [one for one in found if one.currency == card.certificate.currency]
        values = {"card": card, "offering": None, "offerings": offering_choices(fits, voice, now=now)}
        return await self._page(caller, values)

    async def _form(
        self,
        caller: CounterCaller,
        card: Located,
        offering: Offering,
        told: MoveQuote | None,
        *,
        faults: Sequence[FieldError] = (),
    ) -> CounterAnswer:
        voice, money = self._front.voice(caller), offering.money
        async with self._deps.database.connection() as connection:
            tenders = await tenders_of(connection, caller.merchant, caller.where, now=self._deps.clock.now())
        values: dict[str, Any] = {
            "card": card,
            "offering": offering,
            "title": offering.words(voice.language).title or offering.title,
            "free": offering.kind is not OfferingKind.PACKAGE,
            "money_sign": money.code,
            "decimals": money.exponent > 0,
            "typed": shown_fields(caller.fields),
            "wrong": fault_sentences(faults, voice, offering=offering),
            "tenders": tender_words(tenders, voice),
            "told": None,
        }
        if told is not None:
            values["told"] = {
                name: voice.money(getattr(told, name)) if getattr(told, name).minor else ""
                for name in ("price", "taken", "missing", "stays")
            }
        return await self._page(caller, values, status=422 if faults else 200)

    async def _page(self, caller: CounterCaller, values: Mapping[str, Any], *, status: int = 200) -> CounterAnswer:
        here, keys = f"{counter_path(caller.merchant.slug)}/move", self._deps.keyring
        slips = slips_in(keys, caller.fields, made_for=caller.form_owner, now=self._deps.clock.now())
        values = {**values, "slips": slip_fields(slips)}
        operation = caller.operation if "asked" in caller.fields else None
        return await self._front.page(caller, "move.html", values, status=status, operation=operation, here=here)


def move_routes(front: CounterFront, approval: CounterApproval) -> Sequence[HTTPRouteHandler]:
    """Return the routes of moving to another offering."""
    pages, quote = MovePages(front, approval), f"{_MOVE}/quote"
    acting = msgspec.structs.replace(ACTING, back=counter_path("{slug}"), looks=quote)
    looking = msgspec.structs.replace(AT_COUNTER, looks=quote)
    return [
        front.route("POST", _MOVE, msgspec.structs.replace(AT_COUNTER, looks=_MOVE), pages.choose),
        front.route("POST", quote, looking, pages.quote),
        front.route("POST", _TO, acting, pages.take),
    ]
