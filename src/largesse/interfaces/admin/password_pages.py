"""Another password by mail, and what the operator's last resort leads to."""

from collections.abc import Sequence
from typing import Final

from litestar.handlers import HTTPRouteHandler
from markupsafe import Markup

from largesse.domain.staff import (
    FactorRefused,
    LinkGone,
    LinkPurpose,
    PasswordUnfit,
    PersonInvalid,
    new_totp_secret,
    totp_uri,
)
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.rules import OPEN
from largesse.interfaces.admin.sign_in_pages import TYPED_MAX
from largesse.interfaces.admin.wording import sentences, wrong_code
from largesse.kernel import free_text
from largesse.services import staff as services
from largesse.ui import qr_svg
from largesse.web.responses import see_other

TOKEN_MAX: Final = 400


class PasswordPages:
    """Answer who lost a password."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps
        self._places = front.places

    async def show(self, caller: Caller) -> Answer:
        """Return the page that asks where to mail the link."""
        return await self._front.page(caller, "forgotten.html", {"email": "", "errors": {}, "sent": False})

    async def ask(self, caller: Caller) -> Answer:
        """Take an address. The answer is the same whether it is known or not, and takes as long."""
        email = free_text.one_line(caller.fields.get("email", "")[:TYPED_MAX])
        may_mail = await self._front.limits.may_mail(caller.client, email)
        try:
            if may_mail:
                await services.ask_for_reset(self._deps, email, now=self._deps.clock.now())
        except PersonInvalid as wrong:
            errors = sentences(wrong, self._front.voice(caller))
            values = {"email": email, "errors": errors, "sent": False}
            return await self._front.page(caller, "forgotten.html", values, status=422)
        return await self._front.page(caller, "forgotten.html", {"email": email, "errors": {}, "sent": True})

    async def show_reset(self, caller: Caller) -> Answer:
        """Return the page of a link; that spends nothing."""
        return await self._reset_form(caller, caller.request.query_params.get("token", "")[:TOKEN_MAX])

    async def reset(self, caller: Caller) -> Answer:
        """Spend a link for another password."""
        token = caller.fields.get("token", "")[:TOKEN_MAX]
        voice = self._front.voice(caller)
        try:
            async with self._front.limits.link(caller.client) as attempt:
                try:
                    opened = await services.open_link(self._deps, token, LinkPurpose.RESET, now=self._deps.clock.now())
                except LinkGone:
                    attempt.miss()
                    raise
            async with self._front.limits.code(opened.person.person_id):
                await services.reset_password(
                    self._deps,
                    token,
                    caller.fields.get("password", ""),
                    caller.fields.get("code", "")[:TYPED_MAX],
                    now=self._deps.clock.now(),
                )
        except LinkGone:
            return await self._gone(caller)
        except PasswordUnfit as wrong:
            return await self._reset_form(caller, token, sentences(wrong, voice), status=422)
        except FactorRefused:
            return await self._reset_form(caller, token, {"code": wrong_code(voice)}, status=422)
        return see_other(f"{self._places.sign_in}?done=password")

    async def show_recovery(self, caller: Caller) -> Answer:
        """Return the page on which somebody sets up anew what they sign in with; that spends nothing."""
        return await self._recovery_form(caller, caller.request.query_params.get("token", "")[:TOKEN_MAX])

    async def recover(self, caller: Caller) -> Answer:
        """Spend the operator's link, and show the new recovery codes, once."""
        token, offer = caller.fields.get("token", "")[:TOKEN_MAX], caller.fields.get("offer", "")[:TOKEN_MAX]
        voice = self._front.voice(caller)
        try:
            codes = await services.set_up_anew(
                self._deps,
                token,
                caller.fields.get("password", ""),
                offer,
                caller.fields.get("code", "")[:TYPED_MAX],
                now=self._deps.clock.now(),
            )
        except LinkGone:
            return await self._gone(caller)
        except PasswordUnfit as wrong:
            return await self._recovery_form(caller, token, sentences(wrong, voice), offer=offer, status=422)
        except FactorRefused:
            errors = {"code": wrong_code(voice)}
            return await self._recovery_form(caller, token, errors, offer=offer, status=422)
        values = {"codes": codes, "next": f"{self._places.sign_in}?done=recovered", "fresh": True}
        return await self._front.page(caller, "recovery_codes.html", values, here=self._places.sign_in)

    async def _reset_form(
        self, caller: Caller, token: str, errors: dict[str, str] | None = None, *, status: int = 200
    ) -> Answer:
        try:
            async with self._front.limits.link(caller.client) as attempt:
                try:
                    opened = await services.open_link(self._deps, token, LinkPurpose.RESET, now=self._deps.clock.now())
                except LinkGone:
                    attempt.miss()
                    raise
        except LinkGone:
            return await self._gone(caller)
        action = f"{self._places.base}/new-password"
        values = {"token": token, "email": opened.person.email, "errors": errors or {}, "action": action}
        here = f"{action}?token={token}"
        return await self._front.page(caller, "new_password.html", values, status=status, here=here)

    async def _recovery_form(
        self,
        caller: Caller,
        token: str,
        errors: dict[str, str] | None = None,
        *,
        offer: str = "",
        status: int = 200,
    ) -> Answer:
        try:
            opened = await services.open_link(self._deps, token, LinkPurpose.RECOVERY, now=self._deps.clock.now())
        except LinkGone:
            return await self._gone(caller)
        shown = offered(self._front, token, opened.person.email, offer=offer)
        action = f"{self._places.base}/recovery"
        values = {"token": token, "email": opened.person.email, "errors": errors or {}, "action": action}
        here = f"{action}?token={token}"
        return await self._front.page(caller, "recovery.html", {**values, **shown}, status=status, here=here)

    async def _gone(self, caller: Caller) -> Answer:
        return await self._front.page(caller, "link_gone.html", status=403, here=self._places.sign_in)


def offered(front: StaffFront, token: str, email: str, *, offer: str = "") -> dict[str, object]:
    """Return what a page shows of an authenticator that is being set up; the same again for a form that comes back."""
    keyring = front.deps.keyring
    try:
        secret = services.read_offer(keyring, offer, bound_to=token.encode()) if offer else new_totp_secret()
    except LinkGone:
        secret = new_totp_secret()
    return {
        "offer": services.write_offer(keyring, secret, bound_to=token.encode()),
        "secret": " ".join(secret[place : place + 4] for place in range(0, len(secret), 4)),
        "qr": Markup(qr_svg(totp_uri(secret, email))),  # noqa: S704 - drawn by us
    }


def password_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of passwords that were lost."""
    pages, base = PasswordPages(front), front.places.base
    return [
        front.route("GET", f"{base}/forgotten", OPEN, pages.show),
        front.route("POST", f"{base}/forgotten", OPEN, pages.ask),
        front.route("GET", f"{base}/new-password", OPEN, pages.show_reset),
        front.route("POST", f"{base}/new-password", OPEN, pages.reset),
        front.route("GET", f"{base}/recovery", OPEN, pages.show_recovery),
        front.route("POST", f"{base}/recovery", OPEN, pages.recover),
    ]
