"""Invoices by mail, received by a real mail server; reminders; and what the worker bills at a month's end."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace as with_parts
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import facturx
import pytest
from msgspec.structs import replace

from largesse.adapters.smtp_mail import SmtpMail
from largesse.adapters.typeset import TypstTypesetter
from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import invoices, locations, partners
from largesse.domain.invoices import (
    BillingDetails,
    Invoice,
    InvoiceClosed,
    InvoiceDisputed,
    InvoiceInvalid,
    InvoiceMailStatus,
    InvoiceNotDue,
    InvoiceNotIssued,
    InvoiceState,
)
from largesse.domain.orders import Order
from largesse.domain.partners import Invoicing, PartnerChange
from largesse.kernel.ids import new_id
from largesse.outbox import Relay
from largesse.services.certificates import Place
from largesse.services.invoices import (
    bill_months,
    dispute,
    remind,
    remind_due,
    send_again,
    write_off,
)
from largesse.services.refunds import void
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_request
from tests.builders.gifts import MAIL_FROM, a_relay
from tests.builders.invoices import (
    BOOKKEEPER,
    NINETEEN,
    an_invoiced_partner,
    assert_sound,
    drafts,
    invoiced,
    ordered,
    stands,
)
from tests.builders.partners import Ordering
from tests.fakes.clock import StillClock
from tests.support.mail_server import Letterbox, mail_server

DECEMBER = datetime(2026, 12, 2, 9, 0, tzinfo=UTC)
BILLING = BillingDetails(email="billing@acme.example", language="de")


class Post:
    """A merchant with a partner, a relay, and the mail server that it sends by."""

    def __init__(self, application: Application, ordering: Ordering, relay: Relay, letterbox: Letterbox) -> None:
        self.application, self.ordering, self.relay, self.letterbox = application, ordering, relay, letterbox

    async def goes_out(self) -> list[EmailMessage]:
        """Send what waits, and return all that the partner's bookkeeping ever got."""
        await self.relay.run_once(self.application.clock.now())
        return self.letterbox.to("billing@acme.example")

    async def at(self, moment: datetime) -> datetime:
        """Let it be later."""
        clock = self.application.clock
        assert isinstance(clock, StillClock)
        clock.moment = moment
        return moment

    async def issued(self, amount: str = "50.00") -> Invoice:
        """An invoice."""
        await ordered(self.application, self.ordering, amount)
        [invoice] = await invoiced(self.application, self.ordering)
        return invoice

    async def sets(self, **change: Any) -> None:
        """Change what invoices of the merchant do by themselves."""
        merchant_id = self.ordering.merchant.merchant_id
        async with self.application.database.transaction() as connection:
            entity = await locations.default_entity(connection, merchant_id)
            known = await invoices.settings_of(connection, merchant_id, entity.entity_id)
            await invoices.put_settings(connection, merchant_id, entity.entity_id, replace(known, **change))

    async def mails(self, invoice: Invoice) -> list[tuple[str, int, str]]:
        """What is on record of an invoice's mails."""
        async with self.application.database.connection() as connection:
            found = await invoices.mails_of(connection, invoice)
        return [(one.purpose.value, one.stage, one.status.value) for one in found]


@pytest.fixture
async def post(database: Database) -> AsyncIterator[Post]:
    letterbox = Letterbox()
    async with (
        mail_server(letterbox) as url,
        TypstTypesetter(threads=1) as printer,
        an_application(database, clock=StillClock(NOW)) as plain,
    ):
        application = with_parts(plain, invoice_printer=printer)
        ordering = await an_invoiced_partner(
            application, billing=BILLING, tax=NINETEEN, invoicing=Invoicing.MONTHLY, payment_terms_days=14
        )
        yield Post(application, ordering, a_relay(application, SmtpMail(url, mail_from=MAIL_FROM)), letterbox)


def enclosed(mail: EmailMessage) -> dict[str, Any]:
    return {str(part.get_filename()): part.get_payload(decode=True) for part in mail.iter_attachments()}


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


