"""Write the texts that the law asks for, and have the audit log say who did."""

from datetime import datetime

from largesse.db import Connection
from largesse.domain import legal_texts
from largesse.domain.legal_texts import LegalText, LegalTextDraft, LegalTexts
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Audited, ByWhom


async def legal_texts_of(connection: Connection, merchant: Merchant, *, at: datetime | None = None) -> LegalTexts:
    """Return the texts of a merchant, as they stood at a moment or as they stand, to be read in any language."""
    return await legal_texts.legal_texts_of(connection, merchant.merchant_id, usual=merchant.language, at=at)


async def write_legal_text(
    connection: Connection, merchant: Merchant, draft: LegalTextDraft, *, by: ByWhom, now: datetime
) -> LegalText:
    """Write a text, or take it away; audited.

    Raises:
        InvalidLegalText, LegalTextChanged: as `legal_texts.write_legal_text`.
    """
    written = await legal_texts.write_legal_text(connection, merchant.merchant_id, draft, now=now)
    await by.record(
        connection,
        merchant.merchant_id,
        Audited.LEGAL_TEXT_WRITTEN,
        subject=merchant.merchant_id,
        detail=f"{written.kind}, {written.language}, version {written.version}",
        now=now,
    )
    return written
