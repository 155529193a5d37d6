"""How much one visitor may ask for: bounds by address, counted in each web process.

They keep load away, so a process that counts alone is enough. What keeps guessing away is counted for all processes
together (`largesse.web.guesses`).
"""

import math
import time

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from largesse.web.client import Client
from largesse.web.errors import TooManyRequests


class RateLimit:
    """So many requests of each visitor, such as `20/minute`."""

    def __init__(self, rate: str) -> None:
        self._rate = parse(rate)
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    def admit(self, client: Client) -> None:
        """Count a request.

        Raises:
            TooManyRequests: there were too many; says when the count starts anew.
        """
        if self._limiter.hit(self._rate, client.network):
            return
        ends_at = self._limiter.get_window_stats(self._rate, client.network).reset_time
        raise TooManyRequests(retry_after_s=max(1, math.ceil(ends_at - time.time())))
