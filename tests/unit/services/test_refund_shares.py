"""However an order is refunded in parts, the parts come to what was paid, and never to more."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from largesse.services.disputes.handling import shares
from largesse.services.refunds.statement import shares_of_refund
from tests.builders.orders import an_order

MERCHANT = UUID(int=1)


@st.composite
def _orders_and_cuts(draw: st.DrawFn) -> tuple[int, int, int, list[int]]:
    amount = draw(st.integers(1, 10**9))
    discount = draw(st.integers(0, amount))
    tax = draw(st.integers(0, amount))
    cuts = sorted(draw(st.lists(st.integers(0, amount), max_size=12)))
    return amount, discount, tax, [*cuts, amount]


@given(_orders_and_cuts())
def test_parts_of_a_refund_add_up_to_the_whole(given_order: tuple[int, int, int, list[int]]) -> None:
    amount, discount, tax, cuts = given_order
    order = an_order(MERCHANT, amount=amount, discount=discount, tax=tax, total=amount - discount + tax)
    paid_back = done = 0
    for upto in cuts:
        value = upto - done
        off, added = shares_of_refund(order, value, refunded=done)
        assert 0 <= off <= value
        assert added >= 0
        paid_back += value - off + added
        done = upto
        assert paid_back <= order.total
    assert paid_back == order.total


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_value_that_was_added_later_carries_no_tax_and_no_discount(extra: int, tax: int) -> None:
    order = an_order(MERCHANT, amount=100, discount=10, tax=tax, total=90 + tax)

    assert shares_of_refund(order, extra, refunded=100) == (0, 0)


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=20), st.integers(0, 10**9))
def test_what_a_bank_took_is_split_to_the_last_unit(left: list[int], taken: int) -> None:
    taken = min(taken, sum(left))

    split = shares(taken, left)

    assert sum(split) == taken
    assert all(part >= 0 for part in split)
