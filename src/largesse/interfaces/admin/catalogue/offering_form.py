"""An offering as the fields of its form, and the fields as an offering."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

import msgspec

from largesse.domain.catalog import BonusRule, Design, Gratuity, OfferingDraft, OfferingKind, Words
from largesse.domain.merchants import Merchant
from largesse.interfaces.admin.reading import (
    AMOUNT,
    FOR_EVER,
    PERCENT,
    VALIDITY_UNITS,
    FormReader,
    written_amount,
    written_moment,
    written_percent,
    written_rate,
    written_validity,
)
from largesse.kernel.currency import Currency
from largesse.kernel.normal_form import ascii_of
from largesse.kernel.tax import TaxKind
from largesse.kernel.tax_asked import TaxAsked, read_country, tax_asked
from largesse.kernel.zones import region_of_zone
from largesse.ui import LANGUAGES, Voice

_SLUG_MAX: Final = 40
_NOT_IN_A_SLUG: Final = re.compile(r"[^a-z0-9]+")
_HUNDRED: Final = Decimal(100)

PUBLISH: Final = "publish"
DRAFT: Final = "draft"
GOES: Final = (PUBLISH, DRAFT)
"""What becomes of a form of the catalogue: it counts at once, or is kept."""

FIELD_OF: Final[Mapping[str, str]] = {
    "gratuity.percents": "gratuity",
    "gratuity.max": "gratuity_max",
    "validity": "validity",
    "bonus": "bonus_gift",
    "bonus.threshold": "bonus_threshold",
    "bonus.amount": "bonus_gift",
    "bonus.percent": "bonus_gift",
    "bonus.validity": "bonus_validity",
    "bonus.gift_description": "bonus_description",
    "available_until": "until",
    "picture_id": "picture",
}
"""Where what is said of a detail of an offering stands on the form, where the field is called otherwise."""


def languages_of(merchant: Merchant) -> tuple[str, ...]:
    """Return the languages that an offering's words may be translated into, besides the merchant's own."""
    return tuple(language for language in LANGUAGES if language != merchant.language)


def form_field(name: str) -> str:
    """Return the field of the form at which something is said of a detail, such as `translations.de.title`."""
    if name.startswith("translations."):
        _, language, detail = (*name.split("."), "")[:3]
        return f"{language}_{detail or 'title'}"
    return FIELD_OF.get(name, name)


def offering_text(draft: OfferingDraft, merchant: Merchant, money: Currency, voice: Voice) -> dict[str, str]:
    """Return the fields of a form that shows an offering."""
    bonus = draft.bonus
    chosen = draft.designs or tuple(Design)
    fields = {
        "slug": draft.slug,
        "kind": draft.kind.value,
        "title": draft.title,
        "description": draft.description,
        "terms": draft.terms,
        "gift_description": draft.gift_description,
        "price": written_amount(draft.price, money, voice),
        "presets": "\n".join(written_amount(one, money, voice) for one in draft.presets),
        "amount_min": written_amount(draft.amount_min, money, voice),
        "amount_max": written_amount(draft.amount_max, money, voice),
        "tax_kind": draft.tax.kind.value,
        "tax": written_rate(draft.tax.rate),
        "tax_country": draft.tax.country or "",
        "redemption_rates": "\n".join(written_percent(rate * _HUNDRED) for rate in draft.redemption_rates),
        "gratuity": "\n".join(map(written_percent, draft.gratuity.percents)),
        "gratuity_max": written_amount(draft.gratuity.tip_max, money, voice),
        **written_validity("validity", draft.validity),
        "from": written_moment(draft.available_from, merchant),
        "until": written_moment(draft.available_until, merchant),
        "stock": "" if draft.stock is None else str(draft.stock),
        "design_first": draft.designs[0].value if draft.designs else "",
        "picture": str(draft.picture_id or ""),
        "bonus_threshold": written_amount(bonus.threshold if bonus else None, money, voice),
        "bonus_unit": PERCENT if bonus and bonus.percent is not None else AMOUNT,
        "bonus_gift": _written_gift(bonus, money, voice),
        **written_validity("bonus_validity", bonus.validity if bonus else draft.validity),
        "bonus_description": bonus.gift_description if bonus else "",
    }
    fields |= {f"design_{design.value}": "yes" for design in chosen}
    for language in languages_of(merchant):
        words = draft.translations.get(language, Words())
        fields |= {
            f"{language}_title": words.title or "",
            f"{language}_description": words.description or "",
            f"{language}_terms": words.terms or "",
        }
    return fields


def read_offering(
    fields: Mapping[str, str], before: OfferingDraft, merchant: Merchant, money: Currency, voice: Voice
) -> tuple[OfferingDraft, dict[str, str]]:
    """Return the offering that a form describes, as far as it can be read, and what cannot, by field.

    What the form does not show, such as its place among others, stays as it was `before`.
    """
    form = FormReader(fields, merchant, voice, money)
    title, kind = form.line("title"), _kind(form)
    is_amount = kind is OfferingKind.AMOUNT
    draft = msgspec.structs.replace(
        before,
        slug=form.line("slug") or slug_of(title),
        kind=kind,
        title=title,
        description=form.text("description"),
        terms=form.text("terms"),
        gift_description=form.line("gift_description"),
        translations=_translations(form, before, merchant),
        price=None if is_amount else form.amount("price"),
        presets=form.amounts("presets") if is_amount else (),
        amount_min=form.amount("amount_min") if is_amount else None,
        amount_max=form.amount("amount_max") if is_amount else None,
        gratuity=Gratuity(percents=form.percents("gratuity"), tip_max=form.amount("gratuity_max")),
        validity=form.validity("validity"),
        available_from=form.moment("from"),
        available_until=form.moment("until"),
        stock=form.count("stock"),
        designs=_designs(form, before),
        picture_id=form.one_id("picture"),
        bonus=_bonus(form),
        **_tax(form, merchant),
    )
    form.choice("go", GOES, DRAFT)
    return draft, form.faults


def slug_of(title: str) -> str:
    """Return an address made of a title: what has no small letter or digit in it becomes a dash."""
    return _NOT_IN_A_SLUG.sub("-", ascii_of(title).lower()).strip("-")[:_SLUG_MAX].strip("-")


def _kind(form: FormReader) -> OfferingKind:
    return form.choice("kind", OfferingKind, OfferingKind.AMOUNT)


def _translations(form: FormReader, before: OfferingDraft, merchant: Merchant) -> dict[str, Words]:
    found = {language: words for language, words in before.translations.items() if language == merchant.language}
    for language in languages_of(merchant):
        words = Words(
            title=form.line(f"{language}_title") or None,
            description=form.text(f"{language}_description") or None,
            terms=form.text(f"{language}_terms") or None,
        )
        if words != Words():
            found[language] = words
    return found


def _tax(form: FormReader, merchant: Merchant) -> dict[str, object]:
    kind = form.choice("tax_kind", TaxKind, TaxKind.NONE)
    rate, country = form.percent("tax"), form.line("tax_country")
    asked = TaxAsked(
        kind=kind,
        country=None if kind is TaxKind.NONE else read_country(country) if country else None,
        rate=None if rate is None or not kind.due_at_sale else rate / _HUNDRED,
    )
    rates = form.percents("redemption_rates") if kind is TaxKind.MULTI_PURPOSE else ()
    home = None if kind is TaxKind.MULTI_PURPOSE else region_of_zone(merchant.time_zone)
    return {"tax": tax_asked(asked, home=home), "redemption_rates": tuple(one / _HUNDRED for one in rates)}


def _designs(form: FormReader, before: OfferingDraft) -> tuple[Design, ...]:
    """Return the designs that are ticked, the preferred one first; none, which means all, in the usual order."""
    chosen = [design for design in Design if form.ticked(f"design_{design.value}")]
    first = form.choice("design_first", ("", *Design), "")
    if before.designs and set(chosen) == set(before.designs) and first == before.designs[0].value:
        return before.designs
    if first in set(Design):
        ahead = Design(first)
        return (ahead, *(one for one in chosen if one is not ahead))
    return () if len(chosen) in {0, len(Design)} else tuple(chosen)


def _bonus(form: FormReader) -> BonusRule | None:
    threshold, gift = form.amount("bonus_threshold"), form.line("bonus_gift")
    is_percent = form.choice("bonus_unit", (AMOUNT, PERCENT), AMOUNT) == PERCENT
    form.choice("bonus_validity_unit", VALIDITY_UNITS, FOR_EVER)
    if not gift and threshold is None:
        return None
    return BonusRule(
        threshold=threshold or 0,
        amount=None if is_percent else form.amount("bonus_gift"),
        percent=form.percent("bonus_gift") if is_percent else None,
        validity=form.validity("bonus_validity"),
        gift_description=form.line("bonus_description"),
    )


def _written_gift(bonus: BonusRule | None, money: Currency, voice: Voice) -> str:
    if bonus is None:
        return ""
    return written_percent(bonus.percent) if bonus.percent is not None else written_amount(bonus.amount, money, voice)
