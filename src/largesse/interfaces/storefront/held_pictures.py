"""The certificate that somebody holds, as a picture of its own address, which does not name its number.

    /gifts/certificate.svg?key=…

The key names the certificate, is signed, and ends: only a page that was asked for with the number shows it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec
from litestar import MediaType, Response, get
from litestar.types import ControllerRouterHandler

from largesse.domain import merchants
from largesse.interfaces.storefront.dependencies import StorefrontDependencies
from largesse.interfaces.storefront.limits import LOOKS
from largesse.interfaces.storefront.previews import PREVIEW_HEADERS
from largesse.kernel.errors import NotFound, Unavailable
from largesse.kernel.tokens import TokenKind, TokenRefused
from largesse.services.certificates import Located
from largesse.services.gifts import picture_of_held
from largesse.web.client import client_in
from largesse.web.errors import TooManyRequests
from largesse.web.rate_limits import RateLimit
from largesse.web.request import AnyRequest
from largesse.web.responses import retry_after

PICTURE_PATH: Final = "/gifts/certificate.svg"
_GOOD_FOR: Final = timedelta(hours=12)


class _Key(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """Which certificate a picture shows, and until when."""

    merchant_id: UUID
    certificate_id: UUID
    ends_at: datetime


_KEYS: Final = TokenKind("held-picture", _Key, length_max=300)


def held_picture_url(deps: StorefrontDependencies, found: Located) -> str:
    """Return the address of the picture of a certificate whose number was brought."""
    place = found.place
    ends_at = deps.clock.now() + _GOOD_FOR
    key = _Key(merchant_id=place.merchant_id, certificate_id=place.certificate_id, ends_at=ends_at)
    return f"{PICTURE_PATH}?key={_KEYS.sign(deps.keyring, key)}"


def held_picture_routes(deps: StorefrontDependencies) -> Sequence[ControllerRouterHandler]:
    """Return the route of pictures of what people hold."""
    pictures = RateLimit(LOOKS)

    @get(PICTURE_PATH, include_in_schema=False)
    async def show(request: AnyRequest) -> Response[bytes]:
        """Send the certificate as it stands."""
        now = deps.clock.now()
        try:
            pictures.admit(client_in(request.scope))
        except TooManyRequests as refused:
            return Response(b"", status_code=429, headers=retry_after(refused.retry_after_s), media_type=MediaType.TEXT)
        try:
            key = _KEYS.read(deps.keyring, request.query_params.get("key", ""))
            if now >= key.ends_at:
                raise TokenRefused
            async with deps.database.connection() as connection:
                merchant = await merchants.merchant_of_id(connection, key.merchant_id)
            content = await picture_of_held(deps, merchant, key.certificate_id, now=now)
        except (TokenRefused, NotFound):
            return Response(b"There is no such picture.\n", status_code=404, media_type=MediaType.TEXT)
        except Unavailable as busy:
            return Response(b"", status_code=503, headers=retry_after(busy.retry_after_s), media_type=MediaType.TEXT)
        return Response(content, headers=PREVIEW_HEADERS | {"Cache-Control": "no-store"}, media_type="image/svg+xml")

    return [show]
