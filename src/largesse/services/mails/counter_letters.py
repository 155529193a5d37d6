"""Compose the mails that counters send: receipts, and a word on what was done to a certificate."""

from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain import catalog, certificates, merchants
from largesse.domain.catalog import Theme
from largesse.domain.merchants import Merchant
from largesse.kernel.currency import currency
from largesse.kernel.money import Money
from largesse.ledger import Status
from largesse.outbox import Claimed, Composed, NotWanted
from largesse.services.counter import CounterMailDue, CounterMailPurpose, read_counter_mail
from largesse.services.mails import words
from largesse.services.mails.dependencies import MailDependencies
from largesse.services.mails.envelope import composed, heading_of
from largesse.services.mails.pages import Bodies, bodies, voice_of
from largesse.ui import Voice


async def compose(deps: MailDependencies, claimed: Claimed, *, sent_by: str) -> Composed:
    """Return the mail that `claimed` stands for; see `outbox.MailWriter`. All that it says was frozen."""
    due = read_counter_mail(claimed.payload)
    async with deps.database.connection() as connection:
        merchant = await merchants.merchant_of_id(connection, claimed.merchant_id)
        theme = await catalog.theme_of(connection, claimed.merchant_id)
        if due.certificate_id is not None:
            due = await _as_it_stands(connection, deps, claimed.merchant_id, due)
    voice = voice_of(due.locale, merchant.english)
    subject, written = _slip(due, merchant, theme, voice) if due.face else _note(due, merchant, theme, voice)
    heading = heading_of(due, merchant, claimed, subject=subject, language=voice.language, sent_by=sent_by)
    return composed(heading, written)


async def _as_it_stands(
    connection: Connection, deps: MailDependencies, merchant_id: UUID, due: CounterMailDue
) -> CounterMailDue:
    """Return a mail about a certificate with how its number ends.

    Raises:
        NotWanted: nothing can be spent of it any more: its import was taken back before the mail left.
    """
    assert due.certificate_id is not None
    one = await deps.ledger.find(connection, merchant_id, due.certificate_id)
    if one is None or one.status is not Status.ACTIVE or not (one.balance or one.gratuity_balance):
        raise NotWanted
    ends = await certificates.last_four_of(connection, merchant_id, [due.certificate_id])
    return msgspec.structs.replace(due, ends=tuple(ends.values()), amount=one.balance + one.gratuity_balance)


def _slip(due: CounterMailDue, merchant: Merchant, theme: Theme, voice: Voice) -> tuple[str, Bodies]:
    subject = voice.t("Your receipt from {merchant}", merchant=merchant.name)
    written = bodies(
        "slip",
        voice,
        accent=theme.accent,
        shop=words.shop_of(merchant, theme),
        face=due.face,
        subject=subject,
        why=voice.t("You get this mail because somebody at the counter was asked to send it here."),
    )
    return subject, written


def _note(due: CounterMailDue, merchant: Merchant, theme: Theme, voice: Voice) -> tuple[str, Bodies]:
    said = _said(due, merchant, voice)
    written = bodies(
        "note",
        voice,
        accent=theme.accent,
        shop=words.shop_of(merchant, theme),
        subject=said.subject,
        sentences=said.sentences,
        order_number=due.number,
        link=due.link,
        action=voice.t("Pay {amount}", amount=voice.money(Money(due.amount, currency(due.currency))))
        if due.link
        else "",
        why=_why(due, voice),
    )
    return said.subject, written


def _why(due: CounterMailDue, voice: Voice) -> str:
    if due.purpose is CounterMailPurpose.PAYMENT_LINK:
        return voice.t("You get this mail because you asked for something that is not paid for yet.")
    if due.purpose is CounterMailPurpose.IMPORTED:
        return voice.t("You get this mail because a gift certificate of ours was made out to this address.")
    return voice.t("You get this mail because you bought this gift certificate, or were given it.")


def _said(due: CounterMailDue, merchant: Merchant, voice: Voice) -> words.NoteText:
    """Return what a word on a certificate says."""
    amount = voice.money(Money(due.amount, currency(due.currency)))
    names = {"amount": amount, "ends": voice.listing([f"…{one}" for one in due.ends]), "place": due.place}
    wrong = voice.t("If that should not be, answer this mail.")
    match due.purpose:
        case CounterMailPurpose.PUT_BACK:
            return words.NoteText(
                subject=voice.t("{amount} is back on your gift certificate", amount=amount),
                sentences=(
                    voice.t("At {place}, {amount} was put back on the gift certificate that ends in {ends}.", **names),
                    voice.t("It had been taken a short while before, and that was undone."),
                    wrong,
                ),
            )
        case CounterMailPurpose.RELOAD_UNDONE:
            return words.NoteText(
                subject=voice.t("A reload of your gift certificate was undone"),
                sentences=(
                    voice.t(
                        "At {place}, {amount} was taken off the gift certificate that ends in {ends}: the reload was "
                        "undone, and the money was paid back.",
                        **names,
                    ),
                    wrong,
                ),
            )
        case CounterMailPurpose.PAYMENT_LINK:
            until = voice.moment(due.until, zone=merchant.zone) if due.until else ""
            return words.NoteText(
                subject=voice.t("Your order at {shop}: please pay {amount}", shop=merchant.name, amount=amount),
                sentences=(
                    voice.t("You have ordered a gift certificate for {amount}.", amount=amount),
                    voice.t(
                        "Pay on the page that the link leads to, until {moment}. It is issued at once.", moment=until
                    ),
                    wrong,
                ),
            )
        case CounterMailPurpose.IMPORTED:
            return words.NoteText(
                subject=voice.t("Your gift certificate of {shop}", shop=merchant.name),
                sentences=(
                    voice.t(
                        "We keep our gift certificates in another system now. Yours, which ends in {ends}, holds "
                        "{amount}, and is used as before, with the number that it has.",
                        **names,
                    ),
                    wrong,
                ),
            )
        case CounterMailPurpose.REPLACED:
            return words.NoteText(
                subject=voice.t("A gift certificate of {shop} was replaced", shop=merchant.name),
                sentences=(
                    voice.t(
                        "For safety, the gift certificate that ended in {ends} got a new number. The first number "
                        "cannot be used any more; nothing of its value is lost.",
                        **names,
                    ),
                    voice.t("Bring it with you, or answer this mail: you get the new number from us."),
                ),
            )
        case _:
            return words.NoteText(
                subject=voice.t("A gift certificate of {shop} was replaced", shop=merchant.name),
                sentences=(
                    voice.t(
                        "At {place}, the gift certificate that ended in {ends} was printed again with a new number. "
                        "The first number cannot be used any more.",
                        **names,
                    ),
                    wrong,
                ),
            )
