"""Why a month cannot be closed, or opened again."""

from largesse.kernel.errors import Conflict, Forbidden, InvalidInput, NotFound


class MonthInvalid(InvalidInput):
    """What was typed is no month, or a reason is missing."""

    code = "month.invalid"
    message = "Write a month as year and month, such as 2026-11."


class MonthNotReady(Conflict):
    """Something of the month is not as it has to be before it is closed; `month check` tells what."""

    code = "month.not_ready"
    message = "The month cannot be closed yet. Look at what the check lists, settle it, and ask again."


class MonthClosed(Conflict):
    """The month, or one after it, is closed already."""

    code = "month.closed"
    message = "This month, or one after it, is closed. Open it again first if something is missing."


class MonthRequested(Conflict):
    """Somebody asked for this already, and it waits."""

    code = "month.requested"
    message = "Closing this month was asked for already and waits to be agreed to."


class MonthNotRequested(Conflict):
    """Nobody asked for closing this month, or that was more than a week ago."""

    code = "month.not_requested"
    message = "Nobody has asked for closing this month, or the request has lapsed after seven days. Ask for it anew."


class MonthNeedsSecond(Forbidden):
    """Who asked for it agrees to it, and somebody else could; or not even a day has passed."""

    code = "month.second_person"
    message = (
        "Another person has to agree. Who is the only one that may, agrees alone after 24 hours; "
        "and nobody whom the requester invited within the last seven days."
    )


class MonthChanged(Conflict):
    """What is outstanding is not what it was when the month was asked to be closed."""

    code = "month.changed"
    message = (
        "Something was booked in this month since closing it was asked for. Ask for it anew, and look at it again."
    )


class MonthNotClosed(Conflict):
    """The month is not the last one that is closed."""

    code = "month.not_closed"
    message = "Only the last month that is closed can be opened again."


class MonthReportUnknown(NotFound):
    """There is no such report of that version."""

    code = "month.report.unknown"
    message = "This month has no such version or report. `month list` tells which there are."
