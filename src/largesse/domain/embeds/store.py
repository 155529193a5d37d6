"""The tables of web sites that show a gift form, and of what was handed over from there."""

from datetime import datetime
from uuid import UUID

from largesse.db import Connection, load
from largesse.domain.embeds.errors import EmbedOriginUnknown, InvalidEmbedOrigin
from largesse.domain.embeds.model import ORIGINS_MAX
from largesse.kernel.errors import FieldError

_SQL = load(__package__)


async def origins_of(connection: Connection, merchant_id: UUID) -> tuple[str, ...]:
    """Return the web sites that may show the gift form of a merchant."""
    return tuple(row["origin"] for row in await connection.fetch(_SQL.origins, merchant_id))


async def add_origin(connection: Connection, merchant_id: UUID, origin: str, *, now: datetime) -> bool:
    """Put an origin on the list; return False where it is there already.

    Raises:
        InvalidEmbedOrigin: the list is full.
    """
    await connection.execute(_SQL.lock_merchant, merchant_id)
    known = await origins_of(connection, merchant_id)
    if origin in known:
        return False
    if len(known) >= ORIGINS_MAX:
        advice = f"The list holds {ORIGINS_MAX} web sites. Remove one that needs the form no more."
        raise InvalidEmbedOrigin(fields=[FieldError("origin", "embed_origin.too_many", advice)])
    await connection.execute(_SQL.add, merchant_id, origin, now)
    return True


async def remove_origin(connection: Connection, merchant_id: UUID, origin: str) -> None:
    """Take an origin off the list.

    Raises:
        EmbedOriginUnknown: it is not on it.
    """
    if await connection.fetchrow(_SQL.remove, merchant_id, origin) is None:
        raise EmbedOriginUnknown


async def spend_handover(
    connection: Connection, merchant_id: UUID, handover_id: UUID, *, ends_at: datetime, now: datetime
) -> bool:
    """Spend a token that ends at a moment; return False where somebody has before."""
    await connection.execute(_SQL.forget_ended, merchant_id, now)
    return await connection.fetchrow(_SQL.spend, merchant_id, handover_id, ends_at) is not None
