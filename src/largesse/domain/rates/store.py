"""The table of exchange rates."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from largesse.db import Connection, load
from largesse.domain.rates.errors import RateMissing
from largesse.domain.rates.model import GOOD_FOR, Rate

_queries = load(__package__)


async def put_rates(connection: Connection, rates: Sequence[Rate]) -> None:
    """Keep rates of one merchant and one source; one of the same day and currency is set anew."""
    if not rates:
        return
    first = rates[0]
    last = {(one.currency, one.day): one for one in rates}
    await connection.execute(
        _queries.put_rates, first.merchant_id, [one.currency for one in last.values()], first.source, first.set_by,
        first.set_at, [one.day for one in last.values()], [one.rate for one in last.values()],
    )  # fmt: skip


async def rate_on(connection: Connection, merchant_id: UUID, currency: str, day: date) -> Rate:
    """Return the rate of a currency on a day: the latest that is not older than `GOOD_FOR`.

    Raises:
        RateMissing: none is known.
    """
    row = await connection.fetchrow(_queries.rate_on, merchant_id, currency, day, day - GOOD_FOR)
    if row is None:
        raise RateMissing(currency, day.isoformat())
    return Rate(**row)


async def list_rates(
    connection: Connection, merchant_id: UUID, currency: str | None = None, *, limit: int = 100
) -> list[Rate]:
    """Return a merchant's rates, or those of a currency, the newest first."""
    return [Rate(**row) for row in await connection.fetch(_queries.list_rates, merchant_id, currency, limit)]
