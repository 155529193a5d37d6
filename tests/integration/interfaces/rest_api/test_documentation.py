"""What is written for developers is true: every example is run, in order, and answered as it says."""

import asyncio
import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple, cast

import httpx
import msgspec
import pytest

from largesse import outbox
from largesse.app.routes import open_templates
from largesse.app.web import make_app
from largesse.domain.programs import KeyScope
from largesse.interfaces import rest_api
from largesse.interfaces.rest_api.reference import _errors
from tests.builders.application import BASE_URL
from tests.builders.gifts import bought
from tests.builders.programs import Api, a_program_key, speaking
from tests.integration.interfaces.rest_api.conftest import Shop
from tests.support.serving import served
from tests.unit.interfaces.rest_api.test_document import ending

HOWTO = Path(__file__).parents[4] / "docs" / "howto"
_BLOCK = re.compile(r"^```(?P<kind>http|json|python)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_ANY = "…"


class Example(NamedTuple):
    """A request as it is written, and what of the answer is."""

    line: str
    headers: Mapping[str, str]
    body: str
    answer: Any


def examples(text: str) -> Iterator[Example]:
    """Every request of a page, with its answer."""
    blocks = [(one["kind"], one["text"]) for one in _BLOCK.finditer(text)]
    for (kind, request), (after, answer) in pairwise(blocks):
        if kind != "http":
            continue
        assert after == "json", request
        head, _, body = request.partition("\n\n")
        line, *headers = head.strip().splitlines()
        yield Example(line, dict(one.split(": ", 1) for one in headers), body, msgspec.json.decode(answer))


def agrees(said: Any, told: Any) -> bool:
    """Whether an answer has all that is written of it."""
    if said == _ANY:
        return bool(told)
    if isinstance(said, dict):
        return isinstance(told, dict) and all(name in told and agrees(one, told[name]) for name, one in said.items())
    if isinstance(said, list):
        return isinstance(told, list) and len(said) <= len(told) and all(map(agrees, said, told))
    return bool(said == told)


async def run(shop: Shop, api: Api, page: str) -> int:
    """Run the examples of a page in order; return how many there were."""
    known: dict[str, str] = {}
    ran = 0
    for one in examples((HOWTO / page).read_text(encoding="utf-8")):
        method, path = one.line.split(" ")
        body = one.body
        for name, value in known.items():
            body = body.replace(name, value)
        headers = {"Content-Type": "application/json", **one.headers}
        answer = await api.client.request(method, path, content=body or None, headers=headers)
        await outbox.number_events(shop.application.database)
        told = answer.json()
        assert agrees(one.answer, told), (one.line, told)
        if told.get("number"):
            known["NUMBER"] = told["number"]
        if "operation_id" in told:
            known["OPERATION_ID"] = told["operation_id"]
        ran += 1
    return ran


async def test_the_requests_of_the_how_to_are_answered_as_it_says(shop: Shop) -> None:
    key = await a_program_key(shop.application, shop.merchant, live=False)
    async with speaking(shop.application, key.text) as api:
        assert await run(shop, api, "rest-api.md") == 15


@pytest.mark.parametrize("place", range(4))
async def test_the_programs_of_the_how_to_run(shop: Shop, place: int) -> None:
    text = (HOWTO / "python-client.md").read_text(encoding="utf-8")
    programs = [one["text"] for one in _BLOCK.finditer(text) if one["kind"] == "python"]
    assert len(programs) == 4
    async with served(make_app(rest_api.routes(shop.application))) as base_url:
        code = compile(programs[place], "python-client.md", "exec")
        names = {"KEY": shop.key, "BASE_URL": base_url}
        await asyncio.to_thread(exec, code, names)


async def test_the_reference_explains_every_route_and_every_code_without_a_key(shop: Shop) -> None:
    app = make_app(rest_api.routes(shop.application, open_templates(shop.application)))
    transport = httpx.ASGITransport(app=cast("Any", app))
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as stranger:
        page = await stranger.get("/api/v1/reference", headers={"accept": "text/html"})
        document = await stranger.get("/api/v1/openapi.json")
        refused = await stranger.get("/api/v1/certificates")
    assert (page.status_code, document.status_code, refused.status_code) == (200, 200, 401)
    assert document.json()["openapi"] == "3.1.0"
    for route in rest_api.ROUTES:
        assert f'id="{route.name}"' in page.text
    for known in _errors():
        assert f'id="{known.code}"' in page.text, known.code
    code = refused.json()["code"]
    assert refused.json()["type"].endswith(f"/api/v1/reference#{code}")
    assert f'id="{code}"' in page.text
    assert "<script" not in page.text or "/assets/" in page.text


async def test_a_route_on_its_way_out_says_so_and_goes_on(shop: Shop) -> None:
    app = make_app(rest_api.routes(shop.application, table=ending()))
    transport = httpx.ASGITransport(app=cast("Any", app))
    headers = {"Authorization": f"Bearer {shop.key}"}
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL, headers=headers) as client:
        done = await client.get("/api/v1/seals")
        refused = await client.get("/api/v1/seals?limit=0")
        other = await client.get("/api/v1/events")
    assert (done.status_code, refused.status_code, other.status_code) == (200, 400, 200)
    for answer in (done, refused):
        assert (answer.headers["deprecation"], answer.headers["sunset"]) == (
            "@1796083200",
            "Wed, 01 Dec 2027 00:00:00 GMT",
        )
        assert "successor-version" in answer.headers["link"]
    assert "sunset" not in other.headers


async def test_a_certificate_is_shown_with_what_belongs_to_it(shop: Shop) -> None:
    made = await shop.api.issued("10.00")
    await shop.api.done("/certificates/redeem", {"number": made["number"], "amount": "1", "currency": "USD"})
    path = f"/certificates/{made['certificate_id']}"
    shown = (await shop.api.get(path, expand="history,lots,holds,orders")).json()
    assert [one["kind"] for one in shown["history"]] == ["issue", "redeem"]
    assert (shown["holds"], shown["orders"], len(shown["lots"])) == ([], [], 1)
    looked = await shop.api.done("/certificates/look-up", {"number": made["number"], "expand": ["history"]})
    assert looked["history"] == shown["history"]
    assert "orders" not in looked
    [card] = await bought(shop.application, shop.merchant)
    filled = (await shop.api.get(f"/certificates/{card.certificate_id}", expand="orders")).json()
    assert [one["order_number"] for one in filled["orders"]] == [card.order_number]
    few = await a_program_key(shop.application, shop.merchant, scopes=[KeyScope.CERTIFICATES_READ], name="Few")
    refused = await shop.api.get(path, expand="orders", headers={"Authorization": f"Bearer {few.text}"})
    assert (refused.status_code, refused.json()["code"]) == (403, "program_key.scope")
    unknown = await shop.api.get(path, expand="buyer")
    assert unknown.status_code == 400
