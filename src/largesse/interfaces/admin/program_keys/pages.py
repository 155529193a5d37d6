"""`/admin/{slug}/api-keys`: make, rotate and revoke the keys of a merchant's own programs."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec
from litestar.handlers import HTTPRouteHandler

from largesse.domain.programs import (
    GUARDED,
    KeyScope,
    KeyWanted,
    ProgramKey,
    ProgramKeyEnded,
    ProgramKeyInvalid,
    ProgramKeyKnown,
    ProgramKeysMany,
    ProgramKeyUnknown,
)
from largesse.domain.staff import REASON_LENGTH_MAX, Act, ActRefused, AuditReason
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.rules import for_act
from largesse.interfaces.admin.wording import reason_codes
from largesse.kernel import free_text
from largesse.kernel.clock import zone
from largesse.kernel.errors import InvalidInput, LargesseError
from largesse.kernel.ids import new_id
from largesse.services import programs as services
from largesse.services.programs import MadeKey, may_have
from largesse.ui import Voice, choose_one
from largesse.web.choices import CHOICE_UNKNOWN, ChoiceUnknown, chosen, said_beside
from largesse.web.responses import see_other

KEYS: Final = "/admin/{slug:str}/api-keys"
_BACK: Final = "/admin/{slug}/api-keys"
_TYPED_MAX: Final = 2_000
_DAYS: Final = (30, 90, 365)
_KINDS: Final = ("test", "live")
_OVERLAPS: Final = {"0": timedelta(), "1": timedelta(hours=1), "24": timedelta(hours=24), "168": timedelta(days=7)}
_REFUSED: Final = (
    ProgramKeyInvalid,
    ProgramKeysMany,
    ProgramKeyKnown,
    ProgramKeyEnded,
    ProgramKeyUnknown,
    ActRefused,
    ChoiceUnknown,
)


class ShownKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key, as the page lists it; `state` is `works`, `ends` (another one stands in for it) or `ended`."""

    key_id: str
    name: str
    hint: str
    live: bool
    scopes: str
    state: str
    made: str
    used: str
    ends: str


