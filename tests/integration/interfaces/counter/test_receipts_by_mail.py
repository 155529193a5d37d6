"""Receipts that are mailed, papers that get a new number, and what whoever is known of a certificate is told."""

import email
import email.policy
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import NamedTuple

import httpx
import pytest
from litestar import Litestar

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import certificates, merchants, orders, staff
from largesse.domain.merchants import Merchant, MerchantChange
from largesse.domain.receipts import ReceiptFace
from largesse.domain.staff import Audited, Role
from largesse.ledger import Status
from largesse.services.counter import ReceiptAddressInvalid, mail_receipt
from largesse.services.counter_sales import PrintElsewhere
from largesse.services.gifts import newest
from tests.builders.application import NOW, an_application
from tests.builders.catalog import a_draft, on_sale
from tests.builders.certificates import a_card, a_merchant
from tests.builders.gifts import a_gift, a_relay, bought
from tests.builders.staff import Worker, a_worker
from tests.builders.tills import Till, a_pin, a_till
from tests.fakes.clock import StillClock
from tests.fakes.senders import KeepingSender
from tests.integration.interfaces.counter.test_tills import is_till, types_pin
from tests.support.office import fill, forms_of, office_app, texts, visiting

COUNTER = "/counter/corner-spa"
BILL = f"{COUNTER}/bill"


class Bar(NamedTuple):
    """A till with a clerk at it, an owner with a PIN, and a clock that is set by hand."""

    application: Application
    app: Litestar
    merchant: Merchant
    till: Till
    clerk: Worker
    owner: Worker
    clock: StillClock


@pytest.fixture
async def bar(database: Database) -> AsyncIterator[Bar]:
    clock = StillClock(NOW)
    async with an_application(database, clock=clock) as application:
        merchant = await a_merchant(database)
        await on_sale(database, merchant, a_draft())
        clerk = await a_worker(application, merchant, email="bob@bakery.example", name="Bob", role=Role.CLERK)
        owner = await a_worker(application, merchant)
        await a_pin(application, clerk)
        await a_pin(application, owner, "740291")
        yield Bar(
            application, office_app(application), merchant, await a_till(application, merchant), clerk, owner, clock
        )


@pytest.fixture
async def till(bar: Bar) -> AsyncIterator[httpx.AsyncClient]:
    """A browser on the till, which Bob has unlocked."""
    async with visiting(bar.app) as client:
        is_till(client, bar.till)
        await types_pin(client, bar.till, bar.clerk)
        yield client


async def mailed(bar: Bar) -> dict[str, str]:
    """Send what is due; return what each address was written."""
    mail = KeepingSender()
    await a_relay(bar.application, mail).run_once(bar.clock.now())
    found = {}
    for parcel in mail.parcels:
        said = email.message_from_bytes(parcel.body, policy=email.policy.default)
        body = said.get_body(("plain",))
        assert body is not None
        found[parcel.url.removeprefix("mailto:")] = f"{said['subject']}\n{body.get_content()}"
    return found


async def redeems(client: httpx.AsyncClient, number: str, total: str) -> str:
    """Take an amount, and return where its receipt is."""
    page = await client.post(BILL, data={**forms_of(await client.get(COUNTER))[BILL], "number": number})
    taken = await client.post(f"{BILL}/redeem", data={**forms_of(page)[BILL], "total": total, "take": "total"})
    return str(taken.headers["location"])


async def sells(client: httpx.AsyncClient) -> str:
    page = f"{COUNTER}/sell/any-amount"
    sold = await fill(client, page, page, {"amount": "5000", "tender": "cash", "to": "Anna"})
    return str(sold.headers["location"])


async def test_a_receipt_is_mailed_once_to_whoever_asks_for_it(bar: Bar, till: httpx.AsyncClient) -> None:
    card = await a_card(bar.application, bar.merchant)
    receipt = await redeems(till, card.number, "25")
    form = {**forms_of(await till.get(receipt))[f"{receipt}/mail"], "email": "guest@example.com"}
    wrong = await till.post(f"{receipt}/mail", data={**form, "email": "guest"})
    assert (wrong.status_code, texts(wrong, "//input[@name='email']/@value")) == (422, ["guest"])
    for _ in range(2):
        assert (await till.post(f"{receipt}/mail", data=form)).headers["location"] == f"{receipt}?mailed=yes"
    assert "The receipt is on its way." in (await till.get(f"{receipt}?mailed=yes")).text
    written = await mailed(bar)
    assert list(written) == ["guest@example.com"]
    assert "Gift certificate redeemed" in written["guest@example.com"]
    assert "$25.00" in written["guest@example.com"]
    assert card.number not in written["guest@example.com"]


async def test_the_receipt_of_a_sale_is_printed_and_mailed(bar: Bar, till: httpx.AsyncClient) -> None:
    sold = await sells(till)
    assert (await till.get(f"{sold}/receipt/58.pdf")).headers["content-type"] == "application/pdf"
    assert (await till.get(f"{sold}/receipt/a3.pdf")).status_code == 404
    assert (await fill(till, sold, f"{sold}/mail-receipt", {"email": "nobody"})).status_code == 422
    assert (await fill(till, sold, f"{sold}/mail-receipt", {"email": "guest@example.com"})).status_code == 303
    written = await mailed(bar)
    assert "Cash: $54.13" in written["guest@example.com"]


