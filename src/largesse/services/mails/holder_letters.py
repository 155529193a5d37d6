"""Compose what the holder of a certificate has its buyer told.

Whoever holds the number may be anybody: what they typed stands as text, and leads nowhere (`services.gifts.arrival`).
"""

from largesse.domain import catalog, gifts, merchants
from largesse.domain.gifts import MailDue
from largesse.outbox import Claimed, Composed, NotWanted
from largesse.services.gifts import bought_together
from largesse.services.mails import words
from largesse.services.mails.dependencies import MailDependencies
from largesse.services.mails.envelope import Heading, composed
from largesse.services.mails.pages import bodies, voice_of
from largesse.services.merchants import legal_texts_of


async def compose_arrived(deps: MailDependencies, claimed: Claimed, due: MailDue, *, sent_by: str) -> Composed:
    """Return the mail by which a buyer is told that a gift arrived; see `outbox.MailWriter`.

    Raises:
        NotWanted: it is about no gift.
    """
    async with deps.database.connection() as connection:
        merchant = await merchants.merchant_of_id(connection, claimed.merchant_id)
        _, bought = await bought_together(connection, claimed.merchant_id, due.checkout_id)
        order = next((one for one in bought if one.order_id == due.order_id), None)
        if order is None:
            raise NotWanted
        gift = await gifts.find_gift(connection, claimed.merchant_id, order.order_id)
        theme = await catalog.theme_of(connection, claimed.merchant_id)
        texts = await legal_texts_of(connection, merchant)
    voice = voice_of(due.locale)
    name = words.whom(order, gift, voice)
    subject = voice.t("Your gift for {name} has arrived", name=name)
    written = bodies(
        "note",
        voice,
        accent=theme.accent,
        shop=words.shop_of(merchant, theme, legal=words.legal_links(texts, merchant, deps.base_url)),
        subject=subject,
        sentences=(
            voice.t("Whoever holds the gift certificate for {name} wants you to know that it is there.", name=name),
            *((voice.t("They wrote:"), *gift.thanks.splitlines()) if gift.thanks else ()),
        ),
        order_number=order.order_number,
        why=voice.t(
            "You get this mail because the holder of the gift certificate asked us to tell you, once. Whether and when "
            "it is used, we tell nobody."
        ),
    )
    heading = Heading(
        mail_id=due.mail_id,
        subject=subject,
        merchant_name=merchant.mails_as,
        sent_by=sent_by,
        reply_to=merchant.reply_address,
        to_name=due.name,
        to_address=due.address,
        language=voice.language,
        date=claimed.occurred_at,
    )
    return composed(heading, written)
