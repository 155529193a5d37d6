"""How long something is good, counted on the calendar."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.kernel.validity import Validity, last_day


@pytest.mark.parametrize(
    "validity, issued, last",
    [
        (Validity(months=12), date(2026, 11, 22), date(2027, 11, 22)),
        (Validity(months=1), date(2027, 1, 31), date(2027, 2, 28)),
        (Validity(months=1), date(2028, 1, 31), date(2028, 2, 29)),
        (Validity(months=12), date(2028, 2, 29), date(2029, 2, 28)),
        (Validity(months=12), date(2027, 3, 5), date(2028, 3, 5)),
        (Validity(months=48), date(2028, 2, 29), date(2032, 2, 29)),
        (Validity(months=13), date(2026, 12, 1), date(2028, 1, 1)),
        (Validity(days=90), date(2026, 11, 22), date(2027, 2, 20)),
        (Validity(), date(2026, 11, 22), None),
    ],
)
def test_a_certificate_is_good_from_its_day_of_issue(validity: Validity, issued: date, last: date | None) -> None:
    assert last_day(validity, issued_on=issued) == last


@given(months=st.integers(1, 1200), issued=st.dates(date(2020, 1, 1), date(2100, 1, 1)))
def test_months_never_run_into_the_next_one(months: int, issued: date) -> None:
    last = last_day(Validity(months=months), issued_on=issued)
    assert last is not None
    assert (last.year * 12 + last.month) - (issued.year * 12 + issued.month) == months
    assert last.day == issued.day or (last.day < issued.day and (last + timedelta(days=1)).day == 1)
