"""The facts about orders that others are told, frozen and versioned (PRODUCT "Events")."""

from datetime import date, datetime
from functools import lru_cache
from typing import Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from largesse.domain.orders.errors import OrderNotIssued
from largesse.domain.orders.model import Billing, Order
from largesse.kernel.clock import zone
from largesse.kernel.currency import currency
from largesse.kernel.events import Event
from largesse.kernel.ids import timed_id
from largesse.kernel.money import plain
from largesse.kernel.tax import TaxKind

ORDER_ISSUED = "order.issued"
ORDER_REFUNDED = "order.refunded"
_ENCODER = msgspec.json.Encoder()
_TIMESTAMP = "%Y-%m-%d %H:%M:%S"


class Seller(Protocol):
    """What an order's event tells of its merchant; `domain.merchants.Merchant` is one."""

    @property
    def number(self) -> str:
        """Return the client id that an order post carries."""

    @property
    def slug(self) -> str:
        """Return the address of the merchant's page."""

    @property
    def name(self) -> str:
        """Return what the merchant is called."""

    @property
    def time_zone(self) -> str:
        """Return the IANA name of the zone the merchant lives in."""

    @property
    def is_demo(self) -> bool:
        """Return whether all this is only for show."""


class OrderFacts(msgspec.Struct, frozen=True, kw_only=True):
    """An order, in events: amounts are decimal texts with a point, `local_timestamp` is in the merchant's zone.

    `tax` is what was added; `included_tax` is inside of amount less discount, and not added to `total`. `tax_kind` is
    none, sales_tax (added), single_purpose (included) or multi_purpose (due at redemption). `tax_rate` is a fraction,
    0.19 for 19 %, and null where no tax is due at sale or the rate is not known.
    """

    order_id: UUID
    order_number: str
    channel: str
    placed_at: datetime
    issued_at: datetime
    local_timestamp: str
    currency: str
    amount: str
    tip: str
    discount: str
    tax: str
    total: str
    class_of_value: str
    description: str
    refcode: str | None
    third_party_identifier: str | None
    good_through: date | None
    certificate_id: UUID
    is_demo: bool
    tax_kind: str = TaxKind.NONE
    tax_country: str | None = None
    tax_rate: str | None = None
    included_tax: str = "0"


class MerchantFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The merchant whose order it is."""

    number: str
    slug: str
    name: str
    time_zone: str


class RecipientFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Whom the gift is for."""

    first_name: str
    last_name: str
    email: str


class GiftFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the certificate says."""

    to: str
    from_: str = msgspec.field(name="from")
    message: str


class OrderIssued(msgspec.Struct, frozen=True, kw_only=True):
    """Give the payload of `order.issued` version 1. Never the certificate's number, never card data."""

    order: OrderFacts
    merchant: MerchantFacts
    recipient: RecipientFacts
    gift: GiftFacts
    billing: Billing


class RefundedOrder(msgspec.Struct, frozen=True, kw_only=True):
    """The order that a refund is of."""

    order_id: UUID
    order_number: str


class OrderRefunded(msgspec.Struct, frozen=True, kw_only=True):
    """Give the payload of `order.refunded` version 1: what one refund owes the purchaser, in decimal texts.

    `total` = amount + tip - discount + tax, where discount and tax are the refunded amount's share of the order's.
    `included_tax` is its share of the tax that the order's price included, and is not added to `total`. A refund of
    value that stands on several certificates is told once for each of them; the parts add up to the whole.
    """

    order: RefundedOrder
    certificate_id: UUID
    operation_id: UUID
    currency: str
    amount: str
    tip: str
    discount: str
    tax: str
    total: str
    tax_kind: str
    tax_country: str | None
    tax_rate: str | None
    included_tax: str


def order_refunded_event(
    order: Order,
    *,
    certificate_id: UUID,
    operation_id: UUID,
    amount: int,
    tip: int,
    discount: int,
    tax: int,
    included_tax: int,
    now: datetime,
) -> Event:
    """Return the event that tells of a refund, the same one for the same operation. Amounts in minor units. Pure."""
    money = currency(order.currency)
    payload = OrderRefunded(
        order=RefundedOrder(order_id=order.order_id, order_number=order.order_number),
        certificate_id=certificate_id,
        operation_id=operation_id,
        currency=order.currency,
        amount=plain(amount, money),
        tip=plain(tip, money),
        discount=plain(discount, money),
        tax=plain(tax, money),
        total=plain(amount + tip - discount + tax, money),
        tax_kind=order.tax_kind.value,
        tax_country=order.tax_country,
        tax_rate=_rate(order),
        included_tax=plain(included_tax, money),
    )
    return Event(
        merchant_id=order.merchant_id,
        event_id=timed_id(now, ORDER_REFUNDED, order.merchant_id, operation_id),
        kind=ORDER_REFUNDED,
        occurred_at=now,
        payload=_ENCODER.encode(payload),
    )


def order_issued_event(order: Order, merchant: Seller, billing: Billing, now: datetime) -> Event:
    """Return the event that tells of an issued order, under the one id that stands for it. Pure.

    Raises:
        OrderNotIssued: the order has no certificate.
    """
    payload = OrderIssued(
        order=_order_facts(order, merchant),
        merchant=MerchantFacts(
            number=merchant.number, slug=merchant.slug, name=merchant.name, time_zone=merchant.time_zone
        ),
        recipient=RecipientFacts(
            first_name=order.recipient_first_name, last_name=order.recipient_last_name, email=order.recipient_email
        ),
        gift=GiftFacts(to=order.to_message, from_=order.from_message, message=order.message),
        billing=billing,
    )
    return Event(
        merchant_id=order.merchant_id,
        event_id=issued_event_id(order),
        kind=ORDER_ISSUED,
        version=1,
        occurred_at=now,
        payload=_ENCODER.encode(payload),
    )


def issued_event_id(order: Order) -> UUID:
    """Return the id of the event that tells that an order was issued: whoever makes it anew makes the same.

    Raises:
        OrderNotIssued: the order was not issued.
    """
    if order.issued_at is None:
        raise OrderNotIssued
    return timed_id(order.issued_at, ORDER_ISSUED, order.order_id)


def _order_facts(order: Order, merchant: Seller) -> OrderFacts:
    if order.certificate_id is None or order.issued_at is None:
        raise OrderNotIssued
    money = currency(order.currency)
    return OrderFacts(
        order_id=order.order_id,
        order_number=order.order_number,
        channel=order.channel.value,
        placed_at=order.placed_at,
        issued_at=order.issued_at,
        local_timestamp=order.placed_at.astimezone(_zone(merchant.time_zone)).strftime(_TIMESTAMP),
        currency=order.currency,
        amount=plain(order.amount, money),
        tip=plain(order.tip, money),
        discount=plain(order.discount, money),
        tax=plain(order.tax, money),
        total=plain(order.total, money),
        class_of_value=order.class_of_value.value,
        description=order.gift_description or order.description,
        refcode=order.refcode,
        third_party_identifier=order.third_party_identifier,
        good_through=order.good_through,
        certificate_id=order.certificate_id,
        is_demo=merchant.is_demo,
        tax_kind=order.tax_kind.value,
        tax_country=order.tax_country,
        tax_rate=_rate(order),
        included_tax=plain(order.included_tax, money),
    )


def _rate(order: Order) -> str | None:
    return None if order.tax_rate is None else f"{order.tax_rate.normalize():f}"


@lru_cache(maxsize=256)
def _zone(name: str) -> ZoneInfo:
    return zone(name)
