"""Formats, methods, sizes and broken bodies: what has nothing to do with the order itself."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.contract.conftest import DETAIL, JSON, ORDERS, TOKENS, XML, Shop
from tests.contract.corpus import GOOD, as_json, as_xml, read_answer
from tests.unit.wire.test_xml import BILLION_LAUGHS, OUTSIDE_FILE, OUTSIDE_SUBSET

BROKEN_XML = [
    (b"", "wire.malformed"),
    (b"<giftCertificate>", "wire.malformed"),
    (b"<giftCertificate><amount>&euro;</amount></giftCertificate>", "wire.malformed"),
    (b"<giftCertificate>a\x00b</giftCertificate>", "wire.characters"),
    (b"<giftCertificate>&#0;</giftCertificate>", "wire.malformed"),
    (b"<giftCertificate>&#xD800;</giftCertificate>", "wire.malformed"),
    (b"<giftCertificate>\xff</giftCertificate>", "wire.encoding"),
    (b"<?xml version='1.0' encoding='ISO-8859-1'?><giftCertificate/>", "wire.encoding"),
    (b"<giftCertificate><amount>2</amount><amount>3</amount></giftCertificate>", "wire.repeated"),
    (b"<giftCertificate>25</giftCertificate>", "wire.malformed"),
    (b"<a>" * 50 + b"</a>" * 50, "wire.too_deep"),
    (BILLION_LAUGHS, "wire.doctype"),
    (OUTSIDE_FILE, "wire.doctype"),
    (OUTSIDE_SUBSET, "wire.doctype"),
]
BROKEN_JSON = [
    (b"", "wire.malformed"),
    (b"{", "wire.malformed"),
    (b"[]", "wire.malformed"),
    (b"25", "wire.malformed"),
    (b"null", "wire.malformed"),
    (b'{"giftCertificate": [1]}', "wire.malformed"),
    (b'{"giftCertificate": {"amount": NaN}}', "wire.malformed"),
    (b'{"giftCertificate": {"amount": Infinity}}', "wire.malformed"),
    (b'{"giftCertificate": {"refcode": "\\u0000"}}', "wire.characters"),
    (b'{"giftCertificate": {"refcode": "\\ud800"}}', "wire.characters"),
    (b'{"giftCertificate": {"refcode": "\xff"}}', "wire.encoding"),
    (b'{"giftCertificate": {"amount": 2, "amount": 3}}', "wire.repeated"),
    (b"[" * 60_000, "wire.too_deep"),
]


def code_of(response: httpx.Response) -> str:
    return str(error_of(response)["code"])


def error_of(response: httpx.Response) -> Any:
    found = read_answer(response.headers["content-type"], response.content)["error_response"]
    assert found["status"] == response.status_code
    assert list(found) == ["status", "code", "message", "errors"]
    return found


async def test_a_broken_body_is_told_of_and_nothing_is_done(shop: Shop) -> None:
    for kind, bodies in ((XML, BROKEN_XML), (JSON, BROKEN_JSON)):
        for body, code in bodies:
            response = await shop.post(body, kind=kind)
            assert (response.status_code, code_of(response)) == (400, code), body[:60]
            assert response.headers["content-type"] == f"{kind}; charset=utf-8"
    assert await shop.count("orders") == 0


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml; charset=latin-1"]
)
async def test_other_formats_are_not_read(shop: Shop, kind: str) -> None:
    response = await shop.post(as_xml(GOOD), kind=kind, accept="*/*")
    assert (response.status_code, code_of(response)) == (415, "media_type.unsupported")


async def test_a_body_of_no_format_is_not_read(shop: Shop) -> None:
    request = shop.client.build_request("POST", ORDERS, content=as_json(GOOD), params=shop.parameters)
    del request.headers["accept"]
    assert "content-type" not in request.headers
    response = await shop.client.send(request)
    assert response.status_code == 415
    assert response.headers["content-type"].startswith(XML)


async def test_other_formats_are_not_written(shop: Shop) -> None:
    response = await shop.post(as_json(GOOD), kind=JSON, accept="text/html")
    assert (response.status_code, code_of(response)) == (406, "media_type.not_acceptable")
    assert await shop.count("orders") == 0


async def test_each_header_chooses_its_own_direction(shop: Shop) -> None:
    for kind, body in ((XML, as_xml(GOOD)), (JSON, as_json(GOOD))):
        for accept, answered in (
            (XML, XML),
            (JSON, JSON),
            ("text/xml", "text/xml"),
            ("*/*", kind),
            ("text/html, application/json;q=0.5, application/xml;q=0.4", JSON),
        ):
            response = await shop.post(body, kind=kind, accept=accept)
            assert response.headers["content-type"] == f"{answered}; charset=utf-8"
            assert response.status_code == 200


async def test_without_accept_the_answer_comes_in_the_format_of_the_request(shop: Shop) -> None:
    for kind, body in ((XML, as_xml(GOOD)), (JSON, as_json(GOOD))):
        url, headers = httpx.URL(ORDERS, params=shop.parameters), {"Content-Type": kind}
        request = shop.client.build_request("POST", url, content=body, headers=headers)
        del request.headers["accept"]
        response = await shop.client.send(request)
        assert response.headers["content-type"].startswith(kind)


async def test_more_than_64_kib_are_refused_announced_or_not(shop: Shop) -> None:
    body = as_json({**GOOD, "note": "x" * 65_536})
    announced = await shop.post(body)
    assert (announced.status_code, code_of(announced)) == (413, "wire.too_large")

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(16):
            yield b" " * 8192

    headers = {"Content-Type": JSON, "Accept": JSON}
    chunked = await shop.client.post(ORDERS, content=endless(), headers=headers, params=shop.parameters)
    assert (chunked.status_code, code_of(chunked)) == (413, "wire.too_large")
    fits = as_json({**GOOD, "note": "x" * 65_000})
    assert (await shop.post(fits)).status_code == 200


async def test_a_body_in_small_pieces_is_read_whole(shop: Shop) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for byte in as_json(GOOD):
            yield bytes([byte])

    headers = {"Content-Type": JSON, "Accept": JSON}
    response = await shop.client.post(ORDERS, content=pieces(), headers=headers, params=shop.parameters)
    assert response.status_code == 200


@pytest.mark.parametrize(
    "method, path, allow",
    [("GET", TOKENS, "POST"), ("GET", ORDERS, "POST"), ("DELETE", ORDERS, "POST"), ("POST", f"{DETAIL}/GL1", "GET")],
)
async def test_a_method_that_an_address_does_not_take_is_refused(
    shop: Shop, method: str, path: str, allow: str
) -> None:
    response = await shop.client.request(method, path)
    assert (response.status_code, code_of(response)) == (405, "method.not_allowed")
    assert response.headers["allow"] == allow


@pytest.mark.parametrize(
    "path",
    [
        "/api/secure/",
        "/api/secure/elsewhere",
        "/api/secure/givingservice/",
        "/api/secure/givingservice/elsewhere",
        "/api/userservice/tokens/x",
        f"{ORDERS}/x",
        DETAIL,
        f"{DETAIL}/",
        f"{DETAIL}/a/b",
    ],
)
async def test_there_is_nothing_elsewhere(shop: Shop, path: str) -> None:
    for method in ("GET", "POST"):
        response = await shop.client.request(method, path, headers={"Accept": JSON})
        assert (response.status_code, code_of(response)) == (404, "page.not_found")


async def test_another_charset_is_refused_in_the_format_that_was_sent(shop: Shop) -> None:
    for kind, body in ((XML, as_xml(GOOD)), (JSON, as_json(GOOD))):
        headers = {"Content-Type": f"{kind}; charset=iso-8859-1"}
        response = await shop.client.post(ORDERS, content=body, params=shop.parameters, headers=headers)
        assert (response.status_code, code_of(response)) == (415, "media_type.unsupported")
        assert response.headers["content-type"].startswith(kind)


@pytest.mark.parametrize("slash", ["", "/"])
async def test_paths_end_with_a_slash_or_without(shop: Shop, slash: str) -> None:
    response = await shop.client.post(
        f"{ORDERS}{slash}", content=as_json(GOOD), params=shop.parameters, headers={"Content-Type": JSON}
    )
    assert response.status_code == 200


async def test_a_query_string_that_is_not_text_is_told_of(shop: Shop) -> None:
    response = await shop.client.post(f"{ORDERS}?api_key=%ff", content=as_json(GOOD), headers={"Content-Type": JSON})
    assert (response.status_code, code_of(response)) == (400, "parameters.invalid")
    many = "&".join(f"a{at}=1" for at in range(60))
    response = await shop.client.post(f"{ORDERS}?{many}", content=as_json(GOOD), headers={"Content-Type": JSON})
    assert (response.status_code, code_of(response)) == (400, "parameters.invalid")


async def test_a_client_that_goes_away_does_no_harm(shop: Shop) -> None:
    port = shop.client.base_url.port
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"POST {ORDERS} HTTP/1.1\r\nHost: x\r\nContent-Type: {JSON}\r\nContent-Length: 500\r\n\r\n{{".encode())
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert (await shop.order()).status_code == 200
