"""A page that is the operator's alone: opened by a bearer token of the settings (RFC 6750)."""

import hmac
from typing import Final

from largesse.kernel.errors import Unauthenticated
from largesse.web.client import client_in
from largesse.web.errors import PageUnknown
from largesse.web.rate_limits import RateLimit
from largesse.web.request import AnyRequest

WRONG: Final = "20/minute"
CHALLENGE: Final = 'Bearer realm="largesse"'


class TokenMissing(Unauthenticated):
    """A page of the operator's was asked for without the right token."""

    code = "operator.token_missing"
    message = "This page is for the operator. Send LARGESSE_METRICS_TOKEN as a bearer token."


class OperatorToken:
    """The token that opens pages of the operator; where there is none, they are closed to everybody."""

    def __init__(self, token: str | None) -> None:
        self._token = token
        self._wrong = RateLimit(WRONG)

    def is_carried_by(self, request: AnyRequest) -> bool:
        """Return whether a request carries the token."""
        if self._token is None:
            return False
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        same = hmac.compare_digest(given.strip().encode(), self._token.encode())
        return same and scheme.lower() == "bearer"

    def require(self, request: AnyRequest) -> None:
        """Let nobody on who does not carry the token.

        Raises:
            PageUnknown: there is no token, and so no page.
            TokenMissing: the request carries none, or a wrong one.
            TooManyRequests: too many wrong ones came from there.
        """
        if self.is_carried_by(request):
            return
        if self._token is None:
            raise PageUnknown
        if "authorization" in request.headers:
            self._wrong.admit(client_in(request.scope))
        raise TokenMissing
