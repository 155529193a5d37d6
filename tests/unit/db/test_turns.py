"""Work over all merchants: nobody waits for another's last row, and nobody is always the last."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from largesse.db.turns import Turn, in_fair_order, in_turns

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MERCHANTS = [UUID(int=number) for number in range(1, 6)]


class Work:
    """So many things that each merchant waits for; a turn does two of them."""

    def __init__(self, waiting: dict[UUID, int]) -> None:
        self.waiting = dict(waiting)
        self.turns = list[UUID]()

    async def turn(self, merchant_id: UUID) -> Turn:
        self.turns.append(merchant_id)
        done = min(2, self.waiting[merchant_id])
        self.waiting[merchant_id] -= done
        return Turn(done, more=done == 2)


@pytest.mark.parametrize("at_once", [1, 3, 100])
async def test_everything_is_done_and_who_has_little_does_not_wait_for_who_has_much(at_once: int) -> None:
    work = Work(dict.fromkeys(MERCHANTS, 1) | {MERCHANTS[0]: 7})
    assert await in_turns(MERCHANTS, work.turn, now=NOW, at_once=at_once) == 11
    assert sorted(work.turns[:5]) == MERCHANTS, "everyone has one turn before anybody has two"
    assert work.turns[5:] == [MERCHANTS[0]] * 3


async def test_nothing_to_do_is_done_at_once() -> None:
    assert await in_turns([], Work({}).turn, now=NOW) == 0


def test_the_order_follows_from_the_moment_and_changes_with_it() -> None:
    orders = [in_fair_order(MERCHANTS, now=NOW + timedelta(seconds=at)) for at in range(40)]
    assert in_fair_order(reversed(MERCHANTS), now=NOW) == orders[0]
    assert {order[-1] for order in orders} == set(MERCHANTS), "each is the last at times"
