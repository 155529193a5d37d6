"""The duties of imports: go on with what is under way, and forget files that were brought and never imported."""

from datetime import datetime, timedelta
from typing import Final

from largesse.domain import imports, merchants
from largesse.services.imports.dependencies import ImportDependencies
from largesse.services.imports.reversing import take_back
from largesse.services.imports.running import run

STAGED_FOR: Final = timedelta(days=7)


async def run_due(deps: ImportDependencies, *, now: datetime) -> int:
    """Do the work of all imports that are under way; return how many there were. Safe on several workers at once."""
    async with deps.database.connection() as connection:
        waiting = await imports.under_way(connection)
    for merchant_id, import_id in waiting:
        async with deps.database.connection() as connection:
            merchant = await merchants.merchant_of_id(connection, merchant_id)
        await run(deps, merchant, import_id, now=now)
        await take_back(deps, merchant, import_id, now=now)
    return len(waiting)


async def forget_staged(deps: ImportDependencies, *, now: datetime) -> int:
    """Forget files that were brought a week ago and never imported: they are full of numbers."""
    before = now - STAGED_FOR
    async with deps.database.connection() as connection:
        waiting = await imports.merchants_with_staged(connection, before=before)
    forgotten = 0
    for merchant_id in waiting:
        async with deps.database.transaction() as connection:
            forgotten += await imports.forget_staged(connection, merchant_id, before=before)
    return forgotten
