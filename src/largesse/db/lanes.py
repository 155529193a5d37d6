"""Who is in the next batch: merchants take turns, and nobody's flood stands before somebody's till.

Pure: no clock and no database. Each merchant has two lanes, for who waits at a till and for what is done in bulk, and
within a lane the order of arrival holds (docs/decisions/0097-how-a-batch-is-filled.md).
"""

from collections import Counter, OrderedDict, deque
from collections.abc import Container, Hashable
from typing import Generic, Protocol, TypeVar

BULK_PART = 4
"""Of a batch, bulk has at most one part of so many: whoever comes to a till meanwhile waits no longer than for that."""
BULK_LEAST_PART = 32
"""Of a batch, one part of so many is kept for bulk, however much else waits: it goes slower, and never stands still."""


class Waiting(Protocol):
    """What lanes know of an item: whose it is, how heavy, and whether it is done in bulk."""

    @property
    def merchant(self) -> Hashable:
        """Return whose it is."""

    @property
    def weight(self) -> int:
        """Return how much of a batch it takes."""

    @property
    def bulk(self) -> bool:
        """Return whether nobody waits for it at a till."""


Entry = TypeVar("Entry", bound=Waiting)


class Turns(Generic[Entry]):
    """What waits, by merchant; merchants stand in the order of their next turn."""

    def __init__(self) -> None:
        self._lines: OrderedDict[Hashable, deque[Entry]] = OrderedDict()

    def __bool__(self) -> bool:
        return bool(self._lines)

    def __contains__(self, merchant: object) -> bool:
        return merchant in self._lines

    def add(self, entry: Entry) -> None:
        """Let an item wait behind those of its merchant."""
        self._lines.setdefault(entry.merchant, deque()).append(entry)

    @property
    def first(self) -> Entry:
        """Return the item whose turn it is."""
        line = next(iter(self._lines.values()))
        return line[0]

    def take(self) -> Entry:
        """Take the item whose turn it is; its merchant's next comes after one of every other."""
        merchant, line = self.take_line()
        entry = line.popleft()
        self.put_back(merchant, line)
        return entry

    def take_line(self) -> tuple[Hashable, deque[Entry]]:
        """Take all that waits for the merchant whose turn it is."""
        return self._lines.popitem(last=False)

    def only(self, merchant: Hashable) -> "Turns[Entry]":
        """Take all that waits for one merchant."""
        own = Turns[Entry]()
        own.put_back(merchant, self._lines.pop(merchant, deque()))
        return own

    def put_back(self, merchant: Hashable, line: deque[Entry], *, first: bool = False) -> None:
        """Let what is left of a line wait again, behind all others or as the first."""
        if line:
            self._lines[merchant] = line
            self._lines.move_to_end(merchant, last=not first)


