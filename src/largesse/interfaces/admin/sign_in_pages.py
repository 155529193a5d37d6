"""Signing in, and what belongs to it: the second factor, showing again who you are, signing out."""

from collections.abc import Sequence
from typing import Final

from litestar.handlers import HTTPRouteHandler

from largesse.domain import staff
from largesse.domain.staff import FactorRefused, PasskeyRefused, SignedOut, SignInRefused
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.rules import HALF_WAY, MEMBER, OPEN, SIGNED_IN
from largesse.interfaces.admin.wording import wrong_code
from largesse.kernel import free_text
from largesse.services import staff as services
from largesse.web.preferences import preference_cookies
from largesse.web.responses import see_other
from largesse.web.staff_places import host_of
from largesse.web.staff_sessions import no_staff_cookie

TYPED_MAX: Final = 400
_DONE: Final = frozenset({"password", "recovered", "out"})


class SignInPages:
    """Answer who signs in."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps
        self._places = front.places

    async def show(self, caller: Caller) -> Answer:
        """Return the page that asks for address and password."""
        query = caller.request.query_params
        if caller.session is not None:
            return see_other(self._places.next_path(query.get("next", "")))
        done = query.get("done", "")
        return await self._form(caller, next_=query.get("next", ""), done=done if done in _DONE else "")

    async def begin(self, caller: Caller) -> Answer:
        """Take address and password; the second factor follows."""
        email = free_text.one_line(caller.fields.get("email", "")[:TYPED_MAX])
        password, next_ = caller.fields.get("password", ""), caller.fields.get("next", "")
        try:
            async with self._front.limits.password(caller.client, email) as attempt:
                try:
                    begun = await services.begin(
                        self._deps, email, password, caller.browser, now=self._deps.clock.now()
                    )
                except SignInRefused:
                    attempt.miss()
                    raise
        except SignInRefused:
            return await self._form(caller, next_=next_, email=email, wrong="password", status=422)
        target = self._places.second_factor + (f"?next={self._places.next_path(next_)}" if next_ else "")
        return see_other(target, cookies=[self._front.cookie(begun.token)])

    async def begin_with_passkey(self, caller: Caller) -> Answer:
        """Take what a passkey signed; the person is signed in."""
        next_ = caller.fields.get("next", "")
        try:
            async with self._front.limits.link(caller.client) as attempt:
                try:
                    done = await services.sign_in_with_passkey(
                        self._deps,
                        token=caller.fields.get("challenge", "")[:TYPED_MAX],
                        bound_to=caller.anonymous,
                        credential=caller.fields.get("credential", ""),
                        browser=caller.browser,
                        now=self._deps.clock.now(),
                    )
                except PasskeyRefused:
                    attempt.miss()
                    raise
        except PasskeyRefused:
            return await self._form(caller, next_=next_, wrong="passkey", status=422)
        return see_other(self._places.next_path(next_), cookies=[self._front.cookie(done.token)])

    async def ask_code(self, caller: Caller) -> Answer:
        """Return the page that asks for the second factor."""
        return await self._code_form(caller, next_=caller.request.query_params.get("next", ""))

    async def finish(self, caller: Caller) -> Answer:
        """Take the second factor; the person is signed in."""
        assert caller.session is not None
        next_ = caller.fields.get("next", "")
        try:
            async with self._front.limits.code(caller.session.person_id):
                done = await services.finish(
                    self._deps,
                    caller.session,
                    caller.fields.get("code", "")[:TYPED_MAX],
                    now=self._deps.clock.now(),
                )
        except FactorRefused:
            return await self._code_form(caller, next_=next_, wrong=True, status=422)
        except SignedOut:
            return see_other(self._places.sign_in)
        assert caller.person is not None
        cookies = preference_cookies(self._front.templates, language=caller.person.language, theme=None)
        return see_other(self._places.next_path(next_), cookies=[self._front.cookie(done.token), *cookies])

    async def sign_out(self, caller: Caller) -> Answer:
        """End this session."""
        assert caller.session is not None
        async with self._deps.database.transaction() as connection:
            now, session = self._deps.clock.now(), caller.session
            await staff.end_session(connection, session.person_id, session.session_id, now)
        return see_other(f"{self._places.sign_in}?done=out", cookies=[no_staff_cookie(https=self._front.https)])

    async def ask_again(self, caller: Caller) -> Answer:
        """Return the page that asks somebody to show again who they are."""
        return await self._confirm_form(caller, next_=caller.request.query_params.get("next", ""))

    async def step_up(self, caller: Caller) -> Answer:
        """Take a password or a code; it counts for the merchant in the address."""
        assert caller.session is not None
        next_ = caller.fields.get("next", "")
        try:
            async with self._front.limits.code(caller.session.person_id):
                done = await services.step_up(
                    self._deps,
                    caller.session,
                    caller.confirms_for[0],
                    password=caller.fields.get("password", ""),
                    code=caller.fields.get("code", "")[:TYPED_MAX],
                    now=self._deps.clock.now(),
                )
        except FactorRefused:
            return await self._confirm_form(caller, next_=next_, wrong=True, status=422)
        except SignedOut:
            return see_other(self._places.sign_in)
        return see_other(self._places.next_path(next_), cookies=[self._front.cookie(done.token)])

    async def step_up_with_passkey(self, caller: Caller) -> Answer:
        """Take what a passkey signed; it counts for the merchant in the address."""
        assert caller.session is not None
        next_ = caller.fields.get("next", "")
        try:
            async with self._front.limits.code(caller.session.person_id):
                done = await services.step_up_with_passkey(
                    self._deps,
                    caller.session,
                    caller.confirms_for[0],
                    token=caller.fields.get("challenge", "")[:TYPED_MAX],
                    bound_to=caller.form_owner,
                    credential=caller.fields.get("credential", ""),
                    now=self._deps.clock.now(),
                )
        except PasskeyRefused:
            return await self._confirm_form(caller, next_=next_, wrong=True, status=422)
        except SignedOut:
            return see_other(self._places.sign_in)
        return see_other(self._places.next_path(next_), cookies=[self._front.cookie(done.token)])

    async def _form(
        self,
        caller: Caller,
        *,
        next_: str = "",
        email: str = "",
        wrong: str = "",
        done: str = "",
        status: int = 200,
    ) -> Answer:
        values = {
            "email": email,
            "wrong": wrong,
            "done": done,
            "next": self._places.next_path(next_) if next_ else "",
            "passkey": (
                services.offer_sign_in(self._deps, bound_to=caller.anonymous, now=self._deps.clock.now())
                if services.offers_passkeys(self._deps, at=host_of(caller.request))
                else None
            ),
        }
        return await self._front.page(caller, "sign_in.html", values, status=status, here=self._places.sign_in)

    async def _code_form(self, caller: Caller, *, next_: str, wrong: bool = False, status: int = 200) -> Answer:
        voice = self._front.voice(caller)
        values = {"error": wrong_code(voice) if wrong else None, "next": self._places.next_path(next_) if next_ else ""}
        return await self._front.page(
            caller, "second_factor.html", values, status=status, here=self._places.second_factor
        )

    async def _confirm_form(self, caller: Caller, *, next_: str, wrong: bool = False, status: int = 200) -> Answer:
        assert caller.session is not None
        _, name, named = caller.confirms_for
        path = f"{self._places.confirm}/{named}"
        async with self._deps.database.connection() as connection:
            has_passkey = bool(await staff.passkeys_of(connection, caller.session.person_id))
        values = {
            "action": path,
            "whom": name,
            "wrong": wrong,
            "next": self._places.next_path(next_) if next_ else "",
            "passkey": (
                services.offer_sign_in(self._deps, bound_to=caller.form_owner, now=self._deps.clock.now())
                if has_passkey and services.offers_passkeys(self._deps, at=host_of(caller.request))
                else None
            ),
        }
        return await self._front.page(caller, "confirm.html", values, status=status, here=path)


def sign_in_routes(front: StaffFront, *, named: str = "{slug:str}") -> Sequence[HTTPRouteHandler]:
    """Return the routes of signing in and out; `named` is how an address names for whom a step-up counts."""
    pages, places = SignInPages(front), front.places
    confirm = f"{places.confirm}/{named}"
    return [
        front.route("GET", places.sign_in, OPEN, pages.show),
        front.route("POST", places.sign_in, OPEN, pages.begin),
        front.route("POST", f"{places.base}/passkey", OPEN, pages.begin_with_passkey),
        front.route("GET", places.second_factor, HALF_WAY, pages.ask_code),
        front.route("POST", places.second_factor, HALF_WAY, pages.finish),
        front.route("POST", f"{places.base}/sign-out", SIGNED_IN, pages.sign_out),
        front.route("GET", confirm, MEMBER, pages.ask_again),
        front.route("POST", confirm, MEMBER, pages.step_up),
        front.route("POST", f"{confirm}/passkey", MEMBER, pages.step_up_with_passkey),
    ]
