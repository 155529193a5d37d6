"""The tables of people who act for partners, and of the invitations that lead there."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import msgspec

from largesse.db import Connection, load
from largesse.db.connection import Row
from largesse.domain.portal.people import PartnerInvitation, PartnerMember
from largesse.domain.portal.roles import PartnerRole

_queries = load(__package__)
_ONE = "UPDATE 1"

Kept = TypeVar("Kept", bound=msgspec.Struct)


async def insert_member(connection: Connection, member: PartnerMember) -> bool:
    """Write that somebody acts for a partner; False where they do."""
    written = await connection.fetchval(
        _queries.insert_member,
        member.merchant_id,
        member.membership_id,
        member.partner_id,
        member.person_id,
        member.role.value,
        member.invited_by,
        member.made_at,
        member.agent,
        member.address,
    )
    return written is not None


async def members_of_partner(connection: Connection, merchant_id: UUID, partner_id: UUID) -> list[PartnerMember]:
    """Return who acts for a partner."""
    return _all(await connection.fetch(_queries.members_of_partner, merchant_id, partner_id), PartnerMember)


async def members_of_person(connection: Connection, person_id: UUID) -> list[PartnerMember]:
    """Return for which partners somebody acts, of whichever merchant."""
    return _all(await connection.fetch(_queries.members_of_person, person_id), PartnerMember)


async def set_member_role(connection: Connection, member: PartnerMember, role: PartnerRole) -> bool:
    """Write another role; False where the membership has ended."""
    key = member.merchant_id, member.membership_id
    return await connection.execute(_queries.set_member_role, *key, role.value) == _ONE


async def end_member(connection: Connection, member: PartnerMember, now: datetime) -> bool:
    """Write that somebody acts for a partner no more; False where it was so."""
    key = member.merchant_id, member.membership_id
    return await connection.execute(_queries.end_member, *key, now) == _ONE


async def insert_invitation(connection: Connection, invitation: PartnerInvitation) -> None:
    """Write an invitation; what was open to the same address counts no more."""
    key = _email_key(invitation.email)
    at = invitation.made_at
    await connection.execute(
        _queries.withdraw_partner_invitations, invitation.merchant_id, invitation.partner_id, key, at
    )
    await connection.execute(
        _queries.insert_partner_invitation,
        invitation.merchant_id,
        invitation.invitation_id,
        invitation.partner_id,
        invitation.email,
        key,
        invitation.role.value,
        invitation.language,
        invitation.invited_by,
        at,
        invitation.expires_at,
    )


async def withdraw_invitations(
    connection: Connection, merchant_id: UUID, partner_id: UUID, email: str, now: datetime
) -> bool:
    """Withdraw what is open to an address; False where nothing is."""
    done = await connection.execute(
        _queries.withdraw_partner_invitations, merchant_id, partner_id, _email_key(email), now
    )
    return done != "UPDATE 0"


async def invitation_of(connection: Connection, merchant_id: UUID, invitation_id: UUID) -> PartnerInvitation | None:
    """Return the invitation of an id, whether or not it still counts."""
    row = await connection.fetchrow(_queries.partner_invitation_of, merchant_id, invitation_id)
    return None if row is None else _made(row, PartnerInvitation)


async def open_invitations(
    connection: Connection, merchant_id: UUID, partner_id: UUID, now: datetime
) -> list[PartnerInvitation]:
    """Return what may still be accepted of a partner."""
    rows = await connection.fetch(_queries.open_partner_invitations, merchant_id, partner_id, now)
    return _all(rows, PartnerInvitation)


async def accept_invitation(
    connection: Connection, merchant_id: UUID, invitation_id: UUID, now: datetime
) -> PartnerInvitation | None:
    """Take an invitation and return it; None where it does not count."""
    row = await connection.fetchrow(_queries.accept_partner_invitation, merchant_id, invitation_id, now)
    return None if row is None else _made(row, PartnerInvitation)


def _email_key(email: str) -> str:
    return email.strip().casefold()


def _made(row: Row, kind: type[Kept]) -> Kept:
    return msgspec.convert(dict(row), kind)


def _all(rows: Sequence[Row], kind: type[Kept]) -> list[Kept]:
    return [_made(row, kind) for row in rows]
