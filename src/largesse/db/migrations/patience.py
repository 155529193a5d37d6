"""How long a migration waits for what stands in its way."""

from datetime import timedelta

import msgspec


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of waiting.

    A statement that waits for a lock keeps everybody waiting who comes after it, so it gives up after `lock_ms` and
    lets them pass; it is tried `tries` times, `pause` apart. `outside_lock_ms` is for what keeps nobody waiting.
    `turn` is how long another process may migrate before this one gives up.
    """

    lock_ms: int = 2_000
    tries: int = 40
    pause: timedelta = timedelta(seconds=3)
    outside_lock_ms: int = 3_600_000
    turn: timedelta = timedelta(minutes=10)
