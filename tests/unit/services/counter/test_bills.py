"""Which certificate pays what of a bill: the sums are right, and the one that ends first goes first."""

from datetime import UTC, date, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.kernel.ids import new_id
from largesse.ledger import Account, Certificate, ClassOfValue, Status
from largesse.services.counter import BillCurrenciesDiffer, BillEmpty, Lain, plan_bill

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)


def lain(
    value: int, *, gratuity: int = 0, good_through: date | None = None, currency: str = "USD", too: bool = False
) -> Lain:
    certificate = Certificate(
        merchant_id=new_id(NOW),
        certificate_id=new_id(NOW),
        currency=currency,
        class_of_value=ClassOfValue.PAID,
        funding=Account.CASH,
        status=Status.ACTIVE,
        balance=value,
        gratuity_balance=gratuity,
        good_through=good_through,
        expires_at=None,
        order_number=None,
        issued_at=NOW,
    )
    return Lain(certificate=certificate, gratuity_too=too)


bills = st.lists(
    st.builds(
        lain,
        st.integers(0, 50_000),
        gratuity=st.integers(0, 900),
        good_through=st.none() | st.dates(date(2026, 1, 1), date(2030, 1, 1)),
        too=st.booleans(),
    ),
    min_size=1,
    max_size=6,
)


@given(bills, st.none() | st.integers(0, 200_000))
def test_what_is_paid_and_what_remains_add_up_to_the_bill(laid: list[Lain], total: int | None) -> None:
    plan = plan_bill(laid, total)
    there = sum(one.certificate.available for one in laid)
    assert plan.value == (there if total is None else min(there, total))
    assert plan.remains == max(0, (total or 0) - there)
    assert plan.gratuity == sum(one.certificate.gratuity_available for one in laid if one.gratuity_too)


@given(bills, st.integers(0, 200_000), st.randoms())
def test_the_order_of_laying_them_down_makes_no_difference(laid: list[Lain], total: int, random: object) -> None:
    other = list(laid)
    random.shuffle(other)  # type: ignore[attr-defined]  # it is a random.Random
    assert plan_bill(other, total) == plan_bill(laid, total)


@given(bills, st.integers(1, 200_000))
def test_one_that_ends_later_pays_only_when_those_before_it_are_used_up(laid: list[Lain], total: int) -> None:
    by_id = {one.certificate.certificate_id: one.certificate for one in laid}
    parts = plan_bill(laid, total).parts
    for before, after in pairwise(parts):
        if after.value:
            assert before.value == by_id[before.certificate_id].available
        ends = [by_id[part.certificate_id].good_through or date.max for part in (before, after)]
        assert ends == sorted(ends)


def test_of_two_that_end_together_the_smaller_goes_first() -> None:
    large, small = lain(9_000), lain(2_000)
    assert [part.value for part in plan_bill([large, small], 3_000).parts] == [2_000, 1_000]


def test_certificates_of_two_currencies_are_no_bill() -> None:
    with pytest.raises(BillCurrenciesDiffer):
        plan_bill([lain(100), lain(100, currency="EUR")], 50)
    with pytest.raises(BillEmpty):
        plan_bill([], 50)
