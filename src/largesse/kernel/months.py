"""Months of the calendar, in UTC: how tables of what passes are cut."""

from datetime import UTC, datetime

_DECEMBER = 12


def month_of(moment: datetime) -> datetime:
    """Return the first instant of the month in which `moment` lies."""
    return moment.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def month_after(month: datetime) -> datetime:
    """Return the first instant of the month after the one that begins at `month`."""
    if month.month == _DECEMBER:
        return month.replace(year=month.year + 1, month=1)
    return month.replace(month=month.month + 1)


def month_before(month: datetime) -> datetime:
    """Return the first instant of the month before the one that begins at `month`."""
    if month.month == 1:
        return month.replace(year=month.year - 1, month=_DECEMBER)
    return month.replace(month=month.month - 1)
