"""Baskets, payments and import files as a test needs them: say what matters, the rest is sensible."""

import csv
import io
from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID, uuid4

from msgspec.structs import replace

from largesse.domain.orders import POST_NAMES, Billing, Channel, Charge, Checkout, Order, OrderStatus
from largesse.domain.payments import Payment, PaymentStatus
from largesse.kernel.currency import currency
from largesse.kernel.ids import new_id
from largesse.kernel.money import Money
from largesse.ledger.accounts import ClassOfValue
from largesse.services.orders.selling import Basket, GiftOrder

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
BILLING = Billing(
    first_name="Grace",
    last_name="Hopper",
    email="grace@example.com",
    phone="+12125550100",
    city="New York",
    country="US",
)


def a_charge(
    amount: int = 10_000, *, tip: int = 0, discount: int = 0, tax: int = 0, included_tax: int = 0, code: str = "USD"
) -> Charge:
    """100.00 dollars, and nothing else."""
    known = currency(code)
    return Charge(
        amount=Money(amount, known),
        tip=Money(tip, known),
        discount=Money(discount, known),
        tax=Money(tax, known),
        included_tax=Money(included_tax, known),
    )


def a_basket(*charges: Charge, operation_id: UUID | None = None, message: str = "") -> Basket:
    """A basket with one gift for each charge."""
    gifts = tuple(
        GiftOrder(charge=charge, recipient_first_name="Ada", message=message) for charge in charges or (a_charge(),)
    )
    return Basket(operation_id=operation_id or uuid4(), billing=BILLING, gifts=gifts)


def a_payment(
    checkout: Checkout, *, reference: str = "till 1", amount: int | None = None, now: datetime = NOW
) -> Payment:
    """A payment by hand of all that a checkout costs."""
    return Payment(
        merchant_id=checkout.merchant_id,
        payment_id=new_id(now),
        checkout_id=checkout.checkout_id,
        gateway="manual",
        reference=reference,
        status=PaymentStatus.SUCCEEDED,
        currency=checkout.currency,
        amount=checkout.total if amount is None else amount,
        created_at=now,
        settled_at=now,
    )


def an_order(merchant_id: UUID, **given: object) -> Order:
    """An issued retail order of 100.00 dollars."""
    order = Order(
        merchant_id=merchant_id,
        order_id=uuid4(),
        order_number="GL-0000000001",
        channel=Channel.RETAIL,
        status=OrderStatus.ISSUED,
        certificate_id=uuid4(),
        operation_id=uuid4(),
        fingerprint=bytes(16),
        currency="USD",
        amount=10_000,
        total=10_000,
        class_of_value=ClassOfValue.PAID,
        placed_at=NOW,
        issued_at=NOW,
    )
    return replace(order, **given)


def a_row(**given: str) -> dict[str, str]:
    """A row of the 26 fields that is in order."""
    row = dict.fromkeys(POST_NAMES, "")
    row |= {
        "giftcafe_vendornum": "1001",
        "order_number": "CAFE-1",
        "order_timestamp": "2026-11-20 18:30:00",
        "recipient_first_name": "Ada",
        "recipient_email": "ada@example.com",
        "gift_description": "1 hr Massage Instant Gift Certificate",
        "gift_to_message": "Ada",
        "gift_from_message": "Grace",
        "gift_message": "For you",
        "gift_amount": "100.00",
        "gift_tip": "15.00",
        "gift_discount": "10.00",
        "gift_tax": "7.99",
        "gift_total": "112.99",
        "billing_first_name": "Grace",
        "billing_email": "grace@example.com",
        "billing_phone": "212-555-0100",
    }
    return row | given


def a_file(*rows: dict[str, str], columns: Iterable[str] = POST_NAMES, end: str = "\r\n") -> bytes:
    """A CSV file of rows of the 26 fields."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(columns), lineterminator=end)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()
