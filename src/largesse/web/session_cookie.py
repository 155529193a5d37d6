"""Who is visiting, without an account: a random token in a cookie of one shop's own."""

import secrets
from typing import Final

import msgspec
from litestar.datastructures import Cookie

from largesse.web.cookies import cookie_of
from largesse.web.request import AnyRequest

NAME: Final = "session"
TOKEN_BYTES: Final = 24
TOKEN_LENGTH: Final = 32  # in base64url
_KEPT_S: Final = 30 * 24 * 3600
_ALPHABET: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A visitor's token; `is_new` when the browser does not have it yet."""

    token: str
    is_new: bool = False

    def cookie(self, path: str, *, https: bool) -> Cookie:
        """Return the cookie to set for the pages below `path`; anew with every form, so that it lasts."""
        return Cookie(
            key=NAME, value=self.token, path=path, max_age=_KEPT_S, httponly=True, secure=https, samesite="lax"
        )


def ended_session(path: str, *, https: bool) -> Cookie:
    """Return the cookie that takes the token out of a browser again."""
    return Cookie(key=NAME, value="", path=path, max_age=0, httponly=True, secure=https, samesite="lax")


def known_session(request: AnyRequest) -> str | None:
    """Return the token that the browser has, None when it has none that could be ours."""
    token = cookie_of(request, NAME) or ""
    return token if len(token) == TOKEN_LENGTH and _ALPHABET.issuperset(token) else None


def session_of(request: AnyRequest) -> Session:
    """Return the visitor's session, a fresh one for who comes for the first time."""
    token = known_session(request)
    return Session(token=token) if token else Session(token=secrets.token_urlsafe(TOKEN_BYTES), is_new=True)
