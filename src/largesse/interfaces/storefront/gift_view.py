"""The gift form in words: what can be chosen, what was typed, what is wrong, what it costs."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

import msgspec

from largesse.domain import catalog
from largesse.domain.catalog import Choice, Design, Offering, OfferingKind, Priced
from largesse.domain.drafts import GiftText
from largesse.interfaces.storefront.forms import form_name
from largesse.interfaces.storefront.previews import PreviewLinks, design_url
from largesse.interfaces.storefront.shops import Shop
from largesse.interfaces.storefront.wording import sentences
from largesse.kernel.money import Money
from largesse.kernel.validity import Validity, last_day
from largesse.services.checkout import HOURS, LATER, NOW, OTHER, Fault, Sketch, read_choice, read_delivery, rules_of
from largesse.services.mails import TaxedGift, tax_sentences, voice_of
from largesse.ui import LANGUAGE_NAMES, Voice

_USUAL_HOUR: Final = "9"
_DOWN_THE_PAGE: Final = (
    *("amount", "other_amount", "tip", "other_tip", "to", "from", "message", "design", "locale"),
    *("delivery", "day", "hour", "first_name", "last_name", "email"),
)
_HUNDRED: Final = Decimal(100)
_MONTHS: Final = 12


def fresh_text(offering: Offering, voice: Voice, *, sender: str = "") -> GiftText:
    """Return an empty form with what most people choose; `sender` is who gave the gift before."""
    presets = offering.presets
    usual = str(presets[min(1, len(presets) - 1)]) if presets else OTHER
    return GiftText(
        amount="" if offering.kind is OfferingKind.PACKAGE else usual,
        tip="0",
        design=offering.design_choices[0].value,
        locale=voice.language,
        delivery=NOW,
        hour=_USUAL_HOUR,
        sender=sender,
        language=voice.language,
    )


class Costs(msgspec.Struct, frozen=True, kw_only=True):
    """What a gift costs, and the sketch of its certificate; `priced` is None while it cannot be told."""

    priced: Priced | None
    sketch: Sketch


def costs_of(offering: Offering, text: GiftText, *, now: datetime) -> Costs:
    """Return what is known so far, however much of the form is wrong."""
    faults = list[Fault]()
    choice = read_choice(text, offering, now=now, faults=faults)
    priced = catalog.price(offering, choice, now=now) if choice else None
    known = Design(text.design) if text.design in set(Design) else offering.design_choices[0]
    sketch = Sketch(
        design=known,
        locale=text.locale if text.locale in LANGUAGE_NAMES else "en",
        to=text.to,
        sender=text.sender,
        message=text.message,
        amount=priced.amount if priced else _amount_alone(offering, text, now=now),
        tip=priced.tip if priced else 0,
    )
    return Costs(priced=priced, sketch=sketch)


def _amount_alone(offering: Offering, text: GiftText, *, now: datetime) -> int | None:
    """Return the amount where something else is still wrong."""
    alone = msgspec.structs.replace(text, tip="0", design=offering.design_choices[0].value)
    choice = read_choice(alone, offering, now=now, faults=[])
    return catalog.price(offering, choice, now=now).amount if choice else None


def live_answer(shop: Shop, offering: Offering, costs: Costs, voice: Voice, *, links: PreviewLinks) -> dict[str, str]:
    """Return what changes on the page while somebody types."""
    priced, money = costs.priced, offering.money

    def said(minor: int) -> str:
        return voice.money(Money(minor, money)) if minor else ""

    return {
        "amount": said(costs.sketch.amount or 0),
        "tip": said(priced.tip if priced else 0),
        "tax": said(priced.tax if priced else 0),
        "total": said(priced.total if priced else 0),
        "tax_said": tax_words(offering, priced, voice),
        "bonus": bonus_words(offering, costs.sketch.amount or 0, voice),
        "preview": links.url(shop, offering, costs.sketch),
        "total_said": voice.t("Total: {amount}", amount=said(priced.total)) if priced else "",
        "alt": _alt(offering, costs.sketch, voice),
        **_tip_figures(offering, costs.sketch.amount or 0, voice),
    }


def _tip_figures(offering: Offering, amount: int, voice: Voice) -> dict[str, str]:
    """Return how much each gratuity in per cent is of an amount, by the key of its place on the page."""
    figures = {}
    for percent in offering.gratuity.percents if offering.gratuity.allowed else ():
        tip = catalog.tip_of(offering, percent=percent, amount=amount) if amount else 0
        figures[f"tip_{percent.normalize():f}"] = voice.money(Money(tip, offering.money), short=True) if tip else ""
    return figures


def arrival_words(shop: Shop, offering: Offering, text: GiftText, voice: Voice, *, now: datetime) -> str:
    """Return in words when a gift arrives that is to be sent later, "" where that cannot be told."""
    faults = list[Fault]()
    moment = read_delivery(text, offering, rules_of(shop.merchant, now=now), faults) if text.delivery == LATER else None
    if moment is None or faults:
        return ""
    when, name = voice.on_moment(moment, zone=shop.merchant.zone, now=now), text.first_name or text.to
    return (
        voice.t("{name} gets this {moment}.", name=name, moment=when)
        if name
        else voice.t("It arrives {moment}.", moment=when)
    )


def tax_words(offering: Offering, priced: Priced | None, voice: Voice) -> str:
    """Return in words what tax a gift's price includes, or why it has none yet; "" where tax is added or unknown."""
    included = Money(priced.included_tax, offering.money) if priced else None
    gift = TaxedGift(what=offering.words(voice.language).title or offering.title, tax=offering.tax, included=included)
    return " ".join(tax_sentences([gift], voice_of(voice.tag)))


