"""Months of the calendar, in UTC."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from largesse.kernel.months import month_after, month_before, month_of


def test_a_month_begins_in_utc_wherever_a_moment_was_noted() -> None:
    moment = datetime(2027, 1, 1, 1, 30, tzinfo=timezone(timedelta(hours=2)))
    assert month_of(moment) == datetime(2026, 12, 1, tzinfo=UTC)


@pytest.mark.parametrize("month", [datetime(2026, number, 1, tzinfo=UTC) for number in (1, 2, 11, 12)])
def test_the_month_before_the_one_after_is_the_same(month: datetime) -> None:
    assert month_before(month_after(month)) == month == month_after(month_before(month))
    assert month_of(month_after(month) - timedelta(microseconds=1)) == month
