"""What interfaces for people who sign in share: where they do, and where a password may be typed at all."""

from typing import Final
from urllib.parse import quote, urlsplit

import msgspec

from largesse.ui import local_path
from largesse.web.client import client_in, read_address
from largesse.web.request import AnyRequest

SIGN_IN: Final = "/staff/sign-in"
HOME: Final = "/staff"
CONFIRM: Final = "/staff/confirm"
QUERY_LENGTH_MAX: Final = 800
_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1", ""})
_PAGES: Final = ("/admin/", "/staff", "/counter/", "/partner")


class SignInPlaces(msgspec.Struct, frozen=True, kw_only=True):
    """Where the pages stand on which people of one kind sign in: below `base`, with `home` to go on to.

    `own` is the page of a person about themselves.
    """

    base: str
    home: str
    own: str

    @property
    def sign_in(self) -> str:
        """Address and password."""
        return f"{self.base}/sign-in"

    @property
    def second_factor(self) -> str:
        """The code."""
        return f"{self.base}/second-factor"

    @property
    def confirm(self) -> str:
        """Showing again who one is, for what stands behind it in the address."""
        return f"{self.base}/confirm"

    @property
    def invitation(self) -> str:
        """Accepting an invitation."""
        return f"{self.base}/invitation"

    def next_path(self, text: str) -> str:
        """Return where to go on: a page on this site for whoever has signed in, else `home`."""
        path = local_path(text)
        return path if path.startswith(_PAGES) else self.home

    def to_sign_in(self, back: str = "") -> str:
        """Return the address of the page to sign in on, which goes `back` afterwards."""
        return f"{self.sign_in}?next={quote(back, safe='/')}" if back else self.sign_in

    def to_step_up(self, name: str, back: str) -> str:
        """Return the address of the page on which somebody shows again who they are for `name`, and goes `back`."""
        return f"{self.confirm}/{quote(name, safe='')}?next={quote(back, safe='/')}"


STAFF: Final = SignInPlaces(base="/staff", home=HOME, own=HOME)
PARTNERS: Final = SignInPlaces(base="/partner", home="/partner", own="/partner/me")


def host_of(request: AnyRequest) -> str:
    """Return the host that a request names, without its port; empty where it names none."""
    return urlsplit("//" + request.headers.get("host", "")).hostname or ""


def is_private(request: AnyRequest, *, https: bool) -> bool:
    """Return whether nobody on the way can read what is typed: by https, or on this machine alone.

    `https` is whether readers come by https as far as the installation knows.
    """
    client = client_in(request.scope)
    if client.scheme == "https" or (https and not client.scheme_told):
        return True
    host = host_of(request)
    address = read_address(host)
    return host in _LOCAL or host.endswith(".localhost") or (address is not None and address.is_loopback)


def asked_for(request: AnyRequest) -> str:
    """Return the page that somebody asks for, with its query: filters name nobody, and are there after signing in."""
    path, query = quote(str(request.scope["path"])), request.scope["query_string"].decode("ascii", errors="replace")
    return f"{path}?{query}" if query and len(query) <= QUERY_LENGTH_MAX else path
