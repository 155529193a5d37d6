"""Do once what a program asks for under a key, also where it moves no money: claimed, done, and its answer kept."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from uuid import UUID

import structlog

from largesse.db.turns import Turn, in_turns
from largesse.domain import programs
from largesse.kernel.errors import LargesseError
from largesse.services.capabilities import UsesDatabase
from largesse.services.programs.dependencies import ProgramDependencies

_log = structlog.get_logger()


async def answer_once(
    deps: ProgramDependencies,
    merchant_id: UUID,
    request_id: UUID,
    asked: bytes,
    work: Callable[[], Awaitable[tuple[str, UUID | None]]],
    *,
    now: datetime,
) -> tuple[str, bool]:
    """Return what `work` answers, and whether it did so before under the same id; `work` says what it was about, too.

    A process that dies in the middle leaves its claim; after two minutes the next one takes it over, so `work` makes
    everything under ids that follow from the request's.

    Raises:
        RequestClaimed: somebody else is at it.
        OperationConflict: the id was used for something else.
        LargesseError: `work` refuses; the next time it is asked anew.
    """
    async with deps.database.transaction() as connection:
        claim = await programs.claim_request(connection, deps.keyring, merchant_id, request_id, asked, now=now)
    if isinstance(claim, str):
        return claim, True
    try:
        answer, resource_id = await work()
    except BaseException:
        await _let_go(deps, claim)
        raise
    async with deps.database.transaction() as connection:
        await programs.answer_request(connection, deps.keyring, claim, answer, resource_id=resource_id)
    return answer, False


async def _let_go(deps: ProgramDependencies, claim: programs.RequestClaim) -> None:
    """Let others ask anew at once; where the database cannot be reached, they may after two minutes."""
    try:
        async with deps.database.transaction() as connection:
            await programs.release_request(connection, claim)
    except LargesseError as error:
        _log.warning("claim_not_released", error_code=error.code)


async def forget_requests(deps: UsesDatabase, *, now: datetime) -> int:
    """Delete answers that are kept no longer, and return how many."""
    async with deps.database.connection() as connection:
        merchants = await programs.merchants_with_old_requests(connection, now=now)
    return await in_turns(merchants, partial(_forget_some, deps, now=now), now=now)


async def _forget_some(deps: UsesDatabase, merchant_id: UUID, *, now: datetime) -> Turn:
    async with deps.database.transaction() as connection:
        count, more = await programs.forget_requests(connection, merchant_id, now=now)
    return Turn(count, more=more)
