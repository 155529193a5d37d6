"""Requests as the clients of other platforms write them, byte for byte, on a real socket."""

import asyncio
import gzip
from typing import NamedTuple

import pytest

from tests.contract.conftest import JSON, ORDERS, XML, Shop
from tests.contract.corpus import GOOD, as_json, as_xml, read_answer
from tests.contract.test_protocol import code_of, error_of

BOM = b"\xef\xbb\xbf"
FIELDS = b"<refcode>A</refcode><amount>25</amount>"
BARE_XML = b"<giftCertificate>" + FIELDS + b"</giftCertificate>"
JAVA_ACCEPT = "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2"


class Sent(NamedTuple):
    """Name what a client sends, and what it is answered in."""

    client: str
    headers: dict[str, str]
    body: bytes
    answered: str


CLIENTS = [
    Sent(".NET StringContent", {"Content-Type": "application/json; charset=utf-8"}, as_json(GOOD), JSON),
    Sent(".NET with a byte order mark", {"Content-Type": "application/json; charset=utf-8"}, BOM + as_json(GOOD), JSON),
    Sent(
        ".NET XmlSerializer into a string",
        {"Content-Type": 'application/xml; charset="utf-8"', "Accept": "application/xml"},
        b'<?xml version="1.0" encoding="utf-16"?>\r\n<giftCertificate '
        b'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">'
        b"<refcode>A</refcode>\r\n  <amount>25.0000</amount>\r\n"
        b'  <expirationDate xsi:nil="true" />\r\n</giftCertificate>',
        XML,
    ),
    Sent(
        ".NET XmlWriter with a byte order mark",
        {"Content-Type": "text/xml"},
        BOM + b'<?xml version="1.0" encoding="utf-16"?>' + BARE_XML,
        XML,
    ),
    Sent(
        ".NET DataContractSerializer",
        {"Content-Type": "application/xml; charset=utf-8"},
        b'<giftCertificate xmlns="http://schemas.datacontract.org/2004/07/Shop" '
        b'xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><amount>25</amount><expirationDate i:nil="true"/>'
        b"<refcode>A</refcode></giftCertificate>",
        XML,
    ),
    Sent(
        "RestSharp",
        {
            "Content-Type": "application/json",
            "Accept": "application/json, text/json, text/x-json, text/javascript, application/xml, text/xml",
            "Accept-Encoding": "gzip, deflate, br",
        },
        as_json(GOOD),
        JSON,
    ),
    Sent("Java HttpURLConnection", {"Content-Type": XML, "Accept": JAVA_ACCEPT}, as_xml(GOOD), XML),
    Sent("Java HttpURLConnection", {"Content-Type": JSON, "Accept": JAVA_ACCEPT}, as_json(GOOD), JSON),
    Sent(
        "Java JAXB",
        {"Content-Type": "application/xml;charset=UTF-8", "Accept": "application/xml, application/*+xml"},
        b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n' + BARE_XML,
        XML,
    ),
    Sent(
        "Spring RestTemplate",
        {
            "Content-Type": "application/json;charset=UTF-8",
            "Accept": "text/plain, application/json, application/*+json, */*",
        },
        b'{"giftCertificate":{"refcode":"A","amount":25.00,"thirdPartyIdentifier":null,"expirationDate":null}}',
        JSON,
    ),
    Sent(
        "OkHttp",
        {"Content-Type": "application/json; charset=utf-8", "Accept": "application/json;q=0.9,text/xml;q=0.3"},
        as_json(GOOD),
        JSON,
    ),
    Sent("Go net/http", {"Content-Type": JSON, "User-Agent": "Go-http-client/1.1"}, as_json(GOOD) + b"\n", JSON),
    Sent("Go encoding/xml", {"Content-Type": XML}, b'<?xml version="1.0" encoding="UTF-8"?>\n' + BARE_XML, XML),
    Sent("PHP curl", {"Content-Type": JSON, "Accept": "*/*", "Expect": "100-continue"}, as_json(GOOD), JSON),
    Sent(
        "PHP DOMDocument",
        {"Content-Type": "text/xml; charset=utf8", "Accept": "text/xml"},
        b'<?xml version="1.0"?>\n' + BARE_XML + b"\n",
        "text/xml",
    ),
    Sent("PHP Guzzle", {"Content-Type": "application/json", "User-Agent": "GuzzleHttp/7"}, as_json(GOOD), JSON),
    Sent("Python requests", {"Content-Type": JSON, "Accept": "*/*", "Accept-Encoding": "gzip"}, as_json(GOOD), JSON),
    Sent("a browser", {"Content-Type": XML, "Accept": "text/html,application/xml;q=0.9,*/*;q=0.8"}, as_xml(GOOD), XML),
    Sent("an empty Accept", {"Content-Type": JSON, "Accept": ""}, as_json(GOOD), JSON),
    Sent("XML by weight", {"Content-Type": JSON, "Accept": "application/json;q=0, */*;q=0.1"}, as_json(GOOD), XML),
    Sent("an encoding that is none", {"Content-Type": JSON, "Content-Encoding": "identity"}, as_json(GOOD), JSON),
    Sent("a parameter nobody knows", {"Content-Type": "application/json; v=1; charset=UTF-8;"}, as_json(GOOD), JSON),
]


