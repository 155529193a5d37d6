"""The certificate while it is being written: the typesetter's own page, as a picture of its own address.

    /<slug>/preview.svg?key=…

The key holds the choices and the words, signed: only what a page of ours shows is drawn, so that nobody can have
pictures made in a merchant's name. It is a `key` because what it holds is private, and the log masks that. A sample
number stands on the certificate, which no till takes.
"""

import base64
import gzip
import hmac
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

import msgspec
from litestar import MediaType, Response, get
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from largesse.domain.catalog import Offering
from largesse.domain.catalog.certificate_face import CertificateFace
from largesse.interfaces.storefront.shops import Shop
from largesse.interfaces.storefront.storefront import ShopUnknown, Storefront
from largesse.services.checkout import Sketch, preview_face
from largesse.web.request import AnyRequest

KEPT_MAX: Final = 48
_ENCODER: Final = msgspec.json.Encoder()
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; img-src data:; style-src 'unsafe-inline'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "private, max-age=600",
    "Vary": "Accept-Encoding",
}


class _Key(msgspec.Struct, frozen=True, kw_only=True):
    """What a preview shows."""

    offering: str
    sketch: Sketch


_DECODER: Final = msgspec.json.Decoder(_Key)


def preview_url(shop: Shop, offering: Offering, sketch: Sketch) -> str:
    """Return the address of the preview of a sketch."""
    content = _written(_ENCODER.encode(_Key(offering=offering.slug, sketch=sketch)))
    return f"{shop.path}/preview.svg?key={content}.{_written(shop.sign(content))}"


def preview_routes(front: Storefront) -> Sequence[ControllerRouterHandler]:
    """Return the route of previews."""
    kept = _Kept(front)

    @get("/{slug:str}/preview.svg", include_in_schema=False)
    async def preview(slug: FromPath[str], request: AnyRequest) -> Response[bytes]:
        """Send the certificate as it would be printed now."""
        if not front.gates.previews.admit(request):
            return Response(b"", status_code=429, headers={"Retry-After": "60"}, media_type=MediaType.TEXT)
        try:
            shop = await front.shop(slug)
            face = _face(front, shop, request.query_params.get("key", ""))
        except ShopUnknown:
            face = None
        if face is None:
            return Response(b"There is no such preview.\n", status_code=404, media_type=MediaType.TEXT)
        packed = await kept.page_of(face)
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(packed, headers={**_HEADERS, "Content-Encoding": "gzip"}, media_type="image/svg+xml")
        return Response(gzip.decompress(packed), headers=_HEADERS, media_type="image/svg+xml")

    return [preview]


class _Kept:
    """Keep the pages that were asked for last: every visitor sees the same first ones."""

    def __init__(self, front: Storefront) -> None:
        self._front = front
        self._pages: OrderedDict[tuple[object, ...], bytes] = OrderedDict()

    async def page_of(self, face: CertificateFace) -> bytes:
        """Return the page of a face, compressed."""
        key = tuple(getattr(face, name) for name in CertificateFace.__struct_fields__)
        if key in self._pages:
            self._pages.move_to_end(key)
            return self._pages[key]
        packed = gzip.compress(await self._front.deps.typesetter.preview_svg(face), 5)
        self._pages[key] = packed
        if len(self._pages) > KEPT_MAX:
            self._pages.popitem(last=False)
        return packed


def _face(front: Storefront, shop: Shop, text: str) -> CertificateFace | None:
    """Return the face that a key asks for, None when it is not ours or what it shows is no longer on sale."""
    content, _, signature = text.partition(".")
    if not hmac.compare_digest(signature.encode(), _written(shop.sign(content)).encode()):
        return None
    key = _DECODER.decode(base64.urlsafe_b64decode(content + "=" * (-len(content) % 4)))
    offering = shop.offering(key.offering)
    if offering is None:
        return None
    return preview_face(
        shop.merchant,
        shop.theme,
        offering,
        key.sketch,
        number=shop.sample,
        logo=shop.logo,
        base_url=front.deps.base_url,
        now=front.deps.clock.now(),
    )


def _written(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
