"""A clock that stands still until it is set."""

from datetime import datetime


class StillClock:
    """A clock at the moment it was given. Conforms to `kernel.clock.Clock`."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        """Return the moment."""
        return self.moment
