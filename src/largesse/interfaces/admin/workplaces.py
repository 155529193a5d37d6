"""For whom somebody works, as their own page lists it."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import msgspec

from largesse.db import Connection
from largesse.domain import staff
from largesse.domain.merchants import merchant_of_id
from largesse.domain.staff import Act, MembershipState, Person, may
from largesse.interfaces.admin.wording import role_names
from largesse.kernel.clock import zone
from largesse.ui import Voice


class Workplace(msgspec.Struct, frozen=True, kw_only=True):
    """A merchant or partner that somebody works for."""

    name: str
    role: str
    href: str
    waits: bool = False
    counter: str = ""
    pin: str = ""


async def staff_workplaces(
    connection: Connection, person: Person, voice: Voice
) -> tuple[Sequence[Workplace], ZoneInfo]:
    """Return the merchants that somebody works for, and the clock of the first."""
    names = role_names(voice)
    found = await staff.memberships_of_person(connection, person.person_id)
    merchants = [(one, await merchant_of_id(connection, one.merchant_id)) for one in found]
    places = [
        Workplace(
            name=merchant.name,
            role=names[one.role.value],
            href=f"/admin/{merchant.slug}" if may(one.role, Act.OFFICE) else "",
            counter=f"/counter/{merchant.slug}" if may(one.role, Act.COUNTER) else "",
            pin=f"/staff/pin/{merchant.slug}" if may(one.role, Act.COUNTER) else "",
            waits=one.state is MembershipState.WAITING,
        )
        for one, merchant in merchants
    ]
    return places, zone(merchants[0][1].time_zone if merchants else "UTC")
