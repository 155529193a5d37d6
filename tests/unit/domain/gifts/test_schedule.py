"""The moment that a day and an hour mean where the merchant lives."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.domain.gifts import DayNotOffered, delivery_moment

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "zone, day, hour, moment",
    [
        ("America/New_York", date(2026, 12, 24), 9, datetime(2026, 12, 24, 14, tzinfo=UTC)),
        # the day before the clocks go forward, and the day after
        ("America/New_York", date(2027, 3, 13), 9, datetime(2027, 3, 13, 14, tzinfo=UTC)),
        ("America/New_York", date(2027, 3, 14), 9, datetime(2027, 3, 14, 13, tzinfo=UTC)),
        # two o'clock does not come that night: three is what the clock shows then
        ("America/New_York", date(2027, 3, 14), 2, datetime(2027, 3, 14, 7, tzinfo=UTC)),
        # one o'clock comes twice: the first
        ("America/New_York", date(2027, 11, 7), 1, datetime(2027, 11, 7, 5, tzinfo=UTC)),
        # midnight does not come
        ("America/Santiago", date(2027, 9, 5), 0, datetime(2027, 9, 5, 4, tzinfo=UTC)),
        # half an hour
        ("Australia/Lord_Howe", date(2027, 10, 3), 2, datetime(2027, 10, 2, 15, 30, tzinfo=UTC)),
        ("Asia/Kathmandu", date(2027, 1, 1), 0, datetime(2026, 12, 31, 18, 15, tzinfo=UTC)),
    ],
)
def test_an_hour_is_the_merchants(zone: str, day: date, hour: int, moment: datetime) -> None:
    assert delivery_moment(day, hour, in_zone=ZoneInfo(zone), now=NOW) == moment


@given(st.integers(0, 700), st.integers(0, 23), st.sampled_from(["America/New_York", "Europe/London", "Pacific/Apia"]))
def test_a_gift_is_sent_on_its_day_and_never_before_now(ahead: int, hour: int, zone: str) -> None:
    where = ZoneInfo(zone)
    day = NOW.astimezone(where).date() + timedelta(days=ahead)
    moment = delivery_moment(day, hour, in_zone=where, now=NOW)
    assert moment >= NOW
    assert moment.astimezone(where).date() == day
    assert moment.astimezone(where).hour in {hour, hour + 1} or moment == NOW


def test_an_hour_of_today_that_has_passed_is_now() -> None:
    assert delivery_moment(date(2026, 11, 22), 8, in_zone=NEW_YORK, now=NOW) == NOW


@pytest.mark.parametrize(
    "day, hour, field",
    [
        (date(2026, 11, 21), 9, "day"),
        (date(2028, 11, 25), 9, "day"),
        (date(9999, 12, 31), 9, "day"),
        (date(2026, 12, 24), 24, "hour"),
        (date(2026, 12, 24), -1, "hour"),
    ],
)
def test_other_days_and_hours_are_not_offered(day: date, hour: int, field: str) -> None:
    with pytest.raises(DayNotOffered) as refused:
        delivery_moment(day, hour, in_zone=NEW_YORK, now=NOW)
    assert [fault.field for fault in refused.value.fields] == [field]
