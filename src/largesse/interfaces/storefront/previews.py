"""The certificate while it is being written: the typesetter's own page, as a picture of its own address.

    /<slug>/preview.svg?key=…
    /<slug>/designs/engraved-7a2e3b.svg

The key holds the choices and the words, signed: only what a page of ours shows is drawn, and words only for the
browser that they were typed in, so that nobody can have pictures made in a merchant's name and show them around. It is
a `key` because what it holds is private, and the log masks that. A sample number stands on the certificate, which no
till takes.

A design to choose is shown without anything on it: a small drawing that is the same for everybody, by its accent.
"""

import gzip
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Final

import msgspec
from litestar import MediaType, Response, get
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from largesse.domain.catalog import MESSAGE_MAX, NAME_MAX, CertificateFace, Design, Offering
from largesse.interfaces.storefront.form_passes import hour_of, is_fresh
from largesse.interfaces.storefront.shops import Shop
from largesse.interfaces.storefront.storefront import DRAFTED, ShopUnknown, Storefront
from largesse.kernel.tokens import SigningKeys, TokenKind, TokenRefused
from largesse.services.checkout import Sketch, preview_face
from largesse.ui import Brand
from largesse.web.client import client_in
from largesse.web.errors import TooManyRequests
from largesse.web.negotiation import reads_gzip
from largesse.web.request import AnyRequest
from largesse.web.responses import retry_after
from largesse.web.session_cookie import known_session

KEPT_MAX: Final = 48
_PACKING: Final = 6
_DRAWN: Final = re.compile(r"(?P<design>[a-z]+)-(?P<accent>[0-9a-f]{6})\.svg")
PREVIEW_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; img-src data:; style-src 'unsafe-inline'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "private, max-age=600",
    "Vary": "Accept-Encoding, Cookie",
}
_DESIGN_HEADERS: Final = PREVIEW_HEADERS | {"Cache-Control": "public, max-age=604800", "Vary": "Accept-Encoding"}


