"""`/counter/{slug}/lock`: touch your name, type your PIN; set one with a code; lock the device again."""

import json
from collections.abc import Sequence
from typing import Final

from litestar import MediaType, Response
from litestar.handlers import HTTPRouteHandler

from largesse.domain.devices import Device, DeviceRefused
from largesse.domain.networks import OutsideNetworks
from largesse.domain.staff import MembershipUnknown
from largesse.domain.tills import PIN_DIGITS_MAX, PIN_DIGITS_MIN, PinCodeRefused, PinRefused, PinUnfit
from largesse.interfaces.counter.cookies import seat_cookie
from largesse.interfaces.counter.entrance import CounterEntrance, Newcomer
from largesse.interfaces.counter.front import CounterAnswer, CounterFront
from largesse.interfaces.counter.limits import TillLimits, tries_of
from largesse.interfaces.counter.recognising import keep_begun
from largesse.services import tills as services
from largesse.services.tills import Colleague
from largesse.ui import local_path
from largesse.web.errors import PageUnknown, TooManyRequests
from largesse.web.forms import an_id
from largesse.web.responses import see_other

TYPED_MAX: Final = 200


class LockPages:
    """Answer whoever stands before a locked device."""

    def __init__(self, entrance: CounterEntrance, limits: TillLimits) -> None:
        self._entrance = entrance
        self._deps = entrance.deps
        self._limits = limits

    async def show(self, newcomer: Newcomer) -> CounterAnswer:
        """Return the names, or ask the one that was touched for their PIN."""
        if not newcomer.incoming.is_live:
            return see_other(f"{newcomer.home}/enrol")
        who = newcomer.request.query_params.get("who")
        if who is None:
            return await self._names(newcomer)
        return await self._ask(newcomer, await self._colleague(newcomer, who))

    async def unlock(self, newcomer: Newcomer) -> CounterAnswer:
        """Take the PIN; its person works here from now on."""
        device, voice = self._device(newcomer), self._entrance.voice(newcomer)
        who = await self._colleague(newcomer, newcomer.fields.get("who", ""))
        tries = tries_of(device.device_id, who.membership.membership_id)
        try:
            async with self._limits.pins.attempt(tries) as attempt:
                try:
                    done = await services.unlock(
                        self._deps,
                        device,
                        who,
                        newcomer.fields.get("pin", ""),
                        challenge=newcomer.fields.get("challenge", "")[:TYPED_MAX],
                        signature=newcomer.fields.get("signature", "")[:TYPED_MAX],
                        address=newcomer.client.address,
                        now=self._deps.clock.now(),
                    )
                except PinRefused:
                    attempt.miss()
                    raise
        except PinRefused:
            return await self._ask(newcomer, who, error=voice.t("This is not your PIN. Type it again."), status=422)
        except DeviceRefused:
            error = voice.t("This browser has lost its key. Have the office make a new code, and enrol it anew.")
            return await self._ask(newcomer, who, error=error, status=403)
        except OutsideNetworks:
            error = voice.t("This device works in the merchant's networks alone.")
            return await self._ask(newcomer, who, error=error, status=403)
        except TooManyRequests as wait:
            return await self._ask(newcomer, who, error=self._wait(newcomer, wait), status=429)
        cookie = seat_cookie(done.token, newcomer.home, https=self._entrance.front.https)
        go_on = f"{newcomer.home}/begun" if done.typed else _within(newcomer, done.begun)
        return see_other(go_on, cookies=[cookie])

    async def lock(self, newcomer: Newcomer) -> CounterAnswer:
        """Cover what is open, and keep it for its person."""
        self._device(newcomer)
        async with self._deps.database.transaction() as connection:
            begun = newcomer.fields.get("begun", "")[:TYPED_MAX]
            form = self._entrance.front.typed_form(newcomer.incoming, newcomer.fields)
            await keep_begun(connection, self._deps, newcomer.incoming, _within(newcomer, begun), form)
        return see_other(f"{newcomer.home}/lock")

    async def challenge(self, newcomer: Newcomer) -> CounterAnswer:
        """Return what the device is to sign."""
        device = self._device(newcomer)
        offered = services.offer_challenge(self._deps.keyring, device, now=self._deps.clock.now())
        headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        return Response(json.dumps({"challenge": offered}), media_type=MediaType.JSON, headers=headers)

    async def ask_new_pin(self, newcomer: Newcomer) -> CounterAnswer:
        """Return the page on which somebody sets a PIN with a code."""
        self._device(newcomer)
        who = await self._colleague(newcomer, newcomer.request.query_params.get("who", ""))
        return await self._new_pin(newcomer, who)

    async def set_pin(self, newcomer: Newcomer) -> CounterAnswer:
        """Set a PIN for who was given a code for that."""
        device, voice = self._device(newcomer), self._entrance.voice(newcomer)
        who = await self._colleague(newcomer, newcomer.fields.get("who", ""))
        tries = tries_of(device.device_id, who.membership.membership_id)
        pin = newcomer.fields.get("pin", "")
        if pin != newcomer.fields.get("again", ""):
            return await self._new_pin(newcomer, who, errors={"again": voice.t("The two are not alike.")}, status=422)
        try:
            async with self._limits.pin_codes.attempt(tries) as attempt:
                try:
                    await services.set_pin_with_code(
                        self._deps,
                        who.membership,
                        newcomer.fields.get("code", "")[:TYPED_MAX],
                        pin,
                        now=self._deps.clock.now(),
                    )
                except PinCodeRefused:
                    attempt.miss()
                    raise
        except PinUnfit:
            said = voice.t("Choose 4 to 6 digits that are not all alike and not in a row.")
            return await self._new_pin(newcomer, who, errors={"pin": said}, status=422)
        except PinCodeRefused:
            said = voice.t("This code does not count. Each works once, for ten minutes.")
            return await self._new_pin(newcomer, who, errors={"code": said}, status=422)
        except TooManyRequests as wait:
            return await self._new_pin(newcomer, who, errors={"code": self._wait(newcomer, wait)}, status=429)
        return see_other(f"{newcomer.home}/lock?who={who.membership.membership_id}")

    def _device(self, newcomer: Newcomer) -> Device:
        device = newcomer.incoming.device
        if device is None or not newcomer.incoming.is_live:
            raise PageUnknown
        return device

    def _wait(self, newcomer: Newcomer, wait: TooManyRequests) -> str:
        minutes = -(-wait.retry_after_s // 60)
        return self._entrance.voice(newcomer).n(
            "Too many were wrong. Wait {count} minute.", "Too many were wrong. Wait {count} minutes.", minutes
        )

    async def _colleague(self, newcomer: Newcomer, who: str) -> Colleague:
        async with self._deps.database.connection() as connection:
            try:
                return await services.find_colleague(connection, newcomer.incoming.merchant.merchant_id, an_id(who))
            except MembershipUnknown:
                raise PageUnknown from None

    async def _names(self, newcomer: Newcomer) -> CounterAnswer:
        async with self._deps.database.connection() as connection:
            found = await services.colleagues(connection, newcomer.incoming.merchant.merchant_id)
        here = f"{newcomer.home}/lock"
        values = {"people": found, "here": here}
        return await self._entrance.page(newcomer, "lock.html", values, here=here)

    async def _ask(self, newcomer: Newcomer, who: Colleague, *, error: str = "", status: int = 200) -> CounterAnswer:
        device = self._device(newcomer)
        values = {
            "who": who,
            "action": f"{newcomer.home}/unlock",
            "other": f"{newcomer.home}/lock",
            "new_pin": f"{newcomer.home}/pin?who={who.membership.membership_id}",
            "challenge": f"{newcomer.home}/challenge" if device.public_key is not None else "",
            "error": error,
            "digits": PIN_DIGITS_MAX,
        }
        here = f"{newcomer.home}/lock?who={who.membership.membership_id}"
        return await self._entrance.page(newcomer, "unlock.html", values, here=here, status=status)

    async def _new_pin(
        self, newcomer: Newcomer, who: Colleague, *, errors: dict[str, str] | None = None, status: int = 200
    ) -> CounterAnswer:
        here = f"{newcomer.home}/pin?who={who.membership.membership_id}"
        values = {
            "who": who,
            "action": f"{newcomer.home}/pin",
            "other": f"{newcomer.home}/lock",
            "errors": errors or {},
            "least": PIN_DIGITS_MIN,
            "most": PIN_DIGITS_MAX,
        }
        return await self._entrance.page(newcomer, "new_pin.html", values, here=here, status=status)


def _within(newcomer: Newcomer, path: str) -> str:
    """Return where to go on: the page that was left open, else the counter."""
    found = local_path(path)
    return found if found.startswith(f"{newcomer.home}/") else newcomer.home


def lock_routes(front: CounterFront, limits: TillLimits) -> Sequence[HTTPRouteHandler]:
    """Return the routes of locking and unlocking a device."""
    entrance = CounterEntrance(front)
    pages = LockPages(entrance, limits)
    counter = "/counter/{slug:str}"
    return [
        entrance.route("GET", f"{counter}/lock", pages.show),
        entrance.route("POST", f"{counter}/lock", pages.lock),
        entrance.route("POST", f"{counter}/unlock", pages.unlock),
        entrance.route("GET", f"{counter}/challenge", pages.challenge),
        entrance.route("GET", f"{counter}/pin", pages.ask_new_pin),
        entrance.route("POST", f"{counter}/pin", pages.set_pin),
    ]
