"""The last day of a time that a rule sets, counted on the calendar."""

from datetime import date

from largesse.domain.law.model import CountsFrom
from largesse.kernel.validity import Validity, last_day

_JUNE_30 = (6, 30)


def last_day_of(years: int, counts_from: CountsFrom, *, issued_on: date, last_on: date) -> date:
    """Return the last day of some years from an event; `last_on` is the day of the last load or of the last activity.

    What lies before the issue counts as the issue: nothing happens to a certificate earlier.
    """
    begins = {
        CountsFrom.ISSUE: issued_on,
        CountsFrom.ISSUE_OR_LAST_LOAD: max(issued_on, last_on),
        CountsFrom.LAST_ACTIVITY: max(issued_on, last_on),
        CountsFrom.YEAR_END_OF_ISSUE: date(issued_on.year, 12, 31),
        CountsFrom.JUNE_30_AFTER_ISSUE: date(issued_on.year + (issued_on > date(issued_on.year, *_JUNE_30)), *_JUNE_30),
    }[counts_from]
    last = last_day(Validity(months=12 * years), issued_on=begins)
    assert last is not None, "years end"
    return last
