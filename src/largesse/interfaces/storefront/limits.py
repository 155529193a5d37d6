"""How much one visitor may ask of the shop."""

from typing import Final

from largesse.web.rate_limits import RateLimit

GIFTS: Final = "60/minute"
CHECKOUTS: Final = "20/minute"
LIVE: Final = "300/minute"
PREVIEWS: Final = "300/minute"


class Limits:
    """A rate limit for each kind of request."""

    def __init__(
        self, *, gifts: str = GIFTS, checkouts: str = CHECKOUTS, live: str = LIVE, previews: str = PREVIEWS
    ) -> None:
        self.gifts = RateLimit(gifts)
        self.checkouts = RateLimit(checkouts)
        self.live = RateLimit(live)
        self.previews = RateLimit(previews)
