"""What moves no money happens once under a key, too: its answer is kept, sealed, for 30 days."""

import asyncio
import signal
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from largesse.adapters.keyring import FixedKeyring
from largesse.db import Database
from largesse.domain import programs
from largesse.domain.programs import CLAIM_GOOD_FOR, REQUESTS_KEPT
from largesse.services import keys
from largesse.services.programs import forget_requests
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_merchant
from tests.builders.programs import a_program_key, speaking
from tests.fakes.clock import StillClock
from tests.integration.interfaces.rest_api.conftest import Shop
from tests.integration.interfaces.rest_api.dying_program import ENDPOINT, REDEEM

ROOT = Path(__file__).parents[4]
BATCH = {"kind": "two_codes", "name": "Christmas", "count": 20}


async def batches(shop: Shop) -> int:
    return await shop.count("card_batches")


async def test_fifty_at_once_are_one_and_the_others_wait_or_are_told(shop: Shop) -> None:
    answers = await asyncio.gather(*(shop.api.post("/card-batches", BATCH, key="once") for _ in range(50)))
    assert await batches(shop) == 1
    done = [one for one in answers if one.status_code == 202]
    assert {one.status_code for one in answers} <= {202, 409}
    assert len({one.text for one in done}) == 1
    assert sum("idempotent-replayed" not in one.headers for one in done) == 1
    for one in answers:
        if one.status_code == 409:
            assert (one.json()["code"], one.headers["retry-after"]) == ("idempotency.in_progress", "1")
    again = await shop.api.post("/card-batches", BATCH, key="once")
    assert (again.status_code, again.text, again.headers["idempotent-replayed"]) == (202, done[0].text, "true")


async def test_another_body_is_refused_with_what_the_key_did(shop: Shop) -> None:
    first = await shop.api.done("/card-batches", BATCH, key="k")
    for path, body in (
        ("/card-batches", {**BATCH, "count": 21}),
        ("/endpoints", ENDPOINT),
        (f"/card-batches/{first['batch_id']}/void", {}),
    ):
        refused = await shop.api.post(path, body, key="k")
        problem = refused.json()
        assert (refused.status_code, problem["code"]) == (422, "idempotency.mismatch"), refused.text
        assert problem["resource_id"] == first["batch_id"]


async def test_a_refusal_is_decided_anew_and_a_rehearsal_keeps_nothing(shop: Shop) -> None:
    wrong = await shop.api.post("/endpoints", {**ENDPOINT, "events": ["nothing.happened"]}, key="k")
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (400, "/events")
    tried = await shop.api.post("/endpoints", ENDPOINT, key="k", params={"dry_run": "true"})
    assert (tried.status_code, tried.json()["secret"]) == (201, None)
    assert await shop.count("endpoints WHERE format = 'json'") == 0
    assert await shop.count("program_requests") == 0
    made = await shop.api.post("/endpoints", ENDPOINT, key="k")
    assert (made.status_code, made.json()["secret"][:6], made.json()["endpoint"]["status"]) == (
        201,
        "whsec_",
        "waiting",
    )


async def test_an_answer_is_told_for_thirty_days_and_then_the_key_is_free(shop: Shop) -> None:
    first = await shop.api.post("/endpoints", ENDPOINT, key="k")
    shop.clock.moment = NOW + timedelta(days=7)
    later = await shop.api.post("/endpoints", ENDPOINT, key="k")
    assert (later.text, later.headers["idempotent-replayed"]) == (first.text, "true")
    assert await forget_requests(shop.application, now=shop.clock.moment) == 0
    shop.clock.moment = NOW + REQUESTS_KEPT + timedelta(hours=1)
    anew = await shop.api.post("/card-batches", BATCH, key="k")
    assert (anew.status_code, "idempotent-replayed" in anew.headers) == (202, False)
    shop.clock.moment += REQUESTS_KEPT + timedelta(hours=1)
    assert await forget_requests(shop.application, now=shop.clock.moment) == 1


