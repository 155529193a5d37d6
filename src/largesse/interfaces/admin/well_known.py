"""`/.well-known/webauthn`: on which origins the passkeys of this site may be used (WebAuthn, related origins)."""

from collections.abc import Sequence

import msgspec
from litestar import MediaType, Response, get
from litestar.handlers import HTTPRouteHandler

from largesse.interfaces.admin.dependencies import AdminDependencies
from largesse.services.staff import origins_of

PATH = "/.well-known/webauthn"


def well_known_routes(deps: AdminDependencies) -> Sequence[HTTPRouteHandler]:
    """Return the route."""
    body = msgspec.json.encode({"origins": origins_of(deps)})

    @get(PATH, include_in_schema=False, sync_to_thread=False)
    def origins() -> Response[bytes]:
        """Name the origins; it is public, and the same for everybody."""
        headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "max-age=3600"}
        return Response(body, media_type=MediaType.JSON, headers=headers)

    return [origins]
