"""Lists are cut by keys, events by numbers that are given after the commit, and reports agree with the books."""

import asyncio
from datetime import timedelta
from decimal import Decimal

import msgspec

from largesse import outbox
from largesse.interfaces.rest_api import ROUTES
from largesse.kernel.events import Event
from largesse.kernel.ids import first_id, new_id
from tests.builders.application import NOW
from tests.builders.gifts import bought
from tests.integration.interfaces.rest_api.conftest import Shop


async def test_pages_stay_as_they_are_while_more_is_issued(shop: Shop) -> None:
    made = []
    for place in range(7):
        shop.clock.moment = NOW + timedelta(minutes=place)
        made.append((await shop.api.issued(f"{place + 1}.00"))["certificate_id"])
    first = (await shop.api.get("/certificates", limit=3)).json()
    assert [one["certificate_id"] for one in first["data"]] == made[:3:-1]
    shop.clock.moment = NOW + timedelta(hours=1)
    await shop.api.issued("99.00")
    second = (await shop.api.get("/certificates", limit=3, after=first["next"])).json()
    third = (await shop.api.get("/certificates", limit=3, after=second["next"])).json()
    assert [one["certificate_id"] for one in second["data"] + third["data"]] == made[3::-1]
    assert third["next"] is None
    some = (await shop.api.get("/certificates", issued_since=(NOW + timedelta(minutes=5)).isoformat())).json()
    assert [one["balance"] for one in some["data"]] == ["99.00", "7.00", "6.00"]
    assert (await shop.api.get("/certificates", status="void")).json()["data"] == []
    for wrong, parameter in (
        ({"after": "nothing"}, "after"),
        ({"limit": 201}, "limit"),
        ({"status": "lost"}, "status"),
    ):
        refused = await shop.api.get("/certificates", **wrong)
        assert (refused.status_code, refused.json()["errors"][0]["parameter"]) == (400, parameter)
    assert (await shop.api.get("/certificates", after="nothing")).json()["code"] == "cursor.invalid"


async def test_every_list_answers_by_its_own_type(shop: Shop) -> None:
    [order] = await bought(shop.application, shop.merchant)
    await shop.api.issued("5.00")
    await outbox.number_events(shop.application.database)
    for route in ROUTES:
        if route.method != "GET" or "{" in route.path:
            continue
        answer = await shop.api.get(route.path)
        assert answer.status_code == 200, (route.path, answer.text)
        msgspec.json.decode(answer.content, type=route.gives)
    shown = (await shop.api.get(f"/orders/{order.order_id}", expand="certificate")).json()
    assert shown["certificate"]["certificate_id"] == str(order.certificate_id)
    assert "certificate" not in (await shop.api.get(f"/orders/{order.order_id}")).json()
    assert (await shop.api.get(f"/orders/{new_id(NOW)}")).json()["code"] == "order.not_found"
    assert (await shop.api.get(f"/orders/{order.order_id}", expand="all")).status_code == 400
    nobody = (await shop.api.get(f"/endpoints/{new_id(NOW)}/deliveries")).json()
    assert nobody == {"data": [], "next": None}


async def test_reports_agree_with_the_certificates(shop: Shop) -> None:
    made = await shop.api.issued("100.00")
    await shop.api.done("/certificates/redeem", {"number": made["number"], "amount": "30", "currency": "USD"})
    [line] = (await shop.api.get("/reports/liability")).json()["lines"]
    assert (line["name"], line["amounts"]["opening"], line["amounts"]["closing"]) == ("paid", "0.00", "70.00")
    told = (await shop.api.get("/reports/balances")).json()
    assert sum(Decimal(one["amounts"]["closing"]) for one in told["lines"]) == 0
    assert len(told["lines"]) > 2
    assert told["provisional"] is True
    wrong = await shop.api.get("/reports/liability", since="2026-12-01", until="2026-11-01")
    assert wrong.status_code == 400


def an_event(shop: Shop, minutes: int) -> Event:
    moment = NOW + timedelta(minutes=minutes)
    return Event(
        merchant_id=shop.merchant.merchant_id,
        event_id=new_id(moment),
        kind="ledger.sealed",
        occurred_at=moment,
        payload=b"{}",
    )


async def test_what_is_committed_late_comes_behind_the_cursor_of_nobody(shop: Shop) -> None:
    database = shop.application.database
    early, late = an_event(shop, 1), an_event(shop, 2)
    async with shop.application.transaction() as slow:
        await outbox.publish(slow, [early])
        async with shop.application.transaction() as quick:
            await outbox.publish(quick, [late])
        assert await outbox.number_events(database) == 1
        first = (await shop.api.get("/events")).json()
        assert [one["id"] for one in first["data"]] == [str(late.event_id)]
    assert await outbox.number_events(database) == 1
    second = (await shop.api.get("/events", after=first["next"])).json()
    assert [(one["number"], one["id"]) for one in second["data"]] == [(2, str(early.event_id))]
    async with shop.application.transaction() as again:
        await outbox.publish(again, [early])
    assert await outbox.number_events(database) == 0
    assert (await shop.api.get("/events", after=second["next"])).json() == {"data": [], "next": 2, "has_more": False}


async def test_several_workers_number_without_gaps_and_expired_cursors_are_gone(shop: Shop) -> None:
    database = shop.application.database
    events = [an_event(shop, minutes) for minutes in range(30)]
    async with shop.application.transaction() as connection:
        await outbox.publish(connection, events)
    await asyncio.gather(*(outbox.number_events(database, batch=4) for _ in range(4)))
    told = (await shop.api.get("/events", limit=10)).json()
    assert ([one["number"] for one in told["data"]], told["has_more"], told["next"]) == (list(range(1, 11)), True, 10)
    other = (await shop.api.get("/events", type="certificate.issued")).json()
    assert (other["data"], other["next"]) == ([], 30)
    before = first_id(NOW + timedelta(minutes=20))
    async with database.transaction() as connection:
        await connection.execute("DELETE FROM events WHERE event_id < $1", before)
        assert (
            await outbox.numbering.forget_numbers(connection, shop.merchant.merchant_id, before=before, limit=50) == 20
        )
    gone = await shop.api.get("/events", after=3)
    assert (gone.status_code, gone.json()["code"], gone.json()["oldest"]) == (410, "events.expired", 21)
    assert (await shop.api.get("/events")).json()["data"][0]["number"] == 21
    assert (await shop.api.get("/events", after=20)).json()["data"][0]["number"] == 21


async def test_a_certificate_tells_of_itself_by_events_without_its_number(shop: Shop) -> None:
    made = await shop.api.issued("5.00")
    many = {"mode": "all", "currency": "USD", "paid_by": "given", "lines": [{"amount": "1"}] * 4}
    await shop.api.done("/certificates/bulk", many)
    await outbox.number_events(shop.application.database)
    told = await shop.api.get("/events")
    found = {one["type"]: one["data"] for one in told.json()["data"]}  # of one moment: in no order
    assert set(found) == {"certificate.issued", "certificates.issued"}
    assert (found["certificates.issued"]["count"], found["certificates.issued"]["value"]) == (4, "4.00")
    assert made["number"] not in told.text


def test_no_address_has_a_place_for_a_number() -> None:
    assert [one.path for one in ROUTES if "number" in one.path] == []
