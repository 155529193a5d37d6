"""`/admin/{slug}/people`: who works for a merchant; invite, confirm, give another role, let go."""

from collections.abc import Sequence
from typing import Final

import msgspec
from litestar.handlers import HTTPRouteHandler

from largesse.db import Connection
from largesse.domain import staff
from largesse.domain.approvals import OwnerAct, OwnerChange, RequestDecided
from largesse.domain.staff import (
    REASON_LENGTH_MAX,
    Act,
    AlreadyMember,
    AuditReason,
    InvitationUnknown,
    LastOwner,
    Membership,
    MembershipNotWaiting,
    MembershipState,
    MembershipUnknown,
    Person,
    PersonInvalid,
    ReasonInvalid,
    Role,
    may,
    may_manage,
)
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.owner_askings import waits_for_owner
from largesse.interfaces.admin.rules import for_act
from largesse.interfaces.admin.sign_in_pages import TYPED_MAX
from largesse.interfaces.admin.wording import role_names, sentences
from largesse.kernel import free_text
from largesse.kernel.errors import LargesseError
from largesse.kernel.ids import new_id
from largesse.services import staff as services
from largesse.services.office import known_to
from largesse.web.responses import see_other

PEOPLE: Final = "/admin/{slug:str}/people"
_BACK: Final = "/admin/{slug}/people"
_DONE: Final = frozenset({"invited", "withdrawn", "confirmed", "role", "ended", "asked"})


