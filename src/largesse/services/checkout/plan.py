"""One gift as it can be bought: read from what was typed, against the offering as it is now."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from largesse.domain import catalog, gifts
from largesse.domain.catalog import Availability, Choice, Design, Offering, OfferingKind
from largesse.domain.drafts import GiftText
from largesse.domain.orders import FROM_MESSAGE_MAX, MESSAGE_MAX, NAME_MAX, TO_MESSAGE_MAX, DeliveryMethod
from largesse.kernel.amounts import OtherCurrency, read_amount, read_plain_decimal
from largesse.kernel.clock import add_years, day_of
from largesse.kernel.errors import FieldError
from largesse.kernel.mail import EmailInvalid, meant_address, read_email
from largesse.kernel.money import InvalidAmount, Money, TooManyDecimals
from largesse.kernel.validity import last_day
from largesse.services.checkout.faults import Fault, FaultKind

OTHER: Final = "other"
NOW, LATER, PRINT = "now", "later", "print"
HOURS: Final = tuple(range(6, 23))  # nobody is woken by a present
LINES_MAX: Final = 6  # what the certificate has room for
YEARS_AHEAD_MAX: Final = 1

_LIMITS: Final = {
    "to": TO_MESSAGE_MAX,
    "sender": FROM_MESSAGE_MAX,
    "message": MESSAGE_MAX,
    "first_name": NAME_MAX,
    "last_name": NAME_MAX,
}


class GiftPlan(msgspec.Struct, frozen=True, kw_only=True):
    """One gift that can be bought: amounts in smallest units, `deliver_at` None for at once."""

    gift_id: UUID
    offering: Offering
    choice: Choice
    design: Design
    locale: str
    to: str
    sender: str
    message: str
    first_name: str
    last_name: str
    email: str
    delivery: DeliveryMethod
    deliver_at: datetime | None = None

    @property
    def recipient(self) -> str:
        """Return who gets it, in one word where there is one."""
        return self.first_name or self.to


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """What a gift is read against besides its offering."""

    zone: ZoneInfo
    now: datetime
    languages: Sequence[str]

    @property
    def today(self) -> date:
        """Return the merchant's day."""
        return day_of(self.now, in_zone=self.zone)

    def last_day(self, offering: Offering) -> date:
        """Return the last day on which a gift may be sent: never one on which it could not be used any more."""
        good_through = last_day(offering.validity, issued_on=self.today)
        last = add_years(self.today, YEARS_AHEAD_MAX)
        return last if good_through is None else min(last, good_through)


def read_gift(
    text: GiftText, offering: Offering, *, gift_id: UUID, rules: Rules
) -> tuple[GiftPlan | None, tuple[Fault, ...]]:
    """Return the gift that `text` asks for, or everything that is wrong with it, in the order of the form."""
    faults = list[Fault]()
    choice = read_choice(text, offering, now=rules.now, faults=faults)
    faults += text_faults(text)
    if text.locale not in rules.languages:
        faults.append(Fault(field="locale", kind=FaultKind.LANGUAGE))
    deliver_at = read_delivery(text, offering, rules, faults)
    if faults or choice is None or choice.design is None:
        return None, tuple(faults)
    by_mail = text.delivery != PRINT
    plan = GiftPlan(
        gift_id=gift_id,
        offering=offering,
        choice=choice,
        design=choice.design,
        locale=text.locale,
        to=text.to,
        sender=text.sender,
        message=text.message,
        first_name=text.first_name if by_mail else "",
        last_name=text.last_name if by_mail else "",
        email=read_email(text.email) if by_mail else "",
        delivery=DeliveryMethod.EMAIL if by_mail else DeliveryMethod.PRINT,
        deliver_at=deliver_at,
    )
    return plan, ()


