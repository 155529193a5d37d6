"""Sums of what happened in shops, in the database."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final
from uuid import UUID

import msgspec

from largesse.db import Connection, load
from largesse.domain.shop_counts.model import KEPT_DAYS, ShopCount, bounded
from largesse.kernel.campaigns import Campaign

_queries = load(__package__)
_ENCODER: Final = msgspec.json.Encoder()


async def add_counts(
    connection: Connection, merchant_id: UUID, counted_on: date, counts: Mapping[ShopCount, int]
) -> None:
    """Add to the sums of a merchant's day, in the caller's transaction; one process does so after the other."""
    await connection.execute(_queries.lock_day, merchant_id, counted_on)
    rows = await connection.fetch(_queries.campaigns_of_day, merchant_id, counted_on)
    known = frozenset(Campaign(*row.values()) for row in rows)
    counted_as = bounded(known, dict.fromkeys(one.campaign for one in counts))
    sums = dict[tuple[UUID, str, Campaign], dict[str, int]]()
    for one, times in counts.items():
        line = sums.setdefault((one.offering_id, one.language, counted_as[one.campaign]), {})
        line[one.happened.value] = line.get(one.happened.value, 0) + times
    lines = [
        {"offering_id": offering_id, "language": language, **msgspec.structs.asdict(campaign), **line}
        for (offering_id, language, campaign), line in sums.items()
    ]
    await connection.execute(_queries.add_counts, merchant_id, counted_on, _ENCODER.encode(lines).decode())


async def counts_to_forget(connection: Connection, *, today: date) -> list[UUID]:
    """Return who has sums that are kept no longer."""
    rows = await connection.fetch(_queries.counts_to_forget, today - timedelta(days=KEPT_DAYS))
    return [row["merchant_id"] for row in rows]


async def forget_counts(connection: Connection, merchant_id: UUID, *, today: date) -> int:
    """Delete sums that are kept no longer, and return how many."""
    status = await connection.execute(_queries.forget_counts, merchant_id, today - timedelta(days=KEPT_DAYS))
    return int(status.rpartition(" ")[2])
