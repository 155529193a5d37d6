"""What an offering, a promo code and a theme must be like, checked all at once."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final

import phonenumbers

from largesse.domain.catalog import model, promos, taxes, theme
from largesse.domain.catalog.model import BonusRule, Gratuity, OfferingDraft, OfferingKind, Words
from largesse.domain.catalog.promos import PromoDraft
from largesse.domain.catalog.theme import ThemeChange, ThemeWords
from largesse.kernel import free_text
from largesse.kernel.currency import Currency
from largesse.kernel.errors import FieldError
from largesse.kernel.money import plain
from largesse.kernel.validity import Validity
from largesse.ui import LANGUAGES, InvalidAccent, parse_accent

AMOUNT_MAX: Final = 10**12  # smallest units of any currency; above that, a finger slipped
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_CODE = re.compile(r"[\w-]+")
_WEBSITE = re.compile(r"https?://[^\s/?#@.]+(?:\.[^\s/?#@.]+)+\.?(?:[/?#]\S*)?")

Faults = Iterator[FieldError]


def offering_faults(draft: OfferingDraft, money: Currency) -> list[FieldError]:
    """Return everything that is wrong with an offering whose amounts are in `money`, field by field."""
    return [
        *_slug(draft.slug),
        *_text("title", draft.title, model.TITLE_MAX, lines=False, needed=True),
        *_text("description", draft.description, model.OFFERING_DESCRIPTION_MAX),
        *_text("gift_description", draft.gift_description, model.GIFT_DESCRIPTION_MAX, lines=False),
        *_text("terms", draft.terms, model.OFFERING_TERMS_MAX),
        *_words(draft.translations),
        *_amounts(draft, money),
        *taxes.tax_faults(draft),
        *_designs(draft),
        *_gratuity(draft.gratuity, money),
        *_validity("validity", draft.validity),
        *_window("available_until", draft.available_from, draft.available_until),
        *_stock(draft.stock),
        *_bonus(draft.bonus, money),
    ]


def promo_faults(draft: PromoDraft, money: Currency) -> list[FieldError]:
    """Return everything that is wrong with a promo code whose amounts are in `money`."""
    return list(_promo(draft, money))


def theme_faults(change: ThemeChange, *, region: str | None) -> list[FieldError]:
    """Return everything that is wrong with a theme; `region` (ISO 3166) is for phones without country code."""
    return list(_theme(change, region))


def read_phone(text: str, *, region: str | None) -> str | None:
    """Return a telephone number as E.164, "" for none, None when it is not one."""
    if not text.strip():
        return ""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number) or number.extension:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _slug(slug: str) -> Faults:
    if not _SLUG.fullmatch(slug):
        advice = "Write the slug with 1 to 40 small letters, digits and dashes, such as one-hour-massage."
        yield FieldError("slug", "offering.slug.invalid", advice)


def _text(field: str, text: str, limit: int, *, lines: bool = True, needed: bool = False) -> Faults:
    if needed and not text.strip():
        yield FieldError(field, f"{field}.missing", "Write something here; it is what buyers read first.")
    if len(text) > limit:
        advice = f"It has {len(text)} of {limit} characters; take out {len(text) - limit}."
        yield FieldError(field, "text.too_long", advice)
    if free_text.holds_unseen(text, several_lines=lines):
        where = "" if lines else " on one line"
        yield FieldError(field, "text.unprintable", f"Use characters that can be printed{where}.")


def _words(translations: Mapping[str, Words]) -> Faults:
    for language, words in translations.items():
        yield from _language(language)
        where = f"translations.{language}"
        yield from _text(f"{where}.title", words.title or "", model.TITLE_MAX, lines=False)
        yield from _text(f"{where}.description", words.description or "", model.OFFERING_DESCRIPTION_MAX)
        yield from _text(f"{where}.terms", words.terms or "", model.OFFERING_TERMS_MAX)


def _language(language: str) -> Faults:
    if language not in LANGUAGES:
        advice = f"Name one of the languages that pages speak: {', '.join(LANGUAGES)}."
        yield FieldError(f"translations.{language}", "language.unknown", advice)


def _amounts(draft: OfferingDraft, money: Currency) -> Faults:
    if draft.kind is OfferingKind.PACKAGE:
        yield from _package_amounts(draft, money)
        return
    if draft.price is not None:
        yield FieldError("price", "offering.price.amount", "An amount has no price; make it a package, or take it out.")
    if not draft.presets and draft.amount_min is None:
        yield FieldError("presets", "offering.amounts.missing", "Give presets, or limits for a free amount, or both.")
    if len(draft.presets) > model.PRESETS_MAX or len(set(draft.presets)) < len(draft.presets):
        advice = f"Give at most {model.PRESETS_MAX} presets, each once."
        yield FieldError("presets", "offering.presets.invalid", advice)
    for preset in draft.presets:
        yield from _amount("presets", preset, money)
    if (draft.amount_min is None) != (draft.amount_max is None):
        yield FieldError("amount_max", "offering.limits.half", "Give both limits of the free amount, or neither.")
    elif draft.amount_min is not None and draft.amount_max is not None:
        yield from _amount("amount_min", draft.amount_min, money)
        yield from _amount("amount_max", draft.amount_max, money)
        if draft.amount_max < draft.amount_min:
            yield FieldError("amount_max", "offering.limits.order", "The upper limit must not be below the lower.")


def _package_amounts(draft: OfferingDraft, money: Currency) -> Faults:
    if draft.price is None:
        yield FieldError("price", "offering.price.missing", "Say what the package costs.")
    else:
        yield from _amount("price", draft.price, money)
    if draft.presets or draft.amount_min is not None or draft.amount_max is not None:
        yield FieldError("presets", "offering.presets.package", "A package has a price and no amounts to choose.")


def _amount(field: str, minor: int, money: Currency) -> Faults:
    if not 0 < minor <= AMOUNT_MAX:
        most = plain(AMOUNT_MAX, money)
        yield FieldError(field, "amount.out_of_range", f"Give an amount above zero and of at most {most} {money}.")


def _designs(draft: OfferingDraft) -> Faults:
    if len(set(draft.designs)) < len(draft.designs):
        yield FieldError("designs", "offering.designs.twice", "Name each design once.")


def _percent(value: Decimal) -> bool:
    return value.is_finite() and 0 < value <= 100 and _places(value) <= 2


def _places(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 99


def _gratuity(gratuity: Gratuity, money: Currency) -> Faults:
    percents = gratuity.percents
    good = all(_percent(one) for one in percents) and len(set(percents)) == len(percents)
    if not good or len(percents) > model.TIP_PERCENTS_MAX:
        advice = (
            f"Give at most {model.TIP_PERCENTS_MAX} different percentages above 0 and up to 100, such as 15, 18, 20."
        )
        yield FieldError("gratuity.percents", "offering.gratuity.invalid", advice)
    if gratuity.tip_max is not None:
        yield from _amount("gratuity.max", gratuity.tip_max, money)


def _validity(field: str, validity: Validity) -> Faults:
    if validity.months is not None and validity.days is not None:
        yield FieldError(field, "validity.both", "Give months or days, not both; neither is for ever.")
    months, days = validity.months, validity.days
    if months is not None and not 1 <= months <= model.VALIDITY_MONTHS_MAX:
        yield FieldError(field, "validity.months", f"Give 1 to {model.VALIDITY_MONTHS_MAX} months.")
    if days is not None and not 1 <= days <= model.VALIDITY_DAYS_MAX:
        yield FieldError(field, "validity.days", f"Give 1 to {model.VALIDITY_DAYS_MAX} days.")


def _window(field: str, start: datetime | None, end: datetime | None) -> Faults:
    if start is not None and end is not None and start >= end:
        yield FieldError(field, "window.order", "The end must come after the beginning.")


def _stock(stock: int | None) -> Faults:
    if stock is not None and not 0 <= stock <= model.STOCK_MAX:
        yield FieldError("stock", "offering.stock.invalid", f"Give a stock of 0 to {model.STOCK_MAX}, or none.")


def _bonus(bonus: BonusRule | None, money: Currency) -> Faults:
    if bonus is None:
        return
    yield from _amount("bonus.threshold", bonus.threshold, money)
    if (bonus.amount is None) == (bonus.percent is None):
        yield FieldError("bonus", "offering.bonus.one", "Give the bonus as an amount or in per cent, one of them.")
    if bonus.amount is not None:
        yield from _amount("bonus.amount", bonus.amount, money)
    if bonus.percent is not None and not _percent(bonus.percent):
        yield FieldError("bonus.percent", "offering.bonus.percent", "Give a percentage above 0 and up to 100.")
    yield from _validity("bonus.validity", bonus.validity)
    yield from _text("bonus.gift_description", bonus.gift_description, model.GIFT_DESCRIPTION_MAX, lines=False)


def _promo(draft: PromoDraft, money: Currency) -> Faults:
    folded = promos.fold_code(draft.code)
    if not (promos.CODE_LENGTH_MIN <= len(folded) <= promos.CODE_LENGTH_MAX and _CODE.fullmatch(folded)):
        advice = f"Write a code of {promos.CODE_LENGTH_MIN} to {promos.CODE_LENGTH_MAX} letters, digits and dashes."
        yield FieldError("code", "promo.code.invalid", advice)
    if (draft.percent is None) == (draft.amount is None):
        yield FieldError("percent", "promo.one", "Give the discount in per cent or as an amount, one of them.")
    if draft.percent is not None and not _percent(draft.percent):
        yield FieldError("percent", "promo.percent.invalid", "Give a percentage above 0 and up to 100.")
    if draft.amount is not None:
        yield from _amount("amount", draft.amount, money)
    if draft.amount_min:
        yield from _amount("amount_min", draft.amount_min, money)
    yield from _window("ends_at", draft.starts_at, draft.ends_at)
    for field, limit in (("uses_max", draft.uses_max), ("uses_per_buyer_max", draft.uses_per_buyer_max)):
        if limit is not None and not 1 <= limit <= model.STOCK_MAX:
            yield FieldError(field, "promo.uses.invalid", f"Give a limit of 1 to {model.STOCK_MAX}, or none.")


def _theme(change: ThemeChange, region: str | None) -> Faults:
    if change.accent is not None:
        try:
            parse_accent(change.accent)
        except InvalidAccent as error:
            yield FieldError("accent", error.code, error.message)
    yield from _text("about", change.about or "", theme.ABOUT_MAX)
    yield from _text("how_to_redeem", change.how_to_redeem or "", theme.HOW_TO_REDEEM_MAX)
    yield from _text("address", change.address or "", theme.ADDRESS_LENGTH_MAX)
    if change.phone is not None and read_phone(change.phone, region=region) is None:
        advice = "Write the telephone number with its country code, such as +1 212 555 0100."
        yield FieldError("phone", "phone.invalid", advice)
    if change.website and (len(change.website) > theme.WEBSITE_MAX or not _WEBSITE.fullmatch(change.website)):
        advice = f"Give an address of at most {theme.WEBSITE_MAX} characters, such as https://www.example.com."
        yield FieldError("website", "website.invalid", advice)
    for language, words in (change.translations or {}).items():
        yield from _theme_words(language, words)


def _theme_words(language: str, words: ThemeWords) -> Faults:
    yield from _language(language)
    yield from _text(f"translations.{language}.about", words.about or "", theme.ABOUT_MAX)
    yield from _text(f"translations.{language}.how_to_redeem", words.how_to_redeem or "", theme.HOW_TO_REDEEM_MAX)
