"""The checkout in words: each gift in a sentence, what it all costs, what is wrong."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Final

from largesse.domain.drafts import Content, DraftGift
from largesse.domain.merchants import Asking
from largesse.domain.orders import COUNTRIES, HAVE_STATES, DeliveryMethod
from largesse.interfaces.storefront.baskets import print_of_basket
from largesse.interfaces.storefront.gift_view import bonus_words, costs_of, design_name, validity_words
from largesse.interfaces.storefront.previews import PreviewLinks
from largesse.interfaces.storefront.shops import Shop
from largesse.interfaces.storefront.wording import buyer_sentences, sentence
from largesse.kernel.clock import day_of
from largesse.kernel.money import Money
from largesse.kernel.zones import region_of_zone
from largesse.services.checkout import Fault, GiftPlan, Quote, ReadDraft
from largesse.services.mails import TaxedGift, tax_sentences, voice_of
from largesse.ui import Voice

_PLAIN: Final = str.maketrans("ÄÅÁÉÈÊÎÍÖÓÔÜÚ", "AAAEEEIIOOOUU")
ADDRESS_FIELDS: Final = ("address", "address2", "city", "state", "zip", "country")
_FIELDS: Final = frozenset({"first_name", "last_name", "email", "phone", "promo", "gateway", *ADDRESS_FIELDS})


def checkout_view(
    shop: Shop,
    content: Content,
    read: ReadDraft,
    *,
    faults: tuple[Fault, ...],
    voice: Voice,
    links: PreviewLinks,
    now: datetime,
) -> Mapping[str, object]:
    """Return the values of the checkout page, but for the ways to pay."""
    promo = (read.promo_fault,) if read.promo_fault else ()
    said = buyer_sentences(voice, (*faults, *promo))
    wrong = {f"buyer_{field}": words for field, words in said.items() if field in _FIELDS}
    home = region_of_zone(shop.merchant.time_zone) or ""
    general = [words for field, words in said.items() if field not in _FIELDS]
    return {
        "gifts": [gift_card(shop, gift, read, voice, links=links, now=now) for gift in content.gifts],
        "sums": sums_of(read.quote, voice),
        "tax_said": tax_words(read.quote, voice),
        "total": voice.money(read.quote.total),
        "seen": str(read.quote.total.minor),
        "drawn": print_of_basket(content),
        "promo_said": promo_words(read, voice),
        "typed": content.buyer,
        "wrong": defaultdict(str, wrong),
        "errors": list(wrong.items()) if faults else [],
        "general": general,
        "ready": bool(read.plans) and not read.faults,
        "ask_phone": shop.merchant.ask_phone.value,
        "ask_address": shop.merchant.ask_address.value,
        "countries": country_choices(voice) if shop.merchant.ask_address is not Asking.NO else (),
        "home": home,
        "state_needed": shop.merchant.ask_address is Asking.REQUIRE and (content.buyer.country or home) in HAVE_STATES,
    }


@cache
def country_choices(voice: Voice) -> Sequence[tuple[str, str]]:
    """Return the countries as a reader of the language looks for them, with none chosen at the top."""
    named = sorted(((voice.country(code), code) for code in COUNTRIES), key=lambda one: _plain_letters(one[0]))
    return (("", ""), *((code, name) for name, code in named))


def _plain_letters(text: str) -> str:
    """Return a text as it is sorted: Österreich stands among the others with O."""
    return text.translate(_PLAIN).casefold()


def sums_of(quote: Quote, voice: Voice) -> list[tuple[str, str, str]]:
    """Return the bill: name, amount, live key. What is nothing is empty, and not shown."""

    def said(part: str, *, less: bool = False) -> str:
        amount = quote.sum_of(part)
        return voice.money(-amount if less else amount) if amount else ""

    return [
        (voice.n("{count} gift", "{count} gifts", len(quote.gifts)), said("amount"), "amount"),
        (voice.t("Gratuity"), said("tip"), "tip"),
        (voice.t("Promo code"), said("discount", less=True), "discount"),
        (voice.t("Tax"), said("tax"), "tax"),
        (voice.t("To pay"), voice.money(quote.total), "total"),
    ]


def live_sums(read: ReadDraft, voice: Voice) -> dict[str, str]:
    """Return what changes on the checkout page while somebody types."""
    return {
        **{key: amount for _, amount, key in sums_of(read.quote, voice)},
        "tax_said": tax_words(read.quote, voice),
        "seen": str(read.quote.total.minor),
        "promo_said": promo_words(read, voice),
    }


def tax_words(quote: Quote, voice: Voice) -> str:
    """Return in words what tax the sum includes, and what has none yet, and why; "" where all tax is added."""
    gifts = [
        TaxedGift(
            what=one.plan.offering.words(voice.language).title or one.plan.offering.title,
            tax=one.plan.offering.tax,
            included=Money(one.priced.included_tax, quote.currency),
        )
        for one in quote.gifts
    ]
    return " ".join(tax_sentences(gifts, voice_of(voice.tag)))


def promo_words(read: ReadDraft, voice: Voice) -> str:
    """Return in words what the promo code does, or why it does nothing; "" without one."""
    if read.promo_fault is not None:
        return sentence(voice, read.promo_fault)
    if read.quote.promo is None:
        return ""
    return voice.t("The code takes {amount} off.", amount=voice.money(read.quote.sum_of("discount")))


def gift_card(
    shop: Shop, gift: DraftGift, read: ReadDraft, voice: Voice, *, links: PreviewLinks, now: datetime
) -> dict[str, object]:
    """Return what the card of a gift says of it."""
    offering = read.offerings.get(gift.offering_id)
    quoted = next((one for one in read.quote.gifts if one.plan.gift_id == gift.gift_id), None)
    faults = read.faults.get(gift.gift_id, ())
    words = offering.words(voice.language) if offering else None
    tip = quoted.priced.tip if quoted else 0
    today = day_of(now, in_zone=shop.merchant.zone)
    return {
        "gift_id": str(gift.gift_id),
        "title": (words.title if words else None) or voice.t("A gift that is no longer on sale"),
        "href": f"{shop.path}/gift/{offering.slug}?edit={gift.gift_id}"
        if offering and shop.offering_of(offering.offering_id)
        else "",
        "to": gift.text.to,
        "sender": gift.text.sender,
        "message": gift.text.message,
        "design": design_name(quoted.plan.design, voice) if quoted else "",
        "picture": links.url(shop, offering, costs_of(offering, gift.text, now=now).sketch) if offering else "",
        "amount": voice.money(Money(quoted.priced.amount, offering.money)) if quoted and offering else "",
        "tip": voice.money(Money(tip, offering.money)) if tip and offering else "",
        "when": when_words(quoted.plan, shop, voice, now) if quoted else "",
        "validity": validity_words(offering.validity, voice, issued_on=today) if offering else "",
        "terms": (words.terms if words else None) or "",
        "bonus": bonus_words(offering, quoted.priced.amount, voice) if quoted and quoted.bonus and offering else "",
        "faults": [sentence(voice, fault) for fault in faults],
    }


def when_words(plan: GiftPlan, shop: Shop, voice: Voice, now: datetime) -> str:
    """Return in words when and how a gift arrives once it is paid for."""
    if plan.delivery is DeliveryMethod.PRINT:
        return voice.t("You print it yourself.")
    if plan.deliver_at is None:
        return voice.t("{name} gets it as soon as it is paid for, at {email}.", name=plan.recipient, email=plan.email)
    moment = voice.on_moment(plan.deliver_at, zone=shop.merchant.zone, now=now)
    return voice.t("{name} gets it {moment}, at {email}.", name=plan.recipient, moment=moment, email=plan.email)


def least_words(too_small_for: Mapping[str, Money], offered: Sequence[str], voice: Voice) -> str:
    """Return in words which way to pay takes no amount so small, "" where there is none such."""
    if not too_small_for:
        return ""
    least = voice.money(min(too_small_for.values(), key=lambda one: one.minor))
    if offered:
        return voice.t("A card payment has to be at least {least}.", least=least)
    return voice.t(
        "A card payment has to be at least {least}, and nobody can pay another way here. "
        "Choose a larger amount, or ask us.",
        least=least,
    )


def choices_of(gateways: Sequence[str], voice: Voice) -> list[Mapping[str, str]]:
    """Return the ways to pay as choices of a form."""
    known = {
        "stripe": (
            voice.t("Card or wallet"),
            voice.t("On the payment page of Stripe. We never see the number of your card."),
        ),
        "manual": (
            voice.t("At the counter or by transfer"),
            voice.t("We keep the order for you and mail you how to pay. Everything is sent once the money is here."),
        ),
        "test": (voice.t("Test payment"), voice.t("For trying things out. No money moves, and nothing is worth any.")),
    }
    return [
        {"value": name, "title": known.get(name, (name, ""))[0], "note": known.get(name, ("", ""))[1]}
        for name in gateways
    ]