async def test_what_a_killed_process_had_begun_is_told_or_taken_over(database: Database, dsn: str) -> None:
    secret, clock = bytes(range(32)), StillClock(NOW)
    async with an_application(database, clock=clock, keyring=FixedKeyring([secret])) as application:
        merchant = await a_merchant(database)
        key = await a_program_key(application, merchant)
        async with speaking(application, key.text) as api:
            number = (await api.issued("100.00"))["number"]
            given = [dsn, secret.hex(), key.text, number]
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.integration.interfaces.rest_api.dying_program", *given),
                cwd=ROOT,
                stdout=asyncio.subprocess.PIPE,
            )
            assert process.stdout is not None
            assert (await asyncio.wait_for(process.stdout.readline(), 240)).strip() == b"done"
            process.send_signal(signal.SIGKILL)
            await process.wait()

            redeemed = await api.post("/certificates/redeem", {**REDEEM, "number": number}, key="dies")
            assert (redeemed.json()["balance"], redeemed.headers["idempotent-replayed"]) == ("90.00", "true")
            claimed = await api.post("/endpoints", ENDPOINT, key="dies-too")
            assert (claimed.status_code, claimed.json()["code"]) == (409, "idempotency.in_progress")
            clock.moment = NOW + CLAIM_GOOD_FOR + timedelta(seconds=1)
            done = await api.post("/endpoints", ENDPOINT, key="dies-too")
            assert (done.status_code, done.json()["secret"][:6]) == (201, "whsec_"), done.text
            again = await api.post("/endpoints", ENDPOINT, key="dies-too")
            assert (again.json(), again.headers["idempotent-replayed"]) == (done.json(), "true")
            listed = (await api.get("/endpoints")).json()["data"]
            assert [one["endpoint_id"] for one in listed] == [done.json()["endpoint"]["endpoint_id"]]


async def test_what_fails_on_the_way_lets_go_of_its_claim(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_given: Any, **_more: Any) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr("largesse.services.endpoints.managing.outbox.add_endpoint", broken)
        failed = await shop.api.post("/endpoints", ENDPOINT, key="k")
        assert (failed.status_code, failed.json()["code"]) == (500, "internal")
    made = await shop.api.post("/endpoints", ENDPOINT, key="k")
    assert made.status_code == 201


async def test_answers_are_sealed_and_sealed_anew(database: Database) -> None:
    old, new = bytes(range(32)), bytes(range(1, 33))
    merchant = await a_merchant(database)
    async with an_application(database, clock=StillClock(NOW), keyring=FixedKeyring([old])) as application:
        key = await a_program_key(application, merchant)
        async with speaking(application, key.text) as api:
            made = await api.done("/endpoints", ENDPOINT, key="k")
    async with database.connection() as connection:
        cipher = await connection.fetchval("SELECT answer_cipher FROM program_requests")
    assert made["secret"].encode() not in cipher
    async with an_application(database, clock=StillClock(NOW), keyring=FixedKeyring([new, old])) as application:
        assert await keys.reseal(application) > 0
        assert {*await keys.usage(application)} == {application.keyring.current_key_id}
    async with an_application(database, clock=StillClock(NOW), keyring=FixedKeyring([new])) as application:
        async with speaking(application, key.text) as api:
            changed = await api.post("/endpoints", {**ENDPOINT, "ordered": True}, key="other")
            assert changed.status_code == 201
        async with database.transaction() as connection:
            sealed = await connection.fetchval("SELECT count(*) FROM program_requests WHERE answer_key_id IS NOT NULL")
            owner = programs.ProgramAnswers()
            assert await owner.holds_any(connection)
            assert await owner.by_key(connection) == {application.keyring.current_key_id: sealed}
            assert await owner.reseal(connection, application.keyring, after=None, limit=10) == (0, None)
