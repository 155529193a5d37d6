"""When a report is mailed, and what it is about then: on the days of the merchant's zone."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.domain.report_mails import MAILED_AT_HOUR, MailEvery, next_after, period_of

ROME = ZoneInfo("Europe/Rome")
MOMENTS = st.integers(1_704_067_200, 1_893_456_000).map(lambda second: datetime.fromtimestamp(second, tz=UTC))


@pytest.mark.parametrize(
    "every, now, moment, days",
    [
        ("day", "2026-11-30T05:59", "2026-11-30T06:00", ("2026-11-29", "2026-11-30")),
        ("day", "2026-11-30T06:00", "2026-12-01T06:00", ("2026-11-30", "2026-12-01")),
        ("week", "2026-11-27T12:00", "2026-11-30T06:00", ("2026-11-23", "2026-11-30")),
        ("month", "2026-11-30T12:00", "2026-12-01T06:00", ("2026-11-01", "2026-12-01")),
        ("month", "2026-12-30T12:00", "2027-01-01T06:00", ("2026-12-01", "2027-01-01")),
        ("day", "2026-03-28T12:00", "2026-03-29T05:00", ("2026-03-28", "2026-03-29")),
    ],
)
def test_it_goes_out_in_the_morning_and_tells_what_has_ended(
    every: str, now: str, moment: str, days: tuple[str, str]
) -> None:
    found = next_after(MailEvery(every), datetime.fromisoformat(f"{now}Z"), ROME)
    assert found == datetime.fromisoformat(f"{moment}Z")
    assert period_of(MailEvery(every), found, ROME) == tuple(map(date.fromisoformat, days))


@given(st.sampled_from(MailEvery), MOMENTS, st.sampled_from(["Europe/Rome", "America/New_York", "Pacific/Apia"]))
def test_one_follows_another_without_a_day_between_or_told_twice(every: MailEvery, now: datetime, name: str) -> None:
    zone = ZoneInfo(name)
    first = next_after(every, now, zone)
    assert now < first <= now + timedelta(days=32)
    assert first.astimezone(zone).hour == MAILED_AT_HOUR
    second = next_after(every, first, zone)
    assert second > first
    (_, until), (since, later) = (period_of(every, moment, zone) for moment in (first, second))
    assert since == until < later <= second.astimezone(zone).date()
