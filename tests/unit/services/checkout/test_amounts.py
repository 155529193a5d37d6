"""Amounts as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.kernel.currency import currency
from largesse.kernel.money import InvalidAmount, Money
from largesse.services.checkout.amounts import read_amount
from largesse.ui import LANGUAGES, speak


@pytest.mark.parametrize(
    "typed, code, minor",
    [
        ("25", "USD", 2500),
        ("25.5", "USD", 2550),
        ("25,50", "EUR", 2550),
        ("$1,250", "USD", 125_000),
        ("1.250,50 €", "EUR", 125_050),
        ("1,250.50", "USD", 125_050),
        ("CHF 1'250.-", "CHF", 125_000),
        ("1 250,00", "EUR", 125_000),
        ("1.000.000", "EUR", 100_000_000),
        ("USD 75", "USD", 7500),
        ("1,200", "JPY", 1200),
        ("1.250", "BHD", 1250),
        ("12,5", "BHD", 12_500),
        ("US$ 20", "USD", 2000),
    ],
)
def test_people_write_amounts_in_many_ways(typed: str, code: str, minor: int) -> None:
    assert read_amount(typed, currency(code)) == Money(minor, currency(code))


@pytest.mark.parametrize(
    "typed", ["", "ten", "-5", "1e3", "25.5050", "٢٥", "1..5", "0x10", "NaN", "9" * 30, "12 EUR", ".", ",50", "1/2"]
)
def test_what_is_no_amount_is_refused(typed: str) -> None:
    with pytest.raises(InvalidAmount):
        read_amount(typed, currency("USD"))


@given(st.integers(1, 10**9), st.sampled_from(["USD", "EUR", "JPY", "BHD", "CHF"]), st.sampled_from(LANGUAGES))
def test_what_a_page_writes_can_be_typed_back(minor: int, code: str, language: str) -> None:
    amount = Money(minor, currency(code))
    written = speak(language).money(amount)
    assert read_amount(written, currency(code)) == amount
