"""What the pages of selling show: offerings, ways to pay, and why something typed cannot stand."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec

from largesse.domain.catalog import Availability, Offering, OfferingKind
from largesse.kernel.amounts import read_amount
from largesse.kernel.currency import Currency
from largesse.kernel.errors import FieldError
from largesse.kernel.money import InvalidAmount, Money
from largesse.services.counter_sales import SaleTender
from largesse.ui import Voice, choose_one
from largesse.web.choices import CHOICE_UNKNOWN

PRESETS: Final = (2_500, 5_000, 10_000)
"""What is proposed for a reload, in hundredths; in currencies without decimals the same in whole units."""


class TypedSale(msgspec.Struct, frozen=True, kw_only=True):
    """A form of a sale as it was typed, and the amounts that it says; a fault for each that cannot be read."""

    amount: int | None
    gratuity: int
    faults: tuple[FieldError, ...]


def read_typed(fields: Mapping[str, str], money: Currency, voice: Voice, *, fixed: bool = False) -> TypedSale:
    """Return what a form says of amount and gratuity, in smallest units; a package has a `fixed` price. Pure."""
    faults = list[FieldError]()
    amount = None
    preset = fields.get("amount", "")
    if fixed:
        pass
    elif fields.get("other", "").strip():
        amount = _read(fields["other"], "other", money, voice, faults)
    elif preset.isascii() and preset.isdigit() and len(preset) <= 12:
        amount = int(preset)
    else:
        faults.append(FieldError("amount", "amount.missing", ""))
    gratuity = 0
    if fields.get("gratuity", "").strip():
        gratuity = _read(fields["gratuity"], "gratuity", money, voice, faults) or 0
    return TypedSale(amount=amount, gratuity=gratuity, faults=tuple(faults))


def _read(text: str, name: str, money: Currency, voice: Voice, faults: list[FieldError]) -> int | None:
    try:
        return read_amount(text.strip(), money, language=voice.language).minor
    except InvalidAmount:
        faults.append(FieldError(name, "amount.unreadable", ""))
        return None


def offering_choices(offerings: Sequence[Offering], voice: Voice, *, now: datetime) -> list[dict[str, str]]:
    """Return what can be sold now, as faces to touch."""
    found = []
    for one in offerings:
        if one.availability(now) is not Availability.OPEN:
            continue
        price = voice.money(Money(one.price, one.money), short=True) if one.price is not None else ""
        found.append({"slug": one.slug, "title": one.words(voice.language).title or one.title, "note": price})
    return found


def amounts_of(offering: Offering | None, money: Currency, voice: Voice) -> list[dict[str, str]]:
    """Return the amounts that are proposed, as choices."""
    if offering is not None and offering.kind is OfferingKind.PACKAGE:
        return []
    presets = offering.presets if offering is not None else tuple(one * money.units // 100 for one in PRESETS)
    return [{"value": str(one), "title": voice.money(Money(one, money), short=True)} for one in presets]


def tender_words(tenders: Sequence[SaleTender], voice: Voice) -> list[dict[str, str]]:
    """Return the ways to pay, as they are touched."""
    words = {
        SaleTender.CASH: voice.t("Cash"),
        SaleTender.TERMINAL: voice.t("Card terminal"),
        SaleTender.TILL: voice.t("Paid at the till"),
        SaleTender.PHONE: voice.t("On the buyer’s phone"),
        SaleTender.TRANSFER: voice.t("Bank transfer"),
    }
    return [{"value": one.value, "title": words[one]} for one in tenders]


def tender_word(gateway: str, voice: Voice) -> str:
    """Return how a sale was paid, or is to be."""
    words = {
        "cash": voice.t("Cash"),
        "terminal": voice.t("Card terminal"),
        "till": voice.t("Paid at the till"),
        "manual": voice.t("Bank transfer"),
        "moved": voice.t("Moved from another certificate"),
    }
    return words.get(gateway, voice.t("On the buyer’s phone"))


def fault_sentences(
    faults: Sequence[FieldError], voice: Voice, *, offering: Offering | None = None
) -> Mapping[str, str]:
    """Return what is wrong beside each field, in words; nothing for every other."""
    found = {_FIELDS.get(one.field, one.field): _sentence(one, voice, offering) for one in faults}
    return defaultdict(str, found)


_FIELDS: Final = {"tip": "gratuity", "design": "offering"}


def _sentence(one: FieldError, voice: Voice, offering: Offering | None) -> str:
    if one.code in {"choice.amount.too_small", "choice.amount.too_large"} and offering is not None:
        limits = [Money(limit or 0, offering.money) for limit in (offering.amount_min, offering.amount_max)]
        least, most = (voice.money(limit, short=True) for limit in limits)
        return voice.t("Choose an amount from {least} to {most}.", least=least, most=most)
    if one.code == "choice.tip.too_large" and offering is not None:
        most = voice.money(Money(offering.gratuity.tip_max or 0, offering.money), short=True)
        return voice.t("Choose a gratuity of at most {most}.", most=most)
    if one.code in {"choice.tip.not_offered", "choice.tip.invalid"}:
        return voice.t("This takes no such gratuity.")
    known: dict[str, str] = {
        CHOICE_UNKNOWN: choose_one(voice),
        "amount.missing": voice.t("Choose or type an amount."),
        "amount.unreadable": voice.t("Type an amount, such as {example}.", example=voice.count(25)),
        "choice.amount.missing": voice.t("Choose or type an amount."),
        "choice.amount.not_offered": voice.t("Choose one of the amounts that are shown."),
        "email.invalid": voice.t("Type the whole e-mail address."),
        "text.too_long": voice.t("This is too long. Shorten it."),
        "card.not_inactive": voice.t("This card is active already. Reload it instead."),
        "card.inactive": voice.t("Nothing is on this card yet. Activate it instead."),
        "card.given": voice.t("Only what somebody paid for is reloaded. Sell another one instead."),
        "tender.missing": voice.t("Choose how it is paid."),
        "offering.sold_out": voice.t("This is sold out."),
        "count.missing": voice.t("Count it and type the total, 0 for none."),
        "count.till_books": voice.t("Your own till counts here: leave it empty."),
        "difference.unexplained": voice.t("It differs from what should be there: say why."),
        "memo.missing": voice.t("Say what it is for."),
        "tabs.open": voice.t("Tabs are open: say that they stay open, or see what becomes of them first."),
        "counted.negative": voice.t("Count it and type the total, 0 for none."),
    }
    return known.get(one.code, voice.t("This is not on sale any more. Choose something else."))


def shown_fields(fields: Mapping[str, str]) -> Mapping[str, str]:
    """Return what was typed, to be shown again; nothing where nothing was."""
    return defaultdict(str, fields)
