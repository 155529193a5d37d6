"""The limit_counts table."""

from datetime import datetime, timedelta

import msgspec

from largesse.db import Connection, load

_queries = load(__package__)

FORGET_AFTER = timedelta(days=1)
FORGET_AT_ONCE = 1_000
_RIGHT = ".right"


class LimitTerms(msgspec.Struct, frozen=True, kw_only=True):
    """What a limit allows: `most` uses within a while, and `overall` those of everybody together."""

    name: str
    most: int
    within: timedelta
    longest: timedelta
    overall: int | None


async def take(
    connection: Connection,
    terms: LimitTerms,
    subject: bytes,
    *,
    everybody: bytes | None,
    now: datetime,
    count: int = 1,
) -> datetime | None:
    """Count so many uses and return when their window ends; None, and nothing counted, where not so many are left."""
    assert 0 < count <= terms.most
    ends_at: datetime | None = await connection.fetchval(
        _queries.take,
        terms.name,
        subject,
        everybody if terms.overall is not None else None,
        now,
        terms.most,
        terms.within,
        terms.longest,
        terms.overall,
        count,
    )
    return ends_at


async def window_end(connection: Connection, terms: LimitTerms, subject: bytes) -> datetime | None:
    """Return when the window of a subject ends, None where it has none."""
    ends_at: datetime | None = await connection.fetchval(_queries.window_end, terms.name, subject)
    return ends_at


async def give_back(connection: Connection, terms: LimitTerms, subject: bytes, *, ends_at: datetime) -> None:
    """Take back a use that was counted in the window that ends at a moment."""
    await connection.execute(_queries.give_back, terms.name, subject, ends_at)


async def count_for_all(connection: Connection, terms: LimitTerms, subject: bytes, *, now: datetime) -> None:
    """Count a miss for everybody together."""
    await connection.execute(_queries.count_for_all, terms.name, subject, now, terms.within)


async def remember(connection: Connection, terms: LimitTerms, subject: bytes, *, until: datetime) -> None:
    """Remember a subject until a moment."""
    await connection.execute(_queries.remember, terms.name + _RIGHT, subject, until)


async def is_remembered(connection: Connection, terms: LimitTerms, subject: bytes, *, now: datetime) -> bool:
    """Return whether a subject is remembered."""
    found: bool = await connection.fetchval(_queries.is_remembered, terms.name + _RIGHT, subject, now)
    return found


async def forget_ended(connection: Connection, *, now: datetime) -> int:
    """Delete counts of windows that ended so long ago that they lengthen no other; return how many went."""
    return len(await connection.fetch(_queries.forget_ended, now - FORGET_AFTER, FORGET_AT_ONCE))
