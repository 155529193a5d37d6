"""What is asked for at fixed addresses without any page that names them: robots, sitemaps, icons."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Final
from xml.sax.saxutils import quoteattr

from litestar import MediaType, Response, get
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from largesse.domain.catalog import ICON_SIDES, Availability, icon_ico, icon_png
from largesse.interfaces.storefront.front_pages import listed_shops
from largesse.interfaces.storefront.shops import Shop
from largesse.interfaces.storefront.storefront import Storefront
from largesse.ui import DEFAULT_ACCENT, LANGUAGES

_DAY: Final = {"Cache-Control": "public, max-age=86400", "X-Content-Type-Options": "nosniff"}
_XML: Final = "application/xml"
# Whatever stands there is for staff, programs and holders, and tells crawlers nothing.
_CLOSED: Final = (
    "/admin/",
    "/api/",
    "/callbacks/",
    "/counter/",
    "/gifts/",
    "/partner/",
    "/partner$",
    "/staff/",
    "/test-payment/",
)
_URLSET: Final = (
    '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml">\n'
)
_INDEX: Final = '<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
_HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'


def crawler_routes(front: Storefront) -> Sequence[ControllerRouterHandler]:
    """Return the routes of robots, sitemaps and icons."""

    @get("/robots.txt", include_in_schema=False)
    async def robots() -> Response[str]:
        """Answer where crawlers need not go; a demonstration is no shop to be found."""
        closed = ("/",) if front.demo else _CLOSED
        lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed)]
        lines += [] if front.demo else ["", f"Sitemap: {front.deps.base_url}/sitemap.xml"]
        return Response("\n".join(lines) + "\n", headers=_DAY, media_type=MediaType.TEXT)

    @get("/sitemap.xml", include_in_schema=False)
    async def sitemaps() -> Response[str]:
        """Name the sitemaps of the shops that this installation lists."""
        listed = await listed_shops(front)
        if not listed:
            return Response("No shops are listed here.\n", status_code=404, media_type=MediaType.TEXT)
        entries = (f"<sitemap><loc>{front.deps.base_url}/{one.slug}/sitemap.xml</loc></sitemap>\n" for one in listed)
        return Response(f"{_HEAD}{_INDEX}{''.join(entries)}</sitemapindex>\n", headers=_DAY, media_type=_XML)

    @get("/{slug:str}/sitemap.xml", include_in_schema=False)
    async def sitemap(slug: FromPath[str]) -> Response[str]:
        """Name the pages of a shop that may be found, in each language."""
        shop = await front.shop(slug)
        return Response(_sitemap(shop, front.deps.base_url, front.deps.clock.now()), headers=_DAY, media_type=_XML)

    @get("/{slug:str}/icon/{name:str}", include_in_schema=False)
    async def icon(slug: FromPath[str], name: FromPath[str]) -> Response[bytes]:
        """Send a merchant's sign."""
        shop = await front.shop(slug)
        side = next((one for one in ICON_SIDES if name == f"{one}.png"), None)
        if side is None:
            return Response(b"There is no such icon.\n", status_code=404, media_type=MediaType.TEXT)
        made = await asyncio.to_thread(_png, shop.logo, shop.theme.accent, side)
        return Response(made, headers=_DAY, media_type="image/png")

    @get("/favicon.ico", include_in_schema=False)
    async def favicon() -> Response[bytes]:
        """Send the sign of the only shop, else the installation's."""
        logo, accent = await _sign(front)
        return Response(await asyncio.to_thread(_ico, logo, accent), headers=_DAY, media_type="image/x-icon")

    @get(["/apple-touch-icon.png", "/apple-touch-icon-precomposed.png"], include_in_schema=False)
    async def touch_icon() -> Response[bytes]:
        """Send the same for telephones."""
        logo, accent = await _sign(front)
        made = await asyncio.to_thread(_png, logo, accent, ICON_SIDES[-1])
        return Response(made, headers=_DAY, media_type="image/png")

    return [robots, sitemaps, sitemap, icon, favicon, touch_icon]


def _sitemap(shop: Shop, base_url: str, now: datetime) -> str:
    open_now = [
        one.slug for one in shop.offerings if one.availability(now) in {Availability.OPEN, Availability.SOLD_OUT}
    ]
    addresses = [f"{base_url}{shop.path}", *(f"{base_url}{shop.path}/gift/{slug}" for slug in open_now)]
    return f"{_HEAD}{_URLSET}{''.join(map(_entry, addresses))}</urlset>\n"


def _entry(address: str) -> str:
    links = "".join(
        f'<xhtml:link rel="alternate" hreflang="{language}" href={quoteattr(f"{address}?lang={language}")}/>'
        for language in LANGUAGES
    )
    return f"<url><loc>{address}</loc>{links}</url>\n"


async def _sign(front: Storefront) -> tuple[bytes | None, str]:
    listed = await listed_shops(front)
    shop = await front.shops.of(listed[0].slug) if len(listed) == 1 else None
    return (shop.logo, shop.theme.accent) if shop else (None, DEFAULT_ACCENT)


@lru_cache(maxsize=64)
def _png(logo: bytes | None, accent: str, side: int) -> bytes:
    return icon_png(logo, accent=accent, side=side)


@lru_cache(maxsize=8)
def _ico(logo: bytes | None, accent: str) -> bytes:
    return icon_ico(logo, accent=accent)
