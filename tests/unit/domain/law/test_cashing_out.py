"""Whether the rest is owed in money: by the row of the day, both pots counted, and unknown where nobody knows."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.domain.law import CashOutAsked, Owed, cash_out_answer, find_profile
from largesse.kernel.currency import currency
from largesse.kernel.money import Money

TODAY = date(2026, 11, 29)


def _asked(
    left: int,
    *,
    filled: int = 10_000,
    money: str = "USD",
    issued_on: date = TODAY,
    today: date = TODAY,
    unusable: bool = False,
) -> CashOutAsked:
    return CashOutAsked(
        left=Money(left, currency(money)),
        filled=Money(filled, currency(money)),
        issued_on=issued_on,
        today=today,
        unusable=unusable,
    )


@pytest.mark.parametrize(
    "code, asked, owed",
    [
        ("US-CA", _asked(1499), Owed.YES),
        ("US-CA", _asked(1500), Owed.NO),
        ("US-CA", _asked(0), Owed.NO),
        ("US-CA", _asked(1499, today=date(2026, 3, 31)), Owed.NO),
        ("US-CA", _asked(999, today=date(2026, 3, 31)), Owed.YES),
        ("US-CA", _asked(1499, issued_on=date(2015, 1, 1), today=date(2026, 4, 1)), Owed.YES),
        ("US-CO", _asked(500), Owed.YES),
        ("US-CO", _asked(501), Owed.NO),
        ("US-MA", _asked(499, filled=600), Owed.YES),
        ("US-MA", _asked(1000), Owed.YES),  # 90 of 100 are used
        ("US-MA", _asked(1001), Owed.NO),
        ("US-RI", _asked(100), Owed.NO),
        ("US-TX", _asked(100), Owed.UNKNOWN),
        ("US", _asked(100), Owed.NO),
        ("DE", _asked(100, money="EUR"), Owed.NO),
        ("FR", _asked(100, money="EUR"), Owed.UNKNOWN),
        ("IE", _asked(101, money="EUR", unusable=True), Owed.YES),
        ("IE", _asked(100, money="EUR", unusable=True), Owed.NO),
        ("IE", _asked(101, money="EUR"), Owed.NO),
        ("IE", _asked(101, money="EUR", unusable=True, issued_on=date(2019, 12, 1)), Owed.UNKNOWN),
        ("CA-QC", _asked(500, money="CAD"), Owed.YES),
        ("CA-QC", _asked(500), Owed.UNKNOWN),  # of other money the row says nothing
        ("CA-ON", _asked(500, money="CAD"), Owed.UNKNOWN),
    ],
)
def test_the_row_that_holds_decides(code: str, asked: CashOutAsked, owed: Owed) -> None:
    assert cash_out_answer(find_profile(code), asked).owed is owed


def test_the_answer_names_its_row() -> None:
    answer = cash_out_answer(find_profile("US-CA"), _asked(1499))
    assert answer.reason == "US-CA: less than 15.00 USD (asked for from 2026-04-01)"
    unknown = cash_out_answer(find_profile("US-TX"), _asked(100))
    assert unknown.reason == "US-TX: unknown"
    before = cash_out_answer(find_profile("IE"), _asked(500, money="EUR", issued_on=date(2019, 1, 1)))
    assert before.reason == "EU: unknown"


LIMITS = {"US-CA": 1499, "US-CO": 500, "US-CT": 499, "US-NY": 499, "US-VT": 99, "US-PR": 500, "US-WA": 499}
"""The most that is paid out today, by hand."""


@given(code=st.sampled_from(sorted(LIMITS)), left=st.integers(1, 3000), more=st.integers(0, 5000))
def test_what_is_owed_ends_at_the_threshold(code: str, left: int, more: int) -> None:
    answer = cash_out_answer(find_profile(code), _asked(left, filled=left + more))
    assert answer.owed is (Owed.YES if left <= LIMITS[code] else Owed.NO)
