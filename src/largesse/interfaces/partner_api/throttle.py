"""How often somebody may be wrong about a password.

Counted in each process: with several web workers a guesser gets as many times the limits, which stay far below what
guessing needs.
"""

import asyncio
import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter

from largesse.kernel.passwords import PasswordsBusy
from largesse.web.client import Client
from largesse.web.errors import TooManyRequests

PER_ADDRESS = RateLimitItemPerMinute(20, namespace="address")
PER_EMAIL = RateLimitItemPerMinute(10, namespace="email")
OVERALL = RateLimitItemPerMinute(300, namespace="overall")
# How many may be looked into at the same time: as many more than a limit allows can be tried in one burst.
UNDER_WAY_MAX = 4
WAITING_MAX = 64


class Attempt(NamedTuple):
    """From where, and for which address, a token is asked for."""

    client: Client
    email: str


class Throttle:
    """Count wrong attempts: per address (20 a minute), per e-mail (10) and overall (300)."""

    def __init__(self) -> None:
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._turns = asyncio.Semaphore(UNDER_WAY_MAX)
        self._waiting = 0

    @asynccontextmanager
    async def turn(self, attempt: Attempt) -> AsyncIterator[None]:
        """Let an attempt through in its turn, when it is known what became of those before it.

        Raises:
            TooManyRequests: there were too many wrong ones.
            PasswordsBusy: too many wait already.
        """
        await self.check(attempt)
        if self._waiting >= WAITING_MAX:
            raise PasswordsBusy
        self._waiting += 1
        try:
            async with self._turns:
                await self.check(attempt)
                yield
        finally:
            self._waiting -= 1

    async def check(self, attempt: Attempt) -> None:
        """Let an attempt through.

        Raises:
            TooManyRequests: there were too many wrong ones; says when to try again.
        """
        waits = []
        for limit, name in _counted(attempt):
            if not await self._limiter.test(limit, name):
                window = await self._limiter.get_window_stats(limit, name)
                waits.append(window.reset_time - time.time())
        if waits:
            raise TooManyRequests(retry_after_s=max(1, math.ceil(max(waits))))

    async def wrong(self, attempt: Attempt) -> None:
        """Count a wrong attempt."""
        for limit, name in _counted(attempt):
            await self._limiter.hit(limit, name)


def _counted(attempt: Attempt) -> list[tuple[RateLimitItemPerMinute, str]]:
    return [
        (PER_ADDRESS, attempt.client.network),
        (PER_EMAIL, attempt.email.strip().lower()[:254]),
        (OVERALL, "everybody"),
    ]
