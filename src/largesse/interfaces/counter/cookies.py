"""The cookies of a device: the key that it speaks with, and the token of who unlocked it.

Both belong to one merchant's counter, so that a browser may be a device of several.
"""

from typing import Final

from litestar.datastructures import Cookie

from largesse.web.cookies import cookie_of
from largesse.web.request import AnyRequest

_DEVICE: Final = "till"
_SEAT: Final = "till-person"
_KEPT_S: Final = 400 * 24 * 3600  # as long as browsers keep one
_TOKEN_LENGTH: Final = 43  # 256 bits in base64url


def device_key(request: AnyRequest, *, https: bool) -> str | None:
    """Return the key that a browser has as a device, None when it has none that could be one."""
    return _token(request, _name(_DEVICE, https=https))


def seat_token(request: AnyRequest, *, https: bool) -> str | None:
    """Return the token that whoever unlocked the device has."""
    return _token(request, _name(_SEAT, https=https))


def device_cookie(key: str, path: str, *, https: bool) -> Cookie:
    """Return the cookie that makes a browser a device, for the pages below `path`."""
    return Cookie(
        key=_name(_DEVICE, https=https),
        value=key,
        path=path,
        max_age=_KEPT_S,
        httponly=True,
        secure=https,
        samesite="lax",
    )


def seat_cookie(token: str, path: str, *, https: bool) -> Cookie:
    """Return the cookie of who has unlocked a device; it ends with the browser."""
    return Cookie(key=_name(_SEAT, https=https), value=token, path=path, httponly=True, secure=https, samesite="strict")


def _token(request: AnyRequest, name: str) -> str | None:
    token = cookie_of(request, name) or ""
    return token if len(token) == _TOKEN_LENGTH else None


def _name(name: str, *, https: bool) -> str:
    return f"__Secure-{name}" if https else name
