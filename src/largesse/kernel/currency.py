"""The currencies money may be in, with the number of decimals each one has (ISO 4217)."""

from functools import cache

import msgspec
import pycountry

from largesse.kernel.errors import InvalidInput

# ISO 4217 gives most currencies two decimals; these are the exceptions of its list one.
_WITHOUT_DECIMALS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_WITH_THREE = "BHD IQD JOD KWD LYD OMR TND"
_WITH_FOUR = "CLF UYW"
_EXPONENTS = {
    code: exponent
    for codes, exponent in ((_WITHOUT_DECIMALS, 0), (_WITH_THREE, 3), (_WITH_FOUR, 4))
    for code in codes.split()
}
_USUAL_EXPONENT = 2

# Metals, baskets, test and "no currency" codes: they have no smallest unit, so nothing can be sold in them.
_NOT_MONEY = frozenset(["XAG", "XAU", "XBA", "XBB", "XBC", "XBD", "XDR", "XPD", "XPT", "XSU", "XTS", "XUA", "XXX"])


class Currency(msgspec.Struct, frozen=True):
    """A currency by its ISO 4217 `code`; `exponent` is how many decimals its smallest unit has."""

    code: str
    exponent: int

    @property
    def units(self) -> int:
        """Return how many smallest units make one whole (100 for USD, 1 for JPY)."""
        return int(10**self.exponent)

    def __str__(self) -> str:
        return self.code


class UnknownCurrency(InvalidInput):
    """A code is not a currency of ISO 4217 that goods are priced in."""

    code = "currency.unknown"


@cache
def _known() -> dict[str, Currency]:
    codes = (entry.alpha_3 for entry in pycountry.currencies)
    return {code: Currency(code, _EXPONENTS.get(code, _USUAL_EXPONENT)) for code in codes if code not in _NOT_MONEY}


def currency(code: str) -> Currency:
    """Return the currency of an ISO 4217 `code`, written in capitals.

    Raises:
        UnknownCurrency: there is none of that name.
    """
    found = _known().get(code)
    if found is None:
        message = f"{code[:12]!r} is not a currency. Use a three-letter ISO 4217 code such as USD."
        raise UnknownCurrency(message)
    return found


def is_currency(code: str) -> bool:
    """Return whether `code`, written in capitals, is one that goods are priced in."""
    return code in _known()


def currencies() -> tuple[Currency, ...]:
    """Return every currency that money may be in, by code."""
    return tuple(sorted(_known().values(), key=lambda known: known.code))
