"""What `order.issued` tells."""

import json
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from largesse.domain.merchants import Merchant
from largesse.domain.orders import (
    Billing,
    OrderNotIssued,
    OrderStatus,
    cancelled,
    issued,
    order_issued_event,
    order_refunded_event,
    taken_back,
)
from largesse.domain.orders.errors import OrderNotPlaced
from largesse.kernel.tax import TaxKind
from tests.builders.orders import NOW, an_order

MERCHANT = Merchant(
    merchant_id=UUID(int=1),
    slug="kobe",
    number="81",
    prefix="KB",
    name="Kobe",
    currency="JPY",
    time_zone="Asia/Tokyo",
    contact_email="kobe@example.com",
    is_demo=True,
    created_at=NOW,
)


SINGLE_PURPOSE: dict[str, Any] = {
    "tax_kind": TaxKind.SINGLE_PURPOSE,
    "tax_country": "DE",
    "tax_rate": Decimal("0.190000"),
}

FACTS = {
    "order_id",
    "order_number",
    "channel",
    "placed_at",
    "issued_at",
    "local_timestamp",
    "currency",
    "amount",
    "tip",
    "discount",
    "tax",
    "total",
    "class_of_value",
    "description",
    "refcode",
    "third_party_identifier",
    "good_through",
    "certificate_id",
    "is_demo",
    "tax_kind",
    "tax_country",
    "tax_rate",
    "included_tax",
}


def test_the_payload_has_the_shape_that_receivers_rely_on() -> None:
    order = an_order(MERCHANT.merchant_id, currency="JPY", amount=5_000, tax=500, total=5_500, from_message="Grace")

    event = order_issued_event(order, MERCHANT, Billing(phone="+81312345678"), NOW)
    payload = json.loads(event.payload)

    assert (event.kind, event.version, event.merchant_id) == ("order.issued", 1, MERCHANT.merchant_id)
    assert set(payload["order"]) == FACTS
    assert payload["order"]["local_timestamp"] == "2026-11-23 00:00:00"
    assert payload["order"]["placed_at"] == "2026-11-22T15:00:00Z"
    assert (payload["order"]["amount"], payload["order"]["tax"], payload["order"]["total"]) == ("5000", "500", "5500")
    assert payload["order"]["is_demo"] is True
    assert payload["gift"]["from"] == "Grace"
    assert payload["billing"]["phone"] == "+81312345678"
    assert payload["merchant"] == {"number": "81", "slug": "kobe", "name": "Kobe", "time_zone": "Asia/Tokyo"}


def test_tax_that_the_price_includes_is_told_beside_the_total() -> None:
    order = an_order(MERCHANT.merchant_id, currency="EUR", included_tax=1_597, **SINGLE_PURPOSE)

    told = json.loads(order_issued_event(order, MERCHANT, Billing(), NOW).payload)["order"]

    assert (told["tax"], told["included_tax"], told["total"]) == ("0.00", "15.97", "100.00")
    assert (told["tax_kind"], told["tax_country"], told["tax_rate"]) == ("single_purpose", "DE", "0.19")


def test_a_refund_tells_what_it_moved_and_the_tax_that_its_price_included() -> None:
    order = an_order(MERCHANT.merchant_id, currency="EUR", included_tax=1_597, **SINGLE_PURPOSE)
    parts = {"amount": 2_500, "tip": 100, "discount": 50, "tax": 25, "included_tax": 398}

    event = order_refunded_event(order, certificate_id=order.order_id, operation_id=order.order_id, now=NOW, **parts)
    payload = json.loads(event.payload)

    assert (payload["tax_kind"], payload["tax_country"], payload["tax_rate"]) == ("single_purpose", "DE", "0.19")
    assert payload["included_tax"] == "3.98"
    assert (payload["discount"], payload["tax"], payload["total"]) == ("0.50", "0.25", "25.75")


def test_an_order_without_certificate_has_nothing_to_tell() -> None:
    placed = an_order(MERCHANT.merchant_id, status=OrderStatus.PLACED, certificate_id=None, issued_at=None)

    with pytest.raises(OrderNotIssued):
        order_issued_event(placed, MERCHANT, Billing(), NOW)


@pytest.mark.parametrize("status", [status for status in OrderStatus if status is not OrderStatus.PLACED])
def test_only_an_order_that_waits_is_issued_or_cancelled(status: OrderStatus) -> None:
    order = an_order(MERCHANT.merchant_id, status=status)

    with pytest.raises(OrderNotPlaced):
        issued(order, certificate_id=UUID(int=3), now=NOW)
    with pytest.raises(OrderNotPlaced):
        cancelled(order)


@pytest.mark.parametrize("status", [status for status in OrderStatus if status is not OrderStatus.ISSUED])
def test_only_an_issued_order_is_taken_back(status: OrderStatus) -> None:
    with pytest.raises(OrderNotIssued):
        taken_back(an_order(MERCHANT.merchant_id, status=status), refunded=True)


def test_what_is_taken_back_says_how() -> None:
    order = an_order(MERCHANT.merchant_id)

    assert taken_back(order, refunded=True).status is OrderStatus.REFUNDED
    assert taken_back(order, refunded=False).status is OrderStatus.VOIDED
