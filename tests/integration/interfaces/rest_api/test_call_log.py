"""What a program asked for is found by its Request-Id for 30 days; what cannot be kept stops nobody."""

import asyncio
from datetime import timedelta
from functools import partial
from typing import Any

import msgspec
import pytest

from largesse.domain import programs
from largesse.domain.programs import CallUnknown, ProgramCall
from largesse.kernel.ids import new_id
from largesse.services.programs import CallLog, forget_calls
from tests.builders.application import NOW
from tests.builders.programs import a_program_key
from tests.integration.interfaces.rest_api.conftest import Shop


async def kept(shop: Shop, request_id: str) -> list[ProgramCall]:
    """What is kept of a request, once it is written."""
    for _ in range(200):
        async with shop.application.database.connection() as connection:
            found = await programs.calls_of(connection, shop.merchant.merchant_id, request_id=request_id)
        if found:
            return found
        await asyncio.sleep(0.05)
    return []


async def test_a_request_is_found_by_its_id_without_its_secrets(shop: Shop) -> None:
    made = await shop.api.issued("10.00")
    body = {"number": made["number"], "amount": "10.01", "currency": "USD", "memo": "for Ada Lovelace"}
    asked = await shop.api.post("/certificates/redeem", body, headers={"Request-Id": "till-4711-0001"})
    assert (asked.status_code, asked.headers["request-id"]) == (409, "till-4711-0001")
    [one] = await kept(shop, "till-4711-0001")
    assert (one.status, one.code, one.method) == (409, "certificate.balance.insufficient", "POST")
    assert (one.path, one.program, one.live) == ("/api/v1/certificates/redeem", "Till", True)
    assert '"amount":"10.01"' in one.body
    for secret in (made["number"], "Ada"):
        assert secret not in one.body
    wrong = await shop.api.post("/certificates/redeem", {"amuont": 1}, headers={"Request-Id": "till-4711-0002"})
    assert wrong.status_code == 400
    [fault] = await kept(shop, "till-4711-0002")
    assert "amuont field.unknown" in fault.faults
    async with shop.application.database.connection() as connection:
        assert await programs.find_call(connection, shop.merchant.merchant_id, one.call_id) == one
        with pytest.raises(CallUnknown) as raised:
            await programs.find_call(connection, shop.merchant.merchant_id, made["certificate_id"])
    assert raised.value.code == "program_call.not_found"


async def test_those_of_a_sandbox_stand_at_whose_it_is_and_strangers_leave_nothing(shop: Shop) -> None:
    test_key = await a_program_key(shop.application, shop.merchant, live=False)
    wrong = test_key.text[:-4] + "XXXX"
    for place, key in enumerate((test_key.text, wrong)):
        headers = {"Request-Id": f"sandboxed-{place}", "Authorization": f"Bearer {key}"}
        await shop.api.get("/certificates", headers=headers)
    [one] = await kept(shop, "sandboxed-0")
    assert one.live is False
    async with shop.application.database.connection() as connection:
        newest = await programs.calls_of(connection, shop.merchant.merchant_id, limit=10)
    assert {call.request_id for call in newest} == {"sandboxed-0"}


async def test_it_is_forgotten_after_thirty_days(shop: Shop) -> None:
    await shop.api.get("/certificates", headers={"Request-Id": "to-be-forgotten"})
    assert await kept(shop, "to-be-forgotten")
    assert await forget_calls(shop.application, now=NOW + timedelta(days=29)) == 0
    assert await forget_calls(shop.application, now=NOW + timedelta(days=31)) == 1


async def test_what_does_not_fit_or_cannot_be_written_is_left_out(shop: Shop) -> None:
    def call(**more: Any) -> ProgramCall:
        return msgspec.structs.replace(example, **more)

    await shop.api.get("/certificates", headers={"Request-Id": "an-example"})
    [example] = await kept(shop, "an-example")
    log = CallLog(shop.application, waiting_max=2)
    for place in range(5):
        log.note(partial(call, call_id=new_id(NOW), request_id=f"one-{place}"))
    assert log.dropped == 3
    await log.write()
    assert log.dropped == 0
    assert [await shop.count(f"program_calls WHERE request_id = 'one-{place}'") for place in range(3)] == [1, 1, 0]
    log.note(lambda: call(merchant_id=new_id(NOW), request_id="nobody's"))
    log.note(lambda: call(call_id=new_id(NOW), request_id="somebody's"))
    await log.write()
    assert await shop.count("program_calls WHERE request_id = 'somebody''s'") == 1


async def test_a_request_is_answered_also_where_nothing_can_be_kept(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise OSError

    monkeypatch.setattr("largesse.services.programs.call_log.programs.write_calls", broken)
    assert (await shop.api.get("/certificates")).status_code == 200
    await asyncio.sleep(0.4)
    assert (await shop.api.get("/certificates")).status_code == 200
    assert await shop.count("program_calls") == 0