def read_choice(text: GiftText, offering: Offering, *, now: datetime, faults: list[Fault]) -> Choice | None:
    """Return amount, gratuity and design that `text` chooses; what is wrong with them is added to `faults`."""
    wrong = list[Fault]()
    amount = _read_amount(text, offering, wrong)
    tip, percent = _read_tip(text, offering, wrong)
    design = Design(text.design) if text.design in set(Design) else None
    if design is None:
        wrong.append(Fault(field="design", kind=FaultKind.DESIGN if text.design else FaultKind.MISSING))
    choice = Choice(amount=amount, tip=tip, tip_percent=percent, design=design)
    known = {fault.field for fault in wrong}
    for fault in catalog.choice_faults(offering, choice, now=now):
        translated = _of_catalogue(fault, offering, now=now)
        shadowed = known and translated.field.startswith("other_")
        unread = translated.field == "amount" and "other_amount" in known
        if translated.field not in known and not shadowed and not unread:
            wrong.append(translated)
    faults += wrong
    return None if wrong else choice


def _read_amount(text: GiftText, offering: Offering, faults: list[Fault]) -> int | None:
    if offering.kind is OfferingKind.PACKAGE:
        return None
    if text.amount == OTHER:
        return _read_money(text, "other_amount", offering, faults)
    if not text.amount:
        faults.append(Fault(field="amount", kind=FaultKind.MISSING))
        return None
    if not text.amount.isascii() or not text.amount.isdigit() or len(text.amount) > 16:
        faults.append(Fault(field="amount", kind=FaultKind.AMOUNT_NOT_OFFERED))
        return None
    preset = int(text.amount)
    if preset not in offering.presets:
        faults.append(Fault(field="amount", kind=FaultKind.AMOUNT_NOT_OFFERED))
    return preset


def _read_tip(text: GiftText, offering: Offering, faults: list[Fault]) -> tuple[int, Decimal | None]:
    if text.tip in {"", "0"}:
        return 0, None
    if text.tip == OTHER:
        if not text.other_tip:
            return 0, None
        return _read_money(text, "other_tip", offering, faults) or 0, None
    percent = read_plain_decimal(text.tip)
    if percent is None or percent not in offering.gratuity.percents:
        faults.append(Fault(field="tip", kind=FaultKind.TIP_NOT_OFFERED))
        return 0, None
    return 0, percent


def _read_money(text: GiftText, field: str, offering: Offering, faults: list[Fault]) -> int | None:
    typed = getattr(text, field)
    if not typed:
        faults.append(Fault(field=field, kind=FaultKind.MISSING))
        return None
    try:
        return read_amount(typed, offering.money, language=text.language).minor
    except InvalidAmount as wrong:
        faults.append(Fault(field=field, kind=_amount_fault(wrong), values={"currency": offering.money}))
    return None


def _amount_fault(wrong: InvalidAmount) -> FaultKind:
    if isinstance(wrong, TooManyDecimals):
        return FaultKind.AMOUNT_DECIMALS
    return FaultKind.AMOUNT_CURRENCY if isinstance(wrong, OtherCurrency) else FaultKind.AMOUNT_UNREADABLE


def _of_catalogue(fault: FieldError, offering: Offering, *, now: datetime) -> Fault:
    """Return the catalogue's word on a choice as a fault of the form's field."""

    def limit(minor: int | None) -> Money:
        return Money(minor or 0, offering.money)

    sold_out = offering.availability(now) is Availability.SOLD_OUT
    known: dict[str, Callable[[], Fault]] = {
        "choice.amount.too_small": lambda: _range(limit(offering.amount_min), limit(offering.amount_max)),
        "choice.amount.too_large": lambda: _range(limit(offering.amount_min), limit(offering.amount_max)),
        "choice.tip.too_large": lambda: Fault(
            field="other_tip", kind=FaultKind.TIP_TOO_LARGE, values={"most": limit(offering.gratuity.tip_max)}
        ),
        "choice.design": lambda: Fault(field="design", kind=FaultKind.DESIGN),
    }
    if fault.code in known:
        return known[fault.code]()
    if fault.field == "amount":
        return Fault(field="amount", kind=FaultKind.AMOUNT_NOT_OFFERED)
    if fault.field == "tip":
        return Fault(field="tip", kind=FaultKind.TIP_NOT_OFFERED)
    return Fault(field="offering", kind=FaultKind.SOLD_OUT if sold_out else FaultKind.NOT_ON_SALE)


