"""Who sends a request: what proxies say counts only where they are trusted, and only as far."""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from largesse.web.client import BehindProxies, Client, TrustedProxies, client_in

TRUSTED = TrustedProxies(["127.0.0.0/8", "::1/128", "10.0.0.0/8"])


def asked(peer: str | None, *headers: tuple[str, str], scheme: str = "http") -> dict[str, Any]:
    return {
        "type": "http",
        "client": (peer, 4711) if peer else None,
        "scheme": scheme,
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers],
    }


def seen(peer: str | None, *headers: tuple[str, str], trusted: TrustedProxies = TRUSTED) -> str:
    return trusted.client_of(asked(peer, *headers)).address


def test_a_stranger_is_not_believed_to_speak_for_somebody_else() -> None:
    assert seen("203.0.113.9", ("x-forwarded-for", "198.51.100.1")) == "203.0.113.9"
    assert seen("203.0.113.9", ("forwarded", "for=198.51.100.1;proto=https")) == "203.0.113.9"


@pytest.mark.parametrize(
    "chain, address",
    [
        ("198.51.100.1", "198.51.100.1"),
        ("6.6.6.6, 198.51.100.1", "198.51.100.1"),  # the left is what the client wrote
        ("198.51.100.1, 10.0.0.7", "198.51.100.1"),
        ("6.6.6.6, 198.51.100.1, 10.0.0.7, 10.0.0.8", "198.51.100.1"),
        ("10.0.0.9, 10.0.0.7", "10.0.0.9"),  # everybody is one of ours: the first of them asked
        ("198.51.100.1:5544", "198.51.100.1"),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]:5544", "2001:db8::1"),
        ("::ffff:198.51.100.1", "198.51.100.1"),
        ("64:ff9b::c633:6401", "198.51.100.1"),
        ("198.51.100.1, ::ffff:10.0.0.7", "198.51.100.1"),
        ("6.6.6.6, unknown", "127.0.0.1"),
        ("6.6.6.6, _hidden, 10.0.0.7", "10.0.0.7"),
        ("", "127.0.0.1"),
        (",", "127.0.0.1"),
        ("6.6.6.6,", "127.0.0.1"),
        ("6.6.6.6, 198.51.100.1 , ", "127.0.0.1"),
        ("6.6.6.6, \xff", "127.0.0.1"),
        (", ".join(["6.6.6.6"] + ["10.0.0.7"] * 5000), "10.0.0.7"),
    ],
)
def test_the_client_is_the_last_hop_that_is_not_a_proxy_of_ours(chain: str, address: str) -> None:
    assert seen("127.0.0.1", ("x-forwarded-for", chain)) == address
    assert seen("::ffff:127.0.0.1", ("x-forwarded-for", chain)) == address


def test_several_lines_of_a_header_are_one_list() -> None:
    lines = [("x-forwarded-for", "6.6.6.6"), ("accept", "*/*"), ("x-forwarded-for", "198.51.100.1, 10.0.0.7")]
    assert seen("127.0.0.1", *lines) == "198.51.100.1"


@pytest.mark.parametrize(
    "value, address, scheme",
    [
        ("for=198.51.100.1", "198.51.100.1", "http"),
        ("For=198.51.100.1;Proto=HTTPS;by=10.0.0.7", "198.51.100.1", "https"),
        ('for="[2001:db8::1]:4711";proto=https', "2001:db8::1", "https"),
        ('for=6.6.6.6;proto=https, for="198.51.100.1:80"', "198.51.100.1", "http"),
        ("for=198.51.100.1;proto=https, for=10.0.0.7;proto=http", "198.51.100.1", "https"),
        ('for="6.6.6.6, for=198.51.100.1', "198.51.100.1", "http"),  # a quotation that a client left open
        ("for=unknown;proto=https", "127.0.0.1", "https"),
        ("for=_secret", "127.0.0.1", "http"),
        ("proto=https", "127.0.0.1", "https"),
        ("nonsense", "127.0.0.1", "http"),
    ],
)
def test_forwarded_is_read_as_rfc_7239_says(value: str, address: str, scheme: str) -> None:
    client = TRUSTED.client_of(asked("127.0.0.1", ("forwarded", value)))
    assert (client.address, client.scheme) == (address, scheme)


def test_where_the_two_headers_disagree_neither_is_believed() -> None:
    both = [("x-forwarded-for", "198.51.100.1"), ("forwarded", "for=6.6.6.6")]
    assert seen("127.0.0.1", *both) == "127.0.0.1"
    assert seen("127.0.0.1", ("x-forwarded-for", "198.51.100.1"), ("forwarded", "for=198.51.100.1")) == "198.51.100.1"


