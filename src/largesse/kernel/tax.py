"""Kinds of tax on a certificate, and the arithmetic of a rate: what it adds to a price, what is inside of one.

Amounts are minor units. Directive (EU) 2016/1065 tells the two kinds of voucher apart: where place and rate are known
at sale, the tax is due at sale and stands in the price (single-purpose); where they are not, it is due at redemption.
"""

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from itertools import accumulate, pairwise

import msgspec

from largesse.kernel.money import half_up


class TaxKind(StrEnum):
    """When tax on a certificate is due, and whether its price includes it."""

    NONE = "none"
    """No tax is known of: none is added, none is included."""
    SALES_TAX = "sales_tax"
    """Added to the price at sale."""
    SINGLE_PURPOSE = "single_purpose"
    """Included in the price and due at sale; redeeming is no taxable event."""
    MULTI_PURPOSE = "multi_purpose"
    """None at sale; due at redemption, at the rate of what is redeemed for."""

    @property
    def due_at_sale(self) -> bool:
        """Return whether it has a rate at sale, added or included."""
        return self in {TaxKind.SALES_TAX, TaxKind.SINGLE_PURPOSE}


class TaxTreatment(msgspec.Struct, frozen=True):
    """The tax on one certificate: its kind, the country whose tax it is (ISO 3166-1 alpha-2), and the rate at sale.

    `rate` is a fraction (0.19 for 19 %), and zero where nothing is due at sale.
    """

    kind: TaxKind = TaxKind.NONE
    country: str | None = None
    rate: Decimal = Decimal(0)

    def added(self, price: int) -> int:
        """Return the tax that is charged on top of `price`, which is amount less discount."""
        return added_to(price, self.rate) if self.kind is TaxKind.SALES_TAX else 0

    def included(self, price: int) -> int:
        """Return the tax inside of `price`, which is amount less discount."""
        return included_in(price, self.rate) if self.kind is TaxKind.SINGLE_PURPOSE else 0


UNTAXED = TaxTreatment()


def added_to(net: int, rate: Decimal) -> int:
    """Return the tax on top of `net` minor units at `rate`, half-up."""
    numerator, denominator = rate.as_integer_ratio()
    return half_up(net * numerator, denominator)


def included_in(gross: int, rate: Decimal) -> int:
    """Return the tax inside of `gross` minor units at `rate`: gross x rate / (1 + rate), half-up."""
    numerator, denominator = rate.as_integer_ratio()
    return half_up(gross * numerator, denominator + numerator)


def allot(whole: int, parts: Sequence[int]) -> tuple[int, ...]:
    """Return `whole` in the proportion of `parts`, to the unit: running totals are rounded, so the sum is `whole`.

    No allotment is further than one unit from its exact share. Neither `whole` nor a part is negative; where all
    parts are zero, `whole` is too.
    """
    total = sum(parts)
    if not total:
        return (0,) * len(parts)
    reached = [0, *(half_up(whole * part, total) for part in accumulate(parts))]
    return tuple(after - before for before, after in pairwise(reached))
