"""What a draft costs: computed here and nowhere else, for the page, the live figures and the placing alike."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from largesse.domain import catalog
from largesse.domain.catalog import Bonus, Line, Priced, PromoCode, promos
from largesse.kernel.currency import Currency
from largesse.kernel.money import Money
from largesse.services.checkout.faults import Fault, FaultKind
from largesse.services.checkout.plan import GiftPlan

_PROMO_FAULTS: dict[type[catalog.PromoRefused], FaultKind] = {
    promos.PromoNotYet: FaultKind.PROMO_NOT_YET,
    promos.PromoOver: FaultKind.PROMO_OVER,
    promos.PromoUsedUp: FaultKind.PROMO_USED_UP,
    promos.PromoUsedByBuyer: FaultKind.PROMO_USED_BY_BUYER,
    promos.PromoOtherOfferings: FaultKind.PROMO_OTHER_OFFERINGS,
}


class QuotedGift(msgspec.Struct, frozen=True, kw_only=True):
    """One gift with what it costs and what it brings besides."""

    plan: GiftPlan
    priced: Priced
    bonus: Bonus | None = None


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """What gifts cost together, in smallest units of `currency`. `promo` is the code that holds for them."""

    currency: Currency
    gifts: tuple[QuotedGift, ...]
    promo: PromoCode | None = None

    def sum_of(self, part: str) -> Money:
        """Return the sum of `amount`, `tip`, `discount`, `tax`, `included_tax` or `total` over all gifts."""
        return Money(sum(getattr(gift.priced, part) for gift in self.gifts), self.currency)

    @property
    def total(self) -> Money:
        """Return what the buyer pays."""
        return self.sum_of("total")


def quote(
    plans: Sequence[GiftPlan], *, currency: Currency, promo: PromoCode | None = None, now: datetime
) -> tuple[Quote, Fault | None]:
    """Return what `plans` cost, with `promo` let off if it holds; otherwise also why it does not."""
    full = [catalog.price(plan.offering, plan.choice, now=now) for plan in plans]
    discounts, fault = _discounts(plans, full, promo, now=now)
    each = [
        (plan.offering.tax, catalog.price(plan.offering, plan.choice, now=now, discount=discount))
        for plan, discount in zip(plans, discounts, strict=True)
    ]
    gifts = tuple(
        QuotedGift(plan=plan, priced=priced, bonus=catalog.bonus_for(plan.offering, priced.amount))
        for plan, priced in zip(plans, catalog.taxed_together(each), strict=True)
    )
    return Quote(currency=currency, gifts=gifts, promo=None if fault else promo), fault


def promo_fault(refused: catalog.PromoRefused, promo: PromoCode) -> Fault:
    """Return why a code does not hold, as a fault of the field it was typed in."""
    kind = _PROMO_FAULTS.get(type(refused), FaultKind.PROMO_OVER)
    if isinstance(refused, promos.PromoAmountTooSmall):
        least = Money(promo.amount_min, promo.money)
        return Fault(field="promo", kind=FaultKind.PROMO_AMOUNT, values={"least": least})
    return Fault(field="promo", kind=kind)


def _discounts(
    plans: Sequence[GiftPlan], priced: Sequence[Priced], promo: PromoCode | None, *, now: datetime
) -> tuple[Sequence[int], Fault | None]:
    nothing = [0] * len(plans)
    if promo is None or not plans:
        return nothing, None
    wanted = [
        Line(offering_id=plan.offering.offering_id, amount=one.amount) for plan, one in zip(plans, priced, strict=True)
    ]
    try:
        return catalog.check_promo(promo, wanted, now=now), None
    except catalog.PromoRefused as refused:
        return nothing, promo_fault(refused, promo)
