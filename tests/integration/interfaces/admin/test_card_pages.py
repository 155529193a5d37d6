"""Pages of cards: a batch is made, its file taken once, what is lost voided; a till's codes are uploaded."""

import csv
import io
from collections.abc import AsyncIterator
from typing import NamedTuple
from uuid import UUID

import httpx
import pytest

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import catalog, staff
from largesse.domain.catalog import OfferingStatus
from largesse.domain.merchants import Merchant
from largesse.services.cards import work_on_due
from largesse.services.certificates import locate
from largesse.services.staff import SignedIn
from tests.builders.application import NOW, an_application
from tests.builders.catalog import a_draft, on_sale
from tests.builders.certificates import a_merchant
from tests.builders.staff import BROWSER, a_worker
from tests.fakes.clock import StillClock
from tests.support.office import comes_with, forms_of, office_app, texts, visiting

HERE = "/admin/corner-spa/cards"


class Desk(NamedTuple):
    """An owner at their desk, having stepped up."""

    application: Application
    merchant: Merchant
    client: httpx.AsyncClient


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    async with an_application(database, clock=StillClock(NOW)) as application:
        merchant = await a_merchant(database)
        owner = await a_worker(application, merchant, name="Ada Lovelace")
        async with application.database.transaction() as connection:
            session, _ = await staff.begin_session(
                connection, owner.person.person_id, agent=BROWSER.agent, address=BROWSER.address, now=NOW
            )
            session, _ = await staff.sign_in(connection, session, now=NOW)
            session, token = await staff.step_up(connection, session, merchant.merchant_id, now=NOW)
        async with visiting(office_app(application)) as client:
            comes_with(client, SignedIn(session=session, token=token))
            yield Desk(application, merchant, client)


async def send(desk: Desk, to: str, **typed: str) -> httpx.Response:
    """Open the page, fill in the form that leads there, and send it."""
    page = await desk.client.get(HERE)
    assert page.status_code == 200, page.text
    action = next(one for one in forms_of(page) if one.endswith(to))
    return await desk.client.post(action, data={**forms_of(page)[action], **typed})


async def test_a_batch_is_made_printed_once_and_voided(desk: Desk) -> None:
    assert (await send(desk, "/make", name="Christmas", count="3")).status_code == 303
    waiting = await desk.client.get(HERE)
    assert waiting.headers["refresh"] == "3"
    assert "being made" in waiting.text
    await work_on_due(desk.application, now=NOW)

    [one] = texts(await desk.client.get(HERE), "//ul[@class='listing']//a/@href")
    unsold = await desk.client.get(one)
    assert len(texts(unsold, "//main//table//a/@href")) == 3
    assert len(texts(await desk.client.get(f"{one}?after=2"), "//main//table//a/@href")) == 1
    for card in texts(unsold, "//main//table//a/@href"):
        assert (await desk.client.get(card)).status_code == 200
    assert (await desk.client.get(f"{HERE}/{UUID(int=7)}")).status_code == 409

    without_reason = await send(desk, "/file", reason="")
    assert without_reason.status_code == 409
    file = await send(desk, "/file", reason="to the printer")
    assert file.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(file.text)))
    assert len(rows) == 3
    assert (await locate(desk.application, rows[0]["number"], at=None)).certificate.balance == 0
    page = await desk.client.get(HERE)
    assert not [one for one in forms_of(page) if one.endswith("/file")]

    assert (await send(desk, "/void", reason="the box was stolen")).status_code == 303
    await work_on_due(desk.application, now=NOW)
    assert "void" in texts(await desk.client.get(HERE), "//*[contains(@class, 'badge')]")
    assert "None is left" in (await desk.client.get(one)).text


async def test_what_cannot_be_made_is_said_beside_the_field(desk: Desk) -> None:
    wrong = await send(desk, "/make", name="", count="many")
    assert wrong.status_code == 422
    assert len(texts(wrong, "//*[@class='error']")) == 2
    careless = await send(desk, "/make", name="Cheap", count="3", codes="one_code")
    assert careless.status_code == 422
    assert (await send(desk, "/make", name="Cheap", count="3", codes="one_code", knows="yes")).status_code == 303


async def test_codes_of_a_till_are_uploaded_and_low_water_is_told(desk: Desk) -> None:
    page = await desk.client.get(HERE)
    form = {**forms_of(page)[f"{HERE}/pool"], "pool_name": "Till 2026", "low_at": "5"}
    form.pop("file", None)
    nothing = await desk.client.post(f"{HERE}/pool", data=form, files={"file": ("a.csv", b"", "text/csv")})
    assert nothing.status_code == 422
    content = b"TILL-0001-A\nTILL-0002-B\n"
    done = await desk.client.post(f"{HERE}/pool", data=form, files={"file": ("a.csv", content, "text/csv")})
    assert done.status_code == 303
    await on_sale(desk.application.database, desk.merchant, a_draft())
    told = await desk.client.get(HERE)
    assert "2 codes are left" in told.text
    [(path, given)] = [(path, form) for path, form in forms_of(told).items() if path.endswith("/offering")]
    [offering] = texts(told, "//select[@name='offering']/option[text()='An amount of your choice']/@value")
    forged = await desk.client.post(path, data={**given, "offering": str(UUID(int=7))})
    assert forged.status_code == 422
    assert (await desk.client.post(path, data={**given, "offering": offering})).status_code == 303
    chosen = "//select[@name='offering']/option[@selected]/@value"
    assert texts(await desk.client.get(HERE), chosen) == [offering]
    async with desk.application.database.transaction() as connection:
        key = connection, desk.merchant.merchant_id, offering
        await catalog.set_status(*key, OfferingStatus.HIDDEN, now=NOW)
    assert texts(await desk.client.get(HERE), chosen) == [offering], "hidden, and still assigned"
    twice = await desk.client.post(
        f"{HERE}/pool", data=form, files={"file": ("b.csv", b"TILL-0003-C\ntill0003c\n", "text/csv")}
    )
    assert twice.status_code == 422
    assert "line 2" in "".join(texts(twice, "//*[@class='error']"))


async def test_a_batch_that_is_none_is_told(desk: Desk) -> None:
    page = await desk.client.get(HERE)
    form = {**forms_of(page)[f"{HERE}/make"], "reason": "lost"}
    answer = await desk.client.post(f"{HERE}/nonsense/void", data=form)
    assert answer.status_code == 409
    assert "There is no such batch" in answer.text
