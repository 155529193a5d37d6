"""Tax that falls due when multi-purpose value is used: which rates, on how much. Pure, as `book` is.

Directive (EU) 2016/1065: the taxable amount is what was paid for the voucher. So where it was sold below its face, each
line is taxed on its share of the price paid for what is taken, and the tax is inside of that.
"""

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from largesse.kernel.tax import allot, included_in
from largesse.kernel.where import Where

PPM = 1_000_000


class RateLine(msgspec.Struct, frozen=True):
    """How much of a redemption, at face, pays for what is taxed at a rate; the rate is a fraction, 0.19 for 19 %."""

    rate: Decimal
    face: int


class TaxLine(msgspec.Struct, frozen=True):
    """What a row of tax is computed from: country, rate in millionths, gross amount, and the tax inside of it."""

    country: str | None
    rate_ppm: int
    taxable: int
    tax: int


def tax_lines(rates: Sequence[RateLine], where: Where, *, face: int, price: int) -> tuple[TaxLine, ...] | None:
    """Return the tax on a redemption of `face` that was paid for with `price`; None where no rate is known.

    `rates` add up to `face`; without any, the default rate of the location counts for all of it.
    """
    if not rates:
        if where.default_rate is None:
            return None
        rates = (RateLine(rate=where.default_rate.rate, face=face),)
    gross = allot(price, [line.face for line in rates])
    return tuple(
        TaxLine(
            country=where.country or None,
            rate_ppm=int(line.rate * PPM),
            taxable=taxable,
            tax=included_in(taxable, line.rate),
        )
        for line, taxable in zip(rates, gross, strict=True)
    )
