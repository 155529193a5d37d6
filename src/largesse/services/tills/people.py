"""Who may stand at a till: people whose role works at the counter, with what is known of their PIN."""

from datetime import datetime
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain import staff, tills
from largesse.domain.staff import Act, Membership, MembershipState, MembershipUnknown, Person, may
from largesse.domain.tills import APPROVER_DIGITS_MIN


class Colleague(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who works at the counter. `digits` is how long their PIN is, 0 where they have none."""

    membership: Membership
    person: Person
    digits: int = 0
    pin_set_at: datetime | None = None

    @property
    def may_approve(self) -> bool:
        """Return whether their role and their PIN let them approve what somebody else does at a till."""
        return may(self.membership.role, Act.APPROVE) and self.digits >= APPROVER_DIGITS_MIN


async def colleagues(connection: Connection, merchant_id: UUID) -> list[Colleague]:
    """Return who works at a merchant's counter, by name."""
    pins = await tills.pins_of(connection, merchant_id)
    found = [
        Colleague(
            membership=membership,
            person=person,
            digits=pins[membership.membership_id].digits if membership.membership_id in pins else 0,
            pin_set_at=pins[membership.membership_id].set_at if membership.membership_id in pins else None,
        )
        for membership, person in await staff.members(connection, merchant_id)
        if membership.state is MembershipState.LIVE and may(membership.role, Act.COUNTER)
    ]
    return sorted(found, key=lambda one: one.person.name.casefold())


async def find_colleague(connection: Connection, merchant_id: UUID, membership_id: UUID | None) -> Colleague:
    """Return who works at a merchant's counter by the id of their membership.

    Raises:
        MembershipUnknown: nobody like that does.
    """
    for one in await colleagues(connection, merchant_id):
        if one.membership.membership_id == membership_id:
            return one
    raise MembershipUnknown
