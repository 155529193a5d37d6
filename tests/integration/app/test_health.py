"""Is this installation fit to be sent visitors?"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from structlog.testing import capture_logs

from largesse.app import wiring
from largesse.app.health import SchemaBehind, check_database, examine, routes
from largesse.app.metrics import Metrics
from largesse.app.web import make_app
from largesse.db import Database
from largesse.db.faults import DatabaseUnavailable
from largesse.outbox import Reach
from largesse.services.endpoints import AddEndpoint, Format, add_endpoint
from largesse.services.partners.ordering import order_on_account
from largesse.web.bearer import OperatorToken
from tests.builders.application import NOW, an_application
from tests.builders.partners import admitted, an_order, an_ordering_partner
from tests.support.serving import served

TOKEN = "a-token-of-the-operator"


async def _fine() -> None:
    return None


async def test_a_migrated_database_is_fit(database: Database) -> None:
    await check_database(database)


async def _at_revision(database: Database, revision: str) -> None:
    async with database.connection() as connection:
        await connection.execute("UPDATE alembic_version SET version_num = $1", revision)


async def test_a_database_that_is_not_migrated_yet_is_not(database: Database) -> None:
    await _at_revision(database, "0000")
    with pytest.raises(SchemaBehind, match="0000"):
        await check_database(database)


async def test_old_processes_stay_fit_while_newer_ones_have_migrated(database: Database) -> None:
    await _at_revision(database, "9999")
    await check_database(database)


async def test_a_web_process_is_fit_however_far_the_relay_is_behind(database: Database, tmp_path: Path) -> None:
    async with an_application(database) as application:
        ordering = await an_ordering_partner(application)
        wanted = AddEndpoint(
            merchant_id=ordering.merchant.merchant_id,
            format=Format.ORDER_FORM,
            url="https://till.example.com/orders",
            notify="till@example.com",
        )
        async with database.transaction() as connection:
            await add_endpoint(connection, application.keyring, wanted, reach=Reach(), now=NOW)
        await order_on_account(
            application, await admitted(application, ordering), an_order({"refcode": "A", "amount": "25"}), now=NOW
        )
        assert (await wiring.relay_lag(application)()) > timedelta(0)
        app = make_app(routes(database, Metrics(process="web", folder=tmp_path)))
        async with served(app) as url, httpx.AsyncClient(base_url=url, timeout=60) as client:
            answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"ready": True, "checks": {"database": {"ok": True}}})


async def test_one_failing_check_says_why_and_the_others_are_told_too() -> None:
    async def away() -> None:
        raise DatabaseUnavailable

    async def broken() -> None:
        raise RuntimeError("secret insides")

    readiness = await examine({"fine": _fine, "away": away, "broken": broken})
    assert not readiness.ready
    assert readiness.checks["fine"].ok
    assert readiness.checks["away"].detail == DatabaseUnavailable.message
    assert "secret" not in str(readiness.checks["broken"].detail)
    assert (await examine({"fine": _fine})).ready


async def test_numbers_are_for_who_carries_the_operators_token() -> None:
    async with operators(OperatorToken(TOKEN)) as client:
        for wrong in ({}, bearer(""), bearer(TOKEN[:-1]), bearer(f"{TOKEN}x"), {"Authorization": f"Basic {TOKEN}"}):
            refused = await client.get("/metrics", headers=wrong)
            assert (refused.status_code, refused.json()["code"]) == (401, "operator.token_missing")
            assert refused.headers["www-authenticate"].startswith("Bearer")
            assert "largesse_" not in refused.text
        opened = await client.get("/metrics", headers=bearer(TOKEN))
        assert (opened.status_code, "largesse_" in opened.text) == (200, True)
        assert (await client.get("/metrics", headers={"Authorization": f"bearer  {TOKEN}"})).status_code == 200


async def test_without_a_token_there_are_no_numbers_for_anybody() -> None:
    async with operators(None) as client:
        for header in ({}, bearer(""), bearer("None")):
            assert (await client.get("/metrics", headers=header)).status_code == 404


async def test_guessing_the_operators_token_is_bounded_and_closes_it_to_nobody_else() -> None:
    operator = OperatorToken(TOKEN)
    async with operators(operator) as guesser, operators(operator, address="198.51.100.7") as other:
        codes = [(await guesser.get("/metrics", headers=bearer(f"guess-{at}"))).status_code for at in range(22)]
        assert codes == [401] * 20 + [429] * 2
        assert (await other.get("/metrics", headers=bearer(TOKEN))).status_code == 200
        assert (await guesser.get("/metrics", headers=bearer(TOKEN))).status_code == 200


async def test_why_a_check_fails_is_told_to_the_operator_and_to_the_log(database: Database) -> None:
    await _at_revision(database, "0000")
    app = make_app(routes(database, Metrics(process="test", folder=None), operator=OperatorToken(TOKEN)))
    async with served(app) as base_url, httpx.AsyncClient(base_url=base_url, timeout=60) as client:
        with capture_logs() as logs:
            stranger = await client.get("/readyz")
        operator = await client.get("/readyz", headers=bearer(TOKEN))
    assert (stranger.status_code, stranger.json()["checks"]) == (503, {"database": {"ok": False}})
    assert any("0000" in str(one.get("detail")) for one in logs)
    assert "0000" in operator.json()["checks"]["database"]["detail"]


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@asynccontextmanager
async def operators(operator: OperatorToken | None, *, address: str = "127.0.0.1") -> AsyncIterator[httpx.AsyncClient]:
    nowhere = cast("Database", None)  # nothing here asks it
    app = make_app(routes(nowhere, Metrics(process="test", folder=None), operator=operator))
    transport = httpx.ASGITransport(app=cast("Any", app), client=(address, 4711))
    async with httpx.AsyncClient(transport=transport, base_url="https://gifts.example.com") as client:
        yield client
