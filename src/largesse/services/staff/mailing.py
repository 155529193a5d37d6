"""Mails to people who work here, as the outbox is told of them. `services.mails` writes them when they are sent.

An event belongs to a merchant: what goes to a person as such leaves through one that they work for, and says nothing
there of what it is about but ids.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from largesse import outbox
from largesse.db import Connection
from largesse.domain import portal, staff
from largesse.domain.staff import Invitation, Person, Role
from largesse.kernel.events import Event
from largesse.kernel.ids import new_id
from largesse.kernel.mail import purpose_in
from largesse.services.staff.links import PARTNER_BASE, STAFF_BASE


class StaffMailPurpose(StrEnum):
    """Why somebody who works here, or shall, is written to."""

    INVITATION = "staff.invitation"
    RESET = "staff.reset"
    """A link for another password, which was asked for."""
    PASSWORD_REPLACED = "staff.password_replaced"  # noqa: S105 - a purpose, no password
    NEW_BROWSER = "staff.new_browser"
    """Signed in with a browser that was not used before."""
    JOINED = "staff.joined"
    """To the inviter: somebody accepted, and waits to be confirmed."""
    TRIAL = "staff.trial"
    """To whoever asks for it: mails arrive."""
    RECOVERED = "staff.recovered"
    """To owners: the operator lets somebody in who lost what they sign in with."""
    KEY_MADE = "staff.key_made"
    """To owners: somebody made a key with which a program moves money or reads of people."""
    MONITOR = "staff.monitor"
    """A figure that is watched has passed its bound; `about` says which."""
    REPORT = "staff.report"
    """To be looked at: a report of what has ended, `about`, at the address that `place` says."""
    PARTNER_INVITATION = "partner.invitation"
    """To act for a partner: `place` is its name, `code` the role there."""
    PARTNER_WAITING = "partner.waiting"
    """To approvers of a partner: somebody, `about`, ordered what waits for a second person."""
    PARTNER_DECIDED = "partner.decided"
    """To who ordered for a partner: what came of it, `about` its state."""
    PARTNER_PLACED = "partner.placed"
    """To who ordered so much for a partner that they did not wait for it: it is done, or has stopped; `about` says."""
    PARTNER_ANSWERED = "partner.answered"
    """To who asked for an agreement or a change of one, for the organisation `place`: what the merchant answers."""
    OWNER_ASKED = "staff.owner_asked"
    """To the other owners: one of them wants to change what is both's."""
    TILL_ASKED = "staff.till_asked"
    """To whoever may approve: somebody at a till waits for a word."""


class StaffMailDue(msgspec.Struct, frozen=True, kw_only=True):
    """A mail to somebody who works here. `subject_id` is the invitation or link it leads to, `about` who did it.

    `place` and `code` are where somebody waits for a word, and what is told of it there.
    """

    mail_id: UUID
    purpose: StaffMailPurpose
    address: str
    name: str
    locale: str
    subject_id: UUID | None = None
    role: Role | None = None
    about: str = ""
    place: str = ""
    code: str = ""


_DECODER: Final = msgspec.json.Decoder(StaffMailDue)
_PURPOSES: Final = frozenset(one.value for one in StaffMailPurpose)


def is_to_staff(payload: str) -> bool:
    """Return whether a mail that is due is one of these."""
    return purpose_in(payload) in _PURPOSES


def read_staff_mail(payload: str) -> StaffMailDue:
    """Return what was frozen of a mail.

    Raises:
        msgspec.ValidationError: it is something else.
    """
    return _DECODER.decode(payload)


async def mail_invitation(connection: Connection, invitation: Invitation, *, about: str, now: datetime) -> None:
    """Queue the mail of an invitation."""
    due = StaffMailDue(
        mail_id=new_id(now),
        purpose=StaffMailPurpose.INVITATION,
        address=invitation.email,
        name="",
        locale=invitation.language,
        subject_id=invitation.invitation_id,
        role=invitation.role,
        about=about,
    )
    await _publish(connection, invitation.merchant_id, [due], now=now)


async def mail_person(
    connection: Connection,
    person: Person,
    purpose: StaffMailPurpose,
    *,
    subject_id: UUID | None = None,
    about: str = "",
    place: str = "",
    code: str = "",
    role: Role | None = None,
    merchant_id: UUID | None = None,
    now: datetime,
) -> bool:
    """Queue a mail to a person, through a merchant that they work for, or a partner of which; False without any."""
    if merchant_id is None:
        found = await staff.memberships_of_person(connection, person.person_id)
        acts = found or await portal.members_of_person(connection, person.person_id)
        if not acts:
            return False
        merchant_id = acts[0].merchant_id
    due = StaffMailDue(
        mail_id=new_id(now),
        purpose=purpose,
        address=person.email,
        name=person.name,
        locale=person.language,
        subject_id=subject_id,
        role=role,
        about=about,
        place=place,
        code=code,
    )
    await _publish(connection, merchant_id, [due], now=now)
    return True


async def queue_mail(connection: Connection, merchant_id: UUID, mail: StaffMailDue, *, now: datetime) -> None:
    """Queue a mail to somebody, through a merchant."""
    await _publish(connection, merchant_id, [mail], now=now)


async def signs_in_at(connection: Connection, person_id: UUID) -> str:
    """Return below which address somebody signs in: where staff do, unless they act for partners alone."""
    if await staff.memberships_of_person(connection, person_id):
        return STAFF_BASE
    return PARTNER_BASE if await portal.members_of_person(connection, person_id) else STAFF_BASE


async def _publish(connection: Connection, merchant_id: UUID, mails: Sequence[StaffMailDue], *, now: datetime) -> None:
    await outbox.open_mail_endpoint(connection, merchant_id, now=now)
    events = [
        Event(
            merchant_id=merchant_id,
            event_id=mail.mail_id,
            kind=outbox.MAIL_DUE,
            occurred_at=now,
            payload=msgspec.json.encode(mail),
        )
        for mail in mails
    ]
    await outbox.publish(connection, events)
