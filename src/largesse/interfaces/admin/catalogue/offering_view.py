"""The page of an offering in words: its form, its card in the shop, its certificate, and what is likely wrong."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec
from litestar import MediaType, Response

from largesse.domain import catalog
from largesse.domain.catalog import Availability, Design, HungPicture, Offering, OfferingDraft, OfferingKind, Theme
from largesse.domain.law import MerchantLaw
from largesse.domain.merchants import Merchant
from largesse.interfaces.admin.catalogue.offering_form import languages_of
from largesse.interfaces.admin.catalogue.preview import preview_address
from largesse.interfaces.admin.catalogue.wording import availability_badge, tax_kinds, warnings_said
from largesse.interfaces.admin.front import StaffFront
from largesse.interfaces.admin.reading import AMOUNT, DAYS, FOR_EVER, MONTHS, PERCENT
from largesse.interfaces.admin.wording import design_names
from largesse.kernel.currency import Currency
from largesse.kernel.money import Money
from largesse.kernel.validity import Validity
from largesse.services.catalog import law_warnings
from largesse.services.mails import price_note, voice_of
from largesse.ui import LANGUAGE_NAMES, Voice

_TEASER: Final = 180
_LOW_SHARE: Final = 10


class OfferingState(msgspec.Struct, frozen=True, kw_only=True):
    """What is known while an offering is edited: what stands, the look and the law of the merchant, and the time."""

    merchant: Merchant
    money: Currency
    stands: Offering | None
    theme: Theme
    law: MerchantLaw | None
    pictures: tuple[HungPicture, ...]
    now: datetime


def live_words(front: StaffFront, state: OfferingState, draft: OfferingDraft, voice: Voice) -> dict[str, str]:
    """Return what changes on the page while somebody types."""
    merchant = state.merchant
    own = draft.translations.get(voice.language)
    warned = warnings_said(law_warnings(state.law, draft, merchant, language=voice.language, now=state.now), voice)
    taxed = warnings_said(catalog.tax_warnings(draft), voice)
    description = (own.description if own else None) or draft.description
    return {
        "preview": preview_address(front, merchant, draft, state.theme, language=voice.language),
        "card_title": (own.title if own else None) or draft.title or voice.t("Its title"),
        "card_text": description if len(description) <= _TEASER else description[: _TEASER - 1].rstrip() + "…",
        "card_price": price_words(draft, state.money, voice),
        "card_tax": price_note(draft.tax, voice_of(voice.tag)),
        "validity_said": validity_words(draft.validity, voice),
        "law_said": " ".join(one["said"] for one in warned),
        "law_exactly": " ".join(one["exactly"] for one in warned),
        "tax_warned": " ".join(one["said"] for one in taxed),
    }


def form_values(state: OfferingState, voice: Voice) -> dict[str, object]:
    """Return what the form offers to choose from."""
    stands = state.stands
    names = design_names(voice)
    return {
        "kinds": [
            {"value": OfferingKind.AMOUNT.value, "title": voice.t("An amount"), "note": voice.t("Buyers choose it.")},
            {
                "value": OfferingKind.PACKAGE.value,
                "title": voice.t("A package"),
                "note": voice.t("One thing at one price."),
            },
        ],
        "tax_kinds": tax_kinds(voice),
        "validity_units": (
            (FOR_EVER, voice.t("for ever")),
            (MONTHS, voice.t("months from the day of issue")),
            (DAYS, voice.t("days from the day of issue")),
        ),
        "bonus_units": ((AMOUNT, voice.t("an amount")), (PERCENT, voice.t("per cent of the gift"))),
        "designs": [(design.value, names[design]) for design in Design],
        "first_designs": (
            ("", voice.t("the first that is ticked")),
            *((one.value, name) for one, name in names.items()),
        ),
        "pictures": (("", voice.t("none")), *picture_options(state.pictures)),
        "languages": [(code, LANGUAGE_NAMES[code]) for code in languages_of(state.merchant)],
        "sign": state.money.code,
        "decimals": state.money.exponent > 0,
        "refuses": state.law is not None and state.law.choice.refuses,
        "stock_said": stock_words(stands, voice) if stands else "",
        "state": availability_badge(stands.availability(state.now), voice) if stands else None,
    }


def stock_words(offering: Offering, voice: Voice) -> str:
    """Return how much is left of a stock, "" where it is not limited."""
    if offering.stock is None:
        return ""
    left = voice.count(offering.stock_left or 0)
    return voice.t("{left} of {all} left", left=left, all=voice.count(offering.stock))


def is_low(offering: Offering) -> bool:
    """Return whether a tenth of a stock or less is left, or nothing of it."""
    return offering.stock is not None and (offering.stock_left or 0) * _LOW_SHARE <= offering.stock


def price_words(draft: OfferingDraft, money: Currency, voice: Voice) -> str:
    """Return what something costs, as the shop says it."""
    if draft.kind is OfferingKind.PACKAGE:
        return voice.money(Money(draft.price, money), short=True) if draft.price else ""
    amounts = [*draft.presets, *([draft.amount_min] if draft.amount_min else [])]
    return voice.t("from {amount}", amount=voice.money(Money(min(amounts), money), short=True)) if amounts else ""


def validity_words(validity: Validity, voice: Voice) -> str:
    """Return in words how long something is good."""
    if validity.days is not None:
        return voice.n(
            "Good for {count} day from the day of issue", "Good for {count} days from the day of issue", validity.days
        )
    if validity.months is not None:
        return voice.n(
            "Good for {count} month from the day of issue",
            "Good for {count} months from the day of issue",
            validity.months,
        )
    return voice.t("No expiry date")


def closed_badge(voice: Voice) -> dict[str, str]:
    """Return the badge of what nobody sees yet."""
    return {**availability_badge(Availability.HIDDEN, voice), "badge": voice.t("not published yet")}


def picture_options(pictures: Sequence[HungPicture]) -> list[tuple[str, str]]:
    """Return pictures to choose from, in pairs of id and what they show, or how large they are."""
    found = []
    for place, one in enumerate(pictures, 1):
        what = one.picture
        found.append((str(what.picture_id), what.alt or f"{place}: {what.width} × {what.height}"))
    return found


def live_answer(words: Mapping[str, str]) -> Response[bytes]:
    """Return what changes on a page while somebody types, as its script reads it."""
    headers = {"Cache-Control": "no-store"}
    return Response(msgspec.json.encode(words), media_type=MediaType.JSON, status_code=200, headers=headers)
