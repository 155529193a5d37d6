"""Invoices in the office: gather, issue, dispute, give up, take the file; whatever is refused says why."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import NamedTuple

import httpx
import lxml.etree
import pytest

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import invoices, locations, partners
from largesse.domain.invoices import BillingDetails, Invoice, InvoiceState
from largesse.domain.locations import EntityChange
from largesse.domain.partners import AgreementChange, DiscountKind, PartnerChange
from largesse.domain.staff import Role
from tests.builders.application import NOW, an_application
from tests.builders.invoices import NINETEEN, an_invoiced_partner, assert_sound, drafts, invoiced, ordered, stands
from tests.builders.office import at_the_desk
from tests.builders.partners import Ordering
from tests.fakes.clock import StillClock
from tests.support.office import forms_of, texts


class Office(NamedTuple):
    """A bookkeeper before the invoices of a merchant with a partner."""

    application: Application
    ordering: Ordering
    client: httpx.AsyncClient

    @property
    def here(self) -> str:
        """Where the pages are."""
        return f"/admin/{self.ordering.merchant.slug}/invoices"

    async def sends(self, page: str, action: str, **typed: str) -> httpx.Response:
        """Fill the form of a page that leads to an action, and send it."""
        shown = await self.client.get(f"{self.here}{page}")
        assert shown.status_code == 200, shown.text
        [(address, form), *_] = [(path, fields) for path, fields in forms_of(shown).items() if path.endswith(action)]
        return await self.client.post(address, data={**form, **typed})

    async def issued(self, amount: str = "50.00") -> Invoice:
        """An invoice."""
        await ordered(self.application, self.ordering, amount)
        [invoice] = await invoiced(self.application, self.ordering)
        return invoice


@pytest.fixture
async def office(database: Database) -> AsyncIterator[Office]:
    async with an_application(database, clock=StillClock(NOW)) as application:
        ordering = await an_invoiced_partner(application, tax=NINETEEN)
        async with at_the_desk(application, ordering.merchant, role=Role.BOOKKEEPER) as client:
            yield Office(application, ordering, client)


async def test_what_was_ordered_is_gathered_looked_at_and_issued(office: Office) -> None:
    nothing = await office.sends("/drafts", "/gather")
    assert nothing.headers["location"].endswith("?done=nothing")
    await ordered(office.application, office.ordering, "50.00")
    await ordered(office.application, office.ordering, "50.00")
    too_early = await office.sends("/drafts", "/gather", through=str((NOW - timedelta(days=2)).date()))
    assert too_early.headers["location"].endswith("?done=nothing")
    gathered = await office.sends("/drafts", "/gather", partner=str(office.ordering.partner.partner_id))
    assert gathered.headers["location"].endswith("?done=gathered")
    [draft] = await drafts(office.application, office.ordering)
    listed = await office.client.get(f"{office.here}/drafts")
    assert f"{office.here}/{draft.invoice_id}" in listed.text
    page = f"/{draft.invoice_id}"
    shown = await office.client.get(f"{office.here}{page}")
    assert ("Draft: Refcode SPRING" in shown.text, "€100.00" in shown.text) == (True, True)

    pro_forma = await office.client.get(f"{office.here}{page}/file?form=pro-forma")
    assert (pro_forma.content[:5], "pro-forma.pdf" in pro_forma.headers["content-disposition"]) == (b"%PDF-", True)
    changed = await office.sends(page, "/change", po_number="PO 4711", note="As agreed")
    assert changed.headers["location"].endswith("?done=changed")
    long = await office.sends(page, "/change", po_number="P" * 61, note="As agreed")
    assert (long.status_code, "P" * 61 in long.text, "This is too long" in long.text) == (422, True, True)
    issued = await office.sends(page, "/issue")
    assert issued.headers["location"].endswith("?done=issued")
    shown = await office.client.get(f"{office.here}{page}")
    assert ("Invoice INV-000001" in shown.text, "PO 4711" in shown.text, "€15.97" in shown.text) == (True,) * 3
    assert [path for path in forms_of(shown) if path.endswith(("/issue", "/change", "/discard"))] == []
    paper = await office.client.get(f"{office.here}{page}/file?form=pdf")
    assert (paper.headers["content-type"], paper.content[:5]) == ("application/pdf", b"%PDF-")
    assert "INV-000001.pdf" in paper.headers["content-disposition"]
    file = await office.client.get(f"{office.here}{page}/file?form=peppol")
    assert (file.status_code, file.headers["content-type"]) == (200, "application/xml")
    assert "INV-000001-peppol.xml" in file.headers["content-disposition"]
    assert lxml.etree.fromstring(file.content).tag.endswith("}Invoice")
    await assert_sound(office.application)


async def test_a_draft_is_discarded_and_can_be_gathered_again(office: Office) -> None:
    await ordered(office.application, office.ordering)
    [draft] = await drafts(office.application, office.ordering)
    refused = await office.client.get(f"{office.here}/{draft.invoice_id}/file")  # invoice.not_issued
    assert (refused.status_code, "It is a draft. Issue it first." in refused.text) == (409, True)
    gone = await office.sends(f"/{draft.invoice_id}", "/discard")
    assert gone.headers["location"].endswith("/drafts?done=discarded")
    assert (await office.client.get(f"{office.here}/{draft.invoice_id}")).status_code == 404
    again = await office.sends("/drafts", "/gather")
    assert again.headers["location"].endswith("?done=gathered")


async def test_what_cannot_be_issued_says_what_is_missing(office: Office) -> None:
    await ordered(office.application, office.ordering)
    [draft] = await drafts(office.application, office.ordering)
    async with office.application.database.transaction() as connection:
        await partners.change_partner(connection, office.ordering.partner, PartnerChange(address="", city=""))
    refused = await office.sends(f"/{draft.invoice_id}", "/issue")  # invoice.buyer.address_missing
    assert (refused.status_code, "The partner has no address" in refused.text) == (409, True)
    assert (await stands(office.application, draft)).state is InvoiceState.DRAFT
    wrong = await office.sends("/drafts", "/gather", through="30.11.2026")
    assert (wrong.status_code, "2026-11-30" in wrong.text) == (422, True)


async def test_a_wrong_tax_id_and_a_seller_without_one_are_told_apart(office: Office) -> None:
    await ordered(office.application, office.ordering)
    [draft] = await drafts(office.application, office.ordering)
    partner = office.ordering.partner
    async with office.application.database.transaction() as connection:
        wrong = BillingDetails(vat_id="BE0428759498")  # its last digit
        await invoices.put_billing(connection, partner.merchant_id, partner.partner_id, wrong)
    refused = await office.sends(f"/{draft.invoice_id}", "/issue")  # invoice.tax_id.invalid
    assert (refused.status_code, "A VAT ID is wrong" in refused.text) == (409, True)
    async with office.application.database.transaction() as connection:
        await invoices.put_billing(connection, partner.merchant_id, partner.partner_id, BillingDetails())
        entity = await locations.default_entity(connection, partner.merchant_id)
        await locations.change_entity(connection, entity, EntityChange(vat_id="", tax_id=""))
    refused = await office.sends(f"/{draft.invoice_id}", "/issue")  # invoice.seller.incomplete
    assert (refused.status_code, "Your own address or tax number is missing" in refused.text) == (409, True)
    assert (await stands(office.application, draft)).state is InvoiceState.DRAFT


async def test_an_invoice_is_disputed_agreed_to_and_given_up(office: Office) -> None:
    invoice = await office.issued()
    page = f"/{invoice.invoice_id}"
    no_reason = await office.sends(page, "/dispute")
    assert (no_reason.status_code, "Say why" in no_reason.text) == (422, True)
    disputed = await office.sends(page, "/dispute", reason="Two never came")
    assert disputed.headers["location"].endswith("?done=disputed")
    assert "Two never came" in (await office.client.get(f"{office.here}{page}")).text
    assert "INV-000001" in (await office.client.get(f"{office.here}?state=disputed")).text
    agreed = await office.sends(page, "/dispute")
    assert agreed.headers["location"].endswith("?done=agreed")
    unsaid = await office.sends(page, "/write-off", why=" ")
    assert (unsaid.status_code, "Say why" in unsaid.text) == (422, True)
    lost = await office.sends(page, "/write-off", why="Insolvent")
    assert lost.headers["location"].endswith("?done=written_off")
    assert (await stands(office.application, invoice)).state is InvoiceState.WRITTEN_OFF
    shown = await office.client.get(f"{office.here}{page}")
    assert texts(shown, "//main//h2").count("Journal") == 1
    assert "Bad debts" in shown.text
    await assert_sound(office.application)


async def test_a_commission_is_credited_once_and_taken_back_out_of_what_is_left(office: Office) -> None:
    invoice = await office.issued("100.00")
    page = f"/{invoice.invoice_id}"
    shown = await office.client.get(f"{office.here}{page}")
    assert [path for path in forms_of(shown) if "commission" in path] == [], "the agreement pays none"
    async with office.application.database.transaction() as connection:
        change = AgreementChange(discount_ppm=100_000, discount_kind=DiscountKind.COMMISSION)
        await partners.change_agreement(connection, office.ordering.partner, change)
    for typed, said in (
        ({}, "Name the partner’s own invoice"),
        ({"reference": "R1", "earned": "much"}, "much"),
        ({"reference": "R1", "earned": "200"}, "That is more than"),
        ({"reference": "R1", "tax_rate": "x"}, "Give the tax in per cent"),
        ({"reference": "R1", "tax_rate": "1e999999999"}, "Give the tax in per cent"),
        ({"reference": "R1", "tax_country": "BE"}, "Give the tax in per cent"),
        ({"reference": "R1", "tax_rate": "19", "tax_country": "Q"}, "Name the country"),
    ):
        refused = await office.sends(page, "/commission", **typed)
        assert (refused.status_code, said in refused.text) == (422, True), (typed, texts(refused, "//main//*"))
    early = await office.client.post(
        f"{office.here}{page}/commission/take-back",
        data=forms_of(await office.client.get(f"{office.here}{page}"))[f"{office.here}{page}/commission"]
        | {"back": "Too early"},
    )  # invoice.commission.not_booked
    assert (early.status_code, "No commission is booked" in early.text) == (409, True)
    booked = await office.sends(page, "/commission", reference="R1", tax_rate="19", tax_country="be")
    assert booked.headers["location"].endswith("?done=commission")
    shown = await office.client.get(f"{office.here}{page}")
    assert ("€11.90 is credited to the partner" in shown.text, "Credit the commission" in shown.text) == (True, False)
    unsaid = await office.sends(page, "/take-back", back=" ")
    assert (unsaid.status_code, "Say why" in unsaid.text) == (422, True)
    back = await office.sends(page, "/take-back", back="Their invoice was wrong")
    assert back.headers["location"].endswith("?done=commission_back")
    again = await office.sends(page, "/commission", reference="R2", earned="7.50")
    assert again.headers["location"].endswith("?done=commission")
    assert "€7.50 is credited" in (await office.client.get(f"{office.here}{page}")).text
    await assert_sound(office.application)


async def test_an_invoice_is_sent_again_and_reminded_of_once_it_is_overdue(office: Office) -> None:
    invoice = await office.issued()
    page = f"/{invoice.invoice_id}"
    unsaid = await office.sends(page, "/send", address="no address")
    assert (unsaid.status_code, "no address" in unsaid.text, "Say why" in unsaid.text) == (422, True, True)
    assert "That is not an e-mail address" in unsaid.text
    sent = await office.sends(page, "/send", address="cfo@acme.example", again="Asked for")
    assert sent.headers["location"].endswith("?done=sent")
    shown = await office.client.get(f"{office.here}{page}")
    assert ("cfo@acme.example" in shown.text, "Send a reminder" in shown.text) == (True, False)
    assert invoice.due_on is not None
    clock = office.application.clock
    assert isinstance(clock, StillClock)
    clock.moment = NOW + (invoice.due_on - NOW.date()) + timedelta(days=3)
    async with at_the_desk(
        office.application, office.ordering.merchant, role=Role.BOOKKEEPER, email="late@bakery.example"
    ) as client:
        later = office._replace(client=client)
        assert "INV-000001" in (await client.get(f"{office.here}?state=overdue")).text
        reminded = await later.sends(page, "/remind")
        assert reminded.headers["location"].endswith("?done=reminded")
        assert "Reminder 1" in (await client.get(f"{office.here}{page}")).text


async def test_the_list_tells_what_is_open_and_overdue_and_finds_by_partner(office: Office) -> None:
    invoice = await office.issued()
    assert invoice.due_on is not None
    shown = await office.client.get(office.here)
    assert ("INV-000001" in shown.text, "open on 1 invoice" in shown.text) == (True, True)
    assert "No drafts" in (await office.client.get(f"{office.here}/drafts")).text
    assert "INV-000001" not in (await office.client.get(f"{office.here}?state=overdue")).text
    for query, found in (("partner=orders", True), ("partner=100%25", False), ("kind=credit_note", False)):
        assert ("INV-000001" in (await office.client.get(f"{office.here}?{query}")).text) is found, query
    [(address, form)] = [(path, form) for path, form in forms_of(shown).items() if path.endswith("/export")]
    file = await office.client.post(address, data=form)
    assert (file.status_code, "INV-000001" in file.text, "50.00" in file.text) == (200, True, True)


async def test_a_statement_and_the_ageing_are_shown_and_taken_as_files(office: Office) -> None:
    invoice = await office.issued()
    aged = await office.client.get(f"{office.here}/ageing")
    assert ("€50.00" in aged.text, "Not due yet" in aged.text) == (True, True)
    file = await office.client.get(f"{office.here}/ageing/file")
    assert (file.headers["content-type"], "50.00" in file.text) == ("text/csv; charset=utf-8", True)
    page = f"{office.here}/statements/{invoice.partner_id}"
    shown = await office.client.get(page)
    assert ("Invoice INV-000001" in shown.text, "€50.00" in shown.text) == (True, True)
    for form, media_type in (("pdf", "application/pdf"), ("csv", "text/csv; charset=utf-8")):
        file = await office.client.get(f"{page}/file?form={form}&since=2026-01-01&through=2026-12-31")
        assert (file.status_code, file.headers["content-type"]) == (200, media_type)
    for query, said in (
        ("since=2026-12-31&through=2026-01-01", "ends before it begins"),
        ("since=yesterday", "2026-11-30"),
        ("through=0001-01-01", "too long ago"),
        ("since=0001-01-01", "too long ago"),
        ("currency=XXX", "Choose one of those"),
    ):
        wrong = await office.client.get(f"{page}?{query}")
        assert (wrong.status_code, said in wrong.text) == (422, True), query
    assert (await office.client.get(f"{office.here}/statements/{invoice.invoice_id}")).status_code == 404


async def test_who_only_reads_is_offered_nothing_to_press(database: Database) -> None:
    async with an_application(database, clock=StillClock(NOW)) as application:
        ordering = await an_invoiced_partner(application)
        await ordered(application, ordering)
        [invoice] = await invoiced(application, ordering)
        async with at_the_desk(application, ordering.merchant, role=Role.MANAGER) as client:
            here = f"/admin/{ordering.merchant.slug}/invoices"
            for page in (f"{here}/{invoice.invoice_id}", f"{here}/drafts"):
                shown = await client.get(page)
                assert [path for path in forms_of(shown) if path.startswith(here)] == [], page
