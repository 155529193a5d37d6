"""Which law profile a merchant goes by: a choice that the audit log keeps."""

from datetime import datetime

from largesse.db import Connection
from largesse.domain import law
from largesse.domain.law import LawChoice, MerchantLaw, WhenUnknown
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Audited, ByWhom


async def choose_law(
    connection: Connection,
    merchant: Merchant,
    code: str | None,
    *,
    refuses: bool = False,
    when_unknown: WhenUnknown = WhenUnknown.WAIT,
    actor: str,
    why: str | None = None,
    now: datetime,
) -> MerchantLaw | None:
    """Let a merchant go by the profile of a code from now on, or by none, and return what it goes by.

    Raises:
        LawProfileUnknown: there is no profile of that code.
    """
    if code is None:
        await law.choose_none(connection, merchant.merchant_id)
        said = "none"
    else:
        known = law.find_profile(code).code
        choice = LawChoice(
            merchant_id=merchant.merchant_id, code=known, refuses=refuses, when_unknown=when_unknown, chosen_at=now
        )
        await law.choose(connection, choice)
        said = f"{known}, {'refuse' if refuses else 'warn'}, {when_unknown} where unknown"
    subject = str(merchant.merchant_id)
    by = ByWhom(actor=actor, why=why)
    await by.record(connection, merchant.merchant_id, Audited.LAW_CHOSEN, subject=subject, detail=said, now=now)
    return await law.law_of(connection, merchant.merchant_id)
