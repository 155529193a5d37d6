"""The money of an order, over currencies with none, two and three decimals."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.domain.orders import ChargeInvalid, checked
from tests.builders.orders import a_charge

MINOR = st.integers(0, 10**9)


@given(code=st.sampled_from(["JPY", "USD", "BHD"]), amount=st.integers(1, 10**9), tip=MINOR, discount=MINOR, tax=MINOR)
def test_the_total_is_the_sum(code: str, amount: int, tip: int, discount: int, tax: int) -> None:
    discount = min(discount, amount)
    found = checked(a_charge(amount, tip=tip, discount=discount, tax=tax, code=code))
    assert found.total.minor == amount + tip - discount + tax


@pytest.mark.parametrize(
    "amount, tip, discount, tax, included",
    [(0, 0, 0, 0, 0), (-1, 0, 0, 0, 0), (10, -1, 0, 0, 0), (10, 0, 11, 0, 0), (10, 0, 0, -1, 0), (10, 0, 0, 0, -1),
     (10, 9, 4, 0, 7)],
)  # fmt: skip
def test_amounts_that_make_no_charge_are_refused(amount: int, tip: int, discount: int, tax: int, included: int) -> None:
    with pytest.raises(ChargeInvalid):
        checked(a_charge(amount, tip=tip, discount=discount, tax=tax, included_tax=included))


def test_tax_that_is_included_is_never_added() -> None:
    assert checked(a_charge(10, tip=2, discount=4, included_tax=6)).total.minor == 8
