"""The orders and checkouts tables, and the order numbers reserved in routes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from largesse.db import Connection, Writes, load
from largesse.db.connection import Row
from largesse.db.faults import table_of
from largesse.domain.orders.errors import (
    CheckoutNotFound,
    OrderNotFound,
    OrderNotIssued,
    OrderNumberTaken,
    OrderPlacedAlready,
)
from largesse.domain.orders.model import (
    Billing,
    Channel,
    Checkout,
    CheckoutStatus,
    DeliveryMethod,
    Order,
    OrderStatus,
    RefcodeUse,
)
from largesse.domain.orders.views import OrderFilter
from largesse.kernel.paging import Page, Period
from largesse.kernel.tax import TaxKind
from largesse.ledger import ClassOfValue

_queries = load(__package__)
_BILLING = "billing_"
_ENCODER = msgspec.json.Encoder()


class Erased(msgspec.Struct, frozen=True, kw_only=True):
    """The orders and checkouts that somebody was taken out of, and the certificates that those orders issued."""

    order_ids: tuple[UUID, ...]
    checkout_ids: tuple[UUID, ...]
    certificate_ids: tuple[UUID, ...]


def insert_orders(writes: Writes, orders: Sequence[Order]) -> None:
    """Add new orders to `writes`, whose sending raises what is wrong with them.

    The transaction cannot go on after a refusal; run it again with other numbers, or without what was placed before.

    Raises:
        OrderNumberTaken: the merchant has an order of one of these numbers.
        OrderPlacedAlready: one of these operations has placed its order before.
    """
    if orders:
        writes.add(_queries.insert_orders, _ENCODER.encode(orders).decode(), refusal=_refusal)


async def find_by_number(connection: Connection, merchant_id: UUID, order_number: str) -> Order:
    """Return the order of a number.

    Raises:
        OrderNotFound: this merchant has none.
    """
    found = await find_by_numbers(connection, merchant_id, [order_number])
    if not found:
        raise OrderNotFound
    return found[order_number]


async def find_by_numbers(connection: Connection, merchant_id: UUID, order_numbers: Sequence[str]) -> dict[str, Order]:
    """Return those of the merchant's orders that have one of these numbers, by number."""
    rows = await connection.fetch(_queries.orders_by_number, merchant_id, list(order_numbers))
    return {order.order_number: order for order in map(_order, rows)}


async def find_by_id(connection: Connection, merchant_id: UUID, order_id: UUID) -> Order | None:
    """Return the merchant's order of an id, None where there is none."""
    row = await connection.fetchrow(_queries.order_by_id, merchant_id, order_id)
    return None if row is None else _order(row)


async def find_by_ids(connection: Connection, merchant_id: UUID, order_ids: Sequence[UUID]) -> dict[UUID, Order]:
    """Return those of the merchant's orders that have one of these ids, by id."""
    rows = await connection.fetch(_queries.orders_by_ids, merchant_id, list(order_ids))
    return {order.order_id: order for order in map(_order, rows)}


async def find_by_identifier(
    connection: Connection, merchant_id: UUID, partner_id: UUID, identifier: str, *, limit: int = 20
) -> list[Order]:
    """Return the orders that a partner placed under an identifier of its own, the newest first."""
    rows = await connection.fetch(_queries.orders_by_identifier, merchant_id, partner_id, identifier, limit)
    return [_order(row) for row in rows]


async def find_by_email(connection: Connection, merchant_id: UUID, email: str, *, limit: int = 20) -> list[Order]:
    """Return the issued orders whose buyer or recipient has an address in small letters, the newest first."""
    return [_order(row) for row in await connection.fetch(_queries.orders_by_email, merchant_id, email, limit)]


async def refcodes_of_partner(
    connection: Connection, merchant_id: UUID, partner_id: UUID, *, also: Sequence[str]
) -> list[RefcodeUse]:
    """Return what stands under each of a partner's refcodes, those in `also` left out."""
    rows = await connection.fetch(_queries.refcodes_of_partner, merchant_id, partner_id, list(also))
    return [RefcodeUse(**row) for row in rows]


async def find_by_optional_number(connection: Connection, merchant_id: UUID, order_number: str | None) -> Order | None:
    """Return the merchant's order of that number; None where there is none, or no number."""
    if order_number is None:
        return None
    return (await find_by_numbers(connection, merchant_id, [order_number])).get(order_number)


async def find_by_operation(
    connection: Connection, merchant_id: UUID, operation_ids: Sequence[UUID]
) -> dict[UUID, Order]:
    """Return the orders that these operations placed, by operation id."""
    rows = await connection.fetch(_queries.orders_by_operation, merchant_id, list(operation_ids))
    return {order.operation_id: order for order in map(_order, rows)}


async def orders_of_checkouts(connection: Connection, merchant_id: UUID, checkout_ids: Sequence[UUID]) -> list[Order]:
    """Return the orders of these checkouts, a checkout's own together."""
    return [
        _order(row) for row in await connection.fetch(_queries.orders_of_checkouts, merchant_id, list(checkout_ids))
    ]


