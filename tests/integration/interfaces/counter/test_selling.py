"""Selling on the pages of the counter, form by form, as a browser without scripts does it."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

import httpx
import pytest
from litestar import Litestar

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import locations
from largesse.domain.locations import LocationChange
from largesse.domain.merchants import Merchant
from largesse.domain.payments import Gateways, ManualGateway, TestGateway
from largesse.domain.receipts import Roll
from largesse.domain.staff import Role
from largesse.kernel.ids import new_id
from largesse.kernel.tax import TaxKind, TaxTreatment
from largesse.ledger import Account, ClassOfValue, EntryMode, Kind
from largesse.services.certificates import prepare
from largesse.services.counter import BillPart, Desk, open_tab
from largesse.services.merchants import choose_law
from tests.builders.application import NOW, an_application
from tests.builders.catalog import a_draft, a_package, on_sale
from tests.builders.certificates import a_card, a_merchant, a_request
from tests.builders.staff import Worker, a_worker
from tests.builders.tills import Till, a_pin, a_till
from tests.fakes.clock import StillClock
from tests.fakes.typesetter import PlainTypesetter
from tests.integration.interfaces.counter.test_tills import is_till, types_pin
from tests.support.office import fill, forms_of, office_app, texts, visiting

COUNTER = "/counter/corner-spa"


class Bar(NamedTuple):
    """A till with somebody at it, and two things on sale."""

    application: Application
    app: Litestar
    merchant: Merchant
    clerk: Worker
    till: Till


@pytest.fixture
async def bar(database: Database) -> AsyncIterator[Bar]:
    async with an_application(database, clock=StillClock(NOW)) as opened:
        trial = TestGateway(keyring=opened.keyring, base_url=opened.base_url, for_real=False)
        application = dataclasses.replace(opened, gateways=Gateways(trial, ManualGateway()))
        merchant = await a_merchant(database)
        await on_sale(database, merchant, a_draft())
        await on_sale(database, merchant, a_package())
        clerk = await a_worker(application, merchant, email="bob@bakery.example", name="Bob", role=Role.CLERK)
        await a_pin(application, clerk)
        till = await a_till(application, merchant)
        yield Bar(application, office_app(application), merchant, clerk, till)


@pytest.fixture
async def till(bar: Bar) -> AsyncIterator[httpx.AsyncClient]:
    """A browser on the till, which Bob has unlocked."""
    async with visiting(bar.app) as client:
        is_till(client, bar.till)
        assert (await types_pin(client, bar.till, bar.clerk)).status_code == 303
        yield client


async def sells(client: httpx.AsyncClient, **typed: str) -> httpx.Response:
    """Sell an amount."""
    page = f"{COUNTER}/sell/any-amount"
    return await fill(client, page, page, {"amount": "5000", "tender": "cash"} | typed)


async def test_a_sale_is_chosen_paid_and_shown(till: httpx.AsyncClient) -> None:
    choice = await till.get(f"{COUNTER}/sell")
    assert sorted(texts(choice, "//nav//a/b")) == ["1 hr Massage", "An amount of your choice"]
    sold = await sells(till, to="Anna", gratuity="5.00")
    assert sold.status_code == 303
    shown = await till.get(sold.headers["location"])
    assert texts(shown, "//h1") == ["Sold: $59.13"]
    assert "for Anna" in shown.text


async def test_a_form_that_is_sent_twice_is_one_sale(till: httpx.AsyncClient) -> None:
    page = f"{COUNTER}/sell/massage"
    form = forms_of(await till.get(page))[page] | {"tender": "terminal"}
    first, again = [await till.post(page, data=form) for _ in range(2)]
    assert first.headers["location"] == again.headers["location"]
    waits = await till.get(f"{COUNTER}/waiting")
    assert "Nothing is waited for." in waits.text


async def test_recent_leads_to_what_was_sold_in_the_time_of_the_place(bar: Bar, till: httpx.AsyncClient) -> None:
    merchant_id, place = bar.merchant.merchant_id, str(bar.till.device.location_id)
    change = LocationChange(time_zone="Asia/Tokyo")
    async with bar.application.database.transaction() as connection:
        here = await locations.find_location(connection, merchant_id, place)
        await locations.change_location(connection, here, change)
        await choose_law(connection, bar.merchant, "US-CT", actor="test", now=NOW)
    sold = (await sells(till, to="Anna")).headers["location"]
    recent = await till.get(f"{COUNTER}/recent")
    assert texts(recent, "//ul[@class='till-list']//a/@href") == [sold]
    assert "Anna" in recent.text
    assert "can be undone until 00:05" in recent.text, "in Tokyo it is nine hours later than where the merchant is"
    for paper in ("80", "58", "us-letter", "a4"):
        assert (await till.get(f"{sold}/receipt/{paper}.pdf")).status_code == 200
    assert (await till.get(f"{sold}/receipt/a3.pdf")).status_code == 404
    printer = bar.application.receipt_printer
    assert isinstance(printer, PlainTypesetter)
    face, paper_of_last = printer.receipts[-1]
    assert paper_of_last is Roll.A4
    assert "00:00" in face.groups[0].lines[0].words
    assert [note for note in face.notes if note.startswith("Gift receipt, issued on")] != []


@pytest.mark.parametrize(
    "kind, rate, told",
    [
        (TaxKind.SINGLE_PURPOSE, Decimal("0.19"), "Includes 19% VAT: $42.02 net, $7.98 VAT."),
        (TaxKind.MULTI_PURPOSE, Decimal(0), "No VAT is due now"),
        (TaxKind.NONE, Decimal(0), ""),
    ],
)
async def test_the_receipt_of_a_sale_says_what_tax_is_inside_or_why_none_is_due(
    bar: Bar, till: httpx.AsyncClient, kind: TaxKind, rate: Decimal, told: str
) -> None:
    draft = a_draft(slug="taxed", title="Taxed", tax=TaxTreatment(kind=kind, country="DE" if told else None, rate=rate))
    await on_sale(bar.application.database, bar.merchant, draft)
    page = f"{COUNTER}/sell/taxed"
    sold = await fill(till, page, page, {"amount": "5000", "tender": "cash"})
    assert sold.status_code == 303
    await till.get(f"{sold.headers['location'].partition('?')[0]}/receipt/80.pdf")
    printer = bar.application.receipt_printer
    assert isinstance(printer, PlainTypesetter)
    face, _ = printer.receipts[-1]
    assert [one for one in face.notes if "VAT" in one] == [one for one in face.notes if told and one.startswith(told)]
    assert face.groups[-1].lines[-1].amount == "$50.00", "what is inside is never added"
    assert any("VAT" in one for one in face.notes) is bool(told)


async def test_enter_works_out_the_total_and_takes_nothing(till: httpx.AsyncClient) -> None:
    page = f"{COUNTER}/sell/any-amount"
    opened = await till.get(page)
    assert texts(opened, "(//main//form//button)[1]/@formaction") == [f"{page}/total"]
    form = forms_of(opened)[page]
    answer = await till.post(f"{page}/total", data={**form, "amount": "5000", "tender": "cash"})
    assert (await sells(till, tender="gold")).status_code == 422
    assert answer.status_code == 200
    assert texts(answer, "//output") == ["$54.13"]


@pytest.mark.parametrize(
    "typed, told",
    [
        ({"amount": ""}, "Choose or type an amount."),
        ({"amount": "", "other": "a lot"}, "Type an amount, such as 25."),
        ({"amount": "", "other": "5"}, "Choose an amount from $10 to $1,000."),
        ({"gratuity": "500"}, "Choose a gratuity of at most $100."),
        ({"email": "nobody"}, "Type the whole e-mail address."),
        ({"to": "x" * 31}, "This is too long. Shorten it."),
        ({"tender": "shells"}, "Choose one of those that are offered."),
    ],
)
async def test_what_cannot_stand_is_said_beside_its_field_and_kept(
    till: httpx.AsyncClient, typed: dict[str, str], told: str
) -> None:
    answer = await sells(till, **typed, sender="Bob & Co")
    assert answer.status_code == 422
    assert told in "".join(texts(answer, "//*[@class='error']"))
    assert texts(answer, "//input[@name='sender']/@value") == ["Bob & Co"]


async def test_a_card_is_activated_and_reloaded_by_scanning_it(bar: Bar, till: httpx.AsyncClient) -> None:
    card = await prepare(bar.application, bar.merchant, request=a_request(), now=NOW)
    page = f"{COUNTER}/activate"
    refused = await fill(till, page, page, {"number": "GL-NOTHING"})
    assert (refused.status_code, "not known here" in refused.text) == (422, True)
    early = await fill(till, f"{COUNTER}/reload", f"{COUNTER}/reload", {"number": card.number})
    assert "Activate it instead" in early.text
    scanned = await fill(till, page, page, {"number": card.number})
    choice = await till.get(scanned.headers["location"])
    [link] = [one for one in texts(choice, "//nav//a/@href") if "any-amount" in one]
    form = forms_of(await till.get(link))[f"{COUNTER}/sell/any-amount"]
    sold = await till.post(f"{COUNTER}/sell/any-amount", data={**form, "amount": "10000", "tender": "terminal"})
    assert sold.status_code == 303
    assert "already" in (await fill(till, page, page, {"number": card.number})).text
    shown = await fill(till, f"{COUNTER}/reload", f"{COUNTER}/reload", {"number": card.number})
    assert "holds $100.00" in shown.text
    form = forms_of(shown)[f"{COUNTER}/reload/add"]
    assert (await till.post(f"{COUNTER}/reload/add", data={**form, "tender": "cash"})).status_code == 422
    more = await till.post(f"{COUNTER}/reload/add", data={**form, "amount": "2500", "tender": "cash"})
    assert texts(await till.get(more.headers["location"]), "//h1") == ["Sold: $27.06"]
    shown = await fill(till, f"{COUNTER}/reload", f"{COUNTER}/reload", {"number": card.number})
    form = forms_of(shown)[f"{COUNTER}/reload/add"]
    later = await till.post(f"{COUNTER}/reload/add", data={**form, "amount": "2500", "tender": "phone"})
    assert texts(await till.get(later.headers["location"]), "//h1") == ["Waiting for $27.06"]


async def test_what_was_sold_is_printed_mailed_and_undone(bar: Bar, till: httpx.AsyncClient) -> None:
    sold = (await sells(till, to="Anna")).headers["location"]
    first = await fill(till, sold, f"{sold}/print", {"paper": "80"})
    assert (first.status_code, first.headers["content-type"]) == (200, "application/pdf")
    assert first.headers["cache-control"] == "no-store"
    again = await till.get(sold)
    assert "It was printed 1 time." in again.text
    assert b"80 mm" in first.content
    assert b"58 mm" in (await fill(till, sold, f"{sold}/print", {"paper": "58"})).content
    assert "It was printed 2 times." in (await till.get(sold)).text
    forged = await fill(till, sold, f"{sold}/print", {"paper": "papyrus"})
    assert (forged.status_code, "Choose one of those that are offered." in forged.text) == (422, True)
    wrong = await fill(till, sold, f"{sold}/mail", {"name": "Anna", "email": "nobody"})
    assert wrong.status_code == 422
    assert (await fill(till, sold, f"{sold}/mail", {"name": "Anna", "email": "anna@example.com"})).status_code == 303
    other = await a_card(bar.application, bar.merchant)
    refused = await fill(till, sold, f"{sold}/undo", {"number": other.number, "reason": "oops"})
    assert "counter.undo.other_certificate" in refused.text
    assert (await fill(till, sold, f"{sold}/undo", {"number": "GL"})).status_code == 422
    assert (await till.get(f"{COUNTER}/sold/GL-NOTHING")).status_code == 404


async def test_a_sale_on_the_buyers_phone_waits_and_is_given_up(till: httpx.AsyncClient) -> None:
    sold = (await sells(till, tender="phone")).headers["location"]
    linked = await fill(till, sold, f"{sold}/link", {"email": "bob@"})
    assert linked.status_code == 422
    forged = await fill(till, sold, f"{sold}/link", {"email": "bob@example.com", "language": "tlh"})
    assert (forged.status_code, texts(forged, "//*[@id='error-language']")) == (
        422,
        ["Error: Choose one of those that are offered."],
    )
    linked = await fill(till, sold, f"{sold}/link", {"email": "bob@example.com"})
    assert "on its way" in (await till.get(linked.headers["location"])).text
    shown = await till.get(sold)
    assert texts(shown, "//h1") == ["Waiting for $54.13"]
    [pay] = texts(shown, "//p[contains(@class,'pay-link')]/a/@href")
    assert pay.startswith("https://gifts.example.com/")
    assert "$54.13" in "".join(texts(await till.get(f"{COUNTER}/waiting"), "//nav//a"))
    assert (await fill(till, sold, f"{sold}/give-up", {})).status_code == 303
    assert texts(await till.get(sold), "//h1") == ["Given up: $54.13"]


async def test_a_day_is_counted_before_it_is_told_and_closed(till: httpx.AsyncClient) -> None:
    page, drawer = f"{COUNTER}/close", f"{COUNTER}/drawer"
    await sells(till)
    assert (await fill(till, drawer, drawer, {"move": "float", "amount": "100.00"})).status_code == 303
    assert (await fill(till, drawer, drawer, {"move": "pay_out", "amount": "1.00"})).status_code == 422
    assert (await fill(till, drawer, drawer, {"move": "float", "amount": ""})).status_code == 422
    forged = await fill(till, drawer, drawer, {"move": "no-such", "amount": "100.00"})
    assert (forged.status_code, texts(forged, "//*[@id='error-move']")) == (
        422,
        ["Error: Choose one of those that are offered."],
    )
    handing = await till.get(drawer)
    form = {**forms_of(handing)[drawer], "move": "hand-over", "counted": "154.13", "memo": ""}
    assert (await till.post(drawer, data=form)).headers["location"] == f"{drawer}?done=hand-over"
    assert "154.13" not in (await till.get(page)).text
    differs = await fill(till, page, page, {"cash": "150.00"})
    assert differs.status_code == 422
    assert "$154.13" in differs.text
    form = forms_of(differs)[page] | {"cash": "150.00", "reason": "a note is missing"}
    closed = await till.post(page, data=form)
    assert closed.headers["location"] == f"{COUNTER}/closings/1"
    again = await till.post(page, data=form)
    assert again.headers["location"] == closed.headers["location"]
    shown = await till.get(closed.headers["location"])
    assert texts(shown, "//h1") == ["Close 1"]
    assert "a note is missing" in shown.text
    assert "Bob" in shown.text
    assert (await till.get(f"{COUNTER}/closings/2")).status_code == 404


async def test_closing_a_day_names_the_tabs_that_are_open_and_asks(bar: Bar, till: httpx.AsyncClient) -> None:
    card = await a_card(bar.application, bar.merchant)
    where = await bar.application.locator.where(bar.merchant.merchant_id, bar.till.device.location_id, now=NOW)
    desk = Desk(merchant=bar.merchant, where=where, device_id=bar.till.device.device_id, actor="test")
    part = BillPart(certificate_id=card.place.certificate_id, value=2_000)
    await open_tab(bar.application, desk, part, reference="Terrace 4", operation_id=new_id(NOW), now=NOW)
    page = f"{COUNTER}/close"
    await sells(till)
    assert "No day of this device was closed yet." in (await till.get(f"{COUNTER}/closings")).text
    asked = await fill(till, page, page, {"cash": "54.13"})
    assert (asked.status_code, "Terrace 4" in asked.text, "Tabs are open" in asked.text) == (422, True, True)
    closed = await fill(till, page, page, {"cash": "54.13", "tabs": "yes"})
    assert closed.headers["location"] == f"{COUNTER}/closings/1"
    listed = await till.get(f"{COUNTER}/closings")
    assert texts(listed, "//ul[@class='till-list']//a/@href") == [f"{COUNTER}/closings/1"]
    assert texts(await till.get(f"{COUNTER}/closings?before=1"), "//ul[@class='till-list']//a/@href") == []


async def test_after_ten_minutes_nothing_is_printed_again(bar: Bar, till: httpx.AsyncClient) -> None:
    sold = (await sells(till)).headers["location"]
    form = forms_of(await till.get(sold))[f"{sold}/print"]
    later = dataclasses.replace(bar.application, clock=StillClock(NOW + timedelta(minutes=11)))
    async with visiting(office_app(later)) as client:
        is_till(client, bar.till)
        await types_pin(client, bar.till, bar.clerk)
        refused = await client.post(f"{sold}/print", data=form)
    assert "counter.print.too_late" in refused.text


async def test_a_late_undo_asks_for_the_word_of_a_second_person(bar: Bar, till: httpx.AsyncClient) -> None:
    card = await prepare(bar.application, bar.merchant, request=a_request(), now=NOW)
    scanned = await fill(till, f"{COUNTER}/activate", f"{COUNTER}/activate", {"number": card.number})
    [link] = [
        one for one in texts(await till.get(scanned.headers["location"]), "//nav//a/@href") if "any-amount" in one
    ]
    form = forms_of(await till.get(link))[f"{COUNTER}/sell/any-amount"]
    sold = (await till.post(f"{COUNTER}/sell/any-amount", data={**form, "amount": "10000", "tender": "cash"})).headers[
        "location"
    ]
    owner = await a_worker(bar.application, bar.merchant)
    await a_pin(bar.application, owner, "740291")
    later = dataclasses.replace(bar.application, clock=StillClock(NOW + timedelta(minutes=9)))
    async with visiting(office_app(later)) as client:
        is_till(client, bar.till)
        await types_pin(client, bar.till, bar.clerk)
        silent = await fill(client, sold, f"{sold}/undo", {"number": card.number})
        assert (silent.status_code, "why it is undone" in silent.text) == (422, True)
        asked = await fill(client, sold, f"{sold}/undo", {"number": card.number, "reason": "wrong card"})
        assert (asked.status_code, "The sale of $108.25, order" in asked.text) == (422, True)
        form = forms_of(asked)[f"{sold}/undo"]
        typed = {"approver": str(owner.membership.membership_id), "approver_pin": "740291"}
        done = await client.post(f"{sold}/undo", data={**form, **typed})
        assert done.headers["location"] == sold
        await types_pin(client, bar.till, bar.clerk)
        assert texts(await client.get(sold), "//h1") == ["Undone: $108.25"]


async def modes_of(bar: Bar, card_id: UUID) -> set[tuple[Kind, str | None]]:
    """How the number of a certificate came in, by kind of act, as the journal says it."""
    async with bar.application.database.connection() as connection:
        rows = await bar.application.ledger.statement(connection, bar.merchant.merchant_id, card_id)
    return {(row.kind, row.entry_mode) for row in rows if row.kind in {Kind.ACTIVATE, Kind.RELOAD}}


@pytest.mark.parametrize("came, mode", [("typed", EntryMode.TYPED), ("scanned", EntryMode.SCANNED)])
async def test_how_the_number_of_a_card_came_in_is_booked_with_its_sale(
    bar: Bar, till: httpx.AsyncClient, came: str, mode: EntryMode
) -> None:
    card = await prepare(bar.application, bar.merchant, request=a_request(), now=NOW)
    page, reload = f"{COUNTER}/activate", f"{COUNTER}/reload"
    choice = await till.get((await fill(till, page, page, {"number": card.number, "came": came})).headers["location"])
    [link] = [one for one in texts(choice, "//nav//a/@href") if "any-amount" in one]
    form = forms_of(await till.get(link))[f"{COUNTER}/sell/any-amount"]
    await till.post(f"{COUNTER}/sell/any-amount", data={**form, "amount": "10000", "tender": "terminal"})
    form = forms_of(await fill(till, reload, reload, {"number": card.number, "came": came}))[f"{reload}/add"]
    await till.post(f"{reload}/add", data={**form, "amount": "2500", "tender": "cash"})
    assert await modes_of(bar, card.certificate_id) == {(Kind.ACTIVATE, mode), (Kind.RELOAD, mode)}


async def test_a_card_whose_slip_counts_no_more_is_scanned_again_and_nothing_is_sold(
    bar: Bar, till: httpx.AsyncClient
) -> None:
    card = await prepare(bar.application, bar.merchant, request=a_request(), now=NOW)
    page, sale = f"{COUNTER}/activate", f"{COUNTER}/sell/any-amount"
    choice = await till.get((await fill(till, page, page, {"number": card.number})).headers["location"])
    [link] = [one for one in texts(choice, "//nav//a/@href") if "any-amount" in one]
    form = forms_of(await till.get(link))[sale] | {"amount": "10000"}
    lapsed = {"slip1": f"{form['slip1'][:-4]}AAAA"}
    for answer in (
        await till.post(sale, data={**form, "tender": "cash"} | lapsed),
        await till.post(f"{sale}/total", data=form | lapsed),
        await till.get(sale, params=lapsed),
        await till.get(f"{COUNTER}/sell", params=lapsed),
    ):
        assert (answer.status_code, page in forms_of(answer), "scan the card again" in answer.text) == (422, True, True)
    async with bar.application.database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM orders") == 0
    sold = await till.post(sale, data={**form, "tender": "cash"})
    assert sold.status_code == 303
    assert {kind for kind, _ in await modes_of(bar, card.certificate_id)} == {Kind.ACTIVATE}


async def test_the_answer_of_a_certificate_leads_to_its_reload(bar: Bar, till: httpx.AsyncClient) -> None:
    card, reload = await a_card(bar.application, bar.merchant, value=5_000), f"{COUNTER}/reload"
    answer = await fill(till, COUNTER, f"{COUNTER}/bill", {"number": card.number, "came": "scanned"})
    shown = await till.post(reload, data=forms_of(answer)[reload])
    assert "holds $50.00" in shown.text
    form = forms_of(shown)[f"{reload}/add"]
    assert form["operation"] != forms_of(answer)[reload]["operation"]
    more = await till.post(f"{reload}/add", data={**form, "amount": "2500", "tender": "cash"})
    assert more.status_code == 303
    assert await modes_of(bar, card.place.certificate_id) == {(Kind.RELOAD, EntryMode.SCANNED)}
    forged = await till.post(reload, data={**forms_of(answer)[reload], "slip1": str(card.place.certificate_id)})
    assert forged.status_code == 422
    given = await a_card(
        bar.application, bar.merchant, class_of_value=ClassOfValue.PROMOTIONAL, funding=Account.PROMOTIONS_GRANTED
    )
    answer = await fill(till, COUNTER, f"{COUNTER}/bill", {"number": given.number})
    assert reload not in forms_of(answer)


async def test_the_answer_of_a_certificate_leads_to_another_offering(bar: Bar, till: httpx.AsyncClient) -> None:
    """50.00 become any amount: the difference is told, paid by transfer (which waits), and the new one is printed."""
    card = await a_card(bar.application, bar.merchant, value=5_000)
    reload, move = f"{COUNTER}/reload", f"{COUNTER}/move"
    answer = await fill(till, COUNTER, f"{COUNTER}/bill", {"number": card.number})
    chosen = await till.post(move, data=forms_of(answer)[reload])
    shown = await till.post(f"{move}/quote", data={**forms_of(chosen)[f"{move}/quote"], "offering": "any-amount"})
    assert shown.status_code == 200
    form = forms_of(shown)[f"{move}/to"]
    wrong = await till.post(f"{move}/quote", data={**form, "other": "much"})
    assert (wrong.status_code, "Type an amount" in wrong.text) == (422, True)
    told = await till.post(f"{move}/quote", data={**form, "other": "80.00"})
    facts = " ".join("".join(texts(told, "//dl//text()")).split())
    assert "It costs$86.60 Paid by this certificate$50.00 Is missing$36.60" in facts
    form = forms_of(told)[f"{move}/to"]
    unsure = await till.post(f"{move}/to", data={**form, "other": "80.00", "tender": "none"})
    assert (unsure.status_code, "Is missing" in unsure.text) == (200, True)
    done = await till.post(f"{move}/to", data={**form, "other": "80.00", "tender": "transfer"})
    waits = await till.get(done.headers["location"])
    assert "It is added when the office has seen the money" in waits.text
    again = await till.post(f"{move}/to", data={**form, "other": "80.00", "tender": "transfer"})
    assert again.headers["location"] == done.headers["location"]
    listed = "".join(texts(await till.get(f"{COUNTER}/waiting"), "//nav//a"))
    assert "can be paid until" in listed


async def test_a_sale_is_in_the_language_of_its_buyer(bar: Bar, till: httpx.AsyncClient) -> None:
    wrong = await sells(till, language="tlh")
    assert (wrong.status_code, "Choose one of those" in wrong.text) == (422, True)
    assert (await sells(till, language="fr")).status_code == 303
    async with bar.application.database.connection() as connection:
        assert await connection.fetchval("SELECT locale FROM orders") == "fr"


async def test_where_no_money_is_taken_the_pages_say_so_and_offer_what_is_left(
    bar: Bar, till: httpx.AsyncClient
) -> None:
    async with bar.application.database.transaction() as connection:
        location = await locations.locations(connection, bar.merchant.merchant_id)
        for one in location:
            change = LocationChange(takes_money=False)
            await locations.change_location(connection, one, change)
    shown = await till.get(f"{COUNTER}/sell/any-amount")
    assert "No money is taken at this location" in shown.text
    assert texts(shown, "//button[@name='tender']/b") == ["On the buyer’s phone", "Bank transfer"]
    forged = await sells(till, tender="cash")
    assert (forged.status_code, "No money is taken at this location" in forged.text) == (409, True)


async def test_numbers_are_not_guessed_where_cards_are_scanned(till: httpx.AsyncClient) -> None:
    page = f"{COUNTER}/reload"
    form = forms_of(await till.get(page))[page]
    told = [(await till.post(page, data={**form, "number": f"GL{count}"})).status_code for count in range(31)]
    assert told == [422] * 30 + [429]


async def test_many_taps_at_once_are_one_sale_one_reload_and_one_move(bar: Bar, till: httpx.AsyncClient) -> None:
    """Whatever a hasty thumb sends, the same form leads to the same order, and takes the money once."""
    card, reload, move = (
        await a_card(bar.application, bar.merchant, value=5_000),
        f"{COUNTER}/reload",
        f"{COUNTER}/move",
    )
    page = f"{COUNTER}/sell/any-amount"
    sale = forms_of(await till.get(page))[page] | {"amount": "5000", "tender": "cash"}
    answer = await fill(till, COUNTER, f"{COUNTER}/bill", {"number": card.number})
    more = forms_of(await till.post(reload, data=forms_of(answer)[reload]))[f"{reload}/add"]
    more |= {"amount": "2500", "tender": "cash"}
    chosen = forms_of(await till.post(move, data=forms_of(answer)[reload]))[f"{move}/quote"] | {
        "offering": "any-amount"
    }
    told = await till.post(f"{move}/quote", data=chosen | {"other": "20.00", "asked": "yes"})
    gone = forms_of(told)[f"{move}/to"] | {"other": "20.00", "tender": "none"}
    led = []
    for path, form in ((page, sale), (f"{reload}/add", more), (f"{move}/to", gone)):
        answers = await asyncio.gather(*(till.post(path, data=form) for _ in range(5)))
        assert {one.status_code for one in answers} == {303}, path
        [place] = {one.headers["location"] for one in answers}
        led.append(place)
    assert len(set(led)) == 3
    async with bar.application.database.connection() as connection:
        orders_made = await connection.fetchval("SELECT count(*) FROM orders")
    assert orders_made == 3
