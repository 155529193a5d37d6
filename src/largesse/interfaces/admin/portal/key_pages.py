"""`/partner/{partner}/keys`: the keys and tokens of a partner's programs, with when each was used last."""

from collections.abc import Sequence

from litestar.handlers import HTTPRouteHandler

from largesse.db import Connection
from largesse.domain import partners
from largesse.domain.partners import KeyUnknown, TokenUse
from largesse.domain.portal import PartnerAct
from largesse.interfaces.admin.front import Answer, Caller
from largesse.interfaces.admin.portal.front import HERE, PortalCaller, PortalFront, acting
from largesse.interfaces.admin.portal.order_pages import acts_of
from largesse.interfaces.admin.portal.wording import refusal_sentence
from largesse.interfaces.admin.rules import for_partner
from largesse.kernel.errors import InvalidInput, LargesseError
from largesse.kernel.ids import new_id
from largesse.services.partners import MadeOnce
from largesse.services.portal import make_own_key, revoke_own_key, token_of_own_key
from largesse.web.choices import chosen
from largesse.web.forms import an_id
from largesse.web.responses import see_other

PATH = f"{HERE}/keys"
BACK = "/partner/{partner_id}/keys"


class PortalKeyPages:
    """Answer about the keys of a partner's programs."""

    def __init__(self, front: PortalFront) -> None:
        self._front = front
        self._deps = front.deps

    async def show(self, caller: Caller) -> Answer:
        """Return the keys."""
        return await self._page(caller)

    async def make(self, caller: Caller) -> Answer:
        """Make a key, or a token of one, and show it once."""
        here, now = acting(caller), self._deps.clock.now()
        assert caller.person is not None
        name, given = caller.person.name, caller.fields.get("key", "")
        key_id = an_id(given)
        try:
            if given and key_id is None:
                raise KeyUnknown
            async with self._deps.database.transaction() as connection:
                if key_id is None:
                    email, wanted = caller.fields.get("user", "")[:254], an_id(caller.fields.get("operation", ""))
                    _, made = await make_own_key(connection, acts_of(here), email, key_id=wanted, name=name, now=now)
                else:
                    made = await token_of_own_key(connection, acts_of(here), key_id, name=name, now=now)
        except LargesseError as refused:
            return await self._refused(caller, refused)
        return await self._page(caller, made=made, is_token=key_id is not None)

    async def revoke(self, caller: Caller) -> Answer:
        """End a key, or its tokens."""
        here, now = acting(caller), self._deps.clock.now()
        assert caller.person is not None
        try:
            tokens_only = chosen(caller.fields, "what", ("key", "tokens"), usual="key") == "tokens"
            async with self._deps.database.transaction() as connection:
                await revoke_own_key(
                    connection,
                    acts_of(here),
                    an_id(caller.fields.get("key", "")),
                    tokens_only=tokens_only,
                    name=caller.person.name,
                    now=now,
                )
        except LargesseError as refused:
            return await self._refused(caller, refused)
        return see_other(f"{here.home}/keys")

    async def _refused(self, caller: Caller, refused: LargesseError) -> Answer:
        problem = refusal_sentence(refused, self._front.voice(caller))
        return await self._page(caller, problem=problem, status=422 if isinstance(refused, InvalidInput) else 409)

    async def _page(
        self,
        caller: Caller,
        *,
        made: MadeOnce | None = None,
        is_token: bool = False,
        problem: str = "",
        status: int = 200,
    ) -> Answer:
        here, voice = acting(caller), self._front.voice(caller)
        async with self._deps.database.connection() as connection:
            users, rows = await self._rows(connection, here, caller)
            ref = here.merchant.merchant_id, here.partner.partner_id
            limited = bool(await partners.spending_limits_of(connection, ref))
        values = {
            "here": f"{here.home}/keys",
            "rows": rows,
            "users": users,
            "may_make": here.may(PartnerAct.KEYS) and here.agreement.own_keys,
            "limited": limited,
            "may_end": here.may(PartnerAct.KEYS),
            "operation": str(new_id(self._deps.clock.now())),
            "made": made,
            "made_what": voice.t("A new token") if is_token else voice.t("A new key"),
            "problem": problem,
            "merchant_name": here.merchant.name,
        }
        return await self._front.page(caller, "portal/keys.html", values, status=status, here=f"{here.home}/keys")

    async def _rows(
        self, connection: Connection, here: PortalCaller, caller: Caller
    ) -> tuple[list[str], list[dict[str, object]]]:
        voice, now, zone = self._front.voice(caller), self._deps.clock.now(), here.merchant.zone
        ref = here.merchant.merchant_id, here.partner.partner_id
        users = await partners.users(connection, ref)
        tokens = await partners.token_uses(connection, ref, now=now)
        emails = {one.user_id: one.email for one in users}
        rows = list[dict[str, object]]()
        for key in await partners.keys(connection, ref):
            use = tokens.get(key.key_id, TokenUse())
            used = use.last_issued_at
            rows.append(
                {
                    "id": str(key.key_id),
                    "hint": key.hint,
                    "email": emails.get(key.user_id, ""),
                    "made": voice.moment(key.created_at, zone=zone, now=now),
                    "used": voice.moment(used, zone=zone, now=now) if used else "",
                    "tokens": voice.n("{count} token works", "{count} tokens work", use.live),
                    "any_tokens": use.live > 0,
                    "live": key.revoked_at is None,
                }
            )
        return [one.email for one in users if one.disabled_at is None], rows


def key_routes(front: PortalFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of keys."""
    pages, change = PortalKeyPages(front), for_partner(PartnerAct.KEYS, back=BACK)
    return [
        front.route("GET", PATH, for_partner(PartnerAct.KEYS_READ), pages.show),
        front.route("POST", f"{PATH}/make", change, pages.make),
        front.route("POST", f"{PATH}/revoke", change, pages.revoke),
    ]
