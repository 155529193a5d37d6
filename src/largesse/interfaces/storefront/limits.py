"""How much one visitor may ask of the shop, and how often be wrong about a number or a link.

With 75 random bits in a number, and 192 in the signature of a link, guessing is hopeless at any speed: the bounds keep
noise away from the database, and tell the operator (docs/internals/redeem-page.md).
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

from largesse.web.client import client_in
from largesse.web.rate_limits import RateLimit
from largesse.web.request import AnyRequest
from largesse.web.shared_limits import LimitAttempt, LimitDependencies, SharedLimit

GIFTS: Final = "60/minute"
CHECKOUTS: Final = "20/minute"
LIVE: Final = "300/minute"
PREVIEWS: Final = "300/minute"
LOOKS: Final = "60/minute"
MISSES: Final = 20
MISSES_OVERALL: Final = 2_000
WEAK_MISSES: Final = 5
WEAK_MISSES_OVERALL: Final = 300
MISSES_WITHIN: Final = timedelta(minutes=10)
WAIT_LONGEST: Final = timedelta(hours=2)
DAY: Final = timedelta(days=1)
DRAFTS_A_DAY: Final = 500
BY_HAND_A_DAY: Final = 100
HELD_BY_HAND_A_DAY: Final = 10
HELD: Final = 30
WITHDRAWALS_A_DAY: Final = 30
WITHDRAWAL_MAILS_A_DAY: Final = 10
WITHDRAWALS_ANSWERED_AFTER_S: Final = 1.0
"""Longer than taking a declaration in takes: how long it took tells nobody whether it counts."""


class Limits:
    """A rate limit for each kind of request, and how much one place may begin.

    That is drafts and orders to be paid by hand in a day, and orders that keep something limited: to be paid by hand in
    a day, else within the hours for which it is kept; and declarations of withdrawal, with how many of them are
    acknowledged by mail to addresses that nobody knows.
    """

    def __init__(
        self,
        *,
        gifts: str = GIFTS,
        checkouts: str = CHECKOUTS,
        live: str = LIVE,
        previews: str = PREVIEWS,
        drafts_a_day: int = DRAFTS_A_DAY,
        by_hand_a_day: int = BY_HAND_A_DAY,
        held_by_hand_a_day: int = HELD_BY_HAND_A_DAY,
        held: int = HELD,
        withdrawals_a_day: int = WITHDRAWALS_A_DAY,
        withdrawal_mails_a_day: int = WITHDRAWAL_MAILS_A_DAY,
        withdrawals_answered_after_s: float = WITHDRAWALS_ANSWERED_AFTER_S,
    ) -> None:
        self.gifts = RateLimit(gifts)
        self.checkouts = RateLimit(checkouts)
        self.live = RateLimit(live)
        self.previews = RateLimit(previews)
        self.drafts_a_day = drafts_a_day
        self.by_hand_a_day = by_hand_a_day
        self.held_by_hand_a_day = held_by_hand_a_day
        self.held = held
        self.withdrawals_a_day = withdrawals_a_day
        self.withdrawal_mails_a_day = withdrawal_mails_a_day
        self.withdrawals_answered_after_s = withdrawals_answered_after_s


class GuessLimit:
    """The bounds on who asks for something by a secret: on looks in this process, on misses in all of them."""

    def __init__(
        self,
        deps: LimitDependencies,
        name: str,
        *,
        looks: str = LOOKS,
        misses: int = MISSES,
        overall: int = MISSES_OVERALL,
    ) -> None:
        self._looks = RateLimit(looks)
        self._misses = SharedLimit(deps, name, most=misses, within=MISSES_WITHIN, longest=WAIT_LONGEST, overall=overall)

    @asynccontextmanager
    async def attempt(self, request: AnyRequest) -> AsyncIterator[LimitAttempt]:
        """Count a look, and a miss that is given back where the block does not call it one.

        Raises:
            TooManyRequests: a bound is used up; the block does not run.
        """
        client = client_in(request.scope)
        self._looks.admit(client)
        async with self._misses.attempt(client.network) as attempt:
            yield attempt


def numbers(deps: LimitDependencies) -> GuessLimit:
    """Return the bounds on certificate numbers."""
    return GuessLimit(deps, "number")


def weak_numbers(deps: LimitDependencies) -> GuessLimit:
    """Return the bounds on numbers of a merchant that brought short ones from another system."""
    return GuessLimit(deps, "weak number", misses=WEAK_MISSES, overall=WEAK_MISSES_OVERALL)


def links(deps: LimitDependencies) -> GuessLimit:
    """Return the bounds on signed links."""
    return GuessLimit(deps, "link")


def drafts(deps: LimitDependencies, *, a_day: int) -> SharedLimit:
    """Return the bound on drafts that are begun from one place."""
    return SharedLimit(deps, "draft", most=a_day, within=DAY)
