"""Selling for somebody on the telephone, and what people keep of lists: a link to pay, on account, a saved view."""

import dataclasses
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx
import msgspec
import pytest

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import catalog, gifts, orders, partners
from largesse.domain.catalog import PromoDraft
from largesse.domain.merchants import Merchant
from largesse.domain.orders import Order, OrderStatus
from largesse.domain.partners import AgreementChange, PartnerChange, Terms
from largesse.domain.payments import Gateways, ManualGateway, TestGateway
from largesse.domain.staff import Role
from largesse.services.counter_sales import NotToBePaidByLink, give_up_sale, send_payment_link
from largesse.services.partners import PartnerWanted, add_partner
from largesse.services.payments import give_up_unpaid
from largesse.services.staff import Manager
from tests.builders.application import NOW, an_application
from tests.builders.catalog import a_draft, on_sale
from tests.builders.certificates import a_merchant
from tests.builders.office import at_the_desk
from tests.fakes.clock import StillClock
from tests.support.office import fill, forms_of, texts

NEW = "/admin/corner-spa/orders/new"
LIST = "/admin/corner-spa/orders"


class Desk(NamedTuple):
    """An owner at their desk, with an amount on sale."""

    application: Application
    merchant: Merchant
    client: httpx.AsyncClient
    offering: str

    async def sells(self, **typed: str) -> httpx.Response:
        """Fill in the form, look at what would happen, and confirm it."""
        looked = await fill(self.client, NEW, NEW, {"offering": self.offering, "amount": "50", **typed})
        assert looked.status_code == 200, texts(looked, "//main//*[contains(@class, 'error')]")
        assert "What exactly will happen" in looked.text
        return await self.client.post(NEW, data={**forms_of(looked)[NEW], "sure": "yes"})

    async def order_at(self, address: str) -> Order:
        """The order that an address leads to."""
        async with self.application.database.connection() as connection:
            return await orders.find_by_number(connection, self.merchant.merchant_id, address.rpartition("/")[2])

    async def mails(self) -> list[dict[str, str]]:
        """What is to be mailed."""
        async with self.application.database.connection() as connection:
            rows = await connection.fetch("SELECT payload::text FROM events WHERE kind = 'mail.due' ORDER BY event_id")
        found = [msgspec.json.decode(row["payload"]) for row in rows]
        return [one for one in found if one["purpose"] == "counter.payment_link"]


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    async with an_application(database, clock=StillClock(NOW)) as opened:
        trial = TestGateway(keyring=opened.keyring, base_url=opened.base_url, for_real=False)
        application = dataclasses.replace(opened, gateways=Gateways(trial, ManualGateway()))
        merchant = await a_merchant(database)
        offering = await on_sale(database, merchant, a_draft())
        async with at_the_desk(application, merchant) as client:
            yield Desk(application, merchant, client, str(offering.offering_id))


async def test_a_telephone_order_waits_for_the_link_that_was_mailed_and_is_given_up(desk: Desk) -> None:
    wrong = await fill(desk.client, NEW, NEW, {"offering": desk.offering, "amount": "5", "tender": "phone"})
    assert wrong.status_code == 422
    nowhere = await fill(desk.client, NEW, NEW, {"offering": desk.offering, "amount": "50", "tender": "phone"})
    assert nowhere.status_code == 422
    assert "That is not an e-mail address" in nowhere.text
    told = {"phone": "(212) 555-0100", "address": "1 Main St", "city": "Albany", "zip": "12207", "country": "US"}
    odd = await fill(
        desk.client, NEW, NEW, {"offering": desk.offering, "amount": "50", "phone": "later", "zip": "1" * 99}
    )
    assert odd.status_code == 422
    assert "with its country code" in odd.text
    assert "This is too long" in odd.text
    sold = await desk.sells(
        tender="phone", to="Ada", email="ada@example.com", buyer="bob@example.com", language="de", **told
    )
    assert sold.status_code == 303, sold.text
    order = await desk.order_at(sold.headers["location"])
    async with desk.application.database.connection() as connection:
        assert order.checkout_id is not None
        checkout = await orders.find_checkout(connection, order.merchant_id, order.checkout_id)
    assert (checkout.billing.phone, checkout.locale, order.locale) == ("+12125550100", "de", "de")
    assert (checkout.billing.address, checkout.billing.city, checkout.billing.country) == ("1 Main St", "Albany", "US")
    assert (order.status, order.amount, order.recipient_email) == (OrderStatus.PLACED, 5_000, "ada@example.com")
    [mail] = await desk.mails()
    assert mail["address"] == "bob@example.com"
    link = urlsplit(mail["link"])
    opened = await desk.client.get(f"{link.path}?{link.query}")
    assert opened.status_code == 303
    assert "/thanks" not in opened.headers["location"]
    assert (await desk.client.get(f"{link.path}?token=x")).status_code == 404
    later = NOW + timedelta(hours=5)
    assert await give_up_unpaid(desk.application, now=later) == 0
    done = await give_up_sale(desk.application, desk.merchant, order.order_number, now=later)
    assert done.order.status is OrderStatus.CANCELLED
    with pytest.raises(NotToBePaidByLink):
        await send_payment_link(desk.application, desk.merchant, done, address="bob@example.com", now=later)


