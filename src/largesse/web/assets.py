"""The files that pages are dressed with, over HTTP: an address never changes what it stands for."""

from typing import Final

from litestar import MediaType, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from largesse.ui import ASSETS_PATH, Asset, Templates
from largesse.web.negotiation import reads_gzip
from largesse.web.preferences import preference_route
from largesse.web.request import AnyRequest

_YEAR_S: Final = 31_536_000


def ui_routes(templates: Templates) -> list[HTTPRouteHandler]:
    """Return the handlers that every app with pages needs once: assets and the reader's preferences."""

    @get(f"{ASSETS_PATH}/{{name:path}}", include_in_schema=False, sync_to_thread=False)
    def asset(name: FromPath[str], request: AnyRequest) -> Response[bytes]:
        """Send a file that never changes, compressed where the browser can read that."""
        found = templates.assets.find(f"{ASSETS_PATH}/{name.removeprefix('/')}")
        if found is None:
            return Response(b"There is no such file.\n", status_code=404, media_type=MediaType.TEXT)
        return _send(found, request)

    return [asset, preference_route(templates)]


def _send(found: Asset, request: AnyRequest) -> Response[bytes]:
    headers = {
        "ETag": found.etag,
        "Cache-Control": f"public, max-age={_YEAR_S}, immutable",
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "cross-origin" if found.for_others else "same-origin",
        # What another web site checks by its hash has to be readable by it (SRI, "shouldn't leak").
        **({"Access-Control-Allow-Origin": "*"} if found.for_others else {}),
    }
    if request.headers.get("if-none-match") == found.etag:
        return Response(b"", status_code=304, headers=headers, media_type=found.media_type)
    if found.packed is not None and reads_gzip(request):
        return Response(found.packed, headers={**headers, "Content-Encoding": "gzip"}, media_type=found.media_type)
    return Response(found.body, headers=headers, media_type=found.media_type)
