"""Invite somebody to work for a merchant, and accept: with what they sign in with already, or by setting that up."""

from datetime import datetime

import msgspec

from largesse.db import Connection
from largesse.domain import merchants, staff
from largesse.domain.merchants import Merchant
from largesse.domain.staff import (
    ActRefused,
    Audited,
    Invitation,
    LinkGone,
    Membership,
    MembershipState,
    Person,
    Role,
    SignInFirst,
    StaffSession,
    check_password,
)
from largesse.services.staff.dependencies import StaffDependencies
from largesse.services.staff.links import read_invitation, read_offer
from largesse.services.staff.mailing import StaffMailPurpose, mail_invitation, mail_person
from largesse.services.staff.managers import Manager
from largesse.ui import LANGUAGES


class Invited(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation that may be accepted: for whom, and whether its address is known here already."""

    invitation: Invitation
    merchant: Merchant
    is_known: bool


class NewSignIn(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody typed who sets up what they sign in with. `offer` is what the form carried of the authenticator."""

    name: str
    password: str
    offer: str
    code: str
    language: str

    def __repr__(self) -> str:
        return "NewSignIn(…)"


class Browser(msgspec.Struct, frozen=True, kw_only=True):
    """What a request comes from: what it calls itself, and its address."""

    agent: str
    address: str


class PreparedSignIn(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of what somebody typed who sets up what they sign in with."""

    secret: str
    password_hash: str

    def __repr__(self) -> str:
        return "PreparedSignIn(…)"


class BegunPerson(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody new, signed in. The token and the recovery codes are shown this once, and kept nowhere."""

    person: Person
    token: str
    recovery_codes: tuple[str, ...]

    def __repr__(self) -> str:
        return f"BegunPerson({self.person.person_id})"


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """What came of accepting. The token and the recovery codes are shown this once, and kept nowhere."""

    person: Person
    membership: Membership
    token: str = ""
    recovery_codes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Accepted({self.person.person_id}, {self.membership.role})"


async def invite(
    deps: StaffDependencies,
    merchant: Merchant,
    email: str,
    role: Role,
    *,
    by: Manager,
    language: str | None = None,
    now: datetime,
) -> Invitation:
    """Invite whoever has an address, by mail; audited. The answer is the same whether the address is known or not.

    Raises:
        ActRefused: the inviter may not invite such a role.
        AlreadyMember: they work for the merchant.
        PersonInvalid: it is no address.
    """
    by.demand_over(role)
    reads = language if language in LANGUAGES else merchant.language
    async with deps.transaction() as connection:
        invitation = await staff.invite(
            connection, merchant.merchant_id, email, role, language=reads, invited_by=by.person_id, now=now
        )
        await by.record(connection, merchant, Audited.STAFF_INVITED, invitation.invitation_id, role.value, now=now)
        await mail_invitation(connection, invitation, about=by.name, now=now)
    return invitation


async def withdraw(deps: StaffDependencies, merchant: Merchant, email: str, *, by: Manager, now: datetime) -> None:
    """Withdraw the open invitation to an address; audited.

    Raises:
        ActRefused: the role that it gives is not theirs to give, or take.
        InvitationUnknown: there is none.
    """
    async with deps.database.transaction() as connection:
        wanted = email.strip().casefold()
        for one in await staff.open_invitations(connection, merchant.merchant_id, now):
            if one.email.casefold() == wanted:
                by.demand_over(one.role)
                await by.record(connection, merchant, Audited.STAFF_UNINVITED, one.invitation_id, None, now=now)
        await staff.withdraw(connection, merchant.merchant_id, email, now=now)


async def look_at_invitation(deps: StaffDependencies, token: str, *, now: datetime) -> Invited:
    """Return the invitation of a link; that spends nothing.

    Raises:
        LinkGone: it does not count.
    """
    async with deps.database.connection() as connection:
        return await _invited(deps, connection, token, now=now)


async def accept_with_new_sign_in(
    deps: StaffDependencies, token: str, wanted: NewSignIn, browser: Browser, *, now: datetime
) -> Accepted:
    """Accept an invitation to an address that is not known yet: one act, after which its person is signed in.

    Raises:
        FactorRefused: the code is not that of the offered authenticator.
        LinkGone: the link does not count.
        PasswordUnfit: the password is none that we take.
        PersonInvalid: the name cannot stand.
        SignInFirst: the address is known.
    """
    invited = await look_at_invitation(deps, token, now=now)
    email = invited.invitation.email
    prepared = await prepare_sign_in(deps, token, wanted, known=(email, wanted.name, invited.merchant.name))
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
        membership = await _join(connection, invited, begun.person, browser, now=now)
    return Accepted(person=begun.person, membership=membership, token=begun.token, recovery_codes=begun.recovery_codes)


async def prepare_sign_in(
    deps: StaffDependencies, token: str, wanted: NewSignIn, *, known: tuple[str, ...]
) -> PreparedSignIn:
    """Return what somebody typed as it is kept; `token` is that of the page that offered the authenticator.

    Raises:
        LinkGone: the authenticator was not offered on that page.
        PasswordUnfit: the password is none that we take; `known` are words that it must not consist of.
    """
    secret = read_offer(deps.keyring, wanted.offer, bound_to=token.encode())
    check_password(wanted.password, known=known)
    return PreparedSignIn(secret=secret, password_hash=await deps.passwords.hashed(wanted.password))


async def begin_person(
    connection: Connection,
    deps: StaffDependencies,
    email: str,
    wanted: NewSignIn,
    *,
    prepared: PreparedSignIn,
    browser: Browser,
    otherwise: str,
    now: datetime,
) -> BegunPerson:
    """Write somebody new with all that they sign in with, signed in; `otherwise` is the language if theirs is none.

    Raises:
        FactorRefused: the code is not that of the offered authenticator.
        LinkGone: somebody has that address by now.
        PersonInvalid: the name cannot stand.
    """
    language = wanted.language if wanted.language in LANGUAGES else otherwise
    person = await staff.create_person(connection, email, wanted.name, language=language, now=now)
    await staff.set_password(connection, person.person_id, prepared.password_hash)
    codes = await staff.set_authenticator(
        connection, deps.keyring, person.person_id, prepared.secret, wanted.code, now=now
    )
    session, _ = await staff.begin_session(
        connection, person.person_id, agent=browser.agent, address=browser.address, now=now
    )
    _, token = await staff.sign_in(connection, session, now=now)
    return BegunPerson(person=person, token=token, recovery_codes=codes)


async def accept_signed_in(
    deps: StaffDependencies, token: str, session: StaffSession, browser: Browser, *, now: datetime
) -> Accepted:
    """Accept an invitation by somebody who has signed in; nothing of what they sign in with changes.

    Raises:
        AlreadyMember: they work there.
        LinkGone: the link does not count, or is not for their address.
    """
    async with deps.transaction() as connection:
        invited = await _invited(deps, connection, token, now=now)
        person = await staff.person_of_email(connection, invited.invitation.email)
        if person is None or person.person_id != session.person_id:
            raise LinkGone
        return Accepted(person=person, membership=await _join(connection, invited, person, browser, now=now))


async def confirm(
    connection: Connection, merchant: Merchant, membership: Membership, *, by: Manager, now: datetime
) -> Membership:
    """Let somebody work whose invitation was accepted by the device and place that were meant; audited.

    Raises:
        ActRefused: it is not theirs to say, or their own.
        MembershipNotWaiting: nobody waits for that.
    """
    by.demand_over(membership.role)
    if by.person_id == membership.person_id:
        raise ActRefused("staff.confirm")
    confirmed = await staff.confirm(connection, membership, now=now)
    await by.record(connection, merchant, Audited.STAFF_CONFIRMED, membership.membership_id, None, now=now)
    return confirmed


async def _invited(deps: StaffDependencies, connection: Connection, token: str, *, now: datetime) -> Invited:
    link = read_invitation(deps.keyring, token)
    invitation = await staff.find_invitation(connection, link.merchant_id, link.invitation_id, now=now)
    known = await staff.person_of_email(connection, invitation.email)
    merchant = await merchants.merchant_of_id(connection, invitation.merchant_id)
    return Invited(invitation=invitation, merchant=merchant, is_known=known is not None)


async def _join(
    connection: Connection, invited: Invited, person: Person, browser: Browser, *, now: datetime
) -> Membership:
    invitation = invited.invitation
    membership = await staff.join(connection, invitation, person, agent=browser.agent, address=browser.address, now=now)
    await staff.record(
        connection,
        invitation.merchant_id,
        Audited.STAFF_JOINED,
        subject=str(membership.membership_id),
        actor=f"person:{person.person_id}",
        reason=invitation.role.value,
        now=now,
    )
    if membership.state is MembershipState.WAITING and invitation.invited_by is not None:
        inviter = await staff.person_of_id(connection, invitation.invited_by)
        if inviter is not None:
            await mail_person(
                connection,
                inviter,
                StaffMailPurpose.JOINED,
                about=person.name,
                role=membership.role,
                merchant_id=invitation.merchant_id,
                now=now,
            )
    return membership