async def list_orders(
    connection: Connection,
    merchant_id: UUID,
    *,
    status: OrderStatus | None = None,
    refcode: str | None = None,
    placed: Period | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Page[Order]:
    """Return a page of the merchant's orders, newest first; `after` is where the page before ended.

    Raises:
        OrderNotFound: `after` names no order.
    """
    span, last = placed or Period(), None
    if after is not None:
        last = await find_by_number(connection, merchant_id, after)
    rows = await connection.fetch(
        _queries.list_orders,
        merchant_id,
        status.value if status else None,
        refcode,
        span.since,
        span.until,
        last.placed_at if last else None,
        last.order_id if last else None,
        limit + 1,
    )
    items = tuple(map(_order, rows[:limit]))
    return Page(items=items, after=items[-1].order_number if len(rows) > limit else None)


async def settle_orders(connection: Connection, orders: Sequence[Order]) -> None:
    """Write what became of orders that waited for payment: issued or cancelled. Hold their checkouts locked."""
    if orders:
        await connection.execute(_queries.settle_orders, _ENCODER.encode(orders).decode())


async def take_back(connection: Connection, order: Order) -> None:
    """Write that an issued order was refunded or voided.

    Raises:
        OrderNotIssued: it was not issued any more.
    """
    if (
        await connection.execute(_queries.take_back_order, order.merchant_id, order.order_id, order.status.value)
        != "UPDATE 1"
    ):
        raise OrderNotIssued


async def rewrite(connection: Connection, order: Order) -> None:
    """Write what the buyer of an issued order changed before it was sent: its words, its design, its moment.

    Raises:
        OrderNotIssued: it is not issued any more.
    """
    done = await connection.execute(
        _queries.rewrite_order,
        order.merchant_id,
        order.order_id,
        order.to_message,
        order.from_message,
        order.message,
        order.design,
        order.deliver_at,
    )
    if done != "UPDATE 1":
        raise OrderNotIssued


def insert_checkouts(writes: Writes, checkouts: Sequence[Checkout]) -> None:
    """Add new checkouts to `writes`."""
    if checkouts:
        writes.add(_queries.insert_checkouts, _ENCODER.encode(checkouts).decode())


async def lock_checkouts(connection: Connection, merchant_id: UUID, checkout_ids: Sequence[UUID]) -> list[Checkout]:
    """Return these checkouts, locked until the transaction ends.

    Raises:
        CheckoutNotFound: one of them does not exist.
    """
    rows = await connection.fetch(_queries.lock_checkouts, merchant_id, list(checkout_ids))
    if len(rows) != len(set(checkout_ids)):
        raise CheckoutNotFound
    return [_checkout(row) for row in rows]


async def find_checkout(connection: Connection, merchant_id: UUID, checkout_id: UUID) -> Checkout:
    """Return a checkout.

    Raises:
        CheckoutNotFound: this merchant has none of that id.
    """
    row = await connection.fetchrow(_queries.find_checkout, merchant_id, checkout_id)
    if row is None:
        raise CheckoutNotFound
    return _checkout(row)


async def checkouts_by_id(
    connection: Connection, merchant_id: UUID, checkout_ids: Sequence[UUID]
) -> dict[UUID, Checkout]:
    """Return some checkouts, by id."""
    rows = await connection.fetch(_queries.checkouts_by_id, merchant_id, list(checkout_ids))
    return {row["checkout_id"]: _checkout(row) for row in rows}


async def issued_page(
    connection: Connection, merchant_id: UUID, chosen: OrderFilter, *, last_seen: Order | None, limit: int
) -> list[Order]:
    """Return some orders that were issued, in the order in which they were placed, behind the last of a page."""
    rows = await connection.fetch(
        _queries.issued_page,
        merchant_id,
        *(chosen.placed.since, chosen.placed.until),
        *(chosen.issued.since, chosen.issued.until),
        chosen.status.value if chosen.status else None,
        chosen.refcode,
        chosen.partner_id,
        last_seen.placed_at if last_seen else None,
        last_seen.order_id if last_seen else None,
        limit,
    )
    return [_order(row) for row in rows]


async def erase_person(connection: Connection, merchant_id: UUID, email: str) -> Erased:
    """Take somebody out of orders and checkouts, as recipient and as buyer; `email` in lower case. The money stays."""
    received = await connection.fetch(_queries.erase_recipient, merchant_id, email)
    paid = await connection.fetch(_queries.erase_buyer, merchant_id, email)
    checkouts = [row["checkout_id"] for row in paid]
    sent = await connection.fetch(_queries.erase_senders, merchant_id, checkouts)
    found = {row["order_id"]: row["certificate_id"] for row in (*received, *sent)}
    return Erased(
        order_ids=tuple(found),
        checkout_ids=tuple(checkouts),
        certificate_ids=tuple(one for one in found.values() if one is not None),
    )


async def unpaid_checkouts(
    connection: Connection, *, last_seen: UUID, before: UUID, also: str, limit: int, now: datetime
) -> list[Checkout]:
    """Return open checkouts of all merchants with ids between two, oldest first, but those to be paid by `also`.

    Those that wait at `now` for whoever was mailed a link, or for a transfer by a day, are not among them.
    """
    rows = await connection.fetch(_queries.unpaid_checkouts, last_seen, before, also, limit, now)
    return [_checkout(row) for row in rows]


async def put_payment_link(connection: Connection, merchant_id: UUID, checkout_id: UUID, ends_at: datetime) -> None:
    """Let a checkout wait until a moment for whoever was mailed its link, or for a transfer."""
    await connection.execute(_queries.put_payment_link, merchant_id, checkout_id, ends_at)


async def note_buyer(connection: Connection, merchant_id: UUID, checkout_id: UUID, *, email: str, locale: str) -> None:
    """Take note of who was mailed the page to pay of a checkout that waits, and reads which language."""
    await connection.execute(_queries.note_buyer, merchant_id, checkout_id, email, locale)


async def payment_links(
    connection: Connection, merchant_id: UUID, checkout_ids: Sequence[UUID]
) -> dict[UUID, datetime]:
    """Return until when some checkouts wait for whoever was mailed their links; the others are missing."""
    rows = await connection.fetch(_queries.payment_links, merchant_id, list(checkout_ids))
    return {row["checkout_id"]: row["ends_at"] for row in rows}


async def waiting_checkouts(
    connection: Connection, *, after: UUID, before: UUID, gateway: str, limit: int
) -> list[Checkout]:
    """Return open checkouts of all merchants with ids between two that are to be paid at `gateway`, oldest first."""
    rows = await connection.fetch(_queries.waiting_checkouts, after, before, gateway, limit)
    return [_checkout(row) for row in rows]


async def reloads_waiting(connection: Connection, merchant_id: UUID, certificate_id: UUID) -> list[Order]:
    """Return the orders that reload a certificate once they are paid, the oldest first."""
    rows = await connection.fetch(_queries.reloads_waiting, merchant_id, certificate_id)
    return [_order(row) for row in rows]


async def waiting_at_counter(
    connection: Connection, merchant_id: UUID, location_id: UUID, *, limit: int = 200
) -> list[Order]:
    """Return the orders of a location's counter that wait for their payment, the oldest first."""
    rows = await connection.fetch(_queries.waiting_at_counter, merchant_id, location_id, limit)
    return [_order(row) for row in rows]


async def settle_checkouts(
    connection: Connection,
    merchant_id: UUID,
    checkout_ids: Sequence[UUID],
    *,
    status: CheckoutStatus,
    paid_at: datetime | None = None,
) -> None:
    """Close open checkouts as paid or expired. Hold them locked."""
    await connection.execute(_queries.settle_checkouts, merchant_id, list(checkout_ids), status.value, paid_at)


async def reserve_numbers(connection: Connection, merchant_id: UUID, order_numbers: Sequence[str]) -> None:
    """Keep order numbers that were brought from elsewhere for this merchant, in the whole installation.

    Raises:
        OrderNumberTaken: somebody has one of them already.
    """
    rows = await connection.fetch(_queries.reserve_numbers, merchant_id, list(order_numbers))
    if len(rows) != len(order_numbers):
        raise OrderNumberTaken


async def numbers_of_others(connection: Connection, merchant_id: UUID, order_numbers: Sequence[str]) -> frozenset[str]:
    """Return which of these order numbers another merchant has brought from elsewhere."""
    rows = await connection.fetch(_queries.numbers_of_others, merchant_id, list(order_numbers))
    return frozenset(row["order_number"] for row in rows)


def _refusal(violation: asyncpg.PostgresError) -> OrderNumberTaken | OrderPlacedAlready | None:
    if table_of(violation) != "orders":
        return None
    return OrderPlacedAlready() if "operation" in (violation.constraint_name or "") else OrderNumberTaken()


def _order(row: Row) -> Order:
    values: dict[str, Any] = {name: row[name] for name in Order.__struct_fields__}
    return Order(
        **values
        | {
            "tax_kind": _tax_kind(row),
            "channel": Channel(row["channel"]),
            "status": OrderStatus(row["status"]),
            "class_of_value": ClassOfValue(row["class_of_value"]),
            "delivery": DeliveryMethod(row["delivery"]),
        }
    )


def _tax_kind(row: Row) -> TaxKind:
    kind = TaxKind(row["tax_kind"])
    # A version that knew no kinds, running beside this one, writes what it added and nothing else.
    return TaxKind.SALES_TAX if kind is TaxKind.NONE and row["tax"] else kind


def _checkout(row: Row) -> Checkout:
    billing = {name: row[f"{_BILLING}{name}"] for name in Billing.__struct_fields__}
    values: dict[str, Any] = {name: row[name] for name in Checkout.__struct_fields__ if name != "billing"}
    return Checkout(**values | {"status": CheckoutStatus(row["status"]), "billing": Billing(**billing)})
