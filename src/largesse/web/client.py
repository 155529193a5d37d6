"""Who sends a request, as far as the proxies in front can be believed.

A proxy that the operator trusts (`LARGESSE_TRUSTED_PROXIES`, this machine unless set) writes whom it speaks for into
`X-Forwarded-For` or `Forwarded` (RFC 7239). Each hop adds itself on the right, and whoever sent the request may have
written anything on the left: so the list is read from the right, through trusted hops only, and the first address that
is not trusted is the client. `BehindProxies` puts it into the ASGI scope before anything else reads it.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping, Sequence
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Any, Final

import msgspec

LOOPBACK: Final = ("127.0.0.0/8", "::1/128")
UNKNOWN: Final = "unknown"

# One customer of an access provider commonly has a whole /64 of addresses.
_IPV6_PREFIX: Final = 64
# IPv4 as an IPv6 socket shows it (RFC 4291 §2.5.5.2), and as a translator does (RFC 6052 §2.1).
_MAPPED: Final = IPv6Network("::ffff:0:0/96")
_TRANSLATED: Final = IPv6Network("64:ff9b::/96")
# More proxies than anybody has in front; further to the left nothing is read.
_HOPS_MAX: Final = 32
_ADDRESSES_REMEMBERED: Final = 1024
_ADDRESS_LENGTH_MAX: Final = 45  # ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255
_TOLD_BY: Final = frozenset({b"x-forwarded-for", b"x-forwarded-proto", b"forwarded"})
_SCHEMES: Final = frozenset({"http", "https"})
_SCHEME_TOLD: Final = "largesse.scheme_told"

Address = IPv4Address | IPv6Address
Scope = MutableMapping[str, Any]
App = Callable[[Any, Any, Any], Awaitable[None]]


class Client(msgspec.Struct, frozen=True, kw_only=True):
    """The sender of a request: its address as text, `unknown` where there is none, and `http` or `https`.

    `scheme_told` is whether a proxy of ours named the scheme.
    """

    address: str = UNKNOWN
    scheme: str = "http"
    scheme_told: bool = False

    @property
    def network(self) -> str:
        """What is counted as one visitor: an IPv4 address, or the /64 of an IPv6 address."""
        found = read_address(self.address)
        if isinstance(found, IPv6Address):
            return str(IPv6Network((found, _IPV6_PREFIX), strict=False))
        return UNKNOWN if found is None else str(found)


class _Hop(msgspec.Struct, frozen=True):
    """One entry of a list of hops: who a proxy says it speaks for, and by which scheme, "" where it does not say."""

    address: str
    scheme: str = ""


class TrustedProxies:
    """The networks of proxies whose word counts."""

    def __init__(self, networks: Iterable[str] = LOOPBACK) -> None:
        """Take networks as CIDR texts.

        Raises:
            ValueError: one of them is no network.
        """
        self._networks = tuple(_read_network(text) for text in networks)

    def __contains__(self, address: Address) -> bool:
        return any(address.version == network.version and address in network for network in self._networks)

    def trusts(self, address: str) -> bool:
        """Return whether an address is one of a proxy of ours."""
        found = read_address(address)
        return found is not None and found in self

    def client_of(self, scope: Scope) -> Client:
        """Return who sends the request of an ASGI scope."""
        peer = scope.get("client")
        known = read_address(str(peer[0])) if peer else None
        scheme = str(scope.get("scheme") or "http")
        if known is None:
            return Client(scheme=scheme)
        if known not in self:
            return Client(address=str(known), scheme=scheme)
        return self._forwarded(known, scheme, scope["headers"])

    def _forwarded(self, peer: Address, scheme: str, headers: Sequence[tuple[bytes, bytes]]) -> Client:
        headers = [header for header in headers if header[0] in _TOLD_BY]
        if not headers:
            return Client(address=str(peer), scheme=scheme)
        told = [
            self._walk(peer, scheme, hops)
            for hops in (_forwarded_for(headers), _forwarded_elements(headers))
            if hops is not None
        ]
        if not told:
            plain = _last(_listed(headers, b"x-forwarded-proto"), 0)
            named = plain in _SCHEMES
            return Client(address=str(peer), scheme=plain if named else scheme, scheme_told=named)
        if any(one.address != told[0].address for one in told):
            # A proxy writes one of the two headers and passes the other on as it came: neither can be believed.
            return Client(address=str(peer), scheme=told[0].scheme, scheme_told=told[0].scheme_told)
        return told[0]

    def _walk(self, peer: Address, scheme: str, hops: Sequence[_Hop]) -> Client:
        """Follow the hops from the right, for as long as each is a proxy of ours."""
        found = Client(address=str(peer), scheme=scheme)
        for hop in hops:
            address = read_address(hop.address)
            told = {"scheme": hop.scheme or found.scheme, "scheme_told": bool(hop.scheme) or found.scheme_told}
            if address is None:  # a proxy of ours spoke for somebody it does not name: itself is the last we know
                return msgspec.structs.replace(found, **told)
            found = msgspec.structs.replace(found, address=str(address), **told)
            if address not in self:
                return found
        return found


class BehindProxies:
    """An ASGI application that is told the client of each request instead of the nearest proxy."""

    def __init__(self, app: App, trusted: TrustedProxies) -> None:
        self._app = app
        self._trusted = trusted

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Put the client into the scope, and pass the request on."""
        if scope["type"] == "http":
            client = self._trusted.client_of(scope)
            peer = scope.get("client")
            port = peer[1] if peer and peer[0] == client.address else 0
            scope["client"], scope["scheme"] = (client.address, port), client.scheme
            scope[_SCHEME_TOLD] = client.scheme_told
        await self._app(scope, receive, send)


