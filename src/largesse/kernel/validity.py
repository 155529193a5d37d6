"""How long something is good, counted on the calendar from the day on which it is issued.

The rule is kept, never a number of days that was worked out earlier: twelve months from the day of payment are not
twelve months from the day of ordering moved by the days between.
"""

import calendar
from datetime import date, timedelta
from typing import Final

import msgspec


class Validity(msgspec.Struct, frozen=True, kw_only=True):
    """How long a certificate is good from the day of issue: `months` or `days`, for ever without either."""

    months: int | None = None
    days: int | None = None


FOREVER: Final = Validity()


def last_day(validity: Validity, *, issued_on: date) -> date | None:
    """Return the last day that is good, None for ever; `issued_on` is the merchant's calendar day of issue.

    A month that has no such day gives its last: 31 January and one month is 28 February, and 29 February and twelve
    months is 28 February.
    """
    if validity.days is not None:
        return issued_on + timedelta(days=validity.days)
    if validity.months is None:
        return None
    year, month = divmod(issued_on.year * 12 + issued_on.month - 1 + validity.months, 12)
    return date(year, month + 1, min(issued_on.day, calendar.monthrange(year, month + 1)[1]))