class ShownPerson(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who works for a merchant, as the page lists them; `manages` is whether the reader may change them."""

    membership_id: str
    name: str
    email: str
    role: str
    role_key: str
    waits: bool
    agent: str
    address: str
    manages: bool
    is_self: bool
    at_counter: bool = False


class PeoplePages:
    """Answer about who works for a merchant."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps

    async def show(self, caller: Caller) -> Answer:
        """Return the page."""
        done = caller.request.query_params.get("done", "")
        return await self._page(caller, done=done if done in _DONE else "")

    async def invite(self, caller: Caller) -> Answer:
        """Invite an address."""
        assert caller.merchant is not None
        assert caller.person is not None
        role = _role(caller)
        email = free_text.one_line(caller.fields.get("email", "")[:TYPED_MAX])
        voice = self._front.voice(caller)
        if role is None or not caller.manager.manages(role):
            return await self._page(caller, errors={"role": voice.t("Choose a role that you may give.")}, status=422)
        await self._front.limits.invitation(caller.person.person_id)
        try:
            await services.invite(
                self._deps, caller.merchant, email, role, by=caller.manager, now=self._deps.clock.now()
            )
        except PersonInvalid as wrong:
            return await self._page(caller, errors=sentences(wrong, voice), email=email, status=422)
        except AlreadyMember:
            errors = {"email": voice.t("This person works here already.")}
            return await self._page(caller, errors=errors, email=email, status=409)
        return self._back(caller, "invited")

    async def withdraw(self, caller: Caller) -> Answer:
        """Withdraw an invitation."""
        assert caller.merchant is not None
        try:
            email = caller.fields.get("email", "")[:TYPED_MAX]
            await services.withdraw(self._deps, caller.merchant, email, by=caller.manager, now=self._deps.clock.now())
        except (InvitationUnknown, staff.ActRefused) as refused:
            return await self._refused(caller, refused)
        return self._back(caller, "withdrawn")

    async def confirm(self, caller: Caller) -> Answer:
        """Let somebody work who accepted."""
        assert caller.merchant is not None
        try:
            async with self._deps.database.connection() as connection:
                found, person = await self._chosen(connection, caller)
            change = OwnerChange(
                act=OwnerAct.CONFIRM,
                subject=str(found.membership_id),
                name=person.name,
                to={"role": found.role.value},
            )
            waits = await waits_for_owner(self._front, caller, change, reason="")
        except (MembershipUnknown, MembershipNotWaiting, RequestDecided, staff.ActRefused) as refused:
            return await self._refused(caller, refused)
        return self._back(caller, "asked" if waits else "confirmed")

    async def change_role(self, caller: Caller) -> Answer:
        """Give somebody another role."""
        assert caller.merchant is not None
        role = _role(caller)
        if role is None:
            problem = self._front.voice(caller).t("Choose a role that you may give.")
            return await self._page(caller, problem=problem, status=422)
        try:
            async with self._deps.database.connection() as connection:
                found, person = await self._chosen(connection, caller)
            change = OwnerChange(
                act=OwnerAct.ROLE, subject=str(found.membership_id), name=person.name, to={"role": role.value}
            )
            waits = await waits_for_owner(self._front, caller, change, reason=_demanded_reason(caller))
        except (MembershipUnknown, LastOwner, ReasonInvalid, RequestDecided, staff.ActRefused) as refused:
            return await self._refused(caller, refused)
        return self._back(caller, "asked" if waits else "role")

    async def end(self, caller: Caller) -> Answer:
        """Let somebody go."""
        assert caller.merchant is not None
        try:
            async with self._deps.database.transaction() as connection:
                found, person = await self._chosen(connection, caller)
                other_owner = found.role is Role.OWNER and found.person_id != caller.manager.person_id
                if not other_owner:  # whom one owner may let go alone, and oneself
                    await services.end_membership(
                        connection,
                        caller.merchant,
                        found,
                        by=caller.manager,
                        reason=_reason(caller),
                        code=AuditReason.LEFT,
                        now=self._deps.clock.now(),
                    )
            change = OwnerChange(act=OwnerAct.END, subject=str(found.membership_id), name=person.name)
            if other_owner and await waits_for_owner(self._front, caller, change, reason=_demanded_reason(caller)):
                return self._back(caller, "asked")
        except (MembershipUnknown, LastOwner, ReasonInvalid, RequestDecided, staff.ActRefused) as refused:
            return await self._refused(caller, refused)
        if await known_to(self._deps, caller.merchant, found):
            return see_other(_BACK.format(slug=caller.merchant.slug) + f"/{found.membership_id}/known?done=ended")
        return self._back(caller, "ended")

    async def _chosen(self, connection: Connection, caller: Caller) -> tuple[Membership, Person]:
        assert caller.merchant is not None
        wanted = caller.fields.get("member", "")[:TYPED_MAX]
        return await staff.find_member(connection, caller.merchant.merchant_id, wanted)

    def _back(self, caller: Caller, done: str) -> Answer:
        assert caller.merchant is not None
        return see_other(_BACK.format(slug=caller.merchant.slug) + (f"?done={done}" if done else ""))

    async def _refused(self, caller: Caller, refused: LargesseError) -> Answer:
        voice = self._front.voice(caller)
        said = {
            "request.decided": voice.t("Somebody has decided this already."),
            "staff.last_owner": voice.t("This is the only owner. Make another person owner first."),
            "staff.not_allowed": voice.t("Your role does not allow this."),
            "audit.reason.invalid": voice.t("Say why, in 1 to 500 characters."),
        }
        problem = said.get(refused.code, voice.t("That has changed meanwhile. Look at the list again."))
        return await self._page(caller, problem=problem, status=409)

    async def _page(
        self,
        caller: Caller,
        *,
        errors: dict[str, str] | None = None,
        email: str = "",
        done: str = "",
        problem: str = "",
        status: int = 200,
    ) -> Answer:
        merchant, authority = caller.merchant, caller.authority
        assert merchant is not None
        assert authority is not None
        assert caller.person is not None
        voice, now = self._front.voice(caller), self._deps.clock.now()
        names, here = role_names(voice), _BACK.format(slug=merchant.slug)
        async with self._deps.database.connection() as connection:
            people = await staff.members(connection, merchant.merchant_id)
            invited = await staff.open_invitations(connection, merchant.merchant_id, now)
        manages = may(authority.role, Act.STAFF_CHANGE)
        values = {
            "here": here,
            "errors": errors or {},
            "email": email,
            "done": done,
            "problem": problem,
            "operation": str(new_id(now)),
            "roles": [(one, name) for one, name in names.items() if may_manage(authority.role, Role(one))],
            "manages": manages,
            "limits_are_theirs": may(authority.role, Act.LIMITS),
            "people": [
                ShownPerson(
                    membership_id=str(one.membership_id),
                    name=person.name,
                    email=person.email,
                    role=names[one.role.value],
                    role_key=one.role.value,
                    waits=one.state is MembershipState.WAITING,
                    agent=one.agent,
                    address=one.address,
                    manages=manages and may_manage(authority.role, one.role),
                    is_self=person.person_id == caller.person.person_id,
                    at_counter=one.state is MembershipState.LIVE and may(one.role, Act.COUNTER),
                )
                for one, person in people
            ],
            "invited": [(one.email, names[one.role.value], may_manage(authority.role, one.role)) for one in invited],
        }
        return await self._front.page(caller, "people.html", values, status=status, here=here)


def people_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of a merchant's people."""
    pages = PeoplePages(front)
    invite, change = for_act(Act.STAFF_INVITE, back=_BACK), for_act(Act.STAFF_CHANGE, back=_BACK)
    return [
        front.route("GET", PEOPLE, for_act(Act.STAFF_READ), pages.show),
        front.route("POST", f"{PEOPLE}/invite", invite, pages.invite),
        front.route("POST", f"{PEOPLE}/withdraw", invite, pages.withdraw),
        front.route("POST", f"{PEOPLE}/confirm", change, pages.confirm),
        front.route("POST", f"{PEOPLE}/role", change, pages.change_role),
        front.route("POST", f"{PEOPLE}/end", change, pages.end),
    ]


def _role(caller: Caller) -> Role | None:
    typed = caller.fields.get("role", "")
    return Role(typed) if typed in set(Role) else None


def _demanded_reason(caller: Caller) -> str:
    """Return why, as it was typed.

    Raises:
        ReasonInvalid: it says nothing, or too much.
    """
    said = _reason(caller)
    if not 1 <= len(said) <= REASON_LENGTH_MAX:
        raise ReasonInvalid
    return said


def _reason(caller: Caller) -> str:
    return free_text.one_line(caller.fields.get("reason", "")[:2_000])
