"""How much one visitor may ask for: bounds per address, counted in each web process."""

from typing import Final

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from largesse.interfaces.storefront.throttle import network_of
from largesse.web.request import AnyRequest

GIFTS: Final = "60/minute"
CHECKOUTS: Final = "20/minute"
LIVE: Final = "300/minute"
PREVIEWS: Final = "300/minute"


class Gate:
    """Let so many requests of each address through, such as `20/minute`."""

    def __init__(self, rate: str) -> None:
        self._rate = parse(rate)
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    def admit(self, request: AnyRequest) -> bool:
        """Count a request, and tell whether it may pass."""
        address = request.client.host if request.client else ""
        return self._limiter.hit(self._rate, network_of(address))

    @property
    def wait_s(self) -> int:
        """Return after how many seconds the count starts anew."""
        return self._rate.get_expiry()


class Gates:
    """One gate for each kind of request."""

    def __init__(
        self, *, gifts: str = GIFTS, checkouts: str = CHECKOUTS, live: str = LIVE, previews: str = PREVIEWS
    ) -> None:
        self.gifts = Gate(gifts)
        self.checkouts = Gate(checkouts)
        self.live = Gate(live)
        self.previews = Gate(previews)
