"""Amounts as Stripe counts them, there and back, never rounded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.adapters.stripe_gateway import from_stripe, to_stripe
from largesse.kernel.currency import currencies, currency
from largesse.kernel.money import Money


@pytest.mark.parametrize(
    "minor, code, amount",
    [
        (1_999, "USD", 1_999),
        (500, "JPY", 500),
        (500, "ISK", 50_000),
        (500, "UGX", 50_000),
        (1_000, "MGA", 10),
        (1_050, "MGA", None),
        (5_120, "KWD", 5_120),
        (5_124, "KWD", None),
        (100, "IQD", None),
        (-1, "EUR", None),
    ],
)
def test_each_currency_is_counted_as_stripe_counts_it(minor: int, code: str, amount: int | None) -> None:
    assert to_stripe(Money(minor, currency(code))) == amount


@given(minor=st.integers(0, 10**8), code=st.sampled_from([one.code for one in currencies()]))
def test_what_stripe_can_say_comes_back_unchanged(minor: int, code: str) -> None:
    money = Money(minor, currency(code))
    counted = to_stripe(money)
    if counted is not None:
        assert from_stripe(counted, code.lower()) == money
