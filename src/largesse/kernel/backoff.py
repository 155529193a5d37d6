"""How long to wait before trying again: one table of waits for each thing that is retried."""

from datetime import datetime, timedelta
from typing import Self


class Backoff:
    """A wait after each failure; after the last one of the table it stays the same.

    `jitter` is the share of a wait that chance may add to it, so that what failed together is not tried together.
    """

    def __init__(self, *waits: timedelta, jitter: float = 0.0) -> None:
        assert waits, "there is at least one wait"
        self.waits = waits
        self._jitter = jitter

    @classmethod
    def of_seconds(cls, *waits: float) -> Self:
        """Return a backoff of so many seconds each."""
        return cls(*(timedelta(seconds=wait) for wait in waits))

    @classmethod
    def doubling(cls, first: timedelta, *, times: int) -> Self:
        """Return a backoff that doubles `times` times, and stays there."""
        return cls(*(first * 2**power for power in range(times + 1)))

    def exhausted(self, failures: int) -> bool:
        """Return whether the table has no wait of its own after so many failures, for what is given up then."""
        return failures > len(self.waits)

    def wait(self, failures: int, *, chance: float = 0.0) -> timedelta:
        """Return the wait after so many failures, 1 or more; `chance`, 0 to 1, chooses how much jitter is added."""
        place = min(max(failures, 1), len(self.waits)) - 1
        return self.waits[place] * (1 + self._jitter * chance)

    def at(self, failures: int, *, now: datetime, chance: float = 0.0) -> datetime:
        """Return the moment of the next try; `now` is the end of the one before."""
        return now + self.wait(failures, chance=chance)

    def seconds(self, failures: int) -> float:
        """Return the wait in seconds."""
        return self.wait(failures).total_seconds()
