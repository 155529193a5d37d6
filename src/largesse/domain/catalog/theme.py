"""How a merchant's pages look, and what they say about it."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

import msgspec

from largesse.ui import DEFAULT_ACCENT

ABOUT_MAX: Final = 2000
HOW_TO_REDEEM_MAX: Final = 240  # it is printed on the certificate
ADDRESS_LENGTH_MAX: Final = 300
WEBSITE_MAX: Final = 200


class ThemeWords(msgspec.Struct, frozen=True, kw_only=True):
    """What a theme says in another language; None is as in the usual one."""

    about: str | None = None
    how_to_redeem: str | None = None


class Theme(msgspec.Struct, frozen=True, kw_only=True):
    """A merchant's look and words. `accent` is `#rrggbb`, `phone` E.164; an empty text is not shown."""

    accent: str = DEFAULT_ACCENT
    logo_id: UUID | None = None
    about: str = ""
    how_to_redeem: str = ""
    address: str = ""
    phone: str = ""
    website: str = ""
    translations: Mapping[str, ThemeWords] = msgspec.field(default_factory=dict)

    def words(self, locale: str) -> ThemeWords:
        """Return `about` and `how_to_redeem` in the language of `locale`, where the merchant wrote them."""
        own = self.translations.get(locale.replace("_", "-").partition("-")[0].lower(), ThemeWords())
        return ThemeWords(about=own.about or self.about, how_to_redeem=own.how_to_redeem or self.how_to_redeem)


class ThemeChange(msgspec.Struct, frozen=True, kw_only=True):
    """The changes; None leaves a field alone. `no_logo` takes the logo away."""

    accent: str | None = None
    logo_id: UUID | None = None
    no_logo: bool = False
    about: str | None = None
    how_to_redeem: str | None = None
    address: str | None = None
    phone: str | None = None
    website: str | None = None
    translations: Mapping[str, ThemeWords] | None = None
