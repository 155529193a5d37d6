"""The texts that the law asks for: of five kinds, each in several languages, each in versions that never change.

Which of them an order was shown follows from its language and the moment at which it was placed: the newest that was
written before (docs/decisions/0169-legal-texts.md).
"""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from largesse.kernel import free_text
from largesse.kernel.errors import FieldError
from largesse.ui import LANGUAGES

TEXT_MAX: Final = 40_000
LINK_MAX: Final = 400
_LINK: Final = re.compile(r"https://[^\s/?#\\.]+\.[^\s\\]+")


class LegalKind(StrEnum):
    """What a text is about. The words are stored, and stand in addresses: never renamed."""

    IMPRINT = "imprint"
    """Who answers for the shop."""
    PRIVACY = "privacy"
    """What becomes of personal data."""
    TERMS = "terms"
    """On what terms is sold."""
    WITHDRAWAL = "withdrawal"
    """How a buyer withdraws, with the form for it."""
    ACCESSIBILITY = "accessibility"
    """How far everybody can use the shop."""


class LegalText(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a text: its words, or a link to them elsewhere; with neither it was taken away."""

    merchant_id: UUID
    kind: LegalKind
    language: str
    version: int
    text: str
    link: str
    written_at: datetime

    @property
    def is_given(self) -> bool:
        """Return whether there is anything to read."""
        return bool(self.text or self.link)


class LegalTextDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A text as it was typed: `text` or `link`, or neither to take it away. `seen` is the version it is to replace."""

    kind: LegalKind
    language: str
    text: str = ""
    link: str = ""
    seen: int = 0


class LegalTexts:
    """The newest version of each text of a merchant, `usual` being the merchant's own language."""

    def __init__(self, texts: Iterable[LegalText], *, usual: str) -> None:
        self._usual = usual
        self._newest = {(one.kind, one.language): one for one in texts}

    @property
    def kinds(self) -> tuple[LegalKind, ...]:
        """Return of what there is something to read, in whatever language, in the order in which feet name them."""
        known = {one.kind for one in self._newest.values() if one.is_given}
        return tuple(kind for kind in LegalKind if kind in known)

    @property
    def all(self) -> tuple[LegalText, ...]:
        """Return the newest versions of all, those that were taken away as well."""
        return tuple(self._newest.values())

    def read_in(self, language: str, kind: LegalKind) -> LegalText | None:
        """Return a text in a language: else in the merchant's, else in any; None where there is none at all."""
        given = {key[1]: one for key, one in self._newest.items() if key[0] is kind and one.is_given}
        wanted = (language, self._usual, *sorted(given))
        return next((given[one] for one in wanted if one in given), None)

    def version_of(self, kind: LegalKind, language: str) -> int:
        """Return the number of the newest version, 0 before there is one."""
        known = self._newest.get((kind, language))
        return known.version if known else 0


def faults_of(draft: LegalTextDraft) -> Iterator[FieldError]:
    """Yield what is wrong with a text."""
    if draft.language not in LANGUAGES:
        advice = f"Name one of the languages that pages speak: {', '.join(LANGUAGES)}."
        yield FieldError("language", "language.unknown", advice)
    if len(draft.text) > TEXT_MAX:
        advice = f"The text has {len(draft.text)} of {TEXT_MAX} characters; take out {len(draft.text) - TEXT_MAX}."
        yield FieldError("text", "legal_text.too_long", advice)
    if draft.link and (len(draft.link) > LINK_MAX or not _LINK.fullmatch(draft.link)):
        advice = f"Give an address of at most {LINK_MAX} characters that begins with https://."
        yield FieldError("link", "legal_text.link.invalid", advice)
    if draft.text and draft.link:
        yield FieldError("link", "legal_text.both", "Give the text itself or a link to it, not both.")


def tidied(draft: LegalTextDraft) -> LegalTextDraft:
    """Return a draft without what nobody sees."""
    return msgspec.structs.replace(draft, text=free_text.lines(draft.text), link=draft.link.strip())