async def cancelled(post: Post, order: Order) -> None:
    """Void a certificate on account."""
    assert order.certificate_id is not None
    place = Place(merchant_id=order.merchant_id, certificate_id=order.certificate_id)
    await void(post.application, place, reason=None, request=a_request(), now=post.application.clock.now())


async def test_an_invoice_is_mailed_once_with_its_paper_and_its_file(post: Post) -> None:
    invoice = await post.issued()
    [mail] = await post.goes_out()
    assert mail["Subject"] == "Rechnung INV-000001 von The Spa"
    assert "50,00" in text_of(mail)
    assert "DE89 3704 0044 0532 0130 00" in text_of(mail)
    files = enclosed(mail)
    assert sorted(files) == ["INV-000001-en16931.xml", "INV-000001.pdf"]
    assert facturx.get_xml_from_pdf(files["INV-000001.pdf"])[1] == files["INV-000001-en16931.xml"]
    assert [part.get_content_type() for part in mail.iter_attachments()] == ["application/pdf", "application/xml"]
    assert await invoiced(post.application, post.ordering) == []
    assert len(await post.goes_out()) == 1
    assert await post.mails(invoice) == [("issued", 0, "sent")]


async def test_a_credit_note_is_mailed_and_names_its_invoice(post: Post) -> None:
    order = await ordered(post.application, post.ordering, "50.00")
    await invoiced(post.application, post.ordering)
    await cancelled(post, order)
    mails = {str(one["Subject"]): one for one in await post.goes_out()}
    assert sorted(mails) == ["Gutschrift CN-000001 von The Spa", "Rechnung INV-000001 von The Spa"]
    assert "INV-000001" in text_of(mails["Gutschrift CN-000001 von The Spa"])
    await assert_sound(post.application)


async def test_it_is_sent_again_with_a_reason_to_where_they_want_it_now(post: Post) -> None:
    invoice, application, merchant = await post.issued(), post.application, post.ordering.merchant
    async with application.database.transaction() as connection:
        moved = BillingDetails(email="new@acme.example", language="de")
        await invoices.put_billing(connection, merchant.merchant_id, invoice.partner_id, moved)
    await send_again(application, merchant, invoice.invoice_id, reason="They moved", by=BOOKKEEPER, now=NOW)
    await send_again(
        application, merchant, invoice.invoice_id, address="cfo@acme.example", reason="Asked", by=BOOKKEEPER, now=NOW
    )
    await post.goes_out()
    assert [len(post.letterbox.to(f"{one}@acme.example")) for one in ("billing", "new", "cfo")] == [1, 1, 1]
    with pytest.raises(InvoiceInvalid) as refused:
        await send_again(application, merchant, invoice.invoice_id, address="@", reason=" ", by=BOOKKEEPER, now=NOW)
    assert [one.field for one in refused.value.fields] == ["reason", "address"]
    await ordered(application, post.ordering)
    [draft] = await drafts(application, post.ordering)
    with pytest.raises(InvoiceNotIssued):
        await send_again(application, merchant, draft.invoice_id, reason="Asked", by=BOOKKEEPER, now=NOW)


async def test_what_is_pressed_twice_is_sent_once(post: Post) -> None:
    application, merchant, invoice = post.application, post.ordering.merchant, await post.issued()
    by: dict[str, Any] = {"reason": "Asked", "operation_id": new_id(NOW), "by": BOOKKEEPER, "now": NOW}
    await asyncio.gather(*(send_again(application, merchant, invoice.invoice_id, **by) for _ in range(3)))
    late = await post.at(NOW + timedelta(days=30))
    for seen in (0, 0, 1):
        stage = await remind(application, merchant, invoice.invoice_id, seen=seen, by=BOOKKEEPER, now=late)
        assert stage == seen + 1
    await dispute(application, merchant, invoice.invoice_id, disputed=True, reason="No", by=BOOKKEEPER, now=late)
    with pytest.raises(InvoiceDisputed):
        await remind(application, merchant, invoice.invoice_id, seen=2, by=BOOKKEEPER, now=late)
    found = [(purpose, stage) for purpose, stage, _ in await post.mails(invoice)]
    assert sorted(found) == [("again", 0), ("issued", 0), ("reminder", 1), ("reminder", 2)]


