"""What the shop sells, as a real receiver is told of it: all 26 fields, from checkout to post."""

import csv
import io
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from largesse.adapters.http_sender import HttpSender
from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import staff
from largesse.domain.catalog import BonusRule, OfferingDraft, Words
from largesse.domain.exports import FileFormat
from largesse.domain.merchants import Asking, Merchant, MerchantChange, change_merchant
from largesse.domain.orders.views import OrderFilter
from largesse.domain.staff import Audited, ByWhom
from largesse.kernel.ids import new_id
from largesse.kernel.paging import Period
from largesse.kernel.tax import UNTAXED
from largesse.outbox import list_endpoints
from largesse.outbox.store import GONE
from largesse.services.endpoints import AddEndpoint, Format, PhoneForm, add_endpoint, post_orders
from largesse.services.exports import DatasetName, DateOf, ExportLayout, ExportRequest, export
from largesse.services.orders.fulfilment import mark_paid
from tests.builders.application import NOW
from tests.builders.catalog import a_draft, a_package, on_sale
from tests.builders.gifts import a_relay
from tests.builders.outbox import LOOPBACK
from tests.builders.shop import a_seller, a_shop
from tests.fakes.senders import KeepingSender
from tests.support.receiver import Receiver, receiver_process
from tests.support.shopper import Shopper, shopping

PLAIN = a_draft(tax=UNTAXED)
ADDRESS = {
    "buyer_phone": "(212) 555-0123",
    "buyer_address": "1 Main Street",
    "buyer_address2": "Suite 2",
    "buyer_city": "New York",
    "buyer_state": "NY",
    "buyer_zip": "10001",
    "buyer_country": "US",
}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver in a process of its own."""
    with receiver_process() as process:
        yield process


@dataclass
class Counter:
    """A shop whose orders are posted to a receiver."""

    application: Application
    merchant: Merchant
    shopper: Shopper
    receiver: Receiver
    mail: KeepingSender

    async def settle(self) -> list[dict[str, str]]:
        """Take the money at the counter for all that waits, send what is due, and return the fields of each post."""
        async with self.application.database.connection() as connection:
            rows = await connection.fetch(
                "SELECT DISTINCT ON (checkout_id) order_number FROM orders WHERE status = 'placed' ORDER BY checkout_id"
            )
        for row in rows:
            await mark_paid(self.application, self.merchant, row["order_number"], reference=None, actor="test", now=NOW)
        await self.deliver()
        return [dict(post.fields or []) for post in self.receiver.posts()]

    async def deliver(self) -> None:
        """Send all that is due."""
        async with HttpSender(reach=LOOPBACK) as http:
            await a_relay(self.application, self.mail, http=http).run_once(NOW)


@asynccontextmanager
async def a_counter(
    database: Database,
    receiver: Receiver,
    *offerings: OfferingDraft,
    phone: PhoneForm = PhoneForm.INTERNATIONAL,
    **change: Any,
) -> AsyncIterator[Counter]:
    """Lend a shop with offerings, an order form's endpoint, and settings of the merchant."""
    merchant = await a_seller(database)
    for offering in offerings:
        await on_sale(database, merchant, offering)
    async with a_shop(database) as application:
        async with application.database.transaction() as connection:
            merchant = await change_merchant(connection, merchant.merchant_id, MerchantChange(**change))
            wanted = AddEndpoint(
                merchant_id=merchant.merchant_id,
                format=Format.ORDER_FORM,
                url=receiver.url("ok"),
                custom1="4711",
                phone=phone,
                notify="owner@example.com",
            )
            await add_endpoint(connection, application.keyring, wanted, reach=LOOPBACK, now=NOW)
        async with shopping(application) as shopper:
            yield Counter(application, merchant, shopper, receiver, KeepingSender())