class KeyPages:
    """Answer about keys."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps

    async def show(self, caller: Caller) -> Answer:
        """Return the page."""
        return await self._page(caller, done=caller.request.query_params.get("done", "") == "revoked")

    async def make(self, caller: Caller) -> Answer:
        """Make a key, and show it once."""
        assert caller.merchant is not None
        fields, now, voice = caller.fields, self._deps.clock.now(), self._front.voice(caller)
        try:
            days = chosen(fields, "days", ("", *map(str, _DAYS)), usual="")
            live, code = chosen(fields, "kind", _KINDS, usual="test") == "live", _code(fields)
        except ChoiceUnknown as wrong:
            return await self._page(caller, errors=said_beside(wrong, {}, voice), status=422)
        wanted = KeyWanted(
            key_id=_operation(fields),
            name=free_text.one_line(fields.get("name", "")[:_TYPED_MAX]),
            scopes=[one.value for one in KeyScope if f"scope-{one.value}" in fields],
            expires_at=now + timedelta(days=int(days)) if days else None,
        )
        why = _reason(fields)
        if why is None:
            return await self._page(caller, errors=_no_reason(voice), status=422)
        try:
            made = await services.make_key(
                self._deps,
                caller.merchant,
                wanted,
                live=live,
                by=caller.manager,
                reason=why,
                code=code,
                now=now,
            )
        except _REFUSED as refused:
            return await self._page(caller, errors=_errors(refused, voice), status=_status(refused))
        return await self._page(caller, made=made)

    async def rotate(self, caller: Caller) -> Answer:
        """Make a key that stands in for another one, and show it once."""
        assert caller.merchant is not None
        fields, voice = caller.fields, self._front.voice(caller)
        try:
            made = await services.rotate_key(
                self._deps,
                caller.merchant,
                fields.get("key", "")[:_TYPED_MAX],
                overlap=_OVERLAPS[chosen(fields, "overlap", _OVERLAPS, usual="24")],
                key_id=_operation(fields),
                by=caller.manager,
                now=self._deps.clock.now(),
            )
        except _REFUSED as refused:
            return await self._page(caller, problem=_said(refused, voice), status=_status(refused))
        return await self._page(caller, made=made)

    async def revoke(self, caller: Caller) -> Answer:
        """End a key at once."""
        assert caller.merchant is not None
        voice, why = self._front.voice(caller), _reason(caller.fields)
        if why is None:
            return await self._page(caller, problem=" ".join(_no_reason(voice).values()), status=422)
        try:
            await services.revoke_key(
                self._deps,
                caller.merchant,
                caller.fields.get("key", "")[:_TYPED_MAX],
                by=caller.manager,
                reason=why,
                code=_code(caller.fields),
                now=self._deps.clock.now(),
            )
        except _REFUSED as refused:
            return await self._page(caller, problem=_said(refused, voice), status=_status(refused))
        return see_other(f"{_BACK.format(slug=caller.merchant.slug)}?done=revoked")

    async def _page(
        self,
        caller: Caller,
        *,
        made: MadeKey | None = None,
        errors: Mapping[str, str] | None = None,
        problem: str = "",
        done: bool = False,
        status: int = 200,
    ) -> Answer:
        merchant, authority = caller.merchant, caller.authority
        assert merchant is not None
        assert authority is not None
        voice, now = self._front.voice(caller), self._deps.clock.now()
        async with self._deps.database.connection() as connection:
            found = await services.list_keys(connection, merchant)
        here, role, typed = _BACK.format(slug=merchant.slug), authority.role, caller.fields if errors else {}
        values = {
            "here": here,
            "made": made,
            "errors": errors or {},
            "problem": problem,
            "done": done,
            "keys": [_shown(one, voice, now, merchant.time_zone) for one in found],
            "may_live": may_have(role, KeyScope.DELIVERIES_READ, live=True),
            "scopes": [
                (
                    one.value,
                    _scope_words(voice)[one],
                    may_have(role, one, live=True),
                    one in GUARDED,
                    f"scope-{one.value}" in typed,
                )
                for one in KeyScope
            ],
            "typed": typed,
            "days": [
                ("", voice.t("until it is revoked")),
                *((str(one), voice.n("{count} day", "{count} days", one)) for one in _DAYS),
            ],
            "overlaps": [
                ("24", voice.t("for one more day")),
                ("168", voice.t("for one more week")),
                ("1", voice.t("for one more hour")),
                ("0", voice.t("not at all")),
            ],
            "codes": reason_codes(voice),
            "operation": str(new_id(now)),
        }
        return await self._front.page(caller, "program_keys/keys.html", values, status=status, here=here)


def program_key_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of keys; what a role may put on a key is asked where it is made."""
    pages = KeyPages(front)
    edit = for_act(Act.TEST_KEYS, back=_BACK)
    return [
        front.route("GET", KEYS, for_act(Act.KEYS_READ), pages.show),
        front.route("POST", f"{KEYS}/make", edit, pages.make),
        front.route("POST", f"{KEYS}/rotate", edit, pages.rotate),
        front.route("POST", f"{KEYS}/revoke", edit, pages.revoke),
    ]


def _shown(one: ProgramKey, voice: Voice, now: datetime, time_zone: str) -> ShownKey:
    place = zone(time_zone)
    state = "ended" if not one.works(now) else "ends" if one.replaced_at is not None else "works"
    return ShownKey(
        key_id=str(one.key_id),
        name=one.name,
        hint=one.hint,
        live=one.live,
        scopes=voice.listing([scope.value for scope in one.scopes]),
        state=state,
        made=voice.moment(one.made_at, zone=place, now=now),
        used=voice.moment(one.last_used_at, zone=place, now=now) if one.last_used_at else "",
        ends=voice.moment(one.expires_at, zone=place, now=now) if one.expires_at else "",
    )


