"""Days begin and end where the merchant lives."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.kernel.clock import SystemClock, add_years, aware, day_of, end_of_day, start_of_day, zone

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
