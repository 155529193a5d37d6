"""Write the texts that the law asks for, and have the audit log say who did."""

from datetime import date, datetime

from largesse.db import Connection
from largesse.domain import law, legal_texts
from largesse.domain.law import WithdrawalRule
from largesse.domain.legal_texts import LegalText, LegalTextDraft, LegalTexts
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Audited, ByWhom
from largesse.kernel.clock import day_of


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


async def withdrawal_rule(
    connection: Connection, merchant: Merchant, *, bought_on: date, now: datetime
) -> WithdrawalRule | None:
    """Return what the law that a merchant goes by says of withdrawing from what was bought on a day; None: nothing."""
    found = await law.law_of(connection, merchant.merchant_id)
    if found is None:
        return None
    return law.withdrawal_of(found.profile, bought_on=bought_on, today=day_of(now, in_zone=merchant.zone))


async def offers_withdrawal(connection: Connection, merchant: Merchant, *, now: datetime) -> bool:
    """Return whether buyers of a merchant have the right to withdraw, so that its pages lead to how it is done."""
    today = day_of(now, in_zone=merchant.zone)
    return await withdrawal_rule(connection, merchant, bought_on=today, now=now) is not None
