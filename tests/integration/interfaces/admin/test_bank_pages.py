"""The bank in the office: bring a statement, accept what is suggested, split, undo; whatever is refused says why."""

import re
from collections.abc import AsyncIterator
from typing import NamedTuple

import httpx
import pytest

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import staff
from largesse.domain.banking import KeptLine, lines_of
from largesse.domain.invoices import InvoiceState
from largesse.domain.staff import Audited, Role
from largesse.kernel.where import BooksSale
from largesse.services.certificates import Payer, cash_out, redeem, spot_of
from tests.builders.application import NOW, an_application
from tests.builders.bank_files import IBAN, a_line, a_statement, camt, csv_file
from tests.builders.certificates import a_card, a_request
from tests.builders.invoices import an_invoiced_partner, assert_sound, invoiced, ordered, stands
from tests.builders.locations import a_location
from tests.builders.office import at_the_desk
from tests.builders.partners import Ordering
from tests.fakes.clock import StillClock
from tests.support.office import forms_of


class Office(NamedTuple):
    """A bookkeeper before the pages of a merchant with a partner."""

    application: Application
    ordering: Ordering
    client: httpx.AsyncClient

    @property
    def here(self) -> str:
        """Where the pages are."""
        return f"/admin/{self.ordering.merchant.slug}/bank"

    async def sends(
        self, page: str, action: str, file: tuple[str, bytes] | None = None, **typed: str
    ) -> httpx.Response:
        """Fill the first form of a page that leads to an action, and send it."""
        shown = await self.client.get(f"{self.here}{page}")
        return await self.fills(shown, action, file, **typed)

    async def fills(
        self, shown: httpx.Response, action: str, file: tuple[str, bytes] | None = None, **typed: str
    ) -> httpx.Response:
        """Fill the form of a page that was answered."""
        [(address, form), *_] = [(path, fields) for path, fields in forms_of(shown).items() if path.endswith(action)]
        fields = {**form, **typed}
        if file is None:
            return await self.client.post(address, data=fields)
        return await self.client.post(address, data=fields, files={"file": file})

    async def lines(self) -> list[KeptLine]:
        """All lines."""
        async with self.application.database.connection() as connection:
            return await lines_of(connection, self.ordering.merchant.merchant_id)


@pytest.fixture
async def office(database: Database) -> AsyncIterator[Office]:
    async with an_application(database, clock=StillClock(NOW)) as application:
        ordering = await an_invoiced_partner(application)
        async with at_the_desk(application, ordering.merchant, role=Role.BOOKKEEPER) as client:
            yield Office(application, ordering, client)


async def test_a_statement_is_brought_and_what_is_suggested_is_accepted_split_and_undone(office: Office) -> None:
    await ordered(office.application, office.ordering, "50.00")
    [invoice] = await invoiced(office.application, office.ordering)
    added = await office.sends("/accounts", "/add", name="Giro", number=IBAN, currency="EUR")
    assert (added.status_code, "done=added" in added.headers["location"]) == (303, True)
    file = camt(a_statement([a_line(50_00, text=f"Thanks, {invoice.invoice_number}"), a_line(9_00, place=2, text="?")]))
    brought = await office.sends("/accounts", "/bring", ("day.xml", file))
    assert "done=taken&new=2" in brought.headers["location"]
    again = await office.sends("/accounts", "/bring", ("day.xml", file))
    assert "done=again" in again.headers["location"]
    today = await office.client.get(f"/admin/{office.ordering.merchant.slug}")
    assert "2 payments at the bank wait to be matched" in today.text

    queue = await office.client.get(office.here)
    assert (queue.text.count("data-accept"), "its number is in the text" in queue.text) == (1, True)
    gone = await office.sends("", "/accept", chosen="of yesterday")  # bank.suggestion.gone
    assert (gone.status_code, "What was suggested does not fit any more" in gone.text) == (409, True)
    accepted = await office.sends("", "/accept")
    assert accepted.headers["location"].endswith("?done=matched")
    assert (await stands(office.application, invoice)).state is InvoiceState.PAID
    matched = next(one for one in await office.lines() if one.left == 0)
    page = f"/lines/{matched.line_id}"
    undone = await office.sends(page, "/undo")
    assert undone.headers["location"].endswith("?done=undone")
    assert (await stands(office.application, invoice)).state is InvoiceState.ISSUED

    part = await office.sends(page, "/match", what="payment", invoices=str(invoice.invoice_number), amount="20.00")
    assert part.status_code == 303
    assert (await stands(office.application, invoice)).open == 30_00
    stale = await office.sends(page, "/match", what="payment", invoices=str(invoice.invoice_number), left="5000")
    assert (stale.status_code, "Somebody else has matched this line" in stale.text) == (409, True)
    too_much = await office.sends(page, "/match", what="payment", invoices=str(invoice.invoice_number), amount="90.00")
    assert (too_much.status_code, "90.00" in too_much.text) == (409, True)
    aside = await office.sends(page, "/aside", note="Ask them")
    assert aside.status_code == 303
    assert "Ask them" in (await office.client.get(f"{office.here}?show=aside")).text
    await assert_sound(office.application)


