"""What came of a mail, as gifts know it. Pure."""

from largesse.domain import gifts
from largesse.domain.gifts import Fate, GiftStatus, MailStatus, Trouble
from largesse.outbox import DeliveryStatus, Settled


def fate_of_mail(settled: Settled) -> Fate:
    """Return what came of a mail of gifts, and why it did not arrive."""
    mail_id = gifts.read_mail_due(settled.claimed.payload).mail_id
    if settled.status is DeliveryStatus.DELIVERED:
        return Fate(mail_id=mail_id, status=MailStatus.SENT, at=settled.at)
    if settled.dropped:
        return Fate(mail_id=mail_id, status=MailStatus.DROPPED, trouble=Trouble.TAKEN_BACK, at=settled.at)
    trouble = Trouble.REFUSED if settled.refused else Trouble.UNREACHABLE
    return Fate(mail_id=mail_id, status=MailStatus.FAILED, trouble=trouble, at=settled.at)


def gift_status(fate: Fate) -> GiftStatus:
    """Return how far the delivery of a gift is by that."""
    return {
        MailStatus.SENT: GiftStatus.SENT,
        MailStatus.FAILED: GiftStatus.FAILED,
        MailStatus.DROPPED: GiftStatus.WITHDRAWN,
        MailStatus.QUEUED: GiftStatus.SENDING,
    }[fate.status]
