"""Create a merchant with what each has from its beginning: a legal entity, and a location."""

from datetime import datetime

from largesse.db import Connection
from largesse.domain import locations, merchants
from largesse.domain.merchants import Merchant, MerchantDraft


async def open_merchant(connection: Connection, draft: MerchantDraft, *, now: datetime) -> Merchant:
    """Create a merchant with its default legal entity and its default location, and return it.

    Raises:
        InvalidMerchant: some of its details cannot stand; every one is named.
        MerchantTaken: another merchant has its slug or number, or a prefix that reads the same.
    """
    merchant = await merchants.create_merchant(connection, draft, now=now)
    await locations.create_defaults(
        connection, merchant.merchant_id, name=merchant.name, currency=merchant.currency, now=now
    )
    return merchant
