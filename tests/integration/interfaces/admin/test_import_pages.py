"""Pages on which certificates are brought over: upload, questions, dry run, word to go, taking back."""

from collections.abc import AsyncIterator
from hashlib import sha256
from typing import NamedTuple, cast

import httpx
import pytest

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import staff
from largesse.domain.merchants import Merchant
from largesse.services.certificates import locate
from largesse.services.imports import run_due
from largesse.services.staff import SignedIn
from largesse.web.csrf import FIELD
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_merchant
from tests.builders.import_files import FILES, text
from tests.builders.staff import BROWSER, Worker, a_worker
from tests.fakes.clock import StillClock
from tests.fakes.typesetter import PlainTypesetter
from tests.support.office import comes_with, forms_of, office_app, texts, visiting

HERE = "/admin/corner-spa/imports"
NEW = f"{HERE}/new"


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
        async with visiting(office_app(application)) as client:
            comes_with(client, await signed_in(application, merchant, owner))
            yield Desk(application, merchant, client)


async def signed_in(application: Application, merchant: Merchant, worker: Worker) -> SignedIn:
    """A session of somebody who has just stepped up."""
    async with application.database.transaction() as connection:
        session, _ = await staff.begin_session(
            connection, worker.person.person_id, agent=BROWSER.agent, address=BROWSER.address, now=NOW
        )
        session, _ = await staff.sign_in(connection, session, now=NOW)
        session, token = await staff.step_up(connection, session, merchant.merchant_id, now=NOW)
    return SignedIn(session=session, token=token)


async def brought(desk: Desk, data: bytes, name: str = "cards.csv", **typed: str) -> httpx.Response:
    """Choose a file and send it."""
    opened = await desk.client.get(NEW)
    assert opened.status_code == 200, opened.text
    form = {**forms_of(opened)[NEW], **typed}
    form.pop("file", None)
    return await desk.client.post(NEW, data=form, files={"file": (name, data, "text/csv")})


async def page_of(desk: Desk, data: bytes, **typed: str) -> tuple[str, httpx.Response]:
    """The page that a file leads to, and its address."""
    answer = await brought(desk, data, **typed)
    assert answer.status_code == 303, answer.text
    where = answer.headers["location"]
    return where, await desk.client.get(where)


async def test_a_file_is_looked_at_imported_and_taken_back(desk: Desk) -> None:
    where, page = await page_of(desk, FILES["gift_up"].data)
    assert "This can be imported" in page.text
    assert "$62.50" in page.text
    assert "7K2MX" not in page.text
    assert "2 numbers are easily guessed" in page.text

    form = forms_of(page)[f"{where}/confirm"]
    refused = await desk.client.post(f"{where}/confirm", data={**form, "reason": ""})
    assert refused.status_code == 409
    assert "Say why" in refused.text
    went = await desk.client.post(f"{where}/confirm", data={**form, "reason": "left the other system"})
    assert went.status_code == 303
    under_way = await desk.client.get(where)
    assert under_way.headers["refresh"] == "2"
    assert texts(under_way, "//progress")

    assert await run_due(desk.application, now=NOW) == 1
    done = await desk.client.get(where)
    assert "All of it is imported" in done.text
    assert "Ada Lovelace" in done.text
    assert (await locate(desk.application, "7K2MX", at=desk.merchant)).certificate.balance == 3550
    listed = await desk.client.get(HERE)
    assert "cards.csv" in listed.text

    proof = await desk.client.get(f"{where}/proof")
    assert proof.headers["content-type"] == "application/pdf"
    printed = cast("PlainTypesetter", desk.application.report_printer).reports[-1]
    assert printed.title == "Proof of an import"
    assert printed.rows == (("USD, paid", "$0.00", "$62.50", "$62.50"),)
    assert any(sha256(FILES["gift_up"].data).hexdigest() in note for note in printed.notes)
    assert "7K2MX" not in repr(printed)

    again = await brought(desk, FILES["gift_up"].data)
    assert again.headers["location"] == where

    form = forms_of(done)[f"{where}/reverse"]
    went = await desk.client.post(f"{where}/reverse", data={**form, "reason": "wrong file"})
    assert went.status_code == 303
    await run_due(desk.application, now=NOW)
    assert "was taken back" in (await desk.client.get(where)).text


