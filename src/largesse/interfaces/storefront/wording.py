"""Faults as sentences: what is wrong, and how to put it right, in the buyer's language."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Final, cast

from largesse.kernel.currency import Currency
from largesse.kernel.errors import FieldError
from largesse.kernel.money import Money
from largesse.services.checkout import Fault, FaultKind
from largesse.services.gifts import THANKS_MAX
from largesse.ui import Voice

Say = Callable[[Voice, Fault], str]


def sentence(voice: Voice, fault: Fault) -> str:
    """Return what `fault` says to the buyer."""
    return _SENTENCES[fault.kind](voice, fault)


def sentences(voice: Voice, faults: Iterable[Fault]) -> dict[str, str]:
    """Return the first sentence for each field, by field, in the order of the faults."""
    said = dict[str, str]()
    for fault in faults:
        said.setdefault(fault.field, sentence(voice, fault))
    return said


def buyer_sentences(voice: Voice, faults: Iterable[Fault]) -> dict[str, str]:
    """Return the same for the checkout, where names and addresses are the reader's own."""
    own = {
        "first_name": voice.t("Type your first name."),
        "last_name": voice.t("Type your last name."),
        "email": voice.t("Type your e-mail address."),
    }
    listed = list(faults)
    missing = {fault.field for fault in listed if fault.kind is FaultKind.MISSING}
    said = sentences(voice, listed)
    return {field: own[field] if field in own and field in missing else words for field, words in said.items()}


def thanks_fault(voice: Voice, fault: FieldError, length: int) -> str:
    """Return what is wrong with the words of a holder, of `length` characters, to who gave the certificate."""
    if fault.code == "gift.thanks.too_long":
        return _too_long(
            voice, Fault(field="thanks", kind=FaultKind.TOO_LONG, values={"length": length, "limit": THANKS_MAX})
        )
    return voice.t("Leave out web sites, e-mail addresses and telephone numbers, and put a space after each full stop.")


def _missing(voice: Voice, fault: Fault) -> str:
    said = {
        "amount": voice.t("Choose how much you would like to give."),
        "other_amount": voice.t("Type how much you would like to give."),
        "to": voice.t("Say who it is for, as it should stand on the certificate."),
        "sender": voice.t("Say who it is from, as it should stand on the certificate."),
        "first_name": voice.t("Type the recipient’s first name."),
        "last_name": voice.t("Type the recipient’s last name."),
        "email": voice.t("Type the recipient’s e-mail address."),
        "design": voice.t("Choose a design."),
        "delivery": voice.t("Choose how it should arrive."),
        "day": voice.t("Choose the day on which it should arrive."),
        "hour": voice.t("Choose the hour at which it should arrive."),
        "gateway": voice.t("Choose how you would like to pay."),
        "phone": voice.t("Type the telephone number."),
        "address": voice.t("Type the street and the number."),
        "city": voice.t("Type the city."),
        "state": voice.t("Type the state or province."),
        "zip": voice.t("Type the postal code."),
        "country": voice.t("Choose the country."),
    }
    return said.get(fault.field, voice.t("This is needed."))


def _too_long(voice: Voice, fault: Fault) -> str:
    length, limit = _number(fault, "length"), _number(fault, "limit")
    return voice.t(
        "This has {length} of {limit} characters; take out {excess}.",
        length=voice.count(length),
        limit=voice.count(limit),
        excess=voice.count(length - limit),
    )


def _too_many_lines(voice: Voice, fault: Fault) -> str:
    return voice.t(
        "The message has {length} lines, and the certificate has room for {limit}. Join some of them.",
        length=voice.count(_number(fault, "length")),
        limit=voice.count(_number(fault, "limit")),
    )


def _price_changed(voice: Voice, fault: Fault) -> str:
    now = _money(voice, fault, "now")
    if fault.values.get("before") is None:
        return voice.t("The total is {now}. Look at it, then press once more to pay.", now=now)
    return voice.t(
        "The total is now {now}; you saw {before}. Look at it, then press once more to pay.",
        now=now,
        before=_money(voice, fault, "before"),
    )


def _few_left(voice: Voice, fault: Fault) -> str:
    left = fault.values.get("left")
    if not isinstance(left, int) or left < 1:
        return voice.t("This has sold out in the meantime. Take it out to go on.")
    return voice.n(
        "Only {count} of this is left. Take the others out to go on.",
        "Only {count} of these are left. Take the others out to go on.",
        left,
    )


def _amount_unreadable(voice: Voice, fault: Fault) -> str:
    round_one, odd_one = _examples(voice, fault)
    return voice.t(
        "That is not an amount. Write it as a number, such as {round_one} or {odd_one}.",
        round_one=round_one,
        odd_one=odd_one,
    )


def _amount_decimals(voice: Voice, fault: Fault) -> str:
    exponent = cast("Currency", fault.values["currency"]).exponent
    round_one, odd_one = _examples(voice, fault)
    if not exponent:
        return voice.t("The amount has too many decimals. Write it without, such as {example}.", example=round_one)
    return voice.t(
        "The amount has too many decimals. Write at most {count}, such as {example}.",
        count=voice.count(exponent),
        example=odd_one,
    )


def _amount_currency(voice: Voice, fault: Fault) -> str:
    return voice.t(
        "Amounts are in {currency} here. Write it without the sign of another currency, such as {example}.",
        currency=str(fault.values["currency"]),
        example=_examples(voice, fault)[0],
    )


