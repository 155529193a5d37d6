"""Invoices in the portal: what is open, each with its files, payments and a statement; nothing of another partner."""

import csv
import io
from collections.abc import AsyncIterator
from typing import NamedTuple

import httpx
import lxml.etree
import pytest

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain.invoices import Invoice
from largesse.domain.portal import PartnerRole
from largesse.kernel.ids import new_id
from largesse.services import banking
from largesse.services.certificates import Place
from largesse.services.refunds import void
from tests.builders.application import NOW, an_application
from tests.builders.bank_files import IBAN
from tests.builders.certificates import a_request
from tests.builders.invoices import NINETEEN, an_invoiced_partner, drafts, invoiced, ordered
from tests.builders.partners import Ordering
from tests.builders.portal import a_colleague, a_session_for
from tests.builders.staff import OPERATOR
from tests.fakes.clock import StillClock
from tests.support.office import comes_with, office_app, texts, visiting


class Desk(NamedTuple):
    """Whoever pays for a partner, before its invoices; another partner of the same merchant orders, too."""

    application: Application
    own: Ordering
    other: Ordering
    client: httpx.AsyncClient

    @property
    def here(self) -> str:
        """Where the pages are."""
        return f"/partner/{self.own.partner.partner_id}/invoices"

    async def issued(self, ordering: Ordering, amount: str) -> Invoice:
        """An invoice over one certificate."""
        await ordered(self.application, ordering, amount)
        [invoice] = await invoiced(self.application, ordering)
        return invoice


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    async with an_application(database, clock=StillClock(NOW)) as application:
        own = await an_invoiced_partner(application, tax=NINETEEN)
        other = await an_invoiced_partner(application, merchant=own.merchant, email="other@partner.example")
        finance = await a_colleague(application, own.merchant, own.partner, role=PartnerRole.FINANCE)
        async with visiting(office_app(application)) as client:
            comes_with(client, await a_session_for(application, finance))
            yield Desk(application, own, other, client)


async def test_what_is_owed_and_paid_stands_above_the_invoices_and_in_a_statement(desk: Desk) -> None:
    application, merchant, partner = desk.application, desk.own.merchant, desk.own.partner
    assert "No invoices yet" in (await desk.client.get(desk.here)).text
    invoice, foreign = await desk.issued(desk.own, "50.00"), await desk.issued(desk.other, "77.00")
    await ordered(application, desk.own, "20.00", refcode="AUTUMN")
    account = await banking.add_account(
        application, merchant, name="Giro", number=IBAN, currency="EUR", by=OPERATOR, now=NOW
    )
    await banking.book_payment(
        application,
        merchant,
        partner,
        payment_id=new_id(NOW),
        currency="EUR",
        amount=10_00,
        received_on=NOW.date(),
        account=account,
        reference="Thanks",
        by=OPERATOR,
        now=NOW,
    )
    assert invoice.invoice_number is not None
    assert foreign.invoice_number is not None
    page = await desk.client.get(desk.here)
    told = " ".join(texts(page, "//main//*"))
    for words in (
        "€50.00 open",
        "€20.00 ordered and not invoiced yet",
        "€10.00 credit of yours",
        "INV-000001",
        "Thanks",
    ):
        assert words in told, words
    assert "77.00" not in told
    assert foreign.invoice_number not in told
    file = await desk.client.get(f"{desk.here}/statement?currency=EUR")
    assert "statement-EUR-" in file.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(file.text)))
    assert [(row["kind"], row["reference"], row["amount"], row["balance"]) for row in rows] == [
        ("opening", "", "", "0.00"),
        ("invoice", "INV-000001", "50.00", "50.00"),
        ("payment", "Thanks", "-10.00", "40.00"),
    ]
    paper = await desk.client.get(f"{desk.here}/statement?form=pdf&currency=EUR")
    assert (paper.status_code, paper.headers["content-type"], paper.content[:5]) == (200, "application/pdf", b"%PDF-")
    assert ".pdf" in paper.headers["content-disposition"]
    for query in ("currency=USD", "form=pdf&currency=USD", "form=docx&currency=EUR"):
        assert (await desk.client.get(f"{desk.here}/statement?{query}")).status_code == 404, query
    assert invoice.invoice_number in (await desk.client.get(f"{desk.here}?state=open")).text
    assert invoice.invoice_number not in (await desk.client.get(f"{desk.here}?state=overdue")).text


async def test_an_invoice_is_read_with_its_files_and_nothing_leads_into_the_office(desk: Desk) -> None:
    invoice, foreign = await desk.issued(desk.own, "50.00"), await desk.issued(desk.other, "77.00")
    one = f"{desk.here}/{invoice.invoice_id}"
    page = await desk.client.get(one)
    assert page.status_code == 200, page.text
    assert "Invoice INV-000001" in page.text
    assert "€7.98" in page.text
    assert not any(href.startswith("/admin/") for href in texts(page, "//a/@href"))
    paper = await desk.client.get(f"{one}/file")
    assert (paper.headers["content-type"], paper.content[:5]) == ("application/pdf", b"%PDF-")
    for form in ("en16931", "xrechnung", "peppol"):
        file = await desk.client.get(f"{one}/file?form={form}")
        assert file.headers["content-type"] == "application/xml"
        assert 'filename="' in file.headers["content-disposition"], "old programs read no other"
        lxml.etree.fromstring(file.content)
    assert (await desk.client.get(f"{one}/file?form=no-such")).status_code == 404
    await ordered(desk.application, desk.own, "20.00", refcode="AUTUMN")
    [draft] = await drafts(desk.application, desk.own)
    for hidden in (foreign.invoice_id, draft.invoice_id, "no-such"):
        for path in (f"{desk.here}/{hidden}", f"{desk.here}/{hidden}/file"):
            assert (await desk.client.get(path)).status_code == 404, path


async def test_what_is_given_back_stands_on_a_credit_note_that_names_its_invoice(desk: Desk) -> None:
    application = desk.application
    order = await ordered(application, desk.own, "50.00")
    [invoice] = await invoiced(application, desk.own)
    assert order.certificate_id is not None
    place = Place(merchant_id=order.merchant_id, certificate_id=order.certificate_id)
    await void(application, place, request=a_request(), now=NOW)
    page = await desk.client.get(f"{desk.here}/{invoice.invoice_id}")
    [href] = texts(page, "//section[h2='Credit notes']//a/@href")
    note = await desk.client.get(href)
    assert "Credit note" in note.text
    assert f"{desk.here}/{invoice.invoice_id}" in note.text
    rows = list(csv.DictReader(io.StringIO((await desk.client.get(f"{desk.here}/statement?currency=EUR")).text)))
    assert [(row["kind"], row["amount"], row["balance"]) for row in rows[1:]] == [
        ("invoice", "50.00", "50.00"),
        ("credit_note", "-50.00", "0.00"),
    ]
