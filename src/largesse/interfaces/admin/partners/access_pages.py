"""Who speaks for a partner: users, passwords, keys and tokens. What is secret is shown once, when it is made."""

from collections.abc import Sequence
from uuid import UUID

from litestar.handlers import HTTPRouteHandler

from largesse.domain.partners import Key, KeyUnknown, PartnerUser
from largesse.domain.staff import Act
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.partners.partner_pages import (
    BACK,
    ONE,
    PartnerPages,
    code_in,
    known_partner,
    reason_in,
)
from largesse.interfaces.admin.partners.partner_view import KnownPartner
from largesse.interfaces.admin.partners.wording import fault_sentence, refusal_sentence
from largesse.interfaces.admin.rules import for_act
from largesse.kernel.errors import InvalidInput, LargesseError
from largesse.services import partners as services
from largesse.web.choices import ChoiceUnknown, chosen
from largesse.web.forms import an_id
from largesse.web.responses import see_other

_TYPED_MAX = 260


class AccessPages:
    """Answer about the users and keys of a partner."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps
        self._pages = PartnerPages(front)

    async def add_user(self, caller: Caller) -> Answer:
        """Let somebody ask for tokens, and show their password once."""
        known, voice = await known_partner(self._front, caller), self._front.voice(caller)
        assert caller.merchant is not None
        try:
            _, made = await services.add_user(
                self._deps,
                caller.merchant,
                known.partner,
                caller.fields.get("email", "")[:_TYPED_MAX],
                by=caller.manager,
                now=self._deps.clock.now(),
            )
        except InvalidInput as wrong:
            errors = {one.field: fault_sentence(one, voice) for one in wrong.fields}
            return await self._pages.page(caller, known, errors=errors, status=422)
        except LargesseError as refused:
            errors = {"email": refusal_sentence(refused, voice)}
            return await self._pages.page(caller, known, errors=errors, status=422)
        again = await known_partner(self._front, caller)
        what = voice.t("The password of {name}", name=made.about)
        return await self._pages.page(caller, again, made=made, made_what=what)

    async def password(self, caller: Caller) -> Answer:
        """Give a user another password, and show it once."""
        known, voice = await known_partner(self._front, caller), self._front.voice(caller)
        assert caller.merchant is not None
        user = _user_in(caller, known)
        if user is None:
            return await self._gone(caller, known)
        made = await services.renew_password(
            self._deps, caller.merchant, user, by=caller.manager, now=self._deps.clock.now()
        )
        what = voice.t("The password of {name}", name=made.about)
        return await self._pages.page(caller, known, made=made, made_what=what)

    async def let(self, caller: Caller) -> Answer:
        """Let a user do nothing any more, or let them in again."""
        known = await known_partner(self._front, caller)
        assert caller.merchant is not None
        user = _user_in(caller, known)
        if user is None:
            return await self._gone(caller, known)
        try:
            enabled = chosen(caller.fields, "to", ("in", "out")) == "in"
        except ChoiceUnknown as refused:
            return await self._refused(caller, known, refused)
        async with self._deps.database.transaction() as connection:
            await services.let_user(
                connection,
                caller.merchant,
                user,
                enabled=enabled,
                by=caller.manager,
                now=self._deps.clock.now(),
            )
        return self._back(caller, known)

    async def make_key(self, caller: Caller) -> Answer:
        """Make a key, and show it once."""
        known, voice = await known_partner(self._front, caller), self._front.voice(caller)
        assert caller.merchant is not None
        email = caller.fields.get("user", "")[:_TYPED_MAX]
        user = next((one for one in known.users if one.email == email and one.disabled_at is None), None)
        if user is None:
            return await self._gone(caller, known)
        try:
            async with self._deps.database.transaction() as connection:
                _, made = await services.make_key(
                    connection,
                    caller.merchant,
                    user,
                    key_id=an_id(caller.fields.get("operation", "")),
                    by=caller.manager,
                    reason=reason_in(caller),
                    code=code_in(caller),
                    now=self._deps.clock.now(),
                )
        except LargesseError as refused:
            return await self._refused(caller, known, refused)
        again = await known_partner(self._front, caller)
        what = voice.t("The key of {name}", name=made.about)
        return await self._pages.page(caller, again, made=made, made_what=what)

    async def make_token(self, caller: Caller) -> Answer:
        """Make a token of a key, and show it once."""
        known, voice = await known_partner(self._front, caller), self._front.voice(caller)
        assert caller.merchant is not None
        try:
            async with self._deps.database.transaction() as connection:
                made = await services.make_token(
                    connection,
                    caller.merchant,
                    known.partner,
                    _key_in(caller, known),
                    by=caller.manager,
                    reason=reason_in(caller),
                    code=code_in(caller),
                    now=self._deps.clock.now(),
                )
        except LargesseError as refused:
            return await self._refused(caller, known, refused)
        again = await known_partner(self._front, caller)
        what = voice.t("A token of the key {name}", name=made.about)
        return await self._pages.page(caller, again, made=made, made_what=what)

    async def revoke(self, caller: Caller) -> Answer:
        """End a key with its tokens, or its tokens alone."""
        known = await known_partner(self._front, caller)
        assert caller.merchant is not None
        try:
            key = _key_in(caller, known)
            async with self._deps.database.transaction() as connection:
                if chosen(caller.fields, "what", ("key", "tokens"), usual="key") == "tokens":
                    await services.end_tokens(
                        connection,
                        caller.merchant,
                        known.partner,
                        key.key_id,
                        by=caller.manager,
                        reason=reason_in(caller),
                        code=code_in(caller),
                        now=self._deps.clock.now(),
                    )
                else:
                    await services.revoke_key(
                        connection,
                        caller.merchant,
                        known.partner,
                        str(key.key_id),
                        by=caller.manager,
                        reason=reason_in(caller),
                        code=code_in(caller),
                        now=self._deps.clock.now(),
                    )
        except LargesseError as refused:
            return await self._refused(caller, known, refused)
        return self._back(caller, known)

    async def _refused(self, caller: Caller, known: KnownPartner, refused: LargesseError) -> Answer:
        problem = refusal_sentence(refused, self._front.voice(caller))
        status = 422 if isinstance(refused, InvalidInput) else 409
        return await self._pages.page(caller, known, problem=problem, status=status)

    async def _gone(self, caller: Caller, known: KnownPartner) -> Answer:
        problem = self._front.voice(caller).t("There is no such user any more.")
        return await self._pages.page(caller, known, problem=problem, status=409)

    def _back(self, caller: Caller, known: KnownPartner) -> Answer:
        assert caller.merchant is not None
        return see_other(f"/admin/{caller.merchant.slug}/partners/{known.partner.partner_id}")


def _user_in(caller: Caller, known: KnownPartner) -> PartnerUser | None:
    wanted = an_id(caller.fields.get("user", ""))
    return next((one for one in known.users if one.user_id == wanted), None)


def _key_in(caller: Caller, known: KnownPartner) -> Key:
    """Return the live key that a form names.

    Raises:
        KeyUnknown: the partner has none.
    """
    wanted: UUID | None = an_id(caller.fields.get("key", ""))
    for one in known.keys:
        if one.key_id == wanted and one.revoked_at is None:
            return one
    raise KeyUnknown


def access_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of users and keys: a key is an owner's word, ending one is not."""
    pages = AccessPages(front)
    trust, owner = for_act(Act.PARTNERS_TRUST, back=BACK), for_act(Act.LIVE_KEYS, back=BACK)
    return [
        front.route("POST", f"{ONE}/users", trust, pages.add_user),
        front.route("POST", f"{ONE}/users/password", trust, pages.password),
        front.route("POST", f"{ONE}/users/let", trust, pages.let),
        front.route("POST", f"{ONE}/keys", owner, pages.make_key),
        front.route("POST", f"{ONE}/keys/token", owner, pages.make_token),
        front.route("POST", f"{ONE}/keys/revoke", trust, pages.revoke),
    ]
