"""Why a manual entry is refused."""

from largesse.kernel.errors import Conflict, Forbidden, InvalidInput


class EntryInvalid(InvalidInput):
    """What was typed is no entry: accounts, currency, amount or the reason."""

    code = "manual_entry.invalid"
    message = "The entry cannot be booked as typed. Correct what is listed."


class EntryNotWaiting(Conflict):
    """There is no such entry, it was decided already, or it has waited for more than seven days."""

    code = "manual_entry.not_waiting"
    message = "This entry does not wait any more: it was decided, or has lapsed after seven days. Ask for it anew."


class EntryNeedsSecond(Forbidden):
    """Who asked for it agrees to it, and somebody else could; or not even a day has passed."""

    code = "manual_entry.second_person"
    message = (
        "Another person has to agree. Who is the only one that may, agrees alone after 24 hours; "
        "and nobody whom the requester invited within the last seven days."
    )
