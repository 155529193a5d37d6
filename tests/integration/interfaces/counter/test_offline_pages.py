"""What a device fetches and sends over HTTP to work without a line: by its key and its signatures alone."""

import json
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import httpx
import pytest
from litestar import Litestar

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import devices
from largesse.domain.devices import DeviceChange
from largesse.domain.merchants import Merchant
from largesse.domain.offline import RowsWait, read_book
from largesse.services.counter_sales import DayCount, close_day
from largesse.services.merchants import revoke_device
from tests.builders.application import NOW, an_application
from tests.builders.certificates import Card, a_card, a_merchant, a_request
from tests.builders.offline import OfflineTill, allowed, an_offline_till
from tests.builders.tills import Till, a_till
from tests.fakes.clock import StillClock
from tests.support.office import office_app, visiting

HOME = "/counter/corner-spa"
OFFLINE = f"{HOME}/offline"


class Line(NamedTuple):
    """A till that may work without a line, and the pages that it speaks with."""

    application: Application
    app: Litestar
    merchant: Merchant
    till: Till
    card: Card


@pytest.fixture
async def line(database: Database) -> AsyncIterator[Line]:
    async with an_application(database, clock=StillClock(NOW)) as application:
        merchant = await a_merchant(database)
        till, card = await a_till(application, merchant), await a_card(application, merchant)
        async with database.transaction() as connection:
            await devices.change_device(connection, till.device, DeviceChange(offline_hours_max=24))
        await allowed(application, merchant)
        yield Line(application, office_app(application), merchant, till, card)


def _knows(client: httpx.AsyncClient, till: Till) -> None:
    client.cookies.set("__Secure-till", till.key, domain="gifts.example.com", path=HOME)


async def _book(client: httpx.AsyncClient, till: Till, **given: Any) -> httpx.Response:
    state = (await client.get(f"{OFFLINE}/state")).json()
    challenge = state["challenge"]
    asked = {"challenge": challenge, "signature": till.keys.sign(challenge)} | given
    return await client.post(f"{OFFLINE}/book", json=asked)


def _read(answer: httpx.Response) -> tuple[dict[str, Any], int]:
    length = int.from_bytes(answer.content[:4], "big")
    return json.loads(answer.content[4 : 4 + length]), len(read_book(answer.content[4 + length :])[2])


async def test_a_device_that_signs_is_given_its_book_and_then_what_changed(line: Line) -> None:
    async with visiting(line.app) as client:
        _knows(client, line.till)
        told, entries = _read(await _book(client, line.till))
        assert (entries, told["currency"], told["hours"], told["lent"]) == (1, "USD", 24, 50_000)
        assert len(told["key"]) == 43
        again, changes = _read(await _book(client, line.till, position=told["position"], keyId=told["keyId"]))
        assert changes == 0
        assert "key" not in again
        assert line.card.number not in str(told)


async def test_nobody_else_is_given_a_book_however_much_of_it_they_have(line: Line) -> None:
    async with visiting(line.app) as client:
        assert (await client.get(f"{OFFLINE}/state")).json()["allowed"] is False
        stranger = await client.post(f"{OFFLINE}/book", json={"challenge": "x", "signature": "y"})
        assert (stranger.status_code, stranger.json()) == (403, {"code": "device.access_denied"})
        _knows(client, line.till)
        other = await a_till(line.application, line.merchant, name="Other")
        copied = await _book(client, other)
        assert copied.status_code == 403, "a cookie that was copied, without the key"
        assert (await client.post(f"{OFFLINE}/book", content=b"nonsense")).status_code == 400
        waits = await _book(client, line.till, waiting=1)
        assert (waits.status_code, waits.json()) == (409, {"code": "offline.queue_first"})
        async with line.application.database.transaction() as connection:
            await revoke_device(connection, line.till.device, actor="cli:tester", now=NOW)
        assert (await client.get(f"{OFFLINE}/state")).json()["allowed"] is False


async def test_rows_are_taken_by_their_signatures_without_a_cookie(line: Line) -> None:
    kept: OfflineTill = await an_offline_till(line.application, line.merchant, line.till)
    row = kept.take((line.card, 1_500))
    sent = {"version": 1, "rows": [{"body": row.body, "signature": row.signature}], "waiting": 0}
    async with visiting(line.app) as client:
        for _ in range(2):
            answer = await client.post(f"{OFFLINE}/queue", json=sent)
            assert answer.json() == {"rows": [{"number": 1, "state": "taken", "taken": 1_500}]}
        forged = [{"body": row.body.replace("Table 4", "Table 5"), "signature": row.signature}]
        told = (await client.post(f"{OFFLINE}/queue", json=sent | {"rows": forged})).json()["rows"]
        assert told == [{"number": 1, "state": "taken", "taken": 1_500}], "what stands under that number, and no more"
        assert (await client.post(f"{OFFLINE}/queue", json=sent | {"version": 2})).status_code == 400
        assert (await client.post(f"{OFFLINE}/queue", content=b"{")).status_code == 400
        assert (await client.post("/counter/nobody/offline/queue", json=sent)).status_code == 404
    assert await line.card.left(line.application) == (8_500, 0)


async def test_a_device_that_tells_of_rows_it_still_has_is_not_closed_by_whoever_is_at_it(line: Line) -> None:
    kept = await an_offline_till(line.application, line.merchant, line.till)
    kept.take((line.card, 1_500))
    async with visiting(line.app) as client:
        _knows(client, line.till)
        assert (await client.get(f"{OFFLINE}/state?waiting=1")).json()["allowed"] is True
        assert (await client.get(f"{OFFLINE}/state?waiting=many")).status_code == 200
        count = DayCount(cash=500, reason="what lay in it before")
        with pytest.raises(RowsWait):
            await close_day(line.application, line.merchant, line.till.device, count, request=a_request(), now=NOW)


async def test_the_worker_and_its_page_are_the_same_for_everybody(line: Line) -> None:
    async with visiting(line.app) as client:
        worker = await client.get(f"{HOME}/worker.js")
        assert worker.headers["service-worker-allowed"] == HOME
        assert worker.headers["content-type"].startswith("text/javascript")
        assert "default-src 'none'" in worker.headers["content-security-policy"]
        stranger = await client.get(OFFLINE)
        _knows(client, line.till)
        device = await client.get(OFFLINE)
        assert device.text == stranger.text
        assert "set-cookie" not in device.headers
        policy = device.headers["content-security-policy"]
        assert "worker-src 'self'" in policy
        assert "trusted-types largesse-worker" in policy
        assert (await client.get(f"{HOME}/counter.webmanifest")).json()["start_url"] == HOME
        assert (await client.get("/counter/nobody/worker.js")).status_code == 404
