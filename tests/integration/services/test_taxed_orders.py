"""What an order tells of its tax: in its row, its event, the order post, the export, and when it is refunded."""

import csv
import io
from decimal import Decimal
from typing import Any
from uuid import uuid4

import asyncpg
import jsonschema_rs
import msgspec
import pytest

from largesse.app.application import Application
from largesse.app.openapi import document
from largesse.db import Database
from largesse.domain import orders
from largesse.domain.exports import FileFormat
from largesse.domain.merchants import Merchant
from largesse.domain.orders import POST_NAMES, Charge, Order
from largesse.kernel.tax import TaxKind, TaxTreatment
from largesse.services.certificates import Place
from largesse.services.exports.exporting import DatasetName, ExportLayout, ExportRequest, export
from largesse.services.orders.fulfilment import fulfil
from largesse.services.orders.selling import Basket, GiftOrder, place
from largesse.services.refunds.taking_back import refund
from tests.builders.application import an_application
from tests.builders.certificates import a_merchant, a_request
from tests.builders.orders import BILLING, NOW, a_charge, a_payment

GERMAN = TaxTreatment(kind=TaxKind.SINGLE_PURPOSE, country="DE", rate=Decimal("0.19"))
SALES = TaxTreatment(kind=TaxKind.SALES_TAX, country="US", rate=Decimal("0.0825"))
LATER = TaxTreatment(kind=TaxKind.MULTI_PURPOSE, country="DE")
TOLD = ("tax_kind", "tax_country", "tax_rate", "included_tax")
SOLD: dict[TaxKind, tuple[TaxTreatment, Charge]] = {
    TaxKind.SINGLE_PURPOSE: (GERMAN, a_charge(10_000, tip=500, discount=1_000, included_tax=1_437, code="EUR")),
    TaxKind.SALES_TAX: (SALES, a_charge(10_000, tax=825, code="EUR")),
    TaxKind.MULTI_PURPOSE: (LATER, a_charge(10_000, code="EUR")),
    TaxKind.NONE: (TaxTreatment(), a_charge(10_000, code="EUR")),
}
ROWS = {
    TaxKind.SINGLE_PURPOSE: ("DE", Decimal("0.19"), 1_437, 0),
    TaxKind.SALES_TAX: ("US", Decimal("0.0825"), 0, 825),
    TaxKind.MULTI_PURPOSE: ("DE", None, 0, 0),
    TaxKind.NONE: (None, None, 0, 0),
}


async def bought(application: Application, merchant: Merchant) -> dict[TaxKind, Order]:
    """An issued order of each kind, by kind."""
    gifts = tuple(GiftOrder(charge=charge, tax=tax, recipient_first_name="Ada") for tax, charge in SOLD.values())
    placed = await place(application, merchant, Basket(operation_id=uuid4(), billing=BILLING, gifts=gifts), now=NOW)
    await fulfil(application, merchant, a_payment(placed.checkout), actor="test", now=NOW)
    numbers = [order.order_number for order in placed.orders]
    async with application.database.connection() as connection:
        found = await orders.find_by_numbers(connection, merchant.merchant_id, numbers)
    return {found[number].tax_kind: found[number] for number in numbers}


async def told_of(application: Application, kind: str) -> list[dict[str, Any]]:
    """The payloads of a kind of event, each as the document says."""
    async with application.database.connection() as connection:
        rows = await connection.fetch("SELECT payload FROM events WHERE kind = $1", kind)
    payloads = [msgspec.json.decode(str(row["payload"])) for row in rows]
    body = msgspec.json.decode(document())
    schema = body["webhooks"][kind]["post"]["requestBody"]["content"]["application/json"]["schema"]
    for payload in payloads:
        jsonschema_rs.validate({**schema["properties"]["data"], "components": body["components"]}, payload)
    return payloads


async def test_each_kind_is_kept_and_only_added_tax_is_in_the_total(database: Database) -> None:
    async with an_application(database) as application:
        found = await bought(application, await a_merchant(database))
    assert {
        kind: (order.tax_country, order.tax_rate, order.included_tax, order.tax) for kind, order in found.items()
    } == ROWS
    assert {kind: order.total for kind, order in found.items()} == {
        TaxKind.SINGLE_PURPOSE: 9_500,
        TaxKind.SALES_TAX: 10_825,
        TaxKind.MULTI_PURPOSE: 10_000,
        TaxKind.NONE: 10_000,
    }


