"""What is both owners': one asks for it on the page where it stands, and another finds it among the requests."""

from collections.abc import Mapping
from uuid import UUID

import msgspec

from largesse.domain.approvals import OwnerChange, OwnerRequest, RequestState
from largesse.domain.staff import Person
from largesse.interfaces.admin.front import Caller, StaffFront
from largesse.interfaces.admin.wording import role_names
from largesse.kernel.ids import derived_id, new_id
from largesse.services.approvals import owner_sentence
from largesse.services.owners import OwnersAsking, ask_owner
from largesse.ui import Voice
from largesse.web.forms import an_id


class ShownAsking(msgspec.Struct, frozen=True, kw_only=True):
    """What an owner asked for, as the page lists it."""

    request_id: str
    says: str
    reason: str
    who: str
    when: str
    until: str
    decided_by: str
    failed: bool
    by_one: bool
    is_own: bool
    waits: bool
    state: RequestState


async def waits_for_owner(front: StaffFront, caller: Caller, change: OwnerChange, *, reason: str) -> bool:
    """Do what an owner may alone; return whether it waits for another owner instead. A form sent twice asks once.

    Raises:
        LargesseError: it is refused, as by the services that do it.
    """
    assert caller.merchant is not None
    assert caller.person is not None
    now = front.deps.clock.now()
    given = an_id(caller.fields.get("operation", "")) or new_id(now)
    asking = OwnersAsking(
        request_id=derived_id("owner-asking", caller.merchant.merchant_id, caller.person.person_id, given),
        change=change,
        reason=reason or change.act.value,
    )
    return (await ask_owner(front.deps, caller.merchant, asking, by=caller.manager, now=now)).waits is not None


def shown_asking(
    front: StaffFront, one: OwnerRequest, caller: Caller, people: Mapping[UUID, Person], voice: Voice
) -> ShownAsking:
    """Return what an owner asked for, as it is read."""
    assert caller.merchant is not None
    assert caller.person is not None
    now, zone = front.deps.clock.now(), caller.merchant.zone
    state, decider = one.state(now), people.get(one.decided_by) if one.decided_by else None
    return ShownAsking(
        request_id=str(one.request_id),
        says=owner_sentence(one.change, caller.merchant, role_names(voice), voice),
        reason=one.reason,
        who=people[one.requested_by].name,
        when=voice.moment(one.made_at, zone=zone, now=now),
        until=voice.moment(one.expires_at, zone=zone, now=now),
        decided_by=decider.name if decider else "",
        failed=one.outcome not in {None, "done"},
        by_one=one.by_one,
        is_own=one.requested_by == caller.person.person_id,
        waits=state is RequestState.WAITING or (state is RequestState.APPROVED and one.outcome is None),
        state=state,
    )
