"""What Largesse says, in every language it speaks: gettext catalogues, read as they are.

English is the key: a page says `t("Good through {day}", day=…)`, and `locale/<language>/<part>.po` says it in another
language. The `.po` files are read once at the start by Babel; there is no compiling step, and no `.mo` to forget.
Placeholders are `{named}`.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec
from babel import Locale
from babel.messages import pofile

SOURCE_LANGUAGE = "en"
LANGUAGES = ("en", "es", "fr", "de")
LANGUAGE_NAMES = {
    "en": "English",
    "es": "Español",
    "fr": "Français",
    "de": "Deutsch",
}  # each in its own words, never translated

Message = str | tuple[str, ...]  # a tuple when the message counts something: one form per plural of the language


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """The messages of one language: English text (of a counting message, the singular) to what stands for it."""

    language: str
    messages: Mapping[str, Message]

    @property
    def locale(self) -> Locale:
        """Return Babel's description of the language."""
        return Locale.parse(self.language)

    def one(self, text: str) -> str:
        """Return what stands for `text`, or the text itself."""
        found = self.messages.get(text, text)
        return found if isinstance(found, str) else found[0]

    def many(self, one: str, many: str, count: int) -> str:
        """Return the form of a counting message that fits `count`, by the plural rule of the language."""
        found = self.messages.get(one)
        if found is None or isinstance(found, str):
            return one if count == 1 else many
        # CLDR names the forms in the order in which gettext numbers them for our languages: one, (many,) other. The
        # catalogues hold two forms, for "one" and for the rest.
        return found[0] if self.locale.plural_form(count) == "one" else found[-1]


def read_catalogue(language: str, folders: Iterable[Path]) -> Catalogue:
    """Read every `<folder>/<language>/*.po`; folders that have none are passed over.

    Raises:
        ValueError: two parts translate the same message differently, or a file is not a catalogue.
    """
    messages: dict[str, Message] = {}
    for path in _parts(language, folders):
        for key, value in read_part(path).items():
            if messages.setdefault(key, value) != value:
                problem = f"{path}: {key!r} is translated differently in another part; give it one translation"
                raise ValueError(problem)
    return Catalogue(language=language, messages=messages)


def read_part(path: Path) -> dict[str, Message]:
    """Return the translated messages of one `.po` file by English text."""
    with path.open("rb") as file:
        parsed = pofile.read_po(file, abort_invalid=True)
    found: dict[str, Message] = {}
    for entry in parsed:
        if not entry.id or not entry.string or entry.fuzzy:
            continue
        key = entry.id if isinstance(entry.id, str) else entry.id[0]
        found[str(key)] = entry.string if isinstance(entry.string, str) else tuple(entry.string)
    return found


def preferred_language(accepted: str, *, offered: Sequence[str] = LANGUAGES) -> str:
    """Return the offered language that an `Accept-Language` header likes best, or the first one (RFC 9110, 12.5.4)."""
    wishes: list[tuple[float, int, str]] = []
    for place, part in enumerate(accepted[:512].split(",")):
        tag, _, parameters = part.strip().partition(";")
        language = tag.split("-")[0].strip().lower()
        quality = _quality(parameters)
        if language in offered and quality > 0:
            wishes.append((-quality, place, language))
    return min(wishes)[2] if wishes else offered[0]


def _quality(parameters: str) -> float:
    name, _, value = parameters.partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        quality = float(value)
    except ValueError:
        return 0.0
    return quality if 0.0 <= quality <= 1.0 else 0.0


def _parts(language: str, folders: Iterable[Path]) -> list[Path]:
    if language == SOURCE_LANGUAGE:
        return []
    return [path for folder in folders for path in sorted((folder / language).glob("*.po"))]
