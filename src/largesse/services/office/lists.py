"""What the office lists: orders and certificates, a page at a time, counted, and exported as they are shown."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from largesse.db import Connection, load
from largesse.db.dataset import Column, ColumnKind, Dataset
from largesse.db.listing import ListAsked, Listing, ListPage, ListSort, list_count, list_dataset, list_page
from largesse.domain import certificates, staff
from largesse.domain.certificates import last_fours
from largesse.domain.exports import Sink, write_csv
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Audited
from largesse.services.office.dependencies import OfficeDependencies

_views = load(__package__, "views.sql")

ORDERS = Listing(
    query=_views.orders,
    key="order_id",
    sorts={
        "newest": ListSort(column="placed_at", kind="timestamptz"),
        "oldest": ListSort(column="placed_at", kind="timestamptz", descending=False),
        "largest": ListSort(column="total", kind="bigint"),
        "smallest": ListSort(column="total", kind="bigint", descending=False),
    },
)
CERTIFICATES = Listing(
    query=_views.certificates,
    key="certificate_id",
    sorts={
        "newest": ListSort(column="issued_at", kind="timestamptz"),
        "oldest": ListSort(column="issued_at", kind="timestamptz", descending=False),
    },
)
AUDIT = Listing(
    query=_views.audit,
    key="audit_id",
    sorts={
        # the ids are made in the order of time
        "newest": ListSort(column="audit_id", kind="uuid"),
        "oldest": ListSort(column="audit_id", kind="uuid", descending=False),
    },
)
API_REQUESTS = Listing(
    query=_views.api_requests,
    key="call_id",
    sorts={
        # the ids are made in the order of time
        "newest": ListSort(column="call_id", kind="uuid"),
        "oldest": ListSort(column="call_id", kind="uuid", descending=False),
    },
)
INVOICES = Listing(
    query=_views.invoices,
    key="invoice_id",
    sorts={
        "newest": ListSort(column="issued_at", kind="timestamptz"),
        "oldest": ListSort(column="issued_at", kind="timestamptz", descending=False),
        "due": ListSort(column="due", kind="date", descending=False),
        "due_last": ListSort(column="due", kind="date"),
    },
)
_INVOICE_COLUMNS = (
    Column("invoice_number", ColumnKind.TEXT),
    Column("kind"),
    Column("partner", ColumnKind.TEXT),
    Column("issued_on"),
    Column("due_on"),
    Column("state"),
    Column("disputed"),
    Column("currency"),
    Column("total", ColumnKind.MONEY),
    Column("tax", ColumnKind.MONEY),
    Column("open", ColumnKind.MONEY),
    Column("reference"),
    Column("po_number", ColumnKind.TEXT),
    Column("reminders"),
)
PARTNERS = Listing(
    query=_views.partners,
    key="partner_id",
    sorts={
        "name": ListSort(column="name_folded", kind="text", descending=False),
        "newest": ListSort(column="created_at", kind="timestamptz"),
        "oldest": ListSort(column="created_at", kind="timestamptz", descending=False),
        "credit": ListSort(column="share", kind="bigint"),
    },
)
_PARTNER_COLUMNS = (
    Column("name", ColumnKind.TEXT),
    Column("contact_email", ColumnKind.TEXT),
    Column("state"),
    Column("currency"),
    Column("credit_limit", ColumnKind.MONEY),
    Column("credit_used", ColumnKind.MONEY),
    Column("created_at", ColumnKind.LOCAL),
)
_AUDIT_COLUMNS = (
    Column("recorded_at", ColumnKind.LOCAL),
    Column("action"),
    Column("actor", ColumnKind.TEXT),
    Column("subject", ColumnKind.TEXT),
    Column("reason_code"),
    Column("reason", ColumnKind.TEXT),
)
_API_REQUEST_COLUMNS = (
    Column("called_at", ColumnKind.LOCAL),
    Column("request_id", ColumnKind.TEXT),
    Column("program", ColumnKind.TEXT),
    Column("live", ColumnKind.FLAG),
    Column("method"),
    Column("path", ColumnKind.TEXT),
    Column("status", ColumnKind.NUMBER),
    Column("code"),
    Column("duration_ms", ColumnKind.NUMBER),
)
_ORDER_COLUMNS = (
    Column("order_number", ColumnKind.TEXT),
    Column("placed_at", ColumnKind.LOCAL),
    Column("status"),
    Column("channel"),
    Column("description", ColumnKind.TEXT),
    Column("recipient_first_name", ColumnKind.TEXT),
    Column("recipient_last_name", ColumnKind.TEXT),
    Column("refcode", ColumnKind.TEXT),
    Column("currency"),
    Column("total", ColumnKind.MONEY),
)
_CERTIFICATE_COLUMNS = (
    Column("certificate_id"),
    Column("order_number", ColumnKind.TEXT),
    Column("status"),
    Column("class_of_value"),
    Column("currency"),
    Column("balance", ColumnKind.MONEY),
    Column("held", ColumnKind.MONEY),
    Column("gratuity_balance", ColumnKind.MONEY),
    Column("issued_at", ColumnKind.LOCAL),
    Column("good_through", ColumnKind.DAY),
)


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A page of a list, and how many rows it has in all."""

    page: ListPage
    count: int


