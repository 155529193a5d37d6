"""Forget sessions on devices that nobody can use any more."""

from datetime import datetime, timedelta
from typing import Final

from largesse.domain import approvals, merchants, tills
from largesse.services.staff import StaffDependencies

KEPT_FOR: Final = timedelta(days=90)
TYPED_KEPT_FOR: Final = timedelta(hours=12)


async def forget_sessions(deps: StaffDependencies, *, now: datetime) -> int:
    """Delete the sessions on devices that were not used for three months; return how many.

    What was typed on forms, and never came to anything, is forgotten after half a day.
    """
    async with deps.database.connection() as connection:
        found, count = await merchants.merchant_ids(connection), 0
    for merchant_id in found:
        async with deps.database.transaction() as connection:
            count += await tills.forget_till_sessions(connection, merchant_id, now - KEPT_FOR)
            await tills.forget_begun(connection, merchant_id, now - TYPED_KEPT_FOR)
            await approvals.forget_till_forms(connection, merchant_id, now - TYPED_KEPT_FOR)
    return count
