"""Which URLs and addresses an order post may go to."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.outbox.addresses import Reach, is_public, normalise_url

DEVELOPMENT = Reach.of("127.0.0.0/8", "::1")


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.0.0.1",
        "100.64.0.1",
        "127.0.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "168.63.129.16",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "64:ff9b::7f00:1",
        "64:ff9b::8.8.8.8",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:808:808::",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
        "ff0e::1",
    ],
)
def test_an_address_that_is_not_a_public_host_is_refused(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.215.14", "2606:4700::6810:84e5", "2a00:1450:4001:80b::200e"])
def test_a_public_address_is_allowed(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@given(st.ip_addresses(v=4))
def test_no_way_of_writing_an_ipv4_address_in_ipv6_gets_through(address: ipaddress.IPv4Address) -> None:
    number = int(address)
    for prefix in (0xFFFF << 32, 0x64FF9B << 96, 0x2002 << 112 | number << 80, 0):
        assert not is_public(ipaddress.IPv6Address(prefix | number if prefix >> 112 != 0x2002 else prefix))


@pytest.mark.parametrize(
    "given_, kept",
    [
        ("https://Example.COM", "https://example.com/"),
        ("https://example.com:443/a b"[:-2], "https://example.com/a"),
        ("https://example.com:8443/orders?key=a%20b", "https://example.com:8443/orders?key=a%20b"),
        ("https://bücher.example/é", "https://xn--bcher-kva.example/%C3%A9"),
        ("https://straße.example", "https://xn--strae-oqa.example/"),
        ("https://[2606:4700::1]/", "https://[2606:4700::1]/"),
        ("https://8.8.8.8./", "https://8.8.8.8/"),
        ("https://ｅxample.com/", "https://example.com/"),
    ],
)
def test_a_url_has_one_form(given_: str, kept: str) -> None:
    assert normalise_url(given_, reach=Reach()) == (kept, [])


@pytest.mark.parametrize(
    "url, code",
    [
        ("http://example.com/", "not_https"),
        ("http://127.0.0.1/", "private"),
        ("https://127.0.0.1/", "private"),
        ("https://[::ffff:10.0.0.1]/", "private"),
        ("https://user:word@example.com/", "userinfo"),
        ("https://example.com/#part", "fragment"),
        ("ftp://example.com/", "invalid"),
        ("example.com", "invalid"),
        ("https://", "invalid"),
        ("https://exa mple.com/", "invalid"),
        ("https://example.com:99999/", "invalid"),
        ("https://[::1/", "invalid"),
        ("https://example.com:0/", "invalid"),
        ("https://-bad-.example/", "host"),
        ("https://１２７.0.0.1/", "private"),
        ("https://10。0。0。1/", "private"),
        ("https://127.1/", "host"),
        ("https://2130706433/", "host"),
        ("https://0x7f.0.0.1/", "host"),
        ("https://0x7f000001/", "host"),
        ("https://0177.0.0.1/", "host"),
        ("https://example.com/" + "x" * 2000, "too_long"),
    ],
)
def test_a_url_that_cannot_be_used_is_refused_with_its_reason(url: str, code: str) -> None:
    (fault,) = normalise_url(url, reach=Reach())[1]
    assert (fault.field, fault.code) == ("url", f"endpoint.url.{code}")


@pytest.mark.parametrize("url", ["http://127.0.0.1:9000/", "http://localhost:9000/", "http://[::1]:9000/"])
def test_http_is_for_loopback_in_development_only(url: str) -> None:
    assert normalise_url(url, reach=DEVELOPMENT) == (url, [])
    assert normalise_url(url, reach=Reach())[1]


def test_http_to_an_office_network_stays_refused() -> None:
    reach = Reach.of("10.0.0.0/8", "till.example.lan")
    assert normalise_url("http://10.0.0.7/", reach=reach)[1][0].code == "endpoint.url.not_https"
    assert normalise_url("http://till.example.lan/", reach=reach)[1][0].code == "endpoint.url.not_https"
    assert normalise_url("https://10.0.0.7/", reach=reach)[1] == []
