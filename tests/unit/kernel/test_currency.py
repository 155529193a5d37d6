"""Currencies are those of ISO 4217 that goods are priced in, each with its own smallest unit."""

import pytest

from largesse.kernel.currency import UnknownCurrency, currencies, currency


@pytest.mark.parametrize(
    "code, exponent", [("USD", 2), ("EUR", 2), ("JPY", 0), ("KRW", 0), ("BHD", 3), ("KWD", 3), ("CLF", 4)]
)
def test_a_currency_has_the_decimals_of_iso_4217(code: str, exponent: int) -> None:
    assert currency(code).exponent == exponent
    assert currency(code).units == 10**exponent


@pytest.mark.parametrize("code", ["", "usd", "US", "USDX", "XAU", "XXX", "XTS", "ZZZ", "U$D", "\x00\x00\x00"])
def test_what_is_no_money_is_refused(code: str) -> None:
    with pytest.raises(UnknownCurrency):
        currency(code)


def test_every_currency_names_itself() -> None:
    assert all(currency(known.code) is known for known in currencies())
    assert len(currencies()) > 150
