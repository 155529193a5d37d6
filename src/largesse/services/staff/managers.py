"""Who changes who works for a merchant: a person with a role there, or the operator, for whom there is no table."""

from datetime import datetime
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain import staff
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Act, ActRefused, Audited, AuditReason, Role, may, may_manage


class Manager(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who acts. `role` is None for the operator as such; with `--as`, `actor` names both."""

    actor: str
    name: str = ""
    person_id: UUID | None = None
    role: Role | None = None

    def demand_over(self, other: Role, act: Act = Act.STAFF_CHANGE) -> None:
        """Let somebody manage people of a role.

        Raises:
            ActRefused: theirs does not allow it.
        """
        if not self.manages(other, act):
            raise ActRefused(f"{act.value}.{other.value}")

    def manages(self, other: Role, act: Act = Act.STAFF_CHANGE) -> bool:
        """Return whether somebody may manage people of a role; the operator as such may."""
        return self.role is None or (may(self.role, act) and may_manage(self.role, other))

    async def record(
        self,
        connection: Connection,
        merchant: Merchant,
        action: Audited,
        subject: UUID,
        reason: str | None,
        *,
        now: datetime,
        code: AuditReason | None = None,
    ) -> None:
        """Write what somebody did to the audit log of a merchant."""
        await staff.record(
            connection,
            merchant.merchant_id,
            action,
            subject=str(subject),
            actor=self.actor,
            reason=reason,
            reason_code=code,
            now=now,
        )


OPERATOR_AS = "operator for {name}"


async def as_member(connection: Connection, merchant: Merchant, email: str) -> Manager:
    """Return the operator who acts for somebody who works for a merchant: bound by that role, and written as both.

    Raises:
        ActRefused: the membership waits to be confirmed.
        MembershipUnknown: nobody like that works there.
    """
    membership, person = await staff.find_member(connection, merchant.merchant_id, email)
    if membership.confirmed_at is None:
        raise ActRefused("staff.waiting")
    return Manager(
        actor=OPERATOR_AS.format(name=person.name), name=person.name, person_id=person.person_id, role=membership.role
    )
