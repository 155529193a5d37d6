"""Make guessing numbers slow as well as hopeless: bounds on looks and misses per address, and on misses in all.

The counts are kept in each web process, so the bounds hold per process. With 75 random bits in a number they protect
the database from noise rather than the certificates from thieves (docs/decisions/0015-redeem-page.md).
"""

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from largesse.web.client import Client

LOOKS = "60/minute"
MISSES = "20/10 minutes"
MISSES_IN_ALL = "2000/minute"


class Throttle:
    """Count looks and misses by address."""

    def __init__(self, *, looks: str = LOOKS, misses: str = MISSES, misses_in_all: str = MISSES_IN_ALL) -> None:
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._looks = parse(looks)
        self._misses = parse(misses)
        self._misses_in_all = parse(misses_in_all)

    def admit(self, client: Client) -> bool:
        """Count a look of `client` and tell whether it is allowed."""
        whose = client.network
        return (
            self._limiter.hit(self._looks, "look", whose)
            and self._limiter.test(self._misses, "miss", whose)
            and self._limiter.test(self._misses_in_all, "misses")
        )

    def miss(self, client: Client) -> None:
        """Count a look that found nothing."""
        self._limiter.hit(self._misses, "miss", client.network)
        self._limiter.hit(self._misses_in_all, "misses")

    @property
    def wait_s(self) -> int:
        """Return after how many seconds every count starts anew."""
        return max(_length_s(item) for item in (self._looks, self._misses, self._misses_in_all))


def _length_s(item: RateLimitItem) -> int:
    return item.get_expiry()
