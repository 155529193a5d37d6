"""`/staff/invitation?token=…`: accept, by setting up how you sign in, or with what you sign in with already."""

from collections.abc import Sequence
from typing import Final

from litestar.handlers import HTTPRouteHandler

from largesse.domain.staff import (
    AlreadyMember,
    FactorRefused,
    LinkGone,
    MembershipState,
    PasswordUnfit,
    PersonInvalid,
    SignInFirst,
)
from largesse.interfaces.admin.front import HOME, SIGN_IN, Answer, Caller, StaffFront
from largesse.interfaces.admin.password_pages import TOKEN_MAX, offered
from largesse.interfaces.admin.rules import OPEN
from largesse.interfaces.admin.sign_in_pages import TYPED_MAX
from largesse.interfaces.admin.wording import role_names, sentences, wrong_code
from largesse.services import staff as services
from largesse.services.staff import INVITATION_PATH, Accepted, Invited, NewSignIn
from largesse.web.preferences import visit_of
from largesse.web.responses import see_other

_EMPTY: Final[dict[str, str]] = {}


class InvitationPages:
    """Answer who was invited."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps

    async def show(self, caller: Caller) -> Answer:
        """Return the page of an invitation; that spends nothing."""
        return await self._form(caller, caller.request.query_params.get("token", "")[:TOKEN_MAX])

    async def accept(self, caller: Caller) -> Answer:
        """Spend the link."""
        token = caller.fields.get("token", "")[:TOKEN_MAX]
        voice, now = self._front.voice(caller), self._deps.clock.now()
        try:
            if caller.session is not None:
                await services.accept_signed_in(self._deps, token, caller.session, caller.browser, now=now)
                return see_other(f"{HOME}?done=joined")
            accepted = await services.accept_with_new_sign_in(
                self._deps, token, self._typed(caller), caller.browser, now=now
            )
        except (LinkGone, AlreadyMember):
            return await self._gone(caller)
        except SignInFirst:
            return see_other(SIGN_IN)
        except (PasswordUnfit, PersonInvalid) as wrong:
            return await self._form(caller, token, sentences(wrong, voice), status=422)
        except FactorRefused:
            return await self._form(caller, token, {"code": wrong_code(voice)}, status=422)
        return await self._welcome(caller, accepted)

    def _typed(self, caller: Caller) -> NewSignIn:
        fields = caller.fields
        return NewSignIn(
            name=fields.get("name", "")[:TYPED_MAX],
            password=fields.get("password", ""),
            offer=fields.get("offer", "")[:TOKEN_MAX],
            code=fields.get("code", "")[:TYPED_MAX],
            language=visit_of(caller.request).language,
        )

    async def _welcome(self, caller: Caller, accepted: Accepted) -> Answer:
        waits = accepted.membership.state is MembershipState.WAITING
        values = {"codes": accepted.recovery_codes, "next": HOME, "fresh": False, "waits": waits}
        answer = await self._front.page(caller, "recovery_codes.html", values, here=HOME)
        answer.cookies.append(self._front.cookie(accepted.token))
        return answer

    async def _form(
        self, caller: Caller, token: str, errors: dict[str, str] | None = None, *, status: int = 200
    ) -> Answer:
        try:
            async with self._front.limits.link(caller.client) as attempt:
                try:
                    invited = await services.look_at_invitation(self._deps, token, now=self._deps.clock.now())
                except LinkGone:
                    attempt.miss()
                    raise
        except LinkGone:
            return await self._gone(caller)
        here = f"{INVITATION_PATH}?token={token}"
        values = {
            "token": token,
            "action": INVITATION_PATH,
            "errors": errors or _EMPTY,
            "name": caller.fields.get("name", "")[:TYPED_MAX],
            "email": invited.invitation.email,
            "from_": invited.merchant.name,
            "role": role_names(self._front.voice(caller))[invited.invitation.role.value],
            "how": self._how(caller, invited),
        }
        shown = offered(self._front, token, invited.invitation.email, offer=caller.fields.get("offer", "")[:TOKEN_MAX])
        return await self._front.page(caller, "invitation.html", {**values, **shown}, status=status, here=here)

    def _how(self, caller: Caller, invited: Invited) -> str:
        """Return how it is accepted: by somebody `new`, `signed_in`, signed in as an `other`, or `known` only."""
        if caller.person is not None:
            same = caller.person.email.casefold() == invited.invitation.email.casefold()
            return "signed_in" if same else "other"
        return "known" if invited.is_known else "new"

    async def _gone(self, caller: Caller) -> Answer:
        return await self._front.page(caller, "link_gone.html", status=403, here=SIGN_IN)


def invitation_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of invitations."""
    pages = InvitationPages(front)
    return [
        front.route("GET", INVITATION_PATH, OPEN, pages.show),
        front.route("POST", INVITATION_PATH, OPEN, pages.accept),
    ]