async def test_what_a_file_leaves_open_is_asked_once_and_what_was_said_is_kept(desk: Desk) -> None:
    where, page = await page_of(desk, text(["Karte;Rest;Bis", "KARTE-0001-X;1.250;03/04/2027"]))
    assert "Which system is the file from?" in page.text

    async def say(page: httpx.Response, **typed: str) -> httpx.Response:
        form = {**forms_of(page)[f"{where}/answer"], **typed}
        answer = await desk.client.post(f"{where}/answer", data=form)
        assert answer.status_code == 303, answer.text
        return await desk.client.get(where)

    page = await say(page, preset="plain")
    assert "What is in which column?" in page.text
    page = await say(page, column_0="number", column_1="balance", column_2="expires")
    for question in ("How are amounts written?", "In which order are days written?", "Is a card still good"):
        assert question in page.text
    page = await say(page, decimal=",", day_order="day_first", last_day="excluded")
    assert "This can be imported" in page.text
    assert "$1,250.00" in page.text

    page = await say(page, cut_over="2026-11-01T00:00", tax_kind="single_purpose", tax="19", tax_country="de")
    assert 'value="2026-11-01T00:00"' in page.text
    form = {**forms_of(page)[f"{where}/answer"], "cut_over": "2027-01-01T00:00"}
    refused = await desk.client.post(f"{where}/answer", data=form)
    assert refused.status_code == 422
    assert "cannot lie in the future" in refused.text


async def test_what_is_wrong_is_listed_and_nothing_is_offered(desk: Desk) -> None:
    where, page = await page_of(desk, text(["number,balance", "6.01E+15,5", "CARD-0001-Q,x"]), preset="plain")
    assert "2 things are wrong" in page.text
    assert texts(page, "//tbody//td[@data-label='Line and column']")[:2] == ["line 2, number", "line 3, balance"]
    assert f"{where}/confirm" not in forms_of(page)
    form = forms_of(page)[f"{where}/withdraw"]
    answer = await desk.client.post(f"{where}/withdraw", data=form)
    assert answer.headers["location"] == HERE
    assert (await desk.client.get(where)).status_code == 404


@pytest.mark.parametrize(
    "data, said",
    [
        (b"", "Choose a file"),
        (b"PK\x03\x04 nothing", "This workbook cannot be read"),
        (b"\xd0\xcf\x11\xe0" + bytes(20), "This is no CSV"),
        (b"code\nABCD1234\n", "no balances"),
        (b"\n\n", "There is nothing in this file"),
    ],
)
async def test_what_is_no_file_of_cards_is_said_beside_the_field(desk: Desk, data: bytes, said: str) -> None:
    answer = await brought(desk, data)
    assert answer.status_code == 422
    assert said in "".join(texts(answer, "//*[@class='error']"))


async def test_an_old_encoding_is_asked_with_how_a_line_reads(desk: Desk) -> None:
    data = "number,balance\nÄRGER-0001,5\n".encode("cp1252")
    asked = await brought(desk, data)
    assert asked.status_code == 422
    assert "ÄRGER-0001,5" in asked.text
    answer = await brought(desk, data, encoding="windows-1252", preset="plain")
    assert answer.status_code == 303


async def test_a_file_that_is_too_large_is_refused(desk: Desk) -> None:
    answer = await brought(desk, b"x" * (33 * 1024 * 1024))
    assert answer.status_code == 413


async def test_a_file_of_another_site_is_refused(desk: Desk) -> None:
    answer = await desk.client.post(NEW, data={FIELD: "x"}, files={"file": ("a.csv", b"a,b", "text/csv")})
    assert answer.status_code == 403


async def test_a_body_that_is_no_form_brings_nothing(desk: Desk) -> None:
    headers = {"content-type": "multipart/form-data; boundary=x"}
    answer = await desk.client.post(NEW, content=b"--y\r\nnonsense", headers=headers)
    assert answer.status_code == 403


async def test_an_import_that_is_none_is_not_found(desk: Desk) -> None:
    for name in ("nonsense", "01a203c5-6d80-7008-b498-85af0dcdd21b"):
        assert (await desk.client.get(f"{HERE}/{name}")).status_code == 404
