"""Months that are closed: who asked for it, who agreed, under which seal, and the reports as they were printed."""

from largesse.domain.months.errors import (
    MonthChanged,
    MonthClosed,
    MonthInvalid,
    MonthNeedsSecond,
    MonthNotClosed,
    MonthNotReady,
    MonthNotRequested,
    MonthReportUnknown,
    MonthRequested,
)
from largesse.domain.months.model import LAPSES_AFTER, MonthClose, MonthState
from largesse.domain.months.store import (
    close_month,
    find_report,
    insert_request,
    keep_report,
    list_closes,
    lock_request,
    reopen_month,
)
