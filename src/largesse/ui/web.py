"""The look over HTTP: sending assets, keeping a reader's wishes, and answering with a page.

Doors use it like this:

    visit = visit_of(request)
    return page(templates, "storefront/redeem.html", request, {"certificate": view}, brand=brand)
"""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from litestar import MediaType, Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.enums import RequestEncodingType
from litestar.handlers import HTTPRouteHandler
from litestar.params import Body, FromPath

from largesse.ui.assets import ASSETS_PATH, Asset
from largesse.ui.catalogue import LANGUAGES
from largesse.ui.headers import security_headers
from largesse.ui.pages import Templates
from largesse.ui.visit import HOUSE, LANGUAGE_COOKIE, PREFERENCES_PATH, THEME_COOKIE, Brand, Theme, Visit, local_path

_YEAR_S = 31_536_000

AnyRequest = Request[Any, Any, Any]


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """Read what a reader wishes: a language or a theme, and where to come back to."""

    here: str = "/"
    language: str | None = None
    theme: str | None = None


def visit_of(request: AnyRequest) -> Visit:
    """Return how the sender of `request` wants to be shown pages: by cookie first, then by `Accept-Language`."""
    query = request.scope["query_string"].decode("latin-1")
    return Visit.of(
        cookie_language=request.cookies.get(LANGUAGE_COOKIE),
        cookie_theme=request.cookies.get(THEME_COOKIE),
        accept_language=request.headers.get("accept-language", ""),
        here=f"{request.scope['path']}?{query}" if query else request.scope["path"],
    )


def wish_cookies(templates: Templates, *, language: str | None, theme: str | None) -> list[Cookie]:
    """Return the cookies that keep a reader's wishes; what nobody offers is passed over."""
    chosen = {}
    if language in LANGUAGES:
        chosen[LANGUAGE_COOKIE] = language
    if theme in set(Theme):
        chosen[THEME_COOKIE] = theme
    return [
        Cookie(key=key, value=value, max_age=_YEAR_S, httponly=True, secure=templates.https, samesite="lax")
        for key, value in chosen.items()
    ]


def page(
    templates: Templates,
    template: str,
    request: AnyRequest,
    values: Mapping[str, object] | None = None,
    *,
    brand: Brand = HOUSE,
    demo: bool = False,
    status_code: int = 200,
    form_targets: tuple[str, ...] = (),
    keep: bool = False,
    visit: Visit | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response[str]:
    """Return the page `template` with the security headers; `values` are what the template names.

    `form_targets` and `keep` are those of `security_headers`. `visit` replaces what the request says;
    `headers` are sent besides.
    """
    seen_by = visit or visit_of(request)
    return Response(
        templates.render(template, visit=seen_by, brand=brand, demo=demo, **(values or {})),
        status_code=status_code,
        media_type=MediaType.HTML,
        headers={
            **security_headers(form_targets=form_targets, https=templates.https, keep=keep),
            "Content-Language": seen_by.language,
            "Vary": "Accept-Language, Cookie",
            **(headers or {}),
        },
    )


def ui_routes(templates: Templates) -> list[HTTPRouteHandler]:
    """Return the handlers that every app with pages needs once: assets and the reader's wishes."""

    @get(f"{ASSETS_PATH}/{{name:path}}", include_in_schema=False, sync_to_thread=False)
    def asset(name: FromPath[str], request: AnyRequest) -> Response[bytes]:
        """Send a file that never changes, compressed where the browser can read that."""
        found = templates.assets.find(f"{ASSETS_PATH}/{name.removeprefix('/')}")
        if found is None:
            return Response(b"There is no such file.\n", status_code=404, media_type=MediaType.TEXT)
        return _send(found, request)

    @post(PREFERENCES_PATH, include_in_schema=False, sync_to_thread=False, status_code=303, exclude_from_csrf=True)
    def wish(data: Annotated[Wishes, Body(media_type=RequestEncodingType.URL_ENCODED)]) -> Response[bytes]:
        """Keep a reader's language or theme in a cookie and go back.

        Nothing else can be changed here, so no token is asked for.
        """
        cookies = wish_cookies(templates, language=data.language, theme=data.theme)
        headers = {"Location": local_path(data.here), "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
        return Response(b"", status_code=303, headers=headers, cookies=cookies, media_type=MediaType.TEXT)

    return [asset, wish]


def _send(found: Asset, request: AnyRequest) -> Response[bytes]:
    headers = {
        "ETag": found.etag,
        "Cache-Control": f"public, max-age={_YEAR_S}, immutable",
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    if request.headers.get("if-none-match") == found.etag:
        return Response(b"", status_code=304, headers=headers, media_type=found.media_type)
    if found.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(found.packed, headers={**headers, "Content-Encoding": "gzip"}, media_type=found.media_type)
    return Response(found.body, headers=headers, media_type=found.media_type)
