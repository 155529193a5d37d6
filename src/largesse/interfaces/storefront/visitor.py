"""Who is shopping, without an account: a random token in a cookie of the shop's own, and the mark that forms carry.

The mark is a keyed digest of the token (signed double submit, OWASP): another site can neither read the cookie nor make
the mark, so it cannot send a form in the visitor's name. Nothing is stored for it.
"""

import base64
import hmac
from typing import Final

import msgspec
from litestar.datastructures import Cookie

from largesse.domain.drafts import fresh_token
from largesse.domain.drafts.model import TOKEN_LENGTH
from largesse.interfaces.storefront.dependencies import StorefrontDependencies
from largesse.web.request import AnyRequest

COOKIE: Final = "present"
FIELD: Final = "mark"
_KEPT_S: Final = 30 * 24 * 3600
_ALPHABET: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


class Visitor(msgspec.Struct, frozen=True, kw_only=True):
    """A visitor's token; `is_new` when the browser does not have it yet."""

    token: str
    is_new: bool = False

    def mark(self, deps: StorefrontDependencies) -> str:
        """Return what the visitor's forms carry."""
        return _written(deps.keyring.lookup(_context(self.token)))

    def cookies(self, path: str, *, https: bool) -> list[Cookie]:
        """Return the cookie to set, for the shop at `path` only; anew at every form, so that it lasts."""
        return [
            Cookie(
                key=COOKIE, value=self.token, path=path, max_age=_KEPT_S, httponly=True, secure=https, samesite="lax"
            )
        ]


def known_token(request: AnyRequest) -> str | None:
    """Return the token that the browser has, None when it has none that could be ours."""
    token = request.cookies.get(COOKIE, "")
    return token if len(token) == TOKEN_LENGTH and _ALPHABET.issuperset(token) else None


def visitor_of(request: AnyRequest) -> Visitor:
    """Return who is shopping, with a fresh token for who comes for the first time."""
    token = known_token(request)
    return Visitor(token=token) if token else Visitor(token=fresh_token(), is_new=True)


def is_own_form(deps: StorefrontDependencies, request: AnyRequest, mark: str) -> bool:
    """Return whether a form was sent from a page of ours to this browser."""
    token = known_token(request)
    if token is None or request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return False
    given = mark.encode("utf-8", errors="replace")
    live = (_written(digest).encode() for digest in deps.keyring.lookups(_context(token)))
    return any(hmac.compare_digest(given, one) for one in live)


def _context(token: str) -> str:
    return f"storefront form {token}"


def _written(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest[:24]).decode()
