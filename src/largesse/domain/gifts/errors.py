"""What can be wrong with a gift's delivery."""

from largesse.kernel.errors import Conflict, InvalidInput, NotFound


class GiftNotFound(NotFound):
    """Nothing is delivered for that order."""

    code = "gift.not_found"
    message = "There is no gift here by that name."


class RecipientInvalid(InvalidInput):
    """Refuse a recipient's name or address; the fields say why."""

    code = "gift.recipient.invalid"
    message = "Correct the fields that are marked."


class SentTooOften(Conflict):
    """Refuse to send a gift again so soon."""

    code = "gift.sent_too_often"
    message = "This gift was sent several times already. Wait until tomorrow, or ask the shop."


class DayNotOffered(InvalidInput):
    """Refuse a day or an hour on which nothing can be delivered."""

    code = "gift.day.invalid"
    message = "Choose a day from today on, at most two years ahead, and a full hour."


class GiftLeft(Conflict):
    """A gift cannot be changed any more: it does not wait for its day."""

    code = "gift.left"
    message = "This gift is on its way already, so its words and its day stay. Correct its address, or ask the shop."


class GiftUsed(Conflict):
    """The address of a gift cannot be corrected by its buyer: it was unwrapped, put into a wallet, or used."""

    code = "gift.used"
    message = "This gift has reached somebody: it was unwrapped, or used. Ask the shop to correct the address."


class CorrectedTooOften(Conflict):
    """The address of a gift was corrected as often as its buyer may."""

    code = "gift.corrected_too_often"
    message = "The address of this gift was corrected twice already. Ask the shop to correct it again."


class ThanksInvalid(InvalidInput):
    """Refuse what a holder would have the buyer told; the field says why."""

    code = "gift.thanks.invalid"
    message = "Correct the field that is marked."
