"""What a write-off relieves of tax follows from how the invoice stands: what comes back in parts comes back exactly."""

from itertools import pairwise

from hypothesis import assume, given
from hypothesis import strategies as st

from largesse.domain.invoices import RateTotal
from largesse.kernel.money import half_up
from largesse.services.invoices.writing_off import Relief, relief_due

_RATES = (70_000, 190_000, 200_000)


def _total(rate_ppm: int, gross: int, *, elsewhere: int = 0) -> RateTotal:
    tax = half_up(gross * rate_ppm, 1_000_000 + rate_ppm)
    booked = max(tax - 1, 0)
    return RateTotal(
        tax_country="DE", tax_rate_ppm=rate_ppm, gross=gross, tax=tax, booked=booked, elsewhere=booked * elsewhere
    )


_GROSS = st.integers(0, 1_000_000)
_SPLIT = st.tuples(_GROSS, _GROSS)  # what is invoiced at a rate, and what of it a credit note gives back at most
_SPLITS = st.lists(_SPLIT, min_size=1, max_size=3)


def _invoice(splits: list[tuple[int, int]]) -> tuple[list[RateTotal], list[RateTotal], int]:
    """What an invoice taxes, what of it came back, and what is left of it."""
    whole = [_total(rate, gross) for rate, (gross, _) in zip(_RATES, splits, strict=False)]
    back = [_total(rate, min(given_back, gross)) for rate, (gross, given_back) in zip(_RATES, splits, strict=False)]
    return whole, back, sum(one.gross for one in whole) - sum(one.gross for one in back)


@given(_SPLITS, st.lists(st.integers(0, 3_000_000), max_size=6))
def test_less_written_off_never_relieves_more_and_nothing_relieves_nothing(
    splits: list[tuple[int, int]], parts: list[int]
) -> None:
    taxes, returned, left = _invoice(splits)
    stages = [relief_due(taxes, returned, left, part) for part in sorted({0, *parts, left}, reverse=True)]
    assert stages[-1] == {}
    for more, less in pairwise(stages):
        for rate, relief in less.items():
            assert relief.tax <= more[rate].tax
            assert relief.taxable <= more[rate].taxable


@given(_SPLITS)
def test_all_of_what_is_left_relieves_all_that_is_due_of_it(splits: list[tuple[int, int]]) -> None:
    taxes, returned, left = _invoice(splits)
    assume(left > 0)
    found = relief_due(taxes, returned, left, left)
    for one, other in zip(taxes, returned, strict=True):
        due = one.payable - other.payable
        relief = found.get(("DE", one.tax_rate_ppm), Relief(0, 0))
        assert relief.tax == (due if due > 0 and one.tax > other.tax else 0)


def test_what_came_back_at_one_rate_leaves_the_relief_of_the_other_alone() -> None:
    taxes = [_total(190_000, 119_00), _total(70_000, 107_00)]
    whole = relief_due(taxes, [], 226_00, 226_00)
    after = relief_due(taxes, [_total(190_000, 119_00)], 107_00, 107_00)
    assert after == {("DE", 70_000): whole["DE", 70_000]}
    assert whole["DE", 190_000] == Relief(19_00, 119_00)


def test_what_a_till_owes_is_not_relieved_here() -> None:
    assert relief_due([_total(190_000, 119_00, elsewhere=1)], [], 119_00, 119_00) == {}
