"""`/gifts/redeem.html?code=…`: what a certificate is worth, for whoever holds its number.

The path and the parameter are the source's (partner-order-api.txt). A number that is typed here is posted instead, so
that it does not come to stand in an address.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs

from litestar import Request, Response, get, post
from litestar.types import ControllerRouterHandler

from largesse.doors.storefront.pages import STYLE_PATH, page, stylesheet
from largesse.doors.storefront.throttle import Throttle
from largesse.doors.storefront.view import view_of, view_of_sample
from largesse.flows.house import House
from largesse.flows.locate import Located, Sample, look_up
from largesse.look.voice import speak
from largesse.rooms.certificates import CertificateUnknown

PATH = "/gifts/redeem.html"
BODY_BYTES_MAX = 4096

Visit = Request[Any, Any, Any]


class RedeemPage:
    """Answer who asks what a number is worth."""

    def __init__(self, house: House, throttle: Throttle) -> None:
        self._house = house
        self._throttle = throttle
        self._https = house.base_url.startswith("https:")
        self._voice = speak("en")

    async def answer(self, code: str | None, address: str) -> Response[str]:
        """Return the page for a number, for none, or for one that is nothing.

        A number that does not exist and a text that cannot be one get the same answer after the same work.
        """
        if code is None or not code.strip():
            return self._page("ask.html", fault=None)
        if not self._throttle.admit(address):
            wait = {"Retry-After": str(self._throttle.wait_s)}
            return self._page("wait.html", status=429, headers=wait)
        try:
            found = await look_up(self._house, code)
        except CertificateUnknown as error:
            self._throttle.miss(address)
            return self._page("ask.html", status=404, fault=error.message)
        return self._found(found)

    def _found(self, found: Located | Sample) -> Response[str]:
        if isinstance(found, Sample):
            return self._page("worth.html", view=view_of_sample(found))
        return self._page("worth.html", view=view_of(found, voice=self._voice, now=self._house.clock.now()))

    def _page(
        self, template: str, *, status: int = 200, headers: dict[str, str] | None = None, **values: object
    ) -> Response[str]:
        return page(template, status=status, https=self._https, headers=headers, path=PATH, **values)


def redeem_routes(house: House, *, throttle: Throttle | None = None) -> Sequence[ControllerRouterHandler]:
    """Return the routes of the redeem page and of its stylesheet."""
    redeem_page = RedeemPage(house, throttle or Throttle())

    @get(PATH, include_in_schema=False)
    async def show(request: Visit) -> Response[str]:
        return await redeem_page.answer(request.query_params.get("code"), _address(request))

    @post(PATH, include_in_schema=False, request_max_body_size=BODY_BYTES_MAX)
    async def ask(request: Visit) -> Response[str]:
        return await redeem_page.answer(_posted_code(await request.body()), _address(request))

    @get(STYLE_PATH, include_in_schema=False, sync_to_thread=False)
    def style() -> Response[bytes]:
        return stylesheet()

    return [show, ask, style]


def _posted_code(body: bytes) -> str:
    try:
        fields = parse_qs(body.decode("utf-8", errors="replace"), max_num_fields=10)
    except ValueError:
        return ""
    return fields.get("code", [""])[0]


def _address(request: Visit) -> str:
    return request.client.host if request.client else ""
