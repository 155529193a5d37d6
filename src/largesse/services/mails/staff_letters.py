"""Compose the mails to people who work for a merchant. What opens a link is written here and kept nowhere."""

from datetime import datetime

from largesse.db import Connection
from largesse.domain import approvals, catalog, merchants, portal, staff
from largesse.domain.approvals import RequestState
from largesse.domain.merchants import Merchant
from largesse.domain.staff import LinkPurpose
from largesse.outbox import Claimed, Composed, NotWanted
from largesse.services.mails import words
from largesse.services.mails.dependencies import MailDependencies
from largesse.services.mails.envelope import composed, heading_of
from largesse.services.mails.pages import bodies, voice_of
from largesse.services.mails.staff_notes import note_of
from largesse.services.staff import (
    STAFF_BASE,
    StaffMailDue,
    StaffMailPurpose,
    invitation_address,
    partner_invitation_address,
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
    link = await _link(deps, merchant, due, now=now)
    voice = voice_of(due.locale, merchant.english)
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
    heading = heading_of(due, merchant, claimed, subject=note.subject, language=voice.language, sent_by=sent_by)
    return composed(heading, written)


async def _demand_waiting(connection: Connection, merchant: Merchant, due: StaffMailDue, *, now: datetime) -> None:
    """Let a mail go that asks for a word, as long as nobody else was quicker.

    Raises:
        NotWanted: somebody was.
    """
    assert due.subject_id is not None
    find = approvals.find_till_request if due.purpose is StaffMailPurpose.TILL_ASKED else approvals.find_owner_request
    if (await find(connection, merchant.merchant_id, due.subject_id)).state(now) is not RequestState.WAITING:
        raise NotWanted


async def _link(deps: MailDependencies, merchant: Merchant, due: StaffMailDue, *, now: datetime) -> str:
    plain = {
        StaffMailPurpose.MONITOR: f"/admin/{merchant.slug}/monitors",
        StaffMailPurpose.REPORT: f"/admin/{merchant.slug}/reports/view?{due.place}",
        StaffMailPurpose.PARTNER_WAITING: f"/partner/{due.code}/batches/{due.subject_id}",
        StaffMailPurpose.PARTNER_DECIDED: f"/partner/{due.code}/batches/{due.subject_id}",
        StaffMailPurpose.PARTNER_PLACED: f"/partner/{due.code}/batches/{due.subject_id}",
    }
    if due.purpose is StaffMailPurpose.PARTNER_ANSWERED:
        return f"{deps.base_url}/partner/{due.code}" if due.code else ""
    if due.purpose in plain:
        return deps.base_url + plain[due.purpose]
    if due.subject_id is None:
        return ""
    try:
        async with deps.database.connection() as connection:
            if due.purpose in {StaffMailPurpose.TILL_ASKED, StaffMailPurpose.OWNER_ASKED}:
                await _demand_waiting(connection, merchant, due, now=now)
                return f"{deps.base_url}/admin/{merchant.slug}/requests"
            if due.purpose is StaffMailPurpose.INVITATION:
                await staff.find_invitation(connection, merchant.merchant_id, due.subject_id, now=now)
                return invitation_address(deps, merchant.merchant_id, due.subject_id)
            if due.purpose is StaffMailPurpose.PARTNER_INVITATION:
                invited = await portal.invitation_of(connection, merchant.merchant_id, due.subject_id)
                if invited is None or not invited.is_open(now):
                    raise NotWanted
                return partner_invitation_address(deps, merchant.merchant_id, due.subject_id)
            await staff.find_link(connection, due.subject_id, LinkPurpose.RESET, now=now)
            base = due.place or STAFF_BASE  # mails of the version before name none
            return person_address(deps, due.subject_id, LinkPurpose.RESET, base=base)
    except staff.LinkGone:
        raise NotWanted from None
