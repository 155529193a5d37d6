"""What is being changed of the catalogue and not published yet, and how two who change the same are told apart.

A draft stands beside what it will change: buyers see nothing of it before it is published. It remembers what it was
begun from, so that a change which somebody else published meanwhile is told to whoever publishes, and not lost.
"""

import hashlib
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from largesse.domain.catalog.errors import CatalogueChanged
from largesse.domain.catalog.model import OfferingDraft, OfferingStatus
from largesse.domain.catalog.promos import PromoDraft
from largesse.domain.catalog.theme import Theme

NEW: Final = ""
"""The revision of what does not stand yet."""


class DraftedKind(StrEnum):
    """What a draft is of."""

    OFFERING = "offering"
    THEME = "theme"


class CatalogueDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What something of the catalogue is to become.

    `draft_id` is the id of the offering, also of one that does not stand yet, or the merchant's own for the theme.
    `seen` is the revision of what stood when the draft was begun.
    """

    merchant_id: UUID
    draft_id: UUID
    kind: DraftedKind
    content: str
    seen: str
    changed_by: str
    changed_at: datetime

    @property
    def revision(self) -> str:
        """Return what tells this state of the draft from another one."""
        return _digest(self.content.encode() + self.seen.encode())

    @property
    def offering(self) -> OfferingDraft:
        """Return the offering that it is of."""
        return msgspec.json.decode(self.content, type=OfferingDraft)

    @property
    def theme(self) -> Theme:
        """Return the theme that it is of."""
        return msgspec.json.decode(self.content, type=Theme)


Drafted = OfferingDraft | PromoDraft | Theme


def revision_of(content: Drafted) -> str:
    """Return what tells this state of something from another: a fingerprint of all that a form of it changes.

    The place among others and whether it is shown are changed apart, and uses and stock by buyers; they are not in it.
    """
    return _digest(msgspec.json.encode(_bare(content), order="deterministic"))


def is_same(content: Drafted, other: Drafted) -> bool:
    """Return whether two states differ in nothing that a form changes."""
    return _bare(content) == _bare(other)


def check_seen(stands: Drafted, seen: str | None) -> None:
    """Let a change pass that was begun from what stands. None: whoever changes it has looked at nothing.

    Raises:
        CatalogueChanged: somebody else has changed it meanwhile.
    """
    if seen is not None and seen != revision_of(stands):
        raise CatalogueChanged


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:20]


def _bare(content: Drafted) -> Drafted:
    if isinstance(content, OfferingDraft):
        plain = {name: getattr(content, name) for name in OfferingDraft.__struct_fields__}
        return OfferingDraft(**{**plain, "sort": 0, "status": OfferingStatus.ACTIVE})
    if isinstance(content, PromoDraft):
        return PromoDraft(**{name: getattr(content, name) for name in PromoDraft.__struct_fields__})
    return content
