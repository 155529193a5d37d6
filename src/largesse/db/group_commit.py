"""Group commit: many callers, one transaction.

Each caller submits one item and waits. A runner takes everything that waits (up to a limit), handles it in one
transaction, and answers all callers after COMMIT. While a batch is being committed the next one gathers, so the
busier the installation, the larger the batches and the cheaper each item.

A handler must decide items in order, return one outcome per item, and be safe to run again after a lost connection at
COMMIT: that is what operation ids are for. An item that makes the whole batch fail is found by bisection; it alone
gets the error.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from largesse.db.connection import Connection
from largesse.db.database import ATTEMPTS_MAX, BACKOFF, DEADLINE_S, Database
from largesse.db.faults import Contended, DatabaseUnavailable, OutcomeUnknown, contended, key_taken, unreachable
from largesse.kernel.errors import LargesseError, Unavailable

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")

Handler = Callable[[Connection, Sequence[Item]], Awaitable[Sequence[Outcome | LargesseError]]]

BATCH_MAX = 500
QUEUE_MAX = 10_000
LINGER_S = 0.002
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
    """One item, the caller who waits for its outcome, and until when, by the event loop's clock."""

    __slots__ = ("answer", "item", "until")

    def __init__(self, item: Item, answer: asyncio.Future[Outcome], until: float) -> None:
        self.item = item
        self.answer = answer
        self.until = until


class GroupCommit(Generic[Item, Outcome]):
    """Gather items and hand them to `handler` in batches, each batch in one transaction.

    `runners` batches may be in progress at once. Start with `async with`;
    leaving it finishes what was accepted.
    """

    def __init__(
        self,
        database: Database,
        handler: Handler[Item, Outcome],
        *,
        runners: int = 1,
        batch_max: int = BATCH_MAX,
        queue_max: int = QUEUE_MAX,
    ) -> None:
        # Called with the size of each batch after its COMMIT: for whoever counts, and whoever must be woken.
        self.on_commit: Callable[[int], None] | None = None
        self._database = database
        self._handler = handler
        self._runners = runners
        self._batch_max = batch_max
        self._queue_max = queue_max
        self._waiting: deque[Waiter[Item, Outcome]] = deque()
        self._wake = asyncio.Event()
        self._enough = 1
        self._closing = False
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> "GroupCommit[Item, Outcome]":
        self._tasks = [asyncio.create_task(self._run()) for _ in range(self._runners)]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closing = True
        self._wake.set()
        await asyncio.gather(*self._tasks)

    @property
    def waiting(self) -> int:
        """Return how many items wait for a batch."""
        return len(self._waiting)

    async def submit(self, item: Item) -> Outcome:
        """Return the outcome of `item` once it is durable.

        Raises:
            LargesseError: the handler refused the item.
            QueueFull: too much waits already; nothing was done.
            ShuttingDown: this process is stopping; nothing was done.
            DatabaseUnavailable: the database stayed out of reach; nothing was done.
            OutcomeUnknown: it was lost during COMMIT; whether the item took effect is told by submitting it again.
        """
        if self._closing:
            raise ShuttingDown
        if len(self._waiting) >= self._queue_max:
            raise QueueFull
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Outcome] = loop.create_future()
        self._waiting.append(Waiter(item, answer, loop.time() + DEADLINE_S))
        if len(self._waiting) >= self._enough:
            self._wake.set()
        return await answer

    async def _run(self) -> None:
        answered = 0
        while not (self._closing and not self._waiting):
            await self._gather(answered)
            size = min(len(self._waiting), self._batch_max)
            batch = self._in_time([self._waiting.popleft() for _ in range(size)])
            if batch:
                await self._settle(batch)
            answered = size

    async def _gather(self, answered: int) -> None:
        """Wait for work; where a batch was just answered, a moment longer for its callers, who mostly ask again.

        Without that moment the first of them to come back would get a transaction of its own, and small batches cost
        the database and us most of what group commit saves. A caller who is alone never waits.
        """
        self._enough = 1
        if not self._waiting:
            await self._woken()
        if len(self._waiting) < answered and not self._closing:
            self._enough = min(answered, self._batch_max)
            timer = asyncio.get_running_loop().call_later(LINGER_S, self._wake.set)
            await self._woken()
            timer.cancel()

    async def _woken(self) -> None:
        self._wake.clear()
        if not self._closing:
            await self._wake.wait()

    def _in_time(self, batch: list[Waiter[Item, Outcome]]) -> list[Waiter[Item, Outcome]]:
        """Return what can still be done in good time; who waited too long for a turn is told that nothing was done."""
        soon = asyncio.get_running_loop().time() + TURN_S_MIN
        late = [entry for entry in batch if entry.until < soon]
        _fail(late, QueueFull)
        return [entry for entry in batch if entry.until >= soon] if late else batch

    async def _settle(self, batch: list[Waiter[Item, Outcome]]) -> None:
        try:
            outcomes = await self._commit(batch)
        except Exception as error:  # noqa: BLE001 - whatever one item did to the batch must not reach the others
            if isinstance(error, OutcomeUnknown):
                _fail(batch, OutcomeUnknown, cause=error)
            elif unreachable(error):
                _fail(batch, DatabaseUnavailable, cause=error)
            elif contended(error):
                _fail(batch, Contended, cause=error)
            else:
                await self._bisect(batch, error)
        else:
            for entry, outcome in zip(batch, outcomes, strict=True):
                _answer(entry.answer, outcome)

    async def _bisect(self, batch: list[Waiter[Item, Outcome]], poison: Exception) -> None:
        if len(batch) == 1:
            _fail(batch, lambda: poison)
            return
        middle = len(batch) // 2
        await self._settle(batch[:middle])
        await self._settle(batch[middle:])

    async def _commit(self, batch: Sequence[Waiter[Item, Outcome]]) -> Sequence[Outcome | LargesseError]:
        items = [entry.item for entry in batch]
        until = min(entry.until for entry in batch)
        unknown = False
        for attempt in range(1, ATTEMPTS_MAX + 1):
            try:
                outcomes = await self._database.within(until, lambda connection: self._handler(connection, items))
            except Exception as error:
                if key_taken(error) and attempt == 1:
                    # Somebody else committed the same operation first. The second run reads what they wrote; if it
                    # fails again, one item is at fault by itself.
                    continue
                unknown = unknown or isinstance(error, OutcomeUnknown)
                if not (isinstance(error, OutcomeUnknown) or unreachable(error) or contended(error)):
                    raise
                pause = BACKOFF.seconds(attempt)
                if attempt == ATTEMPTS_MAX or asyncio.get_running_loop().time() + pause > until:
                    # Once a COMMIT was sent and never answered, only the database knows.
                    if unknown:
                        raise OutcomeUnknown from error
                    raise
                await asyncio.sleep(pause)
            else:
                if self.on_commit is not None:
                    self.on_commit(len(items))
                return outcomes
        raise AssertionError  # the last attempt returns or raises


def _answer(answer: asyncio.Future[Outcome], outcome: Outcome | LargesseError) -> None:
    if answer.done():  # the caller went away; the outcome stands all the same
        return
    if isinstance(outcome, LargesseError):
        answer.set_exception(outcome)
    else:
        answer.set_result(outcome)


def _fail(
    batch: Sequence[Waiter[Item, Outcome]],
    make_error: Callable[[], Exception],
    *,
    cause: BaseException | None = None,
) -> None:
    for entry in batch:
        if not entry.answer.done():
            error = make_error()
            error.__cause__ = error.__cause__ or cause
            entry.answer.set_exception(error)
