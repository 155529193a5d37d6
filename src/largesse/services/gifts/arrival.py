"""Have whoever gave a certificate told that it arrived: the only word of its holder's that a buyer ever gets.

It is posted by the holder, once, with at most a few words of theirs. Nothing that happens by itself (a mail that is
opened, a page that is looked at, spending) is told (SHOP, section 7).
"""

from datetime import datetime
from typing import Final

from largesse.db import Connection
from largesse.domain import gifts
from largesse.domain.gifts import Purpose, ThanksInvalid
from largesse.kernel import free_text
from largesse.kernel.contacts import names_contact
from largesse.kernel.errors import FieldError
from largesse.services.certificates import Located
from largesse.services.gifts.delivery import mail_to_buyer, post
from largesse.services.gifts.dependencies import GiftDependencies
from largesse.services.gifts.thanking import buyer_to_thank
from largesse.services.gifts.unwrapping import lock_held

THANKS_MAX: Final = 200


async def thank(deps: GiftDependencies, found: Located, words: str, *, now: datetime) -> None:
    """Mail the buyer of a certificate that it arrived, with the holder's `words`. A second time, nothing.

    Raises:
        ThanksInvalid: the words are too long, or tell where to reach somebody; the field says so.
    """
    said = _checked(words)

    async def work(connection: Connection) -> None:
        held = await lock_held(connection, deps, found)
        if held is None:
            return
        order, gift = held
        checkout = await buyer_to_thank(connection, order, gift)
        if checkout is None or not await gifts.note_thanks(connection, gift.merchant_id, gift.order_id, said, now=now):
            return
        await post(connection, [mail_to_buyer(checkout, Purpose.ARRIVED, order_id=gift.order_id, now=now)])

    await deps.retrying(work)


def _checked(words: str) -> str:
    said = free_text.lines(words)
    if len(said) > THANKS_MAX:
        advice = f"The message has {len(said)} of {THANKS_MAX} characters; take out {len(said) - THANKS_MAX}."
        raise ThanksInvalid(fields=[FieldError("thanks", "gift.thanks.too_long", advice)])
    if names_contact(said):
        advice = "Leave out web sites, e-mail addresses and telephone numbers, and put a space after each full stop."
        raise ThanksInvalid(fields=[FieldError("thanks", "gift.thanks.contact", advice)])
    return said