def validity_words(validity: Validity, voice: Voice, *, issued_on: date) -> str:
    """Return in words how long a gift is good and through which day, or that it has no expiry date.

    `issued_on` is the merchant's day: whoever pays today has it issued today, also when it is sent later.
    """
    through = last_day(validity, issued_on=issued_on)
    if through is None:
        return voice.t("No expiry date")
    day = voice.day(through)
    if validity.days is not None:
        return voice.n(
            "Good for {count} day, through {day}", "Good for {count} days, through {day}", validity.days, day=day
        )
    years, months = divmod(validity.months or 0, _MONTHS)
    if months:
        return voice.n(
            "Good for {count} month, through {day}",
            "Good for {count} months, through {day}",
            validity.months or 0,
            day=day,
        )
    return voice.n("Good for {count} year, through {day}", "Good for {count} years, through {day}", years, day=day)


def bonus_words(offering: Offering, amount: int, voice: Voice) -> str:
    """Return in words what the merchant adds to a gift, "" where it adds nothing."""
    rule, money = offering.bonus, offering.money
    if rule is None:
        return ""
    bonus = catalog.bonus_for(offering, amount)
    if bonus is not None:
        return voice.t(
            "A present for you, too: a certificate of {amount}.",
            amount=voice.money(Money(bonus.amount, money), short=True),
        )
    least = catalog.bonus_for(offering, rule.threshold)
    return voice.t(
        "Give {threshold} or more, and a certificate of {amount} is yours as well.",
        threshold=voice.money(Money(rule.threshold, money), short=True),
        amount=voice.money(Money(least.amount if least else 0, money), short=True),
    )


def gift_view(
    shop: Shop,
    offering: Offering,
    text: GiftText,
    *,
    gift_id: UUID,
    page_id: UUID | None,
    faults: tuple[Fault, ...],
    links: PreviewLinks,
    voice: Voice,
    now: datetime,
) -> Mapping[str, object]:
    """Return the values of the gift page."""
    rules = rules_of(shop.merchant, now=now)
    costs = costs_of(offering, text, now=now)
    said = {form_name(field): words for field, words in sentences(voice, faults).items()}
    words = offering.words(voice.language)
    shown = live_answer(shop, offering, costs, voice, links=links)
    return {
        "offering": {
            "slug": offering.slug,
            "title": words.title or offering.title,
            "description": words.description or "",
            "terms": words.terms or "",
            "validity": validity_words(offering.validity, voice, issued_on=rules.today),
            "is_amount": offering.kind is OfferingKind.AMOUNT,
            "is_open": offering.availability(now) is catalog.Availability.OPEN and not shop.drafted,
        },
        "drafted": bool(shop.drafted),
        "amounts": _amounts(offering, voice),
        "free": _free(offering, voice),
        "tips": [one | ({"note": shown[one["live"]]} if "live" in one else {}) for one in _tips(offering, voice)],
        "tip_free": offering.gratuity.tip_max is not None,
        "sign": money_sign(offering, voice),
        "decimals": offering.money.exponent > 0,
        "designs": _designs(shop, offering, voice),
        "languages": list(LANGUAGE_NAMES.items()),
        "hours": [(str(hour), voice.time_of_day(hour)) for hour in HOURS],
        "first_day": rules.today.isoformat(),
        "last_day": rules.last_day(offering).isoformat(),
        "zone": _zone(shop, voice, now),
        "typed": text,
        "wrong": defaultdict(str, said),
        "errors": sorted(said.items(), key=lambda one: _place(one[0])),
        "gift_id": str(gift_id),
        "page_id": str(page_id or ""),
        "shown": shown,
        "arrival": arrival_words(shop, offering, text, voice, now=now),
    }


