"""How a merchant earns what nobody will use: one rule for each class of value and currency, from a month on."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

RULE_LAPSES_AFTER: Final = timedelta(days=7)
"""How long a rule waits for another person."""
RATE_MAX_PPM: Final = 990_000
REMOTE_MONTHS_MAX: Final = 240


class BreakageMethod(StrEnum):
    """When breakage is earned. The words are stored, and never renamed."""

    AT_EXPIRY = "at_expiry"
    """When it expires, and nothing before: what holds without a rule."""
    WHEN_REMOTE = "when_remote"
    """All that is left of a month's sales once so many months have passed that its use is remote."""
    PROPORTIONAL = "proportional"
    """As much of what is expected to stay unused as of the rest was used (IFRS 15 B46, ASC 606-10-55-48)."""


class BreakageState(StrEnum):
    """Where a rule stands."""

    REQUESTED = "requested"
    """It waits for another person."""
    AGREED = "agreed"
    REFUSED = "refused"
    """Somebody did not agree, or whoever asked withdrew it."""


class BreakageRule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule, from the first day of the month `since` on, until another one of the same class and currency.

    `rate_ppm` is the part of what is sold that is expected to stay unused, in millionths; `remote_months` after how
    many months its use is remote. `alone`: who asked for it agreed to it, since nobody else may.
    """

    merchant_id: UUID
    rule_id: UUID
    class_of_value: str
    currency: str
    method: BreakageMethod
    rate_ppm: int | None = None
    remote_months: int | None = None
    since: date
    why: str
    state: BreakageState = BreakageState.REQUESTED
    requested_by: str
    requester_id: UUID
    requested_at: datetime
    decided_by: str | None = None
    decided_at: datetime | None = None
    alone: bool = False

    def waits(self, now: datetime) -> bool:
        """Return whether it still waits for another person."""
        return self.state is BreakageState.REQUESTED and now - self.requested_at < RULE_LAPSES_AFTER


def rule_for(rules: Iterable[BreakageRule], *, class_of_value: str, currency: str, month: date) -> BreakageRule | None:
    """Return the rule that a month goes by: the newest that was agreed to and begins with it or before; None for none.

    Of two that begin with the same month, the one that was agreed to last.
    """
    found = [
        one
        for one in rules
        if one.state is BreakageState.AGREED
        and (one.class_of_value, one.currency) == (class_of_value, currency)
        and one.since <= month
        and one.decided_at is not None
    ]
    return max(found, key=lambda one: (one.since, one.decided_at), default=None)
