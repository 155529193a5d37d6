"""Let other web sites show the gift form, and have the audit log say who did."""

from datetime import datetime

from largesse.db import Connection
from largesse.domain import embeds
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Audited, ByWhom


async def embed_origins_of(connection: Connection, merchant: Merchant) -> tuple[str, ...]:
    """Return the web sites that may show the gift form of a merchant, as origins."""
    return await embeds.origins_of(connection, merchant.merchant_id)


async def allow_embedding(connection: Connection, merchant: Merchant, origin: str, *, by: ByWhom, now: datetime) -> str:
    """Let a web site show the gift form, and return its origin; audited where it was not so before.

    Raises:
        InvalidEmbedOrigin: it is no origin, or the list is full.
    """
    found = embeds.read_origin(origin, loopback=merchant.is_demo)
    if await embeds.add_origin(connection, merchant.merchant_id, found, now=now):
        await _record(connection, merchant, Audited.EMBED_ORIGIN_ADDED, found, by, now=now)
    return found


async def end_embedding(connection: Connection, merchant: Merchant, origin: str, *, by: ByWhom, now: datetime) -> str:
    """Let a web site show the gift form no more, and return its origin; audited.

    Raises:
        InvalidEmbedOrigin: it is no origin.
        EmbedOriginUnknown: it is not on the list.
    """
    found = embeds.read_origin(origin, loopback=True)
    await embeds.remove_origin(connection, merchant.merchant_id, found)
    await _record(connection, merchant, Audited.EMBED_ORIGIN_REMOVED, found, by, now=now)
    return found


async def _record(
    connection: Connection, merchant: Merchant, what: Audited, origin: str, by: ByWhom, *, now: datetime
) -> None:
    await by.record(connection, merchant.merchant_id, what, subject=merchant.merchant_id, detail=origin, now=now)
