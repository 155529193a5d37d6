"""The REST API for merchants' own programs, `/api/v1`: JSON, one table of routes, raw bytes in and out."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from litestar import asgi
from litestar.types import ControllerRouterHandler, Receive, Scope, Send

from largesse.interfaces.rest_api.buckets import READS_PER_S, WRITES_PER_S
from largesse.interfaces.rest_api.dependencies import RestDependencies
from largesse.interfaces.rest_api.document import encoded as document_text
from largesse.interfaces.rest_api.exchange import Exchange
from largesse.interfaces.rest_api.interface import RestInterface
from largesse.interfaces.rest_api.reference import reference_routes
from largesse.interfaces.rest_api.routing import PREFIX, RestRoute, RestRouter
from largesse.interfaces.rest_api.table import ROUTES
from largesse.ui import Templates

FOLDER = Path(__file__).parent  # its part of the look: templates/, locale/

USUAL_RATES = (READS_PER_S, WRITES_PER_S)
"""How much a key may read and write in a second."""

__all__ = ["FOLDER", "PREFIX", "ROUTES", "USUAL_RATES", "RestRoute", "document_text", "routes"]


def routes(
    deps: RestDependencies,
    templates: Templates | None = None,
    *,
    demo: bool = False,
    rates: tuple[int, int] = USUAL_RATES,
    table: Sequence[RestRoute] = ROUTES,
) -> Sequence[ControllerRouterHandler]:
    """Return the handlers of this interface: a plain ASGI application for all that stands below its prefix.

    With `templates` there is a page about it. In a `demo` anybody is given a sandbox. `rates` are how much a key may
    read and write in a second.
    """
    interface = RestInterface(deps, RestRouter(table), gives_sandboxes=demo, rates=rates)

    @asgi(PREFIX, is_mount=True, copy_scope=False)
    async def rest_api(scope: Scope, receive: Receive, send: Send) -> None:
        exchange = Exchange(_whole(cast("dict[str, Any]", scope)), receive)
        reply = await interface.serve(exchange)
        headers = {"content-length": str(len(reply.body)), **reply.headers}
        encoded = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": reply.status, "headers": encoded})
        await send({"type": "http.response.body", "body": reply.body, "more_body": False})
        interface.keep(exchange, reply)

    return [rest_api, *(reference_routes(templates) if templates else ())]


def _whole(scope: dict[str, Any]) -> dict[str, Any]:
    """Return a request with its whole path: the framework takes off what an application is mounted at."""
    path = str(scope["path"])
    if not path.startswith(PREFIX):
        scope["path"] = PREFIX + ("" if path == "/" else path.rstrip("/"))
    return scope
