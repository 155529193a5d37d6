"""A second person approves, at the till and with their PIN, one act of a closed list that somebody else does there."""

from datetime import datetime
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain import staff
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Audited, MembershipUnknown, Person
from largesse.domain.tills import ApproverRefused, TillAct
from largesse.services.staff import StaffDependencies
from largesse.services.tills.people import Colleague, colleagues, find_colleague
from largesse.services.tills.pins import demand_pin


class TillApproval(msgspec.Struct, frozen=True, kw_only=True):
    """That somebody approved an act; it counts for this one alone."""

    act: TillAct
    approver: Person

    @property
    def actor(self) -> str:
        """Return who approved, as the ledger and the audit log have it."""
        return f"person:{self.approver.person_id}"


async def approvers(connection: Connection, merchant_id: UUID, *, but: UUID) -> list[Colleague]:
    """Return who may approve at a till what the person `but` does."""
    found = await colleagues(connection, merchant_id)
    return [one for one in found if one.may_approve and one.person.person_id != but]


async def approve_here(
    deps: StaffDependencies,
    merchant: Merchant,
    act: TillAct,
    *,
    membership_id: UUID | None,
    pin: str,
    actor_id: UUID,
    subject: str,
    now: datetime,
) -> TillApproval:
    """Take the PIN of whoever approves what the person `actor_id` does to `subject`; audited.

    Raises:
        ApproverRefused: they do it themselves, or may not approve.
        PinRefused: the PIN is not theirs.
    """
    async with deps.database.connection() as connection:
        try:
            who = await find_colleague(connection, merchant.merchant_id, membership_id)
        except MembershipUnknown:
            raise ApproverRefused from None
    if who.person.person_id == actor_id or not who.may_approve:
        raise ApproverRefused
    if not (await demand_pin(deps, who.membership, pin)).may_approve:
        raise ApproverRefused
    approval = TillApproval(act=act, approver=who.person)
    async with deps.database.transaction() as connection:
        await staff.record(
            connection,
            merchant.merchant_id,
            Audited.TILL_APPROVED,
            subject=subject,
            actor=approval.actor,
            reason=f"{act.value} by person:{actor_id}",
            now=now,
        )
    return approval