def _examples(voice: Voice, fault: Fault) -> tuple[str, str]:
    """Return a round amount and one that is not, as they are typed."""
    money = cast("Currency", fault.values["currency"])
    if not money.exponent:
        return voice.bare_amount(Money(750, money)), voice.bare_amount(Money(7_500, money))
    round_one = Money(75 * money.units, money)
    return voice.bare_amount(round_one, short=True), voice.bare_amount(Money(round_one.minor + money.units // 2, money))


def _number(fault: Fault, name: str) -> int:
    return cast("int", fault.values[name])


def _money(voice: Voice, fault: Fault, name: str) -> str:
    return voice.money(cast("Money", fault.values[name]))


_SENTENCES: Final[Mapping[FaultKind, Say]] = {
    FaultKind.MISSING: _missing,
    FaultKind.TOO_LONG: _too_long,
    FaultKind.TOO_MANY_LINES: _too_many_lines,
    FaultKind.EMAIL: lambda v, _: v.t("That is not an e-mail address. Write it like name@example.com."),
    FaultKind.EMAIL_DOUBTFUL: lambda v, f: v.t(
        "Did you mean {address}? Correct it, or send it once more as it is.", address=cast("str", f.values["meant"])
    ),
    FaultKind.PHONE: lambda v, f: (
        v.t("That is not a telephone number. Write it like +1 212 555 0100.")
        if f.values.get("needed")
        else v.t("That is not a telephone number. Write it like +1 212 555 0100, or leave it empty.")
    ),
    FaultKind.COUNTRY: lambda v, _: v.t("Choose the country."),
    FaultKind.AMOUNT_UNREADABLE: _amount_unreadable,
    FaultKind.AMOUNT_DECIMALS: _amount_decimals,
    FaultKind.AMOUNT_CURRENCY: _amount_currency,
    FaultKind.AMOUNT_NOT_OFFERED: lambda v, _: v.t("Choose one of the amounts that are shown."),
    FaultKind.AMOUNT_RANGE: lambda v, f: v.t(
        "Give an amount from {least} to {most}.", least=_money(v, f, "least"), most=_money(v, f, "most")
    ),
    FaultKind.TIP_NOT_OFFERED: lambda v, _: v.t("Choose one of the gratuities that are shown."),
    FaultKind.TIP_TOO_LARGE: lambda v, f: v.t(
        "A gratuity may be at most {most}. Choose a smaller one.", most=_money(v, f, "most")
    ),
    FaultKind.DESIGN: lambda v, _: v.t("Choose one of the designs that are shown."),
    FaultKind.LANGUAGE: lambda v, _: v.t("Choose one of the languages that are shown."),
    FaultKind.DELIVERY: lambda v, _: v.t("Choose how it should arrive."),
    FaultKind.DAY_UNREADABLE: lambda v, _: v.t("That is not a day. Write it as year, month, day: 2027-12-24."),
    FaultKind.HOUR: lambda v, _: v.t("Choose one of the hours that are shown."),
    FaultKind.PAST: lambda v, _: v.t("That day has passed. Choose a later one."),
    FaultKind.TOO_FAR: lambda v, f: v.t(
        "That is too far ahead. Choose a day up to {last}.", last=v.day(cast("date", f.values["last"]))
    ),
    FaultKind.GATEWAY_LEAST: lambda v, f: v.t(
        "A card payment has to be at least {least}. Choose another way to pay, or a larger amount.",
        least=_money(v, f, "least"),
    ),
    FaultKind.GATEWAY: lambda v, _: v.t("Choose how you would like to pay."),
    FaultKind.NOT_ON_SALE: lambda v, _: v.t("This is no longer on sale. Take it out, or choose something else."),
    FaultKind.SOLD_OUT: lambda v, _: v.t("This has sold out in the meantime. Take it out to go on."),
    FaultKind.FEW_LEFT: _few_left,
    FaultKind.PROMO_UNKNOWN: lambda v, _: v.t("There is no such code. Check how it is written, or take it out."),
    FaultKind.PROMO_TOO_OFTEN: lambda v, _: v.t("Too many codes were tried. Take it out, or try again in a while."),
    FaultKind.PROMO_IS_CERTIFICATE: lambda v, _: v.t(
        "This is the number of a gift certificate, not a promo code. Spend it when you visit us; it cannot pay here."
    ),
    FaultKind.PROMO_NOT_YET: lambda v, _: v.t("This code does not hold yet. Take it out to go on."),
    FaultKind.PROMO_OVER: lambda v, _: v.t("This code does not hold any more. Take it out to go on."),
    FaultKind.PROMO_USED_UP: lambda v, _: v.t("This code has been used as often as it may be. Take it out to go on."),
    FaultKind.PROMO_USED_BY_BUYER: lambda v, _: v.t("You have used this code before. Take it out to go on."),
    FaultKind.PROMO_OTHER_OFFERINGS: lambda v, _: v.t("This code is for something else. Take it out to go on."),
    FaultKind.PROMO_AMOUNT: lambda v, f: v.t(
        "This code holds from {least}. Give more, or take it out to go on.", least=_money(v, f, "least")
    ),
    FaultKind.PRICE_CHANGED: _price_changed,
    FaultKind.NO_GIFTS: lambda v, _: v.t("There is no gift here yet. Choose one first."),
    FaultKind.TOO_MANY_GIFTS: lambda v, f: v.t(
        "At most {limit} gifts can be paid for together. Pay for these first.", limit=v.count(_number(f, "limit"))
    ),
}
