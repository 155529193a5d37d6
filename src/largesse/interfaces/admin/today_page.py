"""`/admin/{slug}`: Today, with what waits for somebody. What is sold and redeemed will stand here too."""

from collections.abc import Sequence

from litestar.handlers import HTTPRouteHandler

from largesse.domain import staff
from largesse.domain.staff import Act, MembershipState, may
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.rules import for_act
from largesse.interfaces.admin.wording import audit_sentence, role_names
from largesse.kernel.clock import zone

_ENTRIES = 12


class TodayPage:
    """Answer what there is to do."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps

    async def show(self, caller: Caller) -> Answer:
        """Return the page."""
        merchant, authority = caller.merchant, caller.authority
        assert merchant is not None
        assert authority is not None
        voice, now = self._front.voice(caller), self._deps.clock.now()
        names = role_names(voice)
        reads_staff = may(authority.role, Act.STAFF_READ)
        async with self._deps.database.connection() as connection:
            people = await staff.members(connection, merchant.merchant_id) if reads_staff else []
            entries = (
                await staff.latest_entries(connection, merchant.merchant_id, limit=_ENTRIES)
                if may(authority.role, Act.AUDIT_READ)
                else []
            )
        values = {
            "role": names[authority.role.value],
            "waiting": [person.name for one, person in people if one.state is MembershipState.WAITING],
            "people": f"/admin/{merchant.slug}/people" if reads_staff else "",
            "shop": f"/{merchant.slug}",
            "moments": [
                {
                    "what": audit_sentence(one.action.value, voice),
                    "when": voice.moment(one.recorded_at, zone=zone(merchant.time_zone), now=now),
                    "at": one.recorded_at.isoformat(),
                    "note": names.get(one.reason or "", one.reason or ""),
                }
                for one in entries
            ],
        }
        return await self._front.page(caller, "today.html", values)


def today_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the route of Today."""
    return [front.route("GET", "/admin/{slug:str}", for_act(Act.OFFICE), TodayPage(front).show)]
