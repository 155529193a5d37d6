"""Amounts as Stripe counts them (docs.stripe.com/currencies), which is not everywhere as ISO 4217 does.

Most are counted in the smallest unit, as here. The exceptions: Madagascar's ariary is counted whole, although ISO gives
it two decimals; Iceland's króna and Uganda's shilling are counted in hundredths, although they have none any more; and
amounts with three decimals must be multiples of ten.
"""

import tomllib
from functools import cache
from pathlib import Path

from largesse.kernel.currency import Currency, currency
from largesse.kernel.money import Money, parse

_WHOLE = frozenset(
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"]
)
_HUNDREDTHS_OF_WHOLE = frozenset({"ISK", "UGX"})
_IN_TENS = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})
# Stripe does not process these at all.
_NOT_AT_STRIPE = frozenset({"CLF", "CUP", "IQD", "IRR", "KPW", "LYD", "SDG", "SSP", "SYP", "UYI", "UYW", "VED"})
# No currency is counted in more than twelve digits; where fewer are allowed, Stripe says so itself.
_STRIPE_MAX = 999_999_999_999


def least_amount(money: Currency) -> Money:
    """Return the least that Stripe collects of a currency, zero where it names none."""
    return _least_amounts().get(money.code, Money(0, money))


@cache
def _least_amounts() -> dict[str, Money]:
    table = tomllib.loads(Path(__file__).with_name("least_amounts.toml").read_text())
    return {code: parse(row["least"], currency(code)) for code, row in table.items()}


def to_stripe(amount: Money) -> int | None:
    """Return an amount as Stripe counts it; None when it cannot say that much.

    Never rounded: an amount that Stripe cannot express is not collected.
    """
    code = amount.currency.code
    if code in _NOT_AT_STRIPE or amount.minor < 0:
        return None
    counted, rest = divmod(amount.minor * _units(amount.currency), amount.currency.units)
    if rest or counted > _STRIPE_MAX or (code in _IN_TENS and counted % 10):
        return None
    return counted


def from_stripe(counted: int, code: str) -> Money:
    """Return what Stripe counts as `counted` of the currency `code`, which it writes in small letters."""
    money = currency(code.upper())
    return Money(counted * money.units // _units(money), money)


def _units(money: Currency) -> int:
    """Return how many of Stripe's units make one whole."""
    if money.code in _WHOLE:
        return 1
    if money.code in _HUNDREDTHS_OF_WHOLE:
        return 100
    return money.units
