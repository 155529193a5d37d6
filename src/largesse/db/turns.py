"""Work over all merchants: whoever has something due gets a turn, one merchant to a statement.

A statement over all merchants would go to every node of a distributed database, and a merchant with a million rows
would keep the others waiting (docs/decisions/0086-work-over-all-merchants.md).
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from uuid import UUID

import msgspec

from largesse.kernel.ids import derived_id


class Turn(msgspec.Struct, frozen=True):
    """What one turn of a merchant did, and whether it is to have another."""

    done: int
    more: bool


async def in_turns(
    merchants: Iterable[UUID],
    turn: Callable[[UUID], Awaitable[Turn]],
    *,
    now: datetime,
    at_once: int = 1,
) -> int:
    """Give each merchant a turn, then those that have more another, until none has; return how much was done.

    Each call has another order, so that nobody is always the last. `at_once` turns run side by side.
    """
    waiting = in_fair_order(merchants, now=now)
    done = 0
    while waiting:
        after = list[UUID]()
        for start in range(0, len(waiting), at_once):
            some = waiting[start : start + at_once]
            turns = await asyncio.gather(*(turn(merchant_id) for merchant_id in some))
            done += sum(one.done for one in turns)
            after += [merchant_id for merchant_id, one in zip(some, turns, strict=True) if one.more]
        waiting = after
    return done


def in_fair_order(merchants: Iterable[UUID], *, now: datetime) -> list[UUID]:
    """Return merchants in an order of chance that follows from them and the moment alone."""
    moment = now.isoformat()
    return sorted(merchants, key=lambda merchant_id: derived_id("turn", merchant_id, moment))
