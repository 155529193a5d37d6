"""Seal the journals of merchants, and tell each merchant of its seals, so that a copy lies outside."""

from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

import structlog

from largesse.db.turns import Turn, in_turns
from largesse.kernel.errors import Unavailable
from largesse.ledger import (
    Seal,
    SealedMeanwhile,
    SealNotFound,
    anything_to_seal,
    find_seal,
    make_seal,
    merchants_to_seal,
)
from largesse.services import alerts
from largesse.services.seals.dependencies import SealDependencies

_log = structlog.get_logger()

_SEALS_MAX: Final = 5


async def seal(deps: SealDependencies, merchant_id: UUID, *, now: datetime) -> Seal | None:
    """Seal all that was recorded of a merchant until now; None where nothing was since the last seal.

    Of several at once, one makes the seal, and the others do nothing.

    Raises:
        BooksMissing: the merchant has no books.
    """
    async with deps.database.dedicated() as connection:
        if not await anything_to_seal(connection, merchant_id):
            return None
        await deps.ledger.move_cut(connection, merchant_id, now=now)
    try:
        async with deps.transaction(long=True) as connection:
            made = await make_seal(connection, merchant_id, now=now)
            if made is not None:
                await alerts.of_seal(connection, made, now=now)
    except SealedMeanwhile:
        return None
    return made


async def newest_seal(deps: SealDependencies, merchant_id: UUID, *, now: datetime) -> Seal | None:
    """Return a seal that covers all that was booked until now, made here if need be; None where nothing ever was."""
    for _ in range(_SEALS_MAX):
        made = await seal(deps, merchant_id, now=now)
        if made is not None:
            return made
        async with deps.database.connection() as connection:
            if not await anything_to_seal(connection, merchant_id):
                break
    async with deps.database.connection() as connection:
        try:
            return await find_seal(connection, merchant_id)
        except SealNotFound:
            return None


async def seal_due(deps: SealDependencies, *, now: datetime) -> int:
    """Seal the journals of all merchants whose business day has ended, and return how many seals were made."""
    async with deps.database.connection() as connection:
        merchants = await merchants_to_seal(connection, now=now)
    return await in_turns(merchants, partial(_seal_one, deps, now=now), now=now)


async def _seal_one(deps: SealDependencies, merchant_id: UUID, *, now: datetime) -> Turn:
    try:
        made = await seal(deps, merchant_id, now=now)
    except Unavailable:
        raise
    except Exception as error:  # noqa: BLE001 - one merchant that cannot be sealed must not keep the others
        _log.error("seal_failed", merchant_id=str(merchant_id), exc_info=error)
        return Turn(0, more=False)
    return Turn(int(made is not None), more=False)
