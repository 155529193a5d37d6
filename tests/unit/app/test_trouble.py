"""Whoever reads in a browser gets a calm page when something goes wrong; a program gets a problem."""

from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Any

import httpx
import pytest
from litestar import get, post

from largesse.app.problems import MEDIA_TYPE
from largesse.app.web import make_app
from largesse.kernel.errors import FieldError, InvalidInput, Unavailable
from largesse.ui import LANGUAGES, Templates
from largesse.web.headers import security_headers

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@post("/sent")
async def sent() -> None:
    raise InvalidInput(fields=[FieldError("amount", "amount.too_small", "Name more than one.")])


@get("/busy")
async def busy() -> None:
    raise Unavailable(retry_after_s=7)


@get(["/broken", "/api/broken"])
async def broken() -> None:
    raise RuntimeError("sesame")


@pytest.fixture(scope="module")
def templates() -> Templates:
    return Templates(https=True)


@pytest.fixture
async def client(templates: Templates) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(make_app([sent, busy, broken], templates=templates), raise_app_exceptions=False)  # type: ignore[arg-type]  # ASGI alike
    async with httpx.AsyncClient(transport=transport, base_url="https://gifts.example.com") as opened:
        yield opened


@pytest.mark.parametrize("path", ["/demo/a/b", "/x/y/z", "/demo/a?code=sesame"])
async def test_an_unknown_address_is_a_page_with_a_way_on(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path, headers={"Accept": BROWSER})

    assert answer.status_code == HTTPStatus.NOT_FOUND
    assert answer.headers["content-type"].startswith("text/html")
    assert "<h1>There is nothing at this address</h1>" in answer.text
    assert 'href="/"' in answer.text
    assert answer.headers["vary"].startswith("Accept,")


async def test_the_page_is_sent_with_every_header_of_a_page(client: httpx.AsyncClient) -> None:
    for path in ("/x/y/z", "/broken", "/busy", "/sent"):
        answer = await client.get(path, headers={"Accept": BROWSER})
        assert {name: answer.headers[name] for name in security_headers()} == security_headers()


@pytest.mark.parametrize(
    "language, words",
    [
        ("en", "There is nothing at this address"),
        ("es", "En esta dirección no hay nada"),
        ("fr", "Il n’y a rien à cette adresse"),
        ("de", "Unter dieser Adresse ist nichts"),
    ],
)
async def test_the_page_is_in_the_readers_language(client: httpx.AsyncClient, language: str, words: str) -> None:
    by_header = await client.get("/x/y", headers={"Accept": BROWSER, "Accept-Language": language})
    by_cookie = await client.get("/x/y", headers={"Accept": BROWSER, "Cookie": f"language={language}"})

    for answer in (by_header, by_cookie):
        assert f'<html lang="{language}"' in answer.text
        assert words in answer.text


@pytest.mark.parametrize(
    "method, path, status, words",
    [
        ("GET", "/sent", 405, "This page cannot be opened like that"),
        ("POST", "/busy", 405, "This page cannot be opened like that"),
        ("POST", "/sent", 400, "We could not read that"),
        ("GET", "/busy", 503, "We cannot answer just now"),
        ("GET", "/broken", 500, "Something went wrong on our side"),
    ],
)
async def test_each_failure_has_a_calm_page(
    client: httpx.AsyncClient, method: str, path: str, status: int, words: str
) -> None:
    for language in LANGUAGES:
        answer = await client.request(method, path, headers={"Accept": BROWSER, "Accept-Language": language})
        assert answer.status_code == status
        assert answer.headers["content-type"].startswith("text/html")
        assert (words in answer.text) is (language == "en")
        assert "sesame" not in answer.text


async def test_what_the_status_promises_goes_along(client: httpx.AsyncClient) -> None:
    assert (await client.get("/busy", headers={"Accept": BROWSER})).headers["retry-after"] == "7"
    allowed = (await client.get("/sent", headers={"Accept": BROWSER})).headers["allow"]
    assert {one.strip() for one in allowed.split(",")} == {"OPTIONS", "POST"}


async def test_a_change_of_language_comes_back_only_to_what_can_be_opened(client: httpx.AsyncClient) -> None:
    opened = await client.get("/x/y", headers={"Accept": BROWSER})
    posted = await client.post("/sent", headers={"Accept": BROWSER})

    assert 'name="here" value="/x/y"' in opened.text
    assert 'name="here" value="/"' in posted.text


@pytest.mark.parametrize("path, status", [("/x/y/z", 404), ("/sent", 405), ("/busy", 503), ("/broken", 500)])
@pytest.mark.parametrize("accept", [None, "*/*", "application/json", "application/xml, application/problem+json"])
async def test_programs_get_problems(client: httpx.AsyncClient, path: str, status: int, accept: str | None) -> None:
    headers: dict[str, Any] = {} if accept is None else {"Accept": accept}
    answer = await client.get(path, headers=headers)

    assert answer.status_code == status
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert answer.json()["status"] == status


@pytest.mark.parametrize("path, status", [("/api/x/y", 404), ("/api/broken", 500)])
async def test_what_programs_use_has_no_pages(client: httpx.AsyncClient, path: str, status: int) -> None:
    answer = await client.get(path, headers={"Accept": BROWSER})

    assert (answer.status_code, answer.headers["content-type"]) == (status, MEDIA_TYPE)