async def test_what_the_buyer_was_asked_for_reaches_the_receiver_and_the_receipt(
    database: Database, receiver: Receiver
) -> None:
    required: dict[str, Any] = {"ask_phone": Asking.REQUIRE, "ask_address": Asking.REQUIRE}
    async with a_counter(database, receiver, PLAIN, phone=PhoneForm.NATIONAL, **required) as shop:
        await shop.shopper.give(message="Enjoy")
        refused = await shop.shopper.pay()
        assert refused.status == 422
        for field in ("phone", "address", "city", "state", "zip"):
            assert refused.error(f"buyer_{field}"), field
        assert refused.error("buyer_country") == "", "the merchant's own country was chosen"
        assert (await shop.shopper.pay(**ADDRESS)).status == 303
        [values] = await shop.settle()

    assert {name: values[f"billing_{name}"] for name in ("first_name", "last_name", "email")} == {
        "first_name": "Grace",
        "last_name": "Hopper",
        "email": "grace@example.com",
    }
    assert values["billing_phone"] == "212-555-0123"
    assert [values[f"billing_{name}"] for name in ("address", "address2", "city", "state", "zip")] == [
        "1 Main Street",
        "Suite 2",
        "New York",
        "NY",
        "10001",
    ]
    receipt = next(parcel.body for parcel in shop.mail.parcels if b"grace@example.com" in parcel.url.encode())
    for line in (b"1 Main Street", b"New York NY 10001", b"+1 212-555-0123"):
        assert line in receipt, line


async def test_what_is_not_asked_is_not_taken(database: Database, receiver: Receiver) -> None:
    silent: dict[str, Any] = {"ask_phone": Asking.NO, "ask_address": Asking.NO}
    async with a_counter(database, receiver, PLAIN, **silent) as shop:
        await shop.shopper.give()
        page = await shop.shopper.open("/checkout")
        assert not {"buyer_phone", "buyer_address", "buyer_country"} & page.fields.keys()
        assert (await shop.shopper.pay(**ADDRESS)).status == 303
        [values] = await shop.settle()

    assert {values[name] for name in values if name.startswith("billing_")} == {
        "Grace",
        "Hopper",
        "grace@example.com",
        "",
    }


async def test_what_may_be_left_empty_may_be_left_empty_and_is_kept_when_it_is_given(
    database: Database, receiver: Receiver
) -> None:
    async with a_counter(database, receiver, PLAIN, ask_address=Asking.ASK) as shop:
        await shop.shopper.give()
        assert (await shop.shopper.pay()).status == 303
        [nothing] = await shop.settle()
        await shop.shopper.give()
        assert (await shop.shopper.pay(buyer_city="Lyon", buyer_country="FR")).status == 303
        values = (await shop.settle())[-1]

    assert (nothing["billing_city"], nothing["billing_address"]) == ("", "")
    assert (values["billing_city"], values["billing_address"]) == ("Lyon", "")


async def test_a_country_that_is_none_is_refused(database: Database, receiver: Receiver) -> None:
    async with a_counter(database, receiver, PLAIN, ask_address=Asking.REQUIRE) as shop:
        await shop.shopper.give()
        refused = await shop.shopper.pay(**ADDRESS | {"buyer_country": "ZZ"})
        assert refused.error("buyer_country") == "Choose the country."
        emirates = {"buyer_country": "AE", "buyer_zip": "", "buyer_state": "", "buyer_city": "Dubai"}
        assert (await shop.shopper.pay(**ADDRESS | emirates)).status == 303


async def test_one_package_has_one_name_whatever_language_it_is_bought_in(
    database: Database, receiver: Receiver
) -> None:
    package = a_package(
        translations={"fr": Words(title="Massage d’une heure"), "de": Words(title="Eine Stunde Massage")}
    )
    async with a_counter(database, receiver, PLAIN, package) as shop:
        for locale in ("en", "fr", "de", "es"):
            await shop.shopper.give("/gift/massage", locale=locale)
        await shop.shopper.give()
        assert (await shop.shopper.pay()).status == 303
        values = await shop.settle()

    assert sorted(one["gift_description"] for one in values) == ["1 hr Massage Gift Certificate"] * 4 + [
        "Gift Certificate"
    ]


async def test_a_merchant_s_own_wording_is_posted_and_a_bonus_says_that_it_is_promotional(
    database: Database, receiver: Receiver
) -> None:
    bonus = BonusRule(threshold=5_000, amount=1_000)
    own = replace(PLAIN, gift_description="Spa credit", bonus=bonus)
    usual = a_package(bonus=replace(bonus, gift_description="PROMO 10"))
    async with a_counter(database, receiver, own, usual, language="de") as shop:
        await shop.shopper.give()
        await shop.shopper.give("/gift/massage")
        assert (await shop.shopper.pay()).status == 303
        values = await shop.settle()

    told = sorted((one["gift_description"], one["gift_amount"], one["gift_discount"]) for one in values)
    assert told == [
        ("1 hr Massage Geschenkgutschein", "120.00", "0.00"),
        ("Aktionsgutschein (Zugabe)", "10.00", "10.00"),
        ("PROMO 10", "10.00", "10.00"),
        ("Spa credit", "100.00", "0.00"),
    ]