async def test_no_more_are_mailed_than_a_counter_has_guests(till: httpx.AsyncClient) -> None:
    sold = await sells(till)
    form = forms_of(await till.get(sold))[f"{sold}/mail-receipt"] | {"email": "guest@example.com"}
    told = [(await till.post(f"{sold}/mail-receipt", data=form)).status_code for _ in range(41)]
    assert told == [303] * 40 + [429]


async def test_a_lost_paper_gets_a_new_number_with_the_word_of_a_second_person(
    bar: Bar, till: httpx.AsyncClient
) -> None:
    sold = await sells(till)
    bar.clock.moment = NOW + timedelta(minutes=11)
    await types_pin(till, bar.till, bar.clerk)
    page = await till.get(sold)
    assert f"{sold}/print" not in forms_of(page)
    form = forms_of(page)[f"{sold}/new-number"] | {"paper": "80"}
    asked = await till.post(f"{sold}/new-number", data=form)
    assert "gets a new number and is printed again" in asked.text
    typed = {"approver": str(bar.owner.membership.membership_id), "approver_pin": "740291"}
    carried = forms_of(asked)[f"{sold}/new-number"]
    done = await till.post(f"{sold}/new-number", data={**carried, **typed})
    assert (done.status_code, done.headers["content-type"]) == (200, "application/pdf")
    number = sold.rpartition("/")[2]
    async with bar.application.database.connection() as connection:
        order = await orders.find_by_number(connection, bar.merchant.merchant_id, number)
        assert order.certificate_id is not None
        now_it_is = await newest(connection, bar.application, bar.merchant.merchant_id, order.certificate_id)
        first = await bar.application.ledger.find(connection, bar.merchant.merchant_id, order.certificate_id)
        second = await bar.application.ledger.find(connection, bar.merchant.merchant_id, now_it_is)
        audit = await staff.entries_about(connection, bar.merchant.merchant_id, str(order.order_id))
    assert first is not None
    assert second is not None
    assert (first.status, second.balance) == (Status.VOID, 5_000)
    assert [one.actor for one in audit if one.action is Audited.SALE_RENEWED] == [
        f"person:{bar.clerk.person.person_id}"
    ]
    await types_pin(till, bar.till, bar.clerk)
    again = await fill(till, sold, f"{sold}/print", {"paper": "58"})
    assert again.headers["content-type"] == "application/pdf", "the printer jammed: the new number once more"


async def test_whoever_bought_or_got_it_is_told_of_a_new_number_and_of_an_undo(
    bar: Bar, till: httpx.AsyncClient
) -> None:
    page = f"{COUNTER}/sell/any-amount"
    sale = await fill(till, page, page, {"amount": "5000", "tender": "cash", "email": "anna@example.com"})
    sold = sale.headers["location"]
    await mailed(bar)
    typed = {"approver": str(bar.owner.membership.membership_id), "approver_pin": "740291"}
    asked = await till.post(f"{sold}/new-number", data=forms_of(await till.get(sold))[f"{sold}/new-number"])
    done = await till.post(f"{sold}/new-number", data={**forms_of(asked)[f"{sold}/new-number"], **typed})
    assert done.status_code == 200
    written = await mailed(bar)
    assert list(written) == ["anna@example.com"]
    assert "The first number cannot be used any more." in written["anna@example.com"].replace("\n", " ")


async def test_an_undo_is_told_to_who_is_known_and_its_minutes_are_the_merchants(
    bar: Bar, till: httpx.AsyncClient
) -> None:
    [order] = await bought(bar.application, bar.merchant, a_gift())
    assert order.certificate_id is not None
    async with bar.application.database.transaction() as connection:
        await merchants.change_merchant(connection, bar.merchant.merchant_id, MerchantChange(undo_minutes=20))
        numbers = await certificates.open_numbers(
            connection, bar.application.keyring, bar.merchant.merchant_id, [order.certificate_id]
        )
    await mailed(bar)
    receipt = await redeems(till, numbers[order.certificate_id], "25")
    bar.clock.moment = NOW + timedelta(minutes=19)
    await types_pin(till, bar.till, bar.clerk)
    page = await till.get(receipt)
    assert "You can undo it until" in page.text
    done = await till.post(f"{COUNTER}/undo", data={**forms_of(page)[f"{COUNTER}/undo"], "reason": "wrong guest"})
    assert done.status_code == 303
    written = await mailed(bar)
    assert set(written) == {"ada@example.com", "grace@example.com"}
    assert all("$25.00 is back on your gift certificate" in one for one in written.values())


async def test_a_receipt_goes_to_an_address_alone(bar: Bar) -> None:
    face = ReceiptFace(language="en", merchant="Spa", title="Receipt")
    merchant_id = bar.merchant.merchant_id
    with pytest.raises(ReceiptAddressInvalid) as refused:
        await mail_receipt(bar.application, merchant_id, face, address="x", operation_id=merchant_id, now=NOW)
    assert refused.value.code == "counter.receipt.address"
    assert PrintElsewhere.code == "counter.print.elsewhere"
