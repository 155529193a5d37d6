"""Why a rule of breakage is refused."""

from largesse.kernel.errors import Conflict, Forbidden, InvalidInput


class BreakageInvalid(InvalidInput):
    """What was typed is no rule: class, currency, method, rate, months or the first month."""

    code = "breakage.invalid"
    message = "The rule cannot be kept as typed. Correct what is listed."


class BreakageNotWaiting(Conflict):
    """There is no such rule, it was decided already, or it has waited for more than seven days."""

    code = "breakage.not_waiting"
    message = "This rule does not wait any more: it was decided, or has lapsed after seven days. Ask for it anew."


class BreakageNeedsSecond(Forbidden):
    """Who asked for it agrees to it, and somebody else could; or not even a day has passed."""

    code = "breakage.second_person"
    message = (
        "Another person has to agree. Who is the only one that may, agrees alone after 24 hours; "
        "and nobody whom the requester invited within the last seven days."
    )
