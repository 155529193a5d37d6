"""How a merchant is paid by hand: written and audited in one transaction."""

from datetime import datetime

from largesse.db import Connection
from largesse.domain import payments
from largesse.domain.merchants import Merchant
from largesse.domain.payments import PaymentInstructions
from largesse.domain.staff import Audited, ByWhom


async def change_instructions(
    connection: Connection,
    merchant: Merchant,
    currency: str,
    wanted: PaymentInstructions | None,
    *,
    by: ByWhom,
    now: datetime,
) -> PaymentInstructions | None:
    """Keep how buyers pay by hand in a currency from now on, or offer nobody to; audited.

    Raises:
        InvalidInstructions: it cannot stand; every field that is wrong is named.
    """
    merchant_id, kept = merchant.merchant_id, None
    if wanted is None:
        await payments.forget_instructions(connection, merchant_id, currency)
    else:
        kept = await payments.write_instructions(connection, merchant_id, wanted, now=now)
    detail = currency if kept else f"{currency}, none"
    written = Audited.PAYMENT_INSTRUCTIONS_WRITTEN
    await by.record(connection, merchant_id, written, subject=merchant_id, detail=detail, now=now)
    return kept
