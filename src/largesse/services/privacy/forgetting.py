"""Delete what was sent, once it is older than it is kept; a duty of workers, safe to run on several at once."""

from collections.abc import Awaitable
from datetime import datetime
from typing import Protocol
from uuid import UUID

from largesse import outbox
from largesse.db import Connection
from largesse.domain import gifts, merchants, portal, withdrawals
from largesse.kernel.ids import first_id
from largesse.outbox import Keeping
from largesse.services.privacy.dependencies import PrivacyDependencies

BATCH = 1000


async def forget_old(deps: PrivacyDependencies, keeping: Keeping, *, now: datetime, batch: int = BATCH) -> int:
    """Delete what all merchants keep no longer, and return how many rows.

    That is bodies, deliveries, events, mails, what somebody asked for and was answered, and closed declarations of
    withdrawal that counted for no order.
    """
    async with deps.database.connection() as connection:
        sellers = await merchants.list_merchants(connection)
    gone = 0
    if keeping.events is not None:
        await outbox.drop_old_months(deps.database, before=now - keeping.events, now=now)
    for one in sellers:
        gone += await outbox.forget_old(deps.database, one.merchant_id, keeping, now=now, batch=batch)
        if keeping.events is not None:
            while True:
                async with deps.database.transaction() as connection:
                    before = first_id(now - keeping.events)
                    count = await gifts.forget_mails(connection, one.merchant_id, before=before, limit=batch)
                gone += count
                if count < batch:
                    break
            for forget in (portal.forget_askings, withdrawals.forget_withdrawals):
                gone += await _forgotten(deps, forget, one.merchant_id, before=now - keeping.events, batch=batch)
    return gone


class _Forget(Protocol):
    def __call__(
        self, connection: Connection, merchant_id: UUID, /, *, before: datetime, limit: int
    ) -> Awaitable[int]: ...


async def _forgotten(
    deps: PrivacyDependencies, forget: _Forget, merchant_id: UUID, *, before: datetime, batch: int
) -> int:
    gone, count = 0, batch
    while count == batch:
        async with deps.database.transaction() as connection:
            count = await forget(connection, merchant_id, before=before, limit=batch)
        gone += count
    return gone
