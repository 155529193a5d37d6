"""Tax at a rate is rounded once, half-up, and allotted so that the parts make the whole."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.kernel.money import MINOR_MAX
from largesse.kernel.tax import UNTAXED, TaxKind, TaxTreatment, added_to, allot, included_in

prices = st.integers(0, MINOR_MAX)
rates = st.decimals(0, 1, places=6)
parts = st.lists(st.integers(0, 10**9), min_size=1, max_size=40)


@pytest.mark.parametrize(
    "gross, rate, tax",
    [(10000, "0.19", 1597), (50000, "0.19", 7983), (1, "0.19", 0), (0, "0.19", 0), (10000, "0", 0), (107, "0.07", 7),
     (3, "0.5", 1), (2, "1", 1), (1, "1", 1), (-10000, "0.19", -1597)],
)  # fmt: skip
def test_the_tax_inside_of_a_price(gross: int, rate: str, tax: int) -> None:
    assert included_in(gross, Decimal(rate)) == tax


@given(prices, rates)
def test_the_tax_inside_of_a_price_is_within_half_a_unit_of_exact(gross: int, rate: Decimal) -> None:
    exact = Fraction(gross) * Fraction(rate) / (1 + Fraction(rate))
    tax = included_in(gross, rate)
    assert -Fraction(1, 2) < tax - exact <= Fraction(1, 2)
    assert 0 <= tax <= gross


@given(st.integers(0, 10**12), rates)
def test_the_tax_on_top_is_rounded_half_up(net: int, rate: Decimal) -> None:
    assert added_to(net, rate) == int((net * rate).quantize(Decimal(1), rounding=ROUND_HALF_UP))


@given(st.integers(0, 10**12), rates)
def test_the_tax_on_top_of_a_net_price_is_inside_of_the_gross_one(net: int, rate: Decimal) -> None:
    gross = net + added_to(net, rate)
    assert abs(included_in(gross, rate) - (gross - net)) <= 1


@given(parts, rates)
def test_allotments_make_the_whole_and_each_is_near_its_share(amounts: list[int], rate: Decimal) -> None:
    for whole in (added_to(sum(amounts), rate), included_in(sum(amounts), rate)):
        shares = allot(whole, amounts)
        assert sum(shares) == whole
        for share, amount in zip(shares, amounts, strict=True):
            assert 0 <= share <= amount
            assert abs(share - Fraction(whole * amount, max(sum(amounts), 1))) <= 1


def test_what_is_allotted_differs_from_what_each_part_would_round_to() -> None:
    assert [included_in(1001, Decimal("0.19"))] * 3 == [160, 160, 160]
    assert allot(included_in(3003, Decimal("0.19")), [1001, 1001, 1001]) == (160, 159, 160)


def test_nothing_is_allotted_to_nothing() -> None:
    assert allot(0, [0, 0]) == (0, 0)
    assert allot(0, []) == ()
    assert allot(7, [0, 10, 0]) == (0, 7, 0)


def test_each_kind_has_its_tax_in_one_place() -> None:
    rate = Decimal("0.19")
    treatments = {kind: TaxTreatment(kind=kind, country="DE", rate=rate) for kind in TaxKind}
    told = {kind: (one.added(11900), one.included(11900)) for kind, one in treatments.items()}
    assert told == {
        TaxKind.NONE: (0, 0),
        TaxKind.SALES_TAX: (2261, 0),
        TaxKind.SINGLE_PURPOSE: (0, 1900),
        TaxKind.MULTI_PURPOSE: (0, 0),
    }
    assert (UNTAXED.added(11900), UNTAXED.included(11900)) == (0, 0)