async def test_a_csv_asks_once_what_its_columns_mean(office: Office) -> None:
    await office.sends("/accounts", "/add", name="Giro", number=IBAN, currency="EUR")
    file = ("umsatz.csv", csv_file([a_line(-3_00, text="Fee")]))
    asked = await office.sends("/accounts", "/bring", file)
    assert (asked.status_code, "What do the columns mean?" in asked.text) == (422, True)
    wrong = await office.fills(asked, "/bring", file, column_text="Betrag")
    assert (wrong.status_code, "means two things" in wrong.text) == (422, True)
    for unknown in ({"decimal": "'"}, {"days": "dym"}):
        forged = await office.fills(asked, "/bring", file, **unknown)
        assert (forged.status_code, "Choose one of those that are offered" in forged.text) == (422, True)
    assert await office.lines() == []
    taken = await office.fills(asked, "/bring", file)
    assert "done=taken&new=1" in taken.headers["location"]
    [line] = await office.lines()
    fee = await office.sends(f"/lines/{line.line_id}", "/match", what="fee")
    assert fee.headers["location"].endswith("?done=matched")
    await assert_sound(office.application)


async def test_rates_are_typed_brought_and_refused_whole(office: Office) -> None:
    own = office.ordering.merchant.currency
    other = {"currency": "chf", "rate": "0,9341", "day": "2026-10-30", "source": "ECB"}
    kept = await office.sends("/rates", "/put", None, **other)
    assert kept.headers["location"].endswith("/rates?kept=1")
    for wrong in ({"currency": own}, {"rate": "0"}, {"rate": "1.083,8"}, {"day": "30.10."}, {"source": " "}):
        refused = await office.sends("/rates", "/put", None, **{**other, **wrong})
        assert (refused.status_code, "Name another currency than your own" in refused.text) == (422, True), wrong
    cut = await office.sends(
        "/rates", "/bring", ("rates.csv", b"Date,JPY,CHF\n2026-10-31,164.2,0.94\n2026-10-29,x,0.9\n"), source="ECB"
    )
    assert (cut.status_code, "line 3" in cut.text, "164.2" in cut.text) == (422, True, False)
    whole = b"Date,JPY,CHF\n2026-10-31,164.2,0.94\n2026-10-29,164,N/A\n"
    brought = await office.sends("/rates", "/bring", ("rates.csv", whole), source="ECB")
    assert brought.headers["location"].endswith("/rates?kept=3")
    page = await office.client.get(brought.headers["location"])
    assert "3 rates are kept." in page.text
    assert all(rate in page.text for rate in ("0.9341", "164.2", "0.94", "ECB"))
    none = await office.sends("/rates", "/bring", ("rates.csv", b""), source="ECB")
    assert none.status_code == 422


async def test_a_payment_is_typed_and_taken_back(office: Office) -> None:
    await ordered(office.application, office.ordering, "50.00")
    [invoice] = await invoiced(office.application, office.ordering)
    await office.sends("/accounts", "/add", name="Giro", number=IBAN, currency="EUR")
    paid = await office.sends("/accounts", "/pay", amount="50.00", invoices=str(invoice.invoice_number))
    assert paid.headers["location"].endswith("?done=paid")
    assert (await stands(office.application, invoice)).state is InvoiceState.PAID
    refused = await office.sends("/accounts", "/pay", amount="0")
    assert (refused.status_code, "The payment cannot be booked as typed" in refused.text) == (422, True)
    back = await office.sends("/accounts", "/take-back")
    assert back.headers["location"].endswith("?done=back")
    assert (await stands(office.application, invoice)).state is InvoiceState.ISSUED


