"""The one place where the time of day is read. Interfaces and the app own a clock; everyone below is told `now`."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_MOMENTS_REMEMBERED = 256


class Clock(Protocol):
    """The time of day."""

    def now(self) -> datetime:
        """Return the present moment as an aware UTC datetime."""


class SystemClock:
    """Read the machine's clock."""

    def now(self) -> datetime:
        """Return the present moment as an aware UTC datetime."""
        return datetime.now(UTC)


def aware(moment: datetime) -> datetime:
    """Return `moment` in UTC.

    Raises:
        ValueError: the datetime is naive; a time without a zone is no time.
    """
    if moment.tzinfo is None:
        message = "a datetime without a time zone was given; every moment must name its zone"
        raise ValueError(message)
    return moment.astimezone(UTC)


def zone(name: str) -> ZoneInfo:
    """Return the IANA time zone `name`.

    Raises:
        ValueError: there is no such zone.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        message = f"there is no time zone named {name!r}; use an IANA name such as America/New_York"
        raise ValueError(message) from error


def day_of(moment: datetime, *, in_zone: ZoneInfo) -> date:
    """Return the calendar day that `moment` falls on in `in_zone`."""
    return aware(moment).astimezone(in_zone).date()


def business_day(moment: datetime, *, in_zone: ZoneInfo, cut_off_hour: int) -> date:
    """Return the business day that `moment` falls on in `in_zone`: each begins when its clocks first show that hour.

    A day that has begun stays begun when the clocks go back over the hour; one whose hour the clocks leave out begins
    where they go on. `cut_off_hour` is 0 to 23; with 0, it is the calendar day.
    """
    return _business_day(aware(moment), in_zone, cut_off_hour)


@lru_cache(_MOMENTS_REMEMBERED)
def _business_day(moment: datetime, in_zone: ZoneInfo, cut_off_hour: int) -> date:
    """Return the business day of a moment in UTC; remembered, because all that a batch books happens at one moment."""
    local = moment.astimezone(in_zone)
    day = (local.replace(tzinfo=None) - timedelta(hours=cut_off_hour)).date()
    if local.fold:  # shown for the second time: the next day may have begun when it was shown first
        following = day + timedelta(days=1)
        begun = datetime.combine(following, time(cut_off_hour), tzinfo=in_zone) <= local.astimezone(UTC)
        return following if begun else day
    return day


def start_of_day(day: date, *, in_zone: ZoneInfo) -> datetime:
    """Return the first instant of `day` in `in_zone`, as UTC.

    Where the clocks go forward at midnight, the first instant is the one after the gap.
    """
    return datetime.combine(day, time.min, tzinfo=in_zone).astimezone(UTC)


def end_of_day(day: date, *, in_zone: ZoneInfo) -> datetime:
    """Return the first instant after `day` in `in_zone`, as UTC: what is good through `day` has expired then."""
    return start_of_day(day + timedelta(days=1), in_zone=in_zone)


def add_years(day: date, years: int) -> date:
    """Return the same day `years` later; 29 February becomes the 28th where the year has none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
