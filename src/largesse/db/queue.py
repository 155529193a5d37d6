"""Who waits for a batch, and who is let in to wait."""

import asyncio
from collections.abc import Hashable
from typing import Generic, TypeVar

from largesse.db.database import DEADLINE_S
from largesse.db.lanes import MerchantLanes, Turns
from largesse.kernel.errors import Unavailable
from largesse.kernel.time_limits import limit

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")

BULK_ADMITTED_MAX = 1_000
# What is left of a caller's time when its turn comes: with less, it is not begun.
TURN_S_MIN = 1.0


class QueueFull(Unavailable):
    """More work waits than can be done in good time."""

    code = "queue.full"


class ShuttingDown(Unavailable):
    """This process is stopping and takes nothing more."""

    code = "shutting_down"
    message = "This server is restarting. Nothing was done; try again in a moment."


class Waiter(Generic[Item, Outcome]):
    """One item, the caller who waits for its outcome, and until when, by the event loop's clock.

    Whose it is, its weight and whether it is done in bulk decide when its turn comes.
    """

    __slots__ = ("answer", "bulk", "item", "merchant", "until", "weight")

    def __init__(self, item: Item, *, merchant: Hashable, weight: int, bulk: bool) -> None:
        loop = asyncio.get_running_loop()
        self.item = item
        self.answer: asyncio.Future[Outcome] = loop.create_future()
        self.merchant = merchant
        self.weight = weight
        self.bulk = bulk
        self.until = loop.time() + limit(DEADLINE_S)

    def tell(self, outcome: Outcome) -> None:
        """Give the caller the outcome. One that went away changes nothing: the outcome stands all the same."""
        if not self.answer.done():
            self.answer.set_result(outcome)

    def refuse(self, error: Exception, *, cause: BaseException | None = None) -> None:
        """Give the caller an error."""
        if not self.answer.done():
            error.__cause__ = error.__cause__ or cause
            self.answer.set_exception(error)


class Queue(Generic[Item, Outcome]):
    """Bound what waits: interactive items by their number, bulk by letting in so much of it at a time.

    Bulk is refused for no want of space or time: a bounded number of its items is let in, in turns of merchants, and
    the others stand before the lanes until those are answered.
    """

    def __init__(self, lanes: MerchantLanes[Waiter[Item, Outcome]], *, queue_max: int) -> None:
        self._lanes = lanes
        self._queue_max = queue_max
        self._not_admitted = Turns[Waiter[Item, Outcome]]()
        self._bulk_weight = 0

    def __len__(self) -> int:
        """Return how many items wait for a batch."""
        return len(self._lanes)

    @property
    def interactive(self) -> int:
        """Return how many items wait that are not bulk."""
        return self._lanes.interactive

    def add(self, waiter: Waiter[Item, Outcome]) -> None:
        """Let an item wait for its batch.

        Raises:
            QueueFull: too much waits already.
        """
        if waiter.bulk:
            self._not_admitted.add(waiter)
            self._admit()
        elif self._is_full_for(waiter.merchant):
            raise QueueFull
        else:
            self._lanes.add(waiter)

    def take(self) -> list[Waiter[Item, Outcome]]:
        """Return the next batch, without those who waited too long: they are told that nothing was done.

        Bulk has all the time that it needs to come to its turn.
        """
        now = asyncio.get_running_loop().time()
        batch = []
        for waiter in self._lanes.take():
            if waiter.bulk:
                waiter.until = now + limit(DEADLINE_S)
            if waiter.until < now + TURN_S_MIN:
                waiter.refuse(QueueFull())
            else:
                batch.append(waiter)
        return batch

    def let_go(self, waiter: Waiter[Item, Outcome]) -> bool:
        """Return whether there is more to do, now that an item was answered which had been let in."""
        if not waiter.bulk:
            return False
        self._bulk_weight -= waiter.weight
        self._admit()
        return len(self._lanes) > 0

    def close(self) -> None:
        """Turn away whoever was not let in yet."""
        while self._not_admitted:
            self._not_admitted.take().refuse(ShuttingDown())

    def _is_full_for(self, merchant: Hashable) -> bool:
        """Return whether too much waits; a merchant of whom less waits than its equal share has some space beyond."""
        waiting = self._lanes.interactive
        if waiting < self._queue_max:
            return False
        share = self._queue_max // (self._lanes.merchants + 1)
        return waiting >= 2 * self._queue_max or self._lanes.weight_of(merchant) >= share

    def _admit(self) -> None:
        while self._not_admitted:
            weight = self._not_admitted.first.weight
            if self._bulk_weight and self._bulk_weight + weight > BULK_ADMITTED_MAX:
                break
            waiter = self._not_admitted.take()
            if not waiter.answer.done():  # a caller that went away before its turn wants nothing any more
                self._bulk_weight += weight
                self._lanes.add(waiter)