def _scope_words(voice: Voice) -> Mapping[KeyScope, str]:
    return {
        KeyScope.CERTIFICATES_READ: voice.t("Look certificates up, with balances and histories"),
        KeyScope.CERTIFICATES_REDEEM: voice.t("Redeem, hold, capture, release, and undo that"),
        KeyScope.CERTIFICATES_ISSUE: voice.t("Issue, activate and reload certificates"),
        KeyScope.CERTIFICATES_MANAGE: voice.t("Refund, pay out, adjust, block, void, extend and transfer"),
        KeyScope.ORDERS_READ: voice.t("Read orders, with buyers and recipients"),
        KeyScope.CATALOGUE_READ: voice.t("Read what is on sale"),
        KeyScope.PARTNERS_READ: voice.t("Read partners and their agreements"),
        KeyScope.INVOICES_READ: voice.t("Read invoices to partners, and what they paid"),
        KeyScope.EVENTS_READ: voice.t("Read what endpoints are told of"),
        KeyScope.DELIVERIES_READ: voice.t("Read endpoints and deliveries"),
        KeyScope.SETTINGS_READ: voice.t("Read locations and devices"),
        KeyScope.REPORTS_READ: voice.t("Read reports and seals"),
        KeyScope.CHECKOUTS_MANAGE: voice.t("Make links that buyers pay by, and see whether they did"),
        KeyScope.ENDPOINTS_MANAGE: voice.t("Add, change and remove endpoints, and send again"),
        KeyScope.CARDS_MANAGE: voice.t("Ask for batches of cards, and give them up"),
        KeyScope.DEVICES_MANAGE: voice.t("Add devices, change, move and revoke them"),
    }


def _operation(fields: Mapping[str, str]) -> UUID | None:
    """Return the id that the form was made with: sent twice, it makes one key."""
    try:
        return UUID(fields.get("operation", ""))
    except ValueError:
        return None


def _reason(fields: Mapping[str, str]) -> str | None:
    said = free_text.one_line(fields.get("reason", "")[:_TYPED_MAX])
    return said if 0 < len(said) <= REASON_LENGTH_MAX - 100 else None


def _code(fields: Mapping[str, str]) -> AuditReason:
    return chosen(fields, "code", AuditReason, usual=AuditReason.OTHER)


def _no_reason(voice: Voice) -> dict[str, str]:
    return {"reason": voice.t("Say in 1 to 400 characters why.")}


def _status(refused: LargesseError) -> int:
    return 422 if isinstance(refused, InvalidInput) else 409


def _said(refused: LargesseError, voice: Voice) -> str:
    return " ".join(_errors(refused, voice).values())


def _errors(refused: LargesseError, voice: Voice) -> dict[str, str]:
    """Return what is said beside the field that something is about."""
    said = {
        CHOICE_UNKNOWN: choose_one(voice),
        "program_key.name": voice.t("Give the key a name of 1 to 60 characters, such as Till."),
        "program_key.scopes": voice.t("Choose at least one thing that the key may do."),
        "program_key.too_many": voice.t("There are 50 keys that work. Revoke one that nobody uses."),
        "program_key.made": voice.t("This key was made a moment ago and shown once. Where it is lost, revoke it."),
        "program_key.ended": voice.t("This key has ended, or another one stands in for it already."),
        "program_key.not_found": voice.t("There is no such key any more. Look at the list again."),
        "staff.not_allowed": voice.t("Your role does not give that to a live key. Ask an owner, or make a test key."),
    }
    if isinstance(refused, InvalidInput) and refused.fields:
        return {one.field: said.get(one.code, one.message) for one in refused.fields}
    field = "name" if refused.code.startswith("program_key") else "scopes"
    return {field: said.get(refused.code, refused.message)}
