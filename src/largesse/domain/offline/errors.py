"""What can go wrong with work without a line.

InvalidInput    ├── OfflineRulesInvalid     offline.rules.invalid
                ├── QueueRowInvalid         offline.row.invalid
                └── SettlementInvalid       offline.settlement.invalid
NotFound        ├── ConflictUnknown         offline.conflict.unknown
                └── EnrolmentUnknown        offline.enrolment.unknown
Conflict        ├── OfflineNotAllowed       offline.not_allowed
                ├── QueueFirst              offline.queue_first
                ├── ConflictSettled         offline.conflict.settled
                ├── RowsWait                offline.rows_wait
                └── WriteOffBeyond          offline.write_off.limit
"""

from largesse.kernel.errors import Conflict, InvalidInput, NotFound


class OfflineRulesInvalid(InvalidInput):
    """Refuse what a merchant would allow without a line, naming every field that is wrong."""

    code = "offline.rules.invalid"
    message = "This cannot be allowed as it is. Correct the fields listed and try again."


class QueueRowInvalid(InvalidInput):
    """A row of a queue is not what a device wrote, or was not signed by it."""

    code = "offline.row.invalid"
    message = "This is not a row that one of the merchant's devices has signed. Send it exactly as the device wrote it."


class SettlementInvalid(InvalidInput):
    """Refuse to settle a conflict like this."""

    code = "offline.settlement.invalid"
    message = "This cannot be settled like that. Choose one of the remedies of this conflict, and say why."


class ConflictUnknown(NotFound):
    """The merchant has no such conflict."""

    code = "offline.conflict.unknown"
    message = "There is no such conflict of a till. `largesse offline conflicts` shows those that are open."


class EnrolmentUnknown(NotFound):
    """No device of the merchant ever had such a queue."""

    code = "offline.enrolment.unknown"
    message = "No device of this merchant has such a queue. Send the row to the merchant whose device wrote it."


class OfflineNotAllowed(Conflict):
    """The device may not work without a line."""

    code = "offline.not_allowed"
    message = (
        "This device may not work without a line. `largesse offline set` allows it for the merchant, "
        "`largesse device set --offline-hours 24` for the device."
    )


class QueueFirst(Conflict):
    """A device asks for its book while it still has rows to send."""

    code = "offline.queue_first"
    message = "Send what was taken without a line first, then ask for the book again."


class ConflictSettled(Conflict):
    """The conflict was settled before."""

    code = "offline.conflict.settled"
    message = "This conflict was settled meanwhile. Look at the list again."


class RowsWait(Conflict):
    """A device has rows of work without a line that were not sent, so nobody at it closes its day."""

    code = "offline.rows_wait"
    message = (
        "This device still has redemptions that it took without a line. Wait until they are sent; where they never "
        "will be, a manager closes the day from the office, and what comes later stands in the next day."
    )


class WriteOffBeyond(Conflict):
    """More would be written off than somebody may do alone."""

    code = "offline.write_off.limit"
    message = "This is more than you may write off alone. Somebody with a higher limit writes it off, or it is charged."
