"""The cookie by which a browser is recognised in which somebody signed in to work here.

By https its name begins with `__Host-`: no other host or path can set it. It ends with the browser; when it counts no
more says the session on the server.
"""

from typing import Final

from litestar.datastructures import Cookie

from largesse.domain.staff import TOKEN_LENGTH
from largesse.web.cookies import cookie_of
from largesse.web.request import AnyRequest

_NAME: Final = "staff"
_SECURE_NAME: Final = f"__Host-{_NAME}"


def staff_token(request: AnyRequest, *, https: bool) -> str | None:
    """Return the token that the browser has, None when it has none that could be ours."""
    token = cookie_of(request, _name(https=https)) or ""
    return token if len(token) == TOKEN_LENGTH else None


def staff_cookie(token: str, *, https: bool) -> Cookie:
    """Return the cookie to set. Links in mails lead here, so it comes along from other sites, with GET alone."""
    return Cookie(key=_name(https=https), value=token, path="/", httponly=True, secure=https, samesite="lax")


def no_staff_cookie(*, https: bool) -> Cookie:
    """Return the cookie that ends the one that is set."""
    return Cookie(key=_name(https=https), value="", path="/", max_age=0, httponly=True, secure=https, samesite="lax")


def _name(*, https: bool) -> str:
    return _SECURE_NAME if https else _NAME
