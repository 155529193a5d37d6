"""The table of rules of breakage."""

from datetime import datetime
from uuid import UUID

from largesse.db import Connection, load
from largesse.db.connection import Row
from largesse.domain.breakage.model import BreakageMethod, BreakageRule, BreakageState

_queries = load(__package__)
_ONE = "UPDATE 1"


async def insert_rule(connection: Connection, rule: BreakageRule) -> None:
    """Write a rule that waits; nothing where it was written before."""
    await connection.execute(
        _queries.insert_rule,
        rule.merchant_id,
        rule.rule_id,
        rule.class_of_value,
        rule.currency,
        rule.method,
        rule.rate_ppm,
        rule.remote_months,
        rule.since,
        rule.why,
        rule.requested_by,
        rule.requester_id,
        rule.requested_at,
    )


async def lock_rule(connection: Connection, merchant_id: UUID, rule_id: UUID) -> BreakageRule | None:
    """Return a rule, locked; None where there is none."""
    row = await connection.fetchrow(_queries.lock_rule, merchant_id, rule_id)
    return None if row is None else _rule(row)


async def decide_rule(
    connection: Connection, rule: BreakageRule, state: BreakageState, *, by: str, alone: bool = False, now: datetime
) -> bool:
    """Write what was decided of a rule; False where that was decided before."""
    key = rule.merchant_id, rule.rule_id
    return await connection.execute(_queries.decide_rule, *key, state, by, now, alone) == _ONE


async def list_rules(connection: Connection, merchant_id: UUID) -> list[BreakageRule]:
    """Return a merchant's rules, the newest first."""
    return [_rule(row) for row in await connection.fetch(_queries.list_rules, merchant_id)]


def _rule(row: Row) -> BreakageRule:
    known = {"method": BreakageMethod(row["method"]), "state": BreakageState(row["state"])}
    return BreakageRule(**{**dict(row), **known})
