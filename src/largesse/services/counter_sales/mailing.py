"""When what is sold at a counter, or by a program, is mailed."""

from datetime import datetime, time, timedelta

from largesse.domain.catalog import Offering
from largesse.domain.gifts import DAYS_AHEAD_MAX, DayNotOffered
from largesse.domain.merchants import Merchant
from largesse.kernel.clock import day_of
from largesse.kernel.errors import FieldError
from largesse.kernel.validity import last_day
from largesse.services.counter_sales.errors import SaleInvalid


def mailed_at(wanted: datetime | None, merchant: Merchant, offering: Offering, *, now: datetime) -> datetime | None:
    """Return when a certificate is mailed, None for at once.

    Raises:
        SaleInvalid: that is too far ahead, or after its last good day.
    """
    if wanted is None or wanted <= now:
        return None
    today = day_of(now, in_zone=merchant.zone)
    good_through, last = last_day(offering.validity, issued_on=today), today + timedelta(days=DAYS_AHEAD_MAX)
    after = (last if good_through is None else min(last, good_through)) + timedelta(days=1)
    if wanted >= datetime.combine(after, time(), tzinfo=merchant.zone):
        advice = "Choose a day at most two years ahead, on which the certificate is still good."
        raise SaleInvalid(fields=[FieldError("deliver_at", DayNotOffered.code, advice)])
    return wanted