def _place(field: str) -> int:
    """Return where a field stands on the page, so that what is wrong is listed from its top to its foot."""
    return _DOWN_THE_PAGE.index(field) if field in _DOWN_THE_PAGE else len(_DOWN_THE_PAGE)


def money_sign(offering: Offering, voice: Voice) -> str:
    """Return what stands before an amount of this currency in the buyer's language."""
    written = voice.money(Money(0, offering.money), short=True)
    return "".join(symbol for symbol in written if not symbol.isdigit() and symbol not in ".,  \u00a0\u202f") or str(
        offering.money
    )


def _amounts(offering: Offering, voice: Voice) -> list[dict[str, str]]:
    found = [
        {"value": str(preset), "title": voice.money(Money(preset, offering.money), short=True)}
        for preset in offering.presets
    ]
    return found + ([{"value": OTHER, "title": voice.t("Other")}] if offering.amount_min is not None else [])


def _free(offering: Offering, voice: Voice) -> str:
    """Return between what another amount may be, "" where none may be typed."""
    if offering.amount_min is None or offering.amount_max is None:
        return ""
    least, most = (
        voice.money(Money(limit, offering.money), short=True) for limit in (offering.amount_min, offering.amount_max)
    )
    return voice.t("From {least} to {most}.", least=least, most=most)


def _tips(offering: Offering, voice: Voice) -> list[dict[str, str]]:
    if not offering.gratuity.allowed:
        return []
    options = [{"value": "0", "title": voice.t("None")}]
    for percent in offering.gratuity.percents:
        text = f"{percent.normalize():f}"
        options.append({"value": text, "title": voice.percent(percent / _HUNDRED), "live": f"tip_{text}"})
    # Not "Other", which is said of the amount: the two differ in gender where languages have one.
    return options + ([{"value": OTHER, "title": voice.t("Another")}] if offering.gratuity.tip_max is not None else [])


def design_name(design: Design, voice: Voice) -> str:
    """Return what a design is called."""
    names = {
        Design.ENGRAVED: voice.t("Engraved"),
        Design.BOTANICAL: voice.t("Botanical"),
        Design.GEOMETRIC: voice.t("Geometric"),
        Design.LETTERPRESS: voice.t("Letterpress"),
        Design.WINTER: voice.t("Winter"),
    }
    return names[design]


def _designs(shop: Shop, offering: Offering, voice: Voice) -> list[dict[str, str]]:
    return [
        {"value": design.value, "title": design_name(design, voice), "image": design_url(shop.brand, design)}
        for design in offering.design_choices
    ]


def sample_sketch(offering: Offering, design: Design, voice: Voice) -> Sketch:
    """Return a sketch of what is on sale that nobody has written on yet."""
    presets = offering.presets or ((offering.amount_min,) if offering.amount_min else ())
    choice = Choice(amount=presets[min(1, len(presets) - 1)] if presets else None)
    return Sketch(design=design, locale=voice.language, amount=offering.price or choice.amount)


def _zone(shop: Shop, voice: Voice, now: datetime) -> str:
    return voice.t(
        "Hours are those of {merchant}, where it is {time} now.",
        merchant=shop.merchant.name,
        time=voice.clock_time(now, zone=shop.merchant.zone),
    )


def _alt(offering: Offering, sketch: Sketch, voice: Voice) -> str:
    """Return what the picture shows: for how much, for whom and from whom it is, as far as that is known."""
    amount = voice.money(Money(sketch.amount, offering.money)) if sketch.amount else ""
    said = [
        voice.t("The certificate, as it will arrive"),
        amount,
        voice.t("For {name}", name=sketch.to) if sketch.to else "",
        voice.t("From {name}", name=sketch.sender) if sketch.sender else "",
    ]
    return ", ".join(filter(None, said))
