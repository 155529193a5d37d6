"""Where an order post may go: the form of its URL, and which addresses are the public internet (ARCHITECTURE §5)."""

import ipaddress
import re
from typing import Self
from urllib.parse import SplitResult, quote, urlsplit, urlunsplit

import msgspec

from largesse.kernel.domain_names import NotADomain, to_ascii
from largesse.kernel.errors import FieldError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

URL_MAX = 2000
_HOST_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
# What ends a host that is an address (WHATWG URL, "ends-in-a-number checker").
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")

# Global unicast, less what only wraps or stands for an IPv4 address (6to4, Teredo and its kin), and documentation
# (RFC 6890 and after).
# NAT64 and IPv4-mapped addresses lie outside 2000::/3 and so are refused as a whole.
_IPV6_UNICAST = ipaddress.IPv6Network("2000::/3")
_IPV6_REFUSED = tuple(map(ipaddress.IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")))
# 6to4 relays, and the address at which some clouds answer their machines.
_IPV4_REFUSED = tuple(map(ipaddress.IPv4Network, ("192.88.99.0/24", "168.63.129.16/32")))


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """Name hosts and networks that may be reached although they are not public: development, or an office network."""

    hosts: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()

    @classmethod
    def of(cls, *entries: str) -> Self:
        """Read a list such as `127.0.0.0/8`, `::1`, `till.example.lan`."""
        hosts, networks = set[str](), list[Network]()
        for entry in entries:
            try:
                networks.append(ipaddress.ip_network(entry, strict=False))
            except ValueError:
                hosts.add(entry.lower().rstrip("."))
        return cls(hosts=frozenset(hosts), networks=tuple(networks))

    def names(self, host: str) -> bool:
        """Return whether a host is reachable by its name."""
        return host.lower().rstrip(".") in self.hosts

    def covers(self, address: Address) -> bool:
        """Return whether an address may be connected to."""
        return is_public(address) or any(address.version == net.version and address in net for net in self.networks)


def is_public(address: Address) -> bool:
    """Return whether an address is a single host on the public internet, whichever way it is written."""
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_global and not address.is_multicast and not any(address in net for net in _IPV4_REFUSED)
    if address.scope_id is not None or address not in _IPV6_UNICAST:
        return False
    return address.is_global and not any(address in net for net in _IPV6_REFUSED)


def literal(host: str) -> Address | None:
    """Return the address that a host is written as, None when it is a name."""
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None


def normalise_url(text: str, *, reach: Reach) -> tuple[str, list[FieldError]]:
    """Return a URL in its one form, and what is wrong with it (field `url`).

    https only; http where `reach` covers a loopback address, which is development. No user and password, no fragment.
    """
    if len(text) > URL_MAX:
        return text, [_wrong("too_long", f"The URL has {len(text)} of {URL_MAX} characters; shorten it.")]
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError:
        return text, [_wrong("invalid", "This is not a URL. Write it like https://example.com/orders.")]
    # Digits and dots of other scripts are brought to ours first: they may be an address, and not a name.
    host = _ascii((parts.hostname or "").rstrip(".")).rstrip(".")
    wrong = _faults(parts, host, reach)
    if port == 0:
        wrong.append(_wrong("invalid", "No receiver listens on port 0. Name the port, or leave it out."))
    if wrong:
        return text, wrong
    usual = {"https": 443, "http": 80}[parts.scheme]
    shown = f"[{host}]" if ":" in host else host
    network = shown if port in (None, usual) else f"{shown}:{port}"
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    return urlunsplit((parts.scheme, network, path, quote(parts.query, safe="/%:@!$&'()*+,;=~-._?"), "")), []


def _faults(parts: SplitResult, host: str, reach: Reach) -> list[FieldError]:
    address = literal(host)
    if parts.scheme not in ("https", "http") or not host:
        return [_wrong("invalid", "Give a whole URL that begins with https://, like https://example.com/orders.")]
    if any(ord(character) < 33 or ord(character) == 127 for character in parts.geturl()):
        return [_wrong("invalid", "The URL holds a space or a control character; take it out or encode it.")]
    if parts.username is not None or parts.password is not None:
        return [_wrong("userinfo", "Leave user and password out of the URL; know us by custom1 or the signature.")]
    if parts.fragment:
        return [_wrong("fragment", "Leave out the part after #: it is never sent.")]
    if address is None and not _is_name(host):
        return [_wrong("host", "The host is not a name that can be looked up; check its spelling.")]
    if address is not None and not reach.covers(address):
        return [_wrong("private", "This address is not on the public internet. Use the receiver's public name.")]
    if parts.scheme == "http" and not _is_development(host, address, reach):
        return [_wrong("not_https", "Only https:// is allowed, so that nobody on the way reads the orders.")]
    return []


def _is_name(host: str) -> bool:
    """Return whether a host can be looked up. One that ends in a number, like `127.1`, is an address written oddly."""
    labels = host.split(".")
    return all(map(_HOST_LABEL.fullmatch, labels)) and not _NUMBER.fullmatch(labels[-1])


def _is_development(host: str, address: Address | None, reach: Reach) -> bool:
    if address is None:
        return host == "localhost" and (reach.names(host) or reach.covers(ipaddress.IPv4Address("127.0.0.1")))
    return address.is_loopback and reach.covers(address)


def _ascii(host: str) -> str:
    try:
        return host.encode("ascii").decode().lower()
    except UnicodeEncodeError:
        try:
            return to_ascii(host)
        except NotADomain:
            return host


def _wrong(code: str, message: str) -> FieldError:
    return FieldError(field="url", code=f"endpoint.url.{code}", message=message)
