"""The partner door: orders on account over HTTP, in XML and JSON, compatible to the letter with the source's API.

Handlers read raw bytes and write raw bytes: one codec for each direction, chosen by its own header.
"""

from collections.abc import Awaitable, Callable
from typing import Any, cast

from litestar import Request, get, post, route
from litestar.types import ASGIApp, ControllerRouterHandler, Method, Receive, Scope, Send

from largesse.doors.partner_api.call import Call
from largesse.doors.partner_api.door import PartnerDoor, Reply, Verb
from largesse.doors.partner_api.errors import STATUSES, MethodRefused, PageUnknown
from largesse.flows.house import House

TOKENS = "/api/userservice/tokens"
ORDERS = "/api/secure/givingservice/giftcertificates"
DETAIL = "/api/secure/givingservice/giftcertificatedetail/{number:str}"
# The router does not look back from a path parameter to a wider pattern, hence the last one.
ELSEWHERE = (
    "/api/userservice",
    "/api/userservice/{rest:path}",
    "/api/secure",
    "/api/secure/{rest:path}",
    f"{DETAIL}/{{rest:path}}",
)

_METHODS: tuple[Method, ...] = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD")

__all__ = ["STATUSES", "routes"]


def routes(house: House) -> list[ControllerRouterHandler]:
    """Return the handlers of this door. They answer for every method and address below its two prefixes."""
    door = PartnerDoor(house)
    return [
        post(TOKENS, status_code=200)(_handler(door, door.token)),
        post(ORDERS, status_code=200)(_handler(door, door.order)),
        get(DETAIL)(_handler(door, door.detail)),
        route([TOKENS, ORDERS], http_method=_other_than("POST"), status_code=405)(
            _handler(door, _refuse_method("POST"))
        ),
        route(DETAIL, http_method=_other_than("GET"), status_code=405)(_handler(door, _refuse_method("GET"))),
        route(list(ELSEWHERE), http_method=list(_METHODS), status_code=404)(_handler(door, _nothing_here)),
    ]


def _handler(door: PartnerDoor, verb: Verb) -> Callable[[Request[Any, Any, Any]], Awaitable[ASGIApp]]:
    async def handle(request: Request[Any, Any, Any]) -> ASGIApp:
        return _sent(await door.serve(Call(cast("dict[str, Any]", request.scope), request.receive), verb))

    return handle


def _sent(reply: Reply) -> ASGIApp:
    """Return the application that sends `reply` as it is: the framework's responses would name the charset twice."""
    headers = {"content-type": reply.content_type, "content-length": str(len(reply.body)), **reply.headers}
    encoded = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]

    async def send_it(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": reply.status, "headers": encoded})
        await send({"type": "http.response.body", "body": reply.body, "more_body": False})

    return send_it


def _other_than(method: Method) -> list[Method]:
    return [other for other in _METHODS if other != method]


def _refuse_method(allow: str) -> Verb:
    async def refuse(_call: Call) -> Reply:
        raise MethodRefused(allow)

    return refuse


async def _nothing_here(_call: Call) -> Reply:
    raise PageUnknown
