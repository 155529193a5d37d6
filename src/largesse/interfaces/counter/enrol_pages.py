"""`/counter/{slug}/enrol`: make the browser that opens it a device of the merchant."""

from collections.abc import Sequence
from typing import Final

from litestar.handlers import HTTPRouteHandler

from largesse.domain import locations
from largesse.domain.devices import CodeRefused
from largesse.domain.networks import OutsideNetworks
from largesse.interfaces.counter.cookies import device_cookie
from largesse.interfaces.counter.entrance import CounterEntrance, Newcomer
from largesse.interfaces.counter.front import CounterAnswer, CounterFront
from largesse.interfaces.counter.limits import TillLimits
from largesse.services import tills as services
from largesse.web.errors import TooManyRequests
from largesse.web.responses import see_other

TYPED_MAX: Final = 200
_EVERY_S: Final = 5


class EnrolPages:
    """Answer a browser that is to become a device."""

    def __init__(self, entrance: CounterEntrance, limits: TillLimits) -> None:
        self._entrance = entrance
        self._deps = entrance.deps
        self._limits = limits

    async def ask(self, newcomer: Newcomer) -> CounterAnswer:
        """Return the page that asks for the code, or says that the office has to confirm."""
        device = newcomer.incoming.device
        if newcomer.incoming.is_live:
            return see_other(f"{newcomer.home}/lock")
        if device is None:
            return await self._form(newcomer)
        async with self._deps.database.connection() as connection:
            found = await locations.find_location(connection, device.merchant_id, str(device.location_id))
        here = f"{newcomer.home}/enrol"
        values = {"name": device.name, "place": found.name, "agent": device.agent, "again": here, "every": _EVERY_S}
        return await self._entrance.page(
            newcomer, "enrolled.html", values, here=here, headers={"Refresh": str(4 * _EVERY_S)}
        )

    async def enrol(self, newcomer: Newcomer) -> CounterAnswer:
        """Spend the code that was typed."""
        voice, fields = self._entrance.voice(newcomer), newcomer.fields
        try:
            async with self._limits.enrolments.attempt(newcomer.client.network) as attempt:
                try:
                    made = await services.enrol_here(
                        self._deps,
                        newcomer.incoming.merchant,
                        fields.get("code", "")[:TYPED_MAX],
                        public_key=fields.get("public_key", "")[:TYPED_MAX],
                        browser=newcomer.browser,
                        now=self._deps.clock.now(),
                    )
                except CodeRefused:
                    attempt.miss()
                    raise
        except CodeRefused:
            error = voice.t("This code does not count. Each works once, for ten minutes: ask the office for a new one.")
            return await self._form(newcomer, error=error, status=422)
        except OutsideNetworks:
            error = voice.t("This browser runs no scripts here, and is in none of the merchant's networks.")
            return await self._form(newcomer, error=error, status=403)
        except TooManyRequests as wait:
            error = voice.t("Too many codes were wrong. Wait {minutes} minutes.", minutes=wait.retry_after_s // 60 + 1)
            return await self._form(newcomer, error=error, status=429)
        cookie = device_cookie(made.key, newcomer.home, https=self._entrance.front.https)
        return see_other(f"{newcomer.home}/enrol", cookies=[cookie])

    async def _form(self, newcomer: Newcomer, *, error: str = "", status: int = 200) -> CounterAnswer:
        here = f"{newcomer.home}/enrol"
        return await self._entrance.page(
            newcomer, "enrol.html", {"action": here, "error": error}, here=here, status=status
        )


def enrol_routes(front: CounterFront, limits: TillLimits) -> Sequence[HTTPRouteHandler]:
    """Return the routes of enrolling a device."""
    entrance = CounterEntrance(front)
    pages = EnrolPages(entrance, limits)
    return [
        entrance.route("GET", "/counter/{slug:str}/enrol", pages.ask),
        entrance.route("POST", "/counter/{slug:str}/enrol", pages.enrol),
    ]
