"""Money is whole numbers; what people and machines write of it reads back to the unit."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.kernel.currency import Currency, currencies, currency
from largesse.kernel.money import (
    MINOR_MAX,
    CurrencyMismatch,
    InvalidAmount,
    Money,
    TooManyDecimals,
    parse,
    plain,
    share,
)

kinds = st.sampled_from(currencies())
minors = st.integers(-MINOR_MAX // 2, MINOR_MAX // 2)


@given(minors, kinds)
def test_what_is_written_plainly_reads_back(minor: int, kind: Currency) -> None:
    money = Money(minor, kind)
    assert parse(str(money), money.currency) == money


@given(minors, minors, kinds)
def test_sums_and_differences_are_exact(one: int, other: int, kind: Currency) -> None:
    a, b = Money(one, kind), Money(other, kind)
    assert (a + b).minor == one + other
    assert (a - b) + b == a
    assert (a < b) == (one < other)


def test_two_currencies_do_not_mix() -> None:
    with pytest.raises(CurrencyMismatch):
        Money(1, currency("USD")) + Money(1, currency("EUR"))


@given(st.integers(0, 10**9), st.decimals(0, 1, places=6))
def test_a_share_is_rounded_half_up(minor: int, rate: Decimal) -> None:
    exact = (Decimal(minor) * rate).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    assert share(Money(minor, currency("USD")), rate=rate).minor == int(exact)
    assert share(Money(-minor, currency("USD")), rate=rate).minor == -int(exact)


@pytest.mark.parametrize(
    "text, code, minor",
    [("25", "USD", 2500), ("25.5", "USD", 2550), ("25.00", "USD", 2500), ("0.010", "USD", 1), ("7", "JPY", 7),
     ("7.0", "JPY", 7), ("1.234", "BHD", 1234), ("-3.20", "EUR", -320)],
)  # fmt: skip
def test_plain_numbers_are_read(text: str, code: str, minor: int) -> None:
    assert parse(text, currency(code)).minor == minor


@pytest.mark.parametrize("text, code", [("25.001", "USD"), ("0.1", "JPY"), ("1.2345", "BHD")])
def test_what_is_finer_than_the_smallest_unit_is_refused(text: str, code: str) -> None:
    with pytest.raises(TooManyDecimals):
        parse(text, currency(code))


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "1e400",
        "NaN",
        "Infinity",
        "1,000",
        "1_000",
        "+5",
        "$5",
        "5.",
        ".5",
        "0x10",
        "٢٥",
        "5 ",
        "5\n",
    ],
)
def test_what_has_to_be_guessed_at_is_no_amount(text: str) -> None:
    with pytest.raises(InvalidAmount):
        parse(text, currency("USD"))


@pytest.mark.parametrize("text", ["1" + "0" * 18, "-" + "9" * 17, "9" * 5000, str(MINOR_MAX)])
def test_what_is_too_large_is_told_so(text: str) -> None:
    with pytest.raises(InvalidAmount, match="larger than any account"):
        parse(text, currency("USD"))


def test_zeros_that_mean_nothing_do_no_harm() -> None:
    assert parse("0" * 40 + "25." + "0" * 40, currency("USD")).minor == 2500
    with pytest.raises(TooManyDecimals):
        parse("25." + "0" * 40 + "1", currency("USD"))


def test_an_amount_beyond_any_account_is_refused() -> None:
    with pytest.raises(InvalidAmount):
        Money(MINOR_MAX + 1, currency("USD"))


def test_machine_form_has_all_decimals() -> None:
    assert plain(0, currency("USD")) == "0.00"
    assert plain(-5, currency("USD")) == "-0.05"
    assert plain(1200, currency("JPY")) == "1200"
    assert plain(1, currency("BHD")) == "0.001"
