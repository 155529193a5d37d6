"""What somebody is to a merchant: another role, or nothing any more."""

from datetime import datetime
from uuid import UUID

from largesse.db import Connection
from largesse.domain import approvals, merchants, portal, programs, report_mails, staff, tills
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Act, Audited, AuditReason, Membership, Role, may
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
    if not may(role, Act.OWNERS_WORD):
        await approvals.withdraw_owner_requests_of(connection, membership.merchant_id, membership.person_id, now)
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
    await tills.remove_pin(connection, membership.merchant_id, membership.membership_id)
    await approvals.withdraw_requests_of(connection, membership.merchant_id, membership.person_id, now)
    await approvals.withdraw_owner_requests_of(connection, membership.merchant_id, membership.person_id, now)
    await approvals.withdraw_till_requests_of(connection, membership.merchant_id, membership.person_id, now)
    await report_mails.stop_mails_of(connection, membership.merchant_id, membership.person_id)
    await tills.end_sessions_of(connection, membership.merchant_id, membership.membership_id, now)
    await _revoke_keys(connection, membership, now=now)
    if not await acts_anywhere(connection, membership.person_id):
        await staff.end_sessions(connection, membership.person_id, now)
    await by.record(connection, merchant, Audited.STAFF_ENDED, membership.membership_id, reason, code=code, now=now)


async def acts_anywhere(connection: Connection, person_id: UUID) -> bool:
    """Return whether somebody works for any merchant, or acts for any partner."""
    if await staff.memberships_of_person(connection, person_id):
        return True
    return bool(await portal.members_of_person(connection, person_id))


async def _revoke_keys(connection: Connection, membership: Membership, *, now: datetime) -> None:
    """End the keys that somebody made for programs of the merchant, and for those in its sandbox."""
    sandbox = await merchants.sandbox_of(connection, membership.merchant_id)
    for owner in (membership.merchant_id, sandbox.merchant_id if sandbox else None):
        if owner is not None:
            await programs.revoke_keys_of(connection, owner, f"person:{membership.person_id}", now)
