"""How a country writes English, and what paper its printers hold."""

from enum import StrEnum
from typing import Final

from largesse.kernel.zones import region_of_zone


class English(StrEnum):
    """How days and hours are written in English (CLDR's locales); other languages have one way each."""

    BRITISH = "en-GB"  # 24 December 2026 at 09:00
    AMERICAN = "en-US"  # December 24, 2026 at 9 a.m.


class SheetSize(StrEnum):
    """The sheet that an office's or a home's printer holds."""

    A4 = "a4"  # 210 x 297 mm
    LETTER = "us-letter"  # 8½ x 11 inches, 216 x 279 mm

    @property
    def known_as(self) -> str:
        """Return what people call it, in every language."""
        return "A4" if self is SheetSize.A4 else "Letter"


AMERICAN_COUNTRIES: Final = frozenset({"US", "PR", "GU", "VI", "AS", "MP", "UM"})
"""The United States and their territories (ISO 3166)."""
LETTER_COUNTRIES: Final = AMERICAN_COUNTRIES | {"CA", "MX", "CL", "CO", "VE", "PH"}
"""Where printers hold Letter, as CLDR's territory data say (`paperSize`)."""


def english_of_zone(time_zone: str) -> English:
    """Return how English is written where a clock stands."""
    return English.AMERICAN if region_of_zone(time_zone) in AMERICAN_COUNTRIES else English.BRITISH


def sheet_of_country(country: str | None) -> SheetSize:
    """Return what a country's printers hold (ISO 3166; None and "": nobody knows)."""
    return SheetSize.LETTER if country in LETTER_COUNTRIES else SheetSize.A4


def written_in(language: str, english: English) -> str:
    """Return the tag of the voice that speaks `language` for whoever writes `english`: the language, or `en-US`."""
    return english.value if (language, english) == ("en", English.AMERICAN) else language
