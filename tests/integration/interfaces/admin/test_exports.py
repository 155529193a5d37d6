"""Whole datasets as files, the proof of the books, seals, and what a state is owed, over real pages."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import staff
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Audited, Role
from largesse.interfaces.admin.ledger_pages import LedgerPages
from largesse.services import months, seals
from largesse.services.merchants import choose_law
from largesse.services.months import MonthFinding
from largesse.ui import speak
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_card, a_merchant
from tests.builders.gifts import bought
from tests.builders.office import at_the_desk
from tests.fakes.clock import StillClock
from tests.support.office import fill, texts

HOME = "/admin/corner-spa"
PROOFS = f"{HOME}/reports/proofs"


@pytest.fixture
async def application(database: Database) -> AsyncIterator[Application]:
    async with an_application(database, clock=StillClock(NOW)) as opened:
        yield opened


@pytest.fixture
async def merchant(application: Application) -> Merchant:
    return await a_merchant(application.database)


@pytest.fixture
async def desk(application: Application, merchant: Merchant) -> AsyncIterator[httpx.AsyncClient]:
    async with at_the_desk(application, merchant, role=Role.BOOKKEEPER) as client:
        yield client


async def test_a_dataset_is_taken_as_a_file_and_audited(
    desk: httpx.AsyncClient, application: Application, merchant: Merchant
) -> None:
    [order] = await bought(application, merchant)
    page, action = f"{HOME}/exports", f"{HOME}/exports/file"
    taken = await fill(desk, page, action, {"format": "csv", "status": "issued"})
    assert taken.headers["content-disposition"].startswith("attachment")
    assert order.order_number in taken.text
    none = await fill(desk, page, action, {"since": "2031-01-01", "format": "jsonl"})
    assert (none.status_code, none.text) == (200, "")
    ledger = await fill(desk, f"{page}?dataset=journal", action, {"format": "csv"})
    assert "certificates_outstanding" in ledger.text
    async with application.database.connection() as connection:
        told = await staff.latest_entries(connection, merchant.merchant_id, limit=3)
    assert {one.action for one in told} == {Audited.LIST_EXPORTED}
    assert sorted(one.subject for one in told) == ["journal", "orders", "orders"]


@pytest.mark.parametrize(
    "typed",
    [
        {"dataset": "people"},
        {"format": "pdf"},
        {"status": "eaten"},
        {"layout": "round"},
        {"by": "moon"},
        {"partner": "Hotel"},
        {"endpoint": "somewhere"},
        {"since": "yesterday"},
        {"since": "2026-11-02", "until": "2026-11-01"},
    ],
)
async def test_what_an_export_does_not_offer_is_refused(desk: httpx.AsyncClient, typed: dict[str, str]) -> None:
    refused = await fill(desk, f"{HOME}/exports", f"{HOME}/exports/file", typed)
    assert refused.status_code == 422


async def test_the_books_are_proved_and_a_seal_is_taken(
    desk: httpx.AsyncClient, application: Application, merchant: Merchant
) -> None:
    card = await a_card(application, merchant, value=5_000)
    made = await seals.seal(application, merchant.merchant_id, now=NOW)
    assert made is not None
    shown = await desk.get(PROOFS)
    assert made.hash.hex() in shown.text
    assert "The ledger is clean" in (await fill(desk, PROOFS, f"{PROOFS}/verify", {})).text
    rows = await fill(desk, PROOFS, f"{PROOFS}/seal", {})
    assert str(card.place.certificate_id) in rows.text
    for number, status in (("2", 409), ("x", 422)):
        assert (await fill(desk, PROOFS, f"{PROOFS}/seal", {"number": number})).status_code == status
    async with application.database.connection() as connection:
        [told, *_] = await staff.latest_entries(connection, merchant.merchant_id, limit=1)
    assert (told.action, told.subject) == (Audited.LIST_EXPORTED, "seal-1")
    async with application.database.transaction() as connection:
        await connection.execute("UPDATE certificates SET balance = balance + 1")
    wrong = await fill(desk, PROOFS, f"{PROOFS}/verify", {})
    assert "The ledger is clean" not in wrong.text
    assert len(texts(wrong, "//*[@role='alert']//li | //*[@role='status']//li")) >= 1


async def test_the_books_are_proved_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    under_way, together = 0, list[int]()

    async def slow(*_: object) -> list[MonthFinding]:
        nonlocal under_way
        under_way += 1
        together.append(under_way)
        await asyncio.sleep(0)
        under_way -= 1
        return []

    async def shown(*_: object, **_more: object) -> None: ...

    monkeypatch.setattr(months, "ledger_differences", slow)
    monkeypatch.setattr(LedgerPages, "_page", shown)
    front = cast("Any", SimpleNamespace(deps=None, voice=lambda _: speak("en")))
    caller = cast("Any", SimpleNamespace(merchant="spa"))
    pages = LedgerPages(front)
    await asyncio.gather(*(pages.verify(caller) for _ in range(3)))
    assert together == [1, 1, 1]


async def test_unclaimed_property_is_unknown_without_a_profile_and_told_by_one(
    desk: httpx.AsyncClient, application: Application, merchant: Merchant
) -> None:
    page = f"{HOME}/reports/unclaimed"
    assert "Whether the state is owed anything is unknown" in (await desk.get(page)).text
    async with application.database.transaction() as connection:
        await choose_law(connection, merchant, "US-NY", actor="test", now=NOW)
    assert "Nothing is unclaimed" in (await desk.get(page)).text
    lying = await a_card(application, merchant, good_through=None, value=2_000, now=NOW - timedelta(days=6 * 366))
    listed = await desk.get(page)
    assert texts(listed, "//table//a/@href") == [f"{HOME}/certificates/{lying.place.certificate_id}"]
    assert "$20.00" in listed.text