async def read_list(deps: OfficeDependencies, listing: Listing, merchant_id: UUID, asked: ListAsked) -> Listed:
    """Return a page of a list with its count, each on a session of its own: neither waits for the other."""

    async def count() -> int:
        async with deps.database.connection() as connection:
            return await list_count(connection, listing, merchant_id, asked)

    async def rows() -> ListPage:
        async with deps.database.connection() as connection:
            return await list_page(connection, listing, merchant_id, asked)

    page, counted = await asyncio.gather(rows(), count())
    return Listed(page=page, count=counted)


class OrderBuyer(msgspec.Struct, frozen=True, kw_only=True):
    """Who paid for an order; empty where nobody told their name, as at a counter, which `place` names."""

    buyer: str
    at_counter: bool
    place: str


async def buyers_of(connection: Connection, merchant_id: UUID, order_ids: Sequence[UUID]) -> Mapping[UUID, OrderBuyer]:
    """Return who paid for some orders, by the orders' ids."""
    rows = await connection.fetch(_views.names_on_orders, merchant_id, list(order_ids))
    return {
        row["order_id"]: OrderBuyer(buyer=row["buyer"], at_counter=row["at_counter"], place=row["place"])
        for row in rows
    }


async def endings_of(connection: Connection, merchant_id: UUID, ids: Sequence[UUID]) -> Mapping[UUID, str]:
    """Return the last four symbols of some certificates' numbers, by their ids."""
    return await certificates.last_four_of(connection, merchant_id, list(ids))


def orders_to_export(merchant: Merchant, asked: ListAsked) -> Dataset:
    """Return the orders that a list shows, with whom they are for."""
    return _dataset(merchant, ORDERS, asked, "orders", _ORDER_COLUMNS)


def certificates_to_export(merchant: Merchant, asked: ListAsked) -> Dataset:
    """Return the certificates that a list shows, with the last four of their numbers, and nothing more of these."""
    found = _dataset(merchant, CERTIFICATES, asked, "certificates", _CERTIFICATE_COLUMNS)
    return found.joined(last_fours(merchant.merchant_id), after="certificate_id")


def partners_to_export(merchant: Merchant, asked: ListAsked) -> Dataset:
    """Return the partners that a list shows."""
    return _dataset(merchant, PARTNERS, asked, "partners", _PARTNER_COLUMNS)


async def orders_of_partner(
    connection: Connection, merchant_id: UUID, partner_id: UUID, *, limit: int
) -> Sequence[Mapping[str, Any]]:
    """Return the last orders of a partner, each as the office lists it."""
    return await connection.fetch(_views.orders_of_partner, merchant_id, partner_id, limit)


def invoices_to_export(merchant: Merchant, asked: ListAsked) -> Dataset:
    """Return the invoices and credit notes that a list shows."""
    return _dataset(merchant, INVOICES, asked, "invoices", _INVOICE_COLUMNS)


def audit_to_export(merchant: Merchant, asked: ListAsked) -> Dataset:
    """Return the entries of the audit log that a list shows."""
    return _dataset(merchant, AUDIT, asked, "audit", _AUDIT_COLUMNS)


def api_requests_to_export(merchant: Merchant, asked: ListAsked) -> Dataset:
    """Return the requests of programs that a list shows."""
    return _dataset(merchant, API_REQUESTS, asked, "api-requests", _API_REQUEST_COLUMNS)


def _dataset(merchant: Merchant, listing: Listing, asked: ListAsked, name: str, columns: Sequence[Column]) -> Dataset:
    return list_dataset(
        listing,
        merchant.merchant_id,
        asked,
        name=name,
        columns=columns,
        zone=merchant.time_zone,
        currency=merchant.currency,
    )


async def export_list(
    deps: OfficeDependencies, merchant: Merchant, dataset: Dataset, *, actor: str, sink: Sink, now: datetime
) -> int:
    """Write a dataset as CSV and return how many rows it has. The audit log names who took it before it is read."""
    async with deps.database.transaction() as connection:
        await staff.record(
            connection,
            merchant.merchant_id,
            Audited.LIST_EXPORTED,
            subject=dataset.name,
            actor=actor,
            reason=None,
            now=now,
        )
    async with deps.database.snapshot() as connection:
        return await write_csv(connection, dataset, sink, lambda _rows: None)
