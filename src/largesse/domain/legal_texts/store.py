"""The legal_texts table."""

from datetime import datetime
from uuid import UUID

import msgspec

from largesse.db import Connection, load
from largesse.domain.legal_texts.errors import InvalidLegalText, LegalTextChanged
from largesse.domain.legal_texts.model import LegalText, LegalTextDraft, LegalTexts, faults_of, tidied

_SQL = load(__package__)


async def legal_texts_of(
    connection: Connection, merchant_id: UUID, *, usual: str, at: datetime | None = None
) -> LegalTexts:
    """Return the texts of a merchant, as they stood at a moment or as they stand; `usual` is its own language."""
    rows = await connection.fetch(_SQL.newest, merchant_id, at)
    return LegalTexts([msgspec.convert(dict(row), LegalText) for row in rows], usual=usual)


async def write_legal_text(
    connection: Connection, merchant_id: UUID, draft: LegalTextDraft, *, now: datetime
) -> LegalText:
    """Write the next version of a text; the versions before stay.

    Raises:
        InvalidLegalText: it cannot stand; every field that is wrong is named.
        LegalTextChanged: there is a version after the one that was seen.
    """
    wanted = tidied(draft)
    if faults := list(faults_of(wanted)):
        raise InvalidLegalText(fields=faults)
    values = (merchant_id, wanted.kind.value, wanted.language, wanted.seen + 1, wanted.text, wanted.link, now)
    row = await connection.fetchrow(_SQL.add, *values)
    if row is None:
        raise LegalTextChanged
    return msgspec.convert(dict(row), LegalText)
