"""Days begin and end where the merchant lives."""

from bisect import bisect_left
from datetime import UTC, date, datetime, timedelta
from functools import cache, partial
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.kernel.clock import (
    SystemClock,
    add_years,
    aware,
    business_day,
    day_of,
    end_of_day,
    start_of_day,
    zone,
)

zones = st.sampled_from(
    ["America/New_York", "Europe/Paris", "Asia/Kolkata", "Pacific/Apia", "America/Sao_Paulo", "Asia/Tokyo", "UTC"]
)
days = st.dates(date(2015, 1, 1), date(2040, 1, 1))


@given(days, zones)
def test_a_day_is_good_until_its_last_instant_and_not_one_longer(day: date, name: str) -> None:
    place = zone(name)
    end = end_of_day(day, in_zone=place)
    assert day_of(end, in_zone=place) > day
    assert day_of(end - timedelta(microseconds=1), in_zone=place) <= day


@given(days, zones)
def test_a_day_ends_where_the_next_begins(day: date, name: str) -> None:
    place = zone(name)
    assert end_of_day(day, in_zone=place) == start_of_day(day + timedelta(days=1), in_zone=place)
    assert end_of_day(day, in_zone=place).tzinfo is UTC


def test_a_december_day_in_new_york_ends_at_five_in_the_morning_of_utc() -> None:
    end = end_of_day(date(2019, 12, 31), in_zone=zone("America/New_York"))
    assert end == datetime(2020, 1, 1, 5, tzinfo=UTC)


def test_a_july_day_in_new_york_ends_an_hour_earlier() -> None:
    end = end_of_day(date(2027, 7, 1), in_zone=zone("America/New_York"))
    assert end == datetime(2027, 7, 2, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    "day, years, later",
    [(date(2028, 2, 29), 1, date(2029, 2, 28)), (date(2028, 2, 29), 4, date(2032, 2, 29)),
     (date(2026, 11, 22), 1, date(2027, 11, 22))],
)  # fmt: skip
def test_a_year_later_is_the_same_day_or_the_28th(day: date, years: int, later: date) -> None:
    assert add_years(day, years) == later


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        aware(datetime.fromisoformat("2026-11-22T00:00:00"))


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../../etc/passwd", "America/New_York\x00", "EST5EDT4,M3,M11"])
def test_an_unknown_zone_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="time zone"):
        zone(name)


def test_the_system_clock_tells_utc() -> None:
    assert SystemClock().now().utcoffset() == timedelta(0)


EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)
# Zones whose clocks have moved at midnight, by less than an hour, at a quarter to three, or by a whole day.
shifting_zones = st.sampled_from(
    ["America/New_York", "Europe/Paris", "America/Havana", "America/Sao_Paulo", "America/St_Johns", "Asia/Beirut",
     "Australia/Lord_Howe", "Pacific/Chatham", "Pacific/Apia", "Asia/Kolkata", "Antarctica/Troll", "UTC"]
)  # fmt: skip
hours = st.integers(0, 23)


@cache
def shifts_of(name: str) -> tuple[datetime, ...]:
    """The minutes at which the clocks of a zone move, and one day on which they may not."""
    place, found = zone(name), [EARLIEST]
    days_of = [EARLIEST + timedelta(days=day) for day in range(60 * 365)]
    for start, end in pairwise(days_of):
        if start.astimezone(place).utcoffset() != end.astimezone(place).utcoffset():
            minutes = range(24 * 60)
            before = start.astimezone(place).utcoffset()
            moved = bisect_left(minutes, 1, key=partial(_has_moved, start, place, before))
            found.append(start + timedelta(minutes=moved))
    return tuple(found)


def _has_moved(start: datetime, place: ZoneInfo, before: timedelta | None, minutes: int) -> int:
    return (start + timedelta(minutes=minutes)).astimezone(place).utcoffset() != before


@st.composite
def around_shifts(draw: st.DrawFn) -> tuple[datetime, ZoneInfo]:
    """A minute within three hours of one at which the clocks of a zone move."""
    name = draw(shifting_zones)
    return draw(st.sampled_from(shifts_of(name))) + timedelta(minutes=draw(st.integers(-180, 180))), zone(name)


def shown(moment: datetime, place: ZoneInfo, hour: int) -> date:
    """The day by the clock alone: it begins when the clock shows the hour."""
    return (moment.astimezone(place).replace(tzinfo=None, fold=0) - timedelta(hours=hour)).date()


@given(around_shifts(), hours)
def test_a_business_day_is_the_latest_that_the_clock_has_shown(shift: tuple[datetime, ZoneInfo], hour: int) -> None:
    moment, place = shift
    latest = max(shown(moment - timedelta(minutes=back), place, hour) for back in range(190))
    assert business_day(moment, in_zone=place, cut_off_hour=hour) == latest


@given(around_shifts(), hours, st.timedeltas(timedelta(0), timedelta(hours=4)))
def test_a_business_day_never_runs_backwards(shift: tuple[datetime, ZoneInfo], hour: int, later: timedelta) -> None:
    moment, place = shift
    day = business_day(moment, in_zone=place, cut_off_hour=hour)
    assert day <= business_day(moment + later, in_zone=place, cut_off_hour=hour)


@pytest.mark.parametrize(
    "moment, name, hour, day",
    [
        ("2026-11-22T08:59+00:00", "America/New_York", 4, "2026-11-21"),
        ("2026-11-22T09:00+00:00", "America/New_York", 4, "2026-11-22"),
        # 8 March 2026 has no 02:00 in New York: its day begins at 03:00.
        ("2026-03-08T06:59:59+00:00", "America/New_York", 2, "2026-03-07"),
        ("2026-03-08T07:00+00:00", "America/New_York", 2, "2026-03-08"),
        # On 1 November 2026 the hour from 01:00 comes twice; the day begins with the first.
        ("2026-11-01T05:00+00:00", "America/New_York", 1, "2026-11-01"),
        ("2026-11-01T06:30+00:00", "America/New_York", 1, "2026-11-01"),
        ("2026-11-01T06:59+00:00", "America/New_York", 2, "2026-10-31"),
        # The Chatham Islands go back from 03:45 to 02:45: a day that began at 03:00 does not end again.
        ("2026-04-04T13:59+00:00", "Pacific/Chatham", 3, "2026-04-05"),
        ("2026-04-04T14:01+00:00", "Pacific/Chatham", 3, "2026-04-05"),
        # St John's went back at one minute past midnight.
        ("2005-10-30T02:30:30+00:00", "America/St_Johns", 0, "2005-10-30"),
        ("2005-10-30T02:31+00:00", "America/St_Johns", 0, "2005-10-30"),
        # Samoa had no 30 December 2011.
        ("2011-12-30T09:59+00:00", "Pacific/Apia", 0, "2011-12-29"),
        ("2011-12-30T10:00+00:00", "Pacific/Apia", 0, "2011-12-31"),
    ],
)
def test_business_days_around_shifts_of_the_clock(moment: str, name: str, hour: int, day: str) -> None:
    given_moment = datetime.fromisoformat(moment)
    assert business_day(given_moment, in_zone=zone(name), cut_off_hour=hour) == date.fromisoformat(day)


def test_a_moment_without_a_zone_has_no_business_day() -> None:
    with pytest.raises(ValueError, match="time zone"):
        business_day(datetime.fromisoformat("2026-11-22T12:00"), in_zone=zone("UTC"), cut_off_hour=4)
