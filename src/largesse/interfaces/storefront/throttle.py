"""Make guessing numbers slow as well as hopeless: bounds on looks and misses per address, and on misses in all.

The counts are kept in each web process, so the bounds hold per process. With 75 random bits in a number they protect
the database from noise rather than the certificates from thieves (docs/decisions/0015-redeem-page.md).
"""

from ipaddress import IPv6Address, IPv6Network, ip_address

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

LOOKS = "60/minute"
MISSES = "20/10 minutes"
MISSES_IN_ALL = "2000/minute"

# One customer of an access provider commonly has a whole /64 of addresses.
_IPV6_PREFIX = 64


class Throttle:
    """Count looks and misses by address."""

    def __init__(self, *, looks: str = LOOKS, misses: str = MISSES, misses_in_all: str = MISSES_IN_ALL) -> None:
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._looks = parse(looks)
        self._misses = parse(misses)
        self._misses_in_all = parse(misses_in_all)

    def admit(self, address: str) -> bool:
        """Count a look from `address` and tell whether it is allowed."""
        whose = network_of(address)
        return (
            self._limiter.hit(self._looks, "look", whose)
            and self._limiter.test(self._misses, "miss", whose)
            and self._limiter.test(self._misses_in_all, "misses")
        )

    def miss(self, address: str) -> None:
        """Count a look that found nothing."""
        self._limiter.hit(self._misses, "miss", network_of(address))
        self._limiter.hit(self._misses_in_all, "misses")

    @property
    def wait_s(self) -> int:
        """Return after how many seconds every count starts anew."""
        return max(_length_s(item) for item in (self._looks, self._misses, self._misses_in_all))


def network_of(address: str) -> str:
    """Return what is counted as one visitor: an IPv4 address, or the /64 of an IPv6 address."""
    try:
        found = ip_address(address)
    except ValueError:
        return "unknown"
    if not isinstance(found, IPv6Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(IPv6Network((found, _IPV6_PREFIX), strict=False))


def _length_s(item: RateLimitItem) -> int:
    return item.get_expiry()
