"""The moment that a day and an hour mean where the merchant lives, clock changes included. Pure."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from largesse.domain.gifts.errors import DayNotOffered
from largesse.kernel.clock import day_of
from largesse.kernel.errors import FieldError

DAYS_AHEAD_MAX: Final = 731


def delivery_moment(day: date, hour: int, *, in_zone: ZoneInfo, now: datetime) -> datetime:
    """Return when a gift for `day` at `hour` o'clock (0 to 23) in `in_zone` is sent, as UTC.

    An hour that the clocks skip becomes the hour after it; of an hour that comes twice, the first. An hour of today
    that has passed is now: whoever fills in a form slowly has not made a mistake.

    Raises:
        DayNotOffered: the day has passed or is too far ahead, or the hour is none.
    """
    today = day_of(now, in_zone=in_zone)
    if not 0 <= hour <= 23:
        raise DayNotOffered(fields=[FieldError("hour", "gift.hour.invalid", "Choose an hour from 0 to 23.")])
    if not today <= day <= today + timedelta(days=DAYS_AHEAD_MAX):
        advice = "Choose a day from today on, at most two years ahead."
        raise DayNotOffered(fields=[FieldError("day", DayNotOffered.code, advice)])
    # Fold 0 takes the first of two; in a gap it reads the clock as it stood before, which is where the gap ends.
    moment = datetime.combine(day, time(hour), tzinfo=in_zone).astimezone(UTC)
    return max(moment, now)