async def test_what_their_server_refuses_is_on_record(post: Post) -> None:
    post.letterbox.answers["billing@acme.example"] = "550 5.1.1 no such mailbox"
    invoice = await post.issued()
    assert await post.goes_out() == []
    assert await post.mails(invoice) == [("issued", 0, "failed")]


async def test_reminders_go_out_on_their_days_each_once_by_whichever_worker(post: Post) -> None:
    invoice = await post.issued()
    await post.sets(reminds_itself=True)
    assert invoice.due_on is not None
    day = NOW + timedelta(days=14)
    sent = []
    for days in range(45):
        now = await post.at(day + timedelta(days=days))
        done = await asyncio.gather(*(remind_due(post.application, now=now) for _ in range(3)))
        sent += [days] * sum(done)
    assert sent == [7, 21, 35]
    assert sorted(str(one["Subject"]).partition(" zu ")[0].partition(" an ")[0] for one in await post.goes_out()) == [
        "Eine Erinnerung",
        "Letzte Mahnung",
        "Rechnung INV-000001 von The Spa",
        "Zweite Mahnung",
    ]
    assert (await stands(post.application, invoice)).reminders == 3


async def test_reminders_that_start_late_keep_their_distance(post: Post) -> None:
    await post.issued()
    await post.sets(reminds_itself=True)
    late, sent = NOW + timedelta(days=14 + 60), []
    for days in range(40):
        now = await post.at(late + timedelta(days=days))
        sent += [days] * await remind_due(post.application, now=now)
    assert sent == [0, 14, 28]


async def test_nobody_is_reminded_of_what_is_disputed_paid_not_due_or_left_to_people(post: Post) -> None:
    application, merchant = post.application, post.ordering.merchant
    invoice = await post.issued()
    late = await post.at(NOW + timedelta(days=30))
    assert await remind_due(application, now=late) == 0, "nobody said that it should"
    await post.sets(reminds_itself=True)
    await dispute(
        application, merchant, invoice.invoice_id, disputed=True, reason="Never came", by=BOOKKEEPER, now=late
    )
    assert await remind_due(application, now=late) == 0
    with pytest.raises(InvoiceDisputed):
        await remind(application, merchant, invoice.invoice_id, by=BOOKKEEPER, now=late)
    await dispute(application, merchant, invoice.invoice_id, disputed=False, reason="", by=BOOKKEEPER, now=late)
    with pytest.raises(InvoiceNotDue):
        await remind(application, merchant, invoice.invoice_id, by=BOOKKEEPER, now=NOW)
    once = new_id(NOW)
    for _ in range(2):
        asked: dict[str, Any] = {"operation_id": once, "by": BOOKKEEPER, "now": late}
        assert await remind(application, merchant, invoice.invoice_id, **asked) == 1
    await write_off(application, merchant, invoice.invoice_id, reason="Insolvent", by=BOOKKEEPER, now=late)
    with pytest.raises(InvoiceClosed):
        await remind(application, merchant, invoice.invoice_id, by=BOOKKEEPER, now=late)
    await post.goes_out()
    assert (await post.mails(invoice))[1] == ("reminder", 1, InvoiceMailStatus.DROPPED.value), "given up before it left"


async def test_a_month_is_billed_once_by_two_workers_at_once(post: Post) -> None:
    await post.sets(issues_itself=True)
    for _ in range(3):
        await ordered(post.application, post.ordering, "50.00")
    assert await bill_months(post.application, now=NOW) == 0, "in October it was no partner yet"
    await post.at(DECEMBER)
    await ordered(post.application, post.ordering, "9.00", now=DECEMBER)
    await asyncio.gather(*(bill_months(post.application, now=DECEMBER) for _ in range(4)))
    assert await bill_months(post.application, now=DECEMBER) == 0
    merchant_id = post.ordering.merchant.merchant_id
    async with post.application.database.connection() as connection:
        [invoice] = await invoices.open_invoices(connection, merchant_id)
    assert (invoice.group_key, invoice.total, invoice.state) == ("2026-11", 150_00, InvoiceState.ISSUED)
    assert len(await post.goes_out()) == 1
    [rest] = await drafts(post.application, post.ordering, now=DECEMBER)
    assert rest.group_key == "2026-12", "what is ordered since waits for its month"
    await assert_sound(post.application)


