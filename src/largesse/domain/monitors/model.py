"""A monitor: which figure it watches, where its bound is, and what it saw last."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

MONITORS_MAX: Final = 50
"""How many a merchant may have: each is looked at every minute."""
TOLD_AGAIN_AFTER: Final = timedelta(hours=1)
"""How long a monitor that was told of is silent, however often its figure passes the bound."""


class Watched(StrEnum):
    """What a monitor watches. The words are stored, and never renamed."""

    LIABILITY = "liability"
    """What is outstanding in a currency, above its bound."""
    STOCK = "stock"
    """How many of an offering are left, at or below its bound."""
    CREDIT = "credit"
    """How much of their credit any partner has used, in percent, above its bound."""
    REDEEMED_HOUR = "redeemed_hour"
    """What was redeemed within the last hour in a currency, above its bound."""
    CARD_ELSEWHERE = "card_elsewhere"
    """How many cards were first used within a day elsewhere than they were activated, within an hour of it: a code
    that was copied is tried at once, and far from whoever sold the card."""
    EXCEPTION = "exception"
    """How often one person, or one device, did something today that is looked at first, above its bound."""


class Monitor(msgspec.Struct, frozen=True, kw_only=True):
    """One monitor. `bound` is in the smallest unit of `currency`, a count, or percent.

    `offering_id` is of what the stock is watched, `act` which exception. `value` is what it saw last, `over_since`
    since when that is beyond the bound, `told_at` when somebody was last told.
    """

    merchant_id: UUID
    monitor_id: UUID
    watched: Watched
    currency: str | None = None
    offering_id: UUID | None = None
    act: str | None = None
    bound: int
    made_by: UUID
    made_at: datetime
    value: int | None = None
    seen_at: datetime | None = None
    over_since: datetime | None = None
    told_at: datetime | None = None

    def passed_by(self, value: int) -> bool:
        """Return whether a figure is beyond the bound: a stock runs low, all else gets too much."""
        return value <= self.bound if self.watched is Watched.STOCK else value > self.bound

    def tells(self, value: int, now: datetime) -> bool:
        """Return whether somebody is told of a figure: it passes the bound now, and nobody was told lately."""
        silent = self.told_at is not None and now - self.told_at < TOLD_AGAIN_AFTER
        return self.passed_by(value) and self.over_since is None and not silent
