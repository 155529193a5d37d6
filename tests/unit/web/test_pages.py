"""The look over HTTP: assets that are kept for ever, preferences that are remembered, pages that let nothing in."""

import gzip
from collections.abc import Iterator

import pytest
from litestar import Litestar, Response, get
from litestar.testing import TestClient

from largesse.ui import Templates
from largesse.web.assets import ui_routes
from largesse.web.pages import page
from largesse.web.request import AnyRequest

TEMPLATES = Templates()


@get("/page", sync_to_thread=False)
def shown(request: AnyRequest) -> Response[str]:
    """Answer with a shell that has nothing in it."""
    return page(TEMPLATES, "ui/shop.html", request, form_targets=("https://pay.example",))


@get("/packed", sync_to_thread=False)
def shown_packed(request: AnyRequest) -> Response[str]:
    """Answer with the same shell, compressed for who reads that."""
    return page(TEMPLATES, "ui/shop.html", request, packed=True)


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient[Litestar]]:
    app = Litestar(route_handlers=[shown, shown_packed, *ui_routes(TEMPLATES)], openapi_config=None)
    with TestClient(app) as opened:
        yield opened


def test_an_asset_is_kept_for_ever_and_sent_compressed(client: TestClient[Litestar]) -> None:
    url = TEMPLATES.assets.style_url("shop")
    answer = client.get(url, headers={"accept-encoding": "gzip, br"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers["x-content-type-options"] == "nosniff"
    plain = client.get(url, headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == answer.content  # the client unpacked the first one
    assert len(gzip.compress(plain.content)) < len(plain.content) / 3


def test_an_asset_that_is_known_is_not_sent_again(client: TestClient[Litestar]) -> None:
    url = TEMPLATES.assets.url("ui.js")
    etag = client.get(url).headers["etag"]
    again = client.get(url, headers={"if-none-match": etag})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == etag


def test_an_asset_that_is_not_there_is_plainly_missing(client: TestClient[Litestar]) -> None:
    assert client.get("/assets/look.0000.js").status_code == 404
    assert client.get("/assets/../pyproject.toml").status_code == 404


def test_a_page_lets_nothing_in_and_is_not_kept(client: TestClient[Litestar]) -> None:
    answer = client.get("/page", headers={"accept-language": "de"})
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self' https://pay.example" in policy
    assert "unsafe" not in policy
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["content-language"] == "de"
    assert '<html lang="de"' in answer.text


def test_a_page_without_secrets_is_compressed_for_who_reads_that(client: TestClient[Litestar]) -> None:
    packed = client.get("/packed", headers={"accept-encoding": "gzip"})
    plain = client.get("/packed", headers={"accept-encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert int(packed.headers["content-length"]) < len(plain.content) / 2
    assert packed.text == plain.text
    assert plain.headers["vary"] == packed.headers["vary"] == "Accept-Language, Cookie, Accept-Encoding"
    assert "content-encoding" not in client.get("/page", headers={"accept-encoding": "gzip"}).headers


def test_a_readers_preferences_are_remembered(client: TestClient[Litestar]) -> None:
    answer = client.post("/preferences", data={"theme": "dark", "here": "/page?x=1"}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/page?x=1")
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert 'data-theme="dark"' in client.get("/page").text
    client.post("/preferences", data={"language": "es"})
    assert '<html lang="es"' in client.get("/page", headers={"accept-language": "de"}).text
    client.cookies.clear()


def test_preferences_that_nobody_offers_are_passed_over(client: TestClient[Litestar]) -> None:
    answer = client.post(
        "/preferences", data={"theme": "neon", "language": "xx", "here": "https://evil.example"}, follow_redirects=False
    )
    assert answer.headers["location"] == "/"
    assert "set-cookie" not in answer.headers