def client_in(scope: Mapping[str, object]) -> Client:
    """Return the client that stands in a scope."""
    match scope.get("client"):
        case (host, _):
            found = read_address(str(host))
        case _:
            found = None
    return Client(
        address=UNKNOWN if found is None else str(found),
        scheme=str(scope.get("scheme") or "http"),
        scheme_told=bool(scope.get(_SCHEME_TOLD)),
    )


def read_address(text: str) -> Address | None:
    """Return the address that a text is, IPv4 as IPv4 in whatever dress it came; None where it is none."""
    plain = text.partition("%")[0]  # the zone of a link-local address is only of this machine
    return _read_plain(plain) if len(plain) <= _ADDRESS_LENGTH_MAX else None


@lru_cache(_ADDRESSES_REMEMBERED)
def _read_plain(text: str) -> Address | None:
    """Read an address without a zone; remembered, because one sender brings many requests."""
    try:
        found = ip_address(text)
    except ValueError:
        return None
    if isinstance(found, IPv6Address) and (found in _MAPPED or found in _TRANSLATED):
        return IPv4Address(int(found) & 0xFFFFFFFF)
    return found


def _read_network(text: str) -> IPv4Network | IPv6Network:
    found = ip_network(text, strict=False)
    if isinstance(found, IPv6Network) and found.subnet_of(_MAPPED):
        return IPv4Network((int(found.network_address) & 0xFFFFFFFF, found.prefixlen - 96))
    return found


def _forwarded_for(headers: Sequence[tuple[bytes, bytes]]) -> list[_Hop] | None:
    """Return the hops of `X-Forwarded-For`, the last first, with the schemes of `X-Forwarded-Proto`."""
    addresses = _listed(headers, b"x-forwarded-for")
    if not addresses:
        return None
    schemes = _listed(headers, b"x-forwarded-proto")
    return [
        _Hop(_without_port(text), _scheme(_last(schemes, place))) for place, text in enumerate(addresses[:_HOPS_MAX])
    ]


def _forwarded_elements(headers: Sequence[tuple[bytes, bytes]]) -> list[_Hop] | None:
    """Return the hops of `Forwarded`, the last first."""
    elements = _listed(headers, b"forwarded")
    if not elements:
        return None
    hops = list[_Hop]()
    for element in elements[:_HOPS_MAX]:
        pairs = (pair.partition("=") for pair in element.split(";"))
        values = {name.strip().lower(): value.strip().strip('"') for name, _, value in pairs}
        hops.append(_Hop(_without_port(values.get("for", "")), _scheme(values.get("proto", ""))))
    return hops


def _listed(headers: Sequence[tuple[bytes, bytes]], name: bytes) -> list[str]:
    """Return the members of a list header, the last first, however many lines it came in."""
    lines = [value.decode("latin-1") for key, value in headers if key == name]
    members = ",".join(lines).rsplit(",", _HOPS_MAX)[-_HOPS_MAX:] if lines else []
    return [member.strip() for member in reversed(members)]


def _last(members: Sequence[str], place: int) -> str:
    """Return the member of a list that stands as far from the right, its leftmost where it is shorter."""
    return members[min(place, len(members) - 1)].lower() if members else ""


def _scheme(text: str) -> str:
    return text.lower() if text.lower() in _SCHEMES else ""


def _without_port(text: str) -> str:
    """Return the address of `192.0.2.1:80`, `[2001:db8::1]:80` or `2001:db8::1`."""
    text = text.strip('"')
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text
