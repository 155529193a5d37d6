"""Is this installation fit to be sent visitors?"""

from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from largesse.app import wiring
from largesse.app.health import NotReady, check_database, examine, routes
from largesse.app.metrics import Metrics
from largesse.app.web import make_app
from largesse.db import Database
from largesse.db.database import DatabaseUnavailable
from largesse.outbox import Reach
from largesse.services.endpoints import AddEndpoint, Format, add_endpoint
from largesse.services.partners.ordering import order_on_account
from tests.builders.application import NOW, an_application
from tests.builders.partners import admitted, an_order, an_ordering_partner
from tests.support.serving import served


async def _fine() -> None:
    return None


async def test_a_migrated_database_is_fit(database: Database) -> None:
    await check_database(database)


async def _at_revision(database: Database, revision: str) -> None:
    async with database.connection() as connection:
        await connection.execute("UPDATE alembic_version SET version_num = $1", revision)


async def test_a_database_that_is_not_migrated_yet_is_not(database: Database) -> None:
    await _at_revision(database, "0000")
    with pytest.raises(NotReady, match="0000"):
        await check_database(database)


async def test_old_processes_stay_fit_while_newer_ones_have_migrated(database: Database) -> None:
    await _at_revision(database, "9999")
    await check_database(database)


async def test_a_web_process_is_fit_however_far_the_relay_is_behind(database: Database, tmp_path: Path) -> None:
    async with an_application(database) as application:
        ordering = await an_ordering_partner(application)
        wish = AddEndpoint(
            merchant_id=ordering.merchant.merchant_id,
            format=Format.ORDER_FORM,
            url="https://till.example.com/orders",
            notify="till@example.com",
        )
        async with database.transaction() as connection:
            await add_endpoint(connection, application.keyring, wish, reach=Reach(), now=NOW)
        await order_on_account(
            application, await admitted(application, ordering), an_order({"refcode": "A", "amount": "25"}), now=NOW
        )
        assert (await wiring.relay_lag(application)()) > timedelta(0)
        app = make_app(routes(database, Metrics(process="web", folder=tmp_path)))
        async with served(app) as url, httpx.AsyncClient(base_url=url) as client:
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
