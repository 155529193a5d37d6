"""One Idempotency-Key is one operation: fifty times at once, with another body, after a crash, with a rotated key."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from largesse.db import Database
from largesse.services import programs
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_merchant
from tests.builders.programs import a_program_key, speaking
from tests.builders.staff import OPERATOR
from tests.fakes.clock import StillClock
from tests.integration.interfaces.rest_api.conftest import Shop


async def commands(shop: Shop) -> list[tuple[str, dict[str, Any]]]:
    """One call of each kind that works with a certificate of its own, and so can be made once."""
    number, other, lost, empty = [(await shop.api.issued("100.00"))["number"] for _ in range(4)]
    short = (await shop.api.issued("1", good_through="2028-01-31"))["number"]
    money = {"number": number, "amount": "10.00", "currency": "USD"}
    parts = [{"number": one, "amount": "1"} for one in (number, other)]
    many = {"currency": "USD", "paid_by": "cash", "lines": [{"amount": "2"}] * 5}
    return [
        ("/certificates", {"amount": "5.00", "currency": "USD", "paid_by": "cash"}),
        ("/certificates/prepare", {}),
        ("/certificates/redeem", money),
        ("/certificates/hold", money),
        ("/certificates/reload", {**money, "paid_by": "cash"}),
        ("/certificates/adjust", {**money, "memo": "counted twice"}),
        ("/certificates/transfer", {**money, "to": {"number": other}}),
        ("/certificates/pay-bill", {"currency": "USD", "parts": parts}),
        ("/certificates/bulk", {"mode": "all", **many}),
        ("/certificates/bulk", {"mode": "each", **many}),
        ("/certificates/refund", {"number": other, "amount": "1.00"}),
        ("/certificates/extend", {"number": short, "good_through": "2029-01-31"}),
        ("/certificates/block", {"number": other}),
        ("/certificates/reissue", {"number": lost}),
        ("/certificates/cash-out", {"number": empty}),
    ]


async def test_a_repetition_tells_the_first_outcome_whatever_has_come_since(shop: Shop) -> None:
    for place, (path, body) in enumerate(await commands(shop)):
        first = await shop.api.post(path, body, key=f"k{place}")
        assert first.status_code in {200, 201}, (path, first.text)
        assert "idempotent-replayed" not in first.headers, path
        rows = await shop.count("journal")
        again = await shop.api.post(path, body, key=f"k{place}")
        assert (again.status_code, again.headers.get("idempotent-replayed")) == (first.status_code, "true"), path
        assert again.json() == first.json(), path
        assert await shop.count("journal") == rows, path


async def test_a_key_for_another_request_is_refused_with_what_it_did(shop: Shop) -> None:
    made = await shop.api.issued("100.00")
    body = {"number": made["number"], "amount": "10.00", "currency": "USD"}
    await shop.api.done("/certificates/redeem", body, key="k")
    for path, other in (
        ("/certificates/redeem", {**body, "amount": "11.00"}),
        ("/certificates/redeem", {**body, "memo": "table 4"}),
        ("/certificates/hold", body),
        ("/certificates/block", {"number": made["number"]}),
        ("/certificates", {"amount": "10.00", "currency": "USD", "paid_by": "cash"}),
        ("/certificates/reissue", {"number": made["number"]}),
    ):
        refused = await shop.api.post(path, other, key="k")
        problem = refused.json()
        assert (refused.status_code, problem["code"]) == (422, "idempotency.mismatch"), (path, refused.text)
        assert problem["resource_id"] == made["certificate_id"]


@pytest.mark.parametrize("place", [0, 2, 3, 4, 7, 8, 9, 10, 13])
async def test_fifty_at_once_happen_once(shop: Shop, place: int) -> None:
    path, body = (await commands(shop))[place]
    before = await shop.count("events")
    answers = await asyncio.gather(*(shop.api.post(path, body, key="once") for _ in range(50)))
    assert {one.status_code for one in answers} <= {200, 201}, {one.text for one in answers if one.status_code > 201}
    assert len({one.text for one in answers}) == 1
    assert sum("idempotent-replayed" not in one.headers for one in answers) == 1
    told = {"/certificates/pay-bill": 2, "/certificates/reissue": 2}.get(path, 1)
    assert await shop.count("events") == before + told


async def test_refusals_are_decided_anew(shop: Shop) -> None:
    made = await shop.api.issued("10.00")
    body = {"number": made["number"], "amount": "15.00", "currency": "USD"}
    assert (await shop.api.post("/certificates/redeem", body, key="k")).status_code == 409
    await shop.api.done(
        "/certificates/reload", {"number": made["number"], "amount": "10", "currency": "USD", "paid_by": "cash"}
    )
    done = await shop.api.post("/certificates/redeem", body, key="k")
    assert (done.status_code, "idempotent-replayed" in done.headers) == (200, False)


async def test_each_line_that_was_refused_is_tried_anew_and_no_other(shop: Shop) -> None:
    wrong = {"amount": "5.00", "good_through": "2020-01-01"}
    lines = [{"amount": "5.00"}, wrong, {"amount": "1.005"}, {"amount": "7.00"}]
    body = {"mode": "each", "currency": "USD", "paid_by": "cash", "lines": lines}
    first = await shop.api.done("/certificates/bulk", body, key="k")
    assert (first["issued"], first["refused"], first["amount"]) == (2, 2, "12.00")
    assert [one.get("code") for one in first["lines"]][2] == "request.invalid"
    again = await shop.api.post("/certificates/bulk", body, key="k")
    assert (again.json(), again.headers["idempotent-replayed"]) == (first, "true")
    whole = await shop.api.post("/certificates/bulk", {**body, "mode": "all"}, key="a")
    assert (whole.status_code, whole.json()["errors"][0]["pointer"]) == (400, "/lines/2/amount")
    before = await shop.count("certificates")
    late = await shop.api.post("/certificates/bulk", {**body, "mode": "all", "lines": lines[:2]}, key="b")
    assert (late.status_code, late.json()["index"]) == (409, 1), late.text
    assert await shop.count("certificates") == before


async def test_after_a_crash_the_key_tells_what_became_of_it(shop: Shop) -> None:
    made = await shop.api.issued("100.00")
    body = {"number": made["number"], "amount": "10.00", "currency": "USD"}
    first = await shop.api.done("/certificates/redeem", body, key="k")
    database, keyring = shop.application.database, shop.application.keyring
    # another process, which remembers nothing, a week later
    clock = StillClock(NOW + timedelta(days=7))
    async with an_application(database, clock=clock, keyring=keyring) as anew, speaking(anew, shop.key) as api:
        again = await api.post("/certificates/redeem", body, key="k")
        assert (again.json(), again.headers["idempotent-replayed"]) == (first, "true")


async def test_a_rotated_key_repeats_the_same_request(shop: Shop) -> None:
    made = await shop.api.issued("100.00")
    body = {"number": made["number"], "amount": "10.00", "currency": "USD"}
    first = await shop.api.post("/certificates/redeem", body, key="k")
    after = await programs.rotate_key(
        shop.application, shop.merchant, shop.key[-4:], overlap=timedelta(hours=1), by=OPERATOR, now=NOW
    )
    again = await shop.api.post("/certificates/redeem", body, key="k", key_text=after.text)
    assert (again.json(), again.headers["idempotent-replayed"]) == (first.json(), "true")


async def test_eight_programs_never_overdraw_one_certificate(shop: Shop) -> None:
    made = await shop.api.issued("10.00")
    body = {"number": made["number"], "amount": "1.00", "currency": "USD"}
    answers: list[httpx.Response] = await asyncio.gather(
        *(shop.api.post("/certificates/redeem", body, key=f"k{place}") for place in range(40))
    )
    assert sorted(one.status_code for one in answers) == [200] * 10 + [409] * 30


async def test_nothing_waits_for_a_second_session_while_it_holds_one(dsn: str) -> None:
    async with await Database.open(dsn, size_max=1) as alone, an_application(alone, clock=StillClock(NOW)) as one:
        merchant = await a_merchant(alone)
        key = await a_program_key(one, merchant)
        async with speaking(one, key.text) as api:
            shop = Shop(application=one, clock=StillClock(NOW), merchant=merchant, api=api, key=key.text)
            calls = await commands(shop)
            answers = await asyncio.gather(
                *(api.post(path, body, key=f"k{place}") for place, (path, body) in enumerate(calls))
            )
        told = {path: answer.json().get("code") for (path, _), answer in zip(calls, answers, strict=True)}
        # what several do to one certificate at once may be refused by the book, and by nothing else
        assert set(told.values()) <= {None, "certificate.blocked", "certificate.balance.insufficient"}, told
