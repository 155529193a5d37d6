"""What can go wrong with declarations of withdrawal.

InvalidInput
├── InvalidWithdrawal         a form that cannot be answered
└── WithdrawalReasonMissing   nobody said what became of one
NotFound
└── WithdrawalNotFound        this merchant has none of that id
Conflict
├── WithdrawalClosed          nothing is left to be done for it
└── WithdrawalDoubtful        it counts for no order, so nothing goes back for it by itself
Forbidden
└── WithdrawalLinkRefused     a link that is none of ours
"""

from largesse.kernel.errors import Conflict, Forbidden, InvalidInput, NotFound


class InvalidWithdrawal(InvalidInput):
    """Refuse a form, naming every field that is wrong."""

    code = "withdrawal.invalid"
    message = "This withdrawal cannot be sent as it is. Correct the fields listed and send it again."


class WithdrawalReasonMissing(InvalidInput):
    """Refuse to close a withdrawal without a word."""

    code = "withdrawal.reason"
    message = "Say in at most 500 characters what became of this withdrawal."


class WithdrawalNotFound(NotFound):
    """This merchant has no such withdrawal."""

    code = "withdrawal.not_found"
    message = "There is no such withdrawal. Look it up in the list of withdrawals."


class WithdrawalClosed(Conflict):
    """Nothing is left to be done for a withdrawal."""

    code = "withdrawal.closed"
    message = "This withdrawal is closed already. Look at what it says."


class WithdrawalDoubtful(Conflict):
    """A withdrawal counts for no order."""

    code = "withdrawal.doubtful"
    message = "Nobody knows that this is the buyer. Refund the order itself, or close the withdrawal with a reason."


class WithdrawalLinkRefused(Forbidden):
    """A link is not one of ours."""

    code = "withdrawal.link.refused"
    message = "This link does not work. Open the one in your receipt again, or use the form without it."
