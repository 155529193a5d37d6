"""The dataset `orders`: the 26 names of the order post first, then where each order stands and our own columns."""

from datetime import datetime
from uuid import UUID

import msgspec

from largesse.db import load
from largesse.db.dataset import Column, Dataset, Kind
from largesse.domain.orders.model import OrderStatus
from largesse.kernel.paging import Period

_queries = load(__package__)

_COLUMNS = (
    Column("giftcafe_vendornum", Kind.TEXT),
    Column("order_number", Kind.TEXT),
    Column("order_timestamp", Kind.LOCAL, "placed_at"),
    Column("recipient_first_name", Kind.TEXT),
    Column("recipient_last_name", Kind.TEXT),
    Column("recipient_email", Kind.TEXT),
    Column("gift_description", Kind.TEXT, "description"),
    Column("gift_to_message", Kind.TEXT, "to_message"),
    Column("gift_from_message", Kind.TEXT, "from_message"),
    Column("gift_message", Kind.TEXT, "message"),
    Column("gift_amount", Kind.MONEY, "amount"),
    Column("gift_tip", Kind.MONEY, "tip"),
    Column("gift_discount", Kind.MONEY, "discount"),
    Column("gift_tax", Kind.MONEY, "tax"),
    Column("gift_total", Kind.MONEY, "total"),
    Column("billing_first_name", Kind.TEXT),
    Column("billing_last_name", Kind.TEXT),
    Column("billing_email", Kind.TEXT),
    Column("billing_phone", Kind.TEXT),
    Column("billing_address", Kind.TEXT),
    Column("billing_address2", Kind.TEXT),
    Column("billing_city", Kind.TEXT),
    Column("billing_state", Kind.TEXT),
    Column("billing_zip", Kind.TEXT),
    Column("custom1", Kind.TEXT),
    Column("custom2", Kind.TEXT),
    Column("status"),
    Column("channel"),
    Column("currency"),
    Column("class_of_value"),
    Column("good_through", Kind.DAY),
    Column("issued_at", Kind.MOMENT),
    Column("refcode", Kind.TEXT),
    Column("third_party_identifier", Kind.TEXT),
    Column("partner_id"),
    Column("certificate_id"),
    Column("checkout_id"),
    Column("order_id"),
)


class OrderFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Choose orders: by when they were placed, and where they stand. None leaves a filter out.

    `custom1` and `custom2` are not data of an order: they are the constants of the endpoint it is written for.
    """

    placed: Period
    status: OrderStatus | None = None
    refcode: str | None = None
    partner_id: UUID | None = None
    custom1: str = ""
    custom2: str = ""


def orders_dataset(merchant_id: UUID, *, vendor_number: str, zone: str, chosen: OrderFilter) -> Dataset:
    """Return the dataset of a merchant's orders, in the order in which they were placed."""
    args: tuple[object, ...] = (
        merchant_id,
        vendor_number,
        *_span(chosen.placed),
        chosen.status.value if chosen.status else None,
        chosen.refcode,
        chosen.partner_id,
        chosen.custom1,
        chosen.custom2,
    )
    return Dataset(
        name="orders",
        query=_queries.orders_dataset,
        args=args,
        columns=_COLUMNS,
        order=("placed_at", "order_id"),
        zone=zone,
    )


def _span(period: Period) -> tuple[datetime | None, datetime | None]:
    return period.since, period.until
