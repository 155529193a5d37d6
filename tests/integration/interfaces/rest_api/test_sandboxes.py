"""Sandboxes: given to anybody in a demo, known at no live interface, and gone a week after their last use."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

import asyncpg
import httpx
import pytest

from largesse.app.application import Application
from largesse.app.web import make_app
from largesse.db import Database
from largesse.db.purging import purge_merchant
from largesse.domain import programs
from largesse.domain.certificates import CertificateUnknown
from largesse.domain.merchants import MerchantUnknown, find_merchant
from largesse.interfaces import rest_api
from largesse.services.certificates import locate, look_up
from largesse.services.programs import SANDBOX_GOOD_FOR, SandboxesFull, open_anonymous, purge_sandboxes
from tests.builders.application import BASE_URL, NOW
from tests.builders.certificates import a_card
from tests.builders.programs import a_program_key, speaking
from tests.integration.interfaces.rest_api.conftest import Shop


@pytest.fixture
async def stranger(shop: Shop) -> AsyncIterator[httpx.AsyncClient]:
    app = make_app(rest_api.routes(shop.application, demo=True))
    transport = httpx.ASGITransport(app=cast("Any", app), client=("198.51.100.7", 4711))
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
        yield client


async def rows_of(database: Database, merchant_id: object) -> int:
    async with database.connection() as connection:
        names = await connection.fetch(
            "SELECT table_name FROM information_schema.columns c JOIN information_schema.tables t USING (table_name)"
            " WHERE c.column_name = 'merchant_id' AND t.table_type = 'BASE TABLE'"
        )
        counts = [
            await connection.fetchval(f"SELECT count(*) FROM {row['table_name']} WHERE merchant_id = $1", merchant_id)
            for row in {tuple(row): row for row in names}.values()
        ]
    return sum(counts)


async def until_kept(database: Database, merchant_id: UUID, count: int) -> None:
    """Wait until requests are kept, which are written a moment after their answers."""
    async with database.connection() as connection:
        while len(await programs.calls_of(connection, merchant_id)) < count:
            await asyncio.sleep(0.05)


async def test_anybody_gets_one_in_a_demo_and_nobody_elsewhere(shop: Shop, stranger: httpx.AsyncClient) -> None:
    made = await stranger.post("/api/v1/sandboxes")
    body = made.json()
    assert (made.status_code, body["key"][:8], "certificates:issue" in body["scopes"]) == (201, "lg_test_", True)
    async with speaking(shop.application, body["key"]) as api:
        issued = await api.issued("12.00")
        assert issued["redeem_url"] is None
    for _ in range(9):
        assert (await stranger.post("/api/v1/sandboxes")).status_code == 201
    late = await stranger.post("/api/v1/sandboxes")
    assert (late.status_code, late.json()["code"]) == (429, "throttled")
    assert (await shop.api.post("/sandboxes")).status_code == 404


async def test_its_numbers_are_unknown_at_every_live_interface(shop: Shop) -> None:
    key = await a_program_key(shop.application, shop.merchant, live=False)
    made = (
        await shop.api.post("/certificates", {"amount": "9", "currency": "USD", "paid_by": "cash"}, key_text=key.text)
    ).json()
    for at in (None, shop.merchant):
        with pytest.raises(CertificateUnknown):
            await locate(shop.application, made["number"], at=at)
        with pytest.raises(CertificateUnknown):
            await look_up(shop.application, made["number"], at=at)


async def test_a_week_after_its_last_use_it_is_gone_and_nothing_else_is(shop: Shop) -> None:
    application: Application = shop.application
    sandbox, made = await open_anonymous(application, now=NOW)
    async with speaking(application, made.text) as api:
        issued = await api.issued("12.00")
        await api.done("/certificates/redeem", {"number": issued["number"], "amount": "2", "currency": "USD"})
    await until_kept(application.database, sandbox.merchant_id, 2)
    card = await a_card(application, shop.merchant)
    live = await rows_of(application.database, shop.merchant.merchant_id)
    assert await purge_sandboxes(application, now=NOW + SANDBOX_GOOD_FOR - timedelta(hours=1)) == 0
    assert await purge_sandboxes(application, now=NOW + SANDBOX_GOOD_FOR + timedelta(hours=1)) == 1
    assert await rows_of(application.database, sandbox.merchant_id) == 0
    assert await rows_of(application.database, shop.merchant.merchant_id) == live
    assert await card.left(application) == (10_000, 0)
    async with speaking(application, made.text) as api:
        assert (await api.get("/certificates")).status_code == 401
    async with application.database.connection() as connection:
        with pytest.raises(MerchantUnknown):
            await find_merchant(connection, sandbox.slug)


async def test_the_database_itself_keeps_what_is_real(shop: Shop) -> None:
    database = shop.application.database
    await shop.api.issued("5.00")
    with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
        await purge_merchant(database, shop.merchant.merchant_id)
    async with database.connection() as connection:
        with pytest.raises(asyncpg.RestrictViolationError, match="never changes"):
            await connection.execute(
                "UPDATE merchants SET kind = 'sandbox', prefix = '2AAAAA' WHERE merchant_id = $1",
                shop.merchant.merchant_id,
            )


async def test_there_are_never_too_many(shop: Shop) -> None:
    await open_anonymous(shop.application, most=1, now=NOW)
    with pytest.raises(SandboxesFull):
        await open_anonymous(shop.application, most=1, now=NOW)
