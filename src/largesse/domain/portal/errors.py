"""What can go wrong with people of partners in the portal, and with what they order.

InvalidInput    ├── PortalBatchInvalid, PartnerAskingInvalid
NotFound        ├── PartnerMemberUnknown, PartnerInvitationUnknown, PortalBatchUnknown, PartnerAskingUnknown
Forbidden       ├── BatchOwn
Conflict        └── AlreadyPartnerMember, BatchKnown, BatchLapsed, BatchNotOpen, NumbersTaken,
                    PartnerAskingAnswered, PartnerAskingKnown, PartnerAskingOften, PartnerAskingsFull
"""

from largesse.kernel.errors import Conflict, Forbidden, InvalidInput, NotFound


class PartnerMemberUnknown(NotFound):
    """Nobody like that acts for the partner."""

    code = "portal.member.unknown"
    message = "Nobody like that acts for this partner. `largesse partner people list` shows who does."


class PartnerInvitationUnknown(NotFound):
    """There is no open invitation to that address."""

    code = "portal.invitation.unknown"
    message = "There is no open invitation to that address. It was accepted, withdrawn, or has ended."


class AlreadyPartnerMember(Conflict):
    """Whoever is invited acts for the partner already."""

    code = "portal.member.already"
    message = "Whoever has that address acts for this partner already. Change their role instead."


class PortalBatchUnknown(NotFound):
    """The partner has no such batch."""

    code = "portal.batch.unknown"
    message = "There is no such batch. The portal lists all that were ordered."


class PortalBatchInvalid(InvalidInput):
    """Nothing was ordered, and why, by line and column."""

    code = "portal.batch.invalid"
    message = "Nothing was ordered. Correct what is listed, and send all of it again."


class BatchKnown(Conflict):
    """The same form was sent before with something else in it."""

    code = "portal.batch.known"
    message = "This form was sent before, with something else in it. Open a new one to order more."


class BatchLapsed(Conflict):
    """The last day of a line came while its batch waited."""

    code = "portal.batch.lapsed"
    message = "The last day of a certificate in this batch has come. Withdraw it, and order with a later day."


class BatchNotOpen(Conflict):
    """The batch is past what is asked for."""

    code = "portal.batch.closed"
    message = "This batch is past that: somebody else has decided it, or it is being placed."


class BatchOwn(Forbidden):
    """Nobody approves what they ordered themselves."""

    code = "portal.batch.own"
    message = "You ordered this yourself. Another person who approves has to decide."


class NumbersTaken(Conflict):
    """The numbers of a batch were downloaded, or cannot be."""

    code = "portal.numbers.taken"
    message = "The numbers of this batch were downloaded, or its agreement does not let you. They are shown once."


class PartnerAskingInvalid(InvalidInput):
    """What is asked or answered cannot be kept so."""

    code = "partner.asking.invalid"
    message = "Correct the fields listed, and send it again."


class PartnerAskingUnknown(NotFound):
    """Nobody asked for that."""

    code = "partner.asking.unknown"
    message = "Nobody asked for that. The list shows what waits for an answer."


class PartnerAskingAnswered(Conflict):
    """Somebody else has answered."""

    code = "partner.asking.answered"
    message = "Somebody else has answered this already."


class PartnerAskingKnown(Conflict):
    """The same form was sent before with something else in it."""

    code = "partner.asking.known"
    message = "This form was sent before, with something else in it. Open a new one to ask more."


class PartnerAskingOften(Conflict):
    """Somebody has asked as much as one may within a day."""

    code = "partner.asking.often"
    message = "You have asked five times within a day. Ask again tomorrow, or write a mail to the merchant."


class PartnerAskingsFull(Conflict):
    """Too many wait for an answer."""

    code = "partner.asking.full"
    message = "Too many wait for an answer just now. Write a mail to the merchant instead."
