"""The certificate while it is being written: the typesetter's own page, as a picture of its own address.

    /<slug>/preview.svg?offering=massage&design=botanical&language=fr&to=Ada&…

Everything in the address is text or a choice: nothing of it is believed, kept or logged, and an amount that cannot be
bought is not drawn. A sample number stands on it, which no till takes.
"""

import gzip
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlencode

from litestar import MediaType, Response, get
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from largesse.doors.storefront.forms import fields_of, whole_number
from largesse.doors.storefront.shops import Shop
from largesse.doors.storefront.storefront import ShopUnknown, Storefront
from largesse.flows.checkout.preview import Sketch, preview_face
from largesse.kernel.errors import LargesseError
from largesse.look import LANGUAGES
from largesse.look.web import AnyRequest
from largesse.rooms.catalog import Choice, Design, Offering, choice_faults
from largesse.rooms.catalog.certificate_face import CertificateFace

KEPT_MAX: Final = 48
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "private, max-age=600",
    "Vary": "Accept-Encoding",
}


def preview_url(shop: Shop, offering: Offering, sketch: Sketch) -> str:
    """Return the address of the preview of a sketch. What is empty is left out."""
    fields = {
        "offering": offering.slug,
        "design": sketch.design.value,
        "language": sketch.locale,
        "to": sketch.to,
        "from": sketch.sender,
        "message": sketch.message,
        "amount": str(sketch.amount or ""),
        "tip": str(sketch.tip or ""),
    }
    return f"{shop.path}/preview.svg?{urlencode({name: text for name, text in fields.items() if text})}"


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
            face = _face(front, shop, request)
        except (ShopUnknown, LargesseError):
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
        packed = gzip.compress(await self._front.house.typesetter.preview_svg(face), 5)
        self._pages[key] = packed
        if len(self._pages) > KEPT_MAX:
            self._pages.popitem(last=False)
        return packed


def _face(front: Storefront, shop: Shop, request: AnyRequest) -> CertificateFace | None:
    fields = fields_of(request.scope["query_string"].decode("latin-1"))
    offering = shop.offering(fields.get("offering", ""))
    design = fields.get("design", "")
    if offering is None or design not in set(Design):
        return None
    language = fields.get("language", "")
    now = front.house.clock.now()
    amount, tip = whole_number(fields.get("amount", "")), whole_number(fields.get("tip", "")) or 0
    choice = Choice(amount=amount, tip=min(tip, offering.gratuity.tip_max or 0))
    if any(fault.field == "amount" for fault in choice_faults(offering, choice, now=now)):
        amount, tip = None, 0
    sketch = Sketch(
        design=Design(design),
        locale=language if language in LANGUAGES else LANGUAGES[0],
        to=fields.get("to", ""),
        sender=fields.get("from", ""),
        message=fields.get("message", ""),
        amount=offering.price or amount,
        tip=tip,
    )
    return preview_face(
        shop.merchant,
        shop.theme,
        offering,
        sketch,
        number=shop.sample,
        logo=shop.logo,
        base_url=front.house.base_url,
        now=now,
    )