async def test_without_a_word_a_month_is_gathered_and_left_to_people(post: Post) -> None:
    await ordered(post.application, post.ordering, "50.00")
    await post.at(DECEMBER)
    assert await bill_months(post.application, now=DECEMBER) == 1
    async with post.application.database.connection() as connection:
        [draft] = await invoices.drafts_of(connection, post.ordering.merchant.merchant_id)
    assert (draft.group_key, draft.state) == ("2026-11", InvoiceState.DRAFT)


async def test_what_cannot_be_issued_stays_a_draft_and_the_reason_is_kept(post: Post) -> None:
    await post.sets(issues_itself=True)
    await ordered(post.application, post.ordering, "50.00")
    async with post.application.database.transaction() as connection:
        await partners.change_partner(connection, post.ordering.partner, PartnerChange(address="", city=""))
    await post.at(DECEMBER)
    assert await bill_months(post.application, now=DECEMBER) == 1
    async with post.application.database.connection() as connection:
        [draft] = await invoices.drafts_of(connection, post.ordering.merchant.merchant_id)
        outcome = await connection.fetchval("SELECT outcome FROM invoice_runs WHERE month = '2026-11-01'")
    assert (draft.state, outcome) == (InvoiceState.DRAFT, "invoice.buyer.address_missing")
    assert await bill_months(post.application, now=DECEMBER) == 0, "not again at once"
    async with post.application.database.transaction() as connection:
        known = await partners.find_partner(connection, draft.merchant_id, str(draft.partner_id))
        await partners.change_partner(connection, known, PartnerChange(address="Rue Haute 5", city="Bruxelles"))
    assert await bill_months(post.application, now=await post.at(DECEMBER + timedelta(hours=6))) == 1
    assert (await stands(post.application, draft)).state is InvoiceState.ISSUED
    assert await bill_months(post.application, now=DECEMBER + timedelta(days=1)) == 0


async def test_a_partner_that_fails_keeps_no_other_from_being_billed(post: Post) -> None:
    merchant = post.ordering.merchant
    other = await an_invoiced_partner(
        post.application, merchant=merchant, email="b@acme.example", invoicing=Invoicing.MONTHLY
    )
    await post.sets(issues_itself=True)
    for one in (post.ordering, other):
        await ordered(post.application, one, "50.00")
    failing = min(post.ordering.partner.partner_id, other.partner.partner_id)
    async with post.application.database.transaction() as connection:
        await connection.execute(
            "CREATE FUNCTION fails() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;"
            "CREATE TRIGGER fails BEFORE INSERT ON invoices FOR EACH ROW "
            f"WHEN (new.partner_id = '{failing}') EXECUTE FUNCTION fails()"
        )
    assert await bill_months(post.application, now=await post.at(DECEMBER)) == 2
    async with post.application.database.connection() as connection:
        [invoice] = await invoices.open_invoices(connection, merchant.merchant_id)
        rows = await connection.fetch("SELECT partner_id, outcome FROM invoice_runs")
    assert invoice.partner_id != failing
    assert {row["partner_id"]: row["outcome"] for row in rows} == {failing: "failed", invoice.partner_id: ""}


async def test_a_reminder_asks_for_what_is_open_by_then(post: Post) -> None:
    application, merchant = post.application, post.ordering.merchant
    order = await ordered(application, post.ordering, "20.00")
    invoice = await post.issued("30.00")
    await cancelled(post, order)
    assert (await stands(application, invoice)).open == 30_00
    before = len(await post.goes_out())
    late = await post.at(NOW + timedelta(days=30))
    await remind(application, merchant, invoice.invoice_id, by=BOOKKEEPER, now=late)
    [reminder] = (await post.goes_out())[before:]
    assert "30,00" in text_of(reminder)
