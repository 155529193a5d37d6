"""Limits of one person, in place of those of everybody."""

from uuid import UUID

from largesse.db import Connection, load
from largesse.domain.approvals.model import ActLimit, LimitedAct

_queries = load(__package__)


async def own_limits(connection: Connection, merchant_id: UUID) -> dict[UUID, dict[LimitedAct, ActLimit]]:
    """Return the limits of a merchant's people that have, or had, some of their own, by membership and act."""
    found = dict[UUID, dict[LimitedAct, ActLimit]]()
    for row in await connection.fetch(_queries.own_limits, merchant_id):
        values = dict(row)
        act, membership_id = LimitedAct(values.pop("act")), values.pop("membership_id")
        found.setdefault(membership_id, {})[act] = ActLimit(act=act, **values)
    return found


async def own_limit_of(
    connection: Connection, merchant_id: UUID, membership_id: UUID, act: LimitedAct
) -> ActLimit | None:
    """Return the limit of an act that somebody has of their own, None where that of everybody counts."""
    row = await connection.fetchrow(_queries.own_limit_of, merchant_id, membership_id, act.value)
    return ActLimit(**{**dict(row), "act": act}) if row else None


async def put_own_limit(connection: Connection, limit: ActLimit, membership_id: UUID) -> None:
    """Write a limit of somebody's own. The act's own row is written too, which all who do the same wait at."""
    await connection.execute(_queries.keep_limit, limit.merchant_id, limit.act.value)
    await connection.execute(
        _queries.put_own_limit,
        limit.merchant_id,
        membership_id,
        limit.act.value,
        limit.per_act,
        limit.per_day,
        limit.per_certificate,
    )


async def drop_own_limit(connection: Connection, merchant_id: UUID, membership_id: UUID, act: LimitedAct) -> None:
    """Let that of everybody count for somebody again."""
    await connection.execute(_queries.drop_own_limit, merchant_id, membership_id, act.value)
