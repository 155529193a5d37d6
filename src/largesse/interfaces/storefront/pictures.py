"""A merchant's pictures, as browsers fetch them.

    /pictures/<merchant id>/<picture id>/640.webp

The bytes behind an address never change: an id follows from what was uploaded. So a browser may keep them for ever.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from litestar import MediaType, Response, get
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from largesse.domain import catalog
from largesse.domain.catalog import Picture, PictureFormat, PictureUnknown
from largesse.interfaces.storefront.dependencies import StorefrontDependencies

PICTURES_PATH: Final = "/pictures"
_HEADERS: Final = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def picture_url(picture: Picture, *, width: int | None = None, fallback: bool = True) -> str:
    """Return the address of a picture in one of its widths (the widest), as its fallback format or as WebP."""
    kind = picture.fallback if fallback else PictureFormat.WEBP
    shown = picture.widths[-1] if width is None else width
    return f"{PICTURES_PATH}/{picture.merchant_id}/{picture.picture_id}/{shown}.{kind.value}"


def srcset(picture: Picture, *, fallback: bool = False) -> str:
    """Return a `srcset` of all widths, as WebP or as the fallback format, for a browser to choose from."""
    return ", ".join(f"{picture_url(picture, width=width, fallback=fallback)} {width}w" for width in picture.widths)


def picture_routes(deps: StorefrontDependencies) -> Sequence[ControllerRouterHandler]:
    """Return the route that serves pictures."""

    @get(f"{PICTURES_PATH}/{{merchant_id:uuid}}/{{picture_id:uuid}}/{{name:str}}", include_in_schema=False)
    async def serve(merchant_id: FromPath[UUID], picture_id: FromPath[UUID], name: FromPath[str]) -> Response[bytes]:
        """Send a picture in one width and format."""
        try:
            width, kind = _read(name)
            async with deps.database.connection() as connection:
                content = await catalog.picture(connection, merchant_id, picture_id, width, kind)
        except PictureUnknown:
            return Response(b"There is no such picture.\n", status_code=404, media_type=MediaType.TEXT)
        return Response(content, headers=_HEADERS, media_type=kind.media_type)

    return [serve]


def _read(name: str) -> tuple[int, PictureFormat]:
    width, _, kind = name.partition(".")
    known = {one.value: one for one in PictureFormat}
    if not (width.isascii() and width.isdigit() and len(width) <= 5 and kind in known):
        raise PictureUnknown
    return int(width), known[kind]
