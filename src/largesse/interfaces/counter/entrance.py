"""Pages of the counter for which nobody has to be recognised: they ask for a code, or for a PIN on a device."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Literal

import msgspec
from litestar import HttpMethod, Response, route
from litestar.handlers import HTTPRouteHandler

from largesse.domain.merchants import MerchantUnknown
from largesse.interfaces.counter.caller import device_owner
from largesse.interfaces.counter.front import BODY_BYTES_MAX, CounterAnswer, CounterFront, counter_path, form_mark
from largesse.interfaces.counter.recognising import Incoming, look_at
from largesse.interfaces.counter.rules import ENTRANCE, OPTION
from largesse.services.staff import Browser
from largesse.ui import Voice
from largesse.web.client import Client, client_in
from largesse.web.csrf import FIELD, is_form_of
from largesse.web.errors import PageUnknown
from largesse.web.forms import read_form
from largesse.web.pages import page
from largesse.web.preferences import visit_of
from largesse.web.request import AnyRequest
from largesse.web.session_cookie import Session, session_of
from largesse.web.staff_places import is_private

_VISITORS: Final = "/counter"


class Newcomer(msgspec.Struct, frozen=True, kw_only=True):
    """Who comes to an entrance: a browser at the counter, and what it sent."""

    incoming: Incoming
    fields: Mapping[str, str]
    visitor: Session

    @property
    def request(self) -> AnyRequest:
        """The request."""
        return self.incoming.request

    @property
    def client(self) -> Client:
        """Where it comes from."""
        return client_in(self.request.scope)

    @property
    def browser(self) -> Browser:
        """What it is."""
        return Browser(agent=self.request.headers.get("user-agent", ""), address=self.client.address)

    @property
    def home(self) -> str:
        """The counter's address."""
        return counter_path(self.incoming.merchant.slug)

    @property
    def form_owner(self) -> str:
        """Whom a form is made for: the device, else the visitor."""
        device = self.incoming.device
        return device_owner(device) if device else self.visitor.token


EntranceWork = Callable[[Newcomer], Awaitable[CounterAnswer]]


class CounterEntrance:
    """What the entrances share."""

    def __init__(self, front: CounterFront) -> None:
        self.front = front
        self.deps = front.deps

    def route(self, method: Literal["GET", "POST"], path: str, work: EntranceWork) -> HTTPRouteHandler:
        """Return the handler of an entrance."""

        async def answer(request: AnyRequest) -> Response[Any]:
            return await self._answer(request, work)

        return route(
            path,
            http_method=[HttpMethod(method)],
            status_code=200,
            include_in_schema=False,
            request_max_body_size=BODY_BYTES_MAX,
            opt={OPTION: ENTRANCE, "exclude_from_csrf": True},
        )(answer)

    async def _answer(self, request: AnyRequest, work: EntranceWork) -> CounterAnswer:
        https = self.front.https
        if not is_private(request, https=https):
            return self.front.bare(request, "https", status=403)
        posted = request.scope["method"] == "POST"
        fields, visitor = await read_form(request) if posted else {}, session_of(request)
        try:
            async with self.deps.database.connection() as connection:
                incoming = await look_at(connection, self.deps, request, https=https, touches=False)
        except MerchantUnknown:
            raise PageUnknown from None
        newcomer = Newcomer(incoming=incoming, fields=fields, visitor=visitor)
        if posted and not is_form_of(self.deps.keyring, request, fields.get(FIELD, ""), newcomer.form_owner):
            return self.front.bare(request, "form", status=403)
        answer = await work(newcomer)
        if visitor.is_new and incoming.device is None and not posted:
            answer.cookies.append(visitor.cookie(_VISITORS, https=https))
        return answer

    def voice(self, newcomer: Newcomer) -> Voice:
        """Return the voice that whoever comes reads."""
        return self.front.templates.voice(visit_of(newcomer.request), newcomer.incoming.merchant.english)

    async def page(
        self,
        newcomer: Newcomer,
        template: str,
        values: Mapping[str, object] | None = None,
        *,
        here: str,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> Response[str]:
        """Return a page of an entrance; its forms print `marks`."""
        shared = {
            "marks": form_mark(self.deps.keyring, newcomer.form_owner),
            "home": newcomer.home,
            "device": newcomer.incoming.device,
            "offline": newcomer.incoming.is_live
            and bool(newcomer.incoming.device and newcomer.incoming.device.offline_hours_max),
        }
        return page(
            self.front.templates,
            f"counter/{template}",
            newcomer.request,
            {**shared, **(values or {})},
            visit=msgspec.structs.replace(visit_of(newcomer.request), here=here),
            brand=await self.front.theme(newcomer.incoming.merchant),
            demo=self.front.demo,
            status_code=status,
            worker=True,
            headers=headers,
        )
