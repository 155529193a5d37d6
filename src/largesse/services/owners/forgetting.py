"""Keys that were typed for a request that nobody decided in time: kept no longer than the request counts."""

from datetime import datetime
from functools import partial
from uuid import UUID

from largesse.db.turns import Turn, in_turns
from largesse.domain import approvals
from largesse.services.owners.dependencies import OwnerDependencies


async def forget_lapsed(deps: OwnerDependencies, *, now: datetime) -> int:
    """Forget every secret of a request that has lapsed, and return how many those were."""
    async with deps.database.connection() as connection:
        merchants = await approvals.merchants_with_lapsed_secrets(connection, now)
    return await in_turns(merchants, partial(_of_merchant, deps, now=now), now=now)


async def _of_merchant(deps: OwnerDependencies, merchant_id: UUID, *, now: datetime) -> Turn:
    async with deps.database.transaction() as connection:
        return Turn(await approvals.forget_lapsed_secrets(connection, merchant_id, now), more=False)
