"""Promo codes: what they let a buyer off, and when. Pure; `actions.reserve` counts their uses under a lock.

A use is one checkout. Per cent is taken of each gift the code holds for, half-up; a fixed sum is taken once per
checkout, from its gifts in their order until it is used up. No gift is discounted by more than its amount.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

import msgspec

from largesse.kernel.currency import Currency, currency
from largesse.kernel.errors import Conflict
from largesse.kernel.money import Money, plain, share
from largesse.kernel.normal_form import nfkc

CODE_LENGTH_MIN: Final = 3
CODE_LENGTH_MAX: Final = 30


class PromoDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A promo code as it was asked for, not yet checked.

    Either `percent` (10 is 10 %) or `amount`, in smallest units. `ends_at` is the first moment at which it no longer
    holds. `amount_min` is the least sum of the gifts it holds for. Without `offering_ids` it holds for all.
    """

    code: str
    percent: Decimal | None = None
    amount: int | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    uses_max: int | None = None
    uses_per_buyer_max: int | None = None
    amount_min: int = 0
    offering_ids: tuple[UUID, ...] = ()


class PromoCode(PromoDraft, frozen=True, kw_only=True):
    """Describe a promo code as it stands. `uses` counts checkouts that wait to be paid for or are."""

    merchant_id: UUID
    promo_id: UUID
    currency: str
    uses: int = 0
    stopped_at: datetime | None = None
    created_at: datetime

    @property
    def money(self) -> Currency:
        """Return the currency of its amounts."""
        return currency(self.currency)

    def holds_for(self, offering_id: UUID) -> bool:
        """Return whether an offering is among those it holds for."""
        return not self.offering_ids or offering_id in self.offering_ids


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One gift of a checkout, as far as a promo code looks at it: `amount` is its value, without gratuity."""

    offering_id: UUID
    amount: int


class PromoRefused(Conflict):
    """A promo code does not hold for this checkout."""

    code = "promo.refused"
    message = "This promo code does not hold here."


class PromoNotYet(PromoRefused):
    """Its time has not come."""

    code = "promo.not_yet"
    message = "This promo code does not hold yet."


class PromoOver(PromoRefused):
    """Its time is over, or it was stopped."""

    code = "promo.over"
    message = "This promo code does not hold any more. Take it out to go on."


class PromoUsedUp(PromoRefused):
    """It was used as often as it may be."""

    code = "promo.used_up"
    message = "This promo code has been used as often as it may be. Take it out to go on."


class PromoUsedByBuyer(PromoRefused):
    """This buyer used it as often as one may."""

    code = "promo.used_by_buyer"
    message = "You have used this promo code as often as one buyer may. Take it out to go on."


class PromoOtherOfferings(PromoRefused):
    """It holds for none of the gifts."""

    code = "promo.other_offerings"
    message = "This promo code is for something else. Take it out to go on."


class PromoAmountTooSmall(PromoRefused):
    """The gifts it holds for are worth too little together."""

    code = "promo.amount_too_small"


def fold_code(text: str) -> str:
    """Return a code as it is compared: without spaces around it, in one case."""
    return nfkc(text).strip().casefold()


def fold_buyer(email: str) -> str:
    """Return a buyer's address as it is compared."""
    return email.strip().casefold()


def check_promo(promo: PromoCode, lines: Sequence[Line], *, now: datetime, used_by_buyer: int = 0) -> tuple[int, ...]:
    """Return what `promo` lets off each of `lines`, in their order.

    `used_by_buyer` is how often this buyer used it, as far as the buyer is known; the limits are held again, under a
    lock, when the checkout is placed.

    Raises:
        PromoRefused: it does not hold for this checkout at `now`; the class and the sentence say why.
    """
    _check_time_and_uses(promo, now=now, used_by_buyer=used_by_buyer)
    applies = [promo.holds_for(line.offering_id) for line in lines]
    if not any(applies):
        raise PromoOtherOfferings
    amounts = [line.amount if held else 0 for line, held in zip(lines, applies, strict=True)]
    if sum(amounts) < promo.amount_min:
        least = f"{plain(promo.amount_min, promo.money)} {promo.currency}"
        message = f"This promo code holds from {least}. Choose a larger amount, or take the code out to go on."
        raise PromoAmountTooSmall(message)
    return _shares(promo, amounts)


def _check_time_and_uses(promo: PromoCode, *, now: datetime, used_by_buyer: int) -> None:
    if promo.stopped_at is not None or (promo.ends_at is not None and now >= promo.ends_at):
        raise PromoOver
    if promo.starts_at is not None and now < promo.starts_at:
        raise PromoNotYet
    if promo.uses_max is not None and promo.uses >= promo.uses_max:
        raise PromoUsedUp
    if promo.uses_per_buyer_max is not None and used_by_buyer >= promo.uses_per_buyer_max:
        raise PromoUsedByBuyer


def _shares(promo: PromoCode, amounts: Sequence[int]) -> tuple[int, ...]:
    if promo.percent is not None:
        rate = promo.percent / 100
        return tuple(share(Money(amount, promo.money), rate=rate).minor for amount in amounts)
    left, shares = promo.amount or 0, list[int]()
    for amount in amounts:
        shares.append(min(left, amount))
        left -= shares[-1]
    return tuple(shares)
