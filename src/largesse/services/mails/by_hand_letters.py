"""Compose the mail that tells a buyer how to pay an order by hand.

Nobody has paid, so it holds nothing that was typed but a first name, and that only where it is one.
"""

from typing import Final

from largesse.domain import catalog, merchants, orders, payments
from largesse.domain.gifts import MailDue
from largesse.domain.orders import CheckoutStatus
from largesse.outbox import Claimed, Composed, NotWanted
from largesse.services.gifts import bought_together, link_to_gifts
from largesse.services.mails import words
from largesse.services.mails.dependencies import MailDependencies
from largesse.services.mails.envelope import Heading, composed
from largesse.services.mails.pages import bodies, voice_of
from largesse.services.merchants import legal_texts_of

_NAME_MAX: Final = 30


async def compose(deps: MailDependencies, claimed: Claimed, due: MailDue, *, sent_by: str) -> Composed:
    """Return the mail that `claimed` stands for; see `outbox.MailWriter`.

    Raises:
        NotWanted: it was paid or given up meanwhile, or nobody is to pay by hand any more.
    """
    async with deps.database.connection() as connection:
        merchant = await merchants.merchant_of_id(connection, claimed.merchant_id)
        checkout, bought = await bought_together(connection, claimed.merchant_id, due.checkout_id)
        told = await payments.instructions_of(connection, claimed.merchant_id, checkout.currency)
        until = (await orders.payment_links(connection, claimed.merchant_id, [due.checkout_id])).get(due.checkout_id)
        theme = await catalog.theme_of(connection, claimed.merchant_id)
        texts = await legal_texts_of(connection, merchant)
    if checkout.status is not CheckoutStatus.OPEN or told is None or until is None:
        raise NotWanted
    voice = voice_of(due.locale, merchant.english)
    numbers = voice.listing([one.order_number for one in bought if one.bonus_of is None])
    first_name = checkout.billing.first_name
    named = len(first_name) <= _NAME_MAX and first_name.replace(" ", "").isalpha()
    total = words.amount(checkout.total, checkout.currency, voice)
    last_day = voice.long_day(words.day_before(until, zone=merchant.zone))
    token = link_to_gifts(
        deps,
        checkout.merchant_id,
        checkout.checkout_id,
        due=[one.deliver_at for one in bought],
        now=checkout.created_at,
    ).partition("?")[2]
    subject = voice.t("How to pay your order at {shop}", shop=merchant.name)
    written = bodies(
        "note",
        voice,
        accent=theme.accent,
        shop=words.shop_of(merchant, theme, legal=words.legal_links(texts, merchant, deps.base_url)),
        subject=voice.t("Thank you, {name}", name=first_name) if named else voice.t("Thank you"),
        sentences=(
            voice.t(
                "Please pay {total} by {day}, and name this order: {numbers}. "
                "Everything is sent once the money is here.",
                total=total,
                day=last_day,
                numbers=numbers,
            ),
            *told.lines(),
            voice.t("After that day the order is given up, and nothing is owed."),
        ),
        order_number="",
        link=f"{deps.base_url}/{merchant.slug}/thanks?{token}",
        action=voice.t("See the order"),
        why=voice.t("You get this mail because this address was given for an order that waits to be paid."),
    )
    heading = Heading(
        mail_id=due.mail_id,
        subject=subject,
        merchant_name=merchant.mails_as,
        sent_by=sent_by,
        reply_to=merchant.reply_address,
        to_name="",
        to_address=due.address,
        language=voice.language,
        date=claimed.occurred_at,
    )
    return composed(heading, written)
