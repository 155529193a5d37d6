"""The certificate as it will arrive, while the buyer still types: the same face that is printed, of a sample number."""

from datetime import datetime
from typing import Final

import msgspec

from largesse.domain.catalog import (
    DESCRIPTION_MAX,
    HOW_TO_USE_MAX,
    MERCHANT_NAME_MAX,
    MESSAGE_MAX,
    NAME_MAX,
    CertificateFace,
    Design,
    Offering,
    Theme,
    good_through_sentence,
    language_of,
    words_for,
)
from largesse.domain.merchants import Merchant
from largesse.kernel import free_text
from largesse.kernel.clock import day_of
from largesse.kernel.conventions import written_in
from largesse.kernel.money import Money
from largesse.kernel.numbers import in_groups
from largesse.kernel.validity import last_day
from largesse.services.gifts import tax_words, where_of
from largesse.ui import speak

REDEEM_PATH: Final = "/gifts/redeem.html"


class Sketch(msgspec.Struct, frozen=True, kw_only=True):
    """What is known so far of a gift. `amount` and `tip` are smallest units, None while they cannot be read."""

    design: Design
    locale: str
    to: str = ""
    sender: str = ""
    message: str = ""
    amount: int | None = None
    tip: int = 0


def preview_face(
    merchant: Merchant,
    theme: Theme,
    offering: Offering,
    sketch: Sketch,
    *,
    number: str,
    logo: bytes | None,
    base_url: str,
    now: datetime,
) -> CertificateFace:
    """Return the face of a gift that is being written; what is too long is shown as far as there is room."""
    locale = written_in(language_of(sketch.locale), merchant.english)
    voice, words = speak(locale), offering.words(locale)
    good_through = last_day(offering.validity, issued_on=day_of(now, in_zone=merchant.zone))
    return CertificateFace(
        merchant_name=merchant.name[:MERCHANT_NAME_MAX],
        design=sketch.design,
        to=free_text.shortened(sketch.to, NAME_MAX),
        sender=free_text.shortened(sketch.sender, NAME_MAX),
        message=free_text.shortened(sketch.message, MESSAGE_MAX),
        amount=voice.money(Money(sketch.amount, offering.money)) if sketch.amount else "",
        gratuity=voice.money(Money(sketch.tip, offering.money)) if sketch.tip else "",
        description=(words.title or offering.title)[:DESCRIPTION_MAX],
        number=in_groups(number),
        barcode_text=number,
        redeem_url=f"{base_url}{REDEEM_PATH}?code={number}",
        good_through=good_through_sentence(good_through, locale),
        locale=locale,
        accent=theme.accent,
        logo=logo,
        terms=words.terms or "",
        how_to_use=(theme.words(locale).how_to_redeem or words_for(locale).default_how_to_use)[:HOW_TO_USE_MAX],
        where=where_of(theme),
        tax=tax_words(offering.tax, locale),
        sample=merchant.is_demo,
    )
