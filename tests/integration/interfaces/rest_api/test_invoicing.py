"""Programs read what was issued to partners, as list, as values and as files, and what was paid; nobody else's."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import uuid4

import httpx
import pytest
from lxml import etree

from largesse import client as sdk
from largesse.app.web import make_app
from largesse.client import AsyncLargesseClient
from largesse.db import Database
from largesse.domain.invoices import Invoice
from largesse.interfaces import rest_api
from largesse.services import banking
from tests.builders.application import BASE_URL, NOW, an_application
from tests.builders.bank_files import IBAN
from tests.builders.banking import Desk
from tests.builders.certificates import a_merchant
from tests.builders.invoices import an_invoiced_partner, drafts, invoiced, ordered
from tests.builders.programs import Api, a_program_key, speaking
from tests.builders.staff import OPERATOR
from tests.fakes.clock import StillClock


class Books(NamedTuple):
    """A partner with an invoice that is partly paid, one that is not, and a draft."""

    desk: Desk
    paid: Invoice
    other: Invoice
    api: Api
    key: str


@pytest.fixture
async def books(database: Database) -> AsyncIterator[Books]:
    async with an_application(database, clock=StillClock(NOW)) as application:
        ordering = await an_invoiced_partner(application)
        account = await banking.add_account(
            application, ordering.merchant, name="Giro", number=IBAN, currency="EUR", by=OPERATOR, now=NOW
        )
        desk = Desk(application, ordering, account)
        await ordered(application, desk.ordering, "50.00", refcode="SPRING")
        await ordered(application, desk.ordering, "70.00", refcode="SUMMER")
        first, second = sorted(await invoiced(application, desk.ordering), key=lambda one: one.total)
        await ordered(application, desk.ordering, "90.00", refcode="AUTUMN")
        await drafts(application, desk.ordering)
        await desk.pays(await desk.line(60_00), (first, 30_00))
        made = await a_program_key(application, desk.ordering.merchant)
        async with speaking(application, made.text) as api:
            yield Books(desk, first, second, api, made.text)


async def test_what_was_issued_is_listed_and_what_is_a_draft_is_not(books: Books) -> None:
    listed = (await books.api.get("/invoices")).json()
    assert {one["number"]: (one["state"], one["total"], one["open"]) for one in listed["data"]} == {
        books.paid.invoice_number: ("part_paid", "50.00", "20.00"),
        books.other.invoice_number: ("issued", "70.00", "70.00"),
    }
    page = (await books.api.get("/invoices", limit=1)).json()
    rest = (await books.api.get("/invoices", limit=1, after=page["next"])).json()
    assert [*page["data"], *rest["data"]] == listed["data"]
    assert rest["next"] is None
    for asked, count in (
        ({"state": "issued"}, 1),
        ({"kind": "credit_note"}, 0),
        ({"number": books.other.invoice_number}, 1),
        ({"partner_id": str(books.paid.partner_id)}, 2),
        ({"partner_id": str(uuid4())}, 0),
        ({"issued_since": "2026-11-23"}, 0),
        ({"issued_until": "2026-11-23"}, 2),
    ):
        assert len((await books.api.get("/invoices", **asked)).json()["data"]) == count, asked
    for wrong in ({"state": "draft"}, {"issued_since": "soon"}, {"kind": "receipt"}):
        assert (await books.api.get("/invoices", **wrong)).status_code == 400


async def test_one_invoice_says_all_of_it_and_hands_out_its_files(books: Books) -> None:
    shown = (await books.api.get(f"/invoices/{books.paid.invoice_id}")).json()
    [line], [settled] = shown["lines"], shown["settlements"]
    assert (line["refcode"], line["quantity"], line["face"], line["total"]) == ("SPRING", 1, "50.00", "50.00")
    assert (settled["source"], settled["amount"], settled["undone_at"]) == ("payment", "30.00", None)
    assert [one["form"] for one in shown["files"]] == ["pdf", "en16931", "xrechnung", "peppol"]
    for one in shown["files"]:
        answer = await books.api.client.get(one["path"])
        assert (answer.status_code, answer.headers["content-type"]) == (200, one["media_type"])
        assert answer.headers["content-disposition"].startswith("attachment; filename=")
        if one["form"] == "pdf":
            assert answer.content.startswith(b"%PDF-1.7")
        else:
            text = etree.tostring(etree.fromstring(answer.content), encoding="unicode")
            assert shown["number"] in text
    assert (await books.api.get(f"/invoices/{books.paid.invoice_id}/file", form="docx")).status_code == 400


async def test_a_payment_says_what_it_was_set_against_and_what_is_left(books: Books) -> None:
    [listed] = (await books.api.get("/payments")).json()["data"]
    assert (listed["amount"], listed["currency"], listed["source"]) == ("60.00", "EUR", "line")
    shown = (await books.api.get(f"/payments/{listed['payment_id']}")).json()
    assert shown["left"] == "30.00"
    assert [(one["invoice_id"], one["amount"]) for one in shown["settlements"]] == [
        (str(books.paid.invoice_id), "30.00")
    ]
    assert (await books.api.get("/payments", received_since="2027-01-01")).json() == {"data": [], "next": None}


async def test_nobody_reads_another_merchants(books: Books) -> None:
    application = books.desk.application
    stranger = await a_merchant(application.database, slug="other-inn", number="1002", prefix="XQ")
    [payment] = (await books.api.get("/payments")).json()["data"]
    sandbox = await a_program_key(application, books.desk.ordering.merchant, live=False)
    for key in (await a_program_key(application, stranger), sandbox):
        headers = {"Authorization": f"Bearer {key.text}"}
        for path in ("/invoices", "/payments"):
            assert (await books.api.get(path, headers=headers)).json()["data"] == []
        for path, code in (
            (f"/invoices/{books.paid.invoice_id}", "invoice.unknown"),
            (f"/invoices/{books.paid.invoice_id}/file", "invoice.unknown"),
            (f"/payments/{payment['payment_id']}", "partner.payment.unknown"),
        ):
            refused = await books.api.get(path, headers=headers)
            assert (refused.status_code, refused.json()["code"]) == (404, code), path


async def test_a_draft_is_none_yet(books: Books) -> None:
    [draft] = await drafts(books.desk.application, books.desk.ordering)
    for path in (f"/invoices/{draft.invoice_id}", f"/invoices/{draft.invoice_id}/file"):
        assert (await books.api.get(path)).json()["code"] == "invoice.unknown"


async def test_the_client_reads_them(books: Books) -> None:
    app: Any = make_app(rest_api.routes(books.desk.application))
    transport = httpx.ASGITransport(app=app)
    async with AsyncLargesseClient(books.key, base_url=BASE_URL, transport=transport) as client:
        page = await client.send(sdk.list_invoices(state="part_paid"))
        [one] = page.data
        assert (one.number, one.open, one.total) == (books.paid.invoice_number, Decimal(20), Decimal(50))
        assert (await client.send(sdk.show_invoice(one.invoice_id))).raw["lines"]
        assert (await client.send(sdk.invoice_file(one.invoice_id))).startswith(b"%PDF-")
        [paid] = (await client.send(sdk.list_payments())).data
        assert (await client.send(sdk.show_payment(paid.payment_id))).amount == Decimal(60)
