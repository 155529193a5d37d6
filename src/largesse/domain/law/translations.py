"""What profiles say in other languages than English: data in `translations.toml`, each with how sure it is.

The English text is what was verified. Words that a law demands in one language stay in that language.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

import msgspec

from largesse.domain.law.model import Sureness

LANGUAGES: Final = ("de", "fr", "es")
"""Those that sentences are translated into."""


class Translation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A sentence of profiles, or a phrase of `words.py`, in every language; `sure` is of the translation alone."""

    en: str
    de: str
    fr: str
    es: str
    sure: Sureness | None = None

    def text(self, language: str) -> str:
        """Return it in a language, in English where it is in none such."""
        return {"de": self.de, "fr": self.fr, "es": self.es}.get(language, self.en)


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    sure: Sureness
    sentence: tuple[Translation, ...]


@cache
def translations() -> Mapping[str, Translation]:
    """Return every sentence by its English text, each with how sure its translations are."""
    content = files(__package__).joinpath("translations.toml").read_text(encoding="utf-8")
    read = msgspec.convert(tomllib.loads(content), _File)
    return MappingProxyType({one.en: msgspec.structs.replace(one, sure=one.sure or read.sure) for one in read.sentence})


def in_language(text: str, language: str) -> str:
    """Return a sentence of a profile in a language; as it stands where nobody translated it."""
    found = translations().get(text)
    return text if found is None else found.text(language)


class Spoken:
    """Put phrases into a language."""

    def __init__(self, language: str) -> None:
        self.language = language

    def say(self, phrase: str, **filled: object) -> str:
        """Return a phrase, its blanks filled."""
        said = in_language(phrase, self.language)
        return said.format(**filled) if filled else said

    def amount(self, text: str) -> str:
        """Return an amount of a profile (`15.00`) with the decimal sign of the language."""
        return text.replace(".", ",") if self.language in LANGUAGES else text
