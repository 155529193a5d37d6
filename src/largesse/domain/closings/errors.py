"""What can go wrong with the close of a day.

InvalidInput
└── ClosingInvalid    closing.invalid
NotFound
└── ClosingUnknown    closing.unknown
Conflict
├── DayClosed         closing.day_closed
└── NothingToClose    closing.nothing
"""

from largesse.kernel.errors import Conflict, InvalidInput, NotFound


class ClosingInvalid(InvalidInput):
    """Some of what a close says cannot stand."""

    code = "closing.invalid"
    message = "The day cannot be closed like this. Correct what is listed; nothing was booked."


class ClosingUnknown(NotFound):
    """A device has no close of that number."""

    code = "closing.unknown"
    message = "This device has no close of that number. `largesse device closings` lists those that it has."


class DayClosed(Conflict):
    """What shall be undone is in a day that was closed."""

    code = "closing.day_closed"
    message = "The day on which this was done is closed, so it is not undone any more: give the money back as a refund."


class NothingToClose(Conflict):
    """Nothing happened on a device since its last close."""

    code = "closing.nothing"
    message = "Nothing happened on this device since its last close, and its drawer holds what it held then."