async def test_an_order_on_account_and_one_by_transfer(desk: Desk) -> None:
    wanted = PartnerWanted(
        details=PartnerChange(name="Hotel", contact_email="desk@hotel.example"),
        agreement=AgreementChange(),
        terms={"USD": Terms(amount_max=500_00, credit_limit=60_00)},
    )
    async with desk.application.database.transaction() as connection:
        one = await add_partner(connection, desk.merchant, wanted, by=Manager(actor="test"), now=NOW)
    tender = f"account:{one.partner_id}"
    without = await fill(desk.client, NEW, NEW, {"offering": desk.offering, "amount": "50", "tender": tender})
    assert without.status_code == 422
    for name, typed in (("gratuity", "5"), ("promo", "SPRING10"), ("language", "de"), ("to", "x" * 200)):
        refused = await fill(
            desk.client, NEW, NEW,
            {"offering": desk.offering, "amount": "50", "tender": tender, "refcode": "SPRING", name: typed},
        )  # fmt: skip
        assert (refused.status_code, texts(refused, f"//*[@id='error-{name}']") != []) == (422, True), name
    said = {"to": "Ada", "sender": "Hotel", "message": "Come again", "email": "ada@example.com", "design": "winter"}
    sold = await desk.sells(tender=tender, refcode="SPRING", **said)
    assert sold.status_code == 303, sold.text
    order = await desk.order_at(sold.headers["location"])
    assert (order.to_message, order.from_message, order.message) == ("Ada", "Hotel", "Come again")
    assert (order.recipient_email, order.design) == ("ada@example.com", "winter")
    async with desk.application.database.connection() as connection:
        gift = await gifts.find_gift(connection, order.merchant_id, order.order_id)
    assert (gift.recipient_email, gift.recipient_name) == ("ada@example.com", "Ada")
    assert (order.status, order.partner_id, order.refcode) == (OrderStatus.ISSUED, one.partner_id, "SPRING")
    refused = await desk.sells(tender=tender, refcode="SPRING")
    assert refused.status_code == 409
    assert "partner’s credit" in refused.text
    async with desk.application.database.connection() as connection:
        agreement = await partners.agreement_of(connection, one.merchant_id, one.partner_id)
    assert agreement.terms["USD"].credit_used == 50_00
    by_transfer = await desk.sells(tender="transfer", email="ada@example.com")
    assert (await desk.order_at(by_transfer.headers["location"])).status is OrderStatus.PLACED
    assert await desk.mails() == []


async def test_a_form_that_is_sent_twice_sells_once_and_the_bookkeeper_sells_nothing(desk: Desk) -> None:
    looked = await fill(
        desk.client, NEW, NEW, {"offering": desk.offering, "amount": "50", "tender": "transfer", "email": "a@b.example"}
    )
    form = {**forms_of(looked)[NEW], "sure": "yes"}
    first, second = [await desk.client.post(NEW, data=form) for _ in range(2)]
    assert first.headers["location"] == second.headers["location"]
    async with at_the_desk(
        desk.application, desk.merchant, role=Role.BOOKKEEPER, email="books@bakery.example"
    ) as books:
        assert (await books.get(NEW)).status_code == 403
        assert NEW not in (await books.get(LIST)).text
    assert NEW in (await desk.client.get(LIST)).text


