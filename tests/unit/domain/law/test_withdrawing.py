"""For how long a buyer may withdraw, and where the shop must have a function for it."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.domain.law import (
    WithdrawalRule,
    find_profile,
    last_day_to_withdraw,
    money_back_by,
    withdrawal_of,
)

DAYS = st.dates(date(2020, 1, 1), date(2080, 1, 1))
FORTNIGHT = WithdrawalRule(days=14)


@pytest.mark.parametrize(
    "code, today, asked",
    [
        ("DE", date(2026, 6, 18), False),
        ("DE", date(2026, 6, 19), True),
        ("AT", date(2026, 6, 19), True),
        ("FR", date(2026, 6, 19), True),
        ("GB", date(2026, 6, 19), False),
        ("US", date(2026, 6, 19), False),
    ],
)
def test_the_function_is_asked_for_where_the_law_has_it_since_its_day(code: str, today: date, asked: bool) -> None:
    rule = withdrawal_of(find_profile(code), bought_on=today, today=today)
    assert (rule is not None and rule.function is True) is asked


def test_what_was_bought_before_the_function_came_can_be_withdrawn_from_all_the_same() -> None:
    rule = withdrawal_of(find_profile("DE"), bought_on=date(2026, 6, 10), today=date(2026, 6, 20))
    assert rule is not None
    assert (rule.days, rule.function) == (14, False)


@given(DAYS, DAYS)
def test_the_days_are_counted_from_the_later_of_payment_and_first_delivery(paid_on: date, delivered_on: date) -> None:
    last = last_day_to_withdraw(FORTNIGHT, paid_on=paid_on, delivered_on=delivered_on, told=True)
    assert last == max(paid_on, delivered_on) + timedelta(days=14)


@given(DAYS)
def test_who_was_not_told_of_it_has_a_year_more(paid_on: date) -> None:
    told = last_day_to_withdraw(FORTNIGHT, paid_on=paid_on, delivered_on=paid_on, told=True)
    untold = last_day_to_withdraw(FORTNIGHT, paid_on=paid_on, delivered_on=paid_on, told=False)
    assert told is not None
    assert untold is not None
    assert (untold.year, untold.month) == (told.year + 1, told.month)


def test_before_anything_was_delivered_there_is_no_last_day() -> None:
    assert last_day_to_withdraw(FORTNIGHT, paid_on=date(2026, 12, 1), delivered_on=None, told=True) is None


def test_the_money_is_back_within_a_fortnight() -> None:
    assert money_back_by(date(2026, 12, 1)) == date(2026, 12, 15)