@pytest.mark.parametrize(
    "peer, headers, scheme",
    [
        ("127.0.0.1", [("x-forwarded-for", "198.51.100.1"), ("x-forwarded-proto", "https")], "https"),
        ("127.0.0.1", [("x-forwarded-for", "198.51.100.1"), ("x-forwarded-proto", "http, https")], "https"),
        ("127.0.0.1", [("x-forwarded-for", "198.51.100.1, 10.0.0.7"), ("x-forwarded-proto", "https, http")], "https"),
        ("127.0.0.1", [("x-forwarded-for", "198.51.100.1, 10.0.0.7"), ("x-forwarded-proto", "https")], "https"),
        ("127.0.0.1", [("x-forwarded-for", "198.51.100.1"), ("x-forwarded-proto", "gopher")], "http"),
        ("127.0.0.1", [("x-forwarded-proto", "https")], "https"),
        ("203.0.113.9", [("x-forwarded-proto", "https")], "http"),
    ],
)
def test_the_scheme_is_what_a_trusted_proxy_says(peer: str, headers: list[tuple[str, str]], scheme: str) -> None:
    assert TRUSTED.client_of(asked(peer, *headers)).scheme == scheme


@pytest.mark.parametrize(
    "address, network",
    [
        ("198.51.100.1", "198.51.100.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:198.51.100.1", "198.51.100.1"),
        ("unix:/run/largesse.sock", "unknown"),
        ("", "unknown"),
    ],
)
def test_one_visitor_is_an_ipv4_address_or_a_64_of_ipv6(address: str, network: str) -> None:
    assert Client(address=address).network == network


def test_whoever_has_no_address_is_unknown_and_believed_nothing() -> None:
    assert seen(None, ("x-forwarded-for", "198.51.100.1")) == "unknown"
    assert seen("unix:", ("x-forwarded-for", "198.51.100.1")) == "unknown"


def test_nobody_is_trusted_where_the_operator_names_nobody() -> None:
    assert seen("127.0.0.1", ("x-forwarded-for", "198.51.100.1"), trusted=TrustedProxies([])) == "127.0.0.1"


def test_a_trusted_network_may_be_written_as_ipv6_shows_it() -> None:
    trusted = TrustedProxies(["::ffff:10.0.0.0/104"])
    assert seen("10.1.2.3", ("x-forwarded-for", "198.51.100.1"), trusted=trusted) == "198.51.100.1"


async def test_the_application_behind_is_told_the_client_in_the_scope() -> None:
    scopes = list[Any]()

    async def app(scope: Any, _receive: Any, _send: Any) -> None:
        scopes.append(scope)

    scope = asked("127.0.0.1", ("x-forwarded-for", "198.51.100.1"), ("x-forwarded-proto", "https"))
    await asyncio.wait_for(BehindProxies(app, TRUSTED)(scope, None, None), 5)
    assert scopes == [scope], "the scope itself is changed: whoever stands outside reads it afterwards"
    assert client_in(scope) == Client(address="198.51.100.1", scheme="https", scheme_told=True)
    assert scope["client"] == ("198.51.100.1", 0)


def test_no_interface_asks_a_request_for_its_peer() -> None:
    source = Path(__file__).parents[3] / "src" / "largesse"
    peer = re.compile(r"request\.client\b|scope(\.get\(|\[)[\"']client[\"']|x-forwarded|\bip_address\(", re.IGNORECASE)
    found = {
        path.relative_to(source).as_posix()
        for folder in ("interfaces", "web")
        for path in (source / folder).rglob("*.py")
        if peer.search(path.read_text(encoding="utf-8"))
    }
    assert found == {"web/client.py"}, "use largesse.web.client: it alone knows which proxies to believe"


@pytest.mark.parametrize(
    "peer, headers, told",
    [
        ("127.0.0.1", {"x-forwarded-proto": "http"}, True),
        ("127.0.0.1", {"forwarded": "for=198.51.100.1;proto=http"}, True),
        ("127.0.0.1", {"x-forwarded-for": "198.51.100.1"}, False),
        ("127.0.0.1", {"forwarded": 'for=6.6.6.6;proto=https, for="198.51.100.1"'}, False),
        ("198.51.100.7", {"x-forwarded-proto": "http"}, False),
    ],
)
def test_the_scheme_is_told_only_by_a_proxy_of_ours_that_names_it(
    peer: str, headers: dict[str, str], *, told: bool
) -> None:
    assert TRUSTED.client_of(asked(peer, *headers.items())).scheme_told is told
