"""A reader's preferences, language and light: kept in cookies, for there are no accounts."""

from typing import Annotated, Final
from urllib.parse import quote

import msgspec
from litestar import Response, post
from litestar.datastructures import Cookie
from litestar.enums import RequestEncodingType
from litestar.handlers import HTTPRouteHandler
from litestar.params import Body

from largesse.kernel.errors import FieldError
from largesse.ui import (
    LANGUAGES,
    PREFERENCES_PATH,
    ColourScheme,
    Templates,
    Visit,
    local_path,
)
from largesse.web.cookies import cookie_of
from largesse.web.errors import ParametersInvalid
from largesse.web.negotiation import preferred_language
from largesse.web.request import AnyRequest
from largesse.web.responses import see_other

LANGUAGE_COOKIE: Final = "language"
THEME_COOKIE: Final = "theme"
LANGUAGE_QUERY: Final = "lang"
"""What names a language in an address: a link of another site leads to the page in it."""
_YEAR_S: Final = 31_536_000
# What may stand in a path and in a query besides letters and digits (RFC 3986 §3.3 and §3.4).
_PATH_SAFE: Final = "/!$&'()*+,;=:@~"
_QUERY_SAFE: Final = _PATH_SAFE + "?%"


class Preferences(msgspec.Struct, frozen=True, kw_only=True):
    """A language or a theme that a reader chose, and where to come back to."""

    here: str = "/"
    language: str | None = None
    theme: str | None = None


def visit_of(request: AnyRequest) -> Visit:
    """Return how the sender of `request` wants to be shown pages.

    The address counts first (`?lang=fr`), then the cookie, then `Accept-Language`.
    """
    path = quote(request.scope["path"], safe=_PATH_SAFE, errors="replace")
    query = "&".join(
        part
        for part in quote(request.scope["query_string"], safe=_QUERY_SAFE).split("&")
        if not part.startswith(f"{LANGUAGE_QUERY}=")  # who changes the language comes back without it
    )
    visit = Visit(here=local_path(f"{path}?{query}" if query else path))
    liked = preferred_language(request.headers.get("accept-language", ""), LANGUAGES)
    chosen = cookie_of(request, LANGUAGE_COOKIE), cookie_of(request, THEME_COOKIE)
    visit = visit.with_preferences(language=liked, theme=None).with_preferences(language=chosen[0], theme=chosen[1])
    return visit.with_preferences(language=language_asked(request), theme=None)


def language_asked(request: AnyRequest) -> str:
    """Return the language that an address names, as it stands there; "" where it names none."""
    return request.query_params.get(LANGUAGE_QUERY, "")


def preference_cookies(templates: Templates, *, language: str | None, theme: str | None) -> list[Cookie]:
    """Return the cookies that keep a reader's preferences; what nobody offers is passed over."""
    chosen = {}
    if language in LANGUAGES:
        chosen[LANGUAGE_COOKIE] = language
    if theme in set(ColourScheme):
        chosen[THEME_COOKIE] = theme
    return [
        Cookie(key=key, value=value, max_age=_YEAR_S, httponly=True, secure=templates.https, samesite="lax")
        for key, value in chosen.items()
    ]


def preference_route(templates: Templates) -> HTTPRouteHandler:
    """Return the handler that keeps preferences."""

    @post(PREFERENCES_PATH, include_in_schema=False, sync_to_thread=False, status_code=303, exclude_from_csrf=True)
    def prefer(data: Annotated[Preferences, Body(media_type=RequestEncodingType.URL_ENCODED)]) -> Response[bytes]:
        """Keep a reader's language or theme in a cookie and go back.

        Nothing else can be changed here, so no token is asked for.
        """
        cookies = preference_cookies(templates, language=data.language, theme=data.theme)
        if not data.here.isascii():  # no page of ours writes an address like that
            fault = FieldError(
                "here", "here.invalid", "Write the address to come back to with percent signs, in ASCII."
            )
            raise ParametersInvalid(fields=[fault])
        return see_other(local_path(data.here), cookies=cookies)

    return prefer
