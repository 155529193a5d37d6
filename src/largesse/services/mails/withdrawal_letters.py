"""Compose the mails about withdrawals: the acknowledgement, and the word to the address of the order."""

from largesse.domain import catalog, merchants
from largesse.domain.merchants import Merchant
from largesse.outbox import Claimed, Composed
from largesse.services.mails import words
from largesse.services.mails.dependencies import MailDependencies
from largesse.services.mails.envelope import composed, heading_of
from largesse.services.mails.pages import bodies, voice_of
from largesse.services.merchants import legal_texts_of
from largesse.services.withdrawals import WithdrawalMailDue, WithdrawalMailPurpose, read_withdrawal_mail
from largesse.ui import Voice


async def compose(deps: MailDependencies, claimed: Claimed, *, sent_by: str) -> Composed:
    """Return the mail that `claimed` stands for; see `outbox.MailWriter`. All that it says was frozen."""
    due = read_withdrawal_mail(claimed.payload)
    async with deps.database.connection() as connection:
        merchant = await merchants.merchant_of_id(connection, claimed.merchant_id)
        theme = await catalog.theme_of(connection, claimed.merchant_id)
        texts = await legal_texts_of(connection, merchant)
    voice = voice_of(due.locale, merchant.english)
    received = due.purpose is WithdrawalMailPurpose.RECEIVED
    said = _received(due, merchant, voice) if received else _not_you(due, merchant, voice)
    written = bodies(
        "note",
        voice,
        accent=theme.accent,
        shop=words.shop_of(merchant, theme, legal=words.legal_links(texts, merchant, deps.base_url)),
        subject=said.subject,
        sentences=said.sentences,
        order_number=due.order_number,
        link=due.link,
        action=voice.t("Withdraw from contract") if due.link else "",
        why=(
            voice.t(
                "You get this mail because a withdrawal was declared with this address. If it was not you, tell us."
            )
            if received
            else voice.t("You get this mail because you bought something from us.")
        ),
    )
    heading = heading_of(due, merchant, claimed, subject=said.subject, language=voice.language, sent_by=sent_by)
    return composed(heading, written)


def _received(due: WithdrawalMailDue, merchant: Merchant, voice: Voice) -> words.NoteText:
    return words.NoteText(
        subject=voice.t("We have received your withdrawal"),
        sentences=(
            voice.t(
                "This acknowledges what you declared to {shop} on {moment}.",
                shop=merchant.name,
                moment=voice.moment(due.at, zone=merchant.zone),
            ),
            voice.t(
                "{name}, {email}, withdraws from the contract about order {number}.",
                name=due.name,
                email=due.email,
                number=due.order_number,
            ),
            voice.t(
                "If these are the order and the address of the order, the gift certificate is blocked, and what was "
                "paid for the unspent part goes back the way it came, within 14 days. Otherwise somebody looks at it "
                "and writes to you."
            ),
        ),
    )


def _not_you(due: WithdrawalMailDue, merchant: Merchant, voice: Voice) -> words.NoteText:
    return words.NoteText(
        subject=voice.t("Somebody wants to withdraw from your order {number}", number=due.order_number),
        sentences=(
            voice.t(
                "On {moment} somebody declared to {shop} to withdraw from this order, and gave another mail address "
                "than yours.",
                moment=voice.moment(due.at, zone=merchant.zone),
                shop=merchant.name,
            ),
            voice.t("Nothing was blocked and nothing was paid back."),
            voice.t("If it was you, withdraw by this link, or with this address. If not, you need do nothing."),
        ),
    )
