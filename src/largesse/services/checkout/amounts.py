"""Amounts as people write them: `25`, `25,50`, `$1,250`, `1.250,50 €`, `CHF 1'250.-`."""

import re
from typing import Final

from largesse.kernel.currency import Currency
from largesse.kernel.money import InvalidAmount, Money, parse

_NOISE: Final = re.compile(r"[\s'’$€£¥₹￥₩₽\u00a0\u202f]")
_DIGITS: Final = re.compile(r"[0-9]+(?:[.,][0-9]+)*")
_LENGTH_MAX: Final = 40


def read_amount(text: str, currency: Currency) -> Money:
    """Return the amount that somebody typed.

    Point and comma may each group or part decimals: the last of two different ones parts, one that comes more than once
    groups, and a single one before exactly three digits groups, unless the currency has three decimals. Whoever typed
    it sees the total before paying.

    Raises:
        InvalidAmount: it cannot be read as an amount.
        TooManyDecimals: it is finer than the currency's smallest unit.
    """
    bare = _NOISE.sub("", text[:_LENGTH_MAX]).upper()
    for name in (currency.code, currency.code[:2]):  # the second is what is left of US$ and $US
        bare = bare.removeprefix(name).removesuffix(name)
    bare = re.sub(r"[.,][-–—]{1,2}$", "", bare)
    if not bare.isascii() or not _DIGITS.fullmatch(bare):
        raise InvalidAmount("Write the amount as a number, such as 25.00.")
    mark = _decimal_mark(bare, currency)
    whole, _, fraction = bare.rpartition(mark) if mark else (bare, "", "")
    whole = whole.replace(".", "").replace(",", "")
    return parse(f"{whole}.{fraction}" if fraction else whole, currency)


def _decimal_mark(bare: str, currency: Currency) -> str:
    """Return which of point and comma parts the decimals, "" when neither does."""
    marks = [mark for mark in ".," if mark in bare]
    if not marks:
        return ""
    last = max(marks, key=bare.rindex)
    if len(marks) == 2:
        return last
    if bare.count(last) > 1:
        return ""
    decimals = len(bare) - bare.index(last) - 1
    return "" if decimals == 3 and currency.exponent != 3 else last
