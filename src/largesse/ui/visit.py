"""What a page knows about who reads it and whose page it is."""

from enum import StrEnum
from typing import Self

import msgspec

from largesse.kernel.conventions import English
from largesse.ui.catalogue import LANGUAGES
from largesse.ui.colour import parse_accent

DEFAULT_ACCENT = "#7a2e3b"
PREFERENCES_PATH = "/preferences"
_PATH_LENGTH_MAX = 2_800


class ColourScheme(StrEnum):
    """How light the reader wants the page."""

    SYSTEM = "system"  # as the device is set
    LIGHT = "light"
    DARK = "dark"


class Imprint(msgspec.Struct, frozen=True, kw_only=True):
    """Who sells on a page, before the law; an empty part is left out. `country` is an ISO 3166 code."""

    name: str
    address: tuple[str, ...] = ()
    country: str = ""
    phone: str = ""
    register: str = ""
    vat_id: str = ""
    tax_id: str = ""


class LegalLink(msgspec.Struct, frozen=True, kw_only=True):
    """A text that the law asks for, by its kind (`imprint`, `privacy`, `terms`, …), and where it is read.

    Of kind `withdraw` it is where a buyer withdraws.
    """

    kind: str
    href: str


class Brand(msgspec.Struct, frozen=True, kw_only=True):
    """Name whose page this is: the merchant's name, colour (`#rrggbb`), logo, where its name leads, and who sells.

    `legal` are the texts that the law asks for; `icons` is the address that its icons stand under, "" where it has none
    of its own; `english` how its pages write days and hours in English.

    Raises:
        InvalidAccent: the accent is not a colour.
    """

    name: str
    accent: str = DEFAULT_ACCENT
    home: str = "/"
    logo: str | None = None
    imprint: Imprint | None = None
    legal: tuple[LegalLink, ...] = ()
    icons: str = ""
    english: English = English.BRITISH

    def __post_init__(self) -> None:
        parse_accent(self.accent)


DEFAULT_BRAND = Brand(name="Largesse")


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """How one reader wants to be shown a page: language, theme, and `here`, the local address to come back to.

    A page that must not name its address, or that was posted for, is posted for once more: to `again`, with the fields
    `carried`.
    """

    language: str = LANGUAGES[0]
    theme: ColourScheme = ColourScheme.SYSTEM
    here: str = "/"
    again: str = ""
    carried: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        # What is carried may be a certificate's number.
        return f"Visit({self.language!r}, {self.theme.value!r})"

    def with_preferences(self, *, language: str | None, theme: str | None) -> Self:
        """Return this visit with what the reader prefers. Unknown preferences are passed over."""
        return msgspec.structs.replace(
            self,
            language=language if language in LANGUAGES else self.language,
            theme=ColourScheme(theme) if theme in set(ColourScheme) else self.theme,
        )


def local_path(text: str) -> str:
    """Return `text` if it is an address within this site, otherwise `/`: a redirect must never lead away."""
    safe = text.startswith("/") and not text.startswith(("//", "/\\")) and len(text) <= _PATH_LENGTH_MAX
    return text if safe and text.isprintable() and "\\" not in text else "/"
