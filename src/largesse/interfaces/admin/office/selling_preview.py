"""The certificate of a sale on behalf, as it would arrive: a picture behind an address that holds what is drawn."""

from typing import Final

import msgspec
from litestar import MediaType, Response

from largesse.domain import catalog
from largesse.domain.catalog import Offering, OfferingUnknown
from largesse.domain.merchants import Merchant
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.kernel.numbers import make_sample_number
from largesse.kernel.tokens import TokenKind, TokenRefused
from largesse.services.catalog import logo_of
from largesse.services.checkout import Sketch, preview_face

_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; img-src data:; style-src 'unsafe-inline'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "private, max-age=600",
    "Vary": "Cookie",
}
_SHOWN_MAX: Final = 200


class _Drawn(msgspec.Struct, frozen=True, array_like=True):
    """What is drawn: an offering by slug, and what is known of the gift."""

    offering: str
    sketch: Sketch


_KIND: Final = TokenKind("office-sale-preview", _Drawn)


def sale_preview_address(front: StaffFront, merchant: Merchant, offering: Offering, sketch: Sketch) -> str:
    """Return the address of the certificate that a sketch would become; what is too long is cut."""
    shown = msgspec.structs.replace(
        sketch,
        to=sketch.to[:_SHOWN_MAX],
        sender=sketch.sender[:_SHOWN_MAX],
        message=sketch.message[:_SHOWN_MAX],
    )
    token = _KIND.sign(front.deps.keyring, _Drawn(offering.slug, shown), bound_to=merchant.merchant_id.bytes)
    return f"/admin/{merchant.slug}/orders/new/preview.svg?key={token}"


class SalePreview:
    """Answer with certificates of sales that are being written."""

    def __init__(self, front: StaffFront) -> None:
        self._deps = front.deps

    async def draw(self, caller: Caller) -> Answer:
        """Return the picture."""
        merchant = caller.merchant
        assert merchant is not None
        try:
            key = caller.request.query_params.get("key", "")
            drawn = _KIND.read(self._deps.keyring, key, bound_to=merchant.merchant_id.bytes)
            async with self._deps.database.connection() as connection:
                offering = await catalog.find_offering(connection, merchant.merchant_id, drawn.offering)
                theme = await catalog.theme_of(connection, merchant.merchant_id)
                logo = await logo_of(connection, merchant, theme)
        except (TokenRefused, OfferingUnknown):
            return Response(b"This address is not one of ours.\n", status_code=422, media_type=MediaType.TEXT)
        face = preview_face(
            merchant,
            theme,
            offering,
            drawn.sketch,
            number=make_sample_number(merchant.prefix),
            logo=logo,
            base_url=self._deps.base_url,
            now=self._deps.clock.now(),
        )
        content = await self._deps.typesetter.preview_svg(face)
        return Response(content, headers=_HEADERS, media_type="image/svg+xml")
