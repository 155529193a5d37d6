"""What a gift costs: pure, so that the page, the placing of an order and the tests run the same lines.

PRODUCT "Money of an order": `total = amount + tip - discount + tax`. Tax is computed on what is paid for the value,
which is amount less discount, once for all gifts that are paid for together; where the price includes it, it is told
beside the total and never added.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import msgspec

from largesse.domain.catalog.certificate_face import Design
from largesse.domain.catalog.errors import InvalidChoice
from largesse.domain.catalog.model import Availability, Offering, OfferingKind
from largesse.kernel.errors import FieldError
from largesse.kernel.money import MINOR_MAX, Money, plain, share
from largesse.kernel.tax import TaxTreatment, allot
from largesse.kernel.validity import Validity

_HUNDRED = Decimal(100)


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """What a buyer chose of an offering, as it came: nothing of it is believed.

    `amount` is not given for a package. The gratuity is either one of the offering's per cents or a `tip` typed.
    """

    amount: int | None = None
    tip: int = 0
    tip_percent: Decimal | None = None
    design: Design | None = None


class Priced(msgspec.Struct, frozen=True, kw_only=True):
    """What a gift costs, in smallest units: `amount` is the certificate's value, `tip` its gratuity.

    `discount` lowers the charge, never the value, and is at most the amount. `tax` is what is added, `included_tax`
    what the price includes.
    """

    amount: int
    tip: int
    discount: int
    tax: int
    included_tax: int = 0

    @property
    def total(self) -> int:
        """Return what the buyer pays."""
        return self.amount + self.tip - self.discount + self.tax


class Bonus(msgspec.Struct, frozen=True, kw_only=True):
    """Promise a certificate of its own, promotional, that the buyer is not charged for."""

    amount: int
    validity: Validity


def price(offering: Offering, choice: Choice, *, now: datetime, discount: int = 0) -> Priced:
    """Return what `choice` costs at `now`, with at most `discount` let off.

    Raises:
        InvalidChoice: the offering is not on sale or does not give that choice; every field that is wrong is named.
    """
    if faults := choice_faults(offering, choice, now=now):
        raise InvalidChoice(fields=faults)
    amount = _amount(offering, choice)
    return priced(offering, amount=amount, tip=_tip(offering, choice, amount), discount=discount)


def priced(offering: Offering, *, amount: int, tip: int = 0, discount: int = 0) -> Priced:
    """Return what an amount that stands costs. The discount is capped at the amount."""
    let_off = min(max(discount, 0), amount)
    paid, tax = amount - let_off, offering.tax
    return Priced(amount=amount, tip=tip, discount=let_off, tax=tax.added(paid), included_tax=tax.included(paid))


def taxed_together(gifts: Sequence[tuple[TaxTreatment, Priced]]) -> list[Priced]:
    """Return what gifts cost that are paid for together: their tax is computed once per kind, country and rate.

    Each gift gets its share of that, so that the sum is the tax on the sum.
    """
    paid = defaultdict[TaxTreatment, list[int]](list)
    for tax, one in gifts:
        paid[tax].append(one.amount - one.discount)
    added = {tax: iter(allot(tax.added(sum(parts)), parts)) for tax, parts in paid.items()}
    included = {tax: iter(allot(tax.included(sum(parts)), parts)) for tax, parts in paid.items()}
    return [msgspec.structs.replace(one, tax=next(added[tax]), included_tax=next(included[tax])) for tax, one in gifts]


def choice_faults(offering: Offering, choice: Choice, *, now: datetime) -> list[FieldError]:
    """Return everything that is wrong with `choice`; its amount and gratuity in words of the offering's limits."""
    faults = [*_availability_faults(offering, now), *_amount_faults(offering, choice)]
    if not faults:
        faults += _tip_faults(offering, choice)
    if choice.design is not None and choice.design not in offering.design_choices:
        faults.append(FieldError("design", "choice.design", "Choose one of the designs that are shown."))
    return faults


def tip_of(offering: Offering, *, percent: Decimal, amount: int) -> int:
    """Return `percent` per cent of `amount` as gratuity, half-up to the smallest unit."""
    return share(Money(amount, offering.money), rate=percent / _HUNDRED).minor


def bonus_for(offering: Offering, amount: int) -> Bonus | None:
    """Return what a gift of `amount` brings besides: one promotional certificate, or None."""
    rule = offering.bonus
    if rule is None or amount < rule.threshold:
        return None
    if rule.percent is not None:
        value = share(Money(amount, offering.money), rate=rule.percent / _HUNDRED).minor
    else:
        value = rule.amount or 0
    return Bonus(amount=value, validity=rule.validity) if value else None


def _amount(offering: Offering, choice: Choice) -> int:
    chosen = offering.price if offering.kind is OfferingKind.PACKAGE else choice.amount
    assert chosen is not None, "what has no faults has an amount"
    return chosen


def _tip(offering: Offering, choice: Choice, amount: int) -> int:
    return choice.tip if choice.tip_percent is None else tip_of(offering, percent=choice.tip_percent, amount=amount)


_WHY_NOT = {
    Availability.HIDDEN: "This is not on sale. Choose something else.",
    Availability.NOT_YET: "This is not on sale yet. Choose something else, or come back.",
    Availability.OVER: "This is no longer on sale. Choose something else.",
    Availability.SOLD_OUT: "This is sold out. Choose something else.",
}


def _availability_faults(offering: Offering, now: datetime) -> list[FieldError]:
    availability = offering.availability(now)
    if availability is Availability.OPEN:
        return []
    return [FieldError("offering", f"offering.{availability.value}", _WHY_NOT[availability])]


def _amount_faults(offering: Offering, choice: Choice) -> list[FieldError]:
    amount = choice.amount
    if offering.kind is OfferingKind.PACKAGE:
        if amount in {None, offering.price}:
            return []
        return [FieldError("amount", "choice.amount.fixed", "This has a price of its own; reload the page to see it.")]
    if amount is None:
        return [FieldError("amount", "choice.amount.missing", "Choose an amount.")]
    if amount in offering.presets:
        return []
    if offering.amount_min is None or offering.amount_max is None:
        return [FieldError("amount", "choice.amount.not_offered", "Choose one of the amounts that are shown.")]
    if offering.amount_min <= amount <= offering.amount_max:
        return []
    code = "choice.amount.too_small" if amount < offering.amount_min else "choice.amount.too_large"
    least, most = (plain(limit, offering.money) for limit in (offering.amount_min, offering.amount_max))
    return [FieldError("amount", code, f"Choose an amount from {least} to {most} {offering.currency}.")]


def _tip_faults(offering: Offering, choice: Choice) -> list[FieldError]:
    gratuity = offering.gratuity
    if choice.tip_percent is not None:
        if choice.tip:
            return [FieldError("tip", "choice.tip.both", "Choose a percentage or type an amount, not both.")]
        if choice.tip_percent in gratuity.percents or not choice.tip_percent:
            return []
        return [FieldError("tip", "choice.tip.not_offered", "Choose one of the gratuities that are shown.")]
    if choice.tip == 0:
        return []
    if choice.tip < 0 or choice.tip > MINOR_MAX:
        return [FieldError("tip", "choice.tip.invalid", "Type the gratuity as an amount of zero or more.")]
    if gratuity.tip_max is None:
        return [FieldError("tip", "choice.tip.not_offered", "Choose one of the gratuities that are shown.")]
    if choice.tip <= gratuity.tip_max:
        return []
    most = plain(gratuity.tip_max, offering.money)
    return [FieldError("tip", "choice.tip.too_large", f"Choose a gratuity of at most {most} {offering.currency}.")]
