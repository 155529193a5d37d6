"""How long to wait before trying again: one table of waits for each thing that is retried."""

from datetime import datetime, timedelta
from typing import Self


class Backoff:
    """A wait for each failure, the first one after the first; the last wait repeats unless the schedule `ends`.

    `jitter` is the share of a wait that chance may add to it, so that what failed together is not tried together.
    """

    def __init__(self, *waits: timedelta, jitter: float = 0.0, ends: bool = False) -> None:
        assert waits, "a schedule has at least one wait"
        self.waits = waits
        self._jitter = jitter
        self._ends = ends

    @classmethod
    def of_seconds(cls, *waits: float, jitter: float = 0.0, ends: bool = False) -> Self:
        """Return a schedule of seconds."""
        return cls(*(timedelta(seconds=wait) for wait in waits), jitter=jitter, ends=ends)

    @classmethod
    def doubling(cls, first: timedelta, *, most: timedelta, jitter: float = 0.0) -> Self:
        """Return a schedule that doubles from `first` up to `most`, and stays there."""
        waits = [first]
        while waits[-1] < most:
            waits.append(min(waits[-1] * 2, most))
        return cls(*waits, jitter=jitter)

    def wait(self, failures: int, *, chance: float = 0.0) -> timedelta | None:
        """Return the wait after so many failures (1 or more), None when there is no further try.

        `chance`, from 0 to 1, chooses how much of the jitter is added.
        """
        if self._ends and failures > len(self.waits):
            return None
        place = min(max(failures, 1), len(self.waits)) - 1
        return self.waits[place] * (1 + self._jitter * chance)

    def at(self, failures: int, *, now: datetime, chance: float = 0.0) -> datetime | None:
        """Return the moment of the next try, counted from `now`: the end of the one before."""
        wait = self.wait(failures, chance=chance)
        return None if wait is None else now + wait

    def seconds(self, failures: int) -> float:
        """Return the wait in seconds, of a schedule that never ends."""
        wait = self.wait(failures)
        assert wait is not None, "a schedule that ends has no wait for ever"
        return wait.total_seconds()
