"""Money: whole numbers of a currency's smallest unit, never a float."""

import re
from decimal import Decimal
from functools import lru_cache
from typing import Self

import msgspec

from largesse.kernel.currency import Currency
from largesse.kernel.errors import InvalidInput

# What bigint holds, with room for sums of many: about 9 x 10^16 units of two decimals.
MINOR_MAX = 9_000_000_000_000_000

_PLAIN_DECIMAL = re.compile(r"(?P<sign>-?)(?P<whole>[0-9]+)(?:\.(?P<fraction>[0-9]+))?")
_AMOUNTS_REMEMBERED = 4096
_WHOLE_DIGITS_MAX = len(str(MINOR_MAX))
_TOO_LARGE = "The amount is larger than any account can hold."


class InvalidAmount(InvalidInput):
    """A text is not an amount of the currency; `code` tells why."""

    code = "amount.invalid"


class TooManyDecimals(InvalidAmount):
    """An amount is finer than the currency's smallest unit."""

    code = "amount.decimals"


class CurrencyMismatch(InvalidInput):
    """Two amounts of different currencies were put together."""

    code = "currency.mismatch"


class Money(msgspec.Struct, frozen=True, order=False):
    """An amount: `minor` smallest units of `currency`.

    Raises:
        InvalidAmount: the amount is beyond what an account can hold.
    """

    minor: int
    currency: Currency

    def __post_init__(self) -> None:
        if not -MINOR_MAX <= self.minor <= MINOR_MAX:
            raise InvalidAmount(_TOO_LARGE)

    def __add__(self, other: Self) -> "Money":
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Self) -> "Money":
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __lt__(self, other: Self) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Self) -> bool:
        return self.minor <= self._same(other)

    def __bool__(self) -> bool:
        return self.minor != 0

    def __str__(self) -> str:
        """Return the machine form with a point and all decimals, `25.00`; screens use Babel."""
        return plain(self.minor, self.currency)

    def _same(self, other: "Money") -> int:
        if other.currency != self.currency:
            message = f"{self.currency} and {other.currency} cannot be put together."
            raise CurrencyMismatch(message)
        return other.minor


@lru_cache(_AMOUNTS_REMEMBERED)
def plain(minor: int, currency: Currency) -> str:
    """Write `minor` units the way machines exchange them: a point, all decimals, no grouping (`0.00`)."""
    sign, units = ("-", -minor) if minor < 0 else ("", minor)
    if currency.exponent == 0:
        return f"{sign}{units}"
    whole, fraction = divmod(units, currency.units)
    return f"{sign}{whole}.{fraction:0{currency.exponent}d}"


def parse(text: str, currency: Currency) -> Money:
    """Read a plain decimal such as `25`, `25.5` or `25.00`; zeros beyond the currency's decimals are accepted.

    Exponents, grouping, signs other than a leading minus, NaN and infinities are refused: an amount that has to be
    guessed at is not an amount.

    Raises:
        InvalidAmount: the text is not a number, or larger than any account can hold.
        TooManyDecimals: it is finer than the currency's smallest unit.
    """
    match = _PLAIN_DECIMAL.fullmatch(text)
    if match is None:
        raise InvalidAmount("Write the amount as a plain number with a point, such as 25.00.")
    whole = match["whole"].lstrip("0") or "0"
    if len(whole) > _WHOLE_DIGITS_MAX:
        raise InvalidAmount(_TOO_LARGE)
    fraction = (match["fraction"] or "").rstrip("0")
    if len(fraction) > currency.exponent:
        places = f"at most {currency.exponent}" if currency.exponent else "no"
        raise TooManyDecimals(f"{currency} has {places} decimals; round the amount to that.")
    minor = int(whole) * currency.units + int(fraction.ljust(currency.exponent, "0") or 0)
    return Money(-minor if match["sign"] else minor, currency)


def share(amount: Money, *, rate: Decimal) -> Money:
    """Return `amount` times `rate` (0.0825 for 8.25 %), rounded half-up (away from zero) to the smallest unit.

    PRODUCT "Money of an order": tax is rounded once per order.
    """
    numerator, denominator = rate.as_integer_ratio()
    return Money(half_up(amount.minor * numerator, denominator), amount.currency)


def half_up(numerator: int, denominator: int) -> int:
    """Return numerator / denominator as a whole number, halves away from zero; `denominator` is positive."""
    nearest = (2 * abs(numerator) + denominator) // (2 * denominator)
    return -nearest if numerator < 0 else nearest
