"""How slowly requests may arrive: a deadline and a least rate for each body, and few slow ones of one address.

One timer looks at all that wait: a timer for each would cost more than reading the request. A body that arrives at once
never meets it.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any, Self

import msgspec

PART_S = 30.0
GRACE_S = 5.0
LOOK_S = 1.0


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of a body that does not come at once. Times are in seconds, `rate_min` in bytes a second.

    A body must be whole after `whole_s`, each part of it there after `part_s`, and after `grace_s` as much must have
    come as `rate_min` says. Of the bodies that take longer than `look_s`, one address may have `slow_max` on their way,
    and all addresses together `slow_total_max`.
    """

    whole_s: float = 60.0
    part_s: float = PART_S
    grace_s: float = GRACE_S
    rate_min: int = 1024
    look_s: float = LOOK_S
    slow_max: int = 64
    slow_total_max: int = 1024

    @classmethod
    def of(cls, *, whole_s: float, rate_min: int, slow_max: int, slow_total_max: int) -> Self:
        """Return the pace for a deadline; shorter times where it is short."""
        return cls(
            whole_s=whole_s,
            part_s=min(PART_S, whole_s),
            grace_s=min(GRACE_S, whole_s / 4),
            rate_min=rate_min,
            look_s=min(LOOK_S, whole_s / 8),
            slow_max=slow_max,
            slow_total_max=slow_total_max,
        )


class Arrival:
    """One request whose body is on its way. `address` tells whose it is, `late` that it was ended."""

    __slots__ = ("address", "began_at", "late", "received", "task", "waits_since")

    def __init__(self, address: Callable[[], str]) -> None:
        self.address = address
        self.began_at: float | None = None
        self.waits_since = 0.0
        self.received = 0
        self.late = False
        self.task: asyncio.Task[Any] | None = None

    def took(self, now: float) -> float:
        """Return for how many seconds it has been arriving."""
        return now - (now if self.began_at is None else self.began_at)


class Arrivals:
    """End what does not arrive in time: its task is cancelled, and the arrival marked as late."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._waiting = set[Arrival]()
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, arrival: Arrival) -> None:
        """Watch the wait for one part of a body, until `end`."""
        loop = asyncio.get_running_loop()
        arrival.task, arrival.waits_since = asyncio.current_task(), loop.time()
        if arrival.began_at is None:
            arrival.began_at = arrival.waits_since
        self._waiting.add(arrival)
        if self._timer is None:
            self._timer = loop.call_later(self._pace.look_s, self._check)

    def end(self, arrival: Arrival) -> None:
        """Take it that the part is here, or that nobody waits for it any more."""
        self._waiting.discard(arrival)

    def _check(self) -> None:
        loop = asyncio.get_running_loop()
        now, look_s = loop.time(), self._pace.look_s
        slow = sorted((one for one in self._waiting if one.took(now) >= look_s), key=lambda one: one.took(now))
        for one in [*(one for one in slow if self._is_late(one, now)), *self._too_many(slow)]:
            if not one.late and one.task is not None:
                one.late = True
                one.task.cancel()
        self._timer = loop.call_later(look_s, self._check) if self._waiting else None

    def _is_late(self, arrival: Arrival, now: float) -> bool:
        pace, took = self._pace, arrival.took(now)
        return (
            took > pace.whole_s
            or now - arrival.waits_since > pace.part_s
            or arrival.received < (took - pace.grace_s) * pace.rate_min
        )

    def _too_many(self, slow: list[Arrival]) -> list[Arrival]:
        """Return those beyond the bounds: of `slow`, which begins with the youngest, those that have taken longest."""
        if len(slow) <= self._pace.slow_max:
            return []
        found, held = slow[self._pace.slow_total_max :], Counter[str]()
        for one in slow[: self._pace.slow_total_max]:
            address = one.address()
            held[address] += 1
            if held[address] > self._pace.slow_max:
                found.append(one)
        return found
