"""`…/invitation?token=…`: accept, by setting up how you sign in, or with what you sign in with already.

What an invitation is to (a merchant, a partner of one) says `Inviting`; the page is the same.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Protocol

import msgspec
from litestar.handlers import HTTPRouteHandler

from largesse.domain.portal import AlreadyPartnerMember
from largesse.domain.staff import (
    AlreadyMember,
    FactorRefused,
    LinkGone,
    MembershipState,
    PasswordUnfit,
    PersonInvalid,
    SignInFirst,
    StaffSession,
)
from largesse.interfaces.admin.dependencies import AdminDependencies
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.password_pages import TOKEN_MAX, offered
from largesse.interfaces.admin.rules import OPEN
from largesse.interfaces.admin.sign_in_pages import TYPED_MAX
from largesse.interfaces.admin.wording import role_names, sentences, wrong_code
from largesse.services import staff as services
from largesse.services.staff import Browser, NewSignIn
from largesse.ui import Voice
from largesse.web.preferences import visit_of
from largesse.web.responses import see_other

_EMPTY: Final[dict[str, str]] = {}


class ShownInvitation(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation as its page shows it: to whom, from whom, as what, and whether the address is known already."""

    email: str
    whom: str
    role: str
    is_known: bool


class Welcomed(msgspec.Struct, frozen=True, kw_only=True):
    """What came of accepting with a new sign-in; the codes are shown this once. `waits` for the inviter's word."""

    token: str
    recovery_codes: tuple[str, ...]
    waits: bool = False


class Inviting(Protocol):
    """What an invitation of one kind is to."""

    async def find(self, token: str, voice: Voice, *, now: datetime) -> ShownInvitation:
        """Return the invitation of a link, or raise LinkGone."""

    async def accept_signed_in(self, token: str, session: StaffSession, browser: Browser, *, now: datetime) -> None:
        """Accept by somebody who has signed in."""

    async def accept_new(self, token: str, wanted: NewSignIn, browser: Browser, *, now: datetime) -> Welcomed:
        """Accept by somebody new."""


class InvitingStaff:
    """Invitations to work for a merchant."""

    def __init__(self, deps: AdminDependencies) -> None:
        self._deps = deps

    async def find(self, token: str, voice: Voice, *, now: datetime) -> ShownInvitation:
        """Return the invitation of a link."""
        invited = await services.look_at_invitation(self._deps, token, now=now)
        role = role_names(voice)[invited.invitation.role.value]
        email, whom = invited.invitation.email, invited.merchant.name
        return ShownInvitation(email=email, whom=whom, role=role, is_known=invited.is_known)

    async def accept_signed_in(self, token: str, session: StaffSession, browser: Browser, *, now: datetime) -> None:
        """Accept by somebody who has signed in."""
        await services.accept_signed_in(self._deps, token, session, browser, now=now)

    async def accept_new(self, token: str, wanted: NewSignIn, browser: Browser, *, now: datetime) -> Welcomed:
        """Accept by somebody new."""
        accepted = await services.accept_with_new_sign_in(self._deps, token, wanted, browser, now=now)
        waits = accepted.membership.state is MembershipState.WAITING
        return Welcomed(token=accepted.token, recovery_codes=accepted.recovery_codes, waits=waits)


class InvitationPages:
    """Answer who was invited."""

    def __init__(self, front: StaffFront, inviting: Inviting) -> None:
        self._front = front
        self._deps = front.deps
        self._places = front.places
        self._inviting = inviting

    async def show(self, caller: Caller) -> Answer:
        """Return the page of an invitation; that spends nothing."""
        return await self._form(caller, caller.request.query_params.get("token", "")[:TOKEN_MAX])

    async def accept(self, caller: Caller) -> Answer:
        """Spend the link."""
        token = caller.fields.get("token", "")[:TOKEN_MAX]
        voice, now = self._front.voice(caller), self._deps.clock.now()
        try:
            if caller.session is not None:
                await self._inviting.accept_signed_in(token, caller.session, caller.browser, now=now)
                return see_other(f"{self._places.own}?done=joined")
            welcomed = await self._inviting.accept_new(token, self._typed(caller), caller.browser, now=now)
        except (LinkGone, AlreadyMember, AlreadyPartnerMember):
            return await self._gone(caller)
        except SignInFirst:
            return see_other(self._places.sign_in)
        except (PasswordUnfit, PersonInvalid) as wrong:
            return await self._form(caller, token, sentences(wrong, voice), status=422)
        except FactorRefused:
            return await self._form(caller, token, {"code": wrong_code(voice)}, status=422)
        return await self._welcome(caller, welcomed)

    def _typed(self, caller: Caller) -> NewSignIn:
        fields = caller.fields
        return NewSignIn(
            name=fields.get("name", "")[:TYPED_MAX],
            password=fields.get("password", ""),
            offer=fields.get("offer", "")[:TOKEN_MAX],
            code=fields.get("code", "")[:TYPED_MAX],
            language=visit_of(caller.request).language,
        )

    async def _welcome(self, caller: Caller, welcomed: Welcomed) -> Answer:
        home = self._places.home
        values = {"codes": welcomed.recovery_codes, "next": home, "fresh": False, "waits": welcomed.waits}
        answer = await self._front.page(caller, "recovery_codes.html", values, here=home)
        answer.cookies.append(self._front.cookie(welcomed.token))
        return answer

    async def _form(
        self, caller: Caller, token: str, errors: dict[str, str] | None = None, *, status: int = 200
    ) -> Answer:
        voice, now = self._front.voice(caller), self._deps.clock.now()
        try:
            async with self._front.limits.link(caller.client) as attempt:
                try:
                    invited = await self._inviting.find(token, voice, now=now)
                except LinkGone:
                    attempt.miss()
                    raise
        except LinkGone:
            return await self._gone(caller)
        action = self._places.invitation
        values = {
            "token": token,
            "action": action,
            "errors": errors or _EMPTY,
            "name": caller.fields.get("name", "")[:TYPED_MAX],
            "email": invited.email,
            "from_": invited.whom,
            "role": invited.role,
            "how": self._how(caller, invited),
        }
        shown = offered(self._front, token, invited.email, offer=caller.fields.get("offer", "")[:TOKEN_MAX])
        here = f"{action}?token={token}"
        return await self._front.page(caller, "invitation.html", {**values, **shown}, status=status, here=here)

    def _how(self, caller: Caller, invited: ShownInvitation) -> str:
        """Return how it is accepted: by somebody `new`, `signed_in`, signed in as an `other`, or `known` only."""
        if caller.person is not None:
            same = caller.person.email.casefold() == invited.email.casefold()
            return "signed_in" if same else "other"
        return "known" if invited.is_known else "new"

    async def _gone(self, caller: Caller) -> Answer:
        return await self._front.page(caller, "link_gone.html", status=403, here=self._places.sign_in)


def invitation_routes(front: StaffFront, inviting: Inviting | None = None) -> Sequence[HTTPRouteHandler]:
    """Return the routes of invitations: to work for a merchant, unless said otherwise."""
    pages, path = InvitationPages(front, inviting or InvitingStaff(front.deps)), front.places.invitation
    return [
        front.route("GET", path, OPEN, pages.show),
        front.route("POST", path, OPEN, pages.accept),
    ]
