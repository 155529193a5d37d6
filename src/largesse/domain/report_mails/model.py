"""Which report somebody is mailed a link to, how often, and when next. Pure."""

from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

MAILED_AT_HOUR: Final = 7
"""The hour of the merchant's zone: before work begins, after the night's seal."""
MAILS_MAX: Final = 20
"""How many a person may have at one merchant."""
_DAY: Final = timedelta(days=1)
_WEEK: Final = timedelta(days=7)


class MailEvery(StrEnum):
    """How often somebody is mailed. The words are stored, and never renamed."""

    DAY = "day"
    WEEK = "week"
    """On Mondays."""
    MONTH = "month"
    """On the first."""


class ReportMail(msgspec.Struct, frozen=True, kw_only=True):
    """A person who is mailed a link to a report; `next_at` is when."""

    merchant_id: UUID
    mail_id: UUID
    person_id: UUID
    report: str
    every: MailEvery
    made_at: datetime
    next_at: datetime


def next_after(every: MailEvery, now: datetime, zone: ZoneInfo) -> datetime:
    """Return the first moment after `now` at which a mail goes out, in the zone of the merchant."""
    day = now.astimezone(zone).date()
    while True:
        first = {MailEvery.DAY: True, MailEvery.WEEK: day.weekday() == 0, MailEvery.MONTH: day.day == 1}[every]
        moment = datetime.combine(day, time(MAILED_AT_HOUR), tzinfo=zone)
        if first and moment > now:
            return moment
        day += _DAY


def period_of(every: MailEvery, moment: datetime, zone: ZoneInfo) -> tuple[date, date]:
    """Return the first day that a mail of a moment is about, and the day after the last: what has ended by then."""
    day = moment.astimezone(zone).date()
    if every is MailEvery.MONTH:
        until = day.replace(day=1)
        return (until - _DAY).replace(day=1), until
    until = day - timedelta(days=day.weekday()) if every is MailEvery.WEEK else day
    return until - (_WEEK if every is MailEvery.WEEK else _DAY), until
