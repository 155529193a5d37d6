"""`/staff`: for whom you work, how you sign in, and where you are signed in."""

from collections.abc import Sequence
from typing import Final

import msgspec
from litestar.handlers import HTTPRouteHandler

from largesse.domain import staff
from largesse.domain.staff import FactorRefused, PasskeyRefused, PasswordUnfit
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.rules import SIGNED_IN
from largesse.interfaces.admin.sign_in_pages import TYPED_MAX
from largesse.interfaces.admin.wording import sentences, wrong_code
from largesse.services import staff as services
from largesse.ui import LANGUAGE_NAMES, LANGUAGES, choose_one
from largesse.web.choices import ChoiceUnknown, chosen, said_beside
from largesse.web.forms import an_id
from largesse.web.preferences import preference_cookies
from largesse.web.responses import see_other
from largesse.web.staff_places import host_of

_DONE: Final = frozenset({"passkey", "removed", "password", "session", "joined", "language"})


class ShownSession(msgspec.Struct, frozen=True, kw_only=True):
    """A session, as the page lists it."""

    session_id: str
    agent: str
    address: str
    seen: str
    here: bool


class OwnPages:
    """Answer somebody about themselves."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps
        self._own = front.places.own

    async def show(self, caller: Caller) -> Answer:
        """Return the page."""
        done = caller.request.query_params.get("done", "")
        return await self._page(caller, done=done if done in _DONE else "")

    async def change_password(self, caller: Caller) -> Answer:
        """Replace the password; other sessions end."""
        assert caller.session is not None
        voice = self._front.voice(caller)
        try:
            async with self._front.limits.code(caller.session.person_id):
                await services.change_password(
                    self._deps,
                    caller.session,
                    caller.fields.get("current", ""),
                    caller.fields.get("password", ""),
                    now=self._deps.clock.now(),
                )
        except FactorRefused:
            return await self._page(caller, errors={"current": voice.t("This is not your password.")}, status=422)
        except PasswordUnfit as wrong:
            return await self._page(caller, errors=sentences(wrong, voice), status=422)
        return see_other(f"{self._own}?done=password")

    async def renew_codes(self, caller: Caller) -> Answer:
        """Make ten new recovery codes for who has shown a code, and show them once."""
        assert caller.session is not None
        try:
            async with self._front.limits.code(caller.session.person_id):
                codes = await services.renew_recovery_codes(
                    self._deps,
                    caller.session,
                    caller.fields.get("code", "")[:TYPED_MAX],
                    now=self._deps.clock.now(),
                )
        except FactorRefused:
            errors = {"code": wrong_code(self._front.voice(caller))}
            return await self._page(caller, errors=errors, status=422)
        values = {"codes": codes, "next": self._own, "fresh": True}
        return await self._front.page(caller, "recovery_codes.html", values, here=self._own)

    async def end_session(self, caller: Caller) -> Answer:
        """End one of the person's sessions, or all others."""
        assert caller.session is not None
        session, now = caller.session, self._deps.clock.now()
        which = caller.fields.get("session", "")
        one = an_id(which)
        if one is None and which != "others":
            return await self._page(caller, problem=choose_one(self._front.voice(caller)), status=422)
        async with self._deps.database.transaction() as connection:
            if one is None:
                await staff.end_sessions(connection, session.person_id, now, but=session.session_id)
            else:  # one that has ended meanwhile stays ended
                await staff.end_session(connection, session.person_id, one, now)
        return see_other(f"{self._own}?done=session")

    async def add_passkey(self, caller: Caller) -> Answer:
        """Keep a passkey that the browser made for who knows their password."""
        assert caller.session is not None
        voice = self._front.voice(caller)
        try:
            async with self._front.limits.code(caller.session.person_id):
                await services.register(
                    self._deps,
                    caller.session,
                    token=caller.fields.get("challenge", "")[:TYPED_MAX],
                    bound_to=caller.form_owner,
                    credential=caller.fields.get("credential", ""),
                    name=caller.fields.get("label", "")[:TYPED_MAX],
                    password=caller.fields.get("current", ""),
                    now=self._deps.clock.now(),
                )
        except FactorRefused:
            errors = {"passkey": voice.t("This is not your password.")}
            return await self._page(caller, errors=errors, status=422)
        except PasskeyRefused:
            errors = {"passkey": voice.t("No passkey was made. Try again.")}
            return await self._page(caller, errors=errors, status=422)
        return see_other(f"{self._own}?done=passkey")

    async def remove_passkey(self, caller: Caller) -> Answer:
        """Remove one of the person's passkeys."""
        assert caller.session is not None
        try:
            credential_id = bytes.fromhex(caller.fields.get("passkey", "")[:2_100])
        except ValueError:
            return await self._page(caller, problem=choose_one(self._front.voice(caller)), status=422)
        async with self._deps.database.transaction() as connection:
            await staff.remove_passkey(connection, caller.session.person_id, credential_id)
        return see_other(f"{self._own}?done=removed")

    async def choose_language(self, caller: Caller) -> Answer:
        """Keep the language that the person reads, on pages and in mails."""
        assert caller.session is not None
        try:
            language = chosen(caller.fields, "language", LANGUAGES)
        except ChoiceUnknown as wrong:
            errors = said_beside(wrong, {}, self._front.voice(caller))
            return await self._page(caller, errors=errors, status=422)
        async with self._deps.database.transaction() as connection:
            await staff.set_language(connection, caller.session.person_id, language)
        cookies = preference_cookies(self._front.templates, language=language, theme=None)
        return see_other(f"{self._own}?done=language", cookies=cookies)

    async def _page(
        self,
        caller: Caller,
        *,
        errors: dict[str, str] | None = None,
        problem: str = "",
        done: str = "",
        status: int = 200,
    ) -> Answer:
        assert caller.session is not None
        assert caller.person is not None
        person = caller.person
        voice, now, me = self._front.voice(caller), self._deps.clock.now(), caller.session
        async with self._deps.database.connection() as connection:
            sessions = [one for one in await staff.sessions_of(connection, me.person_id) if one.counts(now)]
            left = await staff.recovery_codes_left(connection, me.person_id)
            passkeys = await staff.passkeys_of(connection, me.person_id)
        workplaces, zone_of_reader = await self._front.workplaces(caller)
        values = {
            "errors": errors or {},
            "problem": problem,
            "done": done,
            "left": left,
            "offer": (
                services.offer_registration(self._deps, person, passkeys, bound_to=caller.form_owner, now=now)
                if services.offers_passkeys(self._deps, at=host_of(caller.request))
                else None
            ),
            "passkeys": [
                (one.credential_id.hex(), one.name, one.rp_id == services.rp_id_of(self._deps)) for one in passkeys
            ],
            "languages": list(LANGUAGE_NAMES.items()),
            "workplaces": workplaces,
            "sessions": [
                ShownSession(
                    session_id=str(one.session_id),
                    agent=one.agent or voice.t("Unknown browser"),
                    address=one.address,
                    seen=voice.moment(one.seen_at, zone=zone_of_reader, now=now),
                    here=one.session_id == me.session_id,
                )
                for one in sessions
            ],
        }
        return await self._front.page(caller, "own.html", values, status=status, here=self._own)


def own_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of a person's own page."""
    pages, own = OwnPages(front), front.places.own
    return [
        front.route("GET", own, SIGNED_IN, pages.show),
        front.route("POST", f"{own}/password", SIGNED_IN, pages.change_password),
        front.route("POST", f"{own}/recovery-codes", SIGNED_IN, pages.renew_codes),
        front.route("POST", f"{own}/sessions", SIGNED_IN, pages.end_session),
        front.route("POST", f"{own}/passkeys", SIGNED_IN, pages.add_passkey),
        front.route("POST", f"{own}/passkeys/remove", SIGNED_IN, pages.remove_passkey),
        front.route("POST", f"{own}/language", SIGNED_IN, pages.choose_language),
    ]
