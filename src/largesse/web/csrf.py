"""Whether a form was sent from a page of ours: CSRF tokens, and what the browser says of where a request comes from.

A token is bound to the session cookie (signed double submit, as OWASP describes it): another site can neither read the
cookie nor make the token, so it cannot send a form in a visitor's name. Nothing is stored for it. Each token differs
from the last, so that no compression on the way gives it away (BREACH).
"""

import secrets
from typing import Final

import msgspec

from largesse.kernel.tokens import SigningKeys, TokenKind, TokenRefused
from largesse.web.request import AnyRequest
from largesse.web.session_cookie import known_session

FIELD: Final = "csrf_token"
_NONCE_BYTES: Final = 9


class _Nonce(msgspec.Struct, frozen=True, array_like=True):
    """What makes each token another."""

    nonce: bytes


_TOKENS: Final = TokenKind("csrf", _Nonce, length_max=200)


def csrf_token(keys: SigningKeys, session: str) -> str:
    """Return what the forms of a session carry."""
    return _TOKENS.sign(keys, _Nonce(secrets.token_bytes(_NONCE_BYTES)), bound_to=session.encode())


def is_own_form(keys: SigningKeys, request: AnyRequest, token: str) -> bool:
    """Return whether a form that carries `token` was sent from a page of ours to this browser."""
    session = known_session(request)
    return session is not None and is_form_of(keys, request, token, session)


def is_form_of(keys: SigningKeys, request: AnyRequest, token: str, session: str) -> bool:
    """Return whether a form that carries `token` was sent from a page of ours that was made for `session`."""
    if not comes_from_here(request):
        return False
    try:
        _TOKENS.read(keys, token, bound_to=session.encode())
    except TokenRefused:
        return False
    return True


def comes_from_here(request: AnyRequest) -> bool:
    """Return whether a request comes from a page of this site, as far as the browser says (Fetch Metadata)."""
    return request.headers.get("sec-fetch-site", "same-origin") in {"same-origin", "none"}
