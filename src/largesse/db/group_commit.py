"""Group commit: many callers, one transaction.

Each caller submits one item and waits. A runner fills a batch from what waits (`lanes`: merchants take turns), handles
it in one transaction, and answers all callers after COMMIT. While a batch is being committed the next one gathers, so
the busier the installation, the larger the batches and the cheaper each item.

A handler must decide items in order, return one outcome per item, and be safe to run again after a lost connection at
COMMIT: that is what operation ids are for. An item that makes the whole batch fail, or takes it too long, is found by
bisection; it alone gets the error. That is done aside, and so is waiting for what somebody else has locked: the runner
goes on with the next batch.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Sequence
from datetime import timedelta
from typing import Any, Generic, NamedTuple, TypeVar

from largesse.db.connection import Connection
from largesse.db.database import ATTEMPTS_MAX, BACKOFF, Database
from largesse.db.faults import (
    Contended,
    DatabaseUnavailable,
    OutcomeUnknown,
    contended,
    key_taken,
    lock_missed,
    unreachable,
)
from largesse.db.lanes import MerchantLanes
from largesse.db.queue import Queue, ShuttingDown, Waiter
from largesse.kernel.backoff import Backoff
from largesse.kernel.errors import LargesseError
from largesse.kernel.time_limits import limit

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")


class Locked(NamedTuple):
    """Stand for the outcome of an item for which nothing was done, since somebody else holds what it needs: `key`."""

    key: Hashable


Handler = Callable[[Connection, Sequence[Item]], Awaitable[Sequence[Outcome | LargesseError | Locked]]]

BATCH_MAX = 500
QUEUE_MAX = 10_000
LINGER_S = 0.004
# How long a batch may take. A half of one that took longer has half of that, so that whatever is too slow is found
# before those who were in its batch have waited too long.
BATCH_S = 3.0
BATCH_S_MIN = 0.25
# How often a batch is tried that others were in the way of; then it is halved.
DEADLOCKS_MAX = 2
# How long a lock is waited for at a time, so that nobody is kept from a session for long, and the pauses between.
LOCK_WAIT_S = 0.2
LOCK_PAUSE = Backoff.doubling(timedelta(milliseconds=20), times=4)


class GroupCommit(Generic[Item, Outcome]):
    """Gather items and hand them to `handler` in batches, each batch in one transaction.

    `merchant_of` tells whose an item is, `weigh` how much of a batch it takes. Items that `handler` finds `Locked` are
    handed to `patient`, which waits for its locks, in transactions of their own. `runners` batches may be in progress
    at once. Start with `async with`; leaving it finishes what was accepted.
    """

    def __init__(
        self,
        database: Database,
        handler: Handler[Item, Outcome],
        *,
        merchant_of: Callable[[Item], Hashable],
        weigh: Callable[[Item], int] = lambda _: 1,
        patient: Handler[Item, Outcome] | None = None,
        runners: int = 1,
        batch_max: int = BATCH_MAX,
        queue_max: int = QUEUE_MAX,
    ) -> None:
        # Called with the size of each batch after its COMMIT: for whoever counts, and whoever must be woken.
        self.on_commit: Callable[[int], None] | None = None
        self._database = database
        self._handler = handler
        self._patient = patient or handler
        self._merchant_of = merchant_of
        self._weigh = weigh
        self._runners = runners
        self._batch_max = batch_max
        lanes = MerchantLanes[Waiter[Item, Outcome]](batch_max=batch_max, one_merchant=database.one_merchant_batches)
        self._queue = Queue(lanes, queue_max=queue_max)
        self._locked: dict[Hashable, deque[Waiter[Item, Outcome]]] = {}
        self._wake = asyncio.Event()
        self._enough = 1
        self._closing = False
        self._tasks: list[asyncio.Task[None]] = []
        self._aside: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> "GroupCommit[Item, Outcome]":
        self._tasks = [asyncio.create_task(self._run()) for _ in range(self._runners)]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closing = True
        self._queue.close()
        self._wake.set()
        await asyncio.gather(*self._tasks)
        while self._aside:
            await asyncio.wait(self._aside)

    @property
    def waiting(self) -> int:
        """Return how many items wait for a batch."""
        return len(self._queue)

    async def submit(self, item: Item, *, bulk: bool = False) -> Outcome:
        """Return the outcome of `item` once it is durable.

        `bulk` is for what nobody waits for at a till: imports, duties. However many such callers there are, a bounded
        number of their items is let in at a time, in turns of merchants; none is refused for want of time or space.

        Raises:
            LargesseError: the handler refused the item.
            QueueFull: too much waits already; nothing was done.
            ShuttingDown: this process is stopping; nothing was done.
            Contended: somebody else held what it needs for too long; nothing was done.
            StatementTooSlow: it took too long; nothing was done.
            DatabaseUnavailable: the database stayed out of reach; nothing was done.
            OutcomeUnknown: it was lost during COMMIT; whether the item took effect is told by submitting it again.
        """
        if self._closing:
            raise ShuttingDown
        waiter: Waiter[Item, Outcome] = Waiter(
            item, merchant=self._merchant_of(item), weight=self._weigh(item), bulk=bulk
        )
        self._queue.add(waiter)
        if len(self._queue) >= self._enough:
            self._wake.set()
        return await waiter.answer

    async def _run(self) -> None:
        answered = 0
        while not (self._closing and not len(self._queue)):
            await self._gather(answered)
            batch = self._queue.take()
            answered = sum(not waiter.bulk for waiter in batch)
            if batch:
                await self._settle(batch)

    async def _gather(self, answered: int) -> None:
        """Wait for work; where a batch was just answered, a moment longer for its callers, who mostly ask again.

        Without that moment they would come too late for this batch, and two halves would take turns for ever: small
        batches cost the database and us most of what group commit saves; nor would bulk leave them their part of the
        next batch. A caller who is alone never waits.
        """
        expected = min(self._queue.interactive + answered, self._batch_max)
        self._enough = 1
        if not len(self._queue):
            await self._woken()
        if answered and self._queue.interactive < expected and not self._closing:
            self._enough = len(self._queue) - self._queue.interactive + expected
            timer = asyncio.get_running_loop().call_later(LINGER_S, self._wake.set)
            await self._woken()
            timer.cancel()

    async def _woken(self) -> None:
        self._wake.clear()
        if not self._closing:
            await self._wake.wait()

    async def _settle(self, batch: list[Waiter[Item, Outcome]]) -> None:
        way = _Way(limit_s=BATCH_S)
        poison = await self._attempt(batch, way)
        if poison is not None:
            self._do_aside(self._isolate(batch, poison, way._replace(aside=True)))

    async def _attempt(self, batch: list[Waiter[Item, Outcome]], way: "_Way") -> Exception | None:
        """Handle a batch and answer its callers; else return what is wrong with one of its items, or with that one."""
        try:
            outcomes = await self._commit(batch, way)
        except Exception as error:  # noqa: BLE001 - whatever one item did to the batch must not reach the others
            if isinstance(error, OutcomeUnknown | Contended):
                kind = type(error)
                self._refuse(batch, kind, cause=error)
            elif unreachable(error):
                self._refuse(batch, DatabaseUnavailable, cause=error)
            else:
                return error
        else:
            for waiter, outcome in zip(batch, outcomes, strict=True):
                if isinstance(outcome, Locked):
                    self._wait_for_lock(outcome.key, waiter)
                else:
                    self._answer(waiter, outcome)
        return None

    async def _isolate(self, batch: list[Waiter[Item, Outcome]], poison: Exception, way: "_Way") -> None:
        """Find by halves the items that cannot be handled; each gets its error, and all others their outcome."""
        if len(batch) == 1:
            in_the_way = contended(poison) or lock_missed(poison)
            self._refuse(batch, Contended if in_the_way else lambda: poison)
            return
        middle = len(batch) // 2
        way = way.halved()
        for half in (batch[:middle], batch[middle:]):
            wrong = await self._attempt(half, way)
            if wrong is not None:
                await self._isolate(half, wrong, way)

    async def _commit(
        self, batch: Sequence[Waiter[Item, Outcome]], way: "_Way"
    ) -> Sequence[Outcome | LargesseError | Locked]:
        until = min(waiter.until for waiter in batch)
        unknown = False
        for attempt in range(1, ATTEMPTS_MAX + 1):
            try:
                return await self._transact(batch, until, way)
            except Exception as error:
                if key_taken(error) and attempt == 1:
                    # Somebody else committed the same operation first. The second run reads what they wrote; if it
                    # fails again, one item is at fault by itself.
                    continue
                unknown = unknown or isinstance(error, OutcomeUnknown)
                if not _passes(error):
                    raise
                pause = BACKOFF.seconds(attempt)
                halved = contended(error) and len(batch) > 1 and attempt >= DEADLOCKS_MAX
                if halved or attempt == ATTEMPTS_MAX or asyncio.get_running_loop().time() + pause > until:
                    # Once a COMMIT was sent and never answered, only the database knows.
                    if unknown:
                        raise OutcomeUnknown from error
                    raise
                await asyncio.sleep(pause)
        raise AssertionError  # the last attempt returns or raises

    async def _transact(
        self, batch: Sequence[Waiter[Item, Outcome]], until: float, way: "_Way"
    ) -> Sequence[Outcome | LargesseError | Locked]:
        items = [waiter.item for waiter in batch]

        async def work(connection: Connection) -> Sequence[Outcome | LargesseError | Locked]:
            if not way.patient:
                return await self._handler(connection, items)
            await connection.execute(f"SET LOCAL lock_timeout = {round(LOCK_WAIT_S * 1000)}")
            return await self._patient(connection, items)

        outcomes = await self._database.batch(until, work, limit_s=limit(way.limit_s), aside=way.aside)
        if self.on_commit is not None:
            self.on_commit(len(items))
        return outcomes

    def _wait_for_lock(self, key: Hashable, waiter: Waiter[Item, Outcome]) -> None:
        """Let an item wait with the others that need the same lock."""
        if key in self._locked:
            self._locked[key].append(waiter)
        else:
            self._locked[key] = deque([waiter])
            self._do_aside(self._serve_locked(key))

    async def _serve_locked(self, key: Hashable) -> None:
        """Handle what waits for one lock as soon as it is free, and refuse whose time is over before that."""
        line = self._locked[key]
        way = _Way(limit_s=BATCH_S, aside=True, patient=True)
        missed = 0
        while line:
            batch = [line.popleft() for _ in range(min(len(line), self._batch_max))]
            soon = asyncio.get_running_loop().time() + LOCK_WAIT_S
            late = [waiter for waiter in batch if waiter.until < soon]
            self._refuse(late, Contended)
            batch = [waiter for waiter in batch if waiter.until >= soon]
            poison = await self._attempt(batch, way) if batch else None
            if poison is not None and lock_missed(poison):
                line.extendleft(reversed(batch))
                missed += 1
                await asyncio.sleep(LOCK_PAUSE.seconds(missed))
            elif poison is not None:
                await self._isolate(batch, poison, way)
        del self._locked[key]

    def _do_aside(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._aside.add(task)
        task.add_done_callback(self._aside.discard)

    def _answer(self, waiter: Waiter[Item, Outcome], outcome: Outcome | LargesseError) -> None:
        if isinstance(outcome, LargesseError):
            waiter.refuse(outcome)
        else:
            waiter.tell(outcome)
        self._let_go(waiter)

    def _refuse(
        self,
        batch: Sequence[Waiter[Item, Outcome]],
        make_error: Callable[[], Exception],
        *,
        cause: BaseException | None = None,
    ) -> None:
        for waiter in batch:
            waiter.refuse(make_error(), cause=cause)
            self._let_go(waiter)

    def _let_go(self, waiter: Waiter[Item, Outcome]) -> None:
        if self._queue.let_go(waiter):
            self._wake.set()


class _Way(NamedTuple):
    """How a batch is handled: for how long at most, aside from the runners or by one, waiting for locks or not."""

    limit_s: float
    aside: bool = False
    patient: bool = False

    def halved(self) -> "_Way":
        """Return how a half is handled."""
        return self._replace(limit_s=max(self.limit_s / 2, BATCH_S_MIN))


def _passes(error: Exception) -> bool:
    """Return whether an error may not be met again by who tries again."""
    return isinstance(error, OutcomeUnknown) or unreachable(error) or contended(error)
