"""What receivers and exports call a gift: the merchant's own wording, whatever language its buyer reads."""

from collections.abc import Mapping
from typing import Final

import msgspec

from largesse.domain.catalog.model import GIFT_DESCRIPTION_MAX, Offering, OfferingKind


class PostWords(msgspec.Struct, frozen=True):
    """The usual wording in one language."""

    gift: str
    package: str
    """Of what has a title of its own."""
    bonus: str


_WORDS: Final[Mapping[str, PostWords]] = {
    "en": PostWords("Gift Certificate", "{title} Gift Certificate", "Promotional Gift Certificate"),
    "de": PostWords("Geschenkgutschein", "{title} Geschenkgutschein", "Aktionsgutschein (Zugabe)"),
    "es": PostWords("Certificado de regalo", "Certificado de regalo {title}", "Certificado promocional"),
    "fr": PostWords("Bon cadeau", "Bon cadeau {title}", "Bon promotionnel"),
}


def usual_gift_description(language: str) -> str:
    """Return what a gift without an offering is called in the merchant's language."""
    return _words(language).gift


def gift_description(offering: Offering, *, language: str) -> str:
    """Return what a gift of an offering is called; `language` is the merchant's, as the title is."""
    if offering.gift_description:
        return offering.gift_description
    words = _words(language)
    if offering.kind is OfferingKind.AMOUNT:
        return words.gift
    if words.gift.casefold() in offering.title.casefold():
        return offering.title
    return words.package.format(title=offering.title)[:GIFT_DESCRIPTION_MAX]


def bonus_description(offering: Offering, *, language: str) -> str:
    """Return what the bonus of an offering is called: always as promotional."""
    own = offering.bonus.gift_description if offering.bonus else ""
    return own or _words(language).bonus


def _words(language: str) -> PostWords:
    return _WORDS.get(language, _WORDS["en"])
