"""The dataset `orders`: the 26 names of the order post first, then where each order stands and our own columns."""

from datetime import datetime
from uuid import UUID

import msgspec

from largesse.db import load
from largesse.db.dataset import Column, ColumnKind, Dataset
from largesse.domain.orders.model import OrderStatus
from largesse.domain.orders.phones import PhoneForm, posted_phone
from largesse.domain.orders.post import POST_NAMES
from largesse.kernel.paging import Period

_queries = load(__package__)

_COLUMNS = (
    Column("giftcafe_vendornum", ColumnKind.TEXT),
    Column("order_number", ColumnKind.TEXT),
    Column("order_timestamp", ColumnKind.LOCAL, "placed_at"),
    Column("recipient_first_name", ColumnKind.TEXT),
    Column("recipient_last_name", ColumnKind.TEXT),
    Column("recipient_email", ColumnKind.TEXT),
    Column("gift_description", ColumnKind.TEXT),
    Column("gift_to_message", ColumnKind.TEXT, "to_message"),
    Column("gift_from_message", ColumnKind.TEXT, "from_message"),
    Column("gift_message", ColumnKind.TEXT, "message"),
    Column("gift_amount", ColumnKind.MONEY, "amount"),
    Column("gift_tip", ColumnKind.MONEY, "tip"),
    Column("gift_discount", ColumnKind.MONEY, "discount"),
    Column("gift_tax", ColumnKind.MONEY, "tax"),
    Column("gift_total", ColumnKind.MONEY, "total"),
    Column("billing_first_name", ColumnKind.TEXT),
    Column("billing_last_name", ColumnKind.TEXT, otherwise="buyer_name"),
    Column("billing_email", ColumnKind.TEXT, otherwise="buyer_email"),
    Column("billing_phone", ColumnKind.TEXT, otherwise="buyer_phone"),
    Column("billing_address", ColumnKind.TEXT, otherwise="buyer_address"),
    Column("billing_address2", ColumnKind.TEXT, otherwise="buyer_address2"),
    Column("billing_city", ColumnKind.TEXT, otherwise="buyer_city"),
    Column("billing_state", ColumnKind.TEXT, otherwise="buyer_state"),
    Column("billing_zip", ColumnKind.TEXT, otherwise="buyer_zip"),
    Column("custom1", ColumnKind.TEXT),
    Column("custom2", ColumnKind.TEXT),
    Column("status"),
    Column("channel"),
    Column("currency"),
    Column("class_of_value"),
    Column("good_through", ColumnKind.DAY),
    Column("issued_at", ColumnKind.MOMENT),
    Column("refcode", ColumnKind.TEXT),
    Column("third_party_identifier", ColumnKind.TEXT),
    Column("partner_id"),
    Column("certificate_id"),
    Column("checkout_id"),
    Column("order_id"),
    Column("tax_kind"),
    Column("tax_country"),
    Column("tax_rate"),
    Column("included_tax", ColumnKind.MONEY),
    Column("utm_source"),
    Column("utm_medium"),
    Column("utm_campaign"),
)


class OrderFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Choose orders: by when they were placed, and where they stand. None leaves a filter out.

    `custom1` and `custom2` are not data of an order: they are the constants of the endpoint it is written for.
    """

    placed: Period = Period()
    issued: Period = Period()
    only_issued: bool = False
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
        chosen.only_issued,
        *_span(chosen.issued),
    )
    return Dataset(
        name="orders",
        query=_queries.orders_dataset,
        args=args,
        columns=_COLUMNS,
        order=("placed_at", "order_id"),
        zone=zone,
    )


def posted_dataset(
    merchant_id: UUID, *, vendor_number: str, zone: str, chosen: OrderFilter, phone: PhoneForm
) -> Dataset:
    """Return the issued orders as they are posted: exactly the 26 columns in their order, and posted telephones."""
    whole = orders_dataset(
        merchant_id,
        vendor_number=vendor_number,
        zone=zone,
        chosen=msgspec.structs.replace(chosen, only_issued=True),
    )
    return msgspec.structs.replace(
        whole,
        columns=tuple(column for column in _COLUMNS if column.name in POST_NAMES),
        rewritten={"billing_phone": lambda e164: posted_phone(e164, time_zone=zone, form=phone)},
    )


def _span(period: Period) -> tuple[datetime | None, datetime | None]:
    return period.since, period.until