class MerchantLanes(Generic[Entry]):
    """Fill batches of at most `batch_max` from what waits; `one_merchant`: each from one merchant alone.

    While others wait, a merchant gets at most half of a batch. While anything interactive waits, bulk gets at most as
    much of a batch as what is interactive, or a little. An item that is heavier than what it might get has the next
    batch for itself.
    """

    def __init__(self, *, batch_max: int, one_merchant: bool = False) -> None:
        self.batch_max = batch_max
        self._one_merchant = one_merchant
        self._half = max(1, batch_max // 2)
        self._bulk_most = max(1, batch_max // BULK_PART)
        self._bulk_least = batch_max // BULK_LEAST_PART
        self._interactive = Turns[Entry]()
        self._bulk = Turns[Entry]()
        self._heavy: Entry | None = None
        self._weights = Counter[Hashable]()
        self._count = 0
        self._interactive_count = 0
        self._bulk_before = True

    def __len__(self) -> int:
        """Return how many items wait."""
        return self._count

    @property
    def interactive(self) -> int:
        """Return how many items wait that are not bulk."""
        return self._interactive_count

    @property
    def merchants(self) -> int:
        """Return how many merchants wait."""
        return len(self._weights)

    def weight_of(self, merchant: Hashable) -> int:
        """Return the weight of what waits for a merchant."""
        return self._weights.get(merchant, 0)

    def add(self, entry: Entry) -> None:
        """Let an item wait."""
        (self._bulk if entry.bulk else self._interactive).add(entry)
        self._weights[entry.merchant] += entry.weight
        self._count += 1
        self._interactive_count += not entry.bulk

    def take(self) -> list[Entry]:
        """Return the next batch, never an empty one while something waits."""
        batch = [] if self._heavy or not self._count else self._fill()
        if not batch and self._heavy:
            batch, self._heavy = [self._heavy], None
        for entry in batch:
            self._weights[entry.merchant] -= entry.weight
            if not self._weights[entry.merchant]:
                del self._weights[entry.merchant]
            self._interactive_count -= not entry.bulk
        self._count -= len(batch)
        return batch

    def _fill(self) -> list[Entry]:
        if not self._one_merchant:
            return self._filled(
                self._interactive, self._bulk, share=self._half if self.merchants > 1 else self.batch_max
            )
        merchant = self._next_merchant()
        interactive, bulk = self._interactive.only(merchant), self._bulk.only(merchant)
        batch = self._filled(interactive, bulk, share=self.batch_max)
        for left, turns in ((interactive, self._interactive), (bulk, self._bulk)):
            if left:
                turns.put_back(*left.take_line())
        return batch

    def _next_merchant(self) -> Hashable:
        """Return whose batch is next, where each is of one merchant: in turns from both lanes."""
        from_bulk = bool(self._bulk) and (not self._interactive or not self._bulk_before)
        self._bulk_before = from_bulk
        return (self._bulk if from_bulk else self._interactive).first.merchant

    def _filled(self, interactive: Turns[Entry], bulk: Turns[Entry], *, share: int) -> list[Entry]:
        filling = _Filling[Entry](share)
        busy = bool(interactive)
        # What bulk has in any case is left free for it, of the batch and of its merchant's share.
        kept = self._bulk_least if bulk else 0
        self._draw(interactive, filling, self.batch_max - kept, bulk=bulk, kept=kept)
        allowed = min(self._bulk_most, max(filling.weight, self._bulk_least, 1)) if busy else self._bulk_most
        self._draw(bulk, filling, allowed)
        return filling.batch

    def _draw(
        self,
        turns: Turns[Entry],
        filling: "_Filling[Entry]",
        allowed: int,
        *,
        bulk: Container[Hashable] = (),
        kept: int = 0,
    ) -> None:
        """Take item after item, a merchant at a time, until all that is allowed, or fits, is taken."""
        passed = list[tuple[Hashable, deque[Entry]]]()
        left = min(allowed, self.batch_max - filling.weight)
        while turns:
            merchant, line = turns.take_line()
            weight = line[0].weight
            share = filling.share - (kept if merchant in bulk else 0)
            if weight > min(allowed, share):
                # One at a time, so that a batch of many always comes between two of these.
                self._heavy = self._heavy or line.popleft()
                passed.append((merchant, line))
            elif weight > left:
                turns.put_back(merchant, line, first=True)
                break
            elif filling.given[merchant] + weight > share:
                passed.append((merchant, line))
            else:
                filling.give(line.popleft())
                left -= weight
                turns.put_back(merchant, line)
        for merchant, line in passed:
            turns.put_back(merchant, line)


class _Filling(Generic[Entry]):
    """A batch while it is filled: `share` is how much of it a merchant may have."""

    def __init__(self, share: int) -> None:
        self.share = share
        self.batch: list[Entry] = []
        self.given = Counter[Hashable]()
        self.weight = 0

    def give(self, entry: Entry) -> None:
        """Add an item."""
        self.batch.append(entry)
        self.given[entry.merchant] += entry.weight
        self.weight += entry.weight