async def send(shop: Shop, headers: dict[str, str], body: bytes, *, version: str = "1.1") -> tuple[int, str, bytes]:
    """Return status, content type and body of what is answered to exactly these headers."""
    query = f"api_key={shop.ordering.api_key}&api_token={shop.token}"
    reader, writer = await asyncio.open_connection("127.0.0.1", shop.client.base_url.port)
    lines = [f"POST {ORDERS}?{query} HTTP/{version}", "Host: gifts.example.com", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines += [f"Content-Length: {len(body)}", "", ""]
    writer.write("\r\n".join(lines).encode() + body)
    await writer.drain()
    answer = await reader.read()
    writer.close()
    while answer.startswith(b"HTTP/1.1 100"):
        answer = answer.partition(b"\r\n\r\n")[2]
    head, _, content = answer.partition(b"\r\n\r\n")
    status, *fields = head.decode().split("\r\n")
    named = {name.lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}
    return int(status.split()[1]), named["content-type"], content


@pytest.mark.parametrize("sent", CLIENTS, ids=lambda sent: sent.client)
async def test_a_foreign_client_is_understood_and_answered_as_it_asks(shop: Shop, sent: Sent) -> None:
    status, content_type, body = await send(shop, sent.headers, sent.body)
    assert (status, content_type) == (200, f"{sent.answered}; charset=utf-8"), body
    answer = read_answer(content_type, body)
    assert answer["giftCertificate_detail"]["remainingAmount"] == "25.00"


async def test_a_client_that_speaks_http_1_0_is_served(shop: Shop) -> None:
    status, _, body = await send(shop, {"Content-Type": XML}, as_xml(GOOD), version="1.0")
    assert status == 200, body


@pytest.mark.parametrize(
    "content_type, body",
    [
        ("application/x-www-form-urlencoded", b"refcode=A&amount=25"),
        ("text/plain;charset=UTF-8", as_json(GOOD)),
        ("application/json; charset=utf-16", as_json(GOOD).decode().encode("utf-16")),
        ("application/xml; charset=windows-1252", as_xml(GOOD)),
        ("multipart/form-data; boundary=x", b"--x--"),
        ("application/jsonp", as_json(GOOD)),
    ],
)
async def test_what_is_not_read_is_refused_with_a_word(shop: Shop, content_type: str, body: bytes) -> None:
    response = await shop.post(body, kind=content_type, accept=JSON)
    assert (response.status_code, code_of(response)) == (415, "media_type.unsupported")
    assert await shop.count("orders") == 0


@pytest.mark.parametrize(
    "body", [as_json(GOOD).decode().encode("utf-16"), as_json({**GOOD, "refcode": "é"}).decode().encode("latin-1")]
)
async def test_a_body_in_another_encoding_than_utf_8_is_refused(shop: Shop, body: bytes) -> None:
    response = await shop.post(body, kind=JSON)
    assert (response.status_code, code_of(response)) == (400, "wire.encoding")


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "deflate", "br", "zstd", "x-gzip", "identity, gzip", "nonsense"])
@pytest.mark.parametrize("kind", [JSON, XML])
async def test_a_compressed_body_is_refused_by_the_name_of_its_header(shop: Shop, coding: str, kind: str) -> None:
    plain = as_json(GOOD) if kind == JSON else as_xml(GOOD)
    response = await shop.post(gzip.compress(plain), kind=kind, headers={"Content-Encoding": coding})
    assert (response.status_code, code_of(response)) == (415, "content_encoding.unsupported")
    assert f"Content-Encoding: {coding}" in error_of(response)["message"]
    assert response.headers["content-type"].startswith(kind)
    assert response.headers["accept-encoding"] == "identity"
    assert await shop.count("orders") == 0
