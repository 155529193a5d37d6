"""Compose what the holder of a certificate has its buyer told, and what the holder is reminded of.

Whoever holds the number may be anybody: what they typed stands as text, and leads nowhere (`services.gifts.arrival`).
"""

from datetime import datetime

from msgspec.structs import replace

from largesse.domain import catalog, gifts, merchants
from largesse.domain.gifts import MailDue
from largesse.outbox import Claimed, Composed, NotWanted
from largesse.services.gifts import REDEEM_PATH, bought_together, refusal_url, reminds, stage_of, standing_of
from largesse.services.mails import words
from largesse.services.mails.dependencies import MailDependencies
from largesse.services.mails.envelope import composed, heading_of
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
    voice = voice_of(due.locale, merchant.english)
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
    heading = heading_of(due, merchant, claimed, subject=subject, language=voice.language, sent_by=sent_by)
    return composed(heading, written)


async def compose_reminder(
    deps: MailDependencies, claimed: Claimed, due: MailDue, *, sent_by: str, now: datetime
) -> Composed:
    """Return the mail that reminds somebody of the last day of what they were given; see `outbox.MailWriter`.

    Raises:
        NotWanted: it was spent, ended, extended or replaced meanwhile, or nobody wants it any more.
    """
    async with deps.database.connection() as connection:
        merchant = await merchants.merchant_of_id(connection, claimed.merchant_id)
        checkout, bought = await bought_together(connection, claimed.merchant_id, due.checkout_id)
        order = next((one for one in bought if one.order_id == due.order_id), None)
        if order is None:
            raise NotWanted
        gift = await gifts.find_gift(connection, claimed.merchant_id, order.order_id)
        standing = await standing_of(connection, deps, claimed.merchant_id, gift.certificate_id, order=order)
        one, digest = standing.certificate, gifts.address_digest(due.address)
        good_through = one.good_through
        if (
            not standing.can_be_given(now)
            or good_through is None
            or stage_of(good_through, today=now.astimezone(merchant.zone).date()) is None
            or gifts.address_digest(gift.recipient_email) != digest
            or await gifts.refused_reminders(connection, claimed.merchant_id, [digest])
            or not await reminds(connection, merchant)
        ):
            raise NotWanted
        theme = await catalog.theme_of(connection, merchant.merchant_id)
        texts = await legal_texts_of(connection, merchant)
    voice = voice_of(due.locale, merchant.english)
    day = voice.long_day(good_through)
    value = words.amount(one.available, one.currency, voice)
    worth = (
        voice.t("It holds {amount}, plus {gratuity} gratuity, to spend at {shop}.", amount=value,
            gratuity=words.amount(one.gratuity_available, one.currency, voice), shop=merchant.name)
        if one.gratuity_available
        else voice.t("It holds {amount} to spend at {shop}.", amount=value, shop=merchant.name)
    )  # fmt: skip
    sender = "" if order.bonus_of is not None else order.from_message or words.named_buyer(checkout)
    subject = voice.t("Your gift certificate of {shop} is good through {day}", shop=merchant.name, day=day)
    stop = refusal_url(deps, merchant.merchant_id, due.address)
    written = bodies(
        "note",
        voice,
        accent=theme.accent,
        shop=words.shop_of(merchant, theme, legal=words.legal_links(texts, merchant, deps.base_url)),
        subject=subject,
        sentences=(
            worth,
            voice.t("Its number stands in the mail that brought it."),
        ),
        order_number=order.order_number,
        link=f"{deps.base_url}{REDEEM_PATH}?shop={merchant.slug}",
        action=voice.t("See what remains"),
        why=(
            voice.t(
                "You get this mail because {sender} gave us your address to send you this certificate. We remind you "
                "of it twice at most.",
                sender=sender,
            )
            if sender
            else voice.t(
                "You get this mail because this certificate was sent to you. We remind you of it twice at most."
            )
        ),
        stop=stop,
    )
    heading = heading_of(due, merchant, claimed, subject=subject, language=voice.language, sent_by=sent_by)
    return composed(replace(heading, unsubscribe=stop), written)