def _range(least: Money, most: Money) -> Fault:
    return Fault(field="other_amount", kind=FaultKind.AMOUNT_RANGE, values={"least": least, "most": most})


def text_faults(text: GiftText) -> list[Fault]:
    """Return what is wrong with the words of a gift, and with where it is mailed."""
    faults = list[Fault]()
    needed = {"to", "sender"} | ({"first_name", "email"} if text.delivery != PRINT else set())
    for field in ("to", "sender", "message", "first_name", "last_name"):
        faults += length_faults(field, getattr(text, field), limit=_LIMITS[field], needed=field in needed)
    lines = text.message.count("\n") + 1
    if lines > LINES_MAX:
        faults.append(
            Fault(field="message", kind=FaultKind.TOO_MANY_LINES, values={"length": lines, "limit": LINES_MAX})
        )
    if "email" in needed:
        faults += email_faults("email", text.email)
    return faults


def length_faults(field: str, text: str, *, limit: int, needed: bool) -> list[Fault]:
    """Return what is wrong with the length of a text, counted in code points."""
    if not text:
        return [Fault(field=field, kind=FaultKind.MISSING)] if needed else []
    if len(text) <= limit:
        return []
    return [Fault(field=field, kind=FaultKind.TOO_LONG, values={"length": len(text), "limit": limit})]


def email_faults(field: str, text: str) -> list[Fault]:
    """Return what is wrong with an e-mail address that must be given."""
    if not text:
        return [Fault(field=field, kind=FaultKind.MISSING)]
    try:
        read_email(text)
    except EmailInvalid:
        return [Fault(field=field, kind=FaultKind.EMAIL)]
    return []


def email_doubts(field: str, text: str, *, sure: str) -> tuple[Fault, ...]:
    """Return what is asked of an address that looks like a slip, unless it was sent as it is before, as `sure`."""
    meant = meant_address(text) if text != sure else None
    return () if meant is None else (Fault(field=field, kind=FaultKind.EMAIL_DOUBTFUL, values={"meant": meant}),)


def read_delivery(text: GiftText, offering: Offering, rules: Rules, faults: list[Fault]) -> datetime | None:
    """Return when the gift is sent, None for at once. An hour of today that has passed means at once, too."""
    if text.delivery not in {NOW, LATER, PRINT}:
        faults.append(Fault(field="delivery", kind=FaultKind.DELIVERY if text.delivery else FaultKind.MISSING))
    if text.delivery != LATER:
        return None
    return read_moment(text.day, text.hour, last=rules.last_day(offering), rules=rules, faults=faults)


def read_moment(typed_day: str, typed_hour: str, *, last: date, rules: Rules, faults: list[Fault]) -> datetime | None:
    """Return the moment of a day and an hour as typed, None where it is wrong or has passed today. `last` is a day."""
    day = _read_day(typed_day, last, rules, faults)
    hour = int(typed_hour) if typed_hour.isascii() and typed_hour.isdigit() and len(typed_hour) <= 2 else None
    if hour not in HOURS:
        faults.append(Fault(field="hour", kind=FaultKind.HOUR if typed_hour else FaultKind.MISSING))
    if day is None or hour is None or hour not in HOURS:
        return None
    moment = gifts.delivery_moment(day, hour, in_zone=rules.zone, now=rules.now)
    return moment if moment > rules.now else None


def _read_day(text: str, last: date, rules: Rules, faults: list[Fault]) -> date | None:
    if not text:
        faults.append(Fault(field="day", kind=FaultKind.MISSING))
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        faults.append(Fault(field="day", kind=FaultKind.DAY_UNREADABLE))
        return None
    if day < rules.today:
        faults.append(Fault(field="day", kind=FaultKind.PAST))
        return None
    if day > last:
        faults.append(Fault(field="day", kind=FaultKind.TOO_FAR, values={"last": last}))
        return None
    return day
