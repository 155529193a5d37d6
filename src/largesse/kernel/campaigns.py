"""Where a buyer came from, as a link says it: the source, medium and campaign of UTM. Pure.

Only short plain words are taken; everything else, and every other field of UTM, is left out.
"""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

import msgspec

WORD_MAX: Final = 64
_WORD: Final = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)


class Campaign(msgspec.Struct, frozen=True):
    """A campaign by the names that the merchant gave it in links, each empty where it has none."""

    utm_source: str = ""
    utm_medium: str = ""
    utm_campaign: str = ""

    @property
    def fields(self) -> list[tuple[str, str]]:
        """What is said of it, as it stands in an address or in hidden fields of a form."""
        return [(name, word) for name in self.__struct_fields__ if (word := getattr(self, name))]

    def onto(self, path: str) -> str:
        """Return an address of ours that hands it on."""
        if not self.fields:
            return path
        start, sign, rest = path.partition("#")
        return f"{start}{'&' if '?' in start else '?'}{urlencode(self.fields)}{sign}{rest}"


NO_CAMPAIGN: Final = Campaign()


def read_campaign(given: Mapping[str, str]) -> Campaign:
    """Return what an address or a form says of a campaign; a word that is too long or not plain is dropped."""
    words = {name: given.get(name, "") for name in Campaign.__struct_fields__}
    return Campaign(**{name: word for name, word in words.items() if _WORD.fullmatch(word)})
