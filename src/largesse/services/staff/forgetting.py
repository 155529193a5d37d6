"""Forget sessions that nobody can use any more."""

from datetime import datetime, timedelta
from typing import Final

from largesse.domain import staff
from largesse.services.staff.dependencies import StaffDependencies

KEPT_FOR: Final = timedelta(days=90)
"""Browsers that a person used within this time are not told of as new."""
_AT_ONCE: Final = 1_000


async def forget_sessions(deps: StaffDependencies, *, now: datetime) -> int:
    """Delete sessions that were not used for three months; return how many."""
    forgotten = 0
    while True:
        async with deps.database.transaction() as connection:
            count = await staff.forget_sessions(connection, now - KEPT_FOR, limit=_AT_ONCE)
        forgotten += count
        if count < _AT_ONCE:
            return forgotten
