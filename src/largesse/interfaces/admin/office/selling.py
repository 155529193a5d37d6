"""`/admin/{slug}/orders/new`: sell for somebody on the telephone: by a link that is mailed, on account, or paid."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Final
from urllib.parse import quote
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar.handlers import HTTPRouteHandler

from largesse.domain import catalog, locations, partners
from largesse.domain.catalog import (
    Availability,
    Choice,
    InvalidChoice,
    Line,
    Offering,
    OfferingKind,
    Priced,
    PromoRefused,
    PromoUnknown,
)
from largesse.domain.gifts import DayNotOffered, delivery_moment
from largesse.domain.merchants import Merchant
from largesse.domain.partners import GiftWanted, OrderWanted
from largesse.domain.staff import Act
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.office.selling_buyer import BUYER_FIELDS, country_choices, read_told_buyer
from largesse.interfaces.admin.office.selling_effects import SaleAsked, effects_of, faults_on_account
from largesse.interfaces.admin.office.selling_preview import SalePreview, sale_preview_address
from largesse.interfaces.admin.reading import FormReader
from largesse.interfaces.admin.rules import for_act
from largesse.interfaces.admin.wording import design_names
from largesse.kernel.clock import day_of
from largesse.kernel.errors import InvalidInput, LargesseError
from largesse.kernel.ids import derived_id, new_id
from largesse.kernel.mail import read_email
from largesse.kernel.money import Money
from largesse.kernel.validity import last_day
from largesse.services.certificates import Request, spot_of
from largesse.services.checkout import Sketch
from largesse.services.counter_sales import Sale, SaleTender, send_payment_link
from largesse.services.counter_sales import sell as sell_at
from largesse.services.partners import sell_on_account
from largesse.ui import LANGUAGE_NAMES, LANGUAGES, Voice
from largesse.web.forms import an_id
from largesse.web.responses import see_other

PATH: Final = "/admin/{slug:str}/orders/new"
_TEXTS: Final = (
    *("offering", "amount", "gratuity", "to", "sender", "message", "email", "language"),
    *("design", "day", "hour", "promo"),
    *BUYER_FIELDS,
)
_ON_ACCOUNT: Final = "account"
_USUAL_HOUR: Final = "9"


class SellingPage:
    """Sell on behalf of somebody who is not at the shop."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps

    async def ask(self, caller: Caller) -> Answer:
        """Return the form."""
        return await self._page(caller)

    async def sell(self, caller: Caller) -> Answer:
        """Show what would happen, and do it once it is confirmed."""
        merchant, voice = caller.merchant, self._front.voice(caller)
        assert merchant is not None
        form = FormReader(caller.fields, merchant, voice, merchant.money)
        asked = await self._read(caller, form, merchant)
        if asked is None or form.faults:
            return await self._page(caller, errors=form.faults, status=422)
        if caller.fields.get("sure") != "yes":
            return await self._page(caller, asked=asked)
        given = an_id(caller.fields.get("operation", "")) or new_id(self._deps.clock.now())
        assert caller.person is not None
        operation = derived_id("office-sale", merchant.merchant_id, caller.person.person_id, given)
        try:
            number = await self._sold(caller, form, asked, operation)
        except InvalidInput as wrong:
            errors = {
                _FIELDS.get(one.field, "offering"): self._said(one.code, one.message, voice) for one in wrong.fields
            }
            return await self._page(caller, errors=errors, status=422)
        except LargesseError as refused:
            return await self._page(caller, problem=self._said(refused.code, refused.message, voice), status=409)
        return see_other(f"/admin/{merchant.slug}/orders/{quote(number, safe='')}")

    async def _sold(self, caller: Caller, form: FormReader, asked: SaleAsked, operation: UUID) -> str:
        merchant, now, actor = caller.merchant, self._deps.clock.now(), caller.manager.actor
        assert merchant is not None
        if asked.partner is not None:
            through = _on_account_through(asked.offering, merchant, now=now)
            wanted = OrderWanted(
                refcode=form.line("refcode"),
                third_party_identifier=None,
                amount=Money(asked.priced.amount, asked.offering.money),
                good_through=through,
                gift=GiftWanted(
                    name=form.line("to"),
                    email=form.line("email"),
                    message=form.text("message"),
                    sender=form.line("sender"),
                    to=form.line("to"),
                    design=asked.design.value,
                    deliver_at=asked.deliver_at,
                ),
            )
            done = await sell_on_account(
                self._deps, merchant, asked.partner, wanted, operation_id=operation, actor=actor, now=now
            )
            return done.order.order_number
        location = str(asked.location.location_id) if asked.location else None
        spot = await spot_of(self._deps, merchant.merchant_id, location=location, now=now)
        sale = Sale(
            tender=SaleTender(asked.tender),
            offering=str(asked.offering.offering_id),
            amount=None if asked.offering.kind is OfferingKind.PACKAGE else asked.priced.amount,
            gratuity=asked.priced.tip,
            to=form.line("to"),
            sender=form.line("sender"),
            message=form.text("message"),
            email=form.line("email"),
            buyer=asked.buyer,
            design=asked.design.value,
            deliver_at=asked.deliver_at,
            promo_code=catalog.fold_code(form.line("promo")) if form.line("promo") else "",
            locale=asked.language,
        )
        request = Request(operation_id=operation, actor=actor)
        sold = await sell_at(self._deps, merchant, sale, spot=spot, request=request, now=now)
        if asked.tender == SaleTender.PHONE and sold.waits:
            await send_payment_link(self._deps, merchant, sold, address=asked.buyer.email, now=now)
        return sold.order.order_number

    async def _read(self, caller: Caller, form: FormReader, merchant: Merchant) -> SaleAsked | None:
        """Return what is asked for; None where it cannot be told, and `form.faults` says why."""
        voice, now = self._front.voice(caller), self._deps.clock.now()
        async with self._deps.database.connection() as connection:
            offerings = await catalog.list_offerings(connection, merchant.merchant_id)
            places = await locations.locations(connection, merchant.merchant_id)
            known = await partners.list_partners(connection, merchant.merchant_id)
        offering = next((one for one in offerings if str(one.offering_id) == form.line("offering")), None)
        if offering is None or offering.availability(now) is not Availability.OPEN:
            form.faults["offering"] = voice.t("Choose what is sold.")
            return None
        tender = form.line("tender")
        partner = next((one for one in known if f"{_ON_ACCOUNT}:{one.partner_id}" == tender), None)
        if partner is None and tender not in {
            SaleTender.PHONE,
            SaleTender.TRANSFER,
            SaleTender.CASH,
            SaleTender.TERMINAL,
        }:
            form.faults["tender"] = voice.t("Choose how it is paid.")
        amount, gratuity = form.amount("amount"), form.amount("gratuity") or 0
        if partner is not None:
            form.faults |= faults_on_account(form, voice, language=catalog.language_of(merchant.language))
        for name in ("email", "buyer"):
            text = form.line(name)
            needed = name == "buyer" and tender == SaleTender.PHONE
            if (text or needed) and not _is_email(text):
                form.faults[name] = voice.t("That is not an e-mail address. Write it like name@example.com.")
        is_package = offering.kind is OfferingKind.PACKAGE
        named = form.line("design")
        design = next((one for one in offering.design_choices if one == named), offering.design_choices[0])
        deliver_at = self._moment(form, merchant, voice, offering, on_account=partner is not None)
        choice = Choice(amount=None if is_package else amount or 0, tip=gratuity, design=design)
        try:
            priced = catalog.price(offering, choice, now=now)
            off = await self._let_off(form, merchant, offering, priced, voice)
            priced = catalog.price(offering, choice, now=now, discount=off)
        except InvalidChoice as wrong:
            for one in wrong.fields:
                field = "gratuity" if one.field.startswith(("tip", "gratuity")) else "amount"
                form.faults.setdefault(field, self._said(one.code, one.message, voice))
            return None
        wanted = form.choice("location", ("", *(str(one.location_id) for one in places)), "")
        place = next((one for one in places if str(one.location_id) == wanted), None)
        paid_at = place or next((one for one in places if one.is_default), None)
        if paid_at is not None and not paid_at.takes_money and tender in {SaleTender.CASH, SaleTender.TERMINAL}:
            form.faults["tender"] = voice.t("No money is taken at this location. Choose another way to pay.")
        return SaleAsked(
            buyer=read_told_buyer(form, merchant, voice),
            language=form.choice("language", LANGUAGES, catalog.language_of(merchant.language)),
            offering=offering,
            priced=priced,
            tender=tender,
            partner=partner,
            location=place,
            design=design,
            deliver_at=deliver_at,
        )

    def _moment(
        self, form: FormReader, merchant: Merchant, voice: Voice, offering: Offering, *, on_account: bool
    ) -> datetime | None:
        """Return when the certificate is mailed, None for at once; `form.faults` says what is wrong with it."""
        if not form.line("day"):
            return None
        if not form.line("email"):
            form.faults["day"] = voice.t("Only what is mailed goes out on a day: give the address it goes to.")
            return None
        try:
            day, hour = date.fromisoformat(form.line("day")), int(form.line("hour") or _USUAL_HOUR)
            moment = delivery_moment(day, hour, in_zone=merchant.zone, now=self._deps.clock.now())
        except (ValueError, DayNotOffered):
            form.faults["day"] = voice.t("Choose a day from today on, at most two years ahead.")
            return None
        now = self._deps.clock.now()
        through = last_day(offering.validity, issued_on=day_of(now, in_zone=merchant.zone))
        if on_account:
            through = _on_account_through(offering, merchant, now=now)
        if through is not None and day > through:
            form.faults["day"] = voice.t("The certificate is not good any more on that day. Choose an earlier one.")
            return None
        return moment

    async def _let_off(
        self, form: FormReader, merchant: Merchant, offering: Offering, priced: Priced, voice: Voice
    ) -> int:
        """Return what the promo code lets off; `form.faults` says why it does not hold."""
        text = form.line("promo")
        if not text:
            return 0
        line = Line(offering_id=offering.offering_id, amount=priced.amount)
        try:
            async with self._deps.database.connection() as connection:
                [off] = await catalog.try_promo(
                    connection,
                    merchant.merchant_id,
                    catalog.fold_code(text),
                    [line],
                    buyer=form.line("buyer"),
                    now=self._deps.clock.now(),
                )
        except PromoUnknown:
            form.faults["promo"] = voice.t("There is no such promo code.")
            return 0
        except PromoRefused:
            form.faults["promo"] = voice.t("This promo code does not hold for this.")
            return 0
        if off >= priced.amount:
            form.faults["promo"] = voice.t("This lets off all of it; nothing would be left to pay.")
            return 0
        return off

    def _preview(
        self,
        merchant: Merchant,
        offerings: Sequence[Offering],
        typed: Mapping[str, str],
        asked: SaleAsked | None,
    ) -> str:
        """Return the address of the certificate as it would arrive, "" where nothing is on sale."""
        chosen = next((one for one in offerings if str(one.offering_id) == typed["offering"]), None)
        offering = asked.offering if asked else chosen or next(iter(offerings), None)
        if offering is None:
            return ""
        design = next((one for one in offering.design_choices if one == typed["design"]), offering.design_choices[0])
        sketch = Sketch(
            design=design,
            locale=typed["language"] if typed["language"] in LANGUAGES else catalog.language_of(merchant.language),
            to=typed["to"],
            sender=typed["sender"],
            message=typed["message"],
            amount=asked.priced.amount if asked else offering.price,
            tip=asked.priced.tip if asked else 0,
        )
        return sale_preview_address(self._front, merchant, offering, sketch)

    @staticmethod
    def _said(code: str, message: str, voice: Voice) -> str:
        known = {
            "email.invalid": voice.t("That is not an e-mail address. Write it like name@example.com."),
            "text.too_long": voice.t("This is too long. Take some of it out."),
            "offering.sold_out": voice.t("There are not that many left."),
            "counter.takes_no_money": voice.t("No money is taken at this location. Choose another way to pay."),
            "agreement.disabled": voice.t("The agreement with this partner is not in force."),
            "agreement.suspended": voice.t("The agreement with this partner is suspended."),
            "agreement.credit_exhausted": voice.t("It does not fit in what is left of the partner’s credit."),
            "payment.gateway.unknown": voice.t("No way to pay by card is set up."),
        }
        return known.get(code, message)

    async def _page(
        self,
        caller: Caller,
        *,
        asked: SaleAsked | None = None,
        errors: Mapping[str, str] | None = None,
        problem: str = "",
        status: int = 200,
    ) -> Answer:
        merchant, voice, now = caller.merchant, self._front.voice(caller), self._deps.clock.now()
        assert merchant is not None
        async with self._deps.database.connection() as connection:
            offerings = await catalog.list_offerings(connection, merchant.merchant_id)
            places = await locations.locations(connection, merchant.merchant_id)
            known = await partners.list_partners(connection, merchant.merchant_id)
        home = f"/admin/{merchant.slug}"
        typed = {name: caller.fields.get(name, "") for name in (*_TEXTS, "tender", "location", "refcode")}
        open_now = [one for one in offerings if one.availability(now) is Availability.OPEN]
        values = {
            "trail": [(voice.t("Today"), home), (voice.t("Orders"), f"{home}/orders"), (voice.t("Sell"), "")],
            "here": f"{home}/orders/new",
            "home": f"{home}/orders",
            "typed": typed,
            "errors": dict(errors or {}),
            "problem": problem,
            "effects": effects_of(asked, typed, voice, merchant, now=now) if asked else [],
            "preview": self._preview(merchant, open_now, typed, asked),
            "designs": [("", voice.t("the usual one")), *design_names(voice).items()],
            "hours": [(str(one), _o_clock(one, voice)) for one in range(6, 23)],
            "offerings": [("", voice.t("choose")), *((str(one.offering_id), one.title) for one in open_now)],
            "tenders": [
                (SaleTender.PHONE.value, voice.t("by card, with a link by mail")),
                (SaleTender.TRANSFER.value, voice.t("by transfer, issued once you have seen the money")),
                (SaleTender.CASH.value, voice.t("paid already, in cash")),
                (SaleTender.TERMINAL.value, voice.t("paid already, at the card terminal")),
                *((f"{_ON_ACCOUNT}:{one.partner_id}", voice.t("on account of {name}", name=one.name)) for one in known),
            ],
            "locations": [("", voice.t("the usual one")), *((str(one.location_id), one.name) for one in places)],
            "countries": country_choices(voice),
            "languages": list(LANGUAGE_NAMES.items()),
            "language": typed["language"] or catalog.language_of(merchant.language),
            "sign": merchant.currency,
            "decimals": merchant.money.exponent > 0,
            "operation": caller.fields.get("operation", "") or str(new_id(now)),
        }
        return await self._front.page(caller, "office/selling.html", values, status=status, here=f"{home}/orders/new")


_FIELDS: Final = {
    "email": "email",
    "to": "to",
    "sender": "sender",
    "message": "message",
    "refcode": "refcode",
    "amount": "amount",
    "promo_code": "promo",
    "design": "design",
}


def _o_clock(hour: int, voice: Voice) -> str:
    return voice.clock_time(datetime(2000, 1, 1, hour, tzinfo=UTC), zone=ZoneInfo("UTC"))


def _is_email(text: str) -> bool:
    try:
        read_email(text)
    except InvalidInput:
        return False
    return True


def _on_account_through(offering: Offering, merchant: Merchant, *, now: datetime) -> date:
    """Return the last good day of what is sold on account, which always has one."""
    today = day_of(now, in_zone=merchant.zone)
    return last_day(offering.validity, issued_on=today) or _in_a_year(today)


def _in_a_year(today: date) -> date:
    return today.replace(year=today.year + 1, day=min(today.day, 28))


def selling_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of selling on behalf."""
    page = SellingPage(front)
    rule = for_act(Act.SELL_ON_BEHALF)
    return [
        front.route("GET", PATH, rule, page.ask),
        front.route("POST", PATH, rule, page.sell),
        front.route("GET", f"{PATH}/preview.svg", rule, SalePreview(front).draw),
    ]
