"""The partner API: orders on account over HTTP, in XML and JSON, compatible to the letter with the source's API.

Handlers take raw bytes and send raw bytes, one codec for each direction. On the hot paths they are plain ASGI
applications below the framework's router, whose parameter models and responses cost more than the reading of an order;
where a path has parameters, the framework reads them.
"""

from collections.abc import Mapping
from typing import Any, cast

from litestar import asgi, get, route
from litestar.types import ASGIApp, AsyncAnyCallable, ControllerRouterHandler, Method, Receive, Scope, Send

from largesse.interfaces.partner_api.call import Call
from largesse.interfaces.partner_api.dependencies import PartnerApiDependencies
from largesse.interfaces.partner_api.interface import PartnerInterface, Reply, Verb
from largesse.interfaces.partner_api.order_form import request_of
from largesse.web.errors import MethodRefused, PageUnknown

TOKENS = "/api/userservice/tokens"
ORDERS = "/api/secure/givingservice/giftcertificates"
INVOICES = "/api/secure/givingservice/invoices"
DETAIL = "/api/secure/givingservice/giftcertificatedetail/{number:str}"
ELSEWHERE = (
    "/api/userservice",
    "/api/userservice/{rest:path}",
    "/api/secure",
    "/api/secure/{rest:path}",
    # The router does not look back from a longer path to a wider pattern: each step of the way to DETAIL has its own.
    "/api/secure/givingservice",
    "/api/secure/givingservice/{rest:path}",
    "/api/secure/givingservice/giftcertificatedetail",
)
# A redeem URL in place of the number has slashes of its own.
BEHIND_DETAIL = f"{DETAIL}/{{rest:path}}"

_OTHER_THAN_GET: tuple[Method, ...] = ("POST", "PUT", "PATCH", "DELETE", "HEAD")

__all__ = ["request_of", "routes"]


def routes(deps: PartnerApiDependencies) -> list[ControllerRouterHandler]:
    """Return the handlers of this interface. They answer for every method and address below its two prefixes."""
    interface = PartnerInterface(deps)
    return [
        asgi(TOKENS, copy_scope=False)(_handler(interface, {"POST": interface.token})),
        asgi(ORDERS, copy_scope=False)(_handler(interface, {"POST": interface.order})),
        asgi(INVOICES, copy_scope=False)(_handler(interface, {"GET": interface.invoices})),
        get(DETAIL)(_asked(_handler(interface, {"GET": interface.detail}))),
        route(DETAIL, http_method=list(_OTHER_THAN_GET), status_code=405)(
            _asked(_handler(interface, {"GET": interface.detail}))
        ),
        get(BEHIND_DETAIL)(_asked(_handler(interface, {"GET": interface.detail}))),
        route(BEHIND_DETAIL, http_method=list(_OTHER_THAN_GET), status_code=404)(_asked(_handler(interface, {}))),
        route(list(ELSEWHERE), http_method=["GET", *_OTHER_THAN_GET], status_code=404)(_asked(_handler(interface, {}))),
    ]


def _handler(interface: PartnerInterface, verbs: Mapping[str, Verb]) -> AsyncAnyCallable:
    otherwise = _refuse_method(", ".join(verbs)) if verbs else _nothing_here

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        verb = verbs.get(str(scope.get("method")), otherwise)
        reply = await interface.serve(Call(cast("dict[str, Any]", scope), receive), verb)
        headers = {"content-type": reply.content_type, "content-length": str(len(reply.body)), **reply.headers}
        encoded = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": reply.status, "headers": encoded})
        await send({"type": "http.response.body", "body": reply.body, "more_body": False})

    return handle


def _asked(app: ASGIApp) -> AsyncAnyCallable:
    """Return the handler that lets the framework read the path, and then answers with `app`."""

    async def handle() -> ASGIApp:
        return app

    return handle


def _refuse_method(allow: str) -> Verb:
    async def refuse(_call: Call) -> Reply:
        raise MethodRefused(allow)

    return refuse


async def _nothing_here(_call: Call) -> Reply:
    raise PageUnknown
