"""The money of an order, over currencies with none, two and three decimals."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.domain.orders import ChargeInvalid, charge
from largesse.kernel.currency import Currency, currency
from largesse.kernel.money import Money

CURRENCIES = st.sampled_from([currency("JPY"), currency("USD"), currency("BHD")])
MINOR = st.integers(0, 10**9)
RATES = st.decimals(0, 1, places=6)


@given(money=CURRENCIES, amount=st.integers(1, 10**9), tip=MINOR, discount=MINOR, rate=RATES)
def test_the_total_is_the_sum_and_tax_is_rounded_once(
    money: Currency, amount: int, tip: int, discount: int, rate: Decimal
) -> None:
    discount = min(discount, amount)

    found = charge(Money(amount, money), tip=Money(tip, money), discount=Money(discount, money), tax_rate=rate)

    expected = (Decimal(amount - discount) * rate).quantize(Decimal(1), ROUND_HALF_UP)
    assert found.tax.minor == expected
    assert found.total.minor == amount + tip - discount + expected
    assert found.amount.minor == amount


@pytest.mark.parametrize(
    "code, amount, rate, tax",
    [("JPY", 105, "0.1", 11), ("JPY", 104, "0.1", 10), ("USD", 1_000, "0.08875", 89), ("BHD", 1_050, "0.05", 53)],
)
def test_half_a_smallest_unit_is_rounded_up(code: str, amount: int, rate: str, tax: int) -> None:
    assert charge(Money(amount, currency(code)), tax_rate=Decimal(rate)).tax.minor == tax


@pytest.mark.parametrize(
    "amount, tip, discount, rate",
    [(0, 0, 0, "0"), (-1, 0, 0, "0"), (10, -1, 0, "0"), (10, 0, 11, "0"), (10, 0, 0, "-1")],
)
def test_amounts_that_make_no_charge_are_refused(amount: int, tip: int, discount: int, rate: str) -> None:
    usd = currency("USD")
    with pytest.raises(ChargeInvalid):
        charge(Money(amount, usd), tip=Money(tip, usd), discount=Money(discount, usd), tax_rate=Decimal(rate))
