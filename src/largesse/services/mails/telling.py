"""What follows when a mail with a gift has left, or has not: the event, and a word to who has to know."""

from largesse import outbox
from largesse.db import Connection
from largesse.domain import gifts
from largesse.domain.gifts import Fate, Gift, Mail, MailStatus, Purpose
from largesse.services.gifts import bought_together, mail_to_buyer, post, replaced_mail


async def tell(connection: Connection, gift: Gift, fate: Fate) -> None:
    """Publish what came of sending a gift, and write to the buyer when it did not arrive."""
    if fate.status is MailStatus.DROPPED:
        return
    kind = gifts.DELIVERED if fate.status is MailStatus.SENT else gifts.DELIVERY_FAILED
    await outbox.publish(connection, [gifts.delivery_event(gift, fate, kind=kind)])
    if fate.status is MailStatus.FAILED:
        checkout, _ = await bought_together(connection, gift.merchant_id, gift.checkout_id)
        if checkout.billing.email:
            alert = mail_to_buyer(checkout, Purpose.TROUBLE, order_id=gift.order_id, now=fate.at)
            await post(connection, [alert])


async def tell_who_was_late(connection: Connection, mail: Mail, fate: Fate) -> None:
    """Write to whoever was mailed a gift although its address had been corrected while the mail was on its way."""
    gift = await gifts.find_gift(connection, mail.merchant_id, mail.order_id) if mail.order_id else None
    if gift is not None and gift.corrections and gift.recipient_email.casefold() != mail.address.casefold():
        await post(connection, [replaced_mail(gift, address=mail.address, name=mail.name, now=fate.at)])