async def test_a_view_of_a_list_is_saved_opened_replaced_and_forgotten(desk: Desk) -> None:
    await desk.sells(tender="transfer")
    assert "Save this view" not in (await desk.client.get(LIST)).text
    narrowed = f"{LIST}?status=placed"
    saved = await fill(desk.client, narrowed, "/admin/corner-spa/views", {"name": "Not paid"})
    assert saved.headers["location"] == narrowed
    shown = await desk.client.get(LIST)
    assert texts(shown, "//nav[@class='saved-views']//a/@href") == [narrowed]
    unnamed = await fill(desk.client, narrowed, "/admin/corner-spa/views", {"name": " "})  # view.invalid
    assert "named=no" in unnamed.headers["location"]
    assert "Give it a name" in (await desk.client.get(unnamed.headers["location"])).text
    await fill(desk.client, f"{LIST}?status=issued&sort=oldest", "/admin/corner-spa/views", {"name": "not PAID"})
    shown = await desk.client.get(LIST)
    assert texts(shown, "//nav[@class='saved-views']//a/@href") == [f"{LIST}?status=issued&sort=oldest"]
    assert texts(await desk.client.get("/admin/corner-spa/partners"), "//nav[@class='saved-views']") == []
    async with at_the_desk(desk.application, desk.merchant, role=Role.MANAGER, email="mia@bakery.example") as other:
        assert texts(await other.get(LIST), "//nav[@class='saved-views']") == []
    foreign = {**forms_of(shown)["/admin/corner-spa/views/drop"], "list": "//evil.example"}
    gone = await desk.client.post("/admin/corner-spa/views/drop", data=foreign)
    assert gone.headers["location"].startswith("/admin/corner-spa/")
    assert texts(await desk.client.get(LIST), "//nav[@class='saved-views']") == []


async def test_it_is_sold_in_a_design_on_a_day_with_a_promo_code_as_in_the_shop(desk: Desk) -> None:
    """50.00 with 10 % off, in winter's look, mailed at nine in three days; the certificate is shown before."""
    async with desk.application.database.transaction() as connection:
        draft = PromoDraft(code="SPRING", percent=Decimal(10))
        merchant = desk.merchant
        await catalog.add_promo(connection, merchant.merchant_id, draft, money=merchant.money, now=NOW)
    day = (NOW + timedelta(days=3)).date().isoformat()
    wanted = {"design": "winter", "day": day, "hour": "9", "promo": "spring", "to": "Anna", "tender": "transfer"}
    wrong = await fill(desk.client, NEW, NEW, {"offering": desk.offering, "amount": "50", **wanted, "promo": "nothing"})
    assert (wrong.status_code, "There is no such promo code." in wrong.text) == (422, True)
    assert "give the address it goes to" in wrong.text
    typed = {"offering": desk.offering, "amount": "50", "email": "anna@example.com", **wanted}
    late = {**typed, "day": (NOW + timedelta(days=500)).date().isoformat()}
    assert "not good any more on that day" in (await fill(desk.client, NEW, NEW, late)).text
    looked = await fill(desk.client, NEW, NEW, typed)
    effects = texts(looked, "//ul[@class='effects']/li")
    assert any("$5.00 off" in one for one in effects)
    assert any("anna@example.com" in one and "if it is paid by then" in one for one in effects)
    [picture] = texts(looked, "//img[@class='sheet-of-paper']/@src")
    drawn = await desk.client.get(picture)
    assert (drawn.status_code, drawn.headers["content-type"]) == (200, "image/svg+xml")
    assert (await desk.client.get(f"{picture}x")).status_code == 422
    done = await desk.client.post(NEW, data={**forms_of(looked)[NEW], "sure": "yes"})
    order = await desk.order_at(done.headers["location"])
    assert (order.design, order.discount, order.promo_code) == ("winter", 500, "spring")
    assert order.deliver_at is not None
    assert (order.deliver_at.astimezone(desk.merchant.zone).hour, order.status) == (9, OrderStatus.PLACED)