async def test_events_tell_the_kind_and_what_the_price_included(database: Database) -> None:
    async with an_application(database) as application:
        await bought(application, await a_merchant(database))
        issued = [payload["order"] for payload in await told_of(application, "order.issued")]
    told = {order["tax_kind"]: order for order in issued}
    assert {kind: tuple(order[name] for name in TOLD[1:]) for kind, order in told.items()} == {
        "single_purpose": ("DE", "0.19", "14.37"),
        "sales_tax": ("US", "0.0825", "0.00"),
        "multi_purpose": ("DE", None, "0.00"),
        "none": (None, None, "0.00"),
    }
    assert (told["single_purpose"]["tax"], told["sales_tax"]["tax"]) == ("0.00", "8.25")


async def test_the_order_post_and_its_layout_tell_added_tax_alone(database: Database) -> None:
    async with an_application(database) as application:
        merchant = await a_merchant(database)
        found = await bought(application, merchant)
        numbers = {order.order_number: kind for kind, order in found.items()}
        rows = await exported(application, merchant)
        posted = await exported(application, merchant, layout=ExportLayout.POSTED)
    assert {numbers[row["order_number"]]: row["gift_tax"] for row in rows} == {
        TaxKind.SINGLE_PURPOSE: "0.00",
        TaxKind.SALES_TAX: "8.25",
        TaxKind.MULTI_PURPOSE: "0.00",
        TaxKind.NONE: "0.00",
    }
    assert [list(row) for row in posted] == [list(POST_NAMES)] * 4
    assert [row["gift_tax"] for row in posted] == [row["gift_tax"] for row in rows]


async def test_the_export_tells_what_is_known_of_the_tax_and_last_of_the_campaign(database: Database) -> None:
    async with an_application(database) as application:
        merchant = await a_merchant(database)
        await bought(application, merchant)
        rows = await exported(application, merchant)
        sheet = await written(application, merchant, format=FileFormat.JSONL)
    assert {tuple(row)[-7:] for row in rows} == {(*TOLD, "utm_source", "utm_medium", "utm_campaign")}
    assert {tuple(row[name] for name in TOLD) for row in rows} == {
        ("single_purpose", "DE", "0.19", "14.37"),
        ("sales_tax", "US", "0.0825", "0.00"),
        ("multi_purpose", "DE", "", "0.00"),
        ("none", "", "", "0.00"),
    }
    lines = [msgspec.json.decode(line) for line in sheet.splitlines()]
    assert {(line["tax_rate"], line["included_tax"]) for line in lines} == {
        ("0.19", "14.37"),
        ("0.0825", "0.00"),
        (None, "0.00"),
    }


async def test_a_refund_tells_its_share_of_what_the_price_included(database: Database) -> None:
    async with an_application(database) as application:
        merchant = await a_merchant(database)
        order = (await bought(application, merchant))[TaxKind.SINGLE_PURPOSE]
        assert order.certificate_id is not None
        card = Place(merchant_id=merchant.merchant_id, certificate_id=order.certificate_id)
        await refund(application, card, value=5_000, gratuity=0, request=a_request(), now=NOW)
        [told] = await told_of(application, "order.refunded")
        assert (told["amount"], told["discount"], told["tax"], told["total"]) == ("50.00", "5.00", "0.00", "45.00")
        assert tuple(told[name] for name in TOLD) == ("single_purpose", "DE", "0.19", "7.19")
        await refund(application, card, value=3_333, gratuity=0, request=a_request(), now=NOW)
        await refund(application, card, request=a_request(), now=NOW)
        parts = await told_of(application, "order.refunded")
    sums = {name: sum(Decimal(one[name]) for one in parts) for name in ("amount", "discount", "included_tax", "total")}
    assert sums == {
        "amount": Decimal("100.00"),
        "discount": Decimal("10.00"),
        "included_tax": Decimal("14.37"),
        "total": Decimal("95.00"),  # with the gratuity of 5.00
    }


async def test_tax_that_no_kind_explains_is_refused_by_the_table(database: Database) -> None:
    async with an_application(database) as application:
        merchant = await a_merchant(database)
        gift = GiftOrder(charge=a_charge(10_000, included_tax=1_597), tax=LATER)
        basket = Basket(operation_id=uuid4(), billing=BILLING, gifts=(gift,))
        with pytest.raises(asyncpg.CheckViolationError, match="orders_included_tax_check"):
            await place(application, merchant, basket, now=NOW)


async def exported(application: Application, merchant: Merchant, **given: Any) -> list[dict[str, str]]:
    """The rows of the dataset `orders` as CSV."""
    data = await written(application, merchant, **given)
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


async def written(application: Application, merchant: Merchant, **given: Any) -> bytes:
    """What an export of orders writes."""
    file = io.BytesIO()

    async def sink(chunk: bytes) -> None:
        file.write(chunk)

    await export(application, merchant, ExportRequest(dataset=DatasetName.ORDERS, **given), sink=sink)
    return file.getvalue()
