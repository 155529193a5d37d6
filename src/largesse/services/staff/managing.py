"""What somebody is to a merchant: another role, or nothing any more."""

from datetime import datetime

from largesse.db import Connection
from largesse.domain import staff
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Audited, AuditReason, Membership, Role
from largesse.services.staff.managers import Manager


async def change_role(
    connection: Connection,
    merchant: Merchant,
    membership: Membership,
    role: Role,
    *,
    by: Manager,
    reason: str | None = None,
    code: AuditReason | None = None,
    now: datetime,
) -> Membership:
    """Give somebody another role; audited.

    Raises:
        ActRefused: one of the two roles is not theirs to give or take.
        LastOwner: nobody else owns the merchant.
        MembershipEnded: they do not work there any more.
    """
    by.demand_over(membership.role)
    by.demand_over(role)
    changed = await staff.change_role(connection, membership, role)
    words = f"from {membership.role.value} to {role.value}" + (f": {reason}" if reason else "")
    await by.record(
        connection, merchant, Audited.STAFF_ROLE_CHANGED, membership.membership_id, words, code=code, now=now
    )
    return changed


async def end_membership(
    connection: Connection,
    merchant: Merchant,
    membership: Membership,
    *,
    by: Manager,
    reason: str | None,
    code: AuditReason,
    now: datetime,
) -> None:
    """End that somebody works for a merchant, with all that they have open there, in the caller's transaction; audited.

    Whoever works for nobody else is signed out everywhere. Others keep their sessions: those are theirs, and count for
    this merchant no more.

    Raises:
        ActRefused: it is not theirs to end. Everybody may leave by themselves.
        LastOwner: nobody else owns the merchant.
        MembershipEnded: it had ended.
    """
    if by.person_id != membership.person_id:
        by.demand_over(membership.role)
    await staff.end(connection, membership, now=now)
    if not await staff.memberships_of_person(connection, membership.person_id):
        await staff.end_sessions(connection, membership.person_id, now)
    await by.record(connection, merchant, Audited.STAFF_ENDED, membership.membership_id, reason, code=code, now=now)
