"""Amounts as Stripe counts them (docs.stripe.com/currencies), which is not everywhere as ISO 4217 does.

Most are counted in the smallest unit, as here. The exceptions: Madagascar's ariary is counted whole, although ISO gives
it two decimals; Iceland's króna and Uganda's shilling are counted in hundredths, although they have none any more; and
amounts with three decimals must be multiples of ten.
"""

import tomllib
from functools import cache
from pathlib import Path

from largesse.kernel.currency import currency
from largesse.kernel.money import parse

_WHOLE = frozenset(
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"]
)
_HUNDREDTHS_OF_WHOLE = frozenset({"ISK", "UGX"})
_IN_TENS = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})
# Stripe does not process these at all.
_NOT_AT_STRIPE = frozenset({"CLF", "CUP", "IQD", "IRR", "KPW", "LYD", "SDG", "SSP", "SYP", "UYI", "UYW", "VED"})
# No currency is counted in more than twelve digits; where fewer are allowed, Stripe says so itself.
_STRIPE_MAX = 999_999_999_999


def least_amount(code: str) -> int:
    """Return the least that Stripe collects of the currency `code`, in its smallest units; 0 where it names none."""
    return _least_amounts().get(code, 0)


@cache
def _least_amounts() -> dict[str, int]:
    table = tomllib.loads(Path(__file__).with_name("least_amounts.toml").read_text())
    return {code: parse(row["least"], currency(code)).minor for code, row in table.items()}


def to_stripe(minor: int, code: str) -> int | None:
    """Return `minor` smallest units of the currency `code` as Stripe counts them; None when it cannot say that much.

    Never rounded: an amount that Stripe cannot express is not collected.
    """
    if code in _NOT_AT_STRIPE or minor < 0:
        return None
    ours, theirs = currency(code).units, _units(code)
    amount, rest = divmod(minor * theirs, ours)
    if rest or amount > _STRIPE_MAX or (code in _IN_TENS and amount % 10):
        return None
    return amount


def from_stripe(amount: int, code: str) -> int:
    """Return what Stripe counts as `amount` in smallest units of the currency `code`."""
    return amount * currency(code).units // _units(code)


def _units(code: str) -> int:
    """Return how many of Stripe's units make one whole."""
    if code in _WHOLE:
        return 1
    if code in _HUNDREDTHS_OF_WHOLE:
        return 100
    return currency(code).units
