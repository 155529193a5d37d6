"""People who act for a partner: invited by the office or the operator, accepted, given roles, let go; audited."""

from datetime import datetime

import msgspec

from largesse.db import Connection
from largesse.domain import merchants, partners, portal, staff
from largesse.domain.merchants import Merchant
from largesse.domain.partners import Partner
from largesse.domain.portal import (
    INVITATION_GOOD_FOR,
    AlreadyPartnerMember,
    PartnerInvitation,
    PartnerInvitationUnknown,
    PartnerMember,
    PartnerMemberUnknown,
    PartnerRole,
)
from largesse.domain.staff import Act, ActRefused, Audited, LinkGone, Person, SignInFirst, StaffSession, may
from largesse.kernel.ids import new_id
from largesse.services.portal.dependencies import PortalDependencies
from largesse.services.staff import (
    BegunPerson,
    Browser,
    Manager,
    NewSignIn,
    StaffMailDue,
    StaffMailPurpose,
    acts_anywhere,
    begin_person,
    prepare_sign_in,
    queue_mail,
    read_invitation,
)
from largesse.ui import LANGUAGES


class InvitedToPartner(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation that may be accepted: for whom, and whether its address is known here already."""

    invitation: PartnerInvitation
    partner: Partner
    merchant: Merchant
    is_known: bool


async def invite_person(
    deps: PortalDependencies,
    merchant: Merchant,
    partner: Partner,
    email: str,
    role: PartnerRole,
    *,
    by: Manager,
    language: str | None = None,
    now: datetime,
) -> PartnerInvitation:
    """Invite whoever has an address to act for a partner, by mail.

    Raises:
        ActRefused: the inviter's role does not allow it.
        AlreadyPartnerMember: they act for it.
        PersonInvalid: it is no address.
    """
    _demand(by)
    reads = language if language in LANGUAGES else merchant.language
    address = staff.read_address(email)
    async with deps.transaction() as connection:
        known = await staff.person_of_email(connection, address)
        here = await portal.members_of_partner(connection, partner.merchant_id, partner.partner_id)
        if known is not None and any(one.person_id == known.person_id for one in here):
            raise AlreadyPartnerMember
        invitation = PartnerInvitation(
            merchant_id=partner.merchant_id,
            invitation_id=new_id(now),
            partner_id=partner.partner_id,
            email=address,
            role=role,
            language=reads,
            invited_by=by.person_id,
            made_at=now,
            expires_at=now + INVITATION_GOOD_FOR,
        )
        await portal.insert_invitation(connection, invitation)
        await _note(connection, partner, by.actor, Audited.PARTNER_PERSON_INVITED, told=role.value, now=now)
        mail = StaffMailDue(
            mail_id=new_id(now),
            purpose=StaffMailPurpose.PARTNER_INVITATION,
            address=address,
            name="",
            locale=reads,
            subject_id=invitation.invitation_id,
            about=by.name,
            place=partner.name,
            code=role.value,
        )
        await queue_mail(connection, merchant.merchant_id, mail, now=now)
    return invitation


async def withdraw_person(connection: Connection, partner: Partner, email: str, *, by: Manager, now: datetime) -> None:
    """Withdraw the open invitation to an address.

    Raises:
        ActRefused: the role does not allow it.
        PartnerInvitationUnknown: there is none.
    """
    _demand(by)
    if not await portal.withdraw_invitations(connection, partner.merchant_id, partner.partner_id, email, now):
        raise PartnerInvitationUnknown
    await _note(connection, partner, by.actor, Audited.PARTNER_PERSON_UNINVITED, told=None, now=now)


async def find_person(connection: Connection, partner: Partner, email_or_id: str) -> tuple[PartnerMember, Person]:
    """Return who acts for a partner, by address or id of the membership.

    Raises:
        PartnerMemberUnknown: nobody like that does.
    """
    wanted = email_or_id.strip().casefold()
    for member, person in await people_of(connection, partner):
        if wanted in {str(member.membership_id), person.email.casefold()}:
            return member, person
    raise PartnerMemberUnknown


async def people_of(connection: Connection, partner: Partner) -> list[tuple[PartnerMember, Person]]:
    """Return who acts for a partner."""
    members = await portal.members_of_partner(connection, partner.merchant_id, partner.partner_id)
    people = await staff.persons_of_ids(connection, [one.person_id for one in members])
    return [(one, people[one.person_id]) for one in members]


async def change_person(
    connection: Connection,
    partner: Partner,
    member: PartnerMember,
    role: PartnerRole,
    *,
    by: Manager,
    now: datetime,
) -> None:
    """Give somebody who acts for a partner another role.

    Raises:
        ActRefused: the role does not allow it.
        PartnerMemberUnknown: they act for it no more.
    """
    _demand(by)
    if not await portal.set_member_role(connection, member, role):
        raise PartnerMemberUnknown
    told = f"from {member.role.value} to {role.value}"
    await _note(connection, partner, by.actor, Audited.PARTNER_PERSON_CHANGED, told=told, now=now)


async def end_person(
    connection: Connection, partner: Partner, member: PartnerMember, *, by: Manager, now: datetime
) -> None:
    """End that somebody acts for a partner; who then acts nowhere is signed out.

    Raises:
        ActRefused: the role does not allow it.
        PartnerMemberUnknown: they act for it no more.
    """
    _demand(by)
    if not await portal.end_member(connection, member, now):
        raise PartnerMemberUnknown
    if not await acts_anywhere(connection, member.person_id):
        await staff.end_sessions(connection, member.person_id, now)
    await _note(connection, partner, by.actor, Audited.PARTNER_PERSON_ENDED, told=member.role.value, now=now)


async def look_at_invitation(deps: PortalDependencies, token: str, *, now: datetime) -> InvitedToPartner:
    """Return the invitation of a link; that spends nothing.

    Raises:
        LinkGone: it does not count.
    """
    async with deps.database.connection() as connection:
        return await _invited(deps, connection, token, now=now)


async def accept_with_new_sign_in(
    deps: PortalDependencies, token: str, wanted: NewSignIn, browser: Browser, *, now: datetime
) -> BegunPerson:
    """Accept an invitation to an address that is not known yet: one act, after which its person is signed in.

    Raises:
        FactorRefused, LinkGone, PasswordUnfit, PersonInvalid, SignInFirst: as for staff.
    """
    invited = await look_at_invitation(deps, token, now=now)
    email = invited.invitation.email
    prepared = await prepare_sign_in(deps, token, wanted, known=(email, wanted.name, invited.partner.name))
    async with deps.transaction() as connection:
        invited = await _invited(deps, connection, token, now=now)
        if invited.is_known:
            raise SignInFirst
        begun = await begin_person(
            connection,
            deps,
            email,
            wanted,
            prepared=prepared,
            browser=browser,
            otherwise=invited.invitation.language,
            now=now,
        )
        await _join(connection, invited, begun.person, browser, now=now)
    return begun


async def accept_signed_in(
    deps: PortalDependencies, token: str, session: StaffSession, browser: Browser, *, now: datetime
) -> None:
    """Accept an invitation by somebody who has signed in; nothing of what they sign in with changes.

    Raises:
        AlreadyPartnerMember: they act for the partner.
        LinkGone: the link does not count, or is not for their address.
    """
    async with deps.transaction() as connection:
        invited = await _invited(deps, connection, token, now=now)
        person = await staff.person_of_email(connection, invited.invitation.email)
        if person is None or person.person_id != session.person_id:
            raise LinkGone
        await _join(connection, invited, person, browser, now=now)


def _demand(by: Manager) -> None:
    if by.role is not None and not may(by.role, Act.PARTNERS_TRUST):
        raise ActRefused(Act.PARTNERS_TRUST.value)


async def _invited(deps: PortalDependencies, connection: Connection, token: str, *, now: datetime) -> InvitedToPartner:
    link = read_invitation(deps.keyring, token, to_partner=True)
    invitation = await portal.invitation_of(connection, link.merchant_id, link.invitation_id)
    if invitation is None or not invitation.is_open(now):
        raise LinkGone
    known = await staff.person_of_email(connection, invitation.email)
    return InvitedToPartner(
        invitation=invitation,
        partner=await partners.find_partner(connection, invitation.merchant_id, str(invitation.partner_id)),
        merchant=await merchants.merchant_of_id(connection, invitation.merchant_id),
        is_known=known is not None,
    )


async def _join(
    connection: Connection, invited: InvitedToPartner, person: Person, browser: Browser, *, now: datetime
) -> None:
    key = invited.invitation.merchant_id, invited.invitation.invitation_id
    taken = await portal.accept_invitation(connection, *key, now)
    if taken is None:
        raise LinkGone
    member = PartnerMember(
        merchant_id=taken.merchant_id,
        membership_id=new_id(now),
        partner_id=taken.partner_id,
        person_id=person.person_id,
        role=taken.role,
        invited_by=taken.invited_by,
        made_at=now,
        agent=staff.short_agent(browser.agent),
        address=browser.address,
    )
    if not await portal.insert_member(connection, member):
        raise AlreadyPartnerMember
    action, role = Audited.PARTNER_PERSON_JOINED, taken.role.value
    await _note(connection, invited.partner, member.actor, action, told=role, now=now)


async def _note(
    connection: Connection, partner: Partner, actor: str, action: Audited, *, told: str | None, now: datetime
) -> None:
    said = partner.name if told is None else f"{partner.name}: {told}"
    subject = str(partner.partner_id)
    await staff.record(connection, partner.merchant_id, action, subject=subject, actor=actor, reason=said, now=now)
