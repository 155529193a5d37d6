"""Legal texts in the office: written by language, kept in versions, and read in the shop."""

from collections.abc import AsyncIterator

import httpx
import pytest

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import legal_texts, staff
from largesse.domain.legal_texts import TEXT_MAX
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Audited, Role
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_merchant
from tests.builders.office import at_the_desk
from tests.fakes.clock import StillClock
from tests.support.office import forms_of, texts

TEXTS = "/admin/corner-spa/settings/texts"
TERMS = f"{TEXTS}/terms/en"


@pytest.fixture
async def application(database: Database) -> AsyncIterator[Application]:
    async with an_application(database, clock=StillClock(NOW)) as opened:
        yield opened


@pytest.fixture
async def merchant(application: Application) -> Merchant:
    return await a_merchant(application.database)


@pytest.fixture
async def desk(application: Application, merchant: Merchant) -> AsyncIterator[httpx.AsyncClient]:
    async with at_the_desk(application, merchant) as client:
        yield client


async def test_a_text_is_written_read_changed_and_taken_away(
    desk: httpx.AsyncClient, application: Application, merchant: Merchant
) -> None:
    assert texts(await desk.get(TEXTS), "//*[contains(@class,'badge')]").count("missing") == 5
    form = forms_of(await desk.get(TERMS))[TERMS]
    assert (form["text"].strip(), form["link"], form["seen"]) == ("", "", "0")
    done = await desk.post(TERMS, data={**form, "text": "You buy.\r\n\r\nWe sell."})
    assert done.headers["location"] == f"{TEXTS}?done=written"
    page = await desk.get(done.headers["location"])
    assert "The text is kept, and shown from now on." in page.text
    assert texts(page, "//*[contains(@class,'badge')]").count("missing") == 4
    assert any("18 characters, version 1" in one for one in texts(page, "//span[@class='note']"))
    again = forms_of(await desk.get(TERMS))[TERMS]
    assert (again["text"].strip(), again["seen"]) == ("You buy.\n\nWe sell.", "1")
    await desk.post(TERMS, data={**again, "text": "", "link": "https://spa.example/terms"})
    assert any("a link, version 2" in one for one in texts(await desk.get(TEXTS), "//span[@class='note']"))
    gone = forms_of(await desk.get(TERMS))[TERMS]
    await desk.post(TERMS, data={**gone, "link": ""})
    assert texts(await desk.get(TEXTS), "//*[contains(@class,'badge')]").count("missing") == 5
    async with application.database.connection() as connection:
        known = await legal_texts.legal_texts_of(connection, merchant.merchant_id, usual="en")
        acts = await staff.latest_entries(connection, merchant.merchant_id, limit=9)
    assert [one.version for one in known.all] == [3]
    said = {one.reason for one in acts if one.action is Audited.LEGAL_TEXT_WRITTEN}
    assert said == {f"terms, en, version {number}" for number in (1, 2, 3)}


async def test_a_text_that_was_taken_away_is_written_again(desk: httpx.AsyncClient) -> None:
    for typed, seen in (("You buy.", "0"), ("", "1"), ("We sell.", "2")):
        form = forms_of(await desk.get(TERMS))[TERMS]
        assert form["seen"] == seen
        done = await desk.post(TERMS, data={**form, "text": typed})
        assert done.status_code == 303, typed
    assert forms_of(await desk.get(TERMS))[TERMS]["text"].strip() == "We sell."


@pytest.mark.parametrize(
    "typed, field",
    [
        ({"text": "x" * (TEXT_MAX + 2)}, "text"),
        ({"link": "http://spa.example/terms"}, "link"),
        ({"text": "You buy.", "link": "https://spa.example/terms"}, "link"),
    ],
)
async def test_what_cannot_stand_is_said_beside_it_and_kept(
    desk: httpx.AsyncClient, typed: dict[str, str], field: str
) -> None:
    form = forms_of(await desk.get(TERMS))[TERMS]
    wrong = await desk.post(TERMS, data={**form, **typed})
    assert wrong.status_code == 422
    assert texts(wrong, f"//*[@id='error-{field}']")
    shown = forms_of(wrong)[TERMS]
    assert {name: shown[name].strip() for name in typed} == typed


async def test_what_somebody_else_wrote_meanwhile_is_not_lost_unseen(desk: httpx.AsyncClient) -> None:
    form = forms_of(await desk.get(TERMS))[TERMS]
    await desk.post(TERMS, data={**form, "text": "Theirs."})
    mine = await desk.post(TERMS, data={**form, "text": "Mine."})
    assert mine.status_code == 409
    shown = forms_of(mine)[TERMS]
    assert (shown["text"].strip(), shown["seen"]) == ("Mine.", "1")
    assert (await desk.post(TERMS, data=shown)).status_code == 303


async def test_there_are_texts_of_five_kinds_in_our_languages_which_a_bookkeeper_reads(
    desk: httpx.AsyncClient, application: Application, merchant: Merchant
) -> None:
    for path in (f"{TEXTS}/recipes/en", f"{TEXTS}/terms/tlh"):
        assert (await desk.get(path)).status_code == 404
    async with at_the_desk(application, merchant, role=Role.BOOKKEEPER, email="books@bakery.example") as client:
        page = await client.get(TEXTS)
        assert page.status_code == 200
        assert TERMS not in page.text
        assert (await client.get(TERMS)).status_code == 403
