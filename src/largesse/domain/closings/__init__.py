"""The close of a device's day: written down once, with a number of its own, and never changed."""

from largesse.domain.closings.errors import ClosingInvalid, ClosingUnknown, DayClosed, NothingToClose
from largesse.domain.closings.model import Closing, ClosingLine
from largesse.domain.closings.store import (
    closed_between,
    closing_of_operation,
    closings_of_device,
    closings_of_merchant,
    find_closing,
    insert_closing,
    last_closing,
    last_cuts,
)
