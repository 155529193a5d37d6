"""How people come to work for a merchant, become something else there, and leave: memberships and invitations."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain.staff import store
from largesse.domain.staff.errors import (
    AlreadyMember,
    InvitationUnknown,
    LastOwner,
    LinkGone,
    MembershipEnded,
    MembershipNotWaiting,
    MembershipUnknown,
    PersonInvalid,
)
from largesse.domain.staff.people import (
    AGENT_LENGTH_MAX,
    INVITATION_GOOD_FOR,
    NAME_LENGTH_MAX,
    Invitation,
    Membership,
    Person,
)
from largesse.domain.staff.permissions import NEEDS_CONFIRMING, Role
from largesse.kernel import free_text
from largesse.kernel.errors import FieldError
from largesse.kernel.ids import new_id
from largesse.kernel.mail import EmailInvalid, read_email


async def invite(
    connection: Connection,
    merchant_id: UUID,
    email: str,
    role: Role,
    *,
    language: str,
    invited_by: UUID | None,
    now: datetime,
) -> Invitation:
    """Write an invitation that counts for three days, and once; one before it to the same address counts no more.

    Raises:
        AlreadyMember: whoever has the address works for the merchant.
        PersonInvalid: it is no address.
    """
    address = read_address(email)
    known = await store.person_of_email(connection, address)
    if known is not None and await store.membership_with(connection, merchant_id, known.person_id) is not None:
        raise AlreadyMember
    invitation = Invitation(
        merchant_id=merchant_id,
        invitation_id=new_id(now),
        email=address,
        role=role,
        language=language,
        invited_by=invited_by,
        made_at=now,
        expires_at=now + INVITATION_GOOD_FOR,
    )
    await store.withdraw_invitations(connection, merchant_id, address, now)
    await store.insert_invitation(connection, invitation)
    return invitation


async def find_invitation(
    connection: Connection, merchant_id: UUID, invitation_id: UUID, *, now: datetime
) -> Invitation:
    """Return an invitation that may be accepted.

    Raises:
        LinkGone: it may not.
    """
    found = await store.invitation_of(connection, merchant_id, invitation_id)
    if found is None or not found.is_open(now):
        raise LinkGone
    return found


async def withdraw(connection: Connection, merchant_id: UUID, email: str, *, now: datetime) -> None:
    """Let the open invitation to an address count no more.

    Raises:
        InvitationUnknown: there is none.
    """
    if not await store.withdraw_invitations(connection, merchant_id, email.strip(), now):
        raise InvitationUnknown


async def create_person(
    connection: Connection, email: str, name: str, *, language: str, person_id: UUID | None = None, now: datetime
) -> Person:
    """Write somebody who is not known yet, and return them; `person_id` is one that was given out before.

    Raises:
        PersonInvalid: the name or the address cannot stand.
        LinkGone: somebody has that address by now.
    """
    if not name.strip() or len(name) > NAME_LENGTH_MAX or free_text.holds_unseen(name):
        advice = f"Write your name in 1 to {NAME_LENGTH_MAX} characters."
        raise PersonInvalid(fields=[FieldError("name", "staff.person.name", advice)])
    known_as = person_id or new_id(now)
    person = Person(person_id=known_as, email=read_address(email), name=name.strip(), language=language, made_at=now)
    if not await store.insert_person(connection, person):
        raise LinkGone
    return person


async def join(
    connection: Connection, invitation: Invitation, person: Person, *, agent: str, address: str, now: datetime
) -> Membership:
    """Spend an invitation: its person works for the merchant, or waits to be confirmed. `agent` is their device.

    Raises:
        AlreadyMember: they work there.
        LinkGone: the invitation does not count, or not any more.
    """
    taken = await store.accept_invitation(connection, invitation.merchant_id, invitation.invitation_id, now)
    if taken is None:
        raise LinkGone
    membership = Membership(
        merchant_id=taken.merchant_id,
        membership_id=new_id(now),
        person_id=person.person_id,
        role=taken.role,
        invited_by=taken.invited_by,
        made_at=now,
        agent=short_agent(agent),
        address=address,
        confirmed_at=None if taken.role in NEEDS_CONFIRMING else now,
    )
    if not await store.insert_membership(connection, membership):
        raise AlreadyMember
    return membership


async def confirm(connection: Connection, membership: Membership, *, now: datetime) -> Membership:
    """Let a membership count, and return it as it is now.

    Raises:
        MembershipNotWaiting: it does not wait for that.
    """
    if not await store.confirm_membership(connection, membership, now):
        raise MembershipNotWaiting
    return msgspec.structs.replace(membership, confirmed_at=now)


async def change_role(connection: Connection, membership: Membership, role: Role) -> Membership:
    """Give somebody another role, and return the membership as it is now.

    Raises:
        LastOwner: nobody else owns the merchant.
        MembershipEnded: they do not work there any more.
    """
    await _keep_an_owner(connection, membership, unless=role is Role.OWNER)
    if not await store.set_role(connection, membership, role):
        raise MembershipEnded
    return msgspec.structs.replace(membership, role=role)


async def end(connection: Connection, membership: Membership, *, now: datetime) -> None:
    """End that somebody works for a merchant, and whatever they have open there.

    Raises:
        LastOwner: nobody else owns the merchant.
        MembershipEnded: they do not work there any more.
    """
    await _keep_an_owner(connection, membership)
    if not await store.end_membership(connection, membership, now):
        raise MembershipEnded
    await store.withdraw_invitations_by(connection, membership.merchant_id, membership.person_id, now)


async def find_member(
    connection: Connection, merchant_id: UUID, email_or_id: str, *, ended_too: bool = False
) -> tuple[Membership, Person]:
    """Return who works for a merchant, or waits to, by address or id of the membership; or did so once.

    Raises:
        MembershipUnknown: nobody like that does.
    """
    wanted = email_or_id.strip()
    known = await store.person_of_email(connection, wanted)
    found = await store.memberships_of(connection, merchant_id)
    for one in sorted(found, key=lambda one: (one.ended_at is None, one.made_at), reverse=True):
        if (ended_too or one.ended_at is None) and (
            str(one.membership_id) == wanted.lower() or (known is not None and one.person_id == known.person_id)
        ):
            person = await store.person_of_id(connection, one.person_id)
            assert person is not None
            return one, person
    raise MembershipUnknown


async def members(connection: Connection, merchant_id: UUID) -> Sequence[tuple[Membership, Person]]:
    """Return who works for a merchant, or waits to."""
    found = [one for one in await store.memberships_of(connection, merchant_id) if one.ended_at is None]
    people = await store.persons_of_ids(connection, [one.person_id for one in found])
    return [(one, people[one.person_id]) for one in found]


def short_agent(agent: str) -> str:
    """Return what a browser calls itself, on one line, as it is kept."""
    return free_text.shortened(free_text.one_line(agent[: 4 * AGENT_LENGTH_MAX]), AGENT_LENGTH_MAX)


def email_fault() -> PersonInvalid:
    """Return the refusal of what is no address."""
    return PersonInvalid(fields=[FieldError("email", EmailInvalid.code, EmailInvalid.message)])


async def _keep_an_owner(connection: Connection, membership: Membership, *, unless: bool = False) -> None:
    """Refuse that the only owner leaves, or becomes something else; two who leave at once are decided in turn."""
    owners = await store.lock_owners(connection, membership.merchant_id)
    if not unless and owners == [membership.person_id]:
        raise LastOwner


def read_address(email: str) -> str:
    """Return an address as it is kept.

    Raises:
        PersonInvalid: it is none.
    """
    try:
        return read_email(email.strip())
    except EmailInvalid as error:
        raise email_fault() from error
