"""`/setup`: whoever has the token opens the shop, and owns it. Once there is a merchant, there is no such page."""

from collections.abc import Sequence
from typing import Final

from litestar.handlers import HTTPRouteHandler

from largesse.domain.merchants import InvalidMerchant, MerchantTaken
from largesse.domain.setup import SetupClosed, SetupTokenRefused
from largesse.domain.staff import FactorRefused, LinkGone, PasskeyRefused, PasswordUnfit, PersonInvalid
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.password_pages import TOKEN_MAX, offered
from largesse.interfaces.admin.rules import OPEN
from largesse.interfaces.admin.setup.wording import merchant_faults
from largesse.interfaces.admin.sign_in_pages import TYPED_MAX
from largesse.interfaces.admin.wording import sentences, wrong_code
from largesse.kernel import free_text
from largesse.services import setup as services
from largesse.services.setup import SETUP_PATH, FirstMerchant, FirstOwner
from largesse.services.staff import offers_passkeys
from largesse.web.errors import PageUnknown
from largesse.web.preferences import visit_of
from largesse.web.staff_places import host_of

OPEN_PATH: Final = f"{SETUP_PATH}/open"
_USUAL: Final = {"currency": "USD", "time_zone": "", "contact_email": ""}
_SHOWN: Final = ("name", "slug", "number", "prefix", "currency", "time_zone", "person", "email")


class SetupPages:
    """Answer who comes to open the shop."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps

    async def ask(self, caller: Caller) -> Answer:
        """Return the page that asks for the token."""
        await self._demand_open()
        return await self._token_page(caller)

    async def show(self, caller: Caller) -> Answer:
        """Return what is asked for, to who has the token."""
        await self._demand_open()
        if not await self._counts(caller):
            return await self._token_page(caller, wrong=True)
        return await self._form(caller)

    async def open(self, caller: Caller) -> Answer:
        """Spend the token: the shop and its owner are there."""
        await self._demand_open()
        if not await self._counts(caller):
            return await self._token_page(caller, wrong=True)
        voice, now = self._front.voice(caller), self._deps.clock.now()
        token, first, owner = _token(caller), self._first(caller), self._owner(caller)
        try:
            made = await services.set_up(self._deps, token, first, owner, caller.browser, now=now)
        except (SetupClosed, MerchantTaken):
            raise PageUnknown from None
        except (SetupTokenRefused, LinkGone):
            return await self._token_page(caller, wrong=True)
        except InvalidMerchant as wrong:
            said = merchant_faults(wrong, voice)
            return await self._form(
                caller, {"email" if name == "contact_email" else name: one for name, one in said.items()}
            )
        except (PasswordUnfit, PersonInvalid) as wrong:
            said = sentences(wrong, voice)
            return await self._form(caller, {"person" if name == "name" else name: one for name, one in said.items()})
        except FactorRefused:
            return await self._form(caller, {"code": wrong_code(voice)})
        except PasskeyRefused:
            return await self._form(caller, {"passkey": voice.t("No passkey was made. Try again, or take a password.")})
        values = {"codes": made.recovery_codes, "next": f"/admin/{made.merchant.slug}", "fresh": False}
        answer = await self._front.page(caller, "recovery_codes.html", values, here="/staff")
        answer.cookies.append(self._front.cookie(made.token))
        return answer

    async def _demand_open(self) -> None:
        async with self._deps.database.connection() as connection:
            if not await services.is_open(connection):
                raise PageUnknown

    async def _counts(self, caller: Caller) -> bool:
        async with self._front.limits.link(caller.client) as attempt:
            try:
                await services.check_token(self._deps, _token(caller), now=self._deps.clock.now())
            except SetupClosed:
                raise PageUnknown from None
            except SetupTokenRefused:
                attempt.miss()
                return False
        return True

    def _first(self, caller: Caller) -> FirstMerchant:
        typed = {name: _line(caller, name) for name in ("name", "slug", "number", "prefix", "currency", "time_zone")}
        return FirstMerchant(
            **{
                **typed,
                "slug": typed["slug"].lower(),
                "prefix": typed["prefix"].upper(),
                "currency": typed["currency"].upper(),
            },
            contact_email=_line(caller, "email"),
        )

    def _owner(self, caller: Caller) -> FirstOwner:
        fields = caller.fields
        return FirstOwner(
            name=_line(caller, "person"),
            email=_line(caller, "email"),
            language=visit_of(caller.request).language,
            password=fields.get("password", ""),
            offer=fields.get("offer", "")[:TOKEN_MAX],
            code=fields.get("code", "")[:TYPED_MAX],
            challenge=fields.get("challenge", "")[:TOKEN_MAX],
            credential=fields.get("credential", ""),
            bound_to=_token(caller),
        )

    async def _token_page(self, caller: Caller, *, wrong: bool = False) -> Answer:
        values = {"action": SETUP_PATH, "wrong": wrong}
        return await self._front.page(caller, "setup/token.html", values, status=422 if wrong else 200, here=SETUP_PATH)

    async def _form(self, caller: Caller, errors: dict[str, str] | None = None) -> Answer:
        token, now = _token(caller), self._deps.clock.now()
        typed = {name: _line(caller, name) for name in _SHOWN}
        passkey = None
        if offers_passkeys(self._deps, at=host_of(caller.request)):
            passkey = services.offer_first_passkey(self._deps, bound_to=token, now=now)
        values = {
            "action": OPEN_PATH,
            "token": token,
            "typed": {**typed, "currency": typed["currency"] or _USUAL["currency"]},
            "errors": errors or {},
            "passkey": passkey,
        }
        shown = offered(self._front, token, typed["email"], offer=caller.fields.get("offer", "")[:TOKEN_MAX])
        status = 422 if errors else 200
        return await self._front.page(caller, "setup/open.html", {**values, **shown}, status=status, here=SETUP_PATH)


def _token(caller: Caller) -> str:
    return caller.fields.get("token", "")[:TYPED_MAX]


def _line(caller: Caller, name: str) -> str:
    return free_text.one_line(caller.fields.get(name, "")[:TYPED_MAX])


def setup_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of the first run."""
    pages = SetupPages(front)
    return [
        front.route("GET", SETUP_PATH, OPEN, pages.ask),
        front.route("POST", SETUP_PATH, OPEN, pages.show),
        front.route("POST", OPEN_PATH, OPEN, pages.open),
    ]