class _Key(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """What a preview shows."""

    offering: str
    sketch: Sketch


class _FrameKey(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """What a preview shows in a frame of another web site, where there is no session: within hours of one."""

    offering: str
    sketch: Sketch
    hour: int


_OF_A_SAMPLE: Final = TokenKind("preview-sample", _Key)
_OF_A_DRAFT: Final = TokenKind("preview", _Key)
_OF_A_FRAME: Final = TokenKind("preview-frame", _FrameKey)


class PreviewLinks:
    """Signs the addresses of previews for one session; without one only samples, on which nobody has written.

    In a frame there is no session: `framed_at` is when such a page was written, and what it shows ends within hours.
    """

    def __init__(self, keys: SigningKeys, session: str = "", *, framed_at: datetime | None = None) -> None:
        self._keys = keys
        self._session = session
        self._framed_at = framed_at

    def url(self, shop: Shop, offering: Offering, sketch: Sketch) -> str:
        """Return the address of the preview of a sketch."""
        shown = msgspec.structs.replace(
            sketch, to=sketch.to[:NAME_MAX], sender=sketch.sender[:NAME_MAX], message=sketch.message[:MESSAGE_MAX]
        )
        key = _Key(offering=offering.slug, sketch=shown)
        is_sample = not (shown.to or shown.sender or shown.message)
        if self._framed_at is not None and not is_sample:
            framed = _FrameKey(offering=offering.slug, sketch=shown, hour=hour_of(self._framed_at))
            return f"{shop.path}/preview.svg?key={_OF_A_FRAME.sign(self._keys, framed, bound_to=_bound(shop, ''))}"
        kind, session = (_OF_A_SAMPLE, "") if is_sample else (_OF_A_DRAFT, self._session)
        drafted = f"&{DRAFTED}={shop.drafted}" if shop.drafted else ""
        return f"{shop.path}/preview.svg?key={kind.sign(self._keys, key, bound_to=_bound(shop, session))}{drafted}"

    def read(self, shop: Shop, text: str, *, now: datetime) -> _Key:
        """Return what a key asks for.

        Raises:
            TokenRefused: it is not of this shop, or what it shows was written by somebody else, or in a frame too long
                ago.
        """
        for kind, session in ((_OF_A_SAMPLE, ""), (_OF_A_DRAFT, self._session)):
            with suppress(TokenRefused):
                return kind.read(self._keys, text, bound_to=_bound(shop, session))
        framed = _OF_A_FRAME.read(self._keys, text, bound_to=_bound(shop, ""))
        if not is_fresh(framed.hour, now=now):
            raise TokenRefused
        return _Key(offering=framed.offering, sketch=framed.sketch)


def design_url(brand: Brand, design: Design) -> str:
    """Return the address of a design in the merchant's colour, with nothing written on it."""
    return f"{brand.home}/designs/{design.value}-{brand.accent.removeprefix('#').lower()}.svg"


def _bound(shop: Shop, session: str) -> bytes:
    return shop.merchant.merchant_id.bytes + session.encode()


def preview_routes(front: Storefront) -> Sequence[ControllerRouterHandler]:
    """Return the routes of previews, and of designs."""
    kept = _Kept(front)

    @get("/{slug:str}/preview.svg", include_in_schema=False)
    async def preview(slug: FromPath[str], request: AnyRequest) -> Response[bytes]:
        """Send the certificate as it would be printed now."""
        try:
            front.limits.previews.admit(client_in(request.scope))
        except TooManyRequests as refused:
            return Response(b"", status_code=429, headers=retry_after(refused.retry_after_s), media_type=MediaType.TEXT)
        try:
            shop = await front.seen_shop(slug, request)
            links = PreviewLinks(front.deps.keyring, known_session(request) or "")
            face = _face(front, shop, links, request.query_params.get("key", ""))
        except ShopUnknown:
            face = None
        if face is None:
            return Response(b"There is no such preview.\n", status_code=404, media_type=MediaType.TEXT)
        return _sent(await kept.page_of(face), request, PREVIEW_HEADERS)

    @get("/{slug:str}/designs/{name:str}", include_in_schema=False)
    async def design(slug: FromPath[str], name: FromPath[str], request: AnyRequest) -> Response[bytes]:
        """Send a design as it is before anything is written on it."""
        try:
            front.limits.previews.admit(client_in(request.scope))
        except TooManyRequests as refused:
            return Response(b"", status_code=429, headers=retry_after(refused.retry_after_s), media_type=MediaType.TEXT)
        named = _DRAWN.fullmatch(name)
        if named is None or named["design"] not in set(Design) or await front.shops.of(slug) is None:
            return Response(b"There is no such design.\n", status_code=404, media_type=MediaType.TEXT)
        packed = await kept.design_of(Design(named["design"]), f"#{named['accent']}")
        return _sent(packed, request, _DESIGN_HEADERS)

    return [preview, design]


def _sent(packed: bytes, request: AnyRequest, headers: Mapping[str, str]) -> Response[bytes]:
    if reads_gzip(request):
        return Response(packed, headers={**headers, "Content-Encoding": "gzip"}, media_type="image/svg+xml")
    return Response(gzip.decompress(packed), headers=headers, media_type="image/svg+xml")


class _Kept:
    """Keep the pages that were asked for last: every visitor sees the same first ones."""

    def __init__(self, front: Storefront) -> None:
        self._front = front
        self._pages: OrderedDict[tuple[object, ...], bytes] = OrderedDict()

    async def page_of(self, face: CertificateFace) -> bytes:
        """Return the page of a face, compressed."""
        key = tuple(getattr(face, name) for name in CertificateFace.__struct_fields__)
        return await self._kept(key, lambda: self._front.deps.typesetter.preview_svg(face))

    async def design_of(self, design: Design, accent: str) -> bytes:
        """Return a design in a colour, compressed."""
        return await self._kept((design, accent), lambda: self._front.deps.typesetter.thumbnail_svg(design, accent))

    async def _kept(self, key: tuple[object, ...], draw: Callable[[], Awaitable[bytes]]) -> bytes:
        if key in self._pages:
            self._pages.move_to_end(key)
            return self._pages[key]
        packed = gzip.compress(await draw(), _PACKING)
        self._pages[key] = packed
        if len(self._pages) > KEPT_MAX:
            self._pages.popitem(last=False)
        return packed


def _face(front: Storefront, shop: Shop, links: PreviewLinks, text: str) -> CertificateFace | None:
    """Return the face that a key asks for, None when it is not ours or what it shows is no longer on sale."""
    try:
        key = links.read(shop, text, now=front.deps.clock.now())
    except TokenRefused:
        return None
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