async def test_what_is_wrong_with_a_file_or_an_account_is_said(office: Office) -> None:
    wrong = await office.sends("/accounts", "/add", name="Giro", number="DE89370400440532013001", currency="EUR")
    assert wrong.status_code == 422
    assert re.search(r"number: This is no IBAN", wrong.text)
    await office.sends("/accounts", "/add", name="Giro", number=IBAN, currency="EUR")
    file = camt(a_statement([a_line()]))
    cut = await office.sends("/accounts", "/bring", ("day.xml", file[:-100]))
    assert (cut.status_code, "The file is not whole" in cut.text) == (422, True)
    none = await office.sends("/accounts", "/bring", ("day.xml", b""))
    assert none.status_code == 422
    retired = await office.sends("/accounts", "/retire")
    assert retired.headers["location"].endswith("?done=changed")
    assert (await office.client.get(f"{office.here}/lines/{office.ordering.partner.partner_id}")).status_code == 404


async def test_open_items_stand_with_their_ages_and_payouts_are_brought(office: Office) -> None:
    await office.sends("/accounts", "/add", name="Giro", number=IBAN, currency="EUR")
    await office.sends("/accounts", "/bring", ("day.xml", camt(a_statement([a_line(9_00, text="?")]))))
    shown = await office.client.get(f"{office.here}/open-items")
    assert (shown.status_code, "Line of a statement" in shown.text) == (200, True)
    head = b"payout,arrives_on,currency,what,reference,gross,fee\n"
    wrong = await office.sends("/open-items", "/payouts", ("p.csv", head + b"po_1,2026-11-20,EUR,payment,pi_1,x,0\n"))
    assert (wrong.status_code, "line 2" in wrong.text) == (422, True)
    good = ("p.csv", head + b"po_1,2026-11-20,EUR,payment,pi_1,10.00,0.50\n")
    assert "done=taken&new=1" in (await office.sends("/open-items", "/payouts", good)).headers["location"]
    again = await office.client.get((await office.sends("/open-items", "/payouts", good)).headers["location"])
    assert (again.text.count("Payout po_1"), "Line of a payout that nobody knows" in again.text) == (1, True)


async def test_what_is_paid_by_hand_is_said_once_and_audited(office: Office) -> None:
    """What cannot be meant (`bank.by_hand.invalid`) is said beside its field."""
    application, merchant = office.application, office.ordering.merchant
    till = await a_location(application.database, merchant, code="TILL", books_sale=BooksSale.TILL)
    bar = await a_location(application.database, merchant, code="BAR")
    card = await a_card(application, merchant, gratuity=500)
    for place, value, gratuity in (("TILL", 2_000, 0), ("BAR", 100, 500)):
        spot = await spot_of(application, merchant.merchant_id, location=place, now=NOW)
        await redeem(application, card.place, value=value, gratuity=gratuity, spot=spot, request=a_request(), now=NOW)
    await cash_out(application, card.place, payer=Payer.LATER, request=a_request(), now=NOW)
    shown = await office.client.get(f"{office.here}/by-hand")
    assert "You hand it back." in shown.text

    forged = await office.fills(shown, "/back", payer="chest")
    assert (forged.status_code, "Choose one of those that are offered." in forged.text) == (422, True)
    back = await office.fills(shown, "/back", payer="bank")
    assert (back.status_code, back.headers.get("location", "").rpartition("?")[2]) == (303, "done=back")
    assert "Nothing is owed back" in (await office.client.get(f"{office.here}/by-hand")).text

    too_much = await office.fills(shown, "/gratuities", location=str(bar.location_id), amount="5.01")
    assert (too_much.status_code, "Less than that is owed there." in too_much.text) == (409, True)
    for _ in range(2):
        paid = await office.fills(shown, "/gratuities", location=str(bar.location_id), amount="5")
        assert (paid.status_code, paid.headers.get("location", "").rpartition("?")[2]) == (303, "done=gratuities")

    place, day = str(till.location_id), NOW.date().isoformat()
    unreadable = await office.fills(shown, "/day", location=place, day="yesterday", sold="0", taken="20")
    assert (unreadable.status_code, "Choose a day." in unreadable.text) == (422, True)
    closed = await office.fills(shown, "/day", location=place, day=day, sold="0", taken="25")
    assert (closed.status_code, closed.headers.get("location", "").rpartition("?")[2]) == (303, "done=day")
    async with application.database.connection() as connection:
        told = await staff.latest_entries(connection, merchant.merchant_id, limit=3)
    assert {one.action for one in told} == {
        Audited.REFUND_HANDED_BACK, Audited.GRATUITIES_PAID, Audited.TENDER_CLOSED,
    }  # fmt: skip
    assert all(one.actor.startswith("person:") for one in told)
