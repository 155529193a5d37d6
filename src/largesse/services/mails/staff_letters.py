"""Compose the mails to people who work for a merchant. What opens a link is written here and kept nowhere."""

from datetime import datetime

from largesse.domain import catalog, merchants, staff
from largesse.domain.staff import LinkPurpose
from largesse.outbox import Claimed, Composed, NotWanted
from largesse.services.mails import words
from largesse.services.mails.dependencies import MailDependencies
from largesse.services.mails.envelope import Heading, composed
from largesse.services.mails.pages import bodies, voice_of
from largesse.services.mails.staff_notes import note_of
from largesse.services.staff import (
    StaffMailDue,
    StaffMailPurpose,
    invitation_address,
    person_address,
    read_staff_mail,
)


async def compose(deps: MailDependencies, claimed: Claimed, *, sent_by: str, now: datetime) -> Composed:
    """Return the mail that `claimed` stands for; see `outbox.MailWriter`.

    Raises:
        NotWanted: the invitation or link that it leads to counts no more.
    """
    due = read_staff_mail(claimed.payload)
    async with deps.database.connection() as connection:
        merchant = await merchants.merchant_of_id(connection, claimed.merchant_id)
        theme = await catalog.theme_of(connection, claimed.merchant_id)
    link = await _link(deps, claimed, due, now=now)
    voice = voice_of(due.locale)
    note = note_of(due, merchant.name, voice)
    written = bodies(
        "staff",
        voice,
        accent=theme.accent,
        shop=words.shop_of(merchant, theme),
        subject=note.subject,
        sentences=note.sentences,
        action=note.action,
        link=link,
        why=note.why,
    )
    heading = Heading(
        mail_id=due.mail_id,
        subject=note.subject,
        merchant_name=merchant.mails_as,
        sent_by=sent_by,
        reply_to=merchant.reply_address,
        to_name=due.name,
        to_address=due.address,
        language=voice.language,
        date=claimed.occurred_at,
    )
    return composed(heading, written)


async def _link(deps: MailDependencies, claimed: Claimed, due: StaffMailDue, *, now: datetime) -> str:
    if due.subject_id is None:
        return ""
    try:
        async with deps.database.connection() as connection:
            if due.purpose is StaffMailPurpose.INVITATION:
                await staff.find_invitation(connection, claimed.merchant_id, due.subject_id, now=now)
                return invitation_address(deps, claimed.merchant_id, due.subject_id)
            await staff.find_link(connection, due.subject_id, LinkPurpose.RESET, now=now)
            return person_address(deps, due.subject_id, LinkPurpose.RESET)
    except staff.LinkGone:
        raise NotWanted from None
