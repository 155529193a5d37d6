"""Who comes in: every route of the table with every scope, with keys that end, too often, and from a sandbox."""

from typing import Any
from uuid import UUID

import pytest

from largesse.domain.programs import KeyScope
from largesse.interfaces.rest_api import ROUTES, RestRoute
from largesse.services import programs
from tests.builders.application import NOW
from tests.builders.programs import a_program_key, speaking
from tests.builders.staff import OPERATOR
from tests.integration.interfaces.rest_api.conftest import Shop

NOBODY = UUID("0195d3b4-0000-7000-8000-000000000000")


async def ask(shop: Shop, route: RestRoute, key: str | None) -> Any:
    """Ask a route for nothing sensible."""
    path = "/".join(str(NOBODY) if part.startswith("{") else part for part in route.template.split("/"))
    headers = {"Authorization": f"Bearer {key}"} if key else {"Authorization": ""}
    return await shop.api.client.request(route.method, path, json={} if route.takes else None, headers=headers)


async def test_every_route_asks_for_its_scope_and_lets_it_in(shop: Shop) -> None:
    keys = {
        scope: (await a_program_key(shop.application, shop.merchant, scopes=[scope], name=scope.value)).text
        for scope in KeyScope
    }
    for route in ROUTES:
        for scope, key in keys.items():
            answer = await ask(shop, route, key)
            if scope is route.scope:
                assert answer.status_code not in {401, 403, 500}, (route.name, answer.text)
            else:
                assert (answer.status_code, answer.json()["code"]) == (403, "program_key.scope"), (route.name, scope)


async def test_no_route_is_open_to_no_key_or_one_that_has_ended(shop: Shop) -> None:
    gone = await a_program_key(shop.application, shop.merchant)
    await programs.revoke_key(shop.application, shop.merchant, gone.key.hint, by=OPERATOR, now=NOW)
    for place, route in enumerate(ROUTES):
        for key in (None, gone.text):
            answer = await ask(shop, route, key)
            known = {(401, "program_key.denied")} | ({(429, "throttled")} if place > 20 else set())
            assert (answer.status_code, answer.json()["code"]) in known, route.name
            if answer.status_code == 401:
                assert answer.headers["www-authenticate"] == 'Bearer realm="largesse"'


def test_every_route_is_named_once_and_says_what_it_takes() -> None:
    assert len({one.name for one in ROUTES}) == len(ROUTES)
    assert len({(one.method, one.template) for one in ROUTES}) == len(ROUTES)
    assert {one.scope for one in ROUTES} <= set(KeyScope)
    for one in ROUTES:
        assert (one.method == "POST") is (one.takes is not None), one.name
        assert one.summary.endswith("."), one.name


async def test_a_key_that_asks_too_often_is_told_to_wait_and_others_are_not(shop: Shop) -> None:
    other = await a_program_key(shop.application, shop.merchant, name="Other")
    path = f"/certificates/{NOBODY}"
    async with speaking(shop.application, shop.key, rates=(2, 5)) as api:
        first = await api.get(path)
        assert first.headers["ratelimit-policy"] == '"reads";q=2;w=1'
        assert first.headers["ratelimit"] == '"reads";r=1;t=1'
        answers = [await api.get(path) for _ in range(20)]
        late = [one for one in answers if one.status_code == 429]
        assert late
        assert (late[0].json()["code"], late[0].headers["retry-after"]) == ("throttled", "1")
        theirs = await api.get(path, headers={"Authorization": f"Bearer {other.text}"})
        assert theirs.status_code == 404
        writes = await api.post("/certificates", {"amount": "1", "currency": "USD", "paid_by": "cash"})
        assert writes.status_code == 201


async def test_a_request_is_found_by_the_id_that_it_came_with(shop: Shop) -> None:
    asked = await shop.api.get("/certificates/nothing", headers={"Request-Id": "till-4711-0001"})
    assert asked.headers["request-id"] == "till-4711-0001"
    strange = await shop.api.get("/certificates/nothing", headers={"Request-Id": "a b"})
    assert len(strange.headers["request-id"]) == 16


@pytest.mark.parametrize("live", [True, False])
async def test_a_sandbox_and_the_real_thing_know_nothing_of_each_other(shop: Shop, *, live: bool) -> None:
    ours = await a_program_key(shop.application, shop.merchant, live=live)
    theirs = await a_program_key(shop.application, shop.merchant, live=not live)
    made = await shop.api.post(
        "/certificates", {"amount": "9", "currency": "USD", "paid_by": "cash"}, key_text=ours.text
    )
    body = made.json()
    assert (body["redeem_url"] is None) is not live
    operation = body["operation"]["operation_id"]
    for route in ROUTES:
        if route.takes is None or not {"number"} <= set(route.takes.__struct_fields__):
            continue
        for about in ({"number": body["number"]}, {"certificate_id": body["certificate_id"]}):
            more = {
                "amount": "1", "currency": "USD", "paid_by": "cash", "memo": "x", "good_through": "2030-01-01",
                "hold_id": operation, "redemption_id": operation, "reload_id": operation, "to": about,
            }  # fmt: skip
            sent = {**about, **{name: value for name, value in more.items() if name in route.takes.__struct_fields__}}
            answer = await shop.api.post(route.path, sent, key_text=theirs.text)
            assert answer.status_code == 404, (route.name, about, answer.text)
    own = await shop.api.post("/certificates/look-up", {"number": body["number"]}, key_text=ours.text)
    assert own.status_code == 200