async def test_orders_of_before_are_posted_to_an_endpoint_that_is_added_later(
    database: Database, receiver: Receiver
) -> None:
    async with a_counter(database, receiver, PLAIN) as shop:
        for name in ("Ada", "Bea", "Cleo"):
            await shop.shopper.give(to=name)
            assert (await shop.shopper.pay()).status == 303
            await shop.settle()
        await shop.shopper.give(to="nobody pays")
        assert (await shop.shopper.pay()).status == 303
        first = {post.headers["webhook-id"] for post in receiver.posts()}
        async with shop.application.database.transaction() as connection:
            wanted = AddEndpoint(
                merchant_id=shop.merchant.merchant_id,
                format=Format.ORDER_FORM,
                url=receiver.url("ok/later"),
                notify="owner@example.com",
            )
            later, _ = await add_endpoint(connection, shop.application.keyring, wanted, reach=LOOPBACK, now=NOW)
            await connection.execute("UPDATE events SET payload = $1 WHERE kind = 'order.issued'", GONE)

        day = Period(since=NOW - timedelta(days=1), until=NOW + timedelta(days=1))
        by = ByWhom(actor="cli:ada", why="New receiver", operation_id=new_id(NOW))
        args: dict[str, Any] = {"by": by, "now": NOW}
        none = await post_orders(shop.application, later.endpoint_id, OrderFilter(placed=Period(until=NOW)), **args)
        done = await post_orders(shop.application, later.endpoint_id, OrderFilter(issued=day), **args)
        again = await post_orders(shop.application, later.endpoint_id, OrderFilter(issued=day), **args)
        await shop.deliver()
        async with shop.application.database.connection() as connection:
            entries = await staff.latest_entries(connection, shop.merchant.merchant_id, limit=20)
        assert [one.reason for one in entries if one.action is Audited.ORDERS_POSTED] == ["New receiver"]

    posts = [post for post in receiver.posts() if post.path == "/ok/later"]
    counted = [(one.queued, one.known) for one in (none, done, again)]
    assert counted == [(0, 0), (3, 0), (0, 3)]
    assert sorted(dict(post.fields or [])["gift_to_message"] for post in posts) == ["Ada", "Bea", "Cleo"]
    assert {post.headers["webhook-id"] for post in posts} == first, "a receiver that has them can tell"


async def test_the_posted_layout_says_what_was_posted_and_nothing_else(database: Database, receiver: Receiver) -> None:
    async with a_counter(database, receiver, PLAIN, phone=PhoneForm.NATIONAL, ask_address=Asking.ASK) as shop:
        await shop.shopper.give(to="=1+1", message='Line\nbreak, "quoted"')
        assert (await shop.shopper.pay(**ADDRESS)).status == 303
        [posted] = await shop.settle()
        await shop.shopper.give(to="nobody pays")
        assert (await shop.shopper.pay()).status == 303
        async with shop.application.database.connection() as connection:
            [endpoint] = [one for one in await list_endpoints(connection) if one.format == Format.ORDER_FORM]

        async def exported(form: FileFormat, **asked: Any) -> bytes:
            sink = bytearray()

            async def take(chunk: bytes) -> None:
                sink.extend(chunk)

            request = ExportRequest(
                dataset=DatasetName.ORDERS,
                format=form,
                layout=ExportLayout.POSTED,
                endpoint=endpoint.endpoint_id,
                **asked,
            )
            await export(shop.application, shop.merchant, request, sink=take)
            return bytes(sink)

        table = await exported(FileFormat.CSV, by=DateOf.ISSUED, since="2026-11-22", until="2026-11-23")
        lines = await exported(FileFormat.JSONL)
        book = await exported(FileFormat.XLSX)
        empty = await exported(FileFormat.CSV, by=DateOf.ISSUED, until="2026-11-22")

    [row] = csv.DictReader(io.StringIO(table.decode(), newline=""))
    assert list(row) == list(posted)
    assert row == posted | {"gift_to_message": "'=1+1"}
    assert json.loads(lines) == posted
    assert row["billing_phone"] == "212-555-0123"
    assert row["custom1"] == "4711"
    assert book.startswith(b"PK")
    assert empty.decode().splitlines() == [",".join(posted)]
